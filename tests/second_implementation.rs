//! The engine against a naive second implementation: formulas row by row, no code in common, random designs.
//!
//! A linearized statistic is a sum of row terms `u_i`; its variance is
//! `Σ_h (1 − n_h/N_h) n_h/(n_h − 1) Σ (t_hi − t̄_h)²` over the totals of the units. Särndal, Swensson and Wretman (1992),
//! results 3.7.1 and 5.6.1; units without members of a domain count with 0.

mod samples;

use std::collections::BTreeMap;

use opros::estimate::{Estimate, NotEstimable, Options, Variable, means, proportions, ratios, totals};
use samples::{SHAPES, Sample};

const TOLERANCE: f64 = 1e-9;
const SAMPLES: usize = 25;

fn naive_se(sample: &Sample, u: &[f64]) -> f64 {
    let mut strata: BTreeMap<&str, (f64, BTreeMap<String, f64>)> = BTreeMap::new();
    for (i, u) in u.iter().enumerate() {
        let unit = if sample.shape.is_clustered { sample.psu[i].clone() } else { format!("row {i}") };
        let stratum = strata.entry(&sample.strata[i]).or_insert((sample.population[i], BTreeMap::new()));
        *stratum.1.entry(unit).or_insert(0.0) += u;
    }
    let mut variance = 0.0;
    for (population, units) in strata.values() {
        let n = units.len() as f64;
        let mean = units.values().sum::<f64>() / n;
        let squares: f64 = units.values().map(|t| (t - mean) * (t - mean)).sum();
        let fraction = if sample.shape.has_population { n / population } else { 0.0 };
        variance += (1.0 - fraction) * n / (n - 1.0) * squares;
    }
    variance.sqrt()
}

#[track_caller]
fn check(got: &Estimate, (value, se): (f64, f64), n_without_se: &mut usize, what: &str) {
    samples::close(got.value.unwrap(), value, TOLERANCE, what);
    match got.se {
        Some(found) => samples::close(found, se, TOLERANCE, &format!("se of {what}")),
        None => {
            assert!(matches!(got.reason, Some(NotEstimable::OnePsu | NotEstimable::NoDegreesOfFreedom)), "{what}");
            *n_without_se += 1;
        }
    }
}

/// Value and standard error of Σ w y / Σ w x over a domain.
fn naive_ratio(sample: &Sample, inside: &[bool], y: &[f64], x: &[f64]) -> (f64, f64) {
    let (mut above, mut below) = (0.0, 0.0);
    for i in (0..sample.n()).filter(|&i| inside[i]) {
        above += sample.weights[i] * y[i];
        below += sample.weights[i] * x[i];
    }
    let ratio = above / below;
    let term = |i: usize| if inside[i] { sample.weights[i] * (y[i] - ratio * x[i]) / below } else { 0.0 };
    (ratio, naive_se(sample, &(0..sample.n()).map(term).collect::<Vec<f64>>()))
}

fn naive_total(sample: &Sample, inside: &[bool], y: &[f64]) -> (f64, f64) {
    let terms: Vec<f64> = (0..sample.n()).map(|i| if inside[i] { sample.weights[i] * y[i] } else { 0.0 }).collect();
    (terms.iter().sum(), naive_se(sample, &terms))
}

#[test]
fn totals_means_ratios_and_shares_agree_with_row_level_formulas() {
    let options = Options::default();
    let mut n_without_se = 0;
    for shape in SHAPES {
        for k in 0..SAMPLES {
            let sample = Sample::random(&format!("second implementation {k}"), shape);
            let (design, answers) = (sample.design(), sample.answers());
            let ones = vec![1.0; sample.n()];
            let everybody = vec![true; sample.n()];
            let of = |label: &str| sample.domain.iter().map(|d| *d == label).collect::<Vec<bool>>();
            let cases = [(sample.whole(), vec![everybody.clone()]), (sample.domains(), vec![of("east"), of("west")])];
            for (domains, masks) in &cases {
                let y = Variable::new("y", &sample.y);
                let x = Variable::new("x", &sample.x);
                let total = totals(&design, std::slice::from_ref(&y), domains, &options).unwrap();
                let mean = means(&design, std::slice::from_ref(&y), domains, &options).unwrap();
                let ratio = ratios(&design, &[(y, x)], domains, &options).unwrap();
                let share = proportions(&design, &answers, domains, &options).unwrap();
                for (d, inside) in masks.iter().enumerate() {
                    let what = |name: &str| format!("{name}, domain {d}, sample {k}, {shape:?}");
                    let want = naive_total(&sample, inside, &sample.y);
                    check(total.get(d).unwrap(), want, &mut n_without_se, &what("total"));
                    let want = naive_ratio(&sample, inside, &sample.y, &ones);
                    check(mean.get(d).unwrap(), want, &mut n_without_se, &what("mean"));
                    let want = naive_ratio(&sample, inside, &sample.y, &sample.x);
                    check(ratio.get(d).unwrap(), want, &mut n_without_se, &what("ratio"));
                    for (level, label) in answers.labels().iter().enumerate() {
                        let is_answer: Vec<f64> =
                            sample.answer.iter().map(|a| f64::from(u8::from(a == label))).collect();
                        let want = naive_ratio(&sample, inside, &is_answer, &ones);
                        check(
                            share.get(d * answers.n_labels() + level).unwrap(),
                            want,
                            &mut n_without_se,
                            &what(label),
                        );
                    }
                }
            }
        }
    }
    // A few small domains lie in one unit.
    assert!(n_without_se < 120, "{n_without_se} of 3600 without standard error");
}
