//! P3 and P5: what nobody without the secret should get an answer of 2xx for.

use std::sync::Arc;

use futures_util::future::join;
use hamsa_fixtures::near_miss;

use super::events::prefix;
use super::look::{Blocks, Root};
use crate::case::Delivery;
use crate::profile::Profile;
use crate::scene::Scene;
use crate::sender::{Attempt, Credential, Request};
use crate::terms::EvidenceKind::E1;
use crate::terms::Level;
use crate::verdict::Check;

/// The answers to requests that no stranger should get a 2xx for.
pub(super) struct Strangers {
    absent: Attempt,
    pub(super) wrong: Attempt,
    garbage: Attempt,
    pub(super) elsewhere: Attempt,
}

impl Strangers {
    /// True when even what is no event gets a 2xx without a credential.
    pub(super) fn look_like_a_wall(&self) -> bool {
        self.absent.is_accepted() && self.garbage.is_accepted()
    }
}

pub(super) async fn send_as_strangers(
    scene: &Scene,
    profile: &Profile,
    deliveries: &[Delivery],
) -> Strangers {
    let secret = scene
        .connector
        .secret
        .as_ref()
        .map_or("Bearer none", |secret| secret.expose());
    let wrong = near_miss::family(secret, profile.seed ^ 1).wrong_token;
    // Keys of their own: a receiver that takes a stranger's event must not spoil the real one's.
    let body = |name: &str| {
        let own = deliveries.last().and_then(|delivery| {
            let fixture = scene.payloads.by_id(&delivery.fixture)?;
            let call_id = format!("{}{name}", prefix(scene));
            Some(
                scene
                    .payloads
                    .mint(fixture, &call_id, &scene.timestamp(9))
                    .bytes,
            )
        });
        own.unwrap_or_else(|| Arc::from([]))
    };
    let absent = Request::post("an event without a credential", body("absent"))
        .with_credential(Credential::Absent);
    let wrong = Request::post("an event with a wrong token", body("wrong"))
        .with_credential(Credential::from(&wrong));
    let garbage = Request::post(
        "a body that is no event, without a credential",
        Arc::from(*b"?"),
    )
    .with_credential(Credential::Absent);
    let mut elsewhere = garbage.clone();
    elsewhere.label = "a body that is no event, to another path".to_owned();
    elsewhere.path_and_query = Some(format!("/{}no-such-path", scene.prefix()));
    let connector = &scene.connector;
    let ((absent, wrong), (garbage, elsewhere)) = join(
        join(connector.attempt(absent), connector.attempt(wrong)),
        join(connector.attempt(garbage), connector.attempt(elsewhere)),
    )
    .await;
    Strangers {
        absent,
        wrong,
        garbage,
        elsewhere,
    }
}

/// P3. Bad credentials get in: one finding against R3, filed under the plainest case.
pub(super) fn everyone_gets_in(strangers: &Strangers, has_effects: bool) -> Option<Root> {
    if !strangers.wrong.is_accepted() {
        return None;
    }
    let without_any = strangers.absent.is_accepted();
    let is_wall = strangers.look_like_a_wall() && !has_effects;
    let (case, shown) = if without_any {
        ("AUT-01", &strangers.absent)
    } else {
        ("AUT-02", &strangers.wrong)
    };
    let mut actual = shown.describe();
    if is_wall {
        actual.push_str("; the URL answers 2xx to everything, even to what is no event");
    }
    let claim = format!("{} is not accepted", shown.request.label);
    let refuted = Some(("a refusal, 401".to_owned(), actual));
    Some(Root {
        case,
        blocks: if is_wall {
            Blocks::Everything
        } else {
            Blocks::Refusals
        },
        check: Check::judged(Level::Must, claim, &[E1], refuted).shown_by(0),
        attempts: vec![shown.clone()],
    })
}

/// Without authentication nobody is a stranger, and a URL that answers 2xx to what is no event, on
/// any path, with no effect to show for it, has no receiver behind it that could be judged.
pub(super) fn nobody_is_there(strangers: &Strangers, has_effects: bool) -> Option<Root> {
    let is_wall =
        strangers.garbage.is_accepted() && strangers.elsewhere.is_accepted() && !has_effects;
    let expected = "a receiver that tells events from what is none".to_owned();
    let actual = "the URL and any other path answer 2xx to everything".to_owned();
    let claim = "a receiver stands behind the URL";
    is_wall.then(|| Root {
        case: "ACK-01",
        blocks: Blocks::Everything,
        check: Check::judged(Level::Must, claim, &[E1], Some((expected, actual))).shown_by(0),
        attempts: vec![strangers.elsewhere.clone()],
    })
}
