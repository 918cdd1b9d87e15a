//! How the receiver's process is got at, from options and file.

use super::file::ProcessTable;
use super::resolve::Given;
use crate::cli::args::ProcessArgs;
use crate::error::HarnessError;
use crate::runner::quoted;
use crate::sender::Target;

/// The means that the user gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Means {
    /// None.
    None,
    /// A command that is the receiver.
    Spawn(String),
    /// A command that ends it, and one that starts it again.
    Commands { kill: String, restart: String },
}

/// What is known of the process, and of others beside it.
#[derive(Debug)]
pub(in crate::cli) struct ProcessSettings {
    pub(in crate::cli) means: Means,
    pub(in crate::cli) durable: bool,
    pub(in crate::cli) also: Vec<Target>,
}

impl ProcessSettings {
    /// True when the harness starts the user's receiver.
    pub(in crate::cli) fn spawns(&self) -> bool {
        matches!(self.means, Means::Spawn(_))
    }
}

/// Resolves them, and adds what leads to them again to `options`.
///
/// # Errors
/// [`HarnessError::Usage`] naming what cannot be.
pub(super) fn process(
    args: &ProcessArgs,
    table: &ProcessTable,
    (durable, also): (bool, Vec<String>),
    given: &Given,
    options: &mut Vec<String>,
) -> Result<ProcessSettings, HarnessError> {
    let is_given = args.spawn.is_some() || args.kill.is_some() || args.restart.is_some();
    let (spawn, kill, restart) = if is_given {
        (&args.spawn, &args.kill, &args.restart)
    } else {
        (&table.spawn, &table.kill, &table.restart)
    };
    let texts = [("--spawn", spawn), ("--kill", kill), ("--restart", restart)];
    for (name, text) in texts {
        let Some(text) = text else { continue };
        if text.trim().is_empty() {
            return Err(HarnessError::usage(format!("{name} needs a shell command")));
        }
        options.push(format!("{name} {}", quoted(text)));
    }
    let means = match (spawn, kill, restart) {
        (None, None, None) => Means::None,
        (Some(spawn), None, None) => Means::Spawn(spawn.clone()),
        (None, Some(kill), Some(restart)) => Means::Commands {
            kill: kill.clone(),
            restart: restart.clone(),
        },
        (Some(_), ..) => {
            let why =
                "--spawn starts and ends the receiver by itself: leave --kill and --restart out";
            return Err(HarnessError::usage(why));
        }
        (None, ..) => {
            let why = "--kill and --restart belong together: one ends the receiver, the other starts \
                       it again";
            return Err(HarnessError::usage(why));
        }
    };
    let is_ours = !matches!(given, Given::Url(_));
    if is_ours && means != Means::None {
        let why = "`reference` and `zoo:NAME` are started and ended by the harness already";
        return Err(HarnessError::usage(why));
    }
    let also = if args.also.is_empty() {
        also
    } else {
        args.also.clone()
    };
    if is_ours && !also.is_empty() {
        let why = "--also names further URLs of a receiver that has a URL; `reference` and \
                   `zoo:NAME` have theirs";
        return Err(HarnessError::usage(why));
    }
    let also = also
        .iter()
        .map(|text| {
            let target = Target::parse(text)
                .map_err(|error| HarnessError::usage(format!("--also: {error}")))?;
            options.push(format!("--also {}", quoted(&target.shown())));
            Ok(target)
        })
        .collect::<Result<_, HarnessError>>()?;
    let durable = args.durable || durable;
    if durable {
        options.push("--durable".to_owned());
    }
    Ok(ProcessSettings {
        means,
        // Both keep their state in a file.
        durable: durable || is_ours,
        also,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(args: &ProcessArgs, target: &Given) -> Result<ProcessSettings, String> {
        let table = ProcessTable::default();
        let none = (false, Vec::new());
        process(args, &table, none, target, &mut Vec::new()).map_err(|error| error.to_string())
    }

    fn url() -> Given {
        Given::Url(Target::parse("http://127.0.0.1:1/").unwrap())
    }

    #[test]
    fn what_cannot_be_is_said() {
        let some = |text: &str| Some(text.to_owned());
        for (spawn, kill, restart, word) in [
            (some(" "), None, None, "--spawn needs"),
            (None, some("k"), None, "belong together"),
            (None, None, some("r"), "belong together"),
        ] {
            let args = ProcessArgs {
                spawn,
                kill,
                restart,
                ..ProcessArgs::default()
            };
            let error = resolved(&args, &url()).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
        let args = ProcessArgs {
            spawn: some("x"),
            ..ProcessArgs::default()
        };
        assert!(resolved(&args, &Given::Reference).is_err());
        assert_eq!(
            resolved(&args, &url()).unwrap().means,
            Means::Spawn("x".to_owned())
        );
    }

    #[test]
    fn a_receiver_of_ours_is_durable_and_a_stranger_only_by_its_word() {
        let args = ProcessArgs::default();
        assert!(resolved(&args, &Given::Reference).unwrap().durable);
        assert!(!resolved(&args, &url()).unwrap().durable);
    }

    #[test]
    fn options_win_over_the_file_as_a_whole() {
        let args = ProcessArgs {
            spawn: Some("mine".to_owned()),
            ..ProcessArgs::default()
        };
        let table = ProcessTable {
            kill: Some("k".to_owned()),
            restart: Some("r".to_owned()),
            ..ProcessTable::default()
        };
        let mut options = Vec::new();
        let none = (true, Vec::new());
        let settings = process(&args, &table, none, &url(), &mut options).unwrap();
        assert_eq!(settings.means, Means::Spawn("mine".to_owned()));
        assert_eq!(options, ["--spawn 'mine'", "--durable"]);
    }
}
