//! Adjusted weights and their variance.

use opros::design::{Codes, Domains, SurveyDesign};
use opros::estimate::{self, Options, Variable};
use opros::weighting::{
    CalibrateOptions, Distance, Margin, RakeOptions, ReplicateMethod, WeightingProblem, calibrate, poststratify, rake,
    replicate,
};

use crate::sample::{Sample, close, close_to};

fn margin(name: &str, labels: &[String], targets: &[(&str, f64)]) -> Margin {
    Margin::new(name, Codes::from_labels(labels), targets.iter().map(|(l, t)| (l.to_string(), *t)).collect())
}

fn total(design: &SurveyDesign, y: &[f64]) -> (f64, f64) {
    let found = estimate::totals(design, &[Variable::new("y", y)], &Domains::whole(y.len()), &Options::default());
    let found = found.unwrap();
    (found.get(0).unwrap().value.unwrap(), found.variance(0).unwrap())
}

// Post-stratification is linear calibration on the indicators of the cells, and raking to one margin.
#[test]
fn post_stratification_is_calibration_on_cells_and_raking_to_one_margin() {
    let sample = Sample::new(21, 5, 4);
    let design = sample.builder().build().unwrap();
    let cells = margin("group", &sample.groups, &[("a", 300.0), ("b", 500.0)]);
    let post = poststratify(&design, &cells, false).unwrap();
    let indicator = |label: &str| -> (String, Vec<f64>) {
        (label.to_string(), sample.groups.iter().map(|g| if g == label { 1.0 } else { 0.0 }).collect())
    };
    let columns = [indicator("a"), indicator("b")];
    let linear = calibrate(&design, &columns, &[300.0, 500.0], &CalibrateOptions::default()).unwrap();
    let raked = rake(&design, &[cells], &RakeOptions::default()).unwrap();
    for (a, b) in post.design.weights().iter().zip(linear.design.weights()) {
        close(*a, *b);
    }
    for (a, b) in post.design.weights().iter().zip(raked.design.weights()) {
        close(*a, *b);
    }
    let (value, variance) = total(&post.design, &sample.y);
    let (other_value, other_variance) = total(&linear.design, &sample.y);
    close(value, other_value);
    close(variance, other_variance);
    close(post.record.after.sum, 800.0);
    assert!(post.record.gaps.iter().all(|gap| gap.relative() < 1e-12));
    assert!(post.record.after.kish_deff() > 1.0);
}

// What is calibrated to has no sampling variance left, whatever the distance.
#[test]
fn calibrated_totals_are_reached_and_have_no_variance() {
    let sample = Sample::new(22, 6, 5);
    let design = sample.builder().build().unwrap();
    let columns = [("1".to_string(), vec![1.0; sample.len()]), ("y".to_string(), sample.y.clone())];
    let (sum_w, sum_y) = (design.weights().iter().sum::<f64>(), total(&design, &sample.y).0);
    let targets = [sum_w * 1.1, sum_y * 1.12];
    for distance in [Distance::Linear, Distance::Raking, Distance::Logit, Distance::HyperbolicSine] {
        let bounds = if distance == Distance::Logit { (0.3, 3.0) } else { (f64::NEG_INFINITY, f64::INFINITY) };
        let options = CalibrateOptions { distance, bounds, ..CalibrateOptions::default() };
        let weighted = calibrate(&design, &columns, &targets, &options).unwrap();
        let (value, variance) = total(&weighted.design, &sample.y);
        close_to(value, targets[1], 1e-9);
        assert!(variance < 1e-12 * value * value, "{distance:?}: {variance}");
        assert!(weighted.record.gaps.iter().all(|gap| gap.relative() < 1e-9));
    }
}

// Replicates go through the adjustment one by one, so that their totals of what was fitted do not vary either.
#[test]
fn replicates_are_adjusted_one_by_one() {
    let sample = Sample::new(23, 4, 3);
    let design = replicate(&sample.builder().build().unwrap(), &ReplicateMethod::Jkn, true).unwrap();
    let cells = margin("group", &sample.groups, &[("a", 300.0), ("b", 500.0)]);
    let raked = rake(&design, &[cells], &RakeOptions::default()).unwrap().design;
    let in_a: Vec<f64> = sample.groups.iter().map(|g| if g == "a" { 1.0 } else { 0.0 }).collect();
    let (value, variance) = total(&raked, &in_a);
    close(value, 300.0);
    assert!(variance < 1e-16 * value * value);
}

#[test]
fn impossible_targets_are_named_before_anything_is_computed() {
    let sample = Sample::new(24, 4, 3);
    let design = sample.builder().build().unwrap();
    let groups = margin("group", &sample.groups, &[("a", 300.0), ("b", 500.0), ("c", 10.0)]);
    let answers = margin("answer", &sample.answers, &[("no", 1.0), ("yes", 1.0)]);
    let error = rake(&design, &[groups, answers], &RakeOptions::default()).unwrap_err();
    let empty = WeightingProblem::EmptyLevels { margin: "group".into(), levels: vec!["c".into()] };
    let without = WeightingProblem::LevelsWithoutTarget { margin: "answer".into(), levels: vec!["unsure".into()] };
    assert_eq!(error.problems(), [empty, without]);
    let groups = margin("group", &sample.groups, &[("a", 300.0), ("b", 500.0)]);
    let answers = margin("answer", &sample.answers, &[("no", 300.0), ("unsure", 300.0), ("yes", 300.0)]);
    let error = rake(&design, &[groups, answers], &RakeOptions::default()).unwrap_err();
    assert!(error.to_string().contains("`group` adds up to 800, `answer` to 900"), "{error}");
}

#[test]
fn calibration_without_a_solution_says_how_far_it_came() {
    let sample = Sample::new(25, 4, 3);
    let design = sample.builder().build().unwrap();
    let columns = [("y".to_string(), sample.y.clone())];
    let options = CalibrateOptions { bounds: (0.9, 1.1), ..CalibrateOptions::default() };
    let target = total(&design, &sample.y).0 * 2.0;
    let error = calibrate(&design, &columns, &[target], &options).unwrap_err();
    assert!(matches!(error.problems(), [WeightingProblem::NotConverged { .. }]), "{error}");
    let mut broken = sample.y.clone();
    broken[0] = f64::NAN;
    let error = calibrate(&design, &[("y".to_string(), broken)], &[target], &options).unwrap_err();
    assert!(matches!(error.problems(), [WeightingProblem::CalibrationVariable(_)]), "{error}");
}
