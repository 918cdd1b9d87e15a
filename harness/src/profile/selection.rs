//! Which cases the user wants: a set, patterns, a least level.

use crate::case::{Case, CaseSet, registry};
use crate::error::HarnessError;
use crate::terms::Level;

/// What the user selected.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The set.
    pub set: CaseSet,
    /// Patterns that a case has to match, when there are any.
    pub only: Vec<String>,
    /// Patterns that leave cases out.
    pub skip: Vec<String>,
    /// Cases of lesser weight are left out.
    pub level: Level,
}

impl Selection {
    /// Checks that every pattern matches something.
    ///
    /// # Errors
    /// Naming the first pattern that matches nothing, and the id it may have meant.
    pub fn check(&self) -> Result<(), HarnessError> {
        for (option, patterns) in [("--only", &self.only), ("--skip", &self.skip)] {
            for pattern in patterns {
                if registry::all()
                    .iter()
                    .any(|case| registry::matches(pattern, case))
                {
                    continue;
                }
                let hint = match registry::nearest(pattern) {
                    Some(id) => format!("; did you mean {id}?"),
                    None => "; `hamsa-harness list` shows every id".to_owned(),
                };
                return Err(HarnessError::usage(format!(
                    "{option} {pattern} matches no case and no requirement{hint}"
                )));
            }
        }
        Ok(())
    }

    /// Why a case of this weight is left out, if it is. A named case runs whatever the set and the level.
    pub fn leaves_out(&self, case: &Case, level: Level) -> Option<String> {
        let named_by = |patterns: &[String]| {
            patterns
                .iter()
                .find(|pattern| registry::matches(pattern, case))
                .cloned()
        };
        if let Some(pattern) = named_by(&self.skip) {
            return Some(format!("left out by --skip {pattern}"));
        }
        if self
            .only
            .iter()
            .any(|pattern| pattern.eq_ignore_ascii_case(case.id))
        {
            return None;
        }
        if !self.only.is_empty() && named_by(&self.only).is_none() {
            return Some("not named by --only".to_owned());
        }
        if case.set > self.set {
            return Some(format!("not in --set {}", self.set.word()));
        }
        if level < self.level {
            return Some(format!("{level} is below --level"));
        }
        None
    }

    /// True when the user, not the set or the level, left a case out.
    pub fn user_left_out(&self, case: &Case) -> bool {
        let skipped = self
            .skip
            .iter()
            .any(|pattern| registry::matches(pattern, case));
        let unnamed = !self.only.is_empty()
            && !self
                .only
                .iter()
                .any(|pattern| registry::matches(pattern, case));
        case.set <= self.set && (skipped || unnamed)
    }

    /// The selection as options, for reports.
    pub fn describe(&self) -> Vec<String> {
        let mut options: Vec<String> = Vec::new();
        options.extend(self.only.iter().map(|pattern| format!("--only {pattern}")));
        options.extend(self.skip.iter().map(|pattern| format!("--skip {pattern}")));
        if self.level > Level::Info {
            options.push(format!("--level {}", self.level.to_string().to_lowercase()));
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(only: &[&str], skip: &[&str]) -> Selection {
        let own = |patterns: &[&str]| patterns.iter().map(|p| (*p).to_owned()).collect();
        Selection {
            set: CaseSet::Core,
            only: own(only),
            skip: own(skip),
            level: Level::Info,
        }
    }

    fn case(id: &str) -> &'static Case {
        registry::by_id(id).unwrap()
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_an_error_that_names_the_near_one() {
        let error = selection(&["IDM-4"], &[]).check().unwrap_err().to_string();
        assert!(
            error.contains("IDM-4") && error.contains("did you mean IDM-04?"),
            "{error}"
        );
        assert!(selection(&[], &["NOPE-*"]).check().is_err());
        assert!(selection(&["R2", "ack-*"], &["AUT-??"]).check().is_ok());
    }

    #[test]
    fn a_named_case_runs_whatever_the_set() {
        assert!(
            selection(&["IDM-12"], &[])
                .leaves_out(case("IDM-12"), Level::Must)
                .is_none()
        );
        assert!(
            selection(&["IDM-*"], &[])
                .leaves_out(case("IDM-12"), Level::Must)
                .is_some()
        );
        assert!(
            selection(&[], &[])
                .leaves_out(case("IDM-12"), Level::Must)
                .is_some()
        );
        assert!(
            selection(&["R2"], &[])
                .leaves_out(case("IDM-01"), Level::Must)
                .is_none()
        );
        assert!(
            selection(&["R2"], &["IDM-01"])
                .leaves_out(case("IDM-01"), Level::Must)
                .is_some()
        );
    }

    #[test]
    fn leaving_out_by_set_is_no_choice_of_the_user() {
        assert!(!selection(&[], &[]).user_left_out(case("IDM-12")));
        assert!(selection(&[], &["IDM-01"]).user_left_out(case("IDM-01")));
        assert!(selection(&["IDM-01"], &[]).user_left_out(case("IDM-03")));
    }
}
