//! One pass over the rows: totals per sampling unit, for all cells of a table at once.
//!
//! Rows fall into blocks by position; block b adds to lane b mod L, lanes add up in order. The result has the same bits
//! for any number of threads.

use rayon::prelude::*;

use crate::design::{Base, MISSING, SurveyDesign, UnitSet};

/// Rows of a block.
const BLOCK: usize = 65_536;
/// Bytes that all lanes of a table should take together; two lanes are kept up to a table of this size.
const LANE_BYTES: usize = 16 << 20;
/// Most lanes of a table.
const MAX_LANES: usize = 8;

/// What a row adds beside its weight: a value, or 1 without values. Never read where the row has no cell.
pub(super) type Values<'a> = Option<&'a [f64]>;

/// Totals of all cells, part by part: a part is a sampling unit, or a replicate.
#[derive(Clone, Debug)]
pub(super) struct Totals {
    /// Over all rows with their analysis weights, by cell.
    pub points: Vec<f64>,
    /// Part after part, in each the cells.
    pub parts: Vec<f64>,
}

impl Totals {
    /// Number of cells.
    pub fn n_cells(&self) -> usize {
        self.points.len()
    }

    /// From totals by unit, which add up to the points.
    fn of_units(parts: Vec<f64>, n_cells: usize) -> Self {
        let mut points = vec![0.0; n_cells];
        for unit in parts.chunks_exact(n_cells.max(1)) {
            points.iter_mut().zip(unit).for_each(|(sum, t)| *sum += t);
        }
        Self { points, parts }
    }
}

/// The weighted totals of some columns of values in the cells of the rows ([`MISSING`] for none), one pass for all.
pub(super) fn accumulate<const K: usize>(
    design: &SurveyDesign,
    cell_of_row: &[u32],
    n_cells: usize,
    values: [Values<'_>; K],
) -> [Totals; K] {
    if let Some(replicates) = design.replicates() {
        let totals = |weights: &[f64]| scatter(weights, None, 1, cell_of_row, n_cells, values);
        let points = totals(design.weights());
        let by_replicate: Vec<[Vec<f64>; K]> = replicates.columns().par_iter().map(|w| totals(w)).collect();
        let mut parts: [Vec<f64>; K] = std::array::from_fn(|_| Vec::new());
        for replicate in by_replicate {
            parts.iter_mut().zip(replicate).for_each(|(all, own)| all.extend(own));
        }
        let mut pairs = points.into_iter().zip(parts);
        return std::array::from_fn(|_| {
            let (points, parts) = pairs.next().unwrap_or_default();
            Totals { points, parts }
        });
    }
    if !design.adjustments().is_empty() {
        let mut points = scatter(design.weights(), None, 1, cell_of_row, n_cells, values).into_iter();
        return values.map(|values| Totals {
            points: points.next().unwrap_or_default(),
            parts: residual_totals(design, cell_of_row, n_cells, values),
        });
    }
    scatter(design.weights(), Some(design.unit_of_row()), design.n_units(), cell_of_row, n_cells, values)
        .map(|parts| Totals::of_units(parts, n_cells))
}

/// Totals by unit under adjusted weights. Residuals of a cell reach every row, so the cells come one by one.
fn residual_totals(design: &SurveyDesign, cell_of_row: &[u32], n_cells: usize, values: Values<'_>) -> Vec<f64> {
    let column = |cell: u32| {
        let value = |(i, &c): (usize, &u32)| if c == cell { values.map_or(1.0, |v| v[i]) } else { 0.0 };
        design.unit_scores(&cell_of_row.iter().enumerate().map(value).collect::<Vec<f64>>())
    };
    let columns: Vec<Vec<f64>> = (0..n_cells as u32).into_par_iter().map(column).collect();
    (0..design.n_units()).flat_map(|unit| columns.iter().map(move |column| column[unit])).collect()
}

/// Weighted totals by group of rows and cell, group by group; without groups all rows are one.
pub(super) fn scatter<const K: usize>(
    weights: &[f64],
    group_of_row: Option<&[u32]>,
    n_groups: usize,
    cell_of_row: &[u32],
    n_cells: usize,
    values: [Values<'_>; K],
) -> [Vec<f64>; K] {
    let size = n_groups * n_cells;
    // The sums of a cell lie beside each other while rows are added, and are taken apart at the end.
    let mixed = in_lanes(weights.len(), K * size, |rows, totals| {
        for i in rows {
            let cell = cell_of_row[i];
            if cell == MISSING {
                continue;
            }
            let group = group_of_row.map_or(0, |groups| groups[i] as usize);
            let slot = K * (group * n_cells + cell as usize);
            let w = weights[i];
            for (total, values) in totals[slot..slot + K].iter_mut().zip(&values) {
                *total += values.map_or(w, |v| w * v[i]);
            }
        }
    });
    if K == 1 {
        let mut all = Some(mixed);
        return std::array::from_fn(|_| all.take().unwrap_or_default());
    }
    std::array::from_fn(|k| mixed.iter().skip(k).step_by(K).copied().collect())
}

/// The bases of the domains of a request, from the sums of weights where these tell which units have members.
pub(super) fn bases(
    design: &SurveyDesign,
    domain_of_row: &[u32],
    sizes: Option<&Totals>,
    n_domains: usize,
    known_degf: Option<f64>,
) -> Vec<Base> {
    let Some(sizes) = sizes.filter(|_| design.replicates().is_none() && design.adjustments().is_empty()) else {
        return Base::of_partition(design, domain_of_row, n_domains, known_degf);
    };
    let weights = design.weights();
    let counts = in_lanes(weights.len(), 2 * n_domains, |rows, counts| {
        for i in rows {
            if domain_of_row[i] != MISSING {
                let slot = 2 * domain_of_row[i] as usize;
                counts[slot] += 1.0;
                counts[slot + 1] += weights[i] * weights[i];
            }
        }
    });
    let mut units = vec![UnitSet::new(design.n_units()); n_domains];
    for (unit, totals) in sizes.parts.chunks_exact(n_domains.max(1)).enumerate() {
        for (set, _) in units.iter_mut().zip(totals).filter(|(_, total)| **total > 0.0) {
            set.insert(unit);
        }
    }
    let base = |(d, units): (usize, UnitSet)| {
        Base::from_units(design, counts[2 * d] as usize, sizes.points[d], counts[2 * d + 1], units)
    };
    units.into_iter().enumerate().map(base).collect()
}

/// Runs `add` over the blocks of the rows, lane by lane, and adds the lanes up in order.
pub(super) fn in_lanes(
    n_rows: usize,
    size: usize,
    add: impl Fn(std::ops::Range<usize>, &mut [f64]) + Sync,
) -> Vec<f64> {
    let n_blocks = n_rows.div_ceil(BLOCK);
    let bytes = (8 * size).max(1);
    let n_lanes = if bytes > LANE_BYTES { 1 } else { (LANE_BYTES / bytes).clamp(2, MAX_LANES) };
    let lanes: Vec<Vec<f64>> = (0..n_lanes.min(n_blocks))
        .into_par_iter()
        .map(|lane| {
            let mut totals = vec![0.0; size];
            for block in (lane..n_blocks).step_by(n_lanes) {
                let start = block * BLOCK;
                add(start..(start + BLOCK).min(n_rows), &mut totals);
            }
            totals
        })
        .collect();
    let mut lanes = lanes.into_iter();
    let mut sum = lanes.next().unwrap_or_else(|| vec![0.0; size]);
    for lane in lanes {
        for (a, b) in sum.iter_mut().zip(lane) {
            *a += b;
        }
    }
    sum
}
