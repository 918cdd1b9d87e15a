//! The points at which receivers differ, as data. `record` holds the whole, the other files the
//! choices by topic. In each choice the first member is the correct one; members marked *allowed*
//! are correct too, and only controls use them.

mod access;
mod answer;
mod contents;
mod identity;
mod record;
mod trouble;

pub(crate) use access::{Connection, Credential, Place, Refusal, TurnedAway, Wall};
pub(crate) use answer::{Ack, BodyEnd, Capacity, EffectRule, Framing, Pace, ProbeFormat, Style};
pub(crate) use contents::{Intake, Media, Methods, OverLimit, Parse, UnknownType, Validate};
pub(crate) use identity::{Claim, Duplicate, HangUp, Key};
pub(crate) use record::{Behaviour, EVENT_TYPES};
pub(crate) use trouble::{Failure, FullDisk, Rotation, Slowness, StoreLoss};
