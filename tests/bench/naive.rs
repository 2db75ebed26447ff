//! A second implementation in plain loops, which shares no code with the engine: one look at the rows for the totals, and
//! another for everything that needs a centre.

use std::collections::BTreeMap;

use opros::rows::{RowSource, Table};
use serde_json::{Value, json};

use super::table::{at, numbers};

/// The largest relative difference between a result and the naive one, and how many numbers were compared; `None` where there
/// is no naive one.
pub fn compare(workload: &str, table: &Table, result: &Value) -> Option<(f64, usize)> {
    let naive = match workload {
        "W1" => mean(table),
        "W2" | "W10" => shares(table),
        "W3" => by_region(table),
        _ => return None,
    };
    let mut worst = (0.0, 0);
    look(&naive, result, &mut worst);
    Some(worst)
}

fn look(naive: &Value, result: &Value, worst: &mut (f64, usize)) {
    match naive {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| look(value, &result[name], worst)),
        Value::Array(rows) => rows.iter().enumerate().for_each(|(i, value)| look(value, &result[i], worst)),
        Value::Number(_) => {
            let (a, b) = (naive.as_f64().unwrap_or(f64::NAN), result.as_f64().unwrap_or(f64::INFINITY));
            worst.0 = f64::max(worst.0, (a - b).abs() / a.abs().max(f64::MIN_POSITIVE));
            worst.1 += 1;
        }
        _ => {}
    }
}

/// Strata of sampling units, with the units that the population has.
struct Units<'a> {
    psu: &'a [u32],
    n_units: usize,
    /// By stratum code, its units and the size of its population.
    strata: BTreeMap<u32, (Vec<u32>, f64)>,
}

impl<'a> Units<'a> {
    fn of(table: &'a Table) -> Self {
        let psu = table.columns()[at("psu")].codes();
        let stratum = table.columns()[at("stratum")].codes();
        let population = numbers(table, "fpc");
        let mut strata: BTreeMap<u32, (Vec<u32>, f64)> = BTreeMap::new();
        let n_units = table.labels(at("psu")).len();
        let mut is_known = vec![false; n_units];
        for i in 0..psu.len() {
            if !is_known[psu[i] as usize] {
                is_known[psu[i] as usize] = true;
                strata.entry(stratum[i]).or_insert((Vec::new(), population[i])).0.push(psu[i]);
            }
        }
        Self { psu, n_units, strata }
    }

    /// The variance of a total of scores, (1 − n/N) n/(n − 1) Σ (z − z̄)² added up over the strata.
    fn variance(&self, score: impl Fn(usize) -> f64) -> f64 {
        let of_stratum = |(units, population): &(Vec<u32>, f64)| {
            let n = units.len() as f64;
            let mean = units.iter().map(|unit| score(*unit as usize)).sum::<f64>() / n;
            let squares: f64 = units.iter().map(|unit| (score(*unit as usize) - mean).powi(2)).sum();
            (1.0 - n / population) * n / (n - 1.0) * squares
        };
        self.strata.values().map(of_stratum).sum()
    }

    /// Units with members less strata with members.
    fn degf(&self, has_members: impl Fn(usize) -> bool) -> f64 {
        let mut degf = 0.0;
        for (units, _) in self.strata.values() {
            let n = units.iter().filter(|unit| has_members(**unit as usize)).count() as f64;
            degf += if n > 0.0 { n - 1.0 } else { 0.0 };
        }
        degf
    }

    /// Totals by unit and cell; a row falls into the cell that `value` gives with its part.
    fn totals(&self, n_cells: usize, value: impl Fn(usize) -> Option<(usize, f64)>) -> Vec<f64> {
        let mut totals = vec![0.0; self.n_units * n_cells];
        for (i, unit) in self.psu.iter().enumerate() {
            if let Some((cell, part)) = value(i) {
                totals[*unit as usize * n_cells + cell] += part;
            }
        }
        totals
    }
}

fn mean(table: &Table) -> Value {
    let (units, w, y) = (Units::of(table), numbers(table, "weight"), numbers(table, "stalin_positive"));
    let inside = |i: usize| !y[i].is_nan();
    let (mut size, mut sum, mut n) = (0.0, 0.0, 0);
    for i in (0..w.len()).filter(|i| inside(*i)) {
        size += w[i];
        sum += w[i] * y[i];
        n += 1;
    }
    let mean = sum / size;
    let scores = units.totals(1, |i| inside(i).then(|| (0, w[i] * (y[i] - mean) / size)));
    let members = units.totals(1, |i| inside(i).then_some((0, 1.0)));
    let degf = units.degf(|unit| members[unit] > 0.0);
    json!({ "est": mean, "se": units.variance(|unit| scores[unit]).sqrt(), "df": degf, "n": n })
}

fn shares(table: &Table) -> Value {
    let (units, w) = (Units::of(table), numbers(table, "weight"));
    let column = |name: &str| (table.columns()[at(name)].codes(), table.labels(at(name)).len());
    let ((settlement, n_settlements), (wave, n_waves)) = (column("settlement_type"), column("wave"));
    let (answer, n_answers) = column("answer");
    let n_domains = n_settlements * n_waves;
    let domain = |i: usize| settlement[i] as usize * n_waves + wave[i] as usize;
    let mut sizes = vec![(0.0, 0.0); n_domains];
    let mut sums = vec![0.0; n_domains * n_answers];
    for i in 0..w.len() {
        sizes[domain(i)].0 += 1.0;
        sizes[domain(i)].1 += w[i];
        sums[domain(i) * n_answers + answer[i] as usize] += w[i];
    }
    // The second look: scores of rows, one answer after another.
    let members = units.totals(n_domains, |i| Some((domain(i), 1.0)));
    let scores: Vec<Vec<f64>> = (0..n_answers)
        .map(|level| {
            units.totals(n_domains, |i| {
                let (d, y) = (domain(i), if answer[i] as usize == level { 1.0 } else { 0.0 });
                Some((d, w[i] * (y - sums[d * n_answers + level] / sizes[d].1) / sizes[d].1))
            })
        })
        .collect();
    let cell = |cell: usize| {
        let (d, level) = (cell / n_answers, cell % n_answers);
        let (n, size) = sizes[d];
        let p = sums[cell] / size;
        let variance = units.variance(|unit| scores[level][unit * n_domains + d]);
        let simple = p * (1.0 - p) / (n - 1.0) * (size - n) / size;
        let degf = units.degf(|unit| members[unit * n_domains + d] > 0.0);
        if p > 0.0 && p < 1.0 {
            json!({ "est": p, "se": variance.sqrt(), "deff": variance / simple, "df": degf })
        } else {
            json!({ "est": p, "df": degf })
        }
    };
    (0..n_domains * n_answers).map(cell).collect()
}

fn by_region(table: &Table) -> Value {
    let (units, w) = (Units::of(table), numbers(table, "weight"));
    let (income, size) = (numbers(table, "income"), numbers(table, "hh_size"));
    let region = table.columns()[at("region")].codes();
    let n_regions = table.labels(at("region")).len();
    let mut sums = vec![(0.0, 0.0); n_regions];
    for i in 0..w.len() {
        sums[region[i] as usize].0 += w[i] * income[i];
        sums[region[i] as usize].1 += w[i] * size[i];
    }
    let ratio = |r: usize| sums[r].0 / sums[r].1;
    let totals = units.totals(n_regions, |i| Some((region[i] as usize, w[i] * income[i])));
    let scores = units.totals(n_regions, |i| {
        let r = region[i] as usize;
        Some((r, w[i] * (income[i] - ratio(r) * size[i]) / sums[r].1))
    });
    let row = |r: usize| {
        json!({
            "total": sums[r].0, "total_se": units.variance(|unit| totals[unit * n_regions + r]).sqrt(),
            "ratio": ratio(r), "ratio_se": units.variance(|unit| scores[unit * n_regions + r]).sqrt(),
        })
    };
    (0..n_regions).map(row).collect()
}
