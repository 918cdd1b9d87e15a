//! The judgements: pure functions from what was seen to checks.

use std::time::Duration;

use hamsa_schemas::IdempotencyKey;

use super::trial::{Delivery, Effects};
use crate::ledger::Account;
use crate::scene::Scene;
use crate::sender::{Attempt, AttemptResult, NoAnswer, millis};
use crate::terms::EvidenceKind::{E1, E2, E3};
use crate::terms::{Level, RequirementId};
use crate::verdict::Check;

/// A valid first delivery is acknowledged: a whole answer within the deadline, and it is a 200. That
/// is R1, whatever the case is about.
pub fn acknowledged(scene: &Scene, delivery: &Delivery, attempt: &Attempt) -> Check {
    taken(scene, delivery, attempt).filed_under(RequirementId::R1)
}

/// The delivery is taken: acknowledged like any other, where a case about something else than
/// answers claims it. A wrong status breaks that claim; lateness stays R1's matter.
///
/// A status that every ordinary event of the type gets (say 202) is judged once, by ACK-05 or
/// ACK-06, and not again by each case that merely delivers.
pub fn taken(scene: &Scene, delivery: &Delivery, attempt: &Attempt) -> Check {
    let usual = scene.observed.usual_status(&delivery.key.event_type);
    let is_usual = |status: u16| status < 400 && usual == Some(status);
    let refuted = match attempt.answer() {
        Some(answer) if answer.status == 200 || is_usual(answer.status) => late(scene, attempt),
        _ => Some(attempt.describe()),
    };
    let expected = format!("status 200, complete within {}", millis(scene.deadline));
    let check = Check::judged(
        Level::Must,
        format!("{} is answered 200 in time", described(attempt)),
        &[E1, E2],
        refuted.map(|actual| (expected, actual)),
    )
    .shown_by(attempt.number);
    // Late or never is R1's matter, whoever waits.
    if attempt.answer().is_none() || late(scene, attempt).is_some() {
        return check.filed_under(RequirementId::R1);
    }
    check
}

/// The status is 200 itself, not another 2xx.
pub fn exactly_200(attempt: &Attempt) -> Check {
    let refuted = attempt
        .status()
        .filter(|status| *status != 200 && (200..300).contains(status))
        .map(|status| ("status 200".to_owned(), format!("status {status}")));
    Check::judged(
        Level::Must,
        format!("{} is answered with exactly 200", described(attempt)),
        &[E1],
        refuted,
    )
    .shown_by(attempt.number)
}

/// The answer is no redirect.
pub fn no_redirect(attempt: &Attempt) -> Check {
    let refuted = attempt
        .answer()
        .filter(|answer| (300..400).contains(&answer.status))
        .map(|answer| {
            let to = answer
                .header("location")
                .unwrap_or_else(|| "nowhere".to_owned());
            (
                "no redirect".to_owned(),
                format!("status {} to {to}", answer.status),
            )
        });
    Check::judged(
        Level::Must,
        format!("{} is answered by the URL itself", described(attempt)),
        &[E1],
        refuted,
    )
    .shown_by(attempt.number)
}

/// The whole body of the answer is there within the deadline, not only its head.
pub fn body_ends_in_time(scene: &Scene, attempt: &Attempt) -> Check {
    let refuted = match &attempt.result {
        AttemptResult::Answered(_) => late(scene, attempt),
        AttemptResult::NoAnswer {
            why,
            partial: Some(head),
        } => Some(format!(
            "status {} came, then {}",
            head.status,
            why.describe()
        )),
        AttemptResult::NoAnswer { partial: None, .. } => None,
    };
    let expected = format!("the answer's last byte within {}", millis(scene.deadline));
    Check::judged(
        Level::Must,
        format!("the answer to {} ends in time", described(attempt)),
        &[E1, E2],
        refuted.map(|actual| (expected, actual)),
    )
    .shown_by(attempt.number)
}

/// A bad credential is refused: not 2xx is a MUST, 401 itself a SHOULD. 403 and 429 refuse as well.
pub fn refused(attempt: &Attempt) -> Vec<Check> {
    let what = described(attempt);
    let accepted = attempt
        .status()
        .filter(|status| (200..300).contains(status))
        .map(|status| ("a refusal, 401".to_owned(), format!("status {status}")));
    let is_accepted = accepted.is_some();
    let mut checks = vec![
        Check::judged(
            Level::Must,
            format!("{what} is not accepted"),
            &[E1],
            accepted,
        )
        .shown_by(attempt.number),
    ];
    if !is_accepted {
        let other = match attempt.status() {
            Some(401 | 403 | 429) => None,
            _ => Some(("status 401".to_owned(), attempt.describe())),
        };
        checks.push(
            Check::judged(
                Level::Should,
                format!("{what} is answered 401"),
                &[E1],
                other,
            )
            .shown_by(attempt.number),
        );
        if attempt.status() == Some(403) {
            let seen = Some(("status 401".to_owned(), "status 403".to_owned()));
            checks.push(
                Check::judged(
                    Level::Info,
                    format!("{what} is answered 401, not 403"),
                    &[E1],
                    seen,
                )
                .shown_by(attempt.number),
            );
        }
    }
    checks
}

/// A body that is no event is turned down with a 4xx. The guide forbids nothing else in so many
/// words, so this is a SHOULD; "no effect" and "still serves" are judged apart.
pub fn turned_down(attempt: &Attempt) -> Check {
    let refuted = match attempt.status() {
        Some(400..=499) => None,
        _ => Some(("a status from 400 to 499".to_owned(), attempt.describe())),
    };
    Check::judged(
        Level::Should,
        format!("{} is turned down with a 4xx", described(attempt)),
        &[E1],
        refuted,
    )
    .shown_by(attempt.number)
}

/// The effects are exactly those that the deliveries allow.
pub fn effects(effects: &Effects, level: Level, claim: &str) -> Check {
    judge_effects(effects, level, claim, |account| {
        (!account.is_clean())
            .then(|| account.first_offender().cloned())
            .flatten()
    })
}

/// For cases about what must have no effect: nothing unexpected is there, and the valid events
/// beside it have one effect each. A receiver that loses those breaks R2, not the case's claim.
pub fn only_valid_effects(effects: &Effects, level: Level, claim: &str) -> [Check; 2] {
    let unexpected = nothing_unexpected(effects, level, claim);
    let beside = "valid events beside them have one effect each";
    let valid = judge_effects(effects, Level::Must, beside, |account| {
        account
            .lost
            .first()
            .or(account.duplicated.first().map(|(key, _)| key))
            .cloned()
    });
    [unexpected, valid.filed_under(RequirementId::R2)]
}

/// Nothing has an effect that should not.
pub fn nothing_unexpected(effects: &Effects, level: Level, claim: &str) -> Check {
    judge_effects(effects, level, claim, |account| {
        account.unexpected.first().cloned()
    })
}

/// Nothing has a second effect: R2's matter, whatever the case is about.
pub fn nothing_doubled(effects: &Effects, level: Level, claim: &str) -> Check {
    judge_effects(effects, level, claim, |account| {
        account.duplicated.first().map(|(key, _)| key.clone())
    })
    .filed_under(RequirementId::R2)
}

/// Nothing has an effect that should not, and nothing has a second one.
pub fn nothing_added(effects: &Effects, level: Level, claim: &str) -> Check {
    judge_effects(effects, level, claim, |account| {
        let duplicated = account.duplicated.first().map(|(key, _)| key);
        duplicated.or(account.unexpected.first()).cloned()
    })
}

/// What the effects say; `offender` finds the key that refutes the claim.
fn judge_effects(
    effects: &Effects,
    level: Level,
    claim: &str,
    offender: impl Fn(&Account) -> Option<IdempotencyKey>,
) -> Check {
    let expected = |least: u64| match least {
        0 => "no effect".to_owned(),
        1 => "1 effect, and no other".to_owned(),
        _ => format!("{least} effects, each of its own key, and no other"),
    };
    match effects {
        Effects::Seen(account) => {
            let about = offender(account);
            let refuted = about
                .is_some()
                .then(|| (expected(account.expected as u64), account.describe()));
            let mut check = Check::judged(level, claim, &[E3], refuted);
            check.about = about;
            check
        }
        Effects::Counted { count, least, most } => {
            let in_range = *count >= *least && most.is_none_or(|most| *count <= most);
            if in_range {
                let why = "the count is right, the keys are unseen: a probe that answers with \
                           records would show them";
                Check::unseen(level, claim, &[E3], why)
            } else {
                let actual = format!("{count} effects counted");
                Check::judged(level, claim, &[E3], Some((expected(*least), actual)))
            }
        }
        Effects::Restless => Check::unclear(
            level,
            claim,
            &[E3],
            "the effects never settled within --settle-max",
        ),
        Effects::Unreadable(error) => Check::unclear(level, claim, &[E3], error.to_string()),
        Effects::Unseen(why) => Check::unseen(level, claim, &[E3], why),
    }
}

fn late(scene: &Scene, attempt: &Attempt) -> Option<String> {
    let took = attempt.timing.acknowledgement().unwrap_or(Duration::ZERO);
    (took > scene.deadline).then(|| attempt.describe())
}

fn described(attempt: &Attempt) -> String {
    attempt.request.label.clone()
}

/// True when the receiver, not the sender, ended the exchange without an answer.
pub fn dropped(attempt: &Attempt) -> bool {
    matches!(
        attempt.no_answer(),
        Some(NoAnswer::Closed | NoAnswer::CutShort | NoAnswer::Broken(_) | NoAnswer::TimedOut)
    )
}
