//! Other spellings of the URL.

use crate::case::declaration::{Case, CaseSet, Need, Schedule};
use crate::case::expect;
use crate::case::trial::{Stop, Trial};
use crate::ledger::Expected;
use crate::terms::EvidenceKind::{E1, E3};
use crate::terms::{
    Level,
    RequirementId::{R2, Rb},
};
use crate::verdict::Verdict;

pub(super) const CASES: &[Case] = &[HTP_13];

const HTP_13: Case = Case {
    id: "HTP-13",
    requirements: &[Rb],
    level: Level::Info,
    set: CaseSet::Default,
    schedule: Schedule::Hostile,
    clauses: &["G-ACK-01", "D-11"],
    evidence: &[E1, E3],
    needs: &[Need::Ownership],
    title: "other spellings of the URL are reported",
    doc: "Sends valid events to the URL with a query added, a slash added, a slash doubled, and its path in upper case.\n\
          Why: a URL that was configured with a slash too many works with one framework and not with the next.\n\
          Fix: nothing has to be fixed; configure the URL exactly as the receiver serves it.",
    body: |trial| Box::pin(htp_13(trial)),
};

async fn htp_13(trial: &mut Trial) -> Result<Verdict, Stop> {
    let mut verdict = Verdict::new();
    let own = trial.scene().connector.target.path_and_query();
    for (what, spelling) in spellings(&own) {
        let delivery = trial.mint_effective()?;
        let mut request = delivery.request();
        request.path_and_query = Some(spelling);
        request.label = format!("an event to the URL with {what}");
        let attempt = trial.send(request).await?;
        verdict.note(format!("with {what}: {}", attempt.describe()));
        trial.expect(&delivery, Expected::AtMostOnce);
    }
    verdict.add(trial.control("other spellings of the URL").await?);
    let effects = trial.settle().await;
    let claim = "events to other spellings of the URL have at most one effect each";
    verdict.add(expect::nothing_added(&effects, Level::Should, claim).filed_under(R2));
    Ok(verdict)
}

/// Spellings of this path and query that are not the same for everybody.
fn spellings(own: &str) -> Vec<(&'static str, String)> {
    let (path, query) = own.split_once('?').unwrap_or((own, ""));
    let with_query = |path: &str| match query {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    };
    let joint = if query.is_empty() { '?' } else { '&' };
    let upper = path.to_uppercase();
    let mut spellings = vec![
        ("a query added", format!("{own}{joint}source=hamsa")),
        ("a slash doubled", with_query(&format!("/{path}"))),
    ];
    if let Some(shorter) = path.strip_suffix('/').filter(|shorter| !shorter.is_empty()) {
        spellings.push(("its last slash left out", with_query(shorter)));
    } else if path != "/" {
        spellings.push(("a slash added", with_query(&format!("{path}/"))));
    }
    if upper != path {
        spellings.push(("its path in upper case", with_query(&upper)));
    }
    spellings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_differs_and_keeps_the_query() {
        for own in ["/hook", "/hook/?a=b", "/"] {
            for (what, spelling) in spellings(own) {
                assert_ne!(spelling, own, "{what}");
                assert_eq!(own.contains("a=b"), spelling.contains("a=b"), "{what}");
            }
        }
        assert_eq!(spellings("/hook/?a=b")[2].1, "/hook?a=b");
    }
}
