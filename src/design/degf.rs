//! Degrees of freedom.

use super::replicates::ReplicateWeights;

/// A direction counts while more than this share of its column is left after the earlier ones are taken out.
const RANK_TOLERANCE: f64 = 1e-5;

/// The rank of the replicate weights of the rows of a domain, minus one.
///
/// # References
///
/// R `survey`, `degf.svyrep.design`; Korn and Graubard (1999), Analysis of Health Surveys, section 5.2.
pub(super) fn of_replicates(replicates: &ReplicateWeights, is_member: impl Fn(usize) -> bool) -> f64 {
    // Rows of one unit are multiples of each other, so units stand for rows where factors belong to units.
    let (columns, rows) = match replicates.unit_factors() {
        Some(units) => (units.factors.as_slice(), units.units_of(is_member)),
        None => {
            let columns = replicates.columns();
            let n_rows = columns.first().map_or(0, Vec::len);
            (columns, (0..n_rows).filter(|&i| is_member(i)).collect())
        }
    };
    let mut kept: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        let mut rest: Vec<f64> = rows.iter().map(|&i| column[i]).collect();
        let size = norm(&rest);
        if size == 0.0 {
            continue;
        }
        // Gram–Schmidt, twice, so that what is left is orthogonal to rounding.
        for _ in 0..2 {
            for direction in &kept {
                let along: f64 = direction.iter().zip(&rest).map(|(a, b)| a * b).sum();
                for (r, d) in rest.iter_mut().zip(direction) {
                    *r -= along * d;
                }
            }
        }
        let left = norm(&rest);
        if left > RANK_TOLERANCE * size {
            for r in &mut rest {
                *r /= left;
            }
            kept.push(rest);
        }
    }
    (kept.len() as f64 - 1.0).max(0.0)
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum::<f64>().sqrt()
}
