//! `POST /zoo/…`: the laboratory's switches for what the receiver depends on. They are no part of
//! the specimen.

use std::sync::atomic::{AtomicBool, Ordering};

/// What misbehaves at the moment.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// Work takes eight seconds.
    slow: AtomicBool,
    /// Work fails.
    failing: AtomicBool,
    /// Work has failed at some time.
    has_failed: AtomicBool,
    /// The store cannot be reached.
    storeless: AtomicBool,
    /// The store cannot be written to.
    full: AtomicBool,
}

impl Surroundings {
    /// Throws the switch of that path; false when there is none.
    pub(super) fn switch(&self, path: &str) -> bool {
        let (what, is_on) = match path {
            "/zoo/slow-on" => (&self.slow, true),
            "/zoo/slow-off" => (&self.slow, false),
            "/zoo/fault-on" => (&self.failing, true),
            "/zoo/fault-off" => (&self.failing, false),
            "/zoo/store-down" => (&self.storeless, true),
            "/zoo/store-up" => (&self.storeless, false),
            "/zoo/disk-full" => (&self.full, true),
            "/zoo/disk-free" => (&self.full, false),
            _ => return false,
        };
        what.store(is_on, Ordering::Relaxed);
        self.has_failed
            .fetch_or(self.is_failing(), Ordering::Relaxed);
        true
    }

    pub(super) fn is_slow(&self) -> bool {
        self.slow.load(Ordering::Relaxed)
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    pub(super) fn is_storeless(&self) -> bool {
        self.storeless.load(Ordering::Relaxed)
    }

    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }
}
