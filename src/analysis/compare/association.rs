//! How strongly the rows and columns of a table of counts go together.

use super::error::{CompareError, at_least, finite, same_length};

/// Measures for answers without an order. 0 is independence; all but φ and C reach 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NominalAssociation {
    /// Pearson's X².
    pub chi_squared: f64,
    /// √(X² / (n · min(r − 1, c − 1))).
    pub cramers_v: f64,
    /// √(X² / n).
    pub phi: f64,
    /// Pearson's coefficient √(X² / (X² + n)).
    pub contingency: f64,
    /// √(X² / (n √((r − 1)(c − 1)))).
    pub tschuprow: f64,
}

/// Measures for answers with an order, both from low to high. −1 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrdinalAssociation {
    /// Pairs in the same order.
    pub concordant: f64,
    /// Pairs in opposite order.
    pub discordant: f64,
    /// (C − D) / (C + D).
    pub gamma: f64,
    /// Somers' D of the columns given the rows: (C − D) over the pairs that differ in the row.
    pub somers_d: f64,
}

fn checked(table: &[Vec<f64>]) -> Result<usize, CompareError> {
    at_least("rows", table.len(), 2)?;
    let n_columns = table[0].len();
    at_least("columns", n_columns, 2)?;
    for row in table {
        same_length("a row of the table", row.len(), n_columns)?;
        finite("a count", row)?;
        if let Some(&got) = row.iter().find(|v| **v < 0.0) {
            return Err(CompareError::OutOfRange { what: "a count", got, expected: "0 or more" });
        }
    }
    Ok(n_columns)
}

/// Cramér's V and its relatives, from a table of counts (weighted counts scaled to the effective sample size will do).
///
/// # Errors
/// Fewer than two rows or columns, rows of different length, negative counts, a row or column without count.
///
/// # References
/// Cramér (1946), *Mathematical Methods of Statistics*, section 21.9; Tschuprow (1925); Agresti (2013), section 2.4.
pub fn nominal_association(table: &[Vec<f64>]) -> Result<NominalAssociation, CompareError> {
    let n_columns = checked(table)?;
    let rows: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let columns: Vec<f64> = (0..n_columns).map(|j| table.iter().map(|row| row[j]).sum()).collect();
    if rows.iter().chain(&columns).any(|total| *total == 0.0) {
        return Err(CompareError::Undefined { what: "a margin of the table", statistic: "Pearson's X²" });
    }
    let n: f64 = rows.iter().sum();
    let mut chi_squared = 0.0;
    for (row, total) in table.iter().zip(&rows) {
        for (count, column) in row.iter().zip(&columns) {
            let expected = total * column / n;
            chi_squared += (count - expected) * (count - expected) / expected;
        }
    }
    let (r, c) = (table.len() as f64 - 1.0, n_columns as f64 - 1.0);
    Ok(NominalAssociation {
        chi_squared,
        cramers_v: (chi_squared / n / r.min(c)).sqrt(),
        phi: (chi_squared / n).sqrt(),
        contingency: (chi_squared / (chi_squared + n)).sqrt(),
        tschuprow: (chi_squared / n / (r * c).sqrt()).sqrt(),
    })
}

/// Goodman and Kruskal's γ and Somers' D, from a table whose rows and columns run from low to high.
///
/// # Errors
/// As for [`nominal_association`]; no pair that differs in both variables.
///
/// # References
/// Goodman and Kruskal (1954), JASA 49; Somers (1962), American Sociological Review 27.
pub fn ordinal_association(table: &[Vec<f64>]) -> Result<OrdinalAssociation, CompareError> {
    checked(table)?;
    let (mut concordant, mut discordant) = (0.0, 0.0);
    for (i, row) in table.iter().enumerate() {
        for (j, count) in row.iter().enumerate() {
            for below in &table[i + 1..] {
                concordant += count * below[j + 1..].iter().sum::<f64>();
                discordant += count * below[..j].iter().sum::<f64>();
            }
        }
    }
    if concordant + discordant == 0.0 {
        return Err(CompareError::Undefined { what: "the number of ordered pairs", statistic: "gamma" });
    }
    let rows: Vec<f64> = table.iter().map(|row| row.iter().sum()).collect();
    let n: f64 = rows.iter().sum();
    let untied = 0.5 * (n * n - rows.iter().map(|t| t * t).sum::<f64>());
    Ok(OrdinalAssociation {
        concordant,
        discordant,
        gamma: (concordant - discordant) / (concordant + discordant),
        somers_d: (concordant - discordant) / untied,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagonal_table_is_perfect_association() {
        let table = vec![vec![5.0, 0.0], vec![0.0, 5.0]];
        let nominal = nominal_association(&table).unwrap();
        assert!((nominal.cramers_v - 1.0).abs() < 1e-15 && (nominal.chi_squared - 10.0).abs() < 1e-12);
        let ordinal = ordinal_association(&table).unwrap();
        assert_eq!((ordinal.gamma, ordinal.somers_d), (1.0, 1.0));
    }

    #[test]
    fn bad_tables_are_errors() {
        assert!(nominal_association(&[vec![1.0, 2.0]]).is_err());
        assert!(nominal_association(&[vec![1.0, 2.0], vec![1.0]]).is_err());
        assert!(nominal_association(&[vec![1.0, 0.0], vec![1.0, 0.0]]).is_err());
        assert!(ordinal_association(&[vec![1.0, -1.0], vec![1.0, 2.0]]).is_err());
    }
}
