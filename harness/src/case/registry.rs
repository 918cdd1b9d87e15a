//! The list of all cases, in report order, and the patterns that select among them.

use super::declaration::Case;
use super::{ack, aut, dur, evt, htp, idm, lim, lod, log, mal, tls};
use crate::terms::RequirementId;

/// The families in report order; each holds the slices of its files.
const FAMILIES: &[&[&[Case]]] = &[
    ack::CASES,
    idm::CASES,
    aut::CASES,
    mal::CASES,
    htp::CASES,
    dur::CASES,
    evt::CASES,
    lod::CASES,
    lim::CASES,
    log::CASES,
    tls::CASES,
];

/// Every case, in report order: families as listed, ids ascending within one.
pub fn all() -> Vec<&'static Case> {
    let mut cases = Vec::new();
    for family in FAMILIES {
        let start = cases.len();
        cases.extend(family.iter().flat_map(|file| file.iter()));
        cases[start..].sort_by_key(|case: &&Case| case.id);
    }
    cases
}

/// The case of that id, in any letter case.
pub fn by_id(id: &str) -> Option<&'static Case> {
    all()
        .into_iter()
        .find(|case| case.id.eq_ignore_ascii_case(id))
}

/// The id that a mistyped one most likely meant.
pub fn nearest(id: &str) -> Option<&'static str> {
    let typed = id.to_ascii_uppercase();
    all()
        .into_iter()
        .map(|case| (distance(&typed, case.id), case.id))
        .min()
        .filter(|(distance, _)| *distance <= 2)
        .map(|(_, id)| id)
}

/// True when the pattern selects the case: a case id, a family such as `IDM`, a requirement id, or
/// an id with `*` and `?`.
pub fn matches(pattern: &str, case: &Case) -> bool {
    let pattern = pattern.to_ascii_uppercase();
    let family = case.id.split('-').next().unwrap_or_default();
    pattern == family
        || glob(pattern.as_bytes(), case.id.as_bytes())
        || case.requirements.iter().any(|requirement: &RequirementId| {
            glob(pattern.as_bytes(), requirement.word().as_bytes())
        })
}

/// True when `*` and `?` of the pattern can stand for what the text has there.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            glob(rest, text)
                || text
                    .split_first()
                    .is_some_and(|(_, tail)| glob(pattern, tail))
        }
        (Some((b'?', rest)), Some((_, tail))) => glob(rest, tail),
        (Some((want, rest)), Some((have, tail))) if want == have => glob(rest, tail),
        _ => false,
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::clause_by_id;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_unique_well_formed_and_in_order() {
        let mut seen = BTreeSet::new();
        for case in all() {
            let (family, number) = case.id.split_once('-').unwrap();
            assert!(
                family.len() == 3 && family.bytes().all(|b| b.is_ascii_uppercase()),
                "{}",
                case.id
            );
            assert!(
                number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit()),
                "{}",
                case.id
            );
            assert!(seen.insert(case.id), "{} is declared twice", case.id);
        }
    }

    #[test]
    fn every_case_says_what_why_and_how_to_fix() {
        for case in all() {
            assert!(
                !case.description().is_empty(),
                "{} has no description",
                case.id
            );
            assert!(
                case.doc_line("Why").is_some(),
                "{} has no `Why:` line",
                case.id
            );
            assert!(
                case.doc_line("Fix").is_some(),
                "{} has no `Fix:` line",
                case.id
            );
            assert!(
                !case.requirements.is_empty(),
                "{} is about no requirement",
                case.id
            );
            assert!(!case.evidence.is_empty(), "{} needs no evidence", case.id);
        }
    }

    #[test]
    fn every_clause_named_exists() {
        for case in all() {
            assert!(!case.clauses.is_empty(), "{} names no clause", case.id);
            for clause in case.clauses {
                assert!(
                    clause_by_id(clause).is_some(),
                    "{}: no clause {clause}",
                    case.id
                );
            }
        }
    }

    #[test]
    fn patterns_select_ids_and_requirements() {
        let case = by_id("IDM-04").unwrap();
        for pattern in ["IDM-04", "idm-04", "IDM-*", "IDM-0?", "idm", "R2", "*"] {
            assert!(matches(pattern, case), "{pattern}");
        }
        for pattern in ["IDM-4", "R1", "ID", "", "IDM-04-"] {
            assert!(!matches(pattern, case), "{pattern}");
        }
        assert_eq!(nearest("IDM-4"), Some("IDM-04"));
        assert_eq!(nearest("whatever"), None);
    }
}
