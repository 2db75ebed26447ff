//! Two printed tables of groups.

use super::error::{DecompositionError, same_length};
use super::product::split_product;
use crate::estimate::{Interval, wald_interval};
use crate::numeric::dual::Dual;

/// A group of a printed table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableCell {
    /// Share of the whole, in 0..=1.
    pub share: f64,
    /// The answer's share (or mean) within the group; anything where the share is 0.
    pub rate: f64,
    /// Respondents behind the rate; without them there is no error.
    pub n: Option<f64>,
}

/// A printed table: one population by group, the groups in the order of the other table.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupTable {
    pub cells: Vec<TableCell>,
    /// Design effect that is assumed for shares and rates.
    pub deff: f64,
}

/// A part of a gap with its error, where there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KitagawaPart {
    pub estimate: f64,
    pub se: Option<f64>,
    /// Normal limits.
    pub interval: Option<Interval>,
}

/// A gap between two tables, split.
#[derive(Debug, Clone, PartialEq)]
pub struct Kitagawa {
    /// First table less second.
    pub gap: KitagawaPart,
    /// The groups have other sizes.
    pub composition: KitagawaPart,
    /// The groups answer otherwise.
    pub rates: KitagawaPart,
    /// By group; they add up to the part.
    pub composition_by_group: Vec<KitagawaPart>,
    pub rates_by_group: Vec<KitagawaPart>,
}

/// Splits the gap between two published tables into composition and rates.
///
/// # Definition
/// Gap Σ pᵏrᵏ − Σ qᵏsᵏ = Σ (pᵏ − qᵏ)(rᵏ + sᵏ)/2 + Σ (rᵏ − sᵏ)(pᵏ + qᵏ)/2. A group that one table lacks is all composition:
/// it takes the other table's rate. By the delta method, with var(rᵏ) = deff·rᵏ(1 − rᵏ)/nᵏ, multinomial shares on the sum of the nᵏ
/// with the same design effect, and independent tables.
///
/// # Shapes and units
/// Shares and rates in 0..=1; shares of a table add up to 1 within rounding and are divided by their sum.
///
/// # Errors
/// Tables of other lengths, shares or rates outside 0..=1, shares that do not add up to 1 within 0.05, design effects or
/// bases not above 0, a level outside 0..1.
///
/// # Examples
/// ```
/// use opros::analysis::decomposition::{GroupTable, TableCell, kitagawa};
/// let table = |cells: [(f64, f64); 2]| GroupTable {
///     cells: cells.map(|(share, rate)| TableCell { share, rate, n: None }).to_vec(),
///     deff: 1.0,
/// };
/// // The old are fewer and answer otherwise than before.
/// let split = kitagawa(&table([(0.5, 0.2), (0.5, 0.6)]), &table([(0.25, 0.1), (0.75, 0.6)]), 0.95)?;
/// assert!((split.composition.estimate - -0.1125).abs() < 1e-12);
/// assert!((split.rates.estimate - 0.0375).abs() < 1e-12);
/// # Ok::<(), opros::analysis::decomposition::DecompositionError>(())
/// ```
///
/// # References
/// Kitagawa (1955), "Components of a difference between two rates", JASA 50.
pub fn kitagawa(first: &GroupTable, second: &GroupTable, level: f64) -> Result<Kitagawa, DecompositionError> {
    same_length("the second table", second.cells.len(), first.cells.len())?;
    if !(level > 0.0 && level < 1.0) {
        let (what, expected) = ("the level".to_owned(), "a number between 0 and 1");
        return Err(DecompositionError::OutOfRange { what, got: level, expected });
    }
    let (of_first, of_second) = (parameters(first, 0, 2)?, parameters(second, 1, 2)?);
    let k = first.cells.len();
    let mut by_group: [Vec<Dual>; 2] = [Vec::with_capacity(k), Vec::with_capacity(k)];
    for g in 0..k {
        let (mut a, mut b) = (of_first[g].clone(), of_second[g].clone());
        match (a[0].value == 0.0, b[0].value == 0.0) {
            (true, _) => a[1] = b[1].clone(),
            (false, true) => b[1] = a[1].clone(),
            (false, false) => {}
        }
        for (part, effect) in by_group.iter_mut().zip(split_product(&a, &b)) {
            part.push(effect);
        }
    }
    let errors = [variances(first), variances(second)];
    let finish = |part: &Dual| {
        let se = match &errors {
            [Some(a), Some(b)] => Some(standard_error(&part.gradient, [first, second], [a, b])),
            _ => None,
        };
        let interval = se.and_then(|se| wald_interval(part.value, se, f64::INFINITY, level));
        KitagawaPart { estimate: part.value, se, interval }
    };
    let [composition, rates] = by_group;
    let (whole_composition, whole_rates) = (Dual::sum(&composition), Dual::sum(&rates));
    Ok(Kitagawa {
        gap: finish(&whole_composition.plus(&whole_rates)),
        composition: finish(&whole_composition),
        rates: finish(&whole_rates),
        composition_by_group: composition.iter().map(finish).collect(),
        rates_by_group: rates.iter().map(finish).collect(),
    })
}

/// Share and rate of each group as parameters: those of a table lie together, shares first.
fn parameters(table: &GroupTable, which: usize, n_tables: usize) -> Result<Vec<[Dual; 2]>, DecompositionError> {
    let k = table.cells.len();
    if k == 0 {
        return Err(DecompositionError::TooFew { what: "groups", got: 0, needed: 1 });
    }
    let check = |what: String, got: f64, is_good: bool, expected| match is_good {
        true => Ok(()),
        false => Err(DecompositionError::OutOfRange { what, got, expected }),
    };
    check("the design effect".to_owned(), table.deff, table.deff > 0.0, "a number above 0")?;
    for (g, cell) in table.cells.iter().enumerate() {
        let is_share = |value: f64| (0.0..=1.0).contains(&value);
        check(format!("the share of group {}", g + 1), cell.share, is_share(cell.share), "a share from 0 to 1")?;
        if cell.share > 0.0 {
            check(format!("the rate of group {}", g + 1), cell.rate, is_share(cell.rate), "a share from 0 to 1")?;
        }
        if let Some(n) = cell.n {
            check(format!("the base of group {}", g + 1), n, n > 0.0 || cell.share == 0.0, "a number above 0")?;
        }
    }
    let total: f64 = table.cells.iter().map(|c| c.share).sum();
    check("the sum of shares".to_owned(), total, (total - 1.0).abs() <= 0.05, "1, within rounding")?;
    let (start, n) = (2 * which * k, 2 * n_tables * k);
    let cell = |(g, cell): (usize, &TableCell)| {
        let rate = if cell.share > 0.0 { cell.rate } else { 0.0 };
        [Dual::parameter(cell.share / total, start + g, n), Dual::parameter(rate, start + k + g, n)]
    };
    Ok(table.cells.iter().enumerate().map(cell).collect())
}

/// The variance of each rate and the base of all, where every group has one.
fn variances(table: &GroupTable) -> Option<(Vec<f64>, f64)> {
    let peopled = |cell: &TableCell| cell.share > 0.0;
    let of_rate = |cell: &TableCell| match (peopled(cell), cell.n) {
        (false, _) => Some(0.0),
        (true, n) => n.map(|n| table.deff * cell.rate * (1.0 - cell.rate) / n),
    };
    let rates: Vec<f64> = table.cells.iter().map(of_rate).collect::<Option<_>>()?;
    let base = table.cells.iter().filter(|c| peopled(c)).filter_map(|c| c.n).sum();
    Some((rates, base))
}

fn standard_error(gradient: &[f64], tables: [&GroupTable; 2], errors: [&(Vec<f64>, f64); 2]) -> f64 {
    let k = tables[0].cells.len();
    let slope = |i: usize| gradient.get(i).copied().unwrap_or(0.0);
    let mut variance = 0.0;
    for (t, (table, (rates, base))) in tables.iter().zip(errors).enumerate() {
        let start = 2 * t * k;
        let total: f64 = table.cells.iter().map(|c| c.share).sum();
        let (mut mean, mut square) = (0.0, 0.0);
        for (g, cell) in table.cells.iter().enumerate() {
            let (p, slope_of_share) = (cell.share / total, slope(start + g));
            mean += p * slope_of_share;
            square += p * slope_of_share * slope_of_share;
            variance += slope(start + k + g) * slope(start + k + g) * rates[g];
        }
        variance += table.deff * (square - mean * mean) / base;
    }
    variance.max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[(f64, f64, f64)]) -> GroupTable {
        let cell = |&(share, rate, n): &(f64, f64, f64)| TableCell { share, rate, n: Some(n) };
        GroupTable { cells: cells.iter().map(cell).collect(), deff: 1.5 }
    }

    #[test]
    fn the_parts_add_up_and_turn_around() {
        let a = table(&[(0.2, 0.7, 200.0), (0.5, 0.4, 500.0), (0.3, 0.9, 300.0)]);
        let b = table(&[(0.4, 0.6, 320.0), (0.35, 0.5, 280.0), (0.25, 0.8, 200.0)]);
        let (forth, back) = (kitagawa(&a, &b, 0.95).unwrap(), kitagawa(&b, &a, 0.95).unwrap());
        let gap = 0.2 * 0.7 + 0.5 * 0.4 + 0.3 * 0.9 - (0.4 * 0.6 + 0.35 * 0.5 + 0.25 * 0.8);
        assert!((forth.gap.estimate - gap).abs() < 1e-15);
        assert!((forth.composition.estimate + forth.rates.estimate - gap).abs() < 1e-15);
        let sum = |parts: &[KitagawaPart]| parts.iter().map(|p| p.estimate).sum::<f64>();
        assert!((sum(&forth.rates_by_group) - forth.rates.estimate).abs() < 1e-15);
        assert!((sum(&forth.composition_by_group) - forth.composition.estimate).abs() < 1e-15);
        assert!((forth.composition.estimate + back.composition.estimate).abs() < 1e-15);
        // The gap is a difference of two shares, whatever the groups: with proportional bases its variance is deff·p(1−p)/n.
        let p = [0.2 * 0.7 + 0.5 * 0.4 + 0.3 * 0.9, 0.4 * 0.6 + 0.35 * 0.5 + 0.25 * 0.8];
        let variance: f64 = 1.5 * (p[0] * (1.0 - p[0]) / 1000.0 + p[1] * (1.0 - p[1]) / 800.0);
        assert!((forth.gap.se.unwrap() - variance.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_group_that_is_new_is_all_composition() {
        let a = table(&[(0.5, 0.2, 500.0), (0.5, 0.8, 500.0)]);
        let b = table(&[(1.0, 0.2, 900.0), (0.0, f64::NAN, 0.0)]);
        let split = kitagawa(&a, &b, 0.95).unwrap();
        assert!((split.composition.estimate - 0.3).abs() < 1e-15 && split.rates.estimate.abs() < 1e-15);
        assert!(split.gap.se.unwrap() > 0.0);
    }

    #[test]
    fn without_bases_there_is_no_error_and_bad_tables_are_refused() {
        let a = table(&[(0.5, 0.2, 500.0), (0.5, 0.8, 500.0)]);
        let mut b = a.clone();
        b.cells[0].n = None;
        let split = kitagawa(&a, &b, 0.95).unwrap();
        assert_eq!((split.gap.estimate, split.gap.se, split.gap.interval), (0.0, None, None));
        b.cells[0].share = 0.7;
        assert!(matches!(kitagawa(&a, &b, 0.95), Err(DecompositionError::OutOfRange { .. })));
        assert!(kitagawa(&a, &a, 1.0).is_err());
        assert!(kitagawa(&a, &table(&[(1.0, 0.5, 10.0)]), 0.95).is_err());
        assert!(kitagawa(&table(&[]), &table(&[]), 0.95).is_err());
        assert!(kitagawa(&a, &table(&[(0.5, 1.5, 10.0), (0.5, 0.5, 10.0)]), 0.95).is_err());
    }
}
