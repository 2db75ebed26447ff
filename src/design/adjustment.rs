//! What an adjustment of the weights leaves of the variance.
//!
//! A weight that was fitted to known totals removes from each score the part that those totals explain; only the
//! residual varies from sample to sample. Adjustments are taken out one after another, in the order in which they were made.

use std::sync::Arc;

/// Times that the margins of a raking are swept through; R's number, whatever the iterations of the raking itself.
const RAKE_SWEEPS: usize = 10;
/// A calibration variable counts while more than this share of it is left after the earlier ones are taken out.
const RANK_TOLERANCE: f64 = 1e-10;

/// Cells of the rows, with their number.
#[derive(Clone, Debug)]
pub struct Cells {
    /// The cell of each row.
    pub cell_of_row: Arc<Vec<u32>>,
    /// Number of cells.
    pub n_cells: usize,
}

/// A margin of a raking.
#[derive(Clone, Debug)]
pub struct RakedMargin {
    /// The levels of the rows.
    pub cells: Cells,
    /// The weights that the margin left in the last round over the final ones; none where they are the same.
    pub ratios: Option<Arc<Vec<f64>>>,
}

/// The rule by which the residual of a score is formed.
#[derive(Clone, Debug)]
pub enum Residual {
    /// Post-stratification: deviations from the cell mean, weighted by the weights before the adjustment.
    PostStrata {
        /// The post-strata.
        cells: Cells,
        /// The weights before.
        weights_before: Arc<Vec<f64>>,
    },
    /// Raking: deviations from the unweighted cell means of the rows that count, margin after margin, swept through ten
    /// times. Where the raking was broken off, a margin takes the weights that it left, not the final ones (R's rule).
    Raking(Vec<RakedMargin>),
    /// Calibration: residuals of the regression on the calibration variables, weighted by the weights before.
    Regression(OrthogonalColumns),
}

/// One adjustment of the weights, as the variance sees it.
#[derive(Clone, Debug)]
pub struct Adjustment {
    residual: Residual,
    weights_after: Arc<Vec<f64>>,
}

impl Adjustment {
    /// `weights_after` are the weights that this step ended with; later steps may have changed them again.
    pub fn new(residual: Residual, weights_after: Arc<Vec<f64>>) -> Self {
        Self { residual, weights_after }
    }

    /// Replaces weighted scores by the weighted residuals.
    pub(super) fn take_out(&self, scores: &mut [f64]) {
        for (u, w) in scores.iter_mut().zip(self.weights_after.iter()) {
            *u = if *w == 0.0 { 0.0 } else { *u / w };
        }
        match &self.residual {
            Residual::PostStrata { cells, weights_before } => center(scores, cells, |i| weights_before[i]),
            Residual::Raking(margins) => {
                let counts = |i: usize| if self.weights_after[i] == 0.0 { 0.0 } else { 1.0 };
                for _ in 0..RAKE_SWEEPS {
                    for RakedMargin { cells, ratios } in margins {
                        match ratios {
                            None => center(scores, cells, counts),
                            Some(ratios) => {
                                scores.iter_mut().zip(ratios.iter()).for_each(|(z, ratio)| *z /= ratio);
                                center(scores, cells, counts);
                                scores.iter_mut().zip(ratios.iter()).for_each(|(z, ratio)| *z *= ratio);
                            }
                        }
                    }
                }
            }
            Residual::Regression(columns) => columns.take_out(scores),
        }
        for (u, w) in scores.iter_mut().zip(self.weights_after.iter()) {
            *u *= w;
        }
    }
}

fn center(scores: &mut [f64], cells: &Cells, weight: impl Fn(usize) -> f64) {
    let mut sums = vec![(0.0, 0.0); cells.n_cells];
    for (i, (&cell, z)) in cells.cell_of_row.iter().zip(scores.iter()).enumerate() {
        let Some(sum) = sums.get_mut(cell as usize) else { continue };
        let w = weight(i);
        sum.0 += w * z;
        sum.1 += w;
    }
    for (&cell, z) in cells.cell_of_row.iter().zip(scores.iter_mut()) {
        if let Some(&(sum, size)) = sums.get(cell as usize)
            && size > 0.0
        {
            *z -= sum / size;
        }
    }
}

/// Columns that are orthonormal under a set of weights and span the calibration variables.
#[derive(Clone, Debug)]
pub struct OrthogonalColumns {
    columns: Vec<Vec<f64>>,
    weights: Vec<f64>,
}

impl OrthogonalColumns {
    /// Orthogonalizes columns under weights (Gram–Schmidt, twice); columns that depend on earlier ones are left out.
    pub fn new(columns: &[Vec<f64>], weights: Vec<f64>) -> Self {
        let mut basis = Self { columns: Vec::with_capacity(columns.len()), weights };
        for column in columns {
            let size = basis.norm(column);
            if size == 0.0 {
                continue;
            }
            let mut rest: Vec<f64> = column.iter().map(|x| x / size).collect();
            basis.take_out(&mut rest);
            basis.take_out(&mut rest);
            let left = basis.norm(&rest);
            if left > RANK_TOLERANCE {
                for x in &mut rest {
                    *x /= left;
                }
                basis.columns.push(rest);
            }
        }
        basis
    }

    fn norm(&self, column: &[f64]) -> f64 {
        column.iter().zip(&self.weights).map(|(x, w)| w * x * x).sum::<f64>().sqrt()
    }

    fn take_out(&self, scores: &mut [f64]) {
        for column in &self.columns {
            let mut along = 0.0;
            for ((x, w), z) in column.iter().zip(&self.weights).zip(scores.iter()) {
                along += w * x * z;
            }
            for (z, x) in scores.iter_mut().zip(column) {
                *z -= along * x;
            }
        }
    }
}
