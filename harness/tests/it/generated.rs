//! Generated files are committed, and current.

use std::path::Path;

use hamsa_harness::case::{cases_page, clauses_page};

#[test]
fn generated_pages_are_current() {
    let stale: Vec<&str> = [("CASES.md", cases_page()), ("CLAUSES.md", clauses_page())]
        .into_iter()
        .filter(|(name, page)| is_stale(name, page))
        .map(|(name, _)| name)
        .collect();
    assert!(
        stale.is_empty(),
        "stale in harness/: {stale:?}; run: UPDATE_GENERATED=1 cargo test --workspace generated"
    );
}

fn is_stale(name: &str, page: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, page).expect("written");
    }
    std::fs::read_to_string(&path).unwrap_or_default() != page
}
