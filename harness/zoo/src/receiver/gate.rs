//! Authentication: a predicate on a request's headers.

use std::{
    hint::spin_loop,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::{Session, pulse::Pulse};
use crate::{
    behaviour::{Behaviour, Connection, Credential, Place, Rotation},
    http::{Head, percent_decoded},
    secrets::Secrets,
};

/// How long an identity provider takes to answer, for the receiver that asks one.
const INQUIRY: Duration = Duration::from_millis(20);

/// The expected credential and how it is compared.
#[derive(Debug)]
pub(super) struct Gate {
    rule: Credential,
    connection: Connection,
    rotation: Rotation,
    secrets: Secrets,
    /// What counted at the start.
    first: Option<Arc<str>>,
    /// What else counts, where replaced secrets go on counting.
    former: Mutex<Vec<Arc<str>>>,
    refusals: AtomicU64,
    recent: Pulse,
    inquiries: AtomicUsize,
}

impl Gate {
    pub(super) fn new(behaviour: &Behaviour, secrets: Secrets) -> Self {
        Self {
            rule: behaviour.credential,
            connection: behaviour.connection,
            rotation: behaviour.rotation,
            first: secrets.current(),
            secrets,
            former: Mutex::default(),
            refusals: AtomicU64::new(0),
            recent: Pulse::default(),
            inquiries: AtomicUsize::new(0),
        }
    }

    /// Whether the request comes from the holder of the credential.
    pub(super) async fn admits(&self, head: &Head, session: &mut Session) -> bool {
        let Some(current) = self.secrets.current() else {
            return true;
        };
        if let Credential::AsksElsewhere(most) = self.rule
            && !self.inquire(most).await
        {
            return true;
        }
        let counting = self.counting(current, session);
        let matches = || counting.iter().any(|expected| self.matches(head, expected));
        let is_good = match self.connection {
            Connection::Independent
            | Connection::ClosedEachTime
            | Connection::BodyLeftBehind
            | Connection::DeadAfterSilence(_)
            | Connection::BodyOfOtherMethodsLeftBehind
            | Connection::Serves(_)
            | Connection::ErrorLeftBehind
            | Connection::EndsBeforeAnswer => matches(),
            Connection::TrustedAfterGood => session.had_good || matches(),
            Connection::RefusedAfterBad => !session.had_bad && matches(),
        };
        if is_good && self.rotation == Rotation::RemembersAccepted {
            self.remember(counting.into_iter().next());
        }
        session.had_good |= is_good;
        session.had_bad |= !is_good;
        self.refusals
            .fetch_add(u64::from(!is_good), Ordering::Relaxed);
        is_good
    }

    /// How many requests were refused in the second that runs.
    pub(super) fn recent_refusals(&self, more: u64) -> u64 {
        self.recent.count(more)
    }

    /// How many requests have been refused.
    pub(super) fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// The full expected value.
    pub(super) fn expected(&self) -> Arc<str> {
        self.secrets.current().unwrap_or_default()
    }

    /// The expected value without its scheme.
    pub(super) fn token(&self) -> String {
        let expected = self.expected();
        let token = expected.split_once(' ').map(|(_, token)| token);
        token.unwrap_or(&expected).to_owned()
    }

    /// The values of which one has to match, the one in force first.
    fn counting(&self, current: Arc<str>, session: &mut Session) -> Vec<Arc<str>> {
        match self.rotation {
            Rotation::Prompt => vec![current],
            Rotation::Ignored => self.first.iter().cloned().collect(),
            Rotation::PerConnection => {
                vec![session.secret.get_or_insert(current).clone()]
            }
            Rotation::KeepsFormer => {
                self.remember(Some(Arc::clone(&current)));
                self.and_former(current)
            }
            Rotation::RemembersAccepted => self.and_former(current),
        }
    }

    fn and_former(&self, current: Arc<str>) -> Vec<Arc<str>> {
        let former = self.former.lock().unwrap_or_else(PoisonError::into_inner);
        [vec![current], former.clone()].concat()
    }

    fn remember(&self, secret: Option<Arc<str>>) {
        let mut former = self.former.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = secret
            && !former.contains(&secret)
        {
            former.push(secret);
        }
    }

    /// Asks who the sender is; false when too many ask at once.
    async fn inquire(&self, most: usize) -> bool {
        let others = self.inquiries.fetch_add(1, Ordering::Relaxed);
        sleep(INQUIRY).await;
        self.inquiries.fetch_sub(1, Ordering::Relaxed);
        others < most
    }

    fn matches(&self, head: &Head, expected: &str) -> bool {
        let values = head.values("authorization");
        let expected = expected.as_bytes();
        let is_exact = |value: &[u8]| is_same(value, expected);
        match self.rule {
            Credential::Exact => matches!(values[..], [value] if is_exact(value)),
            Credential::Off => true,
            Credential::AbsentPasses => values.iter().all(|value| is_exact(value)),
            Credential::PresenceOnly => !values.is_empty(),
            Credential::AnyOfSeveral => values.iter().any(|value| is_exact(value)),
            Credential::FirstOfSeveral => values.first().is_some_and(|value| is_exact(value)),
            Credential::LastOfSeveral => values.last().is_some_and(|value| is_exact(value)),
            Credential::AlsoIn(place) => {
                values.iter().any(|value| is_exact(value)) || self.is_in(place, head)
            }
            Credential::LockoutAfter(limit) => {
                self.refusals() < limit && matches!(values[..], [value] if is_exact(value))
            }
            Credential::PassesEvery(nth) => {
                let refused = self.refusals() + 1;
                refused.is_multiple_of(nth) || matches!(values[..], [value] if is_exact(value))
            }
            Credential::LeaksTime(ns) => {
                if let [value] = values[..] {
                    spin_for(ns * agreeing(value, expected));
                }
                matches!(values[..], [value] if is_exact(value))
            }
            Credential::AsksElsewhere(_) => matches!(values[..], [value] if is_exact(value)),
            Credential::NonAsciiKills if values.iter().any(|value| !value.is_ascii()) => {
                std::process::abort()
            }
            rule => matches!(values[..], [value] if is_nearly(rule, value, expected)),
        }
    }

    fn is_in(&self, place: Place, head: &Head) -> bool {
        let token = self.token();
        let expected = self.expected();
        let is_token = |text: &str| text == token || text == &*expected;
        let header = |name| {
            let values = head.values(name).into_iter();
            values
                .map(|value| String::from_utf8_lossy(value).into_owned())
                .collect::<Vec<_>>()
        };
        let value_of = |pair: &str| {
            percent_decoded(pair.split_once('=').map_or("", |(_, value)| value).trim())
        };
        match place {
            Place::Query => head.query.split('&').any(|pair| is_token(&value_of(pair))),
            Place::Cookie => header("cookie")
                .iter()
                .flat_map(|cookies| cookies.split(';'))
                .any(|pair| is_token(&value_of(pair))),
            Place::ApiKey => header("x-api-key").iter().any(|value| is_token(value)),
        }
    }
}

/// Equal values; only the scheme's letter case is free, as HTTP has it.
fn is_same(value: &[u8], expected: &[u8]) -> bool {
    let (scheme, token) = split(value);
    let (expected_scheme, expected_token) = split(expected);
    scheme.eq_ignore_ascii_case(expected_scheme) && token == expected_token
}

/// The comparisons that let one value too many in, or keep the right one out.
fn is_nearly(rule: Credential, value: &[u8], expected: &[u8]) -> bool {
    if rule == Credential::SchemeCaseMatters {
        return value == expected;
    }
    if is_same(value, expected) {
        return true;
    }
    let (scheme, token) = split(value);
    let (expected_scheme, expected_token) = split(expected);
    let has_scheme = scheme.eq_ignore_ascii_case(expected_scheme);
    let has_length = token.len() == expected_token.len();
    let agrees_on = |range: std::ops::Range<usize>| {
        has_scheme && token.get(range.clone()) == expected_token.get(range)
    };
    let length = expected_token.len();
    match rule {
        Credential::AnyToken => has_scheme && !token.is_empty(),
        Credential::LengthOnly => has_scheme && has_length,
        Credential::ExpectedIsPrefix => has_scheme && token.starts_with(expected_token),
        Credential::IsPrefixOfExpected => {
            has_scheme && token.len() >= 8 && expected_token.starts_with(token)
        }
        Credential::FirstEight => agrees_on(0..length.min(8)),
        Credential::FirstHalf => has_length && agrees_on(0..length / 2),
        Credential::AllButLast => has_length && agrees_on(0..length.saturating_sub(1)),
        Credential::AllButFirst => has_length && agrees_on(1.min(length)..length),
        Credential::EmptyTokenPasses => has_scheme && token.is_empty(),
        Credential::EmptyHeaderPasses => value.is_empty(),
        Credential::AnyScheme => value.ends_with(expected_token) && token == expected_token,
        Credential::RawTokenPasses => value == expected_token,
        Credential::BasicPasses => scheme.eq_ignore_ascii_case(b"basic") && token == expected_token,
        Credential::CaseFolded => value.eq_ignore_ascii_case(expected),
        Credential::Contains => value.windows(expected.len()).any(|part| part == expected),
        Credential::AnyOfList => value
            .split(|byte| *byte == b',')
            .any(|part| is_same(part.trim_ascii(), expected)),
        _ => false,
    }
}

/// How many bytes a comparison looks at that ends with the first difference.
fn agreeing(value: &[u8], expected: &[u8]) -> u64 {
    let pairs = value.iter().zip(expected);
    pairs.take_while(|(own, other)| own == other).count() as u64
}

/// Works for so many nanoseconds: no sleep is as short.
fn spin_for(ns: u64) {
    let until = Instant::now() + Duration::from_nanos(ns);
    while Instant::now() < until {
        spin_loop();
    }
}

/// Scheme and token; a value without a space is a scheme without a token.
fn split(value: &[u8]) -> (&[u8], &[u8]) {
    match value.iter().position(|byte| *byte == b' ') {
        Some(at) => (&value[..at], &value[at + 1..]),
        None => (value, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTED: &[u8] = b"Bearer 0123456789abcdef";

    #[test]
    fn only_the_schemes_letter_case_is_free() {
        assert!(is_same(EXPECTED, EXPECTED));
        assert!(is_same(b"bearer 0123456789abcdef", EXPECTED));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer 0123456789ABCDEF",
            "Basic 0123456789abcdef",
        ] {
            assert!(!is_same(bad.as_bytes(), EXPECTED), "{bad}");
        }
    }

    #[test]
    fn each_near_miss_lets_in_its_own_and_nothing_random() {
        let table = [
            (Credential::ExpectedIsPrefix, "Bearer 0123456789abcdefX"),
            (Credential::IsPrefixOfExpected, "Bearer 0123456789abcde"),
            (Credential::FirstEight, "Bearer 01234567zzzzzzzz"),
            (Credential::FirstHalf, "Bearer 01234567zzzzzzzz"),
            (Credential::AllButLast, "Bearer 0123456789abcdeX"),
            (Credential::AllButFirst, "Bearer X123456789abcdef"),
            (Credential::EmptyTokenPasses, "Bearer"),
            (Credential::EmptyTokenPasses, "Bearer "),
            (Credential::EmptyHeaderPasses, ""),
            (Credential::AnyScheme, "Basic 0123456789abcdef"),
            (Credential::RawTokenPasses, "0123456789abcdef"),
            (Credential::BasicPasses, "Basic 0123456789abcdef"),
            (Credential::CaseFolded, "Bearer 0123456789ABCDEF"),
            (Credential::Contains, "Bearer bad, Bearer 0123456789abcdef"),
            (Credential::AnyOfList, "Bearer bad, Bearer 0123456789abcdef"),
        ];
        for (rule, value) in table {
            assert!(
                is_nearly(rule, value.as_bytes(), EXPECTED),
                "{rule:?} {value}"
            );
            assert!(is_nearly(rule, EXPECTED, EXPECTED), "{rule:?}");
            assert!(
                !is_nearly(rule, b"Bearer qponmlkjihgfedcb", EXPECTED),
                "{rule:?}"
            );
        }
    }
}
