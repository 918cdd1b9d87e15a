//! Validation: each schema compiled once and on first use, violations as plain data.

use std::{
    fmt,
    sync::{LazyLock, OnceLock},
};

use jsonschema::{Registry, Validator};
use serde::Serialize;
use serde_json::Value;

use crate::catalog::{self, SchemaId};

/// The most violations reported for one instance; a hostile instance could hold any number.
pub const MOST_VIOLATIONS: usize = 64;

/// One way in which an instance breaks a schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// JSON pointer into the instance, empty for its root.
    pub pointer: String,
    /// The schema keyword that failed, such as `required` or `type`.
    pub keyword: String,
    /// What was expected. Never quotes the instance, which may hold personal data (D-05).
    pub message: String,
}

impl Violation {
    /// Puts a violation together.
    pub fn new(
        pointer: impl Into<String>,
        keyword: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            keyword: keyword.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.pointer, self.message)
        }
    }
}

/// Checks an instance against one of the embedded schemas; an empty list means valid. At most
/// [`MOST_VIOLATIONS`] are returned.
pub fn validate(schema: SchemaId, instance: &Value) -> Vec<Violation> {
    validator(schema)
        .iter_errors(instance)
        .take(MOST_VIOLATIONS)
        .map(|error| {
            let pointer = error.instance_path().as_str();
            Violation::new(pointer, error.kind().keyword(), error.masked().to_string())
        })
        .collect()
}

/// Answers whether an instance is valid, without listing what is wrong.
pub fn is_valid(schema: SchemaId, instance: &Value) -> bool {
    validator(schema).is_valid(instance)
}

/// Escapes a member name for use in a JSON pointer.
pub(crate) fn pointer_token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn validator(schema: SchemaId) -> &'static Validator {
    static COMPILED: [OnceLock<Validator>; SchemaId::COUNT] =
        [const { OnceLock::new() }; SchemaId::COUNT];
    COMPILED[schema as usize].get_or_init(|| {
        jsonschema::options()
            .with_registry(&REGISTRY)
            .build(&schema.schema().parse())
            .expect("embedded schemas compile, as the catalog tests prove")
    })
}

/// Every schema under its `$id`, so that references between the files resolve without a network.
static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    Registry::new()
        .extend(
            catalog::all()
                .iter()
                .map(|schema| (schema.uri, schema.parse())),
        )
        .and_then(|registry| registry.prepare())
        .expect("embedded schemas have valid ids and references, as the catalog tests prove")
});

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_violation_says_where_and_what_but_not_the_value() {
        let secret = "personal".repeat(1000);
        let event = json!({"eventType": "x", "callId": {"a": secret}, "timestamp": "t"});
        let violations = validate(SchemaId::Delivery, &event);
        assert_eq!(violations.len(), 1);
        assert_eq!(
            (&*violations[0].pointer, &*violations[0].keyword),
            ("/callId", "type")
        );
        assert!(
            !violations[0].message.contains("personal"),
            "{}",
            violations[0].message
        );
    }

    #[test]
    fn the_list_is_bounded() {
        let turns = vec![json!(1); 10_000];
        let event = json!({"eventType": "call.ended", "data": {"data": {"transcription": turns}}});
        assert_eq!(validate(SchemaId::CallEnded, &event).len(), MOST_VIOLATIONS);
    }
}
