//! Two printed tables of groups.

use super::error::{DecompositionError, same_length};
use super::standardization::Averaging;
use super::table_waves::{Composition, WaveCell, WaveTable, kitagawa_waves};
use crate::estimate::Interval;

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
    let waves = [second, first].map(wave);
    let changes = kitagawa_waves(&waves, Averaging::Consecutive, level)?;
    changes.into_iter().next().map(|change| change.split).ok_or(DecompositionError::TooFew {
        what: "tables",
        got: 1,
        needed: 2,
    })
}

/// The table as a wave: the variance of a rate by its base, the shares by all bases together.
fn wave(table: &GroupTable) -> WaveTable {
    let cell = |cell: &TableCell| {
        let is_peopled = cell.share > 0.0;
        let n = cell.n.filter(|_| is_peopled);
        WaveCell {
            share: cell.share,
            rate: cell.rate,
            variance: match is_peopled {
                true => n.map(|n| table.deff * cell.rate * (1.0 - cell.rate) / n),
                false => Some(0.0),
            },
        }
    };
    let bases: Option<f64> = table.cells.iter().filter(|cell| cell.share > 0.0).map(|cell| cell.n).sum();
    WaveTable {
        cells: table.cells.iter().map(cell).collect(),
        composition: Composition::Sampled { effective_base: bases.map(|n| n / table.deff) },
    }
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
