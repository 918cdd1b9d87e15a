//! Tolerant readers of the five bodies.
//!
//! A reader never fails. A missing member reads as absent, a missing list or object as empty, a
//! value of another type is converted where nothing is lost, and every such oddity is kept as a
//! warning with its JSON pointer. Members that no reader names stay in the event.

mod call_answered;
mod call_ended;
mod call_started;
mod dispatch;
mod outcome;
mod reader;
mod tool_executed;
mod transcript;
mod transcription_update;

pub use call_answered::CallAnswered;
pub use call_ended::CallEnded;
pub use call_started::CallStarted;
pub use dispatch::Body;
pub use outcome::Outcome;
pub use tool_executed::ToolExecuted;
pub use transcript::{Turn, transcript_text};
pub use transcription_update::TranscriptionUpdate;
