//! Generated files are committed, and current.

use std::path::Path;

use hamsa_harness::case::cases_page;

#[test]
fn generated_pages_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CASES.md");
    let page = cases_page();
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&path, &page).expect("written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "harness/CASES.md is stale; run: UPDATE_GENERATED=1 cargo test --workspace generated"
    );
}
