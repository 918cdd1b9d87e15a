//! Arrows run one way: each module imports only what lies before it in the flow of data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each module of the crate, and the modules it may import. Those that stand in no second column
/// are used by nobody but `main`.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("terms", &[]),
    ("error", &[]),
    ("secret", &[]),
    ("shell", &[]),
    ("ledger", &[]),
    ("payloads", &["error"]),
    ("throttle", &[]),
    ("stats", &[]),
    ("pulse", &[]),
    ("redact", &["secret"]),
    ("requirement", &["terms"]),
    ("verdict", &["terms"]),
    ("sender", &["secret"]),
    ("history", &["ledger", "sender"]),
    ("process", &["shell"]),
    ("probe", &["ledger", "secret", "sender", "shell"]),
    ("load", &["sender"]),
    ("hooks", &["secret", "sender", "shell"]),
    ("log_tail", &[]),
    ("faults", &["hooks", "secret", "sender"]),
    (
        "scene",
        &[
            "faults", "hooks", "load", "payloads", "probe", "process", "pulse", "sender",
            "throttle",
        ],
    ),
    (
        "case",
        &[
            "error",
            "faults",
            "history",
            "hooks",
            "ledger",
            "load",
            "log_tail",
            "probe",
            "process",
            "redact",
            "requirement",
            "scene",
            "sender",
            "stats",
            "terms",
            "verdict",
        ],
    ),
    ("profile", &["case", "error", "requirement", "terms"]),
    (
        "report",
        &[
            "case",
            "profile",
            "redact",
            "requirement",
            "terms",
            "verdict",
        ],
    ),
    (
        "runner",
        &[
            "case",
            "error",
            "ledger",
            "probe",
            "process",
            "profile",
            "report",
            "requirement",
            "scene",
            "sender",
            "terms",
            "verdict",
        ],
    ),
    ("selftest", &["case", "report", "terms"]),
    ("render", &["report", "selftest", "sender", "terms"]),
    (
        "cli",
        &[
            "case",
            "error",
            "faults",
            "hooks",
            "load",
            "payloads",
            "probe",
            "process",
            "profile",
            "pulse",
            "redact",
            "render",
            "report",
            "requirement",
            "runner",
            "scene",
            "secret",
            "selftest",
            "sender",
            "terms",
            "throttle",
        ],
    ),
];

fn sources(of: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![of.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The modules that a file imports, its tests left out.
fn imports(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).expect("readable");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.match_indices("crate::")
        .map(|(at, word)| {
            let rest = &code[at + word.len()..];
            rest.chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect()
        })
        .inspect(|name: &String| assert!(!name.is_empty(), "{}: grouped imports", path.display()))
        .collect()
}

#[test]
fn modules_import_only_what_lies_before_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for path in sources(&root) {
        let inside = path.strip_prefix(&root).expect("inside");
        let module = inside
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy();
        let module = module.trim_end_matches(".rs");
        if matches!(module, "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{module} is not in the table"));
            continue;
        };
        for import in imports(&path) {
            if import != module && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{} imports {import}", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_grows_beyond_four_hundred_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The clause table is data, a line per clause.
    let long: Vec<String> = ["src", "tests"]
        .iter()
        .flat_map(|folder| sources(&root.join(folder)))
        .filter(|path| !path.ends_with("requirement/clauses.rs"))
        .map(|path| {
            (
                std::fs::read_to_string(&path)
                    .expect("readable")
                    .lines()
                    .count(),
                path,
            )
        })
        .filter(|(lines, _)| *lines > 400)
        .map(|(lines, path)| format!("{} has {lines} lines", path.display()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
