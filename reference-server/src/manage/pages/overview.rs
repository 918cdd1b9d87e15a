//! The overview: what waits, what the figures say, and the calls that came last.

use std::time::{Duration, SystemTime};

use httpdate::fmt_http_date;
use maud::{Markup, html};
use serde_json::Value;

use super::layout::frame;
use super::text::{absent, call_link, null, short, value};
use crate::call::{Call, Status};
use crate::manage::figures::{Average, Figures, Intents, Resolved, Without};
use crate::manage::keeper::Known;
use crate::store::{DeadLetter, Depth};

/// Intents that have a row of their own, the most frequent first.
const INTENTS: usize = 12;

/// What the overview shows. What the store did not give in time is missing.
pub(in crate::manage) struct Overview {
    pub(in crate::manage) now: SystemTime,
    pub(in crate::manage) depth: Option<Depth>,
    pub(in crate::manage) oldest: Option<Duration>,
    pub(in crate::manage) letters: Option<Vec<DeadLetter>>,
    pub(in crate::manage) calls: Option<Vec<Row>>,
    pub(in crate::manage) known: Option<Known>,
}

/// A call in the list.
pub(in crate::manage) struct Row {
    call_id: String,
    status: Status,
    direction: Option<Value>,
    from: Option<Value>,
    to: Option<Value>,
    started_at: Option<Value>,
    duration_seconds: Option<Value>,
    intent: Option<Value>,
    resolved: Option<Value>,
}

impl Row {
    pub(in crate::manage) fn of(call: Call) -> Self {
        let outcome = |name| call.outcome.as_ref()?.get(name).cloned();
        Self {
            intent: outcome("intent"),
            resolved: outcome("resolved"),
            call_id: call.call_id,
            status: call.status,
            direction: call.direction,
            from: call.from_number,
            to: call.to_number,
            started_at: call.started_at,
            duration_seconds: call.duration_seconds,
        }
    }

    /// A call of which nothing is handled yet.
    pub(in crate::manage) fn without_effects(call_id: String) -> Self {
        Self {
            call_id,
            status: Status::Unknown,
            direction: None,
            from: None,
            to: None,
            started_at: None,
            duration_seconds: None,
            intent: None,
            resolved: None,
        }
    }
}

/// `GET /`.
pub(in crate::manage) fn overview(shown: &Overview) -> Markup {
    let content = html! {
        h1 { "Overview" }
        p.note { "As of " (fmt_http_date(shown.now)) ". Reload the page for newer data." }
        section aria-labelledby="queue" {
            h2 #queue { "Queue" }
            @match shown.depth {
                Some(depth) => (queue(depth, shown.oldest)),
                None => (unanswered()),
            }
            @if let Some(letters) = &shown.letters { (dead_letters(letters)) }
        }
        section aria-labelledby="figures" {
            h2 #figures { "Ended calls" }
            @match &shown.known {
                Some(known) => (figures(&known.figures, known.as_of)),
                None => p { "The figures are being computed. Reload the page in a moment." },
            }
        }
        section aria-labelledby="calls" {
            h2 #calls { "Latest calls" }
            @match &shown.calls {
                Some(rows) => (calls(rows)),
                None => (unanswered()),
            }
        }
    };
    frame("Overview", &content)
}

fn unanswered() -> Markup {
    html! { p.alarm role="status" { "The store did not answer in time." } }
}

fn queue(depth: Depth, oldest: Option<Duration>) -> Markup {
    html! {
        dl.tiles {
            (tile("Pending events", &html! { (depth.pending) }, false))
            (tile("Oldest pending", &match oldest {
                Some(age) => html! { (age.as_secs()) " s" },
                None => html! { "–" },
            }, false))
            (tile("Pending deliveries to sinks", &html! { (depth.deliveries) }, false))
            (tile("Dead letters", &html! { (depth.dead) }, depth.dead > 0))
        }
    }
}

fn tile(name: &str, figure: &Markup, is_alarming: bool) -> Markup {
    html! { div.tile.alarm[is_alarming] { dt { (name) } dd { (figure) } } }
}

fn dead_letters(letters: &[DeadLetter]) -> Markup {
    if letters.is_empty() {
        return html! {};
    }
    html! {
        h3 { "Oldest dead letters" }
        div.scroll tabindex="0" role="region" aria-label="Table of dead letters" {
            table {
                thead { tr { th scope="col" { "Call" } th scope="col" { "Event" } th scope="col" { "Task" }
                    th.number scope="col" { "Attempts" } th scope="col" { "Reason" } } }
                tbody {
                    @for letter in letters {
                        tr {
                            th scope="row" { (call_link(&letter.key.call_id)) }
                            td { (short(&letter.key.event_type)) }
                            td { (letter.task.name()) }
                            td.number { (letter.attempts) }
                            td { (short(&letter.reason)) }
                        }
                    }
                }
            }
        }
    }
}

fn figures(figures: &Figures, as_of: SystemTime) -> Markup {
    let Figures {
        calls,
        intents,
        duration,
        resolved,
        sentiment,
        ..
    } = figures;
    let mean = |average: &Average, unit: &str| match average.mean() {
        Some(mean) => html! { (format!("{mean:.2}")) (unit) },
        None => html! { "–" },
    };
    html! {
        p.note { "Of all calls that have ended, as of " (fmt_http_date(as_of)) "." }
        dl.tiles {
            (tile("Total calls", &html! { (calls) }, false))
            (tile("Average duration", &mean(duration, " s"), false))
            (tile("Resolved calls", &html! { (resolved.yes) }, false))
            (tile("Average sentiment", &mean(sentiment, ""), false))
        }
        div.cards {
            (breakdown("Calls by intent", by_intent(intents), *calls))
            (breakdown("Resolved", by_resolved(resolved), *calls))
            (breakdown("Duration", by_number(duration), *calls))
            (breakdown("Sentiment", by_number(sentiment), *calls))
        }
    }
}

type Counted = Vec<(Markup, u64)>;

fn by_intent(intents: &Intents) -> Counted {
    let mut named: Vec<_> = intents.by_name.iter().collect();
    // Stable, so that equal ones stay in the order of their names.
    named.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let further: u64 = named.iter().skip(INTENTS).map(|(_, count)| **count).sum();
    let further = further + intents.further;
    let name = |name: &str| value(Some(&Value::from(name)));
    let shown = named.into_iter().take(INTENTS);
    let mut counted: Counted = shown.map(|(text, n)| (name(text), *n)).collect();
    if further > 0 {
        counted.push((html! { span.absent { "further intents" } }, further));
    }
    counted.extend(without(&intents.without));
    counted
}

fn by_resolved(resolved: &Resolved) -> Counted {
    let mut counted = vec![
        (html! { "yes" }, resolved.yes),
        (html! { "no" }, resolved.no),
    ];
    counted.extend(without(&resolved.without));
    counted
}

fn by_number(average: &Average) -> Counted {
    let mut counted = vec![(html! { "a number" }, average.numbers)];
    counted.extend(without(&average.without));
    counted
}

fn without(without: &Without) -> [(Markup, u64); 3] {
    [
        (null(), without.null),
        (absent(), without.absent),
        (html! { span.absent { "of another type" } }, without.other),
    ]
}

fn breakdown(caption: &str, counted: Counted, total: u64) -> Markup {
    html! {
        table.breakdown {
            caption { (caption) }
            thead { tr { th scope="col" { "Value" } th.number scope="col" { "Calls" } } }
            tbody {
                @for (name, count) in counted {
                    tr {
                        th scope="row" { (name) (bar(count, total)) }
                        td.number { (count) }
                    }
                }
            }
        }
    }
}

/// A bar as wide as the share. The number beside it says the same, so it is decoration.
fn bar(count: u64, total: u64) -> Markup {
    let percent = 100.0 * count as f64 / total.max(1) as f64;
    html! {
        svg.bar viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect width=(format!("{percent:.1}")) height="1" {}
        }
    }
}

fn calls(rows: &[Row]) -> Markup {
    if rows.is_empty() {
        return html! { p { "No event has come yet." } };
    }
    html! {
        div.scroll tabindex="0" role="region" aria-label="Table of calls" {
            table {
                thead { tr {
                    @for name in ["Call", "Status", "Direction", "From", "To", "Started"] {
                        th scope="col" { (name) }
                    }
                    th.number scope="col" { "Duration, s" }
                    th scope="col" { "Intent" }
                    th scope="col" { "Resolved" }
                } }
                tbody { @for row in rows {
                    tr {
                        th scope="row" { (call_link(&row.call_id)) }
                        td { (status(row.status)) }
                        td { (value(row.direction.as_ref())) }
                        td { (value(row.from.as_ref())) }
                        td { (value(row.to.as_ref())) }
                        td { (value(row.started_at.as_ref())) }
                        td.number { (value(row.duration_seconds.as_ref())) }
                        td { (value(row.intent.as_ref())) }
                        td { (value(row.resolved.as_ref())) }
                    }
                } }
            }
        }
    }
}

pub(super) fn status(status: Status) -> Markup {
    let (name, class) = match status {
        Status::Unknown => ("unknown", "waiting"),
        Status::Started => ("started", "live"),
        Status::Answered => ("answered", "live"),
        Status::Ended => ("ended", "over"),
    };
    html! { span class={ "status " (class) } { (name) } }
}
