//! HTTP/1.1 on one connection: heads, bodies and answers as bytes. Knows no event and no secret.

mod answer;
mod body;
mod head;
mod wire;

pub(crate) use answer::{Answer, write};
pub(crate) use body::{BodyFault, read_body};
pub(crate) use head::{Head, HeadFault, Length, percent_decoded};
pub(crate) use wire::Wire;
