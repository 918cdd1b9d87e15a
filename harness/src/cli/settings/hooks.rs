//! The hooks, from options and file, and the options that lead to the same ones again.

use std::path::PathBuf;
use std::time::Duration;

use super::file::HooksTable;
use super::parse::{time, without_userinfo};
use crate::cli::args::HookArgs;
use crate::error::HarnessError;
use crate::hooks::{Hook, Hooks, Rotation, Switch};
use crate::runner::quoted;

/// How long a key has to be remembered, as far as a run waits to see it.
const DEDUP_WINDOW: Duration = Duration::from_secs(5 * 60);

/// What the tables of hooks come to.
pub(super) struct Surroundings {
    pub(super) hooks: Hooks,
    pub(super) log_file: Option<PathBuf>,
    pub(super) dedup_window: Duration,
}

/// Puts options and file together. A half of a pair that only the file names is an error, as clap
/// makes it one among options.
pub(super) fn surroundings(
    args: &HookArgs,
    file: HooksTable,
    options: &mut Vec<String>,
) -> Result<Surroundings, HarnessError> {
    let mut switch = |names: [&str; 2], given: [&Option<String>; 2], file: [Option<String>; 2]| {
        let [on, off] = match given {
            [None, None] => file,
            given => given.map(Clone::clone),
        };
        let (on, off) = match (on, off) {
            (None, None) => return Ok(None),
            (Some(on), Some(off)) => (on, off),
            _ => {
                let [on, off] = names;
                return Err(HarnessError::usage(format!("{on} and {off} go together")));
            }
        };
        for (name, text) in names.into_iter().zip([&on, &off]) {
            options.push(format!("{name} {}", quoted(&without_userinfo(text))));
        }
        Ok(Some(Switch {
            on: Hook::parse(&on),
            off: Hook::parse(&off),
        }))
    };
    let slow = switch(
        ["--slow-on", "--slow-off"],
        [&args.slow_on, &args.slow_off],
        [file.slow_on, file.slow_off],
    )?;
    let fault = switch(
        ["--fault-on", "--fault-off"],
        [&args.fault_on, &args.fault_off],
        [file.fault_on, file.fault_off],
    )?;
    let store = switch(
        ["--store-down", "--store-up"],
        [&args.store_down, &args.store_up],
        [file.store_down, file.store_up],
    )?;
    let disk = switch(
        ["--disk-full", "--disk-free"],
        [&args.disk_full, &args.disk_free],
        [file.disk_full, file.disk_free],
    )?;
    let rotate = args.rotate.clone().or(file.rotate);
    options.extend(
        rotate
            .iter()
            .map(|text| format!("--rotate {}", quoted(text))),
    );
    let overlap = time(
        args.rotation_overlap,
        "[hooks] rotation_overlap",
        file.rotation_overlap,
    )?;
    let window = time(args.dedup_window, "[hooks] dedup_window", file.dedup_window)?;
    let timed = [("--rotation-overlap", overlap), ("--dedup-window", window)];
    options.extend(timed.into_iter().filter_map(|(name, time)| {
        let time = humantime::format_duration(time?).to_string();
        Some(format!("{name} {}", time.replace(' ', "")))
    }));
    let log_file = args.log_file.clone().or(file.log_file);
    options.extend(
        log_file
            .iter()
            .map(|path| format!("--log-file {}", quoted(&path.display().to_string()))),
    );
    Ok(Surroundings {
        hooks: Hooks {
            slow,
            fault,
            store,
            disk,
            rotation: rotate.map(Rotation::Command),
            rotation_overlap: overlap.unwrap_or_default(),
        },
        log_file,
        dedup_window: window.unwrap_or(DEDUP_WINDOW),
    })
}
