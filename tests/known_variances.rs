//! Variances that are 0 because nothing was left to chance, those that come from a later stage, and those that cannot be.

use opros::design::{Codes, DesignProblem, Domains, LonelyPsu, StageInput, SurveyDesign};
use opros::estimate::{
    CiMethod, Estimate, NotEstimable, Options, ProportionCi, Variable, covariances, means, proportions, totals,
};
use opros::weighting::{CalibrateOptions, Margin, ReplicateMethod, calibrate, poststratify, replicate};

#[track_caller]
fn close(got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-10 * want.abs().max(1.0), "got: {got}, expected: {want}");
}

fn shares(design: &SurveyDesign, answers: &[&str], domain: &[bool], ci: ProportionCi) -> Vec<Estimate> {
    let options = Options { proportion_ci: ci, ..Options::default() };
    let answers = Codes::from_labels(answers);
    proportions(design, &answers, &Domains::mask("domain", domain), &options).unwrap().iter().cloned().collect()
}

fn limits(estimate: &Estimate) -> (f64, f64, CiMethod) {
    (estimate.ci_low.unwrap(), estimate.ci_high.unwrap(), estimate.ci_method.unwrap())
}

const METHODS: [ProportionCi; 4] = [
    ProportionCi::Rule,
    ProportionCi::Always(CiMethod::Logit),
    ProportionCi::Always(CiMethod::KornGraubard),
    ProportionCi::Always(CiMethod::Wilson),
];

// In a census every share is known, 0 and 1 among them, also of a group of one person. R gives [p, p] by xlogit and mean.
#[test]
fn shares_of_a_census_are_known() {
    let design = SurveyDesign::builder()
        .strata(&["a", "a", "a", "b", "b"])
        .population_sizes(&[3.0, 3.0, 3.0, 2.0, 2.0])
        .build()
        .unwrap();
    for ci in METHODS {
        for (domain, want) in
            [([true; 5], 0.6), ([true, true, false, false, false], 1.0), ([false, false, false, false, true], 0.0)]
        {
            let yes = &shares(&design, &["yes", "yes", "no", "yes", "no"], &domain, ci)[1];
            close(yes.value.unwrap(), want);
            assert_eq!((yes.se, yes.reason), (Some(0.0), None));
            assert_eq!(limits(yes), (yes.value.unwrap(), yes.value.unwrap(), CiMethod::ZeroVariance));
        }
    }
}

// A share to which the weights were adjusted is known; one within it of which the sample has no case is not.
#[test]
fn a_share_that_was_adjusted_to_is_known_but_not_one_without_cases() {
    let sex = ["f", "f", "f", "m", "m", "m", "m", "m", "m", "m"];
    let plain = SurveyDesign::builder().weights(&[1.3; 10]).build().unwrap();
    let margin = Margin::new("sex", Codes::from_labels(&sex), vec![("f".into(), 52.0), ("m".into(), 48.0)]);
    let adjusted = poststratify(&plain, &margin, false).unwrap().design;
    for ci in METHODS {
        let f = &shares(&adjusted, &sex, &[true; 10], ci)[0];
        close(f.value.unwrap(), 0.52);
        let (low, high, method) = limits(f);
        assert_eq!((low, high, method), (f.value.unwrap(), f.value.unwrap(), CiMethod::ZeroVariance));
    }
    let others = sex.map(|sex| sex == "m");
    let none = &shares(&adjusted, &sex, &others, ProportionCi::Rule)[0];
    let (low, high, method) = limits(none);
    assert_eq!((low, method), (0.0, CiMethod::KornGraubard));
    assert!(high > 0.2, "{high}");
}

/// Stratum c is one unit of one, of which 4 of 8 people were asked; stratum o is 2 of 10 units with 2 of 6 people each.
fn with_a_certainty_unit() -> SurveyDesign {
    SurveyDesign::builder()
        .first(
            StageInput::units(&["c1", "c1", "c1", "c1", "o1", "o1", "o2", "o2"])
                .strata(&["c", "c", "c", "c", "o", "o", "o", "o"])
                .population_sizes(&[1.0, 1.0, 1.0, 1.0, 10.0, 10.0, 10.0, 10.0]),
        )
        .then(StageInput::rows().population_sizes(&[8.0, 8.0, 8.0, 8.0, 6.0, 6.0, 6.0, 6.0]))
        .build()
        .unwrap()
}

const Y: [f64; 8] = [1.0, 2.0, 3.0, 6.0, 4.0, 8.0, 1.0, 0.0];

// A unit that was certain to be sampled has the variance of the sample within it: (1 − 4/8) · (14/3) / 4, with 4 − 1 degrees of
// freedom. The unit o1 was drawn: the spread between units is unknown.
#[test]
fn a_certainty_unit_has_the_standard_error_of_its_second_stage() {
    let design = with_a_certainty_unit();
    let y = [Variable::new("y", &Y)];
    let mean = |mask: &[bool]| {
        let found = means(&design, &y, &Domains::mask("domain", mask), &Options::default()).unwrap();
        found.get(0).unwrap().clone()
    };
    let certain: Vec<bool> = (0..8).map(|i| i < 4).collect();
    let c = mean(&certain);
    close(c.se.unwrap(), (0.5 * 14.0 / 3.0 / 4.0_f64).sqrt());
    close(c.degf, 3.0);
    assert!(c.ci_low.unwrap() < 3.0 && c.ci_high.unwrap() > 3.0);
    let drawn: Vec<bool> = (0..8).map(|i| i == 4 || i == 5).collect();
    assert_eq!(mean(&drawn).reason, Some(NotEstimable::OnePsu));
}

// The degrees of freedom of a design with certainty units are still those of its first stage, as in R.
#[test]
fn degrees_of_freedom_of_the_whole_stay_those_of_the_first_stage() {
    close(with_a_certainty_unit().degf(None), 1.0);
}

// A lonely stratum joins the next one that was sampled in part, never one that was sampled completely.
#[test]
fn a_lonely_stratum_passes_over_one_that_was_sampled_completely() {
    let y = [Variable::new("y", &[5.0, 1.0, 2.0, 8.0, 3.0])];
    let variance = |strata: &[&str], sizes: &[f64], policy: LonelyPsu| {
        let design = SurveyDesign::builder()
            .weights(&[3.0, 1.0, 4.0, 4.0, 4.0])
            .strata(strata)
            .population_sizes(sizes)
            .lonely_psu(policy)
            .build()
            .unwrap();
        let total = totals(&design, &y, &Domains::whole(5), &Options::default()).unwrap();
        (total.variance(0).unwrap(), design.to_string())
    };
    let strata = ["a", "b", "c", "c", "c"];
    let sizes = [3.0, 1.0, 12.0, 12.0, 12.0];
    let (collapsed, words) = variance(&strata, &sizes, LonelyPsu::Collapse(Vec::new()));
    let (by_hand, _) = variance(&["c", "b", "c", "c", "c"], &[15.0, 1.0, 15.0, 15.0, 15.0], LonelyPsu::Fail);
    close(collapsed, by_hand);
    assert!(words.ends_with("lonely strata: collapse, `a` joined `c`"), "{words}");
    let named = SurveyDesign::builder()
        .weights(&[1.0; 5])
        .strata(&strata)
        .population_sizes(&sizes)
        .lonely_psu(LonelyPsu::Collapse(vec![("a".into(), "b".into())]))
        .build()
        .unwrap_err();
    assert!(matches!(named.problems(), [DesignProblem::JoinsCertainty { .. }]), "{named}");
    let alone = SurveyDesign::builder()
        .weights(&[1.0; 2])
        .strata(&["a", "b"])
        .population_sizes(&[3.0, 1.0])
        .lonely_psu(LonelyPsu::Collapse(Vec::new()))
        .build()
        .unwrap_err();
    assert_eq!(alone.problems(), [DesignProblem::NothingToJoin]);
}

// Strata of a later stage are not joined, and the design says so.
#[test]
fn lonely_strata_of_a_later_stage_are_told() {
    let design = SurveyDesign::builder()
        .first(StageInput::units(&["1", "1", "2"]).population_sizes(&[5.0; 3]))
        .then(StageInput::rows().population_sizes(&[9.0; 3]))
        .lonely_psu(LonelyPsu::Collapse(Vec::new()))
        .build();
    let words = design.unwrap().to_string();
    assert!(words.contains("lonely strata: collapse, 1 at stage 2, which add nothing"), "{words}");
}

// Weights adjusted to a mean outside the values are negative: 45/10 for the last row and −1/6 for the others. The share of
// values at or below 0 is then −1/8, and the variance −14.
#[test]
fn impossible_values_are_not_estimable() {
    let x = [0.0, 0.0, 0.0, 10.0];
    let plain = SurveyDesign::builder().weights(&[1.0; 4]).build().unwrap();
    let columns = [("one".to_owned(), vec![1.0; 4]), ("x".to_owned(), x.to_vec())];
    let adjusted = calibrate(&plain, &columns, &[4.0, 45.0], &CalibrateOptions::default()).unwrap().design;
    close(adjusted.weights()[0], -1.0 / 6.0);
    for share in shares(&adjusted, &["low", "low", "low", "high"], &[true; 4], ProportionCi::Rule) {
        assert_eq!((share.value, share.se, share.reason), (None, None, Some(NotEstimable::Impossible)));
    }
    let found = covariances(&adjusted, &[Variable::new("x", &x)], &[true; 4], &Options::default()).unwrap();
    let variance = found.get(0).unwrap();
    assert_eq!((variance.value, variance.se, variance.reason), (None, None, Some(NotEstimable::Impossible)));
    assert!(found.contrast(&[(0, 1.0)]).unwrap().value.is_none());
}

// The variance of a bootstrap total over an infinite number of replicates is that of linearization, finite population factor
// included; with 4000 replicates the standard error has a Monte Carlo error near 1 %. A stratum sampled completely is fixed.
#[test]
fn bootstraps_keep_the_finite_population_factor() {
    let strata: Vec<&str> = ["a"; 6].into_iter().chain(["b"; 9]).chain(["c"; 2]).collect();
    let sizes: Vec<f64> = [10.0; 6].into_iter().chain([30.0; 9]).chain([2.0; 2]).collect();
    let y: Vec<f64> = (0..17).map(|i| f64::from(i * i % 13)).collect();
    let design = SurveyDesign::builder().strata(&strata).population_sizes(&sizes).build().unwrap();
    let se = |design: &SurveyDesign| {
        let total = totals(design, &[Variable::new("y", &y)], &Domains::whole(17), &Options::default()).unwrap();
        total.get(0).unwrap().se.unwrap()
    };
    let exact = se(&design);
    for method in [
        ReplicateMethod::RaoWu { n_replicates: 4000, seed: 3 },
        ReplicateMethod::CantyDavison { n_replicates: 4000, seed: 3 },
    ] {
        let made = replicate(&design, &method, true).unwrap();
        let ratio = se(&made) / exact;
        assert!((ratio - 1.0).abs() < 0.04, "{method:?}: {ratio}");
        let columns = made.replicates().unwrap().columns();
        assert!(columns.iter().all(|column| column[15..] == design.weights()[15..]));
        assert!(made.to_string().contains("finite population"), "{made}");
    }
    let pairs = SurveyDesign::builder().population_sizes(&[5.0; 2]).build().unwrap();
    let half = replicate(&pairs, &ReplicateMethod::Brr, false).unwrap().to_string();
    assert!(half.contains("population sizes not in the replicates"), "{half}");
}

#[test]
fn a_coefficient_of_variation_has_no_sign_and_needs_an_estimate() {
    let design = SurveyDesign::builder().weights(&[1.0; 4]).build().unwrap();
    let cv = |y: &[f64]| {
        let found = means(&design, &[Variable::new("y", y)], &Domains::whole(4), &Options::default()).unwrap();
        found.get(0).unwrap().cv()
    };
    // Mean −3, standard error √(14/3/4).
    close(cv(&[-1.0, -2.0, -3.0, -6.0]).unwrap(), (14.0 / 12.0_f64).sqrt() / 3.0);
    assert_eq!(cv(&[-1.0, 1.0, -1.0, 1.0]), None);
}
