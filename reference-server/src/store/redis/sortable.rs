//! Keys as byte strings that sort as the keys do, part by part: Redis orders members of equal score by their bytes.
//!
//! A NUL within a part becomes `00 FF`, and each part ends with `00 01`. So a part sorts before every longer one that
//! begins with it, whatever follows.

use hamsa_schemas::IdempotencyKey;

use crate::store::Scope;

const NUL: u8 = 0x00;
const ESCAPED: u8 = 0xFF;
const END: u8 = 0x01;

pub(super) fn encode(key: &IdempotencyKey) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in [&key.call_id, &key.event_type, &key.timestamp] {
        escape(&mut bytes, part);
        bytes.extend([NUL, END]);
    }
    bytes
}

fn escape(bytes: &mut Vec<u8>, part: &str) {
    for byte in part.bytes() {
        bytes.push(byte);
        if byte == NUL {
            bytes.push(ESCAPED);
        }
    }
}

/// `None` for what [`encode`] did not make.
pub(super) fn decode(bytes: &[u8]) -> Option<IdempotencyKey> {
    let mut rest = bytes.iter();
    let mut part = || {
        let mut part = Vec::new();
        loop {
            match *rest.next()? {
                NUL => match *rest.next()? {
                    END => return String::from_utf8(part).ok(),
                    ESCAPED => part.push(NUL),
                    _ => return None,
                },
                byte => part.push(byte),
            }
        }
    };
    Some(IdempotencyKey {
        call_id: part()?,
        event_type: part()?,
        timestamp: part()?,
    })
}

/// The bounds of a scope for `ZRANGEBYLEX`, those behind the key `after`.
pub(super) fn bounds(scope: &Scope, after: Option<&IdempotencyKey>) -> (Vec<u8>, Vec<u8>) {
    let (start, end) = scope.range();
    let start = match after {
        Some(key) => bound(b'(', encode(key)),
        None => bound(b'[', begin(&start)),
    };
    let end = end.map_or(b"+".to_vec(), |end| bound(b'(', begin(&end)));
    (start, end)
}

/// What sorts before every key whose `callId` is this text or a later one, and behind all others.
fn begin(call_id: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    escape(&mut bytes, call_id);
    bytes
}

fn bound(kind: u8, mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.insert(0, kind);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [&str; 8] = ["a", "a\0", "a\0\u{1}", "a\u{1}", "a!", "aa", "b", "é"];

    fn keys() -> Vec<IdempotencyKey> {
        let mut keys = Vec::new();
        for call_id in PARTS {
            for event_type in PARTS {
                for timestamp in PARTS {
                    keys.push(IdempotencyKey {
                        call_id: call_id.to_owned(),
                        event_type: event_type.to_owned(),
                        timestamp: timestamp.to_owned(),
                    });
                }
            }
        }
        keys.sort();
        keys
    }

    #[test]
    fn keys_survive_and_keep_their_order() {
        let keys = keys();
        let encoded: Vec<_> = keys.iter().map(encode).collect();
        assert!(encoded.is_sorted());
        for (key, encoded) in keys.iter().zip(&encoded) {
            assert_eq!(decode(encoded).as_ref(), Some(key));
        }
        for broken in [&b""[..], b"a", b"a\0", b"a\0\x02", b"a\0\x01b\0\x01"] {
            assert_eq!(decode(broken), None, "{broken:?}");
        }
    }

    #[test]
    fn bounds_hold_what_is_in_scope_and_nothing_else() {
        let keys = keys();
        let found = |scope: &Scope, after| {
            let (start, end) = bounds(scope, after);
            let is_inside = |key: &&IdempotencyKey| {
                let member = encode(key);
                let is_behind_start = match start.split_first() {
                    Some((b'(', start)) => member.as_slice() > start,
                    Some((_, start)) => member.as_slice() >= start,
                    None => false,
                };
                is_behind_start && (end == b"+" || member.as_slice() < &end[1..])
            };
            keys.iter().filter(is_inside).cloned().collect::<Vec<_>>()
        };
        for text in PARTS {
            let call = Scope::Call(text.to_owned());
            let of_call: Vec<_> = keys.iter().filter(|key| key.call_id == text).collect();
            assert_eq!(found(&call, None).iter().collect::<Vec<_>>(), of_call);
            let behind = found(&call, Some(of_call[9]));
            assert_eq!(behind.iter().collect::<Vec<_>>(), of_call[10..]);
            let prefix = Scope::Prefix(text.to_owned());
            let of_prefix: Vec<_> = keys
                .iter()
                .filter(|key| key.call_id.starts_with(text))
                .collect();
            assert_eq!(found(&prefix, None).iter().collect::<Vec<_>>(), of_prefix);
        }
        assert_eq!(found(&Scope::Prefix(String::new()), None), keys);
    }
}
