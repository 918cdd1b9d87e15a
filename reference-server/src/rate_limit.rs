//! The limit on requests whose `Authorization` is refused (G-SEC-03, A-36).
//!
//! It never stands before a valid token, so it is not what keeps guesses out (the token's length is); it keeps
//! strangers from being worth the same answer for ever, and tells them so.
//!
//! Windows are fixed and the same for all clients. Memory is bounded: what finds no place in the table shares one
//! count. So a flood from a million addresses neither grows the table nor makes it forget anybody.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::client::site_of;

const WINDOW: Duration = Duration::from_secs(60);
/// Clients with a count of their own; about 2 MiB.
const CLIENTS: usize = 1 << 16;

/// Counts refusals per client and minute.
#[derive(Debug, Clone)]
pub(crate) struct RateLimit {
    limit: u32,
    window: Arc<Mutex<Window>>,
}

#[derive(Debug, Default)]
struct Window {
    ends: Option<Instant>,
    counts: HashMap<IpAddr, u32>,
    others: u32,
}

/// Where a client stands after a refused request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Refused requests per window that get the usual answer.
    pub(crate) limit: u32,
    /// How many more will.
    pub(crate) remaining: u32,
    /// Seconds until the window ends, at least one.
    pub(crate) reset: u64,
}

impl RateLimit {
    /// At most `limit` per minute and client; 0 counts nothing.
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit,
            window: Arc::default(),
        }
    }

    /// Counts a refused request: `Err` when it is beyond the limit, and nothing where there is none.
    pub(crate) fn count(&self, client: IpAddr) -> Option<Result<Standing, Standing>> {
        self.count_at(client, Instant::now())
    }

    fn count_at(&self, client: IpAddr, now: Instant) -> Option<Result<Standing, Standing>> {
        if self.limit == 0 {
            return None;
        }
        let (used, left) = self
            .window
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .count(site_of(client), now);
        let standing = Standing {
            limit: self.limit,
            remaining: self.limit.saturating_sub(used),
            reset: left.as_secs_f64().ceil().max(1.0) as u64,
        };
        Some(if used > self.limit {
            Err(standing)
        } else {
            Ok(standing)
        })
    }
}

impl Window {
    /// How many there were of this client, this one included, and how long the window still lasts.
    fn count(&mut self, client: IpAddr, now: Instant) -> (u32, Duration) {
        let ends = match self.ends {
            Some(ends) if now < ends => ends,
            _ => {
                self.counts.clear();
                self.others = 0;
                *self.ends.insert(now + WINDOW)
            }
        };
        let has_place = self.counts.len() < CLIENTS || self.counts.contains_key(&client);
        let used = if has_place {
            self.counts.entry(client).or_default()
        } else {
            &mut self.others
        };
        *used = used.saturating_add(1);
        (*used, ends - now)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn site(n: u64) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from_bits(u128::from(n) << 64 | 1))
    }

    #[test]
    fn a_client_has_its_number_per_window_and_no_other_client_pays_for_it() {
        let limit = RateLimit::new(3);
        let now = Instant::now();
        let at = |seconds| {
            limit
                .count_at(CLIENT, now + Duration::from_secs(seconds))
                .unwrap()
        };
        let standing = |remaining, reset| Standing {
            limit: 3,
            remaining,
            reset,
        };
        assert_eq!(at(0), Ok(standing(2, 60)));
        assert_eq!(at(1), Ok(standing(1, 59)));
        assert_eq!(at(2), Ok(standing(0, 58)));
        assert_eq!(at(59), Err(standing(0, 1)));
        assert!(limit.count_at(site(1), now).unwrap().is_ok());
        assert_eq!(at(60), Ok(standing(2, 60)));
    }

    #[test]
    fn zero_is_off() {
        assert_eq!(RateLimit::new(0).count(CLIENT), None);
    }

    #[test]
    fn a_flood_from_everywhere_is_bounded_and_nobody_is_forgotten() {
        let limit = RateLimit::new(3);
        let now = Instant::now();
        for _ in 0..4 {
            let _ = limit.count_at(CLIENT, now);
        }
        let refused =
            (0..2 * CLIENTS as u64).filter(|&n| limit.count_at(site(n), now).unwrap().is_err());
        // Those without a place share one count: all but three of them are beyond it.
        assert_eq!(refused.count(), CLIENTS + 1 - 3);
        assert_eq!(limit.window.lock().unwrap().counts.len(), CLIENTS);
        assert!(limit.count_at(CLIENT, now).unwrap().is_err());
        let next = now + WINDOW;
        assert!(limit.count_at(site(u64::MAX), next).unwrap().is_ok());
        assert_eq!(limit.window.lock().unwrap().counts.len(), 1);
    }
}
