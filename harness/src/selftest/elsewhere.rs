//! Cases that no mutant of the zoo can prove, and where they are proved.

/// A case that is proved by other means than a mutant.
#[derive(Debug, Clone, Copy)]
pub struct Elsewhere {
    /// The case.
    pub case: &'static str,
    /// The file that proves it, below `harness/`.
    pub by: &'static str,
    /// Why no mutant can.
    pub why: &'static str,
}

/// All of them.
pub const ELSEWHERE: &[Elsewhere] = &[
    Elsewhere {
        case: "TLS-01",
        by: "tests/it/exit_codes.rs",
        why: "it judges the URL itself, and the zoo's is always a loopback one",
    },
    Elsewhere {
        case: "TLS-02",
        by: "tests/it/tls_certificate.rs",
        why: "it judges certificates, and the zoo serves plain HTTP",
    },
    Elsewhere {
        case: "TLS-03",
        by: "tests/it/tls_certificate.rs",
        why: "it judges certificates, and the zoo serves plain HTTP",
    },
    Elsewhere {
        case: "TLS-04",
        by: "tests/it/tls_handshake.rs",
        why: "it judges certificates, and the zoo serves plain HTTP",
    },
    Elsewhere {
        case: "TLS-05",
        by: "tests/it/tls_handshake.rs",
        why: "it judges handshakes, and the zoo serves plain HTTP",
    },
    Elsewhere {
        case: "TLS-06",
        by: "tests/it/tls_url.rs",
        why: "it judges the URL itself, and the zoo's is always a loopback one",
    },
    Elsewhere {
        case: "TLS-07",
        by: "src/case/tls/addresses.rs",
        why: "it judges the addresses of a name, and the zoo has one",
    },
    Elsewhere {
        case: "TLS-08",
        by: "tests/it/tls_handshake.rs",
        why: "it judges handshakes, and the zoo serves plain HTTP",
    },
    Elsewhere {
        case: "TLS-09",
        by: "tests/it/tls_url.rs",
        why: "it judges what stands beside an https receiver",
    },
    Elsewhere {
        case: "TLS-10",
        by: "tests/it/tls_url.rs",
        why: "it judges the URL itself, and the zoo's is always a plain one",
    },
    Elsewhere {
        case: "TLS-11",
        by: "tests/it/tls_url.rs",
        why: "it judges what stands in front of a receiver on https",
    },
    Elsewhere {
        case: "TLS-12",
        by: "tests/it/tls_handshake.rs",
        why: "it judges handshakes, and the zoo serves plain HTTP",
    },
    Elsewhere {
        case: "TLS-13",
        by: "tests/it/tls_handshake.rs",
        why: "it judges handshakes, and the zoo serves plain HTTP",
    },
    Elsewhere {
        case: "TLS-14",
        by: "tests/it/tls_url.rs",
        why: "it judges what stands in front of a receiver on https",
    },
];

/// Where a case is proved, when not by a mutant.
pub fn elsewhere(case: &str) -> Option<&'static Elsewhere> {
    ELSEWHERE.iter().find(|own| own.case == case)
}
