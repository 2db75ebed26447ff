//! Properties that every estimator has, over many made-up samples.

use opros::design::{Domains, SurveyDesign};
use opros::estimate::{self, Estimate, Options, QuantileOptions, Variable};
use opros::numeric::stream::Stream;
use proptest::prelude::*;

use crate::sample::{Sample, close_to};

/// The estimates of every kind, in one list.
fn estimates(design: &SurveyDesign, sample: &Sample, level: f64) -> Vec<Estimate> {
    let options = Options { level, ..Options::default() };
    let domains = Domains::by(&sample.groups());
    let y = Variable::new("y", &sample.y);
    let x = Variable::owned("x", sample.y.iter().map(|y| y * y).collect());
    let variables = [y.clone(), x.clone()];
    let mask = vec![true; sample.len()];
    let mut all = Vec::new();
    let shares = estimate::proportions(design, &sample.answers(), &domains, &options).unwrap();
    all.push(shares.contrast(&[(0, 1.0), (shares.len() - 1, -1.0)]).unwrap());
    all.extend(shares.iter().cloned());
    all.extend(estimate::means(design, &variables, &domains, &options).unwrap().iter().cloned());
    all.extend(estimate::ratios(design, &[(y, x)], &domains, &options).unwrap().iter().cloned());
    all.extend(estimate::covariances(design, &variables, &mask, &options).unwrap().iter().cloned());
    all
}

fn same(a: &[Estimate], b: &[Estimate]) {
    for (a, b) in a.iter().zip(b) {
        assert_eq!((a.reason, a.n, a.n_psus), (b.reason, b.n, b.n_psus));
        let pairs = [(a.value, b.value), (a.se, b.se), (a.ci_low, b.ci_low), (a.ci_high, b.ci_high), (a.deff, b.deff)];
        for (x, y) in pairs {
            match (x, y) {
                (Some(x), Some(y)) => close_to(x, y, 1e-7),
                (x, y) => assert_eq!(x, y),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    // A mean does not change when all weights are multiplied by one number, nor when rows come in another order or units
    // and strata are called otherwise.
    #[test]
    fn scaling_order_and_names_do_not_matter(seed in 0u64..1000, n_strata in 1usize..6, n_psus in 2usize..6) {
        let sample = Sample::new(seed, n_strata, n_psus);
        let before = estimates(&sample.builder().build().unwrap(), &sample, 0.95);
        let mut order: Vec<usize> = (0..sample.len()).collect();
        Stream::named(seed, "order").shuffle(&mut order);
        let mut other = sample.permuted(&order);
        other.weights.iter_mut().for_each(|w| *w *= 1000.0);
        other.strata.iter_mut().for_each(|s| *s = s.chars().rev().collect());
        other.psu.iter_mut().for_each(|s| *s = s.chars().rev().collect());
        same(&before, &estimates(&other.builder().build().unwrap(), &other, 0.95));
    }

    // Rows of weight 0 in units that are there anyway are outside every base and leave every total as it is.
    #[test]
    fn rows_of_weight_zero_change_nothing(seed in 0u64..1000) {
        let sample = Sample::new(seed, 3, 4);
        let before = estimates(&sample.builder().build().unwrap(), &sample, 0.95);
        let mut more = sample.permuted(&(0..sample.len()).chain(0..sample.len()).collect::<Vec<_>>());
        for i in sample.len()..more.len() {
            more.weights[i] = 0.0;
            more.y[i] = -1e6;
        }
        same(&before, &estimates(&more.builder().build().unwrap(), &more, 0.95));
    }

    // A wider level has the wider interval; estimates lie inside theirs; shares lie in 0..=1 and add up to 1.
    #[test]
    fn intervals_nest_and_shares_add_up(seed in 0u64..1000) {
        let sample = Sample::new(seed, 4, 3);
        let design = sample.builder().build().unwrap();
        let (narrow, wide) = (estimates(&design, &sample, 0.9), estimates(&design, &sample, 0.99));
        for (a, b) in narrow.iter().zip(&wide) {
            let (Some(value), Some(low), Some(high)) = (a.value, a.ci_low, a.ci_high) else { continue };
            let same_method = a.ci_method == b.ci_method;
            prop_assert!(low <= value + 1e-12 && value <= high + 1e-12);
            prop_assert!(!same_method || b.ci_low.unwrap() <= low && high <= b.ci_high.unwrap());
        }
        let whole = Domains::whole(sample.len());
        let shares = estimate::proportions(&design, &sample.answers(), &whole, &Options::default()).unwrap();
        let sum: f64 = shares.iter().map(|s| s.value.unwrap()).sum();
        prop_assert!((sum - 1.0).abs() < 1e-12);
    }

    // Quantiles grow with p, lie between the smallest and the largest value, and so do their limits.
    #[test]
    fn quantiles_are_monotone(seed in 0u64..1000) {
        let sample = Sample::new(seed, 4, 4);
        let design = sample.builder().build().unwrap();
        let y = Variable::new("y", &sample.y);
        let probs = [0.1, 0.3, 0.5, 0.7, 0.9];
        let whole = Domains::whole(sample.len());
        let found = estimate::quantiles(&design, &y, &probs, &whole, &QuantileOptions::default()).unwrap();
        for pair in found.windows(2) {
            prop_assert!(pair[0].value <= pair[1].value);
        }
        for quantile in &found {
            prop_assert!(quantile.ci_low.is_none() || quantile.ci_low <= quantile.value);
            prop_assert!(quantile.ci_high.is_none() || quantile.ci_high >= quantile.value);
        }
    }
}
