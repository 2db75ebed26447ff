//! Two phases and two frames against sums that are written out.

use std::collections::BTreeSet;

use opros::design::{Codes, Frames, SecondPhase, StageInput, SurveyDesign, TwoPhaseMethod, two_phase};

use opros::weighting::{Margin, poststratify};

use crate::designs::total;
use crate::sample::{Sample, close, close_to};

/// Units of a stage in the population, for each in the sample.
const TIMES: f64 = 4.0;

/// The share of `n` units of a stratum that was drawn, and the chance of a pair of them over the product of their chances.
fn drawn(n: f64, size: f64) -> (f64, f64) {
    (n / size, n * (n - 1.0) / (size * (size - 1.0)) / (n / size).powi(2))
}

fn count<'a>(labels: impl Iterator<Item = &'a String>) -> f64 {
    labels.collect::<BTreeSet<_>>().len() as f64
}

// Horvitz and Thompson's variance is a sum over all pairs of rows; chances of stages and of phases multiply. Särndal, Swensson
// and Wretman (1992), equations 9.3.7 and 4.3.19.
#[test]
fn the_full_variance_of_two_phases_is_the_sum_over_pairs() {
    let sample = Sample::new(71, 3, 5);
    let n = sample.len();
    let in_second: Vec<bool> = (0..n).map(|i| i % 3 != 1).collect();
    let units = |label: &String| count((0..n).filter(|&i| sample.strata[i] == *label).map(|i| &sample.psu[i]));
    let rows_in = |label: &String| sample.psu.iter().filter(|l| *l == label).count() as f64;
    let sizes: Vec<f64> = sample.strata.iter().map(|h| TIMES * units(h)).collect();
    let rows: Vec<f64> = sample.psu.iter().map(|c| TIMES * rows_in(c)).collect();
    let first = SurveyDesign::builder().strata(&sample.strata).psu(&sample.psu).population_sizes(&sizes);
    let first = first.then(StageInput::rows().population_sizes(&rows));
    let second = SecondPhase { strata: Some(sample.answers()), ..SecondPhase::default() };
    let design = two_phase(first, second, &in_second, TwoPhaseMethod::Full).unwrap();
    let in_answer = |i: usize, only_drawn: bool| {
        let is_in = |j: &usize| sample.answers[*j] == sample.answers[i] && (in_second[*j] || !only_drawn);
        (0..n).filter(is_in).count() as f64
    };
    let mut by_pairs = 0.0;
    for i in (0..n).filter(|&i| in_second[i]) {
        for j in (0..n).filter(|&j| in_second[j]) {
            let (p_unit, pair_of_units) = drawn(units(&sample.strata[i]), sizes[i]);
            let (p_row, pair_of_rows) = drawn(rows_in(&sample.psu[i]), rows[i]);
            let (p_second, pair_in_second) = drawn(in_answer(i, true), in_answer(i, false));
            // Chance of the pair over the product of the chances, stage by stage.
            let first = match (sample.psu[i] == sample.psu[j], sample.strata[i] == sample.strata[j]) {
                _ if i == j => 1.0 / (p_unit * p_row),
                (true, _) => pair_of_rows / p_unit,
                (_, true) => pair_of_units,
                _ => 1.0,
            };
            let second = match sample.answers[i] == sample.answers[j] {
                _ if i == j => 1.0 / p_second,
                true => pair_in_second,
                false => 1.0,
            };
            let u = |k: usize| design.weights()[k] * sample.y[k];
            by_pairs += (1.0 - 1.0 / (first * second)) * u(i) * u(j);
        }
    }
    close_to(total(&design, &sample.y).1, by_pairs, 1e-9);
}

// A second phase that takes whole clusters, all of them, leaves the first.
#[test]
fn a_second_phase_of_all_clusters_is_the_first_phase() {
    let sample = Sample::new(72, 3, 4);
    let n = sample.len();
    let sizes = vec![40.0; n];
    let builder = || SurveyDesign::builder().strata(&sample.strata).psu(&sample.psu).population_sizes(&sizes);
    let one = builder().build().unwrap();
    for method in [TwoPhaseMethod::Full, TwoPhaseMethod::Approximate] {
        for ids in [Some(Codes::from_labels(&sample.psu)), None] {
            let second = SecondPhase { ids, ..SecondPhase::default() };
            let two = two_phase(builder(), second, &vec![true; n], method).unwrap();
            close(total(&one, &sample.y).0, total(&two, &sample.y).0);
            close_to(total(&one, &sample.y).1, total(&two, &sample.y).1, 1e-9);
        }
    }
}

// Degrees of freedom come from the units of the second phase.
#[test]
fn clusters_of_the_second_phase_give_the_degrees_of_freedom() {
    let sample = Sample::new(73, 2, 6);
    let in_second: Vec<bool> = sample.psu.iter().map(|psu| !psu.ends_with("c002")).collect();
    let second = SecondPhase {
        ids: Some(Codes::from_labels(&sample.psu)),
        strata: Some(Codes::from_labels(&sample.strata)),
        probabilities: None,
    };
    let first = SurveyDesign::builder().psu(&sample.psu);
    let design = two_phase(first, second, &in_second, TwoPhaseMethod::Approximate).unwrap();
    assert_eq!(design.degf(None), 10.0 - 2.0);
    assert!(design.to_string().contains("12 first-stage units; phase 2"), "{design}");
}

#[test]
fn problems_of_both_phases_are_told() {
    let sample = Sample::new(74, 2, 4);
    let n = sample.len();
    let second = SecondPhase { strata: Some(sample.answers()), ..SecondPhase::default() };
    let none_of_yes: Vec<bool> = sample.answers.iter().map(|answer| answer != "yes").collect();
    let error = two_phase(sample.builder(), second, &none_of_yes, TwoPhaseMethod::Full).unwrap_err().to_string();
    assert!(error.contains("phase 2: nothing was drawn from these strata") && error.contains("`yes`"), "{error}");
    let short = two_phase(sample.builder(), SecondPhase::default(), &vec![true; n - 1], TwoPhaseMethod::Full);
    assert!(short.unwrap_err().to_string().contains("the mark of the second phase has the wrong length"));
    let bad = SurveyDesign::builder().psu(&sample.psu).population_sizes(&vec![2.0; n]);
    let error = two_phase(bad, SecondPhase::default(), &vec![true; n], TwoPhaseMethod::Full).unwrap_err().to_string();
    assert!(error.contains("phase 1: population size is below the sample"), "{error}");
}

// Frames are sampled independently, so variances of strata and clusters add up. Hartley (1962).
#[test]
fn the_variance_of_two_frames_is_the_sum_of_theirs() {
    let (a, b) = (Sample::new(75, 2, 4), Sample::new(76, 3, 3));
    let in_overlap: Vec<bool> = (0..a.len() + b.len()).map(|i| i % 3 == 0).collect();
    let join = |x: &[String], y: &[String]| [x, y].concat();
    let labels = [vec!["a"; a.len()], vec!["b"; b.len()]].concat();
    let shares = [("a".to_string(), 0.7), ("b".to_string(), 0.3)];
    let frames = Frames { frame: Codes::from_labels(&labels), in_overlap: in_overlap.clone(), shares };
    let sizes = vec![25.0; a.len() + b.len()];
    let both = SurveyDesign::builder()
        .weights(&[a.weights.clone(), b.weights.clone()].concat())
        .strata(&join(&a.strata, &b.strata))
        .psu(&join(&a.psu, &b.psu))
        .population_sizes(&sizes)
        .frames(frames.clone())
        .build()
        .unwrap();
    let alone = |sample: &Sample, share: f64, overlap: &[bool]| {
        let weights: Vec<f64> =
            sample.weights.iter().zip(overlap).map(|(w, o)| if *o { w * share } else { *w }).collect();
        let builder = sample.builder().weights(&weights).population_sizes(&sizes[..sample.len()]);
        total(&builder.build().unwrap(), &sample.y)
    };
    let (first, second) = (alone(&a, 0.7, &in_overlap[..a.len()]), alone(&b, 0.3, &in_overlap[a.len()..]));
    let found = total(&both, &[a.y.clone(), b.y.clone()].concat());
    close(found.0, first.0 + second.0);
    close(found.1, first.1 + second.1);
    let shares = [("a".to_string(), 0.7), ("c".to_string(), 0.7)];
    let error = SurveyDesign::builder().weights(&sizes).frames(Frames { shares, ..frames }).build().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("shares of the frames") && text.contains("other frames than those"), "{text}");
}

// Targets could correct either phase, and only one of them has residuals.
#[test]
fn weights_of_two_phases_are_not_adjusted() {
    let sample = Sample::new(77, 2, 4);
    let n = sample.len();
    let design = two_phase(sample.builder(), SecondPhase::default(), &vec![true; n], TwoPhaseMethod::Full).unwrap();
    let targets = ["no", "unsure", "yes"].map(|level| (level.to_string(), 10.0)).to_vec();
    let margin = Margin::new("answer", sample.answers(), targets);
    let error = poststratify(&design, &margin, false).unwrap_err().to_string();
    assert!(error.contains("weights of two phases are not adjusted"), "{error}");
}
