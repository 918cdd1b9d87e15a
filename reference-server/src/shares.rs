//! How many of the connections one client may have, so that none can take them all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::site_of;
use crate::networks::Networks;

/// Open connections per client. Holds an entry for each client that has some, and no other.
#[derive(Debug)]
pub(crate) struct Shares {
    most: usize,
    /// They bring the connections of many clients.
    proxies: Networks,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One connection of a client's share, until it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    client: IpAddr,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Shares {
    /// At most so many connections at once for each client that is no proxy; 0 is no limit.
    pub(crate) fn of(most: usize, proxies: Networks) -> Self {
        Self {
            most: if most == 0 { usize::MAX } else { most },
            proxies,
            held: Arc::default(),
        }
    }

    /// A place for one more connection, unless the client has its share already.
    pub(crate) fn take(&self, client: IpAddr) -> Option<Share> {
        let is_proxy = self.proxies.contain(client);
        let client = site_of(client);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let count = held.entry(client).or_default();
        if *count >= self.most && !is_proxy {
            return None;
        }
        *count += 1;
        Some(Share {
            client,
            held: Arc::clone(&self.held),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = held.entry(self.client) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_its_share_and_gives_it_back() {
        let shares = Shares::of(2, Networks::default());
        let address = |text: &str| text.parse().unwrap();
        let first = shares.take(address("203.0.113.7"));
        let second = shares.take(address("::ffff:203.0.113.7"));
        assert!(first.is_some() && second.is_some());
        assert!(shares.take(address("203.0.113.7")).is_none());
        assert!(shares.take(address("203.0.113.8")).is_some());
        drop(first);
        assert!(shares.take(address("203.0.113.7")).is_some());
    }

    #[test]
    fn an_ipv6_network_is_one_client_and_nothing_is_kept_of_who_is_gone() {
        let shares = Shares::of(1, Networks::default());
        let held = shares.take("2001:db8::1".parse().unwrap());
        assert!(shares.take("2001:db8::2".parse().unwrap()).is_none());
        drop(held);
        assert!(shares.held.lock().unwrap().is_empty());
    }

    #[test]
    fn proxies_have_no_share_and_zero_is_no_limit() {
        let proxy = "10.0.0.1".parse().unwrap();
        let trusted = ["10.0.0.0/8".parse().unwrap()].into_iter().collect();
        for shares in [Shares::of(1, trusted), Shares::of(0, Networks::default())] {
            let held = [(); 9].map(|()| shares.take(proxy));
            assert!(held.iter().all(Option::is_some));
        }
    }
}
