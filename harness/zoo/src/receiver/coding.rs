//! Compressed and form-encoded bodies.

use std::io::Read;

use flate2::read::{DeflateDecoder, GzDecoder};
use serde_json::{Map, Value};

use crate::{behaviour::Coding, http::percent_decoded};

/// What a process has before it ends.
const MEMORY: u64 = 64 * 1024 * 1024;
/// Bytes of a gzip header without optional parts.
const GZIP_HEAD: usize = 10;

/// The body behind its compression.
///
/// # Errors
///
/// The status of the refusal.
pub(super) fn unpacked(rule: Coding, body: Vec<u8>, limit: usize) -> Result<Vec<u8>, u16> {
    match rule {
        Coding::Unknown => Ok(body),
        Coding::Unpacked => read(GzDecoder::new(&body[..]), limit),
        Coding::Unchecked => {
            let packed = body.get(GZIP_HEAD..).unwrap_or_default();
            read(DeflateDecoder::new(packed), limit)
        }
        Coding::CorruptKills => match read(GzDecoder::new(&body[..]), limit) {
            Err(400) => std::process::abort(),
            other => other,
        },
        Coding::UnpackedWithoutLimit => {
            let mut out = Vec::new();
            match GzDecoder::new(&body[..]).take(MEMORY).read_to_end(&mut out) {
                Ok(count) if count as u64 == MEMORY => std::process::abort(),
                Ok(_) => Ok(out),
                Err(_) => Err(400),
            }
        }
    }
}

fn read(decoder: impl Read, limit: usize) -> Result<Vec<u8>, u16> {
    let mut out = Vec::new();
    match decoder.take(limit as u64 + 1).read_to_end(&mut out) {
        Ok(count) if count > limit => Err(413),
        Ok(_) => Ok(out),
        Err(_) => Err(400),
    }
}

/// The fields of a form as members of an object.
pub(super) fn form(body: &[u8]) -> Vec<u8> {
    let fields: Map<String, Value> = String::from_utf8_lossy(body)
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (percent_decoded(name), percent_decoded(value).into()))
        .collect();
    Value::Object(fields).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;

    #[test]
    fn unpacking_has_a_limit_and_a_checksum() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&[b' '; 1000]).unwrap();
        let mut packed = encoder.finish().unwrap();
        assert_eq!(
            unpacked(Coding::Unpacked, packed.clone(), 1000)
                .unwrap()
                .len(),
            1000
        );
        assert_eq!(unpacked(Coding::Unpacked, packed.clone(), 999), Err(413));
        let checksum = packed.len() - 8;
        packed[checksum] ^= 1;
        assert_eq!(unpacked(Coding::Unpacked, packed.clone(), 1000), Err(400));
        assert!(unpacked(Coding::Unchecked, packed, 1000).is_ok());
    }

    #[test]
    fn a_form_becomes_an_object() {
        let value: Value = serde_json::from_slice(&form(b"callId=a%20b&x=1")).unwrap();
        assert_eq!(value, serde_json::json!({"callId": "a b", "x": "1"}));
    }
}
