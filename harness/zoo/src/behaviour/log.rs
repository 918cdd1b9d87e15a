//! Choices about what a receiver writes to its log.

/// What is logged, on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// Type, call and timestamp of each event, and what was refused.
    Events,
    /// Nothing.
    Nothing,
    /// Everything but the timestamps of events.
    NoTimes,
    /// Everything but refused credentials.
    NoRefusals,
    /// Everything but invalid payloads.
    NoInvalid,
    /// The credential of each delivery too.
    Credential,
    /// The bytes of each delivery's credential too, in hexadecimal.
    CredentialInHex,
    /// The beginning of each credential too.
    CredentialStart,
    /// What a refused credential was compared with too.
    Expected,
    /// The body of each delivery too.
    Bodies,
    /// The numbers of each call too.
    Numbers,
}
