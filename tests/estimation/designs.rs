//! Designs that are special cases of each other.

use opros::design::{
    Codes, Domains, ReplicateInput, ReplicateKind, SecondPhase, StageInput, SurveyDesign, TwoPhaseMethod, two_phase,
};
use opros::estimate::{self, NotEstimable, Options, Variable};

use crate::sample::{Sample, close};

pub fn total(design: &SurveyDesign, y: &[f64]) -> (f64, f64) {
    let found = estimate::totals(design, &[Variable::new("y", y)], &Domains::whole(y.len()), &Options::default());
    let found = found.unwrap();
    (found.get(0).unwrap().value.unwrap(), found.variance(0).unwrap())
}

// A second phase that takes everything leaves the variance of the first.
#[test]
fn a_second_phase_of_all_rows_is_the_first_phase() {
    let sample = Sample::new(31, 3, 5);
    let n = sample.len();
    let sizes = vec![500.0; n];
    let one = SurveyDesign::builder().strata(&sample.strata).population_sizes(&sizes).build().unwrap();
    let first = SurveyDesign::builder().strata(&sample.strata).population_sizes(&sizes);
    let second = SecondPhase { strata: Some(sample.answers()), ..SecondPhase::default() };
    let both = two_phase(first, second, &vec![true; n], TwoPhaseMethod::Approximate).unwrap();
    let (a, b) = (total(&one, &sample.y), total(&both, &sample.y));
    close(a.0, b.0);
    close(a.1, b.1);
}

// A second stage that takes all rows of each unit adds nothing; without population sizes it does not count at all.
#[test]
fn complete_units_have_no_variance_within() {
    let sample = Sample::new(32, 3, 5);
    let sizes = vec![20.0; sample.len()];
    let mut in_unit = std::collections::BTreeMap::new();
    for psu in &sample.psu {
        *in_unit.entry(psu.clone()).or_insert(0.0) += 1.0;
    }
    let all: Vec<f64> = sample.psu.iter().map(|psu| in_unit[psu]).collect();
    let one = sample.builder().population_sizes(&sizes).build().unwrap();
    let two = sample.builder().population_sizes(&sizes).then(StageInput::rows().population_sizes(&all));
    let two = two.build().unwrap();
    close(total(&one, &sample.y).1, total(&two, &sample.y).1);
    let plain = sample.builder().build().unwrap();
    let deep = sample.builder().then(StageInput::rows()).build().unwrap();
    close(total(&plain, &sample.y).1, total(&deep, &sample.y).1);
    assert_eq!(plain.degf(None), deep.degf(None));
}

// Brewer's approximation with equal probabilities is simple random sampling of units.
#[test]
fn equal_probabilities_make_brewer_a_simple_random_sample() {
    let sample = Sample::new(33, 2, 6);
    let fraction = vec![0.25; sample.len()];
    let brewer = sample.builder().inclusion_probabilities(&fraction).build().unwrap();
    let simple = sample.builder().sampling_fractions(&fraction).build().unwrap();
    close(total(&brewer, &sample.y).1, total(&simple, &sample.y).1);
}

#[test]
fn replicate_weights_without_strata_have_no_count_of_units() {
    let sample = Sample::new(34, 2, 6);
    let column = |k: usize| sample.weights.iter().enumerate().map(|(i, w)| w * (1.0 + ((i + k) % 3) as f64)).collect();
    let input = ReplicateInput::new(ReplicateKind::Bootstrap, (0..4).map(column).collect());
    let design = SurveyDesign::builder().weights(&sample.weights).replicates(input).build().unwrap();
    let y = [Variable::new("y", &sample.y)];
    let mean = estimate::means(&design, &y, &Domains::whole(sample.len()), &Options::default()).unwrap();
    let mean = mean.get(0).unwrap();
    assert_eq!((mean.n_psus, mean.reason), (None, None));
    // Four columns of period three: three directions.
    close(mean.degf, 2.0);
    let error = SurveyDesign::builder()
        .weights(&sample.weights)
        .replicates(ReplicateInput::new(ReplicateKind::Jkn, vec![sample.weights.clone()]))
        .build()
        .unwrap_err();
    assert_eq!(error.problems().len(), 2, "{error}");
}

#[test]
fn a_domain_in_one_stratum_pair_is_estimable_and_in_one_unit_is_not() {
    let sample = Sample::new(35, 3, 2);
    let design = sample.builder().build().unwrap();
    let y = [Variable::new("y", &sample.y)];
    let in_stratum: Vec<bool> = sample.strata.iter().map(|s| s == "h000").collect();
    let in_unit: Vec<bool> = sample.psu.iter().map(|s| s == "h000 c000").collect();
    let one_each: Vec<bool> = sample.psu.iter().map(|s| s.ends_with("c000")).collect();
    let reason = |mask: &[bool]| {
        let mean = estimate::means(&design, &y, &Domains::mask("d", mask), &Options::default()).unwrap();
        let mean = mean.get(0).unwrap().clone();
        (mean.reason, mean.se.is_some())
    };
    assert_eq!(reason(&in_stratum), (None, true));
    assert_eq!(reason(&in_unit), (Some(NotEstimable::OnePsu), false));
    assert_eq!(reason(&one_each), (Some(NotEstimable::NoDegreesOfFreedom), false));
}

#[test]
fn columns_of_unequal_length_and_values_out_of_range_are_errors_not_panics() {
    let sample = Sample::new(36, 2, 3);
    let n = sample.len();
    let design = sample.builder().build().unwrap();
    let y = [Variable::new("y", &sample.y)];
    let short = [Variable::new("y", &sample.y[1..])];
    let options = Options::default();
    let whole = Domains::whole(n);
    assert!(estimate::means(&design, &short, &whole, &options).is_err());
    assert!(estimate::means(&design, &y, &Domains::whole(n + 1), &options).is_err());
    assert!(estimate::covariances(&design, &y, &vec![true; n + 1], &options).is_err());
    assert!(estimate::proportions(&design, &Codes::from_labels(&["a"]), &whole, &options).is_err());
    for level in [0.0, 1.0, f64::NAN] {
        let options = Options { level, ..Options::default() };
        assert!(estimate::totals(&design, &y, &whole, &options).is_err());
    }
    let infinite = [Variable::owned("y", vec![f64::INFINITY; n])];
    let error = estimate::totals(&design, &infinite, &whole, &options).unwrap_err();
    assert!(error.to_string().starts_with("`y` is infinite"), "{error}");
    let mean = estimate::means(&design, &y, &whole, &options).unwrap();
    assert!(mean.contrast(&[(1, 1.0)]).is_err() && mean.contrast(&[]).is_err());
    let phase = SecondPhase { probabilities: Some(vec![0.5]), ..SecondPhase::default() };
    let error = two_phase(SurveyDesign::builder(), phase, &vec![true; n], TwoPhaseMethod::Full).unwrap_err();
    assert!(error.to_string().contains("probabilities of phase 2"), "{error}");
    let empty = SurveyDesign::builder().weights(&[]).build().unwrap_err();
    assert_eq!(empty.to_string(), "the design has no rows");
    let nobody = Codes::from_optional(&vec![None::<&str>; n]);
    assert!(estimate::proportions(&design, &nobody, &whole, &options).unwrap().is_empty());
    assert!(estimate::proportions(&design, &sample.answers(), &Domains::by(&nobody), &options).unwrap().is_empty());
}
