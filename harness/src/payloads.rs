//! The payloads of a run: our fixtures, the user's own in their place, members set by the user.

use std::path::Path;
use std::sync::Arc;

use hamsa_fixtures::{Fixture, LoadError, PathError, Payload, catalog, load_dir, set_member};
use serde_json::Value;
use thiserror::Error;

use crate::error::chain;

/// Why payloads cannot be prepared.
#[derive(Debug, Error)]
pub enum PayloadError {
    /// The user's folder cannot be used.
    #[error("--fixtures: cannot {}", chain(.0))]
    Load(#[from] LoadError),
    /// `--set-field` without `=`.
    #[error("`{0}` is not PATH=VALUE")]
    NotAnAssignment(String),
    /// The path leads nowhere in any payload.
    #[error("--set-field {path}: {reason}")]
    Path {
        /// The path as given.
        path: String,
        /// Why it cannot be set.
        reason: PathError,
    },
    /// A member that the harness itself has to vary.
    #[error("--set-field {0}: the harness gives every delivery its own `{0}`")]
    Reserved(String),
}

/// Where the bodies of deliveries come from.
#[derive(Debug, Default)]
pub struct Payloads {
    own: Vec<Fixture>,
    set: Vec<(String, Value)>,
}

impl Payloads {
    /// Loads the user's folder and reads `PATH=VALUE` assignments; a value that is not JSON is a
    /// string.
    ///
    /// # Errors
    /// When a file is no event, or an assignment fits no payload.
    pub fn new(folder: Option<&Path>, assignments: &[String]) -> Result<Self, PayloadError> {
        let own = folder.map(load_dir).transpose()?.unwrap_or_default();
        let mut set = Vec::new();
        for assignment in assignments {
            let (path, value) = assignment
                .split_once('=')
                .ok_or_else(|| PayloadError::NotAnAssignment(assignment.clone()))?;
            if matches!(path, "callId" | "timestamp" | "eventType") {
                return Err(PayloadError::Reserved(path.to_owned()));
            }
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            set.push((path.to_owned(), value));
        }
        let payloads = Self { own, set };
        payloads.check_paths()?;
        Ok(payloads)
    }

    /// An assignment has to fit the payload of at least one event type.
    fn check_paths(&self) -> Result<(), PayloadError> {
        for (path, value) in &self.set {
            let mut last = None;
            let fits = hamsa_schemas::EVENT_TYPES.iter().any(|event_type| {
                let Some(mut event) = self.source(event_type).and_then(|f| f.value().ok()) else {
                    return false;
                };
                match set_member(&mut event, path, value.clone()) {
                    Ok(()) => true,
                    Err(reason) => {
                        last = Some(reason);
                        false
                    }
                }
            });
            if let (false, Some(reason)) = (fits, last) {
                return Err(PayloadError::Path {
                    path: path.clone(),
                    reason,
                });
            }
        }
        Ok(())
    }

    /// The fixture that stands for an ordinary event of this type.
    fn source(&self, event_type: &str) -> Option<&Fixture> {
        self.own
            .iter()
            .find(|fixture| fixture.event_type() == Some(event_type))
            .or_else(|| catalog::by_id(&format!("{event_type}/typical")))
    }

    /// The id of the fixture that stands for an ordinary event of this type.
    pub fn typical(&self, event_type: &str) -> String {
        self.source(event_type)
            .map_or_else(String::new, |fixture| fixture.id().to_owned())
    }

    /// The fixture of this id: the user's own first.
    pub fn by_id(&self, id: &str) -> Option<&Fixture> {
        self.own
            .iter()
            .find(|fixture| fixture.id() == id)
            .or_else(|| catalog::by_id(id))
    }

    /// The user's own payloads.
    pub fn own(&self) -> &[Fixture] {
        &self.own
    }

    /// A payload under a fresh key, with the user's members set.
    pub fn mint(&self, fixture: &Fixture, call_id: &str, timestamp: &str) -> Payload {
        self.with_members_set(fixture.mint(call_id, timestamp))
    }

    /// The events of a whole call under a fresh call id, with the user's members set.
    pub fn mint_call(&self, fixture: &Fixture, call_id: &str) -> Vec<Payload> {
        fixture
            .mint_call(call_id)
            .into_iter()
            .map(|event| self.with_members_set(event))
            .collect()
    }

    fn with_members_set(&self, payload: Payload) -> Payload {
        if self.set.is_empty() {
            return payload;
        }
        let Ok(mut event) = serde_json::from_slice::<Value>(&payload.bytes) else {
            return payload;
        };
        for (path, value) in &self.set {
            // A path of `call.ended` leads nowhere in a `call.started`: that is no fault.
            let _ = set_member(&mut event, path, value.clone());
        }
        Payload {
            bytes: Arc::from(event.to_string().into_bytes()),
            ..payload
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_set_where_they_exist() {
        let set = [
            "data.data.outcomeResult.user_id=42".to_owned(),
            "agentName=Zed".to_owned(),
        ];
        let payloads = Payloads::new(None, &set).unwrap();
        let fixture = payloads.by_id("call.ended/typical").unwrap();
        let minted = payloads.mint(fixture, "c", "t");
        let event: Value = serde_json::from_slice(&minted.bytes).unwrap();
        assert_eq!(event["data"]["data"]["outcomeResult"]["user_id"], 42);
        assert_eq!(
            (&event["agentName"], &event["callId"]),
            (&"Zed".into(), &"c".into())
        );
    }

    #[test]
    fn assignments_that_cannot_be_are_errors() {
        let fails = |text: &str| {
            Payloads::new(None, &[text.to_owned()])
                .unwrap_err()
                .to_string()
        };
        assert!(fails("agentName").contains("PATH=VALUE"));
        assert!(fails("callId=x").contains("its own `callId`"));
        assert!(fails("agentName.deeper.still=1").contains("agentName.deeper.still"));
    }

    #[test]
    fn own_payloads_stand_in_for_ours() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(
            Payloads::new(Some(folder.path()), &[]),
            Err(PayloadError::Load(_))
        ));
        let event = r#"{"eventType":"call.ended","callId":"x","timestamp":"t","mine":true}"#;
        std::fs::write(folder.path().join("mine.json"), event).unwrap();
        let payloads = Payloads::new(Some(folder.path()), &[]).unwrap();
        assert_eq!(payloads.typical("call.ended"), "mine");
        assert_eq!(payloads.typical("call.started"), "call.started/typical");
    }
}
