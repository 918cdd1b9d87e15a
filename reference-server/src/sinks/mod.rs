//! Sinks that come with the receiver: CRM, analytics, Slack, e-mail. Each is off until its table is configured.

mod analytics;
mod content;
mod crm;
mod email;
mod http;
mod setup;
mod slack;
mod summary;

#[cfg(test)]
mod sample;

pub(crate) use setup::configured;
