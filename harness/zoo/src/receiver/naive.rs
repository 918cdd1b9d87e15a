//! Parsing as it should not be done: recursion without a bound, and guessing.

use std::thread;

use serde_json::Value;

/// A tree of brackets, as deep as the body says.
#[derive(Debug)]
struct Node {
    children: Vec<Node>,
}

/// Builds the body's tree on a stack of that many KiB. A body that is too deep for it takes the
/// process with it.
pub(super) fn survives_recursion(body: &[u8], stack_kib: usize) -> bool {
    let body = body.to_vec();
    let parse = move || {
        let mut rest = body.as_slice();
        let root = node(&mut rest);
        root.children.len()
    };
    let parser = thread::Builder::new()
        .stack_size(stack_kib * 1024)
        .spawn(parse);
    parser.is_ok_and(|parser| parser.join().is_ok())
}

/// The node whose opening bracket has just been read. Strings are not told from structure, which
/// changes the tree but not how far the recursion goes.
fn node(rest: &mut &[u8]) -> Node {
    let mut children = Vec::new();
    while let [first, tail @ ..] = *rest {
        *rest = tail;
        match first {
            b'[' | b'{' => children.push(node(rest)),
            b']' | b'}' => break,
            _ => {}
        }
    }
    Node { children }
}

/// The body with what seems to be missing at its end, if that makes it JSON.
pub(super) fn completed(body: &[u8]) -> Option<Value> {
    let mut closers = Vec::new();
    let (mut in_string, mut is_escaped) = (false, false);
    for byte in body {
        match (in_string, byte) {
            (true, _) if is_escaped => is_escaped = false,
            (true, b'\\') => is_escaped = true,
            (true, b'"') => in_string = false,
            (false, b'"') => in_string = true,
            (false, b'{') => closers.push(b'}'),
            (false, b'[') => closers.push(b']'),
            (false, b'}' | b']') => {
                closers.pop();
            }
            _ => {}
        }
    }
    // Cutting may have left half an escape, half a character, or a member without its value: go
    // back to the last comma outside a string until it works.
    let mut kept = body.to_vec();
    if in_string {
        kept.push(b'"');
    }
    for _ in 0..3 {
        let mut guess = kept.clone();
        guess.extend(closers.iter().rev());
        if let Ok(value) = serde_json::from_slice(&guess) {
            return Some(value);
        }
        kept.truncate(kept.iter().rposition(|byte| *byte == b',')?);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recursion_survives_what_is_flat() {
        assert!(survives_recursion(&b"[[[[1]]]]".repeat(100), 256));
    }

    #[test]
    fn ends_are_guessed() {
        for cut in [
            r#"{"a":"b","c":{"d":[1,"#,
            r#"{"a":"b","c":"half"#,
            r#"{"a":"b","c":"#,
        ] {
            assert_eq!(completed(cut.as_bytes()).unwrap()["a"], "b", "{cut}");
        }
        assert_eq!(completed(b"{\"a\":1}").unwrap()["a"], 1);
        assert!(completed(b"").is_none());
    }
}
