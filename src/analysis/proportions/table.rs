//! Tables of counts from simple random samples: independence, agreement of pairs, odds and risks.

use super::error::{ProportionError, critical};
use crate::numeric::dist::ChiSquared;
use crate::numeric::sum::Sum;

/// A test against a chi-squared distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestResult {
    pub statistic: f64,
    pub degf: f64,
    pub p_value: f64,
}

/// Pearson's test of independence of rows and columns.
///
/// For survey data use the Rao–Scott test of the design instead.
///
/// # Definition
/// Σ (|O − E| − c)²/E with E = row total · column total / n on (r − 1)(k − 1) degrees of freedom; c = min(½, min |O − E|) for
/// a corrected 2 × 2 table, else 0.
///
/// # Errors
/// Fewer than two rows or columns, rows of different length, negative or infinite counts, a row or column of zeros.
///
/// # Agreement
/// R 4.2 `chisq.test`, 1e-9.
///
/// # References
/// Pearson (1900). Agresti (2013), *Categorical Data Analysis*, section 3.2.
pub fn pearson_chi_squared(table: &[Vec<f64>], correct: bool) -> Result<TestResult, ProportionError> {
    let rows = table.len();
    let columns = table.first().map_or(0, Vec::len);
    for (what, got) in [("rows", rows), ("columns", columns)] {
        if got < 2 {
            return Err(ProportionError::TooFew { what, got, needed: 2 });
        }
    }
    for row in table {
        check_counts(row, columns)?;
    }
    let row_totals: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let column_totals: Vec<f64> = (0..columns).map(|j| table.iter().map(|row| row[j]).sum()).collect();
    if row_totals.iter().chain(&column_totals).any(|total| *total == 0.0) {
        return Err(ProportionError::Undefined { what: "a margin", statistic: "the test of independence" });
    }
    let n: f64 = row_totals.iter().sum();
    let cells = || {
        table.iter().zip(&row_totals).flat_map(|(row, total)| {
            row.iter().zip(&column_totals).map(move |(observed, column)| (*observed, total * column / n))
        })
    };
    let shift = if correct && rows == 2 && columns == 2 {
        cells().map(|(o, e)| (o - e).abs()).fold(0.5, f64::min)
    } else {
        0.0
    };
    let statistic = cells()
        .map(|(o, e)| {
            let gap = (o - e).abs() - shift;
            gap * gap / e
        })
        .collect::<Sum>()
        .value();
    let degf = ((rows - 1) * (columns - 1)) as f64;
    Ok(TestResult { statistic, degf, p_value: ChiSquared::new(degf)?.sf(statistic) })
}

/// McNemar's test: do row and column shares of the same people differ?
///
/// # Definition
/// Σ over i < j of (|nᵢⱼ − nⱼᵢ| − c)²/(nᵢⱼ + nⱼᵢ) on the number of pairs with any count, which is that of all pairs where the
/// table is full; c = 1 for a corrected 2 × 2 table with nᵢⱼ ≠ nⱼᵢ, else 0.
///
/// # Errors
/// Not a square table of two or more categories, negative or infinite counts, no one who changed.
///
/// # Agreement
/// R 4.2 `mcnemar.test`, 1e-9.
///
/// # References
/// McNemar (1947), Psychometrika 12. Bowker (1948), JASA 43, for more than two categories.
pub fn mcnemar(table: &[Vec<f64>], correct: bool) -> Result<TestResult, ProportionError> {
    let k = table.len();
    if k < 2 {
        return Err(ProportionError::TooFew { what: "categories", got: k, needed: 2 });
    }
    for row in table {
        check_counts(row, k)?;
    }
    let mut statistic = Sum::ZERO;
    let mut pairs = 0;
    for (i, row) in table.iter().enumerate() {
        for (j, other) in table.iter().enumerate().skip(i + 1) {
            let (a, b) = (row[j], other[i]);
            if a + b > 0.0 {
                let shift = if correct && k == 2 && a != b { 1.0 } else { 0.0 };
                let gap = (a - b).abs() - shift;
                statistic.add(gap * gap / (a + b));
                pairs += 1;
            }
        }
    }
    if pairs == 0 {
        return Err(ProportionError::Undefined { what: "the number of changes", statistic: "McNemar's test" });
    }
    let degf = f64::from(pairs);
    let statistic = statistic.value();
    Ok(TestResult { statistic, degf, p_value: ChiSquared::new(degf)?.sf(statistic) })
}

/// A ratio with its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioInterval {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
}

/// Odds ratio and risk ratio of a 2 × 2 table: rows are groups, the first column counts the event.
///
/// # Definition
/// ad/bc with ln-variance 1/a + 1/b + 1/c + 1/d (Woolf); (a/(a+b))/(c/(c+d)) with ln-variance
/// 1/a − 1/(a+b) + 1/c − 1/(c+d) (Katz); limits are exp(ln ratio ∓ z·√variance).
///
/// # Errors
/// Negative or infinite counts, `level` outside 0 to 1, or a zero that makes the ratio or its variance undefined: the odds ratio
/// needs all four counts, so an empty cell is an error for both; use Fisher's test then.
///
/// # Agreement
/// Formulas in R 4.2, 1e-9.
///
/// # References
/// Woolf (1955), Annals of Human Genetics 19. Katz et al. (1978), Biometrics 34.
pub fn odds_and_risk_ratio(
    table: [[f64; 2]; 2],
    level: f64,
) -> Result<(RatioInterval, RatioInterval), ProportionError> {
    for row in &table {
        check_counts(row, 2)?;
    }
    let [[a, b], [c, d]] = table;
    if [a, b, c, d].contains(&0.0) {
        return Err(ProportionError::Undefined { what: "a cell", statistic: "the odds ratio with its interval" });
    }
    let z = critical(level)?;
    let with_limits = |estimate: f64, variance: f64| {
        let factor = libm::exp(z * variance.sqrt());
        RatioInterval { estimate, low: estimate / factor, high: estimate * factor }
    };
    let odds = with_limits(a * d / (b * c), 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d);
    let (n1, n2) = (a + b, c + d);
    Ok((odds, with_limits((a / n1) / (c / n2), 1.0 / a - 1.0 / n1 + 1.0 / c - 1.0 / n2)))
}

fn check_counts(row: &[f64], columns: usize) -> Result<(), ProportionError> {
    if row.len() != columns {
        return Err(ProportionError::Length { what: "a row of the table", got: row.len(), expected: columns });
    }
    match row.iter().find(|count| !(**count >= 0.0 && count.is_finite())) {
        Some(got) => {
            Err(ProportionError::OutOfRange { what: "a count", got: *got, expected: "a finite number of 0 or more" })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_equal_shares_shows_nothing() {
        let test = pearson_chi_squared(&[vec![10.0, 20.0], vec![5.0, 10.0]], false).unwrap();
        assert!(test.statistic.abs() < 1e-12 && (test.p_value - 1.0).abs() < 1e-6);
    }

    #[test]
    fn mcnemar_by_hand() {
        // (|10 − 2| − 1)² / 12.
        let test = mcnemar(&[vec![5.0, 10.0], vec![2.0, 7.0]], true).unwrap();
        assert!((test.statistic - 49.0 / 12.0).abs() < 1e-14);
        assert!(mcnemar(&[vec![5.0, 0.0], vec![0.0, 7.0]], true).is_err());
    }

    #[test]
    fn ratios_by_hand() {
        let (odds, risk) = odds_and_risk_ratio([[40.0, 60.0], [25.0, 75.0]], 0.95).unwrap();
        assert!((odds.estimate - 2.0).abs() < 1e-15 && (risk.estimate - 1.6).abs() < 1e-15);
        assert!(odds_and_risk_ratio([[0.0, 1.0], [1.0, 1.0]], 0.95).is_err());
    }

    #[test]
    fn wrong_tables_are_errors() {
        assert!(pearson_chi_squared(&[], false).is_err());
        assert!(pearson_chi_squared(&[vec![1.0, 2.0], vec![1.0]], false).is_err());
        assert!(pearson_chi_squared(&[vec![0.0, 0.0], vec![1.0, 2.0]], false).is_err());
        assert!(pearson_chi_squared(&[vec![f64::NAN, 0.0], vec![1.0, 2.0]], false).is_err());
    }
}
