//! What a run shows while it is under way: one line that is written over on a terminal, plain
//! lines otherwise. All of it on stderr.

use tokio::sync::mpsc::UnboundedReceiver;

use super::output::{diagnostic, is_watched, status};
use crate::redact::Redactor;
use crate::render::visible;
use crate::report::CaseResult;
use crate::runner::Event;
use crate::terms::{Level, Outcome};

/// Shows events until they end.
pub(super) async fn show(mut events: UnboundedReceiver<Event>, redactor: Redactor) {
    let is_watched = is_watched();
    let (mut total, mut judged, mut failed) = (0, 0, 0);
    let clean = |text: &str| visible(&redactor.scrub(text));
    while let Some(event) = events.recv().await {
        match event {
            Event::Preflight(step) => {
                let text = clean(&format!("{} {}: {}", step.id, step.title, step.detail));
                if is_watched {
                    status(&format!("preflight {text}"));
                } else {
                    diagnostic(&format!("{:<14} {text}", step.outcome));
                }
            }
            Event::Started { cases } => total = cases,
            Event::CaseJudged(result) => {
                judged += 1;
                failed += usize::from(is_failure(&result));
                if !is_watched {
                    diagnostic(&line(&result, &clean));
                } else if is_failure(&result) {
                    status(&format!("{}\n", line(&result, &clean)));
                }
            }
            Event::CaseReopened(result) => {
                diagnostic(&format!("reopened: {}", line(&result, &clean)));
            }
        }
        if is_watched && total > 0 {
            status(&format!(
                "{judged} of {total} cases judged, {failed} failed"
            ));
        }
    }
    if is_watched {
        status("");
    }
}

fn is_failure(result: &CaseResult) -> bool {
    result.outcome == Outcome::Fail && result.level == Level::Must
}

fn line(result: &CaseResult, clean: &impl Fn(&str) -> String) -> String {
    let mut text = format!(
        "{:<14} {} {}",
        result.outcome,
        result.id,
        clean(&result.title)
    );
    if result.outcome != Outcome::Pass {
        text.push_str(&format!(" ({})", clean(&result.message)));
    }
    text
}
