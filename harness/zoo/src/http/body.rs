//! Taking a body off the connection, sized or chunked, never holding more than the limit.

use std::{future::Future, time::Duration};

use tokio::{io, time::timeout};

use super::{Length, Wire};
use crate::behaviour::Intake;

/// A chunk-size line or trailer longer than this is refused.
const MAX_LINE: usize = 4 * 1024;
/// No sender needs longer for one body.
const PATIENCE: Duration = Duration::from_secs(60);

/// Why no body could be read.
#[derive(Debug)]
pub(crate) enum BodyFault {
    /// The sender finished or vanished early; this had come.
    Aborted(Vec<u8>),
    /// The body is over the limit.
    TooLarge,
    /// The chunks are no chunks.
    Malformed,
    /// The sender was too slow.
    Late,
    /// Only sized bodies are read.
    LengthRequired,
}

impl From<io::Error> for BodyFault {
    fn from(_: io::Error) -> Self {
        Self::Aborted(Vec::new())
    }
}

/// The whole body.
pub(crate) async fn read_body(
    wire: &mut Wire,
    length: Length,
    limit: usize,
    intake: Intake,
) -> Result<Vec<u8>, BodyFault> {
    let patience = match intake {
        Intake::Within(ms) => Duration::from_millis(ms),
        _ => PATIENCE,
    };
    let body = async {
        match length {
            Length::Chunked if intake == Intake::NoChunked => Err(BodyFault::LengthRequired),
            Length::Chunked => chunked(wire, limit, intake).await,
            Length::Known(length) if length > limit => Err(BodyFault::TooLarge),
            Length::Known(length) if intake == Intake::SingleRead => one_read(wire, length).await,
            Length::Known(length) => exactly(wire, length, intake).await,
        }
    };
    in_time(patience, body).await
}

async fn in_time<T>(
    patience: Duration,
    work: impl Future<Output = Result<T, BodyFault>>,
) -> Result<T, BodyFault> {
    timeout(patience, work)
        .await
        .unwrap_or(Err(BodyFault::Late))
}

async fn exactly(wire: &mut Wire, length: usize, intake: Intake) -> Result<Vec<u8>, BodyFault> {
    while wire.pending.len() < length {
        let read = match intake {
            Intake::EachWithin(ms) => timeout(Duration::from_millis(ms), wire.fill())
                .await
                .or(Err(BodyFault::Late))?,
            _ => wire.fill().await,
        };
        if !matches!(read, Ok(1..)) {
            return Err(BodyFault::Aborted(std::mem::take(&mut wire.pending)));
        }
    }
    let rest = wire.pending.split_off(length);
    Ok(std::mem::replace(&mut wire.pending, rest))
}

/// The faulty way: what the first read returns is the body, and the rest is thrown away.
async fn one_read(wire: &mut Wire, length: usize) -> Result<Vec<u8>, BodyFault> {
    if wire.pending.is_empty() && length > 0 {
        wire.fill().await?;
    }
    let mut body = exactly(wire, wire.pending.len().min(length), Intake::Whole).await?;
    let seen = body.len();
    body.extend(exactly(wire, length - seen, Intake::Whole).await?);
    body.truncate(seen);
    Ok(body)
}

async fn chunked(wire: &mut Wire, limit: usize, intake: Intake) -> Result<Vec<u8>, BodyFault> {
    let radix = if intake == Intake::DecimalChunkSizes {
        10
    } else {
        16
    };
    let mut body = Vec::new();
    let mut is_first = true;
    loop {
        let size = line(wire, &mut body).await?;
        let size = chunk_size(undressed(&size, intake), radix)?;
        if size == 0 {
            break;
        }
        if size > limit - body.len() {
            return Err(BodyFault::TooLarge);
        }
        let mut chunk = match exactly(wire, size + 2, Intake::Whole).await {
            Ok(chunk) => chunk,
            Err(BodyFault::Aborted(part)) => {
                body.extend(part);
                return Err(BodyFault::Aborted(body));
            }
            Err(fault) => return Err(fault),
        };
        if !chunk.ends_with(b"\r\n") {
            return Err(BodyFault::Malformed);
        }
        chunk.truncate(size);
        if is_first || intake != Intake::FirstChunkOnly {
            body.append(&mut chunk);
        }
        is_first = false;
    }
    // Trailers carry nothing that a delivery needs.
    while !line(wire, &mut body).await?.is_empty() {}
    Ok(body)
}

/// The next line without its end. Takes the body only to hand it on when the sender is gone.
async fn line(wire: &mut Wire, body: &mut Vec<u8>) -> Result<Vec<u8>, BodyFault> {
    loop {
        if let Some(end) = wire.pending.windows(2).position(|pair| pair == b"\r\n") {
            let line = wire.pending[..end].to_vec();
            wire.pending.drain(..end + 2);
            return Ok(line);
        }
        if wire.pending.len() > MAX_LINE {
            return Err(BodyFault::Malformed);
        }
        if !matches!(wire.fill().await, Ok(1..)) {
            return Err(BodyFault::Aborted(std::mem::take(body)));
        }
    }
}

/// The faulty way: what a parser for numbers in general takes is taken here too.
fn undressed(line: &[u8], intake: Intake) -> &[u8] {
    if intake != Intake::LenientChunkSizes {
        return line;
    }
    let bare = line.strip_prefix(b"+").unwrap_or(line);
    bare.strip_prefix(b"0x").unwrap_or(bare)
}

fn chunk_size(line: &[u8], radix: u32) -> Result<usize, BodyFault> {
    let digits = line
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(BodyFault::Malformed);
    }
    let text = std::str::from_utf8(digits).or(Err(BodyFault::Malformed))?;
    usize::from_str_radix(text, radix).or(Err(BodyFault::Malformed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_sizes_are_hexadecimal_and_may_have_extensions() {
        assert_eq!(chunk_size(b"1000", 16).unwrap(), 4096);
        assert_eq!(chunk_size(b"a;name=value", 16).unwrap(), 10);
        for bad in [&b""[..], b"+1", b"-1", b"0x1", b"ffffffffffffffffff"] {
            assert!(chunk_size(bad, 16).is_err(), "{bad:?}");
        }
    }
}
