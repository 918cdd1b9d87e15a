//! The commands that reports print: how to run the same again, and what to type next.

use super::settings::{Given, Means, Resolved};
use crate::runner::quoted;
use crate::sender::Target;

/// What a command line for this receiver is made of.
pub(super) struct Commands {
    program: String,
    target: String,
    options: Vec<String>,
    run_options: Vec<String>,
    /// True when the receiver is ours, and gone once the run has ended.
    pub(super) is_started_by_us: bool,
}

impl Commands {
    pub(super) fn new(resolved: &Resolved) -> Self {
        let (target, is_started_by_us) = match resolved.given {
            Given::Url(_) => {
                let is_spawned = matches!(resolved.process.means, Means::Spawn(_));
                (quoted(&shown(&resolved.given_text)), is_spawned)
            }
            // Secret and probe come with the word.
            Given::Reference | Given::Zoo(_) => (resolved.given_text.clone(), true),
        };
        Self {
            program: program(),
            target,
            options: resolved.options.clone(),
            run_options: resolved.run_options.clone(),
            is_started_by_us,
        }
    }

    /// The same run, without a selection of cases.
    pub(super) fn run(&self) -> String {
        let head = [self.program.as_str(), "run", self.target.as_str()];
        let options = self
            .options
            .iter()
            .chain(&self.run_options)
            .map(String::as_str);
        head.into_iter()
            .chain(options)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// A look at the same receiver.
    fn doctor(&self) -> String {
        let head = [self.program.as_str(), "doctor", self.target.as_str()];
        head.into_iter()
            .chain(self.options.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// What to type when effects were not seen: a run with a probe, or a look at the probe there is.
    pub(super) fn to_see_effects(
        &self,
        target: &Target,
        has_probe: bool,
        counts_only: bool,
    ) -> String {
        if counts_only {
            let records = r#"{"callId", "eventType", "timestamp"}"#;
            return format!(
                "{}, once the probe answers with a record {records} for each effect in place of a \
                 count",
                self.run()
            );
        }
        if has_probe {
            return self.doctor();
        }
        let scheme = if target.is_tls() { "https" } else { "http" };
        let url = format!(
            "{scheme}://{}/effects?prefix={{prefix}}",
            target.authority()
        );
        format!("{} --effects {}", self.run(), quoted(&url))
    }
}

/// The program as it was called, when that says how to call it again from here.
fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    let path = std::path::Path::new(&called);
    if path.is_relative() && path.components().count() > 1 {
        called
    } else {
        // Found on the PATH, or called by a path that is no business of a report's reader.
        "hamsa-harness".to_owned()
    }
}

/// A target as it was typed, without a password in it.
pub(super) fn shown(given_text: &str) -> String {
    Target::parse(given_text).map_or_else(|_| given_text.to_owned(), |target| target.shown())
}
