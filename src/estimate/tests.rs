//! Estimates that can be checked by hand, and identities between routes.

use super::*;
use crate::design::{Codes, DesignProblem, Domains, LonelyPsu, StageInput, SurveyDesign};

fn close(got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-12 * want.abs().max(1.0), "got: {got}, expected: {want}");
}

fn value(estimate: &Estimate) -> (f64, f64) {
    (estimate.value.unwrap(), estimate.se.unwrap())
}

#[test]
fn a_simple_random_sample_has_the_textbook_standard_error() {
    // y = 1, 2, 3, 6: mean 3, s² = 14/3, n = 4 of N = 16: v = (1 − 1/4) · 14/3 / 4 = 0.875.
    let design = SurveyDesign::builder().population_sizes(&[16.0; 4]).build().unwrap();
    let y = [1.0, 2.0, 3.0, 6.0];
    let variables = [Variable::new("y", &y)];
    let options = Options { deff: DeffReference::WithoutReplacement, ..Options::default() };
    let mean = means(&design, &variables, &Domains::whole(4), &options).unwrap();
    let estimate = mean.get(0).unwrap();
    close(estimate.value.unwrap(), 3.0);
    close(estimate.se.unwrap(), 0.875_f64.sqrt());
    close(estimate.deff.unwrap(), 1.0);
    close(estimate.degf, 3.0);
    let total = totals(&design, &variables, &Domains::whole(4), &options).unwrap();
    close(total.get(0).unwrap().value.unwrap(), 48.0);
    close(total.get(0).unwrap().se.unwrap(), 16.0 * 0.875_f64.sqrt());
    close(total.get(0).unwrap().deff.unwrap(), 1.0);
}

#[test]
fn clusters_count_as_units_and_a_domain_keeps_the_empty_ones() {
    // Two strata of two units; the domain total by unit is 2, 0 | 1, 3.
    // v = 2/1 · ((2−1)² + (0−1)²) + 2/1 · ((1−2)² + (3−2)²) = 8.
    let design = SurveyDesign::builder()
        .weights(&[1.0; 6])
        .strata(&["a", "a", "a", "b", "b", "b"])
        .psu(&["1", "1", "2", "3", "4", "4"])
        .build()
        .unwrap();
    let y = [1.0, 1.0, 5.0, 1.0, 1.0, 2.0];
    let domain = Domains::mask("d", &[true, true, false, true, true, true]);
    let variables = [Variable::new("y", &y)];
    let total = totals(&design, &variables, &domain, &Options::default()).unwrap();
    let estimate = total.get(0).unwrap();
    close(estimate.value.unwrap(), 6.0);
    close(estimate.se.unwrap(), 8.0_f64.sqrt());
    assert_eq!(estimate.n_psus, Some(3));
    close(estimate.degf, 1.0);
}

#[test]
fn two_stages_add_the_variance_within_units() {
    // One stratum, 2 of 4 units, in each 2 of 4 rows; y = 1, 3 | 5, 5; weights 4.
    // Stage 1: (1 − 1/2) · 2 · ((16 − 28)² + (40 − 28)²) = 288; stage 2: 1/2 · (1 − 1/2) · 2 · ((4 − 8)² + (12 − 8)²) = 16.
    let design = SurveyDesign::builder()
        .psu(&["a", "a", "b", "b"])
        .population_sizes(&[4.0; 4])
        .then(StageInput::rows().population_sizes(&[4.0; 4]))
        .build()
        .unwrap();
    let y = [1.0, 3.0, 5.0, 5.0];
    let variables = [Variable::new("y", &y)];
    let options = Options::default();
    let total = totals(&design, &variables, &Domains::whole(4), &options).unwrap();
    close(total.get(0).unwrap().value.unwrap(), 56.0);
    close(total.get(0).unwrap().se.unwrap(), 304.0_f64.sqrt());
}

// The difference of two shares of one answer within one domain partition is a linear combination; over a partition the
// weighted shares add up to the overall share, so the contrast with the domain sizes as coefficients (fixed by design
// here, as the domains are the strata) has the variance of the overall share.
#[test]
fn a_contrast_over_strata_reproduces_the_overall_share() {
    let strata = ["a", "a", "a", "b", "b", "b", "b"];
    let design = SurveyDesign::builder().weights(&[2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0]).strata(&strata).build().unwrap();
    let answers = Codes::from_labels(&["n", "y", "y", "n", "n", "y", "n"]);
    let by = Domains::by(&Codes::from_labels(&strata));
    let options = Options::default();
    let parts = proportions(&design, &answers, &by, &options).unwrap();
    let whole = proportions(&design, &answers, &Domains::whole(7), &options).unwrap();
    let a = parts.position("a", "y").unwrap();
    let b = parts.position("b", "y").unwrap();
    let contrast = parts.contrast(&[(a, 6.0 / 18.0), (b, 12.0 / 18.0)]).unwrap();
    let overall = whole.get(1).unwrap();
    close(contrast.value.unwrap(), overall.value.unwrap());
    close(contrast.se.unwrap(), overall.se.unwrap());
    close(contrast.degf, 5.0);
    let covariance = parts.covariance(&[a, b]).unwrap();
    close(covariance[0][1], 0.0);
    close(covariance[0][0].sqrt(), parts.get(a).unwrap().se.unwrap());
}

#[test]
fn shares_of_all_answers_add_up_to_one_without_variance() {
    let design = SurveyDesign::builder().weights(&[1.0, 2.0, 1.5, 1.0, 3.0]).build().unwrap();
    let answers = Codes::from_labels(&["a", "b", "c", "a", "b"]);
    let shares = proportions(&design, &answers, &Domains::whole(5), &Options::default()).unwrap();
    let sum = shares.contrast(&[(0, 1.0), (1, 1.0), (2, 1.0)]).unwrap();
    close(sum.value.unwrap(), 1.0);
    assert!(sum.se.unwrap() < 1e-15);
}

#[test]
fn what_cannot_be_estimated_says_why() {
    let design = SurveyDesign::builder().weights(&[1.0; 5]).psu(&["1", "1", "2", "3", "3"]).build().unwrap();
    let y = [1.0, 2.0, f64::NAN, 4.0, 5.0];
    let variables = [Variable::new("y", &y)];
    let by = Domains::by(&Codes::from_optional(&[
        Some("one unit"),
        Some("one unit"),
        Some("missing"),
        Some("missing"),
        None,
    ]));
    let by = means(&design, &variables, &by, &Options::default()).unwrap();
    let missing = by.get(0).unwrap();
    assert_eq!(missing.reason, Some(NotEstimable::MissingValues));
    assert_eq!(missing.value, None);
    let alone = by.get(1).unwrap();
    assert_eq!(alone.value, Some(1.5));
    assert_eq!((alone.se, alone.reason), (None, Some(NotEstimable::OnePsu)));
    // Totals compare the unit with the others, which hold none: s² of 0, 0, 0 and 3 times 3 units.
    let of_two = Domains::by(&Codes::from_labels(&["one", "one", "others", "others", "others"]));
    let known = [Variable::new("y", &[1.0, 2.0, 3.0, 4.0, 5.0])];
    let total = totals(&design, &known, &of_two, &Options::default()).unwrap();
    let alone = total.get(0).unwrap();
    close(alone.se.unwrap(), 3.0);
    assert_eq!((alone.ci_low, alone.reason), (None, Some(NotEstimable::OnePsu)));
    let fixed = Options { degf: DegfRule::Fixed(2.0), ..Options::default() };
    let fixed = totals(&design, &known, &of_two, &fixed).unwrap();
    assert_eq!(fixed.get(0).unwrap().reason, None);
    assert!(fixed.get(0).unwrap().ci_low.is_some());
    assert!(total.contrast(&[(0, 1.0), (1, -1.0)]).unwrap().se.is_some());
    let contrast = by.contrast(&[(0, 1.0), (1, -1.0)]).unwrap();
    assert_eq!((contrast.value, contrast.se), (None, None));
    let nobody = Domains::mask("nobody", &[false; 5]);
    let nobody = means(&design, &variables, &nobody, &Options::default()).unwrap();
    assert_eq!(nobody.get(0).unwrap().reason, Some(NotEstimable::EmptyDomain));
}

#[test]
fn weight_zero_is_outside_every_base_but_its_unit_counts() {
    let build = |weights: &[f64], psu: &[&str]| SurveyDesign::builder().weights(weights).psu(psu).build().unwrap();
    let y = [1.0, 2.0, 4.0, 9.0];
    let variables = [Variable::new("y", &y)];
    let design = build(&[1.0, 1.0, 1.0, 0.0], &["a", "b", "c", "d"]);
    let whole = Domains::whole(4);
    let total = totals(&design, &variables, &whole, &Options::default()).unwrap();
    let estimate = total.get(0).unwrap();
    // Four units with totals 1, 2, 4, 0: 4/3 · (21 − 49/4).
    close(estimate.se.unwrap(), (4.0 / 3.0 * (21.0 - 49.0 / 4.0_f64)).sqrt());
    assert_eq!((estimate.n, estimate.n_psus), (3, Some(3)));
    close(estimate.degf, 2.0);
}

#[test]
fn a_declared_factor_multiplies_the_variance_of_its_stratum_and_is_described() {
    let base = || {
        SurveyDesign::builder().weights(&[1.0; 5]).strata(&["m", "m", "m", "r", "r"]).psu(&["m", "m", "m", "r1", "r2"])
    };
    let y = [0.0, 1.0, 5.0, 2.0, 4.0];
    let variables = [Variable::new("y", &y)];
    let whole = Domains::whole(5);
    assert!(base().build().unwrap_err().is_lonely_psu());
    let design = base().self_representing("m", 1.5).build().unwrap();
    let total = totals(&design, &variables, &whole, &Options::default()).unwrap();
    // Rows of m as units: 3 s² = 21, times 1.5; units of r: 2 · s² = 4.
    close(total.get(0).unwrap().se.unwrap(), (1.5 * 21.0 + 4.0_f64).sqrt());
    let text = design.to_string();
    assert!(text.contains("stratum `m`: variance times 1.5 (declared)"), "{text}");
}

#[test]
fn lonely_strata_are_treated_as_the_design_says() {
    // Strata a: totals 1, 3; b: total 6.
    let variance = |policy: LonelyPsu| {
        let design =
            SurveyDesign::builder().weights(&[1.0; 3]).strata(&["a", "a", "b"]).lonely_psu(policy).build().unwrap();
        let y = [1.0, 3.0, 6.0];
        let variables = [Variable::new("y", &y)];
        let options = Options::default();
        let total = totals(&design, &variables, &Domains::whole(3), &options).unwrap();
        value(total.get(0).unwrap()).1.powi(2)
    };
    close(variance(LonelyPsu::Certainty), 4.0);
    close(variance(LonelyPsu::Remove), 4.0);
    close(variance(LonelyPsu::Average), 8.0);
    // The mean of all three totals is 10/3.
    close(variance(LonelyPsu::Center), 4.0 + (6.0 - 10.0 / 3.0_f64).powi(2));
    // All three in one stratum: 3/2 · (46 − 100/3).
    close(variance(LonelyPsu::Collapse(Vec::new())), 1.5 * (46.0 - 100.0 / 3.0));
}

#[test]
fn all_problems_of_a_design_are_reported_together_and_by_name() {
    let error = SurveyDesign::builder()
        .weights(&[1.0, f64::NAN, -1.0, 1.0])
        .strata(&["a", "a", "b"])
        .population_sizes(&[0.5, 10.0, 10.0, 10.0])
        .build()
        .unwrap_err();
    assert_eq!(error.problems().len(), 3, "{error}");
    let error = SurveyDesign::builder()
        .weights(&[0.0; 6])
        .strata(&["north", "north", "south", "south", "south", "east"])
        .psu(&["1", "2", "2", "3", "4", "5"])
        .build()
        .unwrap_err();
    let text = error.to_string();
    assert_eq!(error.problems().len(), 3, "{text}");
    assert!(text.contains("`2` (in `north` and `south`)"), "{text}");
    assert!(text.contains("`east` (unit `5`, 1 row)"), "{text}");
    assert!(text.contains("all weights are zero"), "{text}");
    let error = SurveyDesign::builder()
        .weights(&[1.0; 4])
        .strata(&["a", "a", "b", "b"])
        .population_sizes(&[1.0, 1.0, 5.0, 6.0])
        .build()
        .unwrap_err();
    let found: Vec<_> = error.problems().iter().map(std::mem::discriminant).collect();
    let varies = DesignProblem::PopulationVaries { stage: 1, strata: Vec::new() };
    assert!(found.contains(&std::mem::discriminant(&varies)), "{error}");
    assert_eq!(found.len(), 2, "{error}");
}

#[test]
fn a_million_strata_of_one_unit_are_listed_in_short() {
    let labels: Vec<String> = (0..1_000_000).map(|i| format!("{i:07}")).collect();
    let error = SurveyDesign::builder().weights(&vec![1.0; labels.len()]).strata(&labels).build().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("and 999992 more"), "{text}");
}

#[test]
fn missing_answers_are_handled_as_declared() {
    let design = SurveyDesign::builder().weights(&[1.0; 4]).build().unwrap();
    let answers = Codes::from_optional(&[Some("y"), Some("n"), None, Some("y")]);
    let share = |missing| {
        let options = Options { missing, ..Options::default() };
        let shares = proportions(&design, &answers, &Domains::whole(4), &options).unwrap();
        let yes = shares.get(1).unwrap().clone();
        (yes.value, yes.n)
    };
    assert_eq!(share(MissingOutcome::Refuse), (None, 4));
    assert_eq!(share(MissingOutcome::Exclude), (Some(2.0 / 3.0), 3));
    assert_eq!(share(MissingOutcome::KeepInBase), (Some(0.5), 4));
}
