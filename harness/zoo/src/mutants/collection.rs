//! All families in one sequence.

use super::{
    ack, answer, aut, aut_order, aut_time, crowd, dur, evt, htp, idm, idm_key, idm_trouble, load,
    lod, log, mal, odd, wire,
};
use crate::Mutant;

const FAMILIES: &[&[Mutant]] = &[
    ack::MUTANTS,
    idm::MUTANTS,
    idm_key::MUTANTS,
    idm_trouble::MUTANTS,
    aut::MUTANTS,
    aut_order::MUTANTS,
    aut_time::MUTANTS,
    mal::MUTANTS,
    odd::MUTANTS,
    htp::MUTANTS,
    wire::MUTANTS,
    lod::MUTANTS,
    crowd::MUTANTS,
    evt::MUTANTS,
    answer::MUTANTS,
    log::MUTANTS,
    dur::MUTANTS,
    load::MUTANTS,
];

/// All mutants, family by family.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    FAMILIES.iter().copied().flatten()
}

/// The mutant of that name.
pub fn by_name(name: &str) -> Option<&'static Mutant> {
    all().find(|mutant| mutant.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::all;
    use crate::{Expect, controls, specimen};

    /// The MUST cases that some mutant has to name.
    const MUST: &str = "ACK-01 ACK-02 ACK-03 ACK-05 ACK-06 ACK-07 ACK-08 ACK-13 ACK-14 MAL-19 \
        HTP-02 LOD-01 LOD-02 IDM-01 IDM-02 IDM-03 IDM-04 IDM-05 IDM-07 IDM-09 IDM-10 IDM-16 \
        IDM-18 IDM-19 AUT-01 AUT-02 AUT-03 AUT-04 AUT-05 AUT-06 AUT-11 AUT-14 AUT-15 AUT-16 \
        MAL-01 MAL-02 MAL-03 MAL-04 MAL-05 MAL-10 MAL-13 HTP-01 HTP-05 IDM-06 MAL-06 MAL-09 \
        MAL-11 MAL-14 MAL-15 MAL-16 MAL-17 MAL-20 MAL-21 MAL-22 MAL-23 MAL-25 HTP-06 HTP-09 \
        HTP-12 HTP-15";

    fn is_case_id(id: &str) -> bool {
        let (family, number) = id.split_once('-').unwrap_or_default();
        family.len() == 3
            && family.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.len() == 2
            && number.bytes().all(|byte| byte.is_ascii_digit())
    }

    #[test]
    fn each_mutant_has_exactly_one_bug() {
        for mutant in all() {
            let deviations = mutant.behaviour.deviations();
            assert_eq!(deviations.len(), 1, "{}: {deviations:?}", mutant.name);
        }
    }

    #[test]
    fn no_two_mutants_have_the_same_bug() {
        let mutants: Vec<_> = all().collect();
        for (at, mutant) in mutants.iter().enumerate() {
            let twin = mutants[..at]
                .iter()
                .find(|other| other.behaviour == mutant.behaviour);
            assert!(twin.is_none(), "{} is {}", mutant.name, twin.unwrap().name);
        }
    }

    #[test]
    fn names_are_unique_and_in_kebab_case() {
        let names = all().map(|mutant| mutant.name);
        let names: Vec<_> = names
            .chain(controls::all().map(|control| control.name))
            .collect();
        for name in &names {
            let is_kebab = name.split('-').all(|word| {
                !word.is_empty()
                    && word
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
            assert!(is_kebab, "{name}");
            assert_eq!(specimen(name).unwrap().name(), *name);
        }
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn named_cases_are_well_formed_and_absent_only_without_a_verdict() {
        for mutant in all() {
            assert!(
                mutant.killed_by.iter().all(|id| is_case_id(id)),
                "{}",
                mutant.name
            );
            let has_no_verdict = mutant.expect == Expect::NoVerdict;
            assert_eq!(
                mutant.killed_by.is_empty(),
                has_no_verdict,
                "{}",
                mutant.name
            );
        }
        for control in controls::all() {
            assert!(
                [control.declared, control.unverified]
                    .concat()
                    .iter()
                    .all(|id| is_case_id(id) || *id == "*"),
                "{}",
                control.name
            );
        }
    }

    #[test]
    fn each_must_case_is_named_by_a_mutant_that_it_fails() {
        let named: HashSet<_> = all()
            .filter(|mutant| mutant.expect == Expect::Failure)
            .flat_map(|mutant| mutant.killed_by)
            .copied()
            .collect();
        let missing: Vec<_> = MUST
            .split_whitespace()
            .filter(|id| !named.contains(id))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
