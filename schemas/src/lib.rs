//! The contract of the Hamsa webhook events: hand-written JSON Schemas, and the code that reads
//! events by them.
//!
//! | module | holds |
//! |---|---|
//! | [`catalog`] | every schema file, embedded, with its id and `$id` |
//! | [`validate`](mod@validate) | validators compiled once, violations as plain data |
//! | [`envelope`] | tolerant view of the seven outer members, and the body lookup |
//! | [`event_type`] | the five documented event types, as an open set |
//! | [`idempotency_key`] | the triple that says which deliveries are one event |
//! | [`presence`] | absent, null and given, kept apart |
//! | [`body`] | tolerant readers of the five bodies |
//!
//! Two sets of schemas describe a delivery. *Documented* is what a conforming sender writes;
//! *tolerant* is what a receiver must accept. A receiver validates with [`SchemaId::Delivery`] and
//! reads with the types here, none of which fails on a member of an unexpected type.
//!
//! ```
//! use hamsa_schemas::{IdempotencyKey, SchemaId, validate};
//! let event = serde_json::json!({
//!     "eventType": "call.ended", "callId": "call_1", "timestamp": "2024-01-15T14:35:00.000Z"
//! });
//! assert!(validate(SchemaId::Delivery, &event).is_empty());
//! assert_eq!(IdempotencyKey::of(&event).unwrap().call_id, "call_1");
//! ```

pub mod body;
pub mod catalog;
pub mod envelope;
pub mod event_type;
pub mod idempotency_key;
pub mod presence;
pub mod validate;

pub use body::{
    Body, CallAnswered, CallEnded, CallStarted, Outcome, ToolExecuted, TranscriptionUpdate, Turn,
};
pub use catalog::{Schema, SchemaId};
pub use envelope::{Envelope, EventBody};
pub use event_type::{EVENT_TYPES, EventType};
pub use idempotency_key::IdempotencyKey;
pub use presence::Presence;
pub use validate::{Violation, validate};
