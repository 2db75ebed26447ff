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
    let path = std::env::var("OPROS_DISTRIBUTIONS").unwrap_or_else(|_| {
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/reference/distributions.csv"
        )
        .to_owned()
    });
    let mut reader = csv::Reader::from_path(path).unwrap();
    let number = |text: &str| {
        if text.is_empty() {
            f64::NAN
        } else {
            text.parse().unwrap()
        }
    };
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
    if got == want {
        0.0
    } else {
        ((got - want) / want).abs()
    }
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
        if !(distance <= TOLERANCE) {
            failures.push(text.clone());
        }
        let entry = worst
            .entry((row.distribution.clone(), row.function.clone()))
            .or_insert((0.0, text.clone()));
        if !(distance <= entry.0) {
            *entry = (distance, text);
        }
    }
    for (distance, text) in worst.values() {
        println!("{distance:.1e}  {text}");
    }
    assert!(
        failures.is_empty(),
        "{} of {} rows fail:\n{}",
        failures.len(),
        rows.len(),
        failures.join("\n")
    );
}

#[test]
fn a_difference_is_noticed() {
    assert!(relative_distance(1.0 + 2e-10, 1.0) > TOLERANCE);
    assert!(!(relative_distance(f64::NAN, 1.0) <= TOLERANCE));
}
