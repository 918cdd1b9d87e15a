//! What remains of a key when its event is forgotten, and how databases index keys of any length.

use hamsa_schemas::IdempotencyKey;
use sha2::{Digest as _, Sha256};

/// SHA-256 of the key's unambiguous encoding (D-07).
pub(crate) type Digest = [u8; 32];

pub(crate) fn digest(key: &IdempotencyKey) -> Digest {
    Sha256::digest(key.encode()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_run_into_each_other() {
        let key = |call_id: &str, event_type: &str| IdempotencyKey {
            call_id: call_id.to_owned(),
            event_type: event_type.to_owned(),
            timestamp: "t".to_owned(),
        };
        assert_eq!(digest(&key("a", "b")), digest(&key("a", "b")));
        assert_ne!(digest(&key("ab", "c")), digest(&key("a", "bc")));
    }
}
