//! Decompositions: numbers of other programs, identities, and a second way to every standard error.

#[path = "common/table.rs"]
mod table;

use opros::analysis::decomposition::{
    Averaging, Change, DecompositionError, Detail, Gap, Model, OaxacaBlinder, PartKind, Predictor, Reference,
    Standardization, oaxaca_blinder, standardize,
};
use opros::design::{Codes, StageInput, SurveyDesign};
use opros::estimate::{Estimate, Options};
use opros::weighting::{ReplicateMethod, replicate};
use serde_json::Value;
use table::Csv;

fn reference() -> Value {
    serde_json::from_str(include_str!("reference/decomposition.json")).unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn value(estimate: Option<&Estimate>) -> f64 {
    estimate.unwrap().value.unwrap()
}

fn close(got: f64, want: f64, what: &str) {
    assert!((got - want).abs() <= 1e-9 * (1.0 + want.abs()), "{what}: {got}, expected {want}");
}

/// Schools with their design, and everything that the splits ask of them.
struct Schools {
    design: SurveyDesign,
    api: Vec<f64>,
    above: Vec<f64>,
    meals: Vec<f64>,
    ell: Vec<f64>,
    kind: Codes,
    both: Codes,
}

impl Schools {
    fn read(name: &str, design: impl Fn(&Csv) -> SurveyDesign) -> Self {
        let table = Csv::golden(name);
        let api = table.numbers("api00");
        Self {
            design: design(&table),
            above: api.iter().map(|v| f64::from(u8::from(*v > 650.0))).collect(),
            api,
            meals: table.numbers("meals").iter().map(|v| v / 100.0).collect(),
            ell: table.numbers("ell"),
            kind: Codes::from_labels(&table.labels("stype")),
            both: Codes::from_labels(&table.labels("both")),
        }
    }

    fn stratified() -> Self {
        Self::read("apistrat", |table| {
            let builder = SurveyDesign::builder().weights(&table.numbers("pw"));
            builder.strata(Codes::from_labels(&table.labels("stype"))).build().unwrap()
        })
    }

    fn logit(&self, design: &SurveyDesign, kind: Detail<'_>, reference: Reference) -> OaxacaBlinder {
        let predictors = [
            Predictor { name: "meals", detail: Detail::Number(&self.meals) },
            Predictor { name: "stype", detail: kind },
        ];
        let gap = Gap { outcome: &self.above, groups: &self.both, first: "Yes", second: "No" };
        let mask = vec![true; self.above.len()];
        oaxaca_blinder(design, &gap, &predictors, Model::Logit, reference, &mask, &Options::default()).unwrap()
    }

    fn linear(&self, reference: Reference) -> OaxacaBlinder {
        let predictors = [
            Predictor { name: "meals", detail: Detail::Number(&self.meals) },
            Predictor { name: "ell", detail: Detail::Number(&self.ell) },
        ];
        let gap = Gap { outcome: &self.api, groups: &self.both, first: "No", second: "Yes" };
        let mask = vec![true; self.api.len()];
        oaxaca_blinder(&self.design, &gap, &predictors, Model::Linear, reference, &mask, &Options::default()).unwrap()
    }
}

fn total(found: &OaxacaBlinder, kind: PartKind) -> f64 {
    value(found.estimates.get(found.part(kind).unwrap().total))
}

#[test]
fn linear_splits_are_those_of_statsmodels() {
    let schools =
        Schools::read("apisrs", |table| SurveyDesign::builder().weights(&table.numbers("pw")).build().unwrap());
    let expected = &reference()["linear"];
    let three = list(&expected["threefold"]);
    let found = schools.linear(Reference::Threefold);
    let kinds = [PartKind::Endowments, PartKind::Coefficients, PartKind::Interaction];
    for (kind, want) in kinds.into_iter().zip(&three) {
        close(total(&found, kind), *want, "threefold");
    }
    close(value(found.estimates.get(found.gap)), three[3], "gap");
    let share = found.n[0] as f64 / (found.n[0] + found.n[1]) as f64;
    for (name, reference) in [
        ("pooled_with_group", Reference::PooledWithGroup),
        ("pooled", Reference::Pooled),
        ("reimers", Reference::Average(0.5)),
        ("cotton", Reference::Average(share)),
    ] {
        let (found, want) = (schools.linear(reference), list(&expected[name]));
        close(total(&found, PartKind::Explained), want[0], name);
        close(total(&found, PartKind::Unexplained), want[1], name);
    }
}

#[test]
fn logit_splits_with_normalised_factors_are_those_of_the_papers() {
    let schools = Schools::stratified();
    let expected = &reference()["logit"];
    let two = schools.logit(&schools.design, Detail::Factor(&schools.kind), Reference::PooledWithGroup);
    let three = schools.logit(&schools.design, Detail::Factor(&schools.kind), Reference::Threefold);
    let means = list(&expected["means"]);
    close(value(two.estimates.get(two.first)), means[0], "first mean");
    close(value(two.estimates.get(two.second)), means[1], "second mean");
    for (found, kind, name) in [
        (&two, PartKind::Explained, "explained"),
        (&two, PartKind::UnexplainedFirst, "unexplained_first"),
        (&two, PartKind::UnexplainedSecond, "unexplained_second"),
        (&three, PartKind::Endowments, "endowments"),
        (&three, PartKind::Coefficients, "coefficients"),
        (&three, PartKind::Interaction, "interaction"),
    ] {
        let (part, want) = (found.part(kind).unwrap(), list(&expected[name]));
        close(value(found.estimates.get(part.total)), want[0], name);
        for ((column, at), want) in part.columns.iter().zip(&want[1..]) {
            close(value(found.estimates.get(*at)), *want, &format!("{name} {column}"));
        }
    }
}

#[test]
fn parts_and_details_add_up_to_the_gap() {
    let schools = Schools::stratified();
    let all = [
        Reference::PooledWithGroup,
        Reference::Pooled,
        Reference::First,
        Reference::Second,
        Reference::Average(0.3),
        Reference::Average(1.0),
        Reference::Threefold,
    ];
    for reference in all {
        let against = Detail::FactorAgainst(&schools.kind, "H");
        for found in [schools.logit(&schools.design, against, reference), schools.linear(reference)] {
            let gap = value(found.estimates.get(found.gap));
            let parts: f64 = match reference {
                Reference::Threefold => found.parts.iter().map(|p| value(found.estimates.get(p.total))).sum(),
                _ => total(&found, PartKind::Explained) + total(&found, PartKind::Unexplained),
            };
            assert!((parts - gap).abs() < 1e-12 * (1.0 + gap.abs()), "{reference:?}: {parts}, gap {gap}");
            for part in &found.parts {
                let whole = value(found.estimates.get(part.total));
                for detail in [&part.terms, &part.columns] {
                    let sum: f64 = detail.iter().map(|(_, at)| value(found.estimates.get(*at))).sum();
                    assert!(
                        (sum - whole).abs() < 1e-11 * (1.0 + whole.abs()),
                        "{reference:?} {:?}: {sum}, {whole}",
                        part.kind
                    );
                }
            }
        }
    }
}

// Which level a regression leaves out is arithmetic: neither totals nor details of a normalised factor may know it, nor the
// totals of any factor. Levels are turned around by their codes, which also turns the omitted one.
#[test]
fn no_result_depends_on_the_omitted_level() {
    let schools = Schools::stratified();
    let labels = schools.kind.labels();
    let turned = Codes::from_codes(
        schools.kind.codes().iter().map(|c| labels.len() as u32 - 1 - c).collect(),
        labels.iter().rev().cloned().collect(),
    );
    for reference in [Reference::PooledWithGroup, Reference::Threefold] {
        let a = schools.logit(&schools.design, Detail::Factor(&schools.kind), reference);
        let b = schools.logit(&schools.design, Detail::Factor(&turned), reference);
        let c = schools.logit(&schools.design, Detail::FactorAgainst(&schools.kind, "M"), reference);
        for ((one, other), against) in a.parts.iter().zip(&b.parts).zip(&c.parts) {
            for (name, at) in &one.columns {
                let other = other.columns.iter().find(|(n, _)| n == name).unwrap();
                let (x, y) = (a.estimates.get(*at).unwrap(), b.estimates.get(other.1).unwrap());
                assert!((x.value.unwrap() - y.value.unwrap()).abs() < 1e-10, "{name}");
                assert!((x.se.unwrap() - y.se.unwrap()).abs() < 1e-10, "{name}");
            }
            let (x, y) = (value(a.estimates.get(one.total)), value(c.estimates.get(against.total)));
            assert!((x - y).abs() < 1e-10, "{:?}", one.kind);
        }
    }
}

/// The same sample under the delete-one jackknife within strata.
fn jackknife(design: &SurveyDesign) -> SurveyDesign {
    replicate(design, &ReplicateMethod::Jkn, true).unwrap()
}

// The jackknife fits everything anew 200 times and knows no derivative: close to linearization, never equal. Details of the
// logit split are ratios whose denominators come near 0 in some of those fits, so there only totals are compared.
#[test]
fn standard_errors_agree_with_the_jackknife() {
    let schools = Schools::stratified();
    let replicated = Schools { design: jackknife(&schools.design), ..Schools::stratified() };
    for reference in [Reference::PooledWithGroup, Reference::Pooled, Reference::Threefold] {
        let factor = Detail::Factor(&schools.kind);
        let logit = [&schools, &replicated].map(|s| s.logit(&s.design, factor, reference));
        let linear = [&schools, &replicated].map(|s| s.linear(reference));
        let totals = |found: &OaxacaBlinder| -> Vec<usize> {
            [found.first, found.second, found.gap].into_iter().chain(found.parts.iter().map(|p| p.total)).collect()
        };
        let (of_logit, of_linear) = (totals(&logit[0]), (0..linear[0].estimates.len()).collect());
        for ([linearized, jackknifed], compared) in [(logit, of_logit), (linear, of_linear)] {
            for i in compared {
                let (a, b) = (linearized.estimates.get(i).unwrap(), jackknifed.estimates.get(i).unwrap());
                close(b.value.unwrap(), a.value.unwrap(), linearized.estimates.name(i));
                let (a, b) = (a.se.unwrap(), b.se.unwrap());
                assert!((a - b).abs() < 0.15 * b + 1e-6, "{}: {a}, jackknife {b}", linearized.estimates.name(i));
            }
        }
    }
}

// Small samples apart, linearization is the derivative of the estimate by the weights: adding a little weight to one row
// moves the estimate by the score of the row, and the score of the gap is that of a difference of two means.
#[test]
fn the_gap_has_the_error_of_a_difference_of_means() {
    let schools = Schools::stratified();
    let found = schools.logit(&schools.design, Detail::Factor(&schools.kind), Reference::Pooled);
    let variable = opros::estimate::Variable::new("y", &schools.above);
    let domains = opros::design::Domains::by(&schools.both);
    let means = opros::estimate::means(&schools.design, &[variable], &domains, &Options::default()).unwrap();
    let plain = means.contrast(&[(1, 1.0), (0, -1.0)]).unwrap();
    let gap = found.estimates.get(found.gap).unwrap();
    close(gap.value.unwrap(), plain.value.unwrap(), "gap");
    close(gap.se.unwrap(), plain.se.unwrap(), "its error");
}

/// Respondents in three regions taken as waves.
struct Poll {
    design: SurveyDesign,
    approve: Vec<f64>,
    waves: Codes,
    age: Codes,
    education: Codes,
    mask: Vec<bool>,
}

fn poll() -> Poll {
    let table = Csv::golden("poll");
    let region = table.labels("region");
    let clusters: Vec<String> = region.iter().zip(table.labels("psu")).map(|(r, p)| format!("{r}/{p}")).collect();
    let first = StageInput::units(Codes::from_labels(&clusters)).strata(Codes::from_labels(&region));
    Poll {
        design: SurveyDesign::builder().weights(&table.numbers("weight")).first(first).build().unwrap(),
        approve: table.numbers("approve"),
        waves: Codes::from_labels(&region),
        age: Codes::from_labels(&table.labels("agegrp")),
        education: Codes::from_labels(&table.labels("educ")),
        mask: region.iter().map(|r| ["1", "2", "3"].contains(&r.as_str())).collect(),
    }
}

impl Poll {
    fn split(&self, design: &SurveyDesign, groupings: &[(&str, &Codes)], averaging: Averaging) -> Standardization {
        let change = Change { outcome: &self.approve, waves: &self.waves, groupings };
        standardize(design, &change, averaging, &self.mask, &Options::default()).unwrap()
    }
}

#[test]
fn two_groupings_and_three_waves_are_those_of_das_gupta() {
    let poll = poll();
    let expected = &reference()["das_gupta"];
    let groupings = [("age", &poll.age), ("education", &poll.education)];
    let consecutive = poll.split(&poll.design, &groupings, Averaging::Consecutive);
    let averaged = poll.split(&poll.design, &groupings, Averaging::AllPairs);
    for (at, want) in consecutive.means.iter().zip(list(&expected["crude"])) {
        close(value(consecutive.estimates.get(*at)), want, "mean");
    }
    for (found, change, name) in [
        (&consecutive, 0, "pair_1_2"),
        (&consecutive, 1, "pair_2_3"),
        (&averaged, 0, "averaged_1_2"),
        (&averaged, 2, "averaged_1_3"),
    ] {
        let (change, want) = (&found.changes[change], list(&expected[name]));
        close(value(found.estimates.get(change.composition[0])), want[0], name);
        close(value(found.estimates.get(change.composition[1])), want[1], name);
        close(value(found.estimates.get(change.rates)), want[2], name);
    }
}

#[test]
fn parts_of_waves_add_up_and_averaged_ones_chain() {
    let poll = poll();
    let groupings = [("age", &poll.age), ("education", &poll.education)];
    for averaging in [Averaging::Consecutive, Averaging::AllPairs] {
        let found = poll.split(&poll.design, &groupings, averaging);
        let at = |i: usize| value(found.estimates.get(i));
        let sum = |list: &[usize]| list.iter().map(|i| at(*i)).sum::<f64>();
        for change in &found.changes {
            let position = |wave: &str| ["1", "2", "3"].iter().position(|w| *w == wave).unwrap();
            let gap = at(found.means[position(&change.to)]) - at(found.means[position(&change.from)]);
            assert!((at(change.gap) - gap).abs() < 1e-12);
            assert!((at(change.rates) + sum(&change.composition) - gap).abs() < 1e-12);
            assert!((sum(&change.rates_by_cell) - at(change.rates)).abs() < 1e-12);
            assert!((sum(&change.composition_by_cell) - sum(&change.composition)).abs() < 1e-12);
        }
        let [first, second, whole] = &found.changes[..] else { panic!("three changes") };
        assert!((at(first.rates) + at(second.rates) - at(whole.rates)).abs() < 1e-12, "{averaging:?}");
    }
}

#[test]
fn standard_errors_of_waves_agree_with_the_jackknife() {
    let poll = poll();
    let replicated = jackknife(&poll.design);
    let groupings = [("age", &poll.age)];
    for averaging in [Averaging::Consecutive, Averaging::AllPairs] {
        let (a, b) = (poll.split(&poll.design, &groupings, averaging), poll.split(&replicated, &groupings, averaging));
        for change in &a.changes {
            for i in [change.gap, change.rates, change.composition[0]] {
                let (x, y) = (a.estimates.get(i).unwrap().se.unwrap(), b.estimates.get(i).unwrap().se.unwrap());
                assert!((x - y).abs() < 0.15 * y + 1e-6, "{}: {x}, jackknife {y}", a.estimates.name(i));
            }
        }
    }
}

#[test]
fn bad_input_says_what_is_wrong() {
    let schools = Schools::stratified();
    let n = schools.above.len();
    let run = |gap: Gap<'_>, predictors: &[Predictor<'_>], reference: Reference, model: Model| {
        oaxaca_blinder(&schools.design, &gap, predictors, model, reference, &vec![true; n], &Options::default())
            .unwrap_err()
    };
    let gap = Gap { outcome: &schools.above, groups: &schools.both, first: "Yes", second: "No" };
    let meals = Predictor { name: "meals", detail: Detail::Number(&schools.meals) };
    let error = run(Gap { first: "Ye", ..gap }, &[meals], Reference::First, Model::Linear);
    assert!(matches!(error, DecompositionError::UnknownLevel { .. }), "{error}");
    assert!(error.to_string().contains("No, Yes"), "{error}");
    let error = run(Gap { second: "Yes", ..gap }, &[meals], Reference::First, Model::Linear);
    assert!(matches!(error, DecompositionError::SameGroup { .. }), "{error}");
    let error = run(gap, &[meals, Predictor { name: "again", ..meals }], Reference::First, Model::Linear);
    assert!(error.to_string().contains("other predictors explain `again`"), "{error}");
    let error = run(gap, &[meals], Reference::Average(1.5), Model::Linear);
    assert!(matches!(error, DecompositionError::OutOfRange { .. }), "{error}");
    let error = run(Gap { outcome: &schools.api, ..gap }, &[meals], Reference::First, Model::Logit);
    assert!(error.to_string().contains("expected"), "{error}");
    let settled = Predictor { name: "above", detail: Detail::Number(&schools.above) };
    let error = run(gap, &[settled], Reference::First, Model::Logit);
    assert!(matches!(error, DecompositionError::Separated { .. }), "{error}");
    let groups: Vec<&str> = schools.both.codes().iter().map(|c| if *c == 0 { "a" } else { "b" }).collect();
    let own = Codes::from_labels(&groups);
    let error = run(gap, &[Predictor { name: "own", detail: Detail::Factor(&own) }], Reference::First, Model::Linear);
    assert!(error.to_string().contains("merge the level"), "{error}");
    let change = Change { outcome: &schools.above, waves: &schools.both, groupings: &[] };
    let error = standardize(&schools.design, &change, Averaging::default(), &vec![true; n], &Options::default());
    assert!(matches!(error.unwrap_err(), DecompositionError::OutOfRange { .. }));
    let one: Vec<bool> = schools.both.codes().iter().map(|c| *c == 0).collect();
    let change = Change { groupings: &[("stype", &schools.kind)], ..change };
    let error = standardize(&schools.design, &change, Averaging::default(), &one, &Options::default());
    assert!(matches!(error.unwrap_err(), DecompositionError::TooFew { .. }));
}

// Two groups with one and the same sample: nothing to split, so the weights of the logit detail are undefined.
#[test]
fn a_gap_of_nothing_has_no_detail() {
    let x: Vec<f64> = (0..40).map(|i| f64::from((i / 2) % 7)).collect();
    let y: Vec<f64> = (0..40).map(|i| f64::from(u8::from((i / 2) * 5 % 7 < 3))).collect();
    let groups = Codes::from_labels(&(0..40).map(|i| ["a", "b"][i % 2]).collect::<Vec<_>>());
    let design = SurveyDesign::builder().weights(&[1.0; 40]).build().unwrap();
    let gap = Gap { outcome: &y, groups: &groups, first: "a", second: "b" };
    let predictors = [Predictor { name: "x", detail: Detail::Number(&x) }];
    let found =
        oaxaca_blinder(&design, &gap, &predictors, Model::Logit, Reference::First, &[true; 40], &Options::default())
            .unwrap();
    let part = found.part(PartKind::Explained).unwrap();
    assert!(found.estimates.get(part.total).unwrap().value.unwrap().abs() < 1e-12);
    let detail = found.estimates.get(part.columns[1].1).unwrap();
    assert_eq!((detail.value, detail.se), (None, None));
    assert!(detail.reason.is_some());
}
