//! Numbers that can be worked out by hand.

use opros::design::{Codes, Domains, ReplicateInput, ReplicateKind, SurveyDesign};
use opros::estimate::{self, CiMethod, Options, ProportionInput, proportion_interval};
use opros::weighting::{ReplicateMethod, replicate};

use crate::sample::close_to;

/// Three units in stratum a and two in b, of one, two or three rows; the last row has weight 0 and is all that b2 has.
const STRATA: [&str; 9] = ["a", "a", "a", "a", "a", "a", "b", "b", "b"];
const UNITS: [&str; 9] = ["a1", "a1", "a1", "a2", "a2", "a3", "b1", "b1", "b2"];
const WEIGHTS: [f64; 9] = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0];

// Degrees of freedom are units with members less strata with members; a row of weight 0 is no member.
#[test]
fn degrees_of_freedom_count_units_and_strata_with_members() {
    let strata: &[&str] = &STRATA;
    let units: &[&str] = &UNITS;
    let design = |weights: &[f64]| SurveyDesign::builder().weights(weights).strata(strata).psu(units).build().unwrap();
    let all_positive = design(&[1.0; 9]);
    assert_eq!(all_positive.degf(None), 5.0 - 2.0);
    let with_zero = design(&WEIGHTS);
    assert_eq!(with_zero.degf(None), 4.0 - 2.0);
    let only = |rows: &[usize]| (0..9).map(|i| rows.contains(&i)).collect::<Vec<bool>>();
    for (rows, expected) in [
        (&[0, 1, 2][..], 1.0 - 1.0),
        (&[0, 3], 2.0 - 1.0),
        (&[0, 3, 5], 3.0 - 1.0),
        (&[0, 6], 2.0 - 2.0),
        (&[0, 3, 6, 7], 3.0 - 2.0),
        (&[0, 8], 1.0 - 1.0),
        (&[8], 0.0),
    ] {
        assert_eq!(with_zero.degf(Some(&only(rows))), expected, "{rows:?}");
        let domain = Domains::mask("rows", &only(rows));
        let shares =
            estimate::proportions(&with_zero, &Codes::from_labels(&["y"; 9]), &domain, &Options::default()).unwrap();
        assert_eq!(shares.get(0).unwrap().degf, expected, "{rows:?}");
    }
}

// Of replicate weights the degrees of freedom are their rank less one: of the rows that are members.
#[test]
fn degrees_of_freedom_of_replicates_are_their_rank_less_one() {
    // The fourth column is the first and the second less the third; rows 2 and 3 are alike.
    let columns =
        vec![vec![0.0, 2.0, 1.0, 1.0], vec![2.0, 0.0, 1.0, 1.0], vec![1.0, 1.0, 0.0, 0.0], vec![1.0, 1.0, 2.0, 2.0]];
    let design = SurveyDesign::builder()
        .weights(&[1.0; 4])
        .replicates(ReplicateInput::new(ReplicateKind::Jk1, columns))
        .build()
        .unwrap();
    assert_eq!(design.degf(None), 3.0 - 1.0);
    assert_eq!(design.degf(Some(&[true, true, false, false])), 2.0 - 1.0);
    assert_eq!(design.degf(Some(&[false, false, true, true])), 1.0 - 1.0);
}

/// Factors of the units of two strata, of 3 and 5 units, replicate by replicate.
fn factors(method: &ReplicateMethod) -> Vec<Vec<f64>> {
    let strata: &[&str] = &["a", "a", "a", "b", "b", "b", "b", "b"];
    let design = SurveyDesign::builder().weights(&[1.0; 8]).strata(strata).build().unwrap();
    replicate(&design, method, false).unwrap().replicates().unwrap().columns().to_vec()
}

// Rao and Wu draw n − 1 of n units and multiply by n/(n − 1): factors are multiples of that and add up to n in every
// replicate. Counts are multinomial, so a factor has mean 1 and variance (n/(n − 1))² (n − 1)(1/n)(1 − 1/n) = 1.
// Canty and Davison draw n and take 1 + √(n/(n − 1)) (count − 1), with the same mean and variance.
#[test]
fn bootstrap_factors_add_up_in_each_stratum_and_have_mean_and_variance_one() {
    let n_replicates = 4_000;
    for method in
        [ReplicateMethod::RaoWu { n_replicates, seed: 11 }, ReplicateMethod::CantyDavison { n_replicates, seed: 11 }]
    {
        let factors = factors(&method);
        assert_eq!(factors.len(), n_replicates);
        for (units, n) in [(0..3, 3.0), (3..8, 5.0f64)] {
            for replicate in &factors {
                close_to(replicate[units.clone()].iter().sum(), n, 1e-12);
                for factor in &replicate[units.clone()] {
                    let count = match method {
                        ReplicateMethod::RaoWu { .. } => factor * (n - 1.0) / n,
                        _ => 1.0 + (factor - 1.0) / (n / (n - 1.0)).sqrt(),
                    };
                    assert!((count - count.round()).abs() < 1e-9, "{count} draws");
                }
            }
            for unit in units {
                let of_unit = || factors.iter().map(|replicate| replicate[unit]);
                let mean = of_unit().sum::<f64>() / n_replicates as f64;
                let square = of_unit().map(|f| (f - 1.0) * (f - 1.0)).sum::<f64>() / n_replicates as f64;
                // The error of the mean is 1/√4000 = 0.016; that of the square, with a kurtosis of about 4, 0.03.
                assert!((mean - 1.0).abs() < 0.06, "{method:?}: mean {mean} of unit {unit}");
                assert!((square - 1.0).abs() < 0.12, "{method:?}: variance {square} of unit {unit}");
            }
        }
    }
}

fn korn_graubard(p: f64, n: f64, variance: f64, degf: f64) -> (f64, f64) {
    let input = ProportionInput { p, variance, n, kish_n_eff: n, degf, level: 0.95 };
    let found = proportion_interval(&input, CiMethod::KornGraubard).unwrap();
    (found.low, found.high)
}

/// P(X ≥ k) of n draws, term by term.
fn upper_tail(k: u32, n: u32, p: f64) -> f64 {
    let choose = |j: u32| (0..j).fold(1.0, |c, i| c * f64::from(n - i) / f64::from(i + 1));
    (k..=n).map(|j| choose(j) * p.powi(j as i32) * (1.0 - p).powi((n - j) as i32)).sum()
}

// With the variance of a simple random sample and its degrees of freedom, Korn and Graubard's limits are Clopper and
// Pearson's: at the lower one the sample or more has a chance of 2.5 %, at the upper one the sample or less.
#[test]
fn korn_graubard_limits_have_exact_binomial_tails() {
    for (k, n) in [(1, 10), (3, 10), (9, 10), (7, 40), (20, 40), (2, 200)] {
        let (cases, size) = (f64::from(k), f64::from(n));
        let p = cases / size;
        let (low, high) = korn_graubard(p, size, p * (1.0 - p) / size, size - 1.0);
        close_to(upper_tail(k, n, low), 0.025, 1e-9);
        close_to(1.0 - upper_tail(k + 1, n, high), 0.025, 1e-9);
        // A design effect of 2 halves the sample, and so the cases.
        if n % 2 == 0 && k % 2 == 0 {
            let (low, high) = korn_graubard(p, size, 2.0 * p * (1.0 - p) / size, size - 1.0);
            close_to(upper_tail(k / 2, n / 2, low), 0.025, 1e-9);
            close_to(1.0 - upper_tail(k / 2 + 1, n / 2, high), 0.025, 1e-9);
        }
    }
    // Nobody of ten: (1 − high)^10 = 2.5 %.
    let (low, high) = korn_graubard(0.0, 10.0, 0.0, 9.0);
    assert_eq!(low, 0.0);
    close_to((1.0 - high).powi(10), 0.025, 1e-9);
    let (low, high) = korn_graubard(1.0, 10.0, 0.0, 9.0);
    assert_eq!(high, 1.0);
    close_to(low.powi(10), 0.025, 1e-9);
}

// Fewer degrees of freedom than a simple random sample has shrink the effective size by (t(n − 1)/t(degf))²: with n = 41
// and 4 degrees of freedom by (2.0211/2.7764)² = 0.5299, so 41 become 21.73.
#[test]
fn korn_graubard_counts_degrees_of_freedom() {
    let (n, p) = (41.0, 0.25);
    let variance = p * (1.0 - p) / n;
    let few = korn_graubard(p, n, variance, 4.0);
    let smaller = n * (2.021_075_390f64 / 2.776_445_105).powi(2);
    let same = korn_graubard(p, smaller, p * (1.0 - p) / smaller, smaller - 1.0);
    close_to(few.0, same.0, 1e-7);
    close_to(few.1, same.1, 1e-7);
}
