//! Tails and quantiles against 50-digit values from mpmath (`tests/reference/distributions.py`).

use opros::numeric::dist::{Beta, ChiSquared, FisherF, Gamma, Normal, StudentT};
use std::collections::BTreeMap;

/// The bar: every value within this relative distance.
const TOLERANCE: f64 = 1e-10;

struct Row {
    distribution: String,
    a: f64,
    b: f64,
    function: String,
    x: f64,
    value: f64,
}

fn rows() -> Vec<Row> {
    let path = std::env::var("OPROS_DISTRIBUTIONS")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/distributions.csv").to_owned());
    let mut reader = csv::Reader::from_path(path).unwrap();
    let number = |text: &str| if text.is_empty() { f64::NAN } else { text.parse().unwrap() };
    reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            Row {
                distribution: record[0].to_owned(),
                a: number(&record[1]),
                b: number(&record[2]),
                function: record[3].to_owned(),
                x: number(&record[4]),
                value: number(&record[5]),
            }
        })
        .collect()
}

macro_rules! call {
    ($dist:expr, $row:expr) => {{
        let dist = $dist.unwrap();
        match $row.function.as_str() {
            "cdf" => dist.cdf($row.x),
            "sf" => dist.sf($row.x),
            "ln_sf" => dist.ln_sf($row.x),
            "quantile" => dist.quantile($row.x),
            "upper_quantile" => dist.upper_quantile($row.x),
            other => panic!("unknown function {other}"),
        }
    }};
}

fn computed(row: &Row) -> f64 {
    match row.distribution.as_str() {
        "normal" => call!(Normal::new(0.0, 1.0), row),
        "t" => call!(StudentT::new(row.a), row),
        "chi2" => call!(ChiSquared::new(row.a), row),
        "gamma" => call!(Gamma::new(row.a, 1.0), row),
        "beta" => call!(Beta::new(row.a, row.b), row),
        "f" => call!(FisherF::new(row.a, row.b), row),
        other => panic!("unknown distribution {other}"),
    }
}

fn relative_distance(got: f64, want: f64) -> f64 {
    if got == want { 0.0 } else { ((got - want) / want).abs() }
}

#[test]
fn every_stored_value_is_met() {
    let mut worst: BTreeMap<(String, String), (f64, String)> = BTreeMap::new();
    let mut failures = Vec::new();
    let rows = rows();
    assert!(rows.len() > 50);
    for row in &rows {
        let got = computed(row);
        let distance = relative_distance(got, row.value);
        let text = format!(
            "{}({}, {}) {}({:e}) = {got:e}, want {:e}: {distance:.1e}",
            row.distribution, row.a, row.b, row.function, row.x, row.value
        );
        if distance.is_nan() || distance > TOLERANCE {
            failures.push(text.clone());
        }
        let entry = worst.entry((row.distribution.clone(), row.function.clone())).or_insert((0.0, text.clone()));
        if distance.is_nan() || distance > entry.0 {
            *entry = (distance, text);
        }
    }
    for (distance, text) in worst.values() {
        println!("{distance:.1e}  {text}");
    }
    assert!(failures.is_empty(), "{} of {} rows fail:\n{}", failures.len(), rows.len(), failures.join("\n"));
}

#[test]
fn a_difference_is_noticed() {
    assert!(relative_distance(1.0 + 2e-10, 1.0) > TOLERANCE);
    assert!(relative_distance(f64::NAN, 1.0).is_nan());
}

/// A whole scan of the parameter space: a quantile and its tail undo each other, wherever the stored values are not.
#[test]
fn quantiles_undo_tails_everywhere() {
    use opros::numeric::stream::Stream;
    let mut stream = Stream::named(2, "distribution scan");
    let mut log_uniform = |low: f64, high: f64| libm::pow(10.0, low + (high - low) * stream.uniform());
    let mut n_checked = 0;
    let mut check = |name: String, q: f64, x: f64, tail: f64, density: f64| {
        assert!(!x.is_nan() && !tail.is_nan(), "{name} q = {q:e}: x = {x:e}, tail = {tail:e}");
        if x == 0.0 || !x.is_finite() || x.abs() < 1e-290 || x.abs() > 1e290 || !density.is_finite() {
            return;
        }
        if name.starts_with("beta") && x > 1.0 - 1e-6 {
            // So near 1 an f64 cannot tell the points apart; the mirrored distribution has the digits.
            return;
        }
        // Rounding x alone moves the tail by this share.
        let condition = (x * density / q).abs() * 1e-15;
        let distance = relative_distance(tail, q);
        assert!(distance <= 1e-11 + condition, "{name} q = {q:e}: x = {x:e}, tail = {tail:e}, off by {distance:.1e}");
        n_checked += 1;
    };
    for round in 0..10_000 {
        let a = log_uniform(-3.0, 9.0);
        let b = log_uniform(-3.0, 9.0);
        let q = if round % 2 == 0 { log_uniform(-300.0, -0.01) } else { log_uniform(-4.0, -0.0001) };
        let t = StudentT::new(a.max(0.05)).unwrap();
        let x = t.upper_quantile(q);
        check(format!("t({})", t.df()), q, x, t.sf(x), t.pdf(x));
        let chi = ChiSquared::new(a).unwrap();
        let x = chi.upper_quantile(q);
        check(format!("chi2({a}) upper"), q, x, chi.sf(x), chi.pdf(x));
        let x = chi.quantile(q);
        check(format!("chi2({a}) lower"), q, x, chi.cdf(x), chi.pdf(x));
        let f = FisherF::new(a, b).unwrap();
        let x = f.upper_quantile(q);
        check(format!("F({a}, {b}) upper"), q, x, f.sf(x), f.pdf(x));
        let x = f.quantile(q);
        check(format!("F({a}, {b}) lower"), q, x, f.cdf(x), f.pdf(x));
        let beta = Beta::new(a, b).unwrap();
        let x = beta.upper_quantile(q);
        check(format!("beta({a}, {b}) upper"), q, x, beta.sf(x), beta.pdf(x));
        let x = beta.quantile(q);
        check(format!("beta({a}, {b}) lower"), q, x, beta.cdf(x), beta.pdf(x));
    }
    assert!(n_checked > 15_000, "{n_checked}");
}

#[test]
fn tails_fall_as_the_point_moves_out() {
    // Across every change of method on the way, to within rounding.
    for (a, b) in
        [(0.25, 3.0), (0.99, 350.0), (1.01, 350.0), (39.9, 1e6), (40.1, 70.0), (399.0, 401.0), (401.0, 5e4), (1e8, 0.5)]
    {
        let f = FisherF::new(a, b).unwrap();
        let (mut lower, mut upper) = (0.0, 1.0);
        for step in 0..6000 {
            let x = libm::exp(-15.0 + 0.005 * f64::from(step));
            let (c, s) = (f.cdf(x), f.sf(x));
            assert!(
                c >= lower * (1.0 - 1e-11) && s <= upper * (1.0 + 1e-11),
                "F({a}, {b}) at {x}: {c:e} {lower:e} {s:e} {upper:e}"
            );
            assert!((c + s - 1.0).abs() < 1e-14);
            (lower, upper) = (c, s);
        }
    }
}

#[test]
fn nan_in_gives_nan_out_and_nothing_else_does() {
    let t = [StudentT::new(0.7).unwrap(), StudentT::new(9.0).unwrap(), StudentT::new(f64::INFINITY).unwrap()];
    let f = [FisherF::new(3.0, 50.0).unwrap(), FisherF::new(3.0, f64::INFINITY).unwrap()];
    let (chi, beta, normal) = (ChiSquared::new(4.0).unwrap(), Beta::new(2.0, 900.0).unwrap(), Normal::STANDARD);
    let all = |v: f64| {
        let mut out = vec![chi.cdf(v), chi.sf(v), chi.quantile(v), chi.upper_quantile(v), beta.cdf(v), beta.sf(v)];
        out.extend([beta.quantile(v), beta.upper_quantile(v), normal.cdf(v), normal.quantile(v), normal.sf(v)]);
        for t in &t {
            out.extend([t.cdf(v), t.sf(v), t.quantile(v), t.upper_quantile(v), t.two_sided_sf(v)]);
        }
        for f in &f {
            out.extend([f.cdf(v), f.sf(v), f.quantile(v), f.upper_quantile(v)]);
        }
        out
    };
    assert!(all(f64::NAN).iter().all(|v| v.is_nan()), "{:?}", all(f64::NAN));
    for v in [f64::NEG_INFINITY, -1.0, -0.0, 5e-324, 1e-200, 0.5, 1.0 - 1e-16, 1.0, 1e200, f64::MAX, f64::INFINITY] {
        assert!(all(v).iter().all(|x| !x.is_nan()), "{v}: {:?}", all(v));
    }
}
