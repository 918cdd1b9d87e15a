//! `CLAUSES.md`: every clause on one page, with the cases that check it or the reason why none can.

use std::fmt::Write as _;

use super::registry;
use crate::requirement::{CLAUSES, Clause};

/// The page as Markdown.
pub fn clauses_page() -> String {
    let count = |is_so: fn(&Clause) -> bool| CLAUSES.iter().filter(|clause| is_so(clause)).count();
    let derived = count(is_derived);
    let mut page = format!(
        "# Clauses\n\n\
         Rendered from the clause table and the registry; `UPDATE_GENERATED=1 cargo test --workspace generated` renders it \
         anew.\n\n\
         {} clauses: {} sentences of the provider's guide, {derived} derived from what it leaves open. Cases check {} of \
         them; for {} a reason stands in the place of a case. Levels are those of the wording, MAY as INFO; the level of \
         a case decides a verdict.\n",
        CLAUSES.len(),
        CLAUSES.len() - derived,
        count(|clause| !cases(clause).is_empty()),
        count(|clause| clause.unchecked.is_some_and(|reason| !reason.partly)),
    );
    let mut family = "";
    for clause in CLAUSES {
        let own = self::family(clause);
        if own != family {
            family = own;
            // Writing to a String cannot fail.
            _ = write!(
                page,
                "\n## {family}\n\n| clause | level | says | checked by |\n|---|---|---|---|\n"
            );
        }
        _ = writeln!(
            page,
            "| {} | {} | {} ({}) | {} |",
            clause.id,
            clause.level,
            escaped(clause.statement),
            escaped(clause.source),
            escaped(&checked_by(clause)),
        );
    }
    page
}

fn checked_by(clause: &Clause) -> String {
    let cases = cases(clause).join(" ");
    match &clause.unchecked {
        None if cases.is_empty() => "**nothing**".to_owned(),
        None => cases,
        Some(unchecked) if cases.is_empty() => unchecked.sentence(),
        Some(unchecked) => format!("{cases}. {}", unchecked.sentence()),
    }
}

fn cases(clause: &Clause) -> Vec<&'static str> {
    registry::all()
        .into_iter()
        .filter(|case| case.clauses.contains(&clause.id))
        .map(|case| case.id)
        .collect()
}

fn is_derived(clause: &Clause) -> bool {
    clause.id.starts_with("D-")
}

fn family(clause: &Clause) -> &'static str {
    if is_derived(clause) {
        return "Derived";
    }
    clause.id.split('-').nth(1).unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn every_clause_has_a_case_or_a_reason() {
        let mut wrong: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for clause in CLAUSES {
            let has_case = !cases(clause).is_empty();
            let advice = match (&clause.unchecked, has_case) {
                (None, false) => {
                    "no case checks it: name it in the `clauses` of the case that does, or say with \
                     `.unchecked(…)` in requirement/clauses.rs why none can"
                }
                (Some(reason), true) if !reason.partly => {
                    "a case checks it: take the `.unchecked(…)` away, or make it \
                     `.partly_checked(…)` when the case cannot see all of it"
                }
                (Some(reason), false) if reason.partly => {
                    "`.partly_checked(…)` needs a case for the part that can be checked"
                }
                _ => continue,
            };
            wrong.entry(advice).or_default().push(clause.id);
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn no_clause_is_missing() {
        // Of the guide, by family; then ours.
        let expected = [
            ("ACK", 13),
            ("ASYNC", 5),
            ("AUTH", 7),
            ("CFG", 13),
            ("Derived", 14),
            ("EVT", 22),
            ("IDEM", 8),
            ("INIT", 14),
            ("OPS", 9),
            ("SEC", 6),
            ("URL", 9),
            ("VAL", 11),
        ];
        let mut numbers: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for clause in CLAUSES {
            let number = clause
                .id
                .rsplit('-')
                .next()
                .and_then(|own| own.parse().ok());
            let is_new = numbers
                .entry(family(clause))
                .or_default()
                .insert(number.expect("a number"));
            assert!(is_new, "{} stands there twice", clause.id);
        }
        let expected: BTreeMap<&str, BTreeSet<usize>> = expected
            .into_iter()
            .map(|(family, count)| (family, (1..=count).collect()))
            .collect();
        assert_eq!(numbers, expected);
        assert_eq!(CLAUSES.len(), 131);
    }
}
