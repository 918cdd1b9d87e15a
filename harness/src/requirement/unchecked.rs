//! Why no case checks a clause, and who does.

/// The reason why cases cannot check a clause, with a sentence about this one.
#[derive(Debug, Clone, Copy)]
pub struct Unchecked {
    /// The kind of reason.
    pub reason: Reason,
    /// What it is here.
    pub why: &'static str,
    /// True when cases check a part of the clause.
    pub partly: bool,
}

/// Kinds of reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It binds what is configured at the provider; `lint` checks it.
    Configuration,
    /// It binds the request that starts a call; `lint` checks it.
    Initiation,
    /// It binds people, and what they set up around the receiver.
    Operations,
    /// It binds the provider.
    Platform,
    /// It allows something, so that nothing can break it.
    Allowance,
    /// No answer and no effect shows it.
    NotObservable,
    /// Only from inside can it be seen: the reference receiver's own tests do.
    ReferenceOnly,
}

impl Reason {
    /// What the kind means, in a few words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Configuration => "about the configuration, for `lint`",
            Self::Initiation => "about the request that starts a call, for `lint`",
            Self::Operations => "about what people do around the receiver",
            Self::Platform => "a duty of the provider",
            Self::Allowance => "allows, and demands nothing",
            Self::NotObservable => "not seen from outside",
            Self::ReferenceOnly => "seen from inside only, by the reference receiver's own tests",
        }
    }
}

impl Unchecked {
    /// The reason as a sentence.
    pub fn sentence(&self) -> String {
        let how_much = if self.partly {
            "Cases check a part of it"
        } else {
            "No case"
        };
        format!("{how_much}: {}; {}", self.reason.meaning(), self.why)
    }
}
