//! The schema files against the catalog, the metaschema, their own examples, and the house rules.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use hamsa_schemas::{Schema, SchemaId, catalog, validate};
use serde_json::Value;

const BASE: &str = "https://schemas.hamsa-webhook-kit.dev/v1/";

fn each(check: impl Fn(&Schema, &Value)) {
    assert_eq!(catalog::all().len(), SchemaId::COUNT);
    for schema in catalog::all() {
        check(schema, &schema.parse());
    }
}

#[test]
fn every_file_has_a_row_and_every_row_a_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    };
    let (folders, files): (Vec<_>, Vec<_>) =
        entries(root).into_iter().partition(|path| path.is_dir());
    let on_disk: BTreeSet<String> = files
        .into_iter()
        .chain(folders.iter().flat_map(|folder| entries(folder)))
        .map(|file| {
            file.strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/")
        })
        .filter(|path| path.ends_with(".schema.json"))
        .collect();
    let listed: BTreeSet<_> = catalog::all()
        .iter()
        .map(|schema| schema.file.to_owned())
        .collect();
    assert_eq!(on_disk, listed);
}

#[test]
fn ids_and_rows_are_in_the_same_order() {
    each(|schema, _| {
        assert_eq!(schema.id.schema().file, schema.file);
        assert_eq!(SchemaId::find(schema.name()), Some(schema.id));
        assert_eq!(SchemaId::find(schema.uri), Some(schema.id));
    });
}

#[test]
fn every_schema_is_valid_2020_12() {
    each(|schema, text| {
        let errors: Vec<_> = jsonschema::draft202012::meta::validator()
            .iter_errors(text)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", schema.file);
    });
}

#[test]
fn every_schema_says_what_it_is() {
    each(|schema, text| {
        assert_eq!(
            text["$schema"], "https://json-schema.org/draft/2020-12/schema",
            "{}",
            schema.file
        );
        assert_eq!(text["$id"], schema.uri, "{}", schema.file);
        assert_eq!(schema.uri, format!("{BASE}{}", schema.file));
        for member in ["title", "description"] {
            assert!(
                text[member].as_str().is_some_and(|t| !t.is_empty()),
                "{}: {member}",
                schema.file
            );
        }
    });
}

#[test]
fn every_example_is_valid() {
    each(|schema, text| {
        let examples = text["examples"].as_array().expect(schema.file);
        assert!(!examples.is_empty(), "{}", schema.file);
        for example in examples {
            assert_eq!(validate(schema.id, example), [], "{}", schema.file);
        }
    });
}

#[test]
fn every_documented_member_says_how_well_it_is_known() {
    let mut seen = 0;
    for schema in catalog::all()
        .iter()
        .filter(|schema| schema.file.starts_with("documented/"))
    {
        visit_properties(&schema.parse(), &mut |name, member| {
            if member.get("const").is_some() && member.get("description").is_none() {
                return;
            }
            seen += 1;
            let evidence = member["x-evidence"].as_str().unwrap_or("nothing");
            assert!(
                ["D1", "D2", "D3", "O", "ours"].contains(&evidence),
                "{}: {name}: {evidence}",
                schema.file
            );
            assert!(member["description"].is_string(), "{}: {name}", schema.file);
        });
    }
    assert!(seen > 30, "only {seen} members found");
}

#[test]
fn objects_are_open() {
    each(|schema, text| {
        if schema.id != SchemaId::Report {
            visit(text, &mut |object| {
                assert_ne!(
                    object.get("additionalProperties"),
                    Some(&Value::Bool(false)),
                    "{}",
                    schema.file
                );
                assert!(
                    object.get("unevaluatedProperties").is_none(),
                    "{}",
                    schema.file
                );
            });
        }
    });
}

fn visit(value: &Value, see: &mut impl FnMut(&Value)) {
    if value.is_object() {
        see(value);
    }
    let children: Vec<&Value> = match value {
        Value::Object(members) => members.values().collect(),
        Value::Array(items) => items.iter().collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for child in children {
        visit(child, see);
    }
}

fn visit_properties(schema: &Value, see: &mut impl FnMut(&str, &Value)) {
    visit(schema, &mut |object| {
        for (name, member) in object
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            see(name, member);
        }
    });
}
