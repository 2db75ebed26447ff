//! Two independent routes to one number. Each test starts with the fact that it rests on.

mod samples;

use opros::design::{
    Codes, Domains, JointProbabilities, LonelyPsu, PairwiseVariance, ReplicateInput, ReplicateKind, SecondPhase,
    StageInput, SurveyDesign, TwoPhaseMethod, two_phase,
};
use opros::estimate::{
    DeffReference, Estimate, Estimates, Options, QuantileOptions, Statistic, Variable, correlation, covariances, kappa,
    means, proportions, quantiles, ratios, statistic, totals,
};
use opros::weighting::{
    CalibrateOptions, Distance, Margin, RakeOptions, ReplicateMethod, TrimOptions, calibrate, poststratify, rake,
    replicate, standardize, trim,
};
use samples::{SHAPES, Sample, Shape};

/// Relative distance of two routes.
const SAME: f64 = 1e-10;

const CLUSTERS: Shape = Shape { is_stratified: true, is_clustered: true, has_population: false };
const ROWS: Shape = Shape { is_stratified: true, is_clustered: false, has_population: false };

fn options() -> Options {
    Options::default()
}

#[track_caller]
fn close(got: f64, want: f64) {
    samples::close(got, want, SAME, "route");
}

/// Both estimates have the same value and standard error.
#[track_caller]
fn same(got: &Estimate, want: &Estimate) {
    close(got.value.unwrap(), want.value.unwrap());
    close(got.se.unwrap(), want.se.unwrap());
}

fn first(estimates: Estimates) -> Estimate {
    estimates.get(0).unwrap().clone()
}

fn total(design: &SurveyDesign, values: &[f64]) -> Estimate {
    let whole = Domains::whole(values.len());
    first(totals(design, &[Variable::new("y", values)], &whole, &options()).unwrap())
}

fn mean(design: &SurveyDesign, values: &[f64]) -> Estimate {
    let whole = Domains::whole(values.len());
    first(means(design, &[Variable::new("y", values)], &whole, &options()).unwrap())
}

fn indicator(labels: &[&str], of: &str) -> Vec<f64> {
    labels.iter().map(|label| f64::from(u8::from(*label == of))).collect()
}

fn product(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a * b).collect()
}

fn targets(sample: &Sample, weights: &[f64], factor: impl Fn(usize) -> f64) -> Vec<(String, f64)> {
    let codes = sample.domain_codes();
    let sum = |level: usize| -> f64 {
        codes.codes().iter().zip(weights).filter(|(c, _)| **c == level as u32).map(|(_, w)| w).sum()
    };
    codes.labels().iter().enumerate().map(|(level, label)| (label.clone(), factor(level) * sum(level))).collect()
}

fn by_domain(sample: &Sample, factor: impl Fn(usize) -> f64) -> Margin {
    Margin::new("domain", sample.domain_codes(), targets(sample, &sample.weights, factor))
}

// A domain mean is the ratio of two totals over the whole sample, the variable and the size, each 0 outside the domain.
// Särndal, Swensson and Wretman (1992), section 5.8; cran/survey tests/domain.R.
#[test]
fn a_domain_mean_is_a_ratio_of_totals() {
    for shape in SHAPES {
        let sample = Sample::random("domain mean", shape);
        let design = sample.design();
        let y = [Variable::new("y", &sample.y)];
        let by = means(&design, &y, &sample.domains(), &options()).unwrap();
        for (d, label) in ["east", "west"].iter().enumerate() {
            let inside = indicator(&sample.domain, label);
            let pair = (Variable::owned("y", product(&sample.y, &inside)), Variable::owned("n", inside));
            let ratio = ratios(&design, &[pair], &sample.whole(), &options()).unwrap();
            same(by.get(d).unwrap(), ratio.get(0).unwrap());
        }
    }
}

// The mean of a 0/1 variable is the share of the answer. Särndal, Swensson and Wretman (1992), section 2.8.
#[test]
fn the_mean_of_an_indicator_is_a_share() {
    for shape in SHAPES {
        let sample = Sample::random("indicator", shape);
        let design = sample.design();
        let answers = sample.answers();
        let shares = proportions(&design, &answers, &sample.domains(), &options()).unwrap();
        for (level, label) in answers.labels().iter().enumerate() {
            let one = [Variable::indicator(label, &answers, level as u32)];
            let by = means(&design, &one, &sample.domains(), &options()).unwrap();
            for d in 0..2 {
                let share = shares.get(d * answers.n_labels() + level).unwrap();
                same(by.get(d).unwrap(), share);
                // Nobody or everybody: there is no spread to compare with.
                let deff = by.get(d).unwrap().deff;
                assert_eq!(deff.is_some(), share.deff.is_some());
                close(deff.unwrap_or(1.0), share.deff.unwrap_or(1.0));
            }
        }
    }
}

// A mean is a ratio to a variable that is 1 everywhere. Definition.
#[test]
fn a_mean_is_a_ratio_to_one() {
    for shape in SHAPES {
        let sample = Sample::random("ratio to one", shape);
        let design = sample.design();
        let ones = vec![1.0; sample.n()];
        let pair = (Variable::new("y", &sample.y), Variable::new("one", &ones));
        let by = ratios(&design, &[pair], &sample.domains(), &options()).unwrap();
        let plain = means(&design, &[Variable::new("y", &sample.y)], &sample.domains(), &options()).unwrap();
        for d in 0..2 {
            same(by.get(d).unwrap(), plain.get(d).unwrap());
        }
    }
}

// Totals are linear in the variable, so the totals of a partition add up, with their covariances.
// Särndal, Swensson and Wretman (1992), section 5.5.
#[test]
fn totals_of_a_partition_add_up() {
    for shape in SHAPES {
        let sample = Sample::random("partition", shape);
        let design = sample.design();
        let parts = totals(&design, &[Variable::new("y", &sample.y)], &sample.domains(), &options()).unwrap();
        let sum = parts.contrast(&[(0, 1.0), (1, 1.0)]).unwrap();
        same(&sum, &total(&design, &sample.y));
    }
}

// The variance of a combination is the quadratic form of the covariance matrix. Lumley (2010), section 3.3.
#[test]
fn a_contrast_has_the_quadratic_form_of_the_covariances() {
    for shape in SHAPES {
        let sample = Sample::random("contrast", shape);
        let shares = proportions(&sample.design(), &sample.answers(), &sample.domains(), &options()).unwrap();
        let c = [0.7, -1.3, 0.2, 2.0, 0.0, -0.5];
        let terms: Vec<(usize, f64)> = c.iter().copied().enumerate().collect();
        let matrix = shares.covariance(&[0, 1, 2, 3, 4, 5]).unwrap();
        let mut form = 0.0;
        for (i, row) in matrix.iter().enumerate() {
            for (j, v) in row.iter().enumerate() {
                form += c[i] * c[j] * v;
            }
        }
        close(shares.contrast(&terms).unwrap().se.unwrap(), form.sqrt());
        for (i, row) in matrix.iter().enumerate() {
            close(row[i].sqrt(), shares.get(i).unwrap().se.unwrap());
        }
    }
}

// For a linear statistic leaving out one of n units of a simple random sample gives exactly the textbook variance.
// Wolter (2007), section 4.2.
#[test]
fn the_jackknife_of_a_total_is_its_linearized_variance() {
    for shape in SHAPES {
        let sample = Sample::random("jackknife", shape);
        let design = sample.design();
        let method = if shape.is_stratified { ReplicateMethod::Jkn } else { ReplicateMethod::Jk1 };
        for around_estimate in [false, true] {
            let replicates = replicate(&design, &method, around_estimate).unwrap();
            if around_estimate || !shape.is_stratified {
                same(&total(&replicates, &sample.y), &total(&design, &sample.y));
            } else {
                // The mean over strata of all replicates of a total is the total.
                close(total(&replicates, &sample.y).se.unwrap(), total(&design, &sample.y).se.unwrap());
            }
        }
    }
}

// Balanced half samples of two units a stratum, and Fay's variant, give the textbook variance of a total.
// Wolter (2007), section 3.3; Judkins (1990).
#[test]
fn balanced_half_samples_of_a_total_give_its_linearized_variance() {
    let strata: Vec<String> = (0..20).map(|i| format!("{}", i / 4)).collect();
    let psu: Vec<String> = (0..20).map(|i| format!("{}", i / 2)).collect();
    let y: Vec<f64> = (0..20).map(|i| f64::from((i * 7 + i * i) % 11)).collect();
    let weights: Vec<f64> = (0..20).map(|i| 1.0 + f64::from(i % 3)).collect();
    let design = SurveyDesign::builder().weights(&weights).strata(&strata).psu(&psu).build().unwrap();
    for method in [ReplicateMethod::Brr, ReplicateMethod::Fay { rho: 0.3 }] {
        let replicates = replicate(&design, &method, true).unwrap();
        same(&total(&replicates, &y), &total(&design, &y));
    }
}

// Replicate weights given as factors, or as weights made elsewhere, are the same design. Definition.
#[test]
fn supplied_replicates_are_those_that_we_make() {
    let sample = Sample::random("supplied", CLUSTERS);
    let made = replicate(&sample.design(), &ReplicateMethod::Jkn, true).unwrap();
    let weights = made.replicates().unwrap();
    let input = |are_factors: bool| {
        let factor = |(r, w): (&f64, &f64)| {
            if !are_factors {
                *r
            } else if *w == 0.0 {
                0.0
            } else {
                r / w
            }
        };
        let column = |c: &Vec<f64>| c.iter().zip(&sample.weights).map(factor).collect();
        ReplicateInput {
            are_factors,
            rscales: Some(weights.form().rscales().to_vec()),
            around_estimate: Some(true),
            ..ReplicateInput::new(ReplicateKind::Jkn, weights.columns().iter().map(column).collect())
        }
    };
    for are_factors in [false, true] {
        let given = SurveyDesign::builder().weights(&sample.weights).replicates(input(are_factors)).build().unwrap();
        same(&mean(&given, &sample.y), &mean(&made, &sample.y));
    }
}

// The estimated size of a post-stratum is its known size, without error. Holt and Smith (1979).
#[test]
fn the_post_stratified_total_of_the_stratifier_has_no_variance() {
    for shape in SHAPES {
        let sample = Sample::random("stratifier", shape);
        let margin = by_domain(&sample, |level| 1.5 + level as f64);
        let known = targets(&sample, &sample.weights, |level| 1.5 + level as f64);
        let design = sample.design();
        let mut designs = vec![poststratify(&design, &margin, false).unwrap().design];
        if shape.is_clustered {
            let jackknife = replicate(&design, &ReplicateMethod::Jkn, true).unwrap();
            designs.push(poststratify(&jackknife, &margin, false).unwrap().design);
        }
        for design in designs {
            for (label, size) in &known {
                let estimate = total(&design, &indicator(&sample.domain, label));
                close(estimate.value.unwrap(), *size);
                assert!(estimate.se.unwrap() < 1e-9 * size, "{shape:?} {label} {:?}", estimate.se);
            }
        }
    }
}

// The post-stratified mean is the mean of the cell means, weighted by the known shares. Holt and Smith (1979).
#[test]
fn a_post_stratified_mean_is_a_weighted_mean_of_cell_means() {
    let sample = Sample::random("cell means", CLUSTERS);
    let design = sample.design();
    let cells = means(&design, &[Variable::new("y", &sample.y)], &sample.domains(), &options()).unwrap();
    let known = targets(&sample, &sample.weights, |level| 1.0 + 2.0 * level as f64);
    let size: f64 = known.iter().map(|t| t.1).sum();
    let by_hand: f64 = (0..2).map(|d| known[d].1 / size * cells.get(d).unwrap().value.unwrap()).sum();
    let after = poststratify(&design, &by_domain(&sample, |level| 1.0 + 2.0 * level as f64), false).unwrap();
    close(mean(&after.design, &sample.y).value.unwrap(), by_hand);
}

// Raking to one margin is post-stratification. Its residuals are from unweighted cell means (R's rule), so standard errors
// agree where the weights before are equal. Deming and Stephan (1940); R survey, rake.
#[test]
fn raking_to_one_margin_is_post_stratification() {
    for shape in SHAPES {
        let mut sample = Sample::random("one margin", shape);
        let margin = by_domain(&sample, |level| 2.0 + level as f64);
        let raked = rake(&sample.design(), std::slice::from_ref(&margin), &RakeOptions::default()).unwrap();
        let fitted = poststratify(&sample.design(), &margin, false).unwrap();
        for (a, b) in raked.design.weights().iter().zip(fitted.design.weights()) {
            close(*a, *b);
        }
        close(mean(&raked.design, &sample.y).value.unwrap(), mean(&fitted.design, &sample.y).value.unwrap());
        sample.weights = vec![2.0; sample.n()];
        let raked = rake(&sample.design(), std::slice::from_ref(&margin), &RakeOptions::default()).unwrap();
        let fitted = poststratify(&sample.design(), &margin, false).unwrap();
        same(&total(&raked.design, &sample.y), &total(&fitted.design, &sample.y));
    }
}

// Calibration to the population size alone scales all weights; the total is then N times the mean, and its residuals are
// the scores of N times the mean. Särndal, Swensson and Wretman (1992), section 6.5.
#[test]
fn calibration_to_the_size_is_a_ratio_adjustment() {
    for shape in SHAPES {
        let sample = Sample::random("intercept", shape);
        let design = sample.design();
        let size = 1.7 * sample.weights.iter().sum::<f64>();
        let ones = [("one".to_string(), vec![1.0; sample.n()])];
        let after = calibrate(&design, &ones, &[size], &CalibrateOptions::default()).unwrap().design;
        for (new, old) in after.weights().iter().zip(&sample.weights) {
            close(*new, 1.7 * old);
        }
        let (got, plain) = (total(&after, &sample.y), mean(&design, &sample.y));
        close(got.value.unwrap(), size * plain.value.unwrap());
        close(got.se.unwrap(), size * plain.se.unwrap());
        same(&mean(&after, &sample.y), &plain);
    }
}

// Linear calibration to indicators of cells is post-stratification, weights and variance.
// Särndal, Swensson and Wretman (1992), section 7.6.
#[test]
fn calibration_to_cells_is_post_stratification() {
    for shape in SHAPES {
        let sample = Sample::random("cells", shape);
        let design = sample.design();
        let known = targets(&sample, &sample.weights, |level| 1.2 + level as f64);
        let columns: Vec<(String, Vec<f64>)> =
            known.iter().map(|(label, _)| (label.clone(), indicator(&sample.domain, label))).collect();
        let sizes: Vec<f64> = known.iter().map(|t| t.1).collect();
        let fitted = poststratify(&design, &by_domain(&sample, |level| 1.2 + level as f64), false).unwrap().design;
        for distance in [Distance::Linear, Distance::Raking] {
            let options = CalibrateOptions { distance, ..CalibrateOptions::default() };
            let calibrated = calibrate(&design, &columns, &sizes, &options).unwrap().design;
            same(&total(&calibrated, &sample.y), &total(&fitted, &sample.y));
            same(&mean(&calibrated, &sample.y), &mean(&fitted, &sample.y));
        }
    }
}

// A calibrated total of a calibration variable is its target, without variance. Deville and Särndal (1992), section 1.
#[test]
fn a_calibrated_total_of_the_auxiliary_has_no_variance() {
    for shape in SHAPES {
        let sample = Sample::random("auxiliary", shape);
        let size = 1.1 * sample.weights.iter().sum::<f64>();
        let x_total = 1.15 * product(&sample.x, &sample.weights).iter().sum::<f64>();
        let columns = [("one".to_string(), vec![1.0; sample.n()]), ("x".to_string(), sample.x.clone())];
        let after = calibrate(&sample.design(), &columns, &[size, x_total], &CalibrateOptions::default()).unwrap();
        let estimate = total(&after.design, &sample.x);
        close(estimate.value.unwrap(), x_total);
        assert!(estimate.se.unwrap() < 1e-8 * x_total, "{shape:?} {:?}", estimate.se);
        // The GREG estimator as a formula: the total plus the regression of what is missing.
        let (w, y, x) = (&sample.weights, &sample.y, &sample.x);
        let sum = |f: &dyn Fn(usize) -> f64| (0..sample.n()).map(|i| w[i] * f(i)).sum::<f64>();
        let (s1, sx, sxx, sy, sxy) =
            (sum(&|_| 1.0), sum(&|i| x[i]), sum(&|i| x[i] * x[i]), sum(&|i| y[i]), sum(&|i| x[i] * y[i]));
        let slope = (s1 * sxy - sx * sy) / (s1 * sxx - sx * sx);
        let constant = (sy - slope * sx) / s1;
        close(total(&after.design, y).value.unwrap(), sy + constant * (size - s1) + slope * (x_total - sx));
    }
}

// Raking is calibration with the exponential distance to the indicators of all margins. Deville, Särndal, Sautory (1993).
#[test]
fn raking_to_two_margins_is_calibration_with_the_raking_distance() {
    let sample = Sample::random("two margins", CLUSTERS);
    let design = sample.design();
    let answers = sample.answers();
    let size: f64 = sample.weights.iter().sum();
    let answer_targets: Vec<(String, f64)> =
        answers.labels().iter().cloned().zip([0.25 * size, 0.4 * size, 0.35 * size]).collect();
    let domain_targets = vec![("east".to_string(), 0.45 * size), ("west".to_string(), 0.55 * size)];
    let margins = [
        Margin::new("answer", answers, answer_targets.clone()),
        Margin::new("domain", sample.domain_codes(), domain_targets.clone()),
    ];
    let raked = rake(&design, &margins, &RakeOptions::default()).unwrap();
    let cells = answer_targets.iter().map(|(l, t)| ((l.clone(), indicator(&sample.answer, l)), *t));
    let last = ("east".to_string(), indicator(&sample.domain, "east"));
    let (columns, known): (Vec<_>, Vec<f64>) = cells.chain([(last, domain_targets[0].1)]).unzip();
    let options = CalibrateOptions { distance: Distance::Raking, ..CalibrateOptions::default() };
    let calibrated = calibrate(&design, &columns, &known, &options).unwrap();
    for (a, b) in raked.design.weights().iter().zip(calibrated.design.weights()) {
        samples::close(*a, *b, 1e-8, "weight");
    }
    for gap in &raked.record.gaps {
        assert!(gap.relative() < 1e-9, "{gap:?}");
    }
}

// A lonely stratum that collapses is a design in which it was joined from the start; population sizes add up.
// Rust and Kalton (1987).
#[test]
fn strata_collapsed_by_the_policy_are_strata_collapsed_by_hand() {
    let psu = ["1", "1", "2", "3", "3", "4", "5", "6"];
    let strata = ["a", "a", "a", "b", "b", "c", "c", "d"];
    let joined = ["a", "a", "a", "bc", "bc", "bc", "bc", "a"];
    let y = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
    let weights = [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0];
    let size = |label: &&str| match *label {
        "a" => 10.0,
        "b" => 4.0,
        "c" => 7.0,
        _ => 5.0,
    };
    let joined_size = |label: &&str| if *label == "a" { 15.0 } else { 11.0 };
    let rule = LonelyPsu::Collapse(vec![("b".into(), "c".into()), ("d".into(), "a".into())]);
    let build = |strata: &[&str], sizes: Vec<f64>, lonely: LonelyPsu| {
        let builder = SurveyDesign::builder().weights(&weights).strata(strata).psu(&psu).lonely_psu(lonely);
        builder.population_sizes(&sizes).build().unwrap()
    };
    let policy = build(&strata, strata.iter().map(size).collect(), rule);
    let by_hand = build(&joined, joined.iter().map(joined_size).collect(), LonelyPsu::Fail);
    same(&mean(&policy, &y), &mean(&by_hand, &y));
    same(&total(&policy, &y), &total(&by_hand, &y));
    close(policy.degf(None), by_hand.degf(None));
}

// Sampling from an infinite population is sampling with replacement. Cochran (1977), section 2.6.
#[test]
fn infinite_population_sizes_are_no_population_sizes() {
    for shape in SHAPES.into_iter().filter(|s| !s.has_population) {
        let sample = Sample::random("infinite", shape);
        let plain = sample.design();
        for (size, tolerance) in [(f64::INFINITY, 1e-14), (1e13, SAME)] {
            let sized = sample.builder(&sample.weights).population_sizes(&vec![size; sample.n()]).build().unwrap();
            let (a, b) = (mean(&sized, &sample.y), mean(&plain, &sample.y));
            samples::close(a.se.unwrap(), b.se.unwrap(), tolerance, "infinite population");
        }
    }
}

// A census has no sampling variance; a census of first-stage units is stratified sampling with them as strata.
// Särndal, Swensson and Wretman (1992), section 4.3.
#[test]
fn a_census_of_units_is_stratification_by_them() {
    let sample = Sample::random("census", ROWS);
    let n_strata = 4.0;
    let two_stage = SurveyDesign::builder()
        .weights(&sample.weights)
        .psu(&sample.strata)
        .population_sizes(&vec![n_strata; sample.n()])
        .then(StageInput::rows().population_sizes(&sample.population))
        .build()
        .unwrap();
    let stratified = SurveyDesign::builder()
        .weights(&sample.weights)
        .strata(&sample.strata)
        .population_sizes(&sample.population)
        .build()
        .unwrap();
    close(total(&two_stage, &sample.y).se.unwrap(), total(&stratified, &sample.y).se.unwrap());
    let count = |label: &String| sample.strata.iter().filter(|s| *s == label).count() as f64;
    let all: Vec<f64> = sample.strata.iter().map(count).collect();
    let census = SurveyDesign::builder().strata(&sample.strata).population_sizes(&all).build().unwrap();
    let estimate = total(&census, &sample.y);
    close(estimate.value.unwrap(), sample.y.iter().sum());
    assert_eq!(estimate.se, Some(0.0));
}

// With a vanishing first-stage fraction the second stage adds nothing of its own. Cochran (1977), section 11.5.
#[test]
fn later_stages_do_not_count_below_a_vanishing_fraction() {
    let sample = Sample::random("vanishing", CLUSTERS);
    let rows_of = |unit: &String| 3.0 * sample.psu.iter().filter(|p| *p == unit).count() as f64;
    let sizes: Vec<f64> = sample.psu.iter().map(rows_of).collect();
    let staged = sample
        .builder(&sample.weights)
        .population_sizes(&vec![1e14; sample.n()])
        .lonely_psu(LonelyPsu::Certainty)
        .then(StageInput::rows().population_sizes(&sizes))
        .build()
        .unwrap();
    same(&mean(&staged, &sample.y), &mean(&sample.design(), &sample.y));
}

// Strata are independent samples: variances of stratum totals add up, covariances are 0. Cochran (1977), section 5.3.
#[test]
fn variances_of_strata_add_up() {
    for shape in SHAPES.into_iter().filter(|s| s.is_stratified) {
        let sample = Sample::random("strata", shape);
        let design = sample.design();
        let by = Domains::by(&Codes::from_labels(&sample.strata));
        let parts = totals(&design, &[Variable::new("y", &sample.y)], &by, &options()).unwrap();
        let sum: f64 = parts.iter().map(|e| e.se.unwrap().powi(2)).sum();
        close(sum.sqrt(), total(&design, &sample.y).se.unwrap());
        assert!(parts.covariance(&[0, 1]).unwrap()[0][1].abs() < 1e-9);
    }
}

// Weights count up to a factor in means, shares, ratios and degrees of freedom; totals and their errors scale with it.
#[test]
fn scaled_weights_scale_totals_and_leave_means() {
    for shape in SHAPES {
        let sample = Sample::random("scaling", shape);
        let weights: Vec<f64> = sample.weights.iter().map(|w| 1000.0 * w).collect();
        let (design, scaled) = (sample.design(), sample.builder(&weights).build().unwrap());
        same(&mean(&scaled, &sample.y), &mean(&design, &sample.y));
        let (a, b) = (total(&scaled, &sample.y), total(&design, &sample.y));
        close(a.value.unwrap(), 1000.0 * b.value.unwrap());
        close(a.se.unwrap(), 1000.0 * b.se.unwrap());
        close(a.n_eff.unwrap(), b.n_eff.unwrap());
        assert_eq!(a.degf, b.degf);
    }
}

// The joint probabilities of a simple random sample, n(n − 1)/(N(N − 1)), turn Horvitz–Thompson's and Yates and Grundy's
// variance into the textbook one. Cochran (1977), section 9A.7.
#[test]
fn pairwise_variances_of_a_simple_random_sample_are_the_textbook_one() {
    let (n, size) = (9, 30.0);
    let y: Vec<f64> = (0..n).map(|i| f64::from((i * i * 3 + i) % 17)).collect();
    let p = n as f64 / size;
    let both = p * (n as f64 - 1.0) / (size - 1.0);
    let matrix: Vec<f64> = (0..n * n).map(|k| if k / n == k % n { p } else { both }).collect();
    let textbook = SurveyDesign::builder().population_sizes(&vec![size; n as usize]).build().unwrap();
    let probabilities = vec![p; n as usize];
    for joint in [JointProbabilities::Matrix(matrix.clone()), JointProbabilities::SimpleRandom] {
        for variance in [PairwiseVariance::HorvitzThompson, PairwiseVariance::YatesGrundy] {
            let builder = SurveyDesign::builder().unequal_probabilities(&probabilities, joint.clone(), variance);
            same(&total(&builder.build().unwrap(), &y), &total(&textbook, &y));
        }
    }
    // Brewer's approximation with equal probabilities: factor 1 − p.
    let brewer = SurveyDesign::builder().inclusion_probabilities(&probabilities).build().unwrap();
    same(&total(&brewer, &y), &total(&textbook, &y));
}

// A second phase that takes everybody adds nothing to the first. Särndal, Swensson and Wretman (1992), section 9.3.
#[test]
fn a_second_phase_of_everybody_is_the_first_phase() {
    let sample = Sample::random("everybody", ROWS);
    let n = sample.n();
    let count = |label: &String| sample.strata.iter().filter(|s| *s == label).count() as f64;
    let p: Vec<f64> = sample.strata.iter().zip(&sample.population).map(|(h, size)| count(h) / size).collect();
    let phase = SurveyDesign::builder().strata(&sample.strata).population_sizes(&sample.population);
    let second = SecondPhase { strata: Some(Codes::from_labels(&sample.strata)), ..SecondPhase::default() };
    let two = two_phase(phase, second, &vec![true; n], TwoPhaseMethod::Approximate).unwrap();
    let weights: Vec<f64> = p.iter().map(|p| 1.0 / p).collect();
    let one = SurveyDesign::builder()
        .weights(&weights)
        .strata(&sample.strata)
        .population_sizes(&sample.population)
        .build()
        .unwrap();
    same(&total(&two, &sample.y), &total(&one, &sample.y));
    same(&mean(&two, &sample.y), &mean(&one, &sample.y));
}

// A simple random sample has the design effect 1. Kish (1965), section 8.2.
#[test]
fn the_design_effect_of_a_simple_random_sample_is_one() {
    let sample = Sample::random("deff", Shape { is_stratified: false, is_clustered: false, has_population: true });
    let design = SurveyDesign::builder().population_sizes(&sample.population).build().unwrap();
    let options = Options { deff: DeffReference::WithoutReplacement, ..Options::default() };
    let whole = sample.whole();
    let y = [Variable::new("y", &sample.y)];
    let all = [
        means(&design, &y, &whole, &options).unwrap(),
        totals(&design, &y, &whole, &options).unwrap(),
        proportions(&design, &sample.answers(), &whole, &options).unwrap(),
        ratios(&design, &[(y[0].clone(), Variable::new("x", &sample.x))], &whole, &options).unwrap(),
    ];
    for estimates in &all {
        for estimate in estimates.iter() {
            close(estimate.deff.unwrap(), 1.0);
            assert_eq!(estimate.degf, sample.n() as f64 - 1.0);
        }
    }
}

struct MeanByScores<'a>(&'a [f64]);

impl Statistic for MeanByScores<'_> {
    fn names(&self) -> Vec<String> {
        vec!["mean".into()]
    }

    fn values(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let size: f64 = weights.iter().sum();
        (size != 0.0).then(|| vec![product(self.0, weights).iter().sum::<f64>() / size])
    }

    fn scores(&self, weights: &[f64]) -> Vec<Vec<f64>> {
        let (size, mean) = (weights.iter().sum::<f64>(), self.values(weights).unwrap()[0]);
        vec![self.0.iter().map(|y| (y - mean) / size).collect()]
    }
}

// The score route and the totals route end in the same finisher. Deville (1999).
#[test]
fn the_score_route_is_the_totals_route() {
    for shape in SHAPES {
        let sample = Sample::random("routes", shape);
        let mask: Vec<bool> = sample.domain.iter().map(|d| *d == "east").collect();
        let domain = Domains::mask("east", &mask);
        let design = sample.design();
        let columns = [("one".to_string(), vec![1.0; sample.n()]), ("x".to_string(), sample.x.clone())];
        let known =
            [sample.weights.iter().sum::<f64>(), 1.05 * product(&sample.x, &sample.weights).iter().sum::<f64>()];
        let calibrated = calibrate(&design, &columns, &known, &CalibrateOptions::default()).unwrap().design;
        let mut designs = vec![design.clone(), calibrated];
        if shape.is_clustered {
            designs.push(replicate(&design, &ReplicateMethod::Jkn, true).unwrap());
        }
        for design in designs {
            let scored = statistic(&design, &MeanByScores(&sample.y), &mask, &options()).unwrap();
            let plain = means(&design, &[Variable::new("y", &sample.y)], &domain, &options()).unwrap();
            same(scored.get(0).unwrap(), plain.get(0).unwrap());
            assert_eq!(scored.get(0).unwrap().degf, plain.get(0).unwrap().degf);
        }
    }
}

// A variable is correlated by 1 with a rising linear function of itself, and its variance scales with the square.
#[test]
fn variances_of_linear_functions() {
    let sample = Sample::random("linear", CLUSTERS);
    let design = sample.design();
    let line: Vec<f64> = sample.y.iter().map(|y| 3.0 * y - 7.0).collect();
    let all = vec![true; sample.n()];
    let (y, z) = (Variable::new("y", &sample.y), Variable::new("z", &line));
    let r = correlation(&design, &y, &z, &all, &options()).unwrap();
    close(r.value.unwrap(), 1.0);
    assert!(r.se.unwrap() < 1e-7);
    let of = |v: &Variable<'_>| first(covariances(&design, std::slice::from_ref(v), &all, &options()).unwrap());
    close(of(&z).value.unwrap(), 9.0 * of(&y).value.unwrap());
    close(of(&z).se.unwrap(), 9.0 * of(&y).se.unwrap());
}

// A quantile of a rising linear function is the function of the quantile, and so are its limits.
#[test]
fn quantiles_of_linear_functions() {
    let sample = Sample::random("quantiles", CLUSTERS);
    let design = sample.design();
    let line: Vec<f64> = sample.y.iter().map(|y| 3.0 * y - 7.0).collect();
    let probs = [0.1, 0.25, 0.5, 0.75, 0.9];
    let of = |values: &[f64]| {
        quantiles(&design, &Variable::new("y", values), &probs, &sample.domains(), &QuantileOptions::default()).unwrap()
    };
    let mapped = |v: Option<f64>| v.map(|v| 3.0 * v - 7.0);
    for (a, b) in of(&line).iter().zip(&of(&sample.y)) {
        assert_eq!(a.value, mapped(b.value));
        assert_eq!((a.ci_low, a.ci_high), (mapped(b.ci_low), mapped(b.ci_high)));
    }
}

// Standardizing to the shares that the sample has changes nothing of the weights. Rothman et al. (2008), chapter 4.
#[test]
fn standardizing_to_the_own_shares_keeps_the_weights() {
    let sample = Sample::random("standard", CLUSTERS);
    let design = sample.design();
    let all = Codes::from_codes(vec![0; sample.n()], vec!["all".into()]);
    let shares: Vec<f64> = targets(&sample, &sample.weights, |_| 1.0).into_iter().map(|t| t.1).collect();
    let after = standardize(&design, &sample.domain_codes(), &all, &shares).unwrap();
    for (a, b) in after.design.weights().iter().zip(design.weights()) {
        close(*a, *b);
    }
}

// Bounds that no weight exceeds change nothing; bounds that some exceed keep the sum. Potter (1990).
#[test]
fn trimming_keeps_the_sum_of_the_weights() {
    let sample = Sample::random("trim", CLUSTERS);
    let design = sample.design();
    let wide = trim(&design, &TrimOptions { lower: 0.0, upper: 1e9, strict: true }).unwrap();
    assert_eq!(wide.design.weights(), design.weights());
    let cut = trim(&design, &TrimOptions { lower: 0.8, upper: 2.6, strict: true }).unwrap();
    close(cut.design.weights().iter().sum(), sample.weights.iter().sum());
    assert!(cut.record.n_trimmed > 0);
    assert!(cut.design.weights().iter().all(|w| *w == 0.0 || (0.8..=2.6 + 1e-12).contains(w)));
}

// Two equal classifications agree fully: kappa is 1, without variance. Cohen (1960).
#[test]
fn equal_classifications_have_kappa_one() {
    let sample = Sample::random("kappa", CLUSTERS);
    let answers = sample.answers();
    let agreement = kappa(&sample.design(), &answers, &answers, &sample.whole(), &options()).unwrap();
    close(agreement.value.unwrap(), 1.0);
    assert!(agreement.se.unwrap() < 1e-9);
}

// Columns that are passed together give what each gives alone, whatever the number of variables in a request.
#[test]
fn a_request_of_many_variables_is_many_requests() {
    for shape in SHAPES {
        let sample = Sample::random("many", shape);
        let design = sample.design();
        let both = [Variable::new("y", &sample.y), Variable::new("x", &sample.x)];
        let together = means(&design, &both, &sample.domains(), &options()).unwrap();
        for (k, variable) in both.iter().enumerate() {
            let alone = means(&design, std::slice::from_ref(variable), &sample.domains(), &options()).unwrap();
            for d in 0..2 {
                assert_eq!(together.get(2 * d + k), alone.get(d));
            }
        }
    }
}
