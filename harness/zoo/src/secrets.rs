//! The secret that counts. It may be replaced while a specimen serves.

use std::{fmt, sync::Arc};

use tokio::sync::watch;

/// The full expected value of the `Authorization` header, now and later.
#[derive(Clone)]
pub struct Secrets(watch::Receiver<Option<Arc<str>>>);

impl Secrets {
    /// Secrets that the sender replaces.
    pub fn replaceable(first: Option<String>) -> (watch::Sender<Option<Arc<str>>>, Self) {
        let (sender, receiver) = watch::channel(first.map(Arc::from));
        (sender, Self(receiver))
    }

    pub(crate) fn current(&self) -> Option<Arc<str>> {
        self.0.borrow().clone()
    }
}

/// One secret for good.
impl From<Option<String>> for Secrets {
    fn from(secret: Option<String>) -> Self {
        Self::replaceable(secret).1
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}
