//! The command line of `hamsa-receiver`, as a type that another binary can embed.
//!
//! An option that is not given falls back to its environment variable (clap does that), then to the
//! settings file and the defaults ([`Settings::resolve`](crate::Settings::resolve) does that). Which
//! secret to use is chosen by option or file only; the secret itself never stands on a command line.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Options of the receiver.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReceiverArgs {
    /// Address and port to listen on; port 0 picks a free one [default: 127.0.0.1:3000]
    #[arg(long, value_name = "ADDR:PORT", env = "HAMSA_LISTEN")]
    pub listen: Option<SocketAddr>,

    /// Path of the webhook [default: /webhook]
    #[arg(long, value_name = "PATH", env = "HAMSA_PATH")]
    pub path: Option<String>,

    /// Where events are kept: sqlite:PATH or memory [default: sqlite:hamsa.db]
    // Kept as text: clap would quote a wrong value, and a password with it.
    #[arg(
        long,
        value_name = "STORE",
        env = "HAMSA_STORE",
        hide_env_values = true
    )]
    pub store: Option<String>,

    /// Environment variable that holds the full Authorization value [default: WEBHOOK_SECRET]
    #[arg(long, value_name = "NAME", group = "auth")]
    pub auth_env: Option<String>,

    /// File with one full Authorization value per line; every line is accepted
    #[arg(long, value_name = "PATH", group = "auth")]
    pub auth_file: Option<PathBuf>,

    /// Accept every sender; for development only
    #[arg(long, group = "auth")]
    pub no_auth: bool,

    /// Serve GET /effects and GET /calls/{callId}
    // With a value it can also overrule the settings file's `true`.
    #[arg(
        long,
        value_name = "BOOL",
        env = "HAMSA_EXPOSE_EFFECTS",
        value_parser = switch,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub expose_effects: Option<bool>,

    /// Worker tasks; 0 accepts and stores events without handling them [default: 2]
    #[arg(long, value_name = "N", env = "HAMSA_WORKERS")]
    pub workers: Option<usize>,

    /// Address and port for metrics and the dashboard; off loopback they demand the bearer value [default: none]
    #[arg(long, value_name = "ADDR:PORT", env = "HAMSA_MANAGE")]
    pub manage: Option<SocketAddr>,

    /// Requests with a wrong secret per minute and client address before the answer is 429; 0 is no limit [default: 100]
    #[arg(long, value_name = "N", env = "HAMSA_UNAUTHENTICATED_PER_MINUTE")]
    pub unauthenticated_per_minute: Option<u32>,

    /// Certificate chain (PEM), to be reached by https; needs the cargo feature `tls`
    #[arg(long, value_name = "PATH", env = "HAMSA_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate (PEM)
    #[arg(long, value_name = "PATH", env = "HAMSA_TLS_KEY")]
    pub tls_key: Option<PathBuf>,

    /// Settings file (TOML)
    #[arg(long, value_name = "FILE", env = "HAMSA_CONFIG")]
    pub config: Option<PathBuf>,
}

/// A switch in the environment. Anything unclear is an error: `off` or `no` must not show personal data.
fn switch(word: &str) -> Result<bool, &'static str> {
    match word {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err("it must be true, false, 1 or 0"),
    }
}
