//! The catalog: every schema file of this folder, embedded, in a fixed order.
//!
//! To add a schema: put the file into its folder, add a [`SchemaId`] and a row here, both at the same
//! position, and raise [`SchemaId::COUNT`]. `tests/catalog.rs` fails while file and row do not match.

use serde_json::Value;

/// Names one schema; the order is that of [`all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaId {
    /// Documented: any event, dispatched on its `eventType`.
    Event,
    /// Documented: the seven members around every event.
    Envelope,
    /// Documented: `call.started`.
    CallStarted,
    /// Documented: `call.answered`.
    CallAnswered,
    /// Documented: `transcription.update`.
    TranscriptionUpdate,
    /// Documented: `tool.executed`.
    ToolExecuted,
    /// Documented: `call.ended`.
    CallEnded,
    /// Tolerant: what a receiver must accept.
    Delivery,
    /// The webhook part of an agent's configuration.
    Webhook,
    /// Starting an agent through the SDK.
    SdkStart,
    /// Starting a call through the REST interface.
    RestStartCall,
    /// The harness's report, format 1.
    Report,
}

/// One embedded schema.
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// Its name in code.
    pub id: SchemaId,
    /// Its `$id`.
    pub uri: &'static str,
    /// Its path under `schemas/`, with forward slashes.
    pub file: &'static str,
    /// The file's text.
    pub text: &'static str,
}

impl Schema {
    /// The schema as a JSON value.
    pub fn parse(&self) -> Value {
        serde_json::from_str(self.text).expect("embedded schemas are JSON, as the tests prove")
    }

    /// The short name: the file's path without `.schema.json`, such as `documented/call-ended`.
    pub fn name(&self) -> &'static str {
        self.file.strip_suffix(".schema.json").unwrap_or(self.file)
    }
}

impl SchemaId {
    /// How many schemas there are.
    pub const COUNT: usize = 12;

    /// The schema of this name.
    pub fn schema(self) -> &'static Schema {
        &CATALOG[self as usize]
    }

    /// Finds a schema by its short name, its file or its `$id`.
    pub fn find(name: &str) -> Option<Self> {
        all()
            .iter()
            .find(|schema| [schema.name(), schema.file, schema.uri].contains(&name))
            .map(|schema| schema.id)
    }
}

/// Every schema, in the order of [`SchemaId`].
pub fn all() -> &'static [Schema] {
    &CATALOG
}

macro_rules! schema {
    ($id:ident, $file:literal) => {
        Schema {
            id: SchemaId::$id,
            uri: concat!("https://schemas.hamsa-webhook-kit.dev/v1/", $file),
            file: $file,
            text: include_str!(concat!("../", $file)),
        }
    };
}

static CATALOG: [Schema; SchemaId::COUNT] = [
    schema!(Event, "documented/event.schema.json"),
    schema!(Envelope, "documented/envelope.schema.json"),
    schema!(CallStarted, "documented/call-started.schema.json"),
    schema!(CallAnswered, "documented/call-answered.schema.json"),
    schema!(
        TranscriptionUpdate,
        "documented/transcription-update.schema.json"
    ),
    schema!(ToolExecuted, "documented/tool-executed.schema.json"),
    schema!(CallEnded, "documented/call-ended.schema.json"),
    schema!(Delivery, "tolerant/delivery.schema.json"),
    schema!(Webhook, "config/webhook.schema.json"),
    schema!(SdkStart, "initiation/sdk-start.schema.json"),
    schema!(RestStartCall, "initiation/rest-start-call.schema.json"),
    schema!(Report, "report.schema.json"),
];
