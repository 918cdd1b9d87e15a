//! `hamsa-harness.toml`: the same settings as the options, with closed keys.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::HarnessError;

/// The default name of the file.
const NAME: &str = "hamsa-harness.toml";

/// The file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::cli) struct ConfigFile {
    pub(super) target: TargetTable,
    pub(super) effects: EffectsTable,
    pub(super) process: ProcessTable,
    pub(super) profile: ProfileTable,
    pub(super) cases: CasesTable,
    pub(super) hooks: HooksTable,
    pub(super) reports: Vec<ReportTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TargetTable {
    pub(super) url: Option<String>,
    pub(super) auth_env: Option<String>,
    pub(super) auth_file: Option<PathBuf>,
    pub(super) no_auth: Option<bool>,
    pub(super) headers: Vec<String>,
    pub(super) cacert: Option<PathBuf>,
    pub(super) insecure: Option<bool>,
    pub(super) plain_port: Option<u16>,
    pub(super) wait: Option<String>,
    pub(super) also: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProcessTable {
    pub(super) spawn: Option<String>,
    pub(super) kill: Option<String>,
    pub(super) restart: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EffectsTable {
    pub(super) probe: Option<String>,
    pub(super) types: Option<Vec<String>>,
    pub(super) settle_max: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProfileTable {
    pub(super) name: Option<String>,
    pub(super) strict: Option<bool>,
    pub(super) durable: Option<bool>,
    pub(super) deadline: Option<String>,
    pub(super) budget: Option<String>,
    pub(super) accept_evidence: Vec<String>,
    pub(super) i_own_this_target: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CasesTable {
    pub(super) set: Option<String>,
    pub(super) only: Vec<String>,
    pub(super) skip: Vec<String>,
    pub(super) level: Option<String>,
    pub(super) jobs: Option<usize>,
    pub(super) max_rate: Option<String>,
    pub(super) seed: Option<u64>,
    pub(super) fail_fast: Option<bool>,
    pub(super) fixtures: Option<PathBuf>,
    pub(super) set_field: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HooksTable {
    pub(super) slow_on: Option<String>,
    pub(super) slow_off: Option<String>,
    pub(super) fault_on: Option<String>,
    pub(super) fault_off: Option<String>,
    pub(super) store_down: Option<String>,
    pub(super) store_up: Option<String>,
    pub(super) disk_full: Option<String>,
    pub(super) disk_free: Option<String>,
    pub(super) rotate: Option<String>,
    pub(super) rotation_overlap: Option<String>,
    pub(super) log_file: Option<PathBuf>,
    pub(super) dedup_window: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct ReportTable {
    pub(super) format: String,
    pub(super) path: String,
}

impl ConfigFile {
    /// Reads the file that was named, or the usual one when it is there.
    ///
    /// # Errors
    /// When it cannot be read, or has a key that means nothing.
    pub(super) fn read(named: Option<&Path>) -> Result<Self, HarnessError> {
        let path = match named {
            Some(path) => path,
            None if Path::new(NAME).exists() => Path::new(NAME),
            None => return Ok(Self::default()),
        };
        crate::cli::output::diagnostic(&format!("settings from {}", path.display()));
        let text = std::fs::read_to_string(path)
            .map_err(|error| HarnessError::usage(format!("{}: {error}", path.display())))?;
        toml::from_str(&text).map_err(|error| {
            HarnessError::usage(format!("{}: {}", path.display(), error.to_string().trim()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ConfigFile, HarnessError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        std::fs::write(&path, text).unwrap();
        ConfigFile::read(Some(&path))
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        for text in [
            "[target]\nurk = 1",
            "[cases]\nonyl = []",
            "[tarjet]",
            "[process]\nspwan = 'x'",
            "[[reports]]\nformt=1",
        ] {
            assert!(matches!(read(text), Err(HarnessError::Usage(_))), "{text}");
        }
        let error = read("[target]\nurk = 1").unwrap_err().to_string();
        assert!(error.contains("urk"), "{error}");
    }

    #[test]
    fn a_whole_file_is_read() {
        let file = read(
            "[target]\nurl = 'http://127.0.0.1:1/'\nheaders = ['X-A: 1']\n\
             [effects]\nprobe = 'cmd:true'\ntypes = ['call.ended']\n\
             [profile]\nstrict = true\n[cases]\nset = 'core'\nonly = ['R2']\n\
             [[reports]]\nformat = 'json'\npath = 'r.json'\n",
        )
        .unwrap();
        assert_eq!(file.effects.types, Some(vec!["call.ended".to_owned()]));
        assert_eq!(
            (file.cases.set.as_deref(), file.reports.len()),
            (Some("core"), 1)
        );
        assert!(ConfigFile::read(Some(Path::new("/no/such/file.toml"))).is_err());
    }
}
