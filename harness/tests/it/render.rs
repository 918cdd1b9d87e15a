//! Every format over the same golden reports, each read back by a reader that is not ours.

#[path = "render_samples.rs"]
pub(crate) mod samples;

use hamsa_harness::render::{Format, Style, render};
use hamsa_harness::report::model::Report;
use hamsa_harness::terms::Outcome;
use hamsa_schemas::{SchemaId, validate};
use serde_json::{Value, json};

fn written(format: Format, report: &Report, style: Style) -> String {
    let bytes = render(format, report, &style).expect("samples can be rendered");
    String::from_utf8(bytes).expect("every format is UTF-8")
}

fn plain(format: Format, report: &Report) -> String {
    written(format, report, Style::plain())
}

#[test]
fn text_reads_well() {
    for (name, report) in samples::all() {
        insta::assert_snapshot!(format!("text_{name}"), plain(Format::Text, &report));
    }
}

#[test]
fn text_is_safe_to_show_whatever_the_receiver_answered() {
    for (name, report) in samples::all() {
        for line in plain(Format::Text, &report).lines() {
            assert!(!line.contains(hidden), "{name}: {line:?}");
            assert!(!line.ends_with(' '), "{name}: {line:?}");
            let command = line.contains("hamsa-harness ");
            assert!(command || line.chars().count() <= 100, "{name}: {line:?}");
        }
    }
}

#[test]
fn colour_adds_sequences_and_nothing_else() {
    for (name, report) in samples::all() {
        let coloured = written(Format::Text, &report, Style::coloured());
        assert!(coloured.contains("\x1b["), "{name}");
        let mut rest = coloured.as_str();
        let mut stripped = String::new();
        while let Some((before, after)) = rest.split_once("\x1b[") {
            stripped.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        stripped.push_str(rest);
        assert_eq!(
            trimmed(&stripped),
            trimmed(&plain(Format::Text, &report)),
            "{name}"
        );
    }
}

#[test]
fn an_unverified_run_ends_with_the_exact_next_command() {
    let report = samples::unverified();
    let text = plain(Format::Text, &report);
    assert!(text.ends_with(&format!("{}\n", report.next[0])), "{text}");
}

#[test]
fn no_content_makes_a_renderer_panic() {
    let mut report = samples::failures();
    for text in [
        "",
        "\n",
        "\u{0}",
        "\u{10ffff}",
        &"x".repeat(100_000),
        &"é ".repeat(5_000),
    ] {
        text.clone_into(&mut report.headline);
        text.clone_into(&mut report.requirements[0].reason);
        for case in &mut report.cases {
            for field in [
                &mut case.id,
                &mut case.title,
                &mut case.message,
                &mut case.fix,
            ] {
                text.clone_into(field);
            }
            case.repro = vec![text.to_owned()];
            case.duration_ms = f64::NAN;
        }
        report.duration_ms = -1.0;
        report.exit_code = 99;
        plain(Format::Text, &report);
        roxmltree::Document::parse(&plain(Format::Junit, &report)).unwrap();
    }
}

#[test]
fn json_is_the_report_and_validates() {
    for (name, report) in samples::all() {
        let text = plain(Format::Json, &report);
        assert!(text.ends_with("}\n"), "{name}");
        assert!(!text.replace('\n', "").contains(hidden), "{name}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, serde_json::to_value(&report).unwrap(), "{name}");
        assert_eq!(validate(SchemaId::Report, &value), [], "{name}");
        serde_json::from_value::<Report>(value).unwrap();
    }
}

#[test]
fn the_example_of_the_schema_is_a_report() {
    let schema = SchemaId::Report.schema().parse();
    serde_json::from_value::<Report>(schema["examples"][0].clone()).unwrap();
}

#[test]
fn the_schema_refuses_what_is_not_a_report() {
    let good = serde_json::to_value(samples::failures()).unwrap();
    let unverified = serde_json::to_value(samples::unverified()).unwrap();
    let interrupted = serde_json::to_value(samples::interrupted()).unwrap();
    let broken = [
        (
            "additionalProperties",
            changed(&good, "", "surprise", json!(1)),
        ),
        (
            "additionalProperties",
            changed(&good, "/cases/1/findings/0", "surprise", json!(1)),
        ),
        (
            "enum",
            changed(&good, "/cases/1", "outcome", json!("failed")),
        ),
        ("enum", changed(&good, "/cases/1", "level", json!("must"))),
        ("enum", changed(&good, "/requirements/0", "id", json!("R4"))),
        (
            "enum",
            changed(&good, "/requirements/0", "verdict", json!("ok")),
        ),
        ("enum", changed(&good, "", "exitCode", json!(5))),
        (
            "enum",
            changed(&good, "/cases/1", "evidence", json!(["E6"])),
        ),
        (
            "uniqueItems",
            changed(&good, "/cases/1", "evidence", json!(["E1", "E1"])),
        ),
        ("pattern", changed(&good, "/cases/1", "id", json!("IDM-4"))),
        (
            "pattern",
            changed(&good, "", "startedAt", json!("2024-01-15 14:30")),
        ),
        ("type", changed(&good, "", "durationMs", json!(null))),
        ("minimum", changed(&good, "/latency", "p50Ms", json!(-1))),
        (
            "minItems",
            changed(&good, "/cases/1", "findings", json!([])),
        ),
        ("minItems", changed(&unverified, "", "next", json!([]))),
        ("const", changed(&interrupted, "", "partial", json!(false))),
        (
            "propertyNames",
            changed(&good, "/cases/1/traffic/statuses", "20", json!(1)),
        ),
        (
            "oneOf",
            changed(&good, "/cases/1/attempts/0", "noAnswer", json!("none")),
        ),
        ("required", without(&good, "", "profile")),
        ("required", without(&good, "/cases/1", "message")),
        (
            "required",
            without(&good, "/cases/1/attempts/0/request", "body"),
        ),
    ];
    for (keyword, value) in broken {
        let found = validate(SchemaId::Report, &value);
        assert!(
            found.iter().any(|v| v.keyword == keyword),
            "{keyword}: {found:?}"
        );
    }
}

#[test]
fn junit_reads_well() {
    for (name, report) in samples::all() {
        insta::assert_snapshot!(format!("junit_{name}"), plain(Format::Junit, &report));
    }
}

#[test]
fn two_independent_readers_count_the_same_in_junit() {
    for (name, report) in samples::all() {
        let text = plain(Format::Junit, &report);
        let document = roxmltree::Document::parse(&text).unwrap();
        let seen = |tag: &str| {
            document
                .descendants()
                .filter(|n| n.has_tag_name(tag))
                .count() as u64
        };
        let parsed = junit_parser::from_reader(text.as_bytes()).unwrap();
        let cases: Vec<_> = parsed
            .suites
            .iter()
            .flat_map(|suite| &suite.cases)
            .collect();
        let by = |is: fn(&junit_parser::TestStatus) -> bool| {
            cases.iter().filter(|case| is(&case.status)).count() as u64
        };
        assert_eq!(
            (parsed.tests, cases.len() as u64),
            (seen("testcase"), seen("testcase"))
        );
        for (tag, declared, counted) in [
            (
                "failure",
                parsed.failures,
                by(junit_parser::TestStatus::is_failure),
            ),
            (
                "error",
                parsed.errors,
                by(junit_parser::TestStatus::is_error),
            ),
            (
                "skipped",
                parsed.skipped,
                by(junit_parser::TestStatus::is_skipped),
            ),
        ] {
            assert_eq!((declared, counted), (seen(tag), seen(tag)), "{name}: {tag}");
        }
        assert_eq!(
            report.exit_code == 0,
            seen("failure") + seen("error") == 0,
            "{name}"
        );
        for node in document
            .descendants()
            .filter(|node| node.has_tag_name("testcase"))
        {
            for attribute in ["name", "classname", "time"] {
                assert!(node.has_attribute(attribute), "{name}: {attribute}");
            }
        }
        let selected = report.requirements.iter().filter(|r| r.selected).count();
        let listed = report.cases.len() + selected;
        assert_eq!(
            cases.len(),
            listed,
            "{name}: every case and requirement once"
        );
        assert!(!text.replace('\n', "").contains(hidden), "{name}");
    }
}

#[test]
fn junit_is_never_green_beside_a_red_exit_code() {
    let mut report = samples::clean_pass();
    report.exit_code = 3;
    for requirement in &mut report.requirements {
        requirement.selected = false;
    }
    report.cases.clear();
    let text = plain(Format::Junit, &report);
    let parsed = junit_parser::from_reader(text.as_bytes()).unwrap();
    assert_eq!((parsed.tests, parsed.errors), (1, 1), "{text}");
}

#[test]
fn strict_turns_should_findings_into_failures() {
    let failures = |report: &Report| {
        let text = plain(Format::Junit, report);
        junit_parser::from_reader(text.as_bytes()).unwrap().failures
    };
    let mut report = samples::failures();
    let before = failures(&report);
    report.profile.strict = true;
    assert_eq!(failures(&report), before + 1);
    let should = report
        .cases
        .iter()
        .find(|case| case.id == "AUT-02")
        .unwrap();
    assert_eq!(should.outcome, Outcome::Pass);
}

/// What no terminal and no XML reader should get to see; written apart from what it checks.
fn hidden(c: char) -> bool {
    let bidirectional =
        ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
    c.is_control() || bidirectional || ['\u{200b}', '\u{200e}', '\u{feff}', '\u{fffe}'].contains(&c)
}

fn trimmed(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).collect()
}

fn changed(report: &Value, pointer: &str, member: &str, to: Value) -> Value {
    let mut report = report.clone();
    report
        .pointer_mut(pointer)
        .expect("the pointer leads somewhere")[member] = to;
    report
}

fn without(report: &Value, pointer: &str, member: &str) -> Value {
    let mut report = report.clone();
    let object = report.pointer_mut(pointer).and_then(Value::as_object_mut);
    let removed = object.and_then(|object| object.remove(member));
    assert!(removed.is_some(), "{member} is not there");
    report
}
