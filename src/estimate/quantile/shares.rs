//! Shares of values at or below several points, with their variances, in one pass.

use crate::design::{Base, Domains, MISSING, SurveyDesign};
use crate::estimate::accumulate::accumulate;
use crate::estimate::{EstimateError, Options, Variable, means};

/// The share of the domain at or below each cut, and its variance.
///
/// Rows are added to the cell between two cuts; cumulated cells are the totals of all indicators `x ≤ cut` at once.
pub(super) fn at_or_below(
    design: &SurveyDesign,
    values: &[f64],
    mask: &[bool],
    base: &Base,
    cuts: &[f64],
) -> Result<Vec<(f64, f64)>, EstimateError> {
    if design.row_units().is_some() {
        return cuts.iter().map(|cut| one_by_one(design, values, mask, *cut)).collect();
    }
    let mut sorted = cuts.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n_cells = sorted.len() + 1;
    let cell = |(x, m): (&f64, &bool)| if *m { sorted.partition_point(|cut| cut < x) as u32 } else { MISSING };
    let cell_of_row: Vec<u32> = values.iter().zip(mask).map(cell).collect();
    let [totals] = accumulate(design, &cell_of_row, n_cells, [None]);
    let points = cumulated(&totals.points);
    let all = points[n_cells - 1];
    let is_replicate = design.replicates().is_some();
    let mut scores = Vec::with_capacity(totals.parts.len());
    for part in totals.parts.chunks_exact(n_cells) {
        let part = cumulated(part);
        let own = part[n_cells - 1];
        for (t, point) in part[..n_cells - 1].iter().zip(&points) {
            scores.push(if is_replicate { t / own - point / all } else { (t - point / all * own) / all });
        }
    }
    let n_cuts = sorted.len();
    let variances = if design.form().borrows() {
        let column = |c: usize| scores.iter().skip(c).step_by(n_cuts).copied().collect::<Vec<f64>>();
        (0..n_cuts).map(|c| design.form().variance(&column(c), design.presence(&base.units))).collect()
    } else {
        design.form().variances(&scores, n_cuts)
    };
    let position = |cut: &f64| sorted.partition_point(|s| s.total_cmp(cut).is_lt());
    Ok(cuts.iter().map(|cut| (points[position(cut)] / all, variances[position(cut)])).collect())
}

fn cumulated(cells: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut add = |t: &f64| {
        sum += t;
        sum
    };
    cells.iter().map(&mut add).collect()
}

fn one_by_one(design: &SurveyDesign, values: &[f64], mask: &[bool], cut: f64) -> Result<(f64, f64), EstimateError> {
    let below = |x: &f64| if *x <= cut { 1.0 } else { 0.0 };
    let indicator = Variable::owned("below", values.iter().map(below).collect());
    let mean = means(design, &[indicator], &Domains::mask("domain", mask), &Options::default())?;
    let share = mean.get(0).and_then(|e| e.value).unwrap_or(f64::NAN);
    Ok((share, mean.variance(0)?))
}
