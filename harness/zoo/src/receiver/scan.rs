//! Reading an event's identity off bytes that are not (yet) JSON, as careless receivers do.

/// The text of the first string member of that name, its escapes as they stand.
pub(super) fn member(bytes: &[u8], name: &str) -> Option<String> {
    let quoted = format!("\"{name}\"");
    let after = find(bytes, quoted.as_bytes())? + quoted.len();
    let rest = bytes[after..].trim_ascii_start().strip_prefix(b":")?;
    let text = rest.trim_ascii_start().strip_prefix(b"\"")?;
    let mut is_escaped = false;
    let end = text.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        is_end
    })?;
    Some(String::from_utf8_lossy(&text[..end]).into_owned())
}

/// `callId`, `eventType` and `timestamp`, where all three can be made out.
pub(super) fn identity(bytes: &[u8]) -> Option<[String; 3]> {
    Some([
        member(bytes, "callId")?,
        member(bytes, "eventType")?,
        member(bytes, "timestamp")?,
    ])
}

/// Whether the body names that member more than once.
pub(super) fn is_repeated(bytes: &[u8], name: &str) -> bool {
    let quoted = format!("\"{name}\"");
    find(bytes, quoted.as_bytes())
        .is_some_and(|at| find(&bytes[at + quoted.len()..], quoted.as_bytes()).is_some())
}

/// The text up to its first NUL, where C would have it end.
pub(super) fn to_nul(text: &str) -> &str {
    text.split('\0').next().unwrap_or_default()
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_in_half_a_body() {
        let half = br#"{"eventType" : "call.ended","callId":"a\"b","timestamp":"t","data":{"x"#;
        let identity = identity(half).unwrap();
        assert_eq!(
            identity,
            ["a\\\"b".to_owned(), "call.ended".to_owned(), "t".to_owned()]
        );
        assert_eq!(member(half, "data"), None);
    }
}
