//! What holds for every estimator on every design: one suite over all of them.
//!
//! Samples come from proptest under a seed made of the property's name, so a run repeats the one before.

use opros::design::{Codes, Domains, LonelyPsu, SurveyDesign};
use opros::estimate::{
    CiMethod, Estimate, Estimates, MissingOutcome, Options, ProportionCi, QuantileOptions, QuantileRule, Variable,
    covariances, means, proportions, quantiles, ratios, totals,
};
use opros::numeric::stream::Stream;
use opros::weighting::{
    CalibrateOptions, Margin, RakeOptions, ReplicateMethod, calibrate, poststratify, rake, replicate,
};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

const CASES: u32 = 100;
/// Relative distance of a number before and after a change that should not matter.
const SAME: f64 = 1e-9;
/// Standard errors that vanish do so up to rounding of terms of this size.
const ZERO: f64 = 1e-9;

#[derive(Clone, Debug)]
struct Row {
    stratum: u8,
    psu: u8,
    weight: f64,
    y: f64,
    x: f64,
    /// None is missing.
    answer: Option<u8>,
    /// None is outside all domains.
    domain: Option<u8>,
    cell: u8,
}

fn row() -> impl Strategy<Value = Row> {
    let weight = prop_oneof![1 => Just(0.0), 4 => Just(1.0), 8 => 0.1..20.0];
    let y = prop_oneof![1 => Just(0.0), 6 => -50.0..100.0];
    (
        0..3u8,
        0..4u8,
        weight,
        y,
        0.5..9.0,
        prop_oneof![1 => Just(None), 8 => (0..3u8).prop_map(Some)],
        prop_oneof![
            1 => Just(None),
            6 => (0..3u8).prop_map(Some)
        ],
        0..2u8,
    )
        .prop_map(|(stratum, psu, weight, y, x, answer, domain, cell)| Row {
            stratum,
            psu,
            weight,
            y,
            x,
            answer,
            domain,
            cell,
        })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(row(), 4..60).prop_filter("a weight above 0", |rows| rows.iter().any(|r| r.weight > 0.0))
}

/// Runs a property under a seed of its own.
fn check<S: Strategy>(name: &str, strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let mut stream = Stream::named(20_260_726, name);
    let seed: Vec<u8> = (0..4).flat_map(|_| stream.bits().to_le_bytes()).collect();
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    if let Err(error) = runner.run(&strategy, test) {
        panic!("{name}: {error}");
    }
}

/// The designs that the suite goes through.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Rows,
    StratifiedRows,
    Clusters,
    Finite,
    Centered,
    PostStratified,
    Raked,
    Calibrated,
    Jackknife,
    Bootstrap,
}

const KINDS: [Kind; 10] = [
    Kind::Rows,
    Kind::StratifiedRows,
    Kind::Clusters,
    Kind::Finite,
    Kind::Centered,
    Kind::PostStratified,
    Kind::Raked,
    Kind::Calibrated,
    Kind::Jackknife,
    Kind::Bootstrap,
];

/// Names for strata and units, so that they can be given others.
#[derive(Clone, Copy)]
struct Names {
    stratum: fn(u8) -> String,
    psu: fn(u8) -> String,
}

const PLAIN: Names = Names { stratum: |h| format!("h{h}"), psu: |i| format!("u{i}") };
/// Turns the order around.
const OTHER: Names = Names { stratum: |h| format!("zone {}", 9 - h), psu: |i| format!("{}", 70 - i) };

fn design(kind: Kind, rows: &[Row], names: Names) -> Option<SurveyDesign> {
    let weights: Vec<f64> = rows.iter().map(|r| r.weight).collect();
    let strata: Vec<String> = rows.iter().map(|r| (names.stratum)(r.stratum)).collect();
    let psu: Vec<String> = rows.iter().map(|r| (names.psu)(r.psu)).collect();
    let policy = if kind == Kind::Centered { LonelyPsu::Center } else { LonelyPsu::Certainty };
    let base = SurveyDesign::builder().weights(&weights).lonely_psu(policy).nest(true);
    let clusters = base.clone().strata(&strata).psu(&psu);
    let size: f64 = weights.iter().sum();
    let cells: Vec<String> = rows.iter().map(|r| format!("cell {}", r.cell)).collect();
    let margin = || {
        let codes = Codes::from_labels(&cells);
        let has = |label: &String| cells.iter().zip(&weights).any(|(c, w)| c == label && *w > 0.0);
        let met = codes.labels().iter().filter(|l| has(l)).cloned();
        let targets: Vec<(String, f64)> = met.enumerate().map(|(k, l)| (l, size * (0.4 + 0.2 * k as f64))).collect();
        Margin::new("cell", codes, targets)
    };
    let build = match kind {
        Kind::Rows => base,
        Kind::StratifiedRows => base.strata(&strata),
        Kind::Finite => clusters.population_sizes(&vec![9.0; rows.len()]),
        _ => clusters,
    };
    let design = build.build().unwrap();
    match kind {
        Kind::PostStratified => poststratify(&design, &margin(), false).ok().map(|w| w.design),
        Kind::Raked => rake(&design, &[margin()], &RakeOptions::default()).ok().map(|w| w.design),
        Kind::Calibrated => {
            let columns = [("one".to_string(), vec![1.0; rows.len()])];
            calibrate(&design, &columns, &[1.3 * size], &CalibrateOptions::default()).ok().map(|w| w.design)
        }
        Kind::Jackknife => replicate(&design, &ReplicateMethod::Jkn, true).ok(),
        Kind::Bootstrap => replicate(&design, &ReplicateMethod::RaoWu { n_replicates: 12, seed: 5 }, true).ok(),
        _ => Some(design),
    }
}

/// What a change of the scale of the weights does to a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    Stays,
    Grows,
}

struct Family {
    name: &'static str,
    scale: Scale,
    is_share: bool,
    estimates: Estimates,
}

/// All estimators with standard errors.
fn families(design: &SurveyDesign, rows: &[Row], options: &Options) -> Vec<Family> {
    let y: Vec<f64> = rows.iter().map(|r| r.y).collect();
    let x: Vec<f64> = rows.iter().map(|r| r.x).collect();
    let domains = domains(rows);
    let inside: Vec<bool> = rows.iter().map(|r| r.domain == Some(0)).collect();
    let (vy, vx) = (Variable::new("y", &y), Variable::new("x", &x));
    let both = [vy.clone(), vx.clone()];
    let family = |name, scale, is_share, estimates| Family { name, scale, is_share, estimates };
    vec![
        family("totals", Scale::Grows, false, totals(design, &both, &domains, options).unwrap()),
        family("means", Scale::Stays, false, means(design, &both, &domains, options).unwrap()),
        family("ratios", Scale::Stays, false, ratios(design, &[(vy, vx)], &domains, options).unwrap()),
        shares(design, rows, options),
        family("covariances", Scale::Stays, false, covariances(design, &both, &inside, options).unwrap()),
    ]
}

fn shares(design: &SurveyDesign, rows: &[Row], options: &Options) -> Family {
    let estimates = proportions(design, &answers(rows), &domains(rows), options).unwrap();
    Family { name: "shares", scale: Scale::Stays, is_share: true, estimates }
}

fn answers(rows: &[Row]) -> Codes {
    let labels = ["a", "b", "c"].map(String::from).to_vec();
    Codes::from_codes(rows.iter().map(|r| r.answer.map_or(u32::MAX, u32::from)).collect(), labels)
}

fn domains(rows: &[Row]) -> Domains {
    let labels = ["p", "q", "r"].map(String::from).to_vec();
    Domains::by(&Codes::from_codes(rows.iter().map(|r| r.domain.map_or(u32::MAX, u32::from)).collect(), labels))
}

fn near(a: Option<f64>, b: Option<f64>, factor: f64, size: f64) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - factor * b).abs() <= SAME * a.abs() + ZERO * factor * size,
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Size of the numbers behind an estimate, for the rounding of differences.
fn size(e: &Estimate) -> f64 {
    1.0 + e.value.unwrap_or(0.0).abs() + e.se.unwrap_or(0.0)
}

/// Two runs of the suite tell the same, up to a factor on what grows with the weights.
fn agree(before: &[Family], after: &[Family], factor: f64, counts: bool) -> Result<(), TestCaseError> {
    for (old, new) in before.iter().zip(after) {
        let factor = if old.scale == Scale::Grows { factor } else { 1.0 };
        prop_assert_eq!(old.estimates.len(), new.estimates.len());
        for (a, b) in new.estimates.iter().zip(old.estimates.iter()) {
            let s = size(b) * 10.0;
            prop_assert!(near(a.value, b.value, factor, s), "{} value: {:?}, before: {:?}", old.name, a, b);
            prop_assert!(near(a.se, b.se, factor, s), "{} se: {:?}, before: {:?}", old.name, a, b);
            prop_assert_eq!(a.reason, b.reason, "{}: {:?}, before: {:?}", old.name, a, b);
            if counts {
                prop_assert_eq!((a.n, a.n_psus, a.degf), (b.n, b.n_psus, b.degf), "{}", old.name);
            }
        }
    }
    Ok(())
}

fn excluding() -> Options {
    Options { missing: MissingOutcome::Exclude, ..Options::default() }
}

#[test]
fn an_estimate_is_complete_or_says_why() {
    check("complete", rows(), |rows| {
        for kind in KINDS {
            let Some(design) = design(kind, &rows, PLAIN) else { continue };
            for missing in [MissingOutcome::Refuse, MissingOutcome::Exclude, MissingOutcome::KeepInBase] {
                let options = Options { missing, ..Options::default() };
                for family in families(&design, &rows, &options) {
                    for e in family.estimates.iter() {
                        let numbers =
                            [e.value, e.se, e.ci_low, e.ci_high, e.deff, e.n_eff, Some(e.degf), Some(e.sum_w)];
                        let what = format!("{kind:?} {}: {e:?}", family.name);
                        prop_assert!(numbers.iter().flatten().all(|v| v.is_finite()), "not finite, {}", what);
                        prop_assert!(e.value.is_some() || e.reason.is_some(), "no value, no reason, {}", what);
                        prop_assert!(e.se.is_some() || e.reason.is_some(), "no se, no reason, {}", what);
                        prop_assert!(e.se.is_none_or(|se| se >= 0.0), "negative, {}", what);
                        prop_assert!(e.deff.is_none_or(|d| d >= 0.0), "negative deff, {}", what);
                        if e.reason.is_none() {
                            prop_assert!(e.ci_low.is_some() && e.ci_high.is_some(), "no interval, {}", what);
                            prop_assert!(e.ci_method.is_some(), "no method, {}", what);
                            prop_assert!(e.degf > 0.0, "degf, {}", what);
                        } else {
                            prop_assert!(e.reason.is_none_or(|reason| !reason.to_string().is_empty()));
                            // Totals of domains in one unit have a standard error without limits.
                            let is_total = family.name == "totals";
                            prop_assert!(e.se.is_none() || is_total, "se with a reason, {}", what);
                            prop_assert!(e.ci_low.is_none() && e.ci_high.is_none(), "limits with a reason, {}", what);
                        }
                        if e.n == 0 {
                            prop_assert!(e.value.is_none(), "empty domain with a value, {}", what);
                        }
                        let value = e.value.unwrap_or(0.0);
                        let slack = 1e-9 * (1.0 + value.abs());
                        prop_assert!(e.ci_low.is_none_or(|low| low <= value + slack), "low, {}", what);
                        prop_assert!(e.ci_high.is_none_or(|high| high >= value - slack), "high, {}", what);
                    }
                }
            }
        }
        Ok(())
    });
}

#[test]
fn the_order_of_rows_does_not_matter() {
    check("order", (rows(), any::<u64>()), |(rows, seed)| {
        let mut shuffled = rows.clone();
        Stream::named(seed, "order of rows").shuffle(&mut shuffled);
        for kind in KINDS {
            let (Some(a), Some(b)) = (design(kind, &rows, PLAIN), design(kind, &shuffled, PLAIN)) else { continue };
            let (a, b) = (families(&a, &rows, &excluding()), families(&b, &shuffled, &excluding()));
            agree(&a, &b, 1.0, true).map_err(|e| TestCaseError::fail(format!("{kind:?} {e}")))?;
        }
        Ok(())
    });
}

#[test]
fn the_names_of_strata_and_units_do_not_matter() {
    check("names", rows(), |rows| {
        // A bootstrap draws units in the order of their names: other names, another draw.
        for kind in KINDS.into_iter().filter(|k| *k != Kind::Bootstrap) {
            let (Some(a), Some(b)) = (design(kind, &rows, PLAIN), design(kind, &rows, OTHER)) else { continue };
            let (a, b) = (families(&a, &rows, &excluding()), families(&b, &rows, &excluding()));
            agree(&a, &b, 1.0, true).map_err(|e| TestCaseError::fail(format!("{kind:?} {e}")))?;
        }
        Ok(())
    });
}

#[test]
fn the_scale_of_the_weights_counts_in_totals_only() {
    check("scale", (rows(), 0.01..1000.0), |(rows, factor)| {
        let scaled: Vec<Row> = rows.iter().map(|r| Row { weight: r.weight * factor, ..r.clone() }).collect();
        for kind in KINDS {
            let (Some(a), Some(b)) = (design(kind, &rows, PLAIN), design(kind, &scaled, PLAIN)) else { continue };
            let (a, b) = (families(&a, &rows, &excluding()), families(&b, &scaled, &excluding()));
            agree(&a, &b, factor, true).map_err(|e| TestCaseError::fail(format!("{kind:?} {e}")))?;
        }
        Ok(())
    });
}

#[test]
fn rows_of_weight_zero_in_units_that_are_there_change_nothing() {
    check(
        "weight zero",
        (rows(), prop::collection::vec((any::<prop::sample::Index>(), row()), 1..10)),
        |(rows, more)| {
            let mut longer = rows.clone();
            for (index, extra) in more {
                let host = index.get(&rows);
                // In a cell that has respondents, or its target would have none.
                longer.push(Row { weight: 0.0, stratum: host.stratum, psu: host.psu, cell: host.cell, ..extra });
            }
            // Rows that are units count as units.
            for kind in KINDS.into_iter().filter(|k| !matches!(k, Kind::Rows | Kind::StratifiedRows)) {
                let (Some(a), Some(b)) = (design(kind, &rows, PLAIN), design(kind, &longer, PLAIN)) else { continue };
                let (a, b) = (families(&a, &rows, &excluding()), families(&b, &longer, &excluding()));
                agree(&a, &b, 1.0, true).map_err(|e| TestCaseError::fail(format!("{kind:?} {e}")))?;
            }
            Ok(())
        },
    );
}

#[test]
fn respondents_counted_twice_with_half_the_weight_change_nothing() {
    check("twice", rows(), |rows| {
        let halves: Vec<Row> =
            rows.iter().flat_map(|r| [0, 1].map(|_| Row { weight: r.weight / 2.0, ..r.clone() })).collect();
        for kind in KINDS.into_iter().filter(|k| !matches!(k, Kind::Rows | Kind::StratifiedRows)) {
            let (Some(a), Some(b)) = (design(kind, &rows, PLAIN), design(kind, &halves, PLAIN)) else { continue };
            let (mut a, mut b) = (families(&a, &rows, &excluding()), families(&b, &halves, &excluding()));
            // Variances have n/(n − 1), which sees the number of rows.
            a.retain(|f| f.name != "covariances");
            b.retain(|f| f.name != "covariances");
            agree(&a, &b, 1.0, false).map_err(|e| TestCaseError::fail(format!("{kind:?} {e}")))?;
        }
        Ok(())
    });
}

#[test]
fn shares_are_shares() {
    check("shares", rows(), |rows| {
        for kind in KINDS {
            let Some(design) = design(kind, &rows, PLAIN) else { continue };
            let all = families(&design, &rows, &excluding());
            let shares = &all.iter().find(|f| f.is_share).unwrap().estimates;
            for d in 0..3 {
                let values: Vec<f64> = (0..3).filter_map(|k| shares.get(3 * d + k).unwrap().value).collect();
                prop_assert!(values.iter().all(|p| (0.0..=1.0).contains(p)), "{kind:?} {values:?}");
                if !values.is_empty() {
                    prop_assert!((values.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{kind:?} {values:?}");
                    let sum = shares.contrast(&[(3 * d, 1.0), (3 * d + 1, 1.0), (3 * d + 2, 1.0)]).unwrap();
                    prop_assert!(sum.se.is_none_or(|se| se < 1e-7), "{kind:?} {sum:?}");
                }
            }
        }
        Ok(())
    });
}

#[test]
fn intervals_are_nested_in_the_level_and_those_of_shares_lie_between_zero_and_one() {
    const METHODS: [ProportionCi; 7] = [
        ProportionCi::Rule,
        ProportionCi::Always(CiMethod::Wald),
        ProportionCi::Always(CiMethod::Logit),
        ProportionCi::Always(CiMethod::Likelihood),
        ProportionCi::Always(CiMethod::ArcSine),
        ProportionCi::Always(CiMethod::KornGraubard),
        ProportionCi::Always(CiMethod::Wilson),
    ];
    check("nested", rows(), |rows| {
        for kind in KINDS {
            let Some(design) = design(kind, &rows, PLAIN) else { continue };
            for proportion_ci in METHODS {
                let at = |level| {
                    let options = Options { level, proportion_ci, ..excluding() };
                    if proportion_ci == ProportionCi::Rule {
                        return families(&design, &rows, &options);
                    }
                    vec![shares(&design, &rows, &options)]
                };
                let (narrow, wide) = (at(0.8), at(0.99));
                for (inner, outer) in narrow.iter().zip(&wide) {
                    for (a, b) in inner.estimates.iter().zip(outer.estimates.iter()) {
                        let (Some(low), Some(high)) = (a.ci_low, a.ci_high) else { continue };
                        let what = format!("{kind:?} {} {proportion_ci:?} {a:?} in {b:?}", inner.name);
                        let (outer_low, outer_high) = (b.ci_low.unwrap(), b.ci_high.unwrap());
                        let slack = 1e-9 * (1.0 + low.abs() + high.abs());
                        prop_assert!(outer_low <= low + slack && high <= outer_high + slack, "not nested: {}", what);
                        let value = a.value.unwrap();
                        prop_assert!(low <= value + slack && value <= high + slack, "estimate outside: {}", what);
                        if inner.is_share && proportion_ci != ProportionCi::Always(CiMethod::Wald) {
                            prop_assert!(outer_low >= 0.0 && outer_high <= 1.0, "outside 0..1: {}", what);
                        }
                    }
                }
            }
        }
        Ok(())
    });
}

#[test]
fn quantiles_rise_and_stay_within_the_data() {
    const RULES: [QuantileRule; 10] = [
        QuantileRule::Inverse,
        QuantileRule::Midpoint,
        QuantileRule::EvenRow,
        QuantileRule::Linear,
        QuantileRule::MidWeight,
        QuantileRule::Weibull,
        QuantileRule::Gumbel,
        QuantileRule::MedianUnbiased,
        QuantileRule::NormalUnbiased,
        QuantileRule::ShahVaish,
    ];
    let probs = [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0];
    check("quantiles", rows(), |rows| {
        let y: Vec<f64> = rows.iter().map(|r| r.y).collect();
        for kind in [Kind::Rows, Kind::Clusters, Kind::Finite, Kind::PostStratified, Kind::Jackknife] {
            let Some(design) = design(kind, &rows, PLAIN) else { continue };
            for rule in RULES {
                let options = QuantileOptions { rule, ..QuantileOptions::default() };
                let found = quantiles(&design, &Variable::new("y", &y), &probs, &domains(&rows), &options).unwrap();
                for (d, by) in found.chunks_exact(probs.len()).enumerate() {
                    let is_member = |i: &usize| rows[*i].domain == Some(d as u8) && rows[*i].weight > 0.0;
                    let mut members: Vec<usize> = (0..rows.len()).filter(is_member).collect();
                    members.sort_by(|a, b| y[*a].total_cmp(&y[*b]));
                    let w = |i: &usize| design.weights()[*i];
                    let first_share = members.first().map_or(0.0, w) / members.iter().map(w).sum::<f64>();
                    let (low, high) = (members.first().map_or(0.0, |i| y[*i]), members.last().map_or(0.0, |i| y[*i]));
                    prop_assert!(by.iter().all(|q| q.value.is_some() || q.reason.is_some()));
                    // R's rules that look for the last row at or below p give the second value, or a point beyond the
                    // first, for a p below the share of the first row.
                    let looks_back =
                        [QuantileRule::Inverse, QuantileRule::Midpoint, QuantileRule::EvenRow, QuantileRule::Linear];
                    let counts = |p: f64| !looks_back.contains(&rule) || p >= first_share;
                    let values: Vec<f64> = by.iter().filter(|q| counts(q.p)).filter_map(|q| q.value).collect();
                    let slack = 1e-12 * (low.abs() + high.abs());
                    let is_within = values.iter().all(|v| (low - slack..=high + slack).contains(v));
                    prop_assert!(is_within, "{kind:?} {rule:?} {values:?}");
                    // Shah and Vaish sort by points that need not rise with the values.
                    let rises = values.windows(2).all(|w| w[0] <= w[1] + slack);
                    prop_assert!(rises || rule == QuantileRule::ShahVaish, "{kind:?} {rule:?} {values:?}");
                    if rule == QuantileRule::Inverse {
                        for q in by {
                            let value = q.value.unwrap_or(0.0);
                            prop_assert!(q.ci_low.is_none_or(|v| v <= value), "{kind:?} {q:?}");
                            prop_assert!(q.ci_high.is_none_or(|v| v >= value), "{kind:?} {q:?}");
                            prop_assert!(q.se.is_none_or(|v| v >= 0.0), "{kind:?} {q:?}");
                        }
                    }
                }
            }
        }
        Ok(())
    });
}

/// All numbers of a run as bits.
fn bits(design: &SurveyDesign, rows: &[Row]) -> Vec<u64> {
    let mut all = Vec::new();
    for family in families(design, rows, &excluding()) {
        for e in family.estimates.iter() {
            let numbers = [e.value, e.se, e.ci_low, e.ci_high, e.deff, e.n_eff, Some(e.degf), Some(e.sum_w)];
            all.extend(numbers.iter().map(|v| v.map_or(0, f64::to_bits)));
        }
        for row in family.estimates.covariance(&[0, 1]).unwrap() {
            all.extend(row.iter().map(|v| v.to_bits()));
        }
    }
    all
}

/// More rows than several blocks of the one pass have.
#[test]
fn threads_do_not_change_a_bit() {
    let mut stream = Stream::named(20_260_726, "threads");
    let rows: Vec<Row> = (0..300_000)
        .map(|_| Row {
            stratum: stream.index(3) as u8,
            psu: stream.index(40) as u8,
            weight: if stream.chance(0.02) { 0.0 } else { 0.1 + stream.exponential() },
            y: 50.0 + 20.0 * stream.normal(),
            x: 0.5 + stream.exponential(),
            answer: (!stream.chance(0.1)).then(|| stream.index(3) as u8),
            domain: (!stream.chance(0.1)).then(|| stream.index(3) as u8),
            cell: stream.index(2) as u8,
        })
        .collect();
    for kind in [Kind::StratifiedRows, Kind::Clusters, Kind::Raked, Kind::Bootstrap] {
        let on = |n_threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| bits(&design(kind, &rows, PLAIN).unwrap(), &rows))
        };
        let one = on(1);
        for n_threads in [2, 16] {
            assert!(on(n_threads) == one, "{kind:?}: {n_threads} threads");
        }
    }
}
