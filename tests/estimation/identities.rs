//! Two independent routes to one number.

use opros::design::{Codes, Domains, JointProbabilities, PairwiseVariance, SurveyDesign};
use opros::estimate::{self, Estimates, MissingOutcome, Options, Variable};
use opros::weighting::{ReplicateMethod, replicate};

use crate::sample::{Sample, close, close_to};

fn everything(design: &SurveyDesign, sample: &Sample) -> Vec<Estimates> {
    let domains = Domains::by(&sample.groups());
    let options = Options::default();
    let x: Vec<f64> = sample.y.iter().map(|y| 1.0 + y * y).collect();
    let y = Variable::new("y", &sample.y);
    let x = Variable::owned("x", x);
    vec![
        estimate::proportions(design, &sample.answers(), &domains, &options).unwrap(),
        estimate::means(design, std::slice::from_ref(&y), &domains, &options).unwrap(),
        estimate::totals(design, &[y.clone(), x.clone()], &domains, &options).unwrap(),
        estimate::ratios(design, &[(y, x)], &domains, &options).unwrap(),
    ]
}

fn same(a: &[Estimates], b: &[Estimates]) {
    for (a, b) in a.iter().zip(b) {
        let all: Vec<usize> = (0..a.len()).collect();
        let (va, vb) = (a.covariance(&all).unwrap(), b.covariance(&all).unwrap());
        for i in 0..a.len() {
            let (x, y) = (a.get(i).unwrap(), b.get(i).unwrap());
            close(x.value.unwrap(), y.value.unwrap());
            close(x.se.unwrap(), y.se.unwrap());
            close(x.se.unwrap().powi(2), va[i][i]);
            close(x.deff.unwrap(), y.deff.unwrap());
            close(x.degf, y.degf);
            assert_eq!((x.n, x.n_psus, x.reason), (y.n, y.n_psus, y.reason));
            for j in 0..a.len() {
                close_to(va[i][j], vb[i][j], 1e-10 * (va[i][i] * va[j][j]).sqrt().max(1.0));
            }
        }
    }
}

// A row that is named as its own cluster is a row. The first route keeps moments by stratum, the second totals by unit.
#[test]
fn rows_as_units_are_clusters_of_one() {
    let sample = Sample::new(1, 4, 20);
    let sizes = vec![400.0; sample.len()];
    let labels: Vec<String> = (0..sample.len()).map(|i| format!("{i:04}")).collect();
    let builder = || SurveyDesign::builder().weights(&sample.weights).strata(&sample.strata).population_sizes(&sizes);
    let rows = builder().build().unwrap();
    let clusters = builder().psu(&labels).build().unwrap();
    assert!(rows.row_units().is_some() && clusters.row_units().is_none());
    same(&everything(&rows, &sample), &everything(&clusters, &sample));
}

// The stratified jackknife of a total is the linearized variance: leaving a unit out moves the total by (n/(n − 1)) times
// the deviation of the unit from its stratum mean. Wolter (2007), section 4.5.
#[test]
fn the_jackknife_of_a_total_is_its_linearized_variance() {
    let sample = Sample::new(2, 5, 4);
    let design = sample.builder().population_sizes(&vec![40.0; sample.len()]).build().unwrap();
    let jackknife = replicate(&design, &ReplicateMethod::Jkn, true).unwrap();
    let total = |design: &SurveyDesign| {
        let y = [Variable::new("y", &sample.y)];
        let found = estimate::totals(design, &y, &Domains::by(&sample.groups()), &Options::default()).unwrap();
        found.covariance(&[0, 1]).unwrap()
    };
    let (linear, resampled) = (total(&design), total(&jackknife));
    for i in 0..2 {
        for j in 0..2 {
            close_to(resampled[i][j], linear[i][j], 1e-9 * linear[i][i]);
        }
    }
    assert_eq!(jackknife.degf(None), design.degf(None));
}

// In full balance the variance of a total by half samples is Σ (t₁ − t₂)² over the strata, which is the stratified variance
// of two units; so is Fay's. Wolter (2007), section 3.4.
#[test]
fn balanced_half_samples_of_a_total_are_exact() {
    let sample = Sample::new(3, 11, 2);
    let design = sample.builder().build().unwrap();
    let variance = |design: &SurveyDesign| {
        let y = [Variable::new("y", &sample.y)];
        let total = estimate::totals(design, &y, &Domains::whole(sample.len()), &Options::default()).unwrap();
        total.variance(0).unwrap()
    };
    for method in [ReplicateMethod::Brr, ReplicateMethod::Fay { rho: 0.3 }] {
        let halves = replicate(&design, &method, false).unwrap();
        close(variance(&halves), variance(&design));
        assert_eq!(halves.degf(None), 11.0);
    }
}

// The rescaled bootstrap of a total has the linearized variance in expectation. Rao and Wu (1988).
#[test]
fn the_bootstrap_of_a_total_is_near_its_linearized_variance() {
    let sample = Sample::new(4, 10, 5);
    let design = sample.builder().build().unwrap();
    let y = [Variable::new("y", &sample.y)];
    let options = Options::default();
    let se = |design: &SurveyDesign| {
        let total = estimate::totals(design, &y, &Domains::whole(sample.len()), &options).unwrap();
        total.get(0).unwrap().se.unwrap()
    };
    let exact = se(&design);
    for method in [
        ReplicateMethod::RaoWu { n_replicates: 2000, seed: 7 },
        ReplicateMethod::CantyDavison { n_replicates: 2000, seed: 7 },
    ] {
        let ratio = se(&replicate(&design, &method, true).unwrap()) / exact;
        assert!((ratio - 1.0).abs() < 0.05, "{method:?}: {ratio}");
    }
}

// Simple random sampling without replacement has d_ij = −(1 − f)/(n − 1), so its pairwise variance is the textbook one;
// Overton's and Hartley and Rao's approximations are exact there, and Horvitz–Thompson equals Yates–Grundy.
#[test]
fn pairwise_variances_of_a_simple_random_sample_are_the_textbook_one() {
    let sample = Sample::new(5, 1, 12);
    let n = sample.len();
    let fraction = 0.2;
    let y = [Variable::new("y", &sample.y)];
    let variance = |design: &SurveyDesign| {
        let total = estimate::totals(design, &y, &Domains::whole(n), &Options::default()).unwrap();
        (total.get(0).unwrap().value.unwrap(), total.variance(0).unwrap())
    };
    let textbook = SurveyDesign::builder().population_sizes(&vec![n as f64 / fraction; n]).build().unwrap();
    let (total, wanted) = variance(&textbook);
    let joint = fraction * (n as f64 - 1.0) / (n as f64 / fraction - 1.0);
    let matrix = (0..n * n).map(|k| if k % (n + 1) == 0 { fraction } else { joint }).collect();
    for joint in [
        JointProbabilities::SimpleRandom,
        JointProbabilities::Overton,
        JointProbabilities::HartleyRao { sum_p2: None },
        JointProbabilities::Matrix(matrix),
    ] {
        for method in [PairwiseVariance::HorvitzThompson, PairwiseVariance::YatesGrundy] {
            let design = SurveyDesign::builder()
                .unequal_probabilities(&vec![fraction; n], joint.clone(), method)
                .build()
                .unwrap();
            let (value, found) = variance(&design);
            close(value, total);
            close(found, wanted);
        }
    }
}

// The total of a 0/1 variable over the estimated size is its mean; both share one linearization.
// Same fact as cran/survey tests/domain.R.
#[test]
fn a_share_is_the_mean_and_the_ratio_of_its_indicator() {
    let sample = Sample::new(6, 6, 3);
    let design = sample.builder().build().unwrap();
    let domains = Domains::by(&sample.groups());
    let options = Options::default();
    let answers = sample.answers();
    let shares = estimate::proportions(&design, &answers, &domains, &options).unwrap();
    let indicators: Vec<Variable> = (0..3).map(|k| Variable::indicator(k.to_string(), &answers, k)).collect();
    let means = estimate::means(&design, &indicators, &domains, &options).unwrap();
    let one = Variable::owned("1", vec![1.0; sample.len()]);
    let pairs: Vec<(Variable, Variable)> = indicators.iter().map(|y| (y.clone(), one.clone())).collect();
    let ratios = estimate::ratios(&design, &pairs, &domains, &options).unwrap();
    for i in 0..shares.len() {
        for other in [&means, &ratios] {
            let (a, b) = (shares.get(i).unwrap(), other.get(i).unwrap());
            close(a.value.unwrap(), b.value.unwrap());
            close(a.se.unwrap(), b.se.unwrap());
            close(a.deff.unwrap(), b.deff.unwrap());
        }
    }
}

// Rows fall into blocks by position, blocks into lanes, lanes add up in order: threads cannot change a bit.
#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let n = 400_000;
    let label = |i: usize, m: usize| format!("{:03}", (i * 7919) % m);
    let strata: Vec<String> = (0..n).map(|i| label(i % 500, 50)).collect();
    let psu: Vec<String> = (0..n).map(|i| label(i % 500, 500)).collect();
    let weights: Vec<f64> = (0..n).map(|i| 1.0 + (i % 97) as f64 / 7.0).collect();
    let y: Vec<f64> = (0..n).map(|i| (i % 1013) as f64 / 3.0).collect();
    let answers = Codes::from_labels(&(0..n).map(|i| label(i, 5)).collect::<Vec<_>>());
    let groups = Domains::by(&Codes::from_labels(&(0..n).map(|i| label(i / 3, 24)).collect::<Vec<_>>()));
    let clustered = SurveyDesign::builder().weights(&weights).strata(&strata).psu(&psu).nest(true).build().unwrap();
    let rows = SurveyDesign::builder().weights(&weights).strata(&strata).build().unwrap();
    let run = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let mut bits = Vec::new();
            for design in [&clustered, &rows] {
                let shares = estimate::proportions(design, &answers, &groups, &Options::default()).unwrap();
                let variable = [Variable::new("y", &y)];
                let means = estimate::means(design, &variable, &groups, &Options::default()).unwrap();
                for estimate in shares.iter().chain(means.iter()) {
                    let numbers = [estimate.value, estimate.se, estimate.ci_low, estimate.ci_high, estimate.deff];
                    bits.extend(numbers.map(|v| v.map(f64::to_bits)));
                }
            }
            bits
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

// Many tables in one pass are the same tables one by one, whatever is done with missing answers.
#[test]
fn tables_in_one_pass_are_the_tables_one_by_one() {
    let sample = Sample::new(7, 6, 4);
    let design = sample.builder().build().unwrap();
    let labels = |column: &[String], k: usize| -> Vec<Option<String>> {
        column.iter().enumerate().map(|(i, l)| (i % k != 0).then(|| l.clone())).collect()
    };
    let outcomes = [Codes::from_optional(&labels(&sample.answers, 7)), sample.groups()];
    let banners = [
        Domains::whole(sample.len()),
        Domains::by(&Codes::from_optional(&labels(&sample.groups, 5))),
        Domains::by(&Codes::from_labels(&sample.strata)),
    ];
    for missing in [MissingOutcome::Refuse, MissingOutcome::Exclude, MissingOutcome::KeepInBase] {
        let options = Options { missing, ..Options::default() };
        let (outcomes, banners): (Vec<_>, Vec<_>) = (outcomes.iter().collect(), banners.iter().collect());
        let tables = estimate::tables(&design, &outcomes, &banners, &options).unwrap();
        for (outcome, row) in outcomes.iter().zip(&tables) {
            for (domains, table) in banners.iter().zip(row) {
                let alone = estimate::proportions(&design, outcome, domains, &options).unwrap();
                let own = estimate::means(&design, &indicators(outcome), domains, &options).unwrap();
                assert!(table.len() == alone.len() && table.len() == own.len());
                for i in 0..table.len() {
                    let (a, b, c) = (table.get(i).unwrap(), alone.get(i).unwrap(), own.get(i).unwrap());
                    assert_eq!(a, b);
                    assert_eq!((a.n, a.reason, a.n_psus), (c.n, c.reason, c.n_psus));
                    if let (Some(p), Some(q), Some(x), Some(y)) = (a.value, c.value, a.se, c.se) {
                        close(p, q);
                        close(x, y);
                    }
                }
            }
        }
    }
}

fn indicators(outcome: &Codes) -> Vec<Variable<'static>> {
    let level = |(k, name): (usize, &String)| Variable::indicator(name.clone(), outcome, k as u32);
    outcome.labels().iter().enumerate().map(level).collect()
}
