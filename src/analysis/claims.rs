//! Judges claims by the rules that were stated before the results were known.

use std::collections::BTreeSet;

use minijinja::{Environment, ErrorKind, Value};
use serde::Serialize;

use super::pattern::matches;
use super::reference::{CONDITION_FUNCTIONS, References, Used, problem_text};
use super::result::{ResultRecord, Results, Unit};
use super::work::definition_problem;
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::error::{Error, Result};
use crate::locale::Locale;
use crate::study::definition::{Claim, Definition, TestDepth};

/// A claim judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// Id of the claim.
    pub id: String,
    /// How the claim fared.
    pub verdict: Ruling,
    /// Which rule held, or what is missing.
    pub why: String,
    /// The expression that held; none for a claim that is not testable.
    pub expression: Option<String>,
    /// How deep the test goes.
    pub test: TestDepth,
    /// The results behind the verdict: those listed as evidence, then further ones that the rules use.
    pub evidence: Vec<ClaimEvidence>,
}

/// How a claim fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// The rule for support holds.
    Supported,
    /// Only the weaker rule holds.
    PartlySupported,
    /// The rule for contradiction holds.
    Contradicted,
    /// No rule holds, or a result that a rule needs is missing.
    NotTestable,
}

impl Ruling {
    /// Key of the phrase for readers.
    pub fn phrase(self) -> &'static str {
        match self {
            Ruling::Supported => "supported",
            Ruling::PartlySupported => "partly-supported",
            Ruling::Contradicted => "contradicted",
            Ruling::NotTestable => "not-testable",
        }
    }

    /// All rulings, in the order of a summary.
    pub const ALL: [Ruling; 4] =
        [Ruling::Supported, Ruling::PartlySupported, Ruling::Contradicted, Ruling::NotTestable];
}

/// A result behind a verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClaimEvidence {
    /// Id of the result.
    pub result: String,
    /// Unit of the numbers.
    pub unit: Unit,
    /// The estimate.
    pub value: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Base.
    pub n: Option<u64>,
    /// Lower limit.
    pub ci_low: Option<f64>,
    /// Upper limit.
    pub ci_high: Option<f64>,
    /// Why there is no estimate or no interval.
    pub reason: Option<String>,
}

/// Judges every claim of a definition, in order.
///
/// The expressions are tried in the order `contradicted`, `supported`, `partly`; the first that holds gives the
/// verdict. An expression that needs a value which a result does not have makes the claim not testable, whatever the
/// later ones would say: what cannot be looked at cannot be ruled out.
///
/// # Errors
///
/// All problems together: an expression that does not parse or does not give true or false, a name other than the
/// functions of conditions, an id that no analysis produces (also in `evidence`, where `*` stands for any part).
pub fn judge(definition: &Definition, results: &Results, locale: &Locale) -> Result<Vec<Verdict>> {
    let references = References::new(results, locale);
    let court = Court {
        definition,
        references: &references,
        results,
        locale,
        environment: references.environment(&Used::default()),
    };
    let mut problems = Vec::new();
    let mut verdicts = Vec::new();
    for claim in &definition.claim {
        verdicts.extend(court.judge(claim, &mut problems));
    }
    if problems.is_empty() { Ok(verdicts) } else { Err(Error::Unusable(problems)) }
}

/// How a rule is written.
const HINT: &str = "compare values of results with numbers, such as low('id') > 0, joined by and, or, not";

struct Court<'a> {
    definition: &'a Definition,
    references: &'a References,
    results: &'a Results,
    locale: &'a Locale,
    environment: Environment<'static>,
}

/// What an expression gave.
enum Outcome {
    Holds,
    Fails,
    /// A result lacks a value; which one and why.
    Blocked(String),
}

impl Court<'_> {
    fn judge(&self, claim: &Claim, problems: &mut Vec<Diagnostic>) -> Option<Verdict> {
        let rules = [
            ("contradicted", Ruling::Contradicted, &claim.contradicted),
            ("supported", Ruling::Supported, &claim.supported),
            ("partly", Ruling::PartlySupported, &claim.partly),
        ];
        let before = problems.len();
        for (key, _, expression) in &rules {
            if let Some(expression) = expression {
                self.check(claim, key, expression, problems);
            }
        }
        let evidence = self.evidence(claim, problems);
        if problems.len() > before {
            return None;
        }
        let mut ruling = Ruling::NotTestable;
        let has_rule = rules.iter().any(|(_, _, expression)| expression.is_some());
        let mut why = self.locale.phrase(if has_rule { "why-none-holds" } else { "why-no-rule" }).to_owned();
        let mut held = None;
        for (key, if_true, expression) in rules {
            let Some(expression) = expression else { continue };
            match self.evaluate(claim, key, expression, problems)? {
                Outcome::Fails => continue,
                Outcome::Holds => {
                    ruling = if_true;
                    why = format!("{} {}", self.locale.phrase("why-holds"), self.locale.phrase(if_true.phrase()));
                    held = Some(expression.clone());
                }
                Outcome::Blocked(reason) => why = reason,
            }
            break;
        }
        Some(Verdict { id: claim.id.clone(), verdict: ruling, why, expression: held, test: claim.test, evidence })
    }

    fn problem(&self, claim: &Claim, key: &str, code: &'static str, message: String) -> Diagnostic {
        definition_problem(self.definition, code, &format!("claim {}, {key}", claim.id), message)
    }

    /// Names and ids of an expression, also in parts that would never be reached.
    fn check(&self, claim: &Claim, key: &str, expression: &str, problems: &mut Vec<Diagnostic>) {
        let compiled = match self.environment.compile_expression(expression) {
            Ok(compiled) => compiled,
            Err(error) => {
                let message = format!("the rule does not parse: {}", problem_text(&error));
                problems.push(self.problem(claim, key, "A11", message).observed(expression).hint(HINT));
                return;
            }
        };
        let names: BTreeSet<String> = compiled.undeclared_variables(false).into_iter().collect();
        for name in names.iter().filter(|name| !CONDITION_FUNCTIONS.contains(&name.as_str())) {
            let hint = match did_you_mean(name, CONDITION_FUNCTIONS) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("a rule may use {}", CONDITION_FUNCTIONS.join(", ")),
            };
            problems.push(self.problem(claim, key, "A11", format!("`{name}` has no meaning in a rule")).hint(hint));
        }
        for id in literals(expression).into_iter().filter(|id| !self.references.has(id)) {
            let problem = self.problem(claim, key, "A12", format!("result `{id}` does not exist"));
            problems.push(problem.hint(self.references.hint(id)));
        }
    }

    fn evaluate(&self, claim: &Claim, key: &str, expression: &str, problems: &mut Vec<Diagnostic>) -> Option<Outcome> {
        let value = self.environment.compile_expression(expression).and_then(|expression| expression.eval(()));
        match value {
            Ok(value) if value == Value::from(true) && value.kind() == minijinja::value::ValueKind::Bool => {
                Some(Outcome::Holds)
            }
            Ok(value) if value.kind() == minijinja::value::ValueKind::Bool => Some(Outcome::Fails),
            Ok(value) => {
                let problem = self.problem(claim, key, "A11", "the rule gives neither true nor false".to_owned());
                problems.push(problem.observed(value.to_string()).hint("compare the value with something"));
                None
            }
            Err(error) if error.kind() == ErrorKind::UndefinedError => Some(Outcome::Blocked(problem_text(&error))),
            Err(error) => {
                let problem = self.problem(claim, key, "A11", problem_text(&error));
                problems.push(problem.observed(expression).hint(HINT));
                None
            }
        }
    }

    /// Results listed as evidence, then those that only the rules name.
    fn evidence(&self, claim: &Claim, problems: &mut Vec<Diagnostic>) -> Vec<ClaimEvidence> {
        let mut taken: BTreeSet<&str> = BTreeSet::new();
        let mut evidence = Vec::new();
        for pattern in &claim.evidence {
            let found: Vec<&ResultRecord> =
                self.results.records.iter().filter(|record| matches(pattern, &record.id)).collect();
            if found.is_empty() {
                let problem = self.problem(claim, "evidence", "A12", format!("result `{pattern}` does not exist"));
                problems.push(problem.hint(self.references.hint(pattern)));
            }
            evidence.extend(found.into_iter().filter(|record| taken.insert(&record.id)).map(as_evidence));
        }
        let rules = [&claim.contradicted, &claim.supported, &claim.partly];
        for id in rules.into_iter().flatten().flat_map(|expression| literals(expression)) {
            if let Some(record) = self.results.get(id)
                && taken.insert(&record.id)
            {
                evidence.push(as_evidence(record));
            }
        }
        evidence
    }
}

fn as_evidence(record: &ResultRecord) -> ClaimEvidence {
    let figures = record.estimate.clone().finite();
    ClaimEvidence {
        result: record.id.clone(),
        unit: record.unit,
        value: figures.estimate,
        se: figures.se,
        n: figures.n,
        ci_low: figures.ci_low,
        ci_high: figures.ci_high,
        reason: figures.reason,
    }
}

/// The quoted texts of an expression, which are ids of results.
fn literals(expression: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(start) = rest.find(['\'', '"']) {
        let quote = &rest[start..=start];
        let inner = &rest[start + 1..];
        let Some(end) = inner.find(quote) else { break };
        found.push(&inner[..end]);
        rest = &inner[end + 1..];
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::result::{Evidence, Figures};
    use crate::analysis::testing::text;

    fn results() -> Results {
        let gap = |id: &str, low: f64, high: f64| {
            ResultRecord::new("gap", &[id], Unit::ShareDifference, Evidence::Microdata).figures(Figures {
                estimate: Some((low + high) / 2.0),
                ci_low: Some(low),
                ci_high: Some(high),
                ..Figures::default()
            })
        };
        let official = ResultRecord::new("gap", &["vote"], Unit::ShareDifference, Evidence::Official)
            .figures(Figures::without_interval(-0.1, "official count"));
        Results {
            records: vec![gap("june", -0.12, -0.04), gap("july", -0.05, 0.03), official],
            remarks: Vec::new(),
            areas: Vec::new(),
        }
    }

    fn claim(contradicted: Option<&str>, supported: Option<&str>, partly: Option<&str>, evidence: &[&str]) -> Claim {
        Claim {
            id: "C01".to_owned(),
            claim: text("It is so"),
            test: TestDepth::Full,
            evidence: evidence.iter().map(|id| (*id).to_owned()).collect(),
            rule: text("As stated"),
            contradicted: contradicted.map(ToOwned::to_owned),
            supported: supported.map(ToOwned::to_owned),
            partly: partly.map(ToOwned::to_owned),
            caveat: text("None"),
            settle: text("More"),
        }
    }

    fn judged(claim: Claim) -> Result<Verdict> {
        let definition = Definition { claim: vec![claim], ..Definition::default() };
        judge(&definition, &results(), &Locale::new("en").unwrap()).map(|mut verdicts| verdicts.remove(0))
    }

    #[test]
    fn rules_are_tried_in_order() {
        let both = "high('gap/june') < 0 and high('gap/july') < 0";
        let one = "high('gap/june') < 0 or high('gap/july') < 0";
        let verdict = judged(claim(Some("low('gap/june') > 0"), Some(both), Some(one), &["gap/june"])).unwrap();
        assert_eq!(verdict.verdict, Ruling::PartlySupported);
        assert_eq!(verdict.expression.as_deref(), Some(one));
        let ids: Vec<&str> = verdict.evidence.iter().map(|evidence| evidence.result.as_str()).collect();
        assert_eq!(ids, ["gap/june", "gap/july"]);
        assert_eq!(judged(claim(Some(one), Some(one), None, &[])).unwrap().verdict, Ruling::Contradicted);
    }

    #[test]
    fn a_value_that_is_missing_makes_a_claim_not_testable() {
        let verdict = judged(claim(Some("high('gap/vote') < 0"), Some("est('gap/vote') < 0"), None, &[])).unwrap();
        assert_eq!(verdict.verdict, Ruling::NotTestable);
        assert!(verdict.why.contains("gap/vote") && verdict.why.contains("official count"), "{}", verdict.why);
        let guarded = "known('gap/vote') and est('gap/vote') < 0";
        assert_eq!(judged(claim(None, Some(guarded), None, &[])).unwrap().verdict, Ruling::Supported);
    }

    #[test]
    fn a_limit_that_is_no_number_is_missing() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let record = ResultRecord::new("gap", &["bad"], Unit::ShareDifference, Evidence::Microdata)
                .figures(Figures { estimate: Some(0.1), ci_low: Some(bad), ci_high: Some(bad), ..Figures::default() });
            let results = Results { records: vec![record], remarks: Vec::new(), areas: Vec::new() };
            for rule in ["low('gap/bad') > 0", "not (low('gap/bad') > 0)", "high('gap/bad') < 0 or est('gap/bad') > 0"]
            {
                let definition =
                    Definition { claim: vec![claim(None, Some(rule), None, &[])], ..Definition::default() };
                let verdicts = judge(&definition, &results, &Locale::new("en").unwrap()).unwrap();
                assert_eq!(
                    (verdicts[0].verdict, verdicts[0].evidence[0].ci_low),
                    (Ruling::NotTestable, None),
                    "{rule}"
                );
            }
        }
    }

    #[test]
    fn without_a_rule_that_holds_nothing_is_claimed() {
        assert_eq!(judged(claim(None, None, None, &[])).unwrap().verdict, Ruling::NotTestable);
        let verdict = judged(claim(None, Some("low('gap/july') > 0"), None, &[])).unwrap();
        assert_eq!((verdict.verdict, verdict.expression), (Ruling::NotTestable, None));
    }

    #[test]
    fn misspelt_ids_and_names_are_errors_even_where_they_are_not_reached() {
        let error = judged(claim(None, Some("high('gap/june') < 0 or high('gap/jully') < 0"), None, &[])).unwrap_err();
        assert_eq!(error.diagnostics()[0].hint.as_deref(), Some("did you mean `gap/july`?"));
        let error = judged(claim(None, Some("hihg('gap/june') < 0"), None, &[])).unwrap_err();
        assert_eq!(error.diagnostics()[0].hint.as_deref(), Some("did you mean `high`?"));
        for rule in ["high('gap/june'", "est('gap/june')", "share('gap/june') < 0"] {
            assert!(judged(claim(None, Some(rule), None, &[])).is_err(), "{rule}");
        }
        assert!(judged(claim(None, None, None, &["gap/june/*"])).is_err());
    }

    #[test]
    fn stars_stand_for_any_part() {
        let verdict = judged(claim(None, None, None, &["gap/ju*"])).unwrap();
        assert_eq!(verdict.evidence.len(), 2);
    }
}
