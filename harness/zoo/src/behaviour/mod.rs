//! The points at which receivers differ, as data. `record` holds the whole, the other files the
//! choices by topic. In each choice the first member is the correct one; members marked *allowed*
//! are correct too, and only controls use them.

mod access;
mod answer;
mod contents;
mod identity;
mod keeping;
mod log;
mod record;
mod survival;
mod trouble;
mod wire;

pub(crate) use access::{Connection, Credential, Place, Refusal, TurnedAway, Wall};
pub(crate) use answer::{Ack, BodyEnd, Capacity, EffectRule, Framing, Pace, ProbeFormat, Style};
pub(crate) use contents::{
    Coding, Intake, Media, Methods, OverLimit, Parse, TestEvent, UnknownType, Validate,
};
pub(crate) use identity::{Claim, Duplicate, HangUp, Key, Repeated, Stored};
pub(crate) use keeping::Keeping;
pub(crate) use log::Log;
pub(crate) use record::{Behaviour, EVENT_TYPES};
pub(crate) use survival::Survival;
pub(crate) use trouble::{Failure, FullDisk, Rotation, Slowness, StoreLoss};
pub(crate) use wire::{Expectation, Heads, Http2, Workers};
