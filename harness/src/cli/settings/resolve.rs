//! Puts options, environment and file together, and checks what can be checked without a network.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use super::file::ConfigFile;
use super::hooks::surroundings;
use super::parse::{evidence, header, rate, reports, time, variable, without_userinfo, word};
use super::process::ProcessSettings;
use crate::case::CaseSet;
use crate::cli::args::{LevelArg, ProfileArg, ReceiverArgs, RunArgs, SetArg};
use crate::error::HarnessError;
use crate::hooks::Hooks;
use crate::payloads::Payloads;
use crate::profile::Selection;
use crate::render::Format;
use crate::sender::{Target, TlsOptions};
use crate::terms::{EvidenceSet, Level, RequirementId};

/// More cases than there are cannot send at the same time.
const MOST_JOBS: usize = 1024;

/// What the user named as the receiver.
#[derive(Debug, Clone)]
pub(in crate::cli) enum Given {
    Url(Target),
    Reference,
    Zoo(hamsa_zoo::Specimen),
}

/// Where the secret comes from.
#[derive(Debug, Clone)]
pub(in crate::cli) enum Credentials {
    Env(String),
    File(PathBuf),
    None,
}

/// A report to write.
#[derive(Debug, Clone)]
pub(in crate::cli) struct ReportTo {
    pub(in crate::cli) format: Format,
    /// `None` is stdout.
    pub(in crate::cli) path: Option<PathBuf>,
}

/// Settings with nothing left open but the network.
#[derive(Debug)]
pub(in crate::cli) struct Resolved {
    pub(in crate::cli) given: Given,
    pub(in crate::cli) given_text: String,
    pub(in crate::cli) credentials: Credentials,
    pub(in crate::cli) effects: Option<String>,
    pub(in crate::cli) effect_types: Option<Vec<String>>,
    pub(in crate::cli) settle_max: Duration,
    pub(in crate::cli) payloads: Payloads,
    pub(in crate::cli) headers: Vec<(String, String)>,
    pub(in crate::cli) tls: TlsOptions,
    pub(in crate::cli) hooks: Hooks,
    pub(in crate::cli) log_file: Option<PathBuf>,
    pub(in crate::cli) dedup_window: Duration,
    pub(in crate::cli) wait: Option<Duration>,
    pub(in crate::cli) process: ProcessSettings,
    pub(in crate::cli) profile: Option<ProfileArg>,
    pub(in crate::cli) owns_target: bool,
    pub(in crate::cli) deadline: Duration,
    pub(in crate::cli) budget: Duration,
    pub(in crate::cli) selection: Selection,
    pub(in crate::cli) strict: bool,
    pub(in crate::cli) accepted: BTreeMap<RequirementId, EvidenceSet>,
    pub(in crate::cli) jobs: usize,
    /// Requests per second.
    pub(in crate::cli) max_rate: Option<f64>,
    pub(in crate::cli) seed: u64,
    pub(in crate::cli) fail_fast: bool,
    pub(in crate::cli) reports: Vec<ReportTo>,
    /// What leads to this receiver again, for commands that are printed.
    pub(in crate::cli) options: Vec<String>,
    /// What leads to the same run of it again.
    pub(in crate::cli) run_options: Vec<String>,
}

/// Resolves the settings of `run`.
///
/// # Errors
/// [`HarnessError::Usage`] naming what cannot be.
pub(in crate::cli) fn resolve(mut args: RunArgs) -> Result<Resolved, HarnessError> {
    let receiver = &std::mem::take(&mut args.receiver);
    let file = ConfigFile::read(receiver.config.as_deref())?;
    let mut options = Vec::new();
    let mut run_options = Vec::new();

    let given_text =
        receiver.target.clone().or(file.target.url).ok_or_else(|| {
            HarnessError::usage("no target: give a URL, `reference` or `zoo:NAME`")
        })?;
    let plain_port = receiver.plain_port.or(file.target.plain_port);
    options.extend(plain_port.map(|port| format!("--plain-port {port}")));
    let given = match (given(&given_text)?, plain_port) {
        (Given::Url(target), Some(port)) => Given::Url(target.with_plain_port(port)),
        (given, _) => given,
    };
    let credentials = credentials(
        receiver,
        (
            file.target.auth_env,
            file.target.auth_file,
            file.target.no_auth.unwrap_or(false),
        ),
        &mut options,
    );
    let effects = receiver.effects.clone().or(file.effects.probe);
    if let Some(effects) = &effects {
        options.push(format!(
            "--effects {}",
            crate::runner::quoted(&without_userinfo(effects))
        ));
    }
    let effect_types = file.effects.types;
    if effect_types.as_ref().is_some_and(Vec::is_empty) {
        return Err(HarnessError::usage(
            "[effects] types is empty: name at least one event type",
        ));
    }

    let set_fields: Vec<String> = if receiver.set_field.is_empty() {
        file.cases.set_field
    } else {
        receiver.set_field.clone()
    };
    let fixtures = receiver.fixtures.clone().or(file.cases.fixtures);
    if let Some(folder) = &fixtures {
        options.push(format!(
            "--fixtures {}",
            crate::runner::quoted(&folder.display().to_string())
        ));
    }
    options.extend(
        set_fields
            .iter()
            .map(|f| format!("--set-field {}", crate::runner::quoted(f))),
    );
    let payloads = Payloads::new(fixtures.as_deref(), &set_fields)
        .map_err(|error| HarnessError::usage(error.to_string()))?;

    let header_texts = if receiver.header.is_empty() {
        file.target.headers
    } else {
        receiver.header.clone()
    };
    let headers = header_texts
        .iter()
        .map(|text| header(text))
        .collect::<Result<Vec<_>, _>>()?;
    // A header may hold another secret; its name is enough to repeat the command.
    options.extend(headers.iter().map(|(name, _)| format!("-H '{name}: …'")));
    let tls = TlsOptions {
        cacert: receiver.cacert.clone().or(file.target.cacert),
        insecure: receiver.insecure || file.target.insecure.unwrap_or(false),
    };
    if let Some(cacert) = &tls.cacert {
        options.push(format!(
            "--cacert {}",
            crate::runner::quoted(&cacert.display().to_string())
        ));
    }
    if tls.insecure {
        options.push("--insecure".to_owned());
    }

    let surroundings = surroundings(&receiver.hooks, file.hooks, &mut options)?;

    let set = args.set.map_or_else(
        || word::<SetArg>("[cases] set", file.cases.set),
        |s| Ok(Some(s)),
    )?;
    let set = CaseSet::from(set.unwrap_or(SetArg::Default));
    if set != CaseSet::Default {
        run_options.push(format!("--set {}", set.word()));
    }
    let level = args.level.map_or_else(
        || word::<LevelArg>("[cases] level", file.cases.level),
        |l| Ok(Some(l)),
    )?;
    let selection = Selection {
        set,
        only: if args.only.is_empty() {
            file.cases.only
        } else {
            args.only
        },
        skip: if args.skip.is_empty() {
            file.cases.skip
        } else {
            args.skip
        },
        level: level.map_or(Level::Info, Level::from),
    };
    selection.check()?;

    let accept = if args.accept_evidence.is_empty() {
        file.profile.accept_evidence
    } else {
        args.accept_evidence
    };
    run_options.extend(
        accept
            .iter()
            .map(|text| format!("--accept-evidence {text}")),
    );
    let strict = args.strict || file.profile.strict.unwrap_or(false);
    if strict {
        run_options.push("--strict".to_owned());
    }
    let owns_target = receiver.i_own_this_target || file.profile.i_own_this_target.unwrap_or(false);
    if owns_target {
        options.push("--i-own-this-target".to_owned());
    }
    let seed = args
        .seed
        .or(file.cases.seed)
        .unwrap_or_else(|| fastrand::u64(1..1_000_000));
    run_options.push(format!("--seed {seed}"));
    let jobs = args.jobs.or(file.cases.jobs).unwrap_or(8);
    if !(1..=MOST_JOBS).contains(&jobs) {
        return Err(HarnessError::usage(format!(
            "--jobs {jobs}: it has to be from 1 to {MOST_JOBS}"
        )));
    }
    let max_rate = rate(args.max_rate, file.cases.max_rate)?;
    run_options.extend(max_rate.map(|rate| format!("--max-rate {rate}/s")));
    let process = super::process::process(
        &receiver.process,
        &file.process,
        (file.profile.durable.unwrap_or(false), file.target.also),
        &given,
        &mut options,
    )?;
    if effects.as_deref() == Some("sink") && !process.spawns() {
        let why = "--effects sink: only a receiver that --spawn starts is told the URL; name an \
                   address, as in sink:127.0.0.1:7000, and let the receiver post there";
        return Err(HarnessError::usage(why));
    }
    let config = receiver
        .config
        .as_deref()
        .map(|path| path.display().to_string());
    options.extend(config.map(|path| format!("--config {}", crate::runner::quoted(&path))));
    let timed = |name, time: Option<Duration>| {
        time.map(|time| {
            format!(
                "{name} {}",
                humantime::format_duration(time)
                    .to_string()
                    .replace(' ', "")
            )
        })
    };
    options.extend(timed("--deadline", receiver.deadline));
    options.extend(timed("--settle-max", receiver.settle_max));
    run_options.extend(timed("--budget", args.budget));
    if let Some(name) = receiver
        .profile
        .and_then(|profile| profile.to_possible_value())
    {
        options.push(format!("--profile {}", name.get_name()));
    }
    let profile_name = match receiver.profile {
        Some(profile) => Some(profile),
        None => word::<ProfileArg>("[profile] name", file.profile.name)?,
    };

    Ok(Resolved {
        given,
        given_text,
        credentials,
        effects,
        effect_types,
        settle_max: time(
            receiver.settle_max,
            "[effects] settle_max",
            file.effects.settle_max,
        )?
        .unwrap_or(Duration::from_secs(10)),
        payloads,
        headers,
        tls,
        hooks: surroundings.hooks,
        log_file: surroundings.log_file,
        dedup_window: surroundings.dedup_window,
        wait: time(receiver.wait, "[target] wait", file.target.wait)?,
        process,
        profile: profile_name,
        owns_target,
        deadline: time(
            receiver.deadline,
            "[profile] deadline",
            file.profile.deadline,
        )?
        .unwrap_or(Duration::from_secs(5)),
        budget: time(args.budget, "[profile] budget", file.profile.budget)?
            .unwrap_or(Duration::from_secs(1)),
        selection,
        strict,
        accepted: accept
            .iter()
            .map(|text| evidence(text))
            .collect::<Result<_, _>>()?,
        jobs,
        max_rate,
        seed,
        fail_fast: args.fail_fast || file.cases.fail_fast.unwrap_or(false),
        reports: reports(&args.report, file.reports)?,
        options,
        run_options,
    })
}

fn given(text: &str) -> Result<Given, HarnessError> {
    if text == "reference" {
        return Ok(Given::Reference);
    }
    if let Some(name) = text.strip_prefix("zoo:") {
        return hamsa_zoo::specimen(name).map(Given::Zoo).ok_or_else(|| {
            HarnessError::usage(format!(
                "zoo:{name} is no mutant and no control; `hamsa-harness zoo list` shows them"
            ))
        });
    }
    Target::parse(text)
        .map(Given::Url)
        .map_err(|error| HarnessError::usage(error.to_string()))
}

fn credentials(
    args: &ReceiverArgs,
    (env, path, is_off): (Option<String>, Option<PathBuf>, bool),
    options: &mut Vec<String>,
) -> Credentials {
    let by_option = (args.auth_env.clone(), args.auth_file.clone(), args.no_auth);
    let by_environment = (
        variable("HAMSA_AUTH_ENV"),
        variable("HAMSA_AUTH_FILE"),
        false,
    );
    let (env, path, is_off) = match (by_option, by_environment) {
        ((None, None, false), (None, None, _)) => (env, path, is_off),
        ((None, None, false), (env, path, _)) => (env, path.map(PathBuf::from), false),
        (given, _) => given,
    };
    if is_off {
        options.push("--no-auth".to_owned());
        return Credentials::None;
    }
    if let Some(path) = path {
        options.push(format!(
            "--auth-file {}",
            crate::runner::quoted(&path.display().to_string())
        ));
        return Credentials::File(path);
    }
    if let Some(name) = &env {
        options.push(format!("--auth-env {name}"));
    }
    Credentials::Env(env.unwrap_or_else(|| "WEBHOOK_SECRET".to_owned()))
}
