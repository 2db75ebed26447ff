//! Totals, means and ratios by domain, while rows come in: one pass, whatever the request holds.

use super::error::EstimateError;
use super::estimates::Estimates;
use super::finish::{Block, BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
use super::pairs::{PairSums, units_with_members};
use super::spread::Spread;
use crate::design::{Base, MISSING, MemberScores, SurveyDesign};
use crate::numeric::lanes::{LANE_BYTES, Lanes};

/// One estimate a domain: which column stands above the line, and what below.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub above: usize,
    pub below: Below,
}

/// What stands below the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Below {
    Nothing,
    Size,
    Column(usize),
}

/// A piece of the rows: one entry a row in each column.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub weights: &'a [f64],
    pub unit_of_row: &'a [u32],
    pub domain_of_row: &'a [u32],
    /// The numbers of the request, NaN for missing.
    pub columns: &'a [&'a [f64]],
}

/// What the estimates of a table are called.
pub(super) struct Names {
    /// Of the columns.
    pub columns: Vec<String>,
    /// Of the items.
    pub items: Vec<String>,
    pub domains: Vec<String>,
}

/// Sums by sampling unit and domain of all columns of a request, sums of squares, rows and squared weights by domain.
///
/// Rows may come in any number of pieces. For designs in which totals by unit under one set of weights are all that a
/// variance needs.
pub(super) struct SumTable {
    shape: Shape,
    lanes: Lanes<Lane>,
}

struct Shape {
    items: Vec<Item>,
    n_columns: usize,
    n_units: usize,
    n_domains: usize,
    missing: MissingOutcome,
}

/// The sums of some blocks of rows.
struct Lane {
    /// In each pair of unit and domain the weights, then the columns.
    sums: PairSums,
    counts: Vec<Count>,
    /// By domain, in it by item.
    spreads: Vec<Spread>,
    /// By domain, in it by item: a row has a missing value.
    has_missing: Vec<bool>,
    /// By column, infinite values in rows that count.
    infinite: Vec<Infinite>,
}

/// Rows on their way into a lane.
struct Piece<'a> {
    weights: &'a [f64],
    units: &'a [u32],
    domains: &'a [u32],
    /// Position of the first row in the data.
    first_row: usize,
}

/// An item and its columns in the same rows.
struct Bound<'a> {
    above: &'a [f64],
    below: Option<&'a [f64]>,
    item: Item,
}

#[derive(Clone, Copy, Default)]
struct Count {
    n: f64,
    squared_weights: f64,
}

#[derive(Clone, Copy, Default)]
struct Infinite {
    n: usize,
    /// Position of the first, counted from 1.
    first_row: usize,
}

impl SumTable {
    /// The table before the first row.
    pub fn new(items: Vec<Item>, n_columns: usize, n_units: usize, n_domains: usize, missing: MissingOutcome) -> Self {
        // Two lanes at least: a table holds only the pairs that occur, so it is mostly smaller than it could be.
        let bytes = (8 * (1 + n_columns) * n_units * n_domains).min(LANE_BYTES);
        Self { shape: Shape { items, n_columns, n_units, n_domains, missing }, lanes: Lanes::new(bytes) }
    }

    /// Adds the next rows; weight 0 and domain [`MISSING`] are outside.
    pub fn add(&mut self, rows: Rows<'_>) {
        let (shape, first_row) = (&self.shape, self.lanes.n_rows());
        self.lanes.add(
            rows.weights.len(),
            || shape.empty_lane(),
            |range, lane| {
                let bind = |item: &Item| Bound {
                    above: &rows.columns[item.above][range.clone()],
                    below: item.column_below().map(|x| &rows.columns[x][range.clone()]),
                    item: *item,
                };
                let piece = Piece {
                    weights: &rows.weights[range.clone()],
                    units: &rows.unit_of_row[range.clone()],
                    domains: &rows.domain_of_row[range.clone()],
                    first_row: first_row + range.start,
                };
                // One item, and one domain with it, are so common that they have loops of their own.
                match shape.items.as_slice() {
                    [item] if shape.n_domains == 1 => lane.add::<true>(shape, &piece, &[bind(item)]),
                    [item] => lane.add::<false>(shape, &piece, &[bind(item)]),
                    items => lane.add::<false>(shape, &piece, &items.iter().map(bind).collect::<Vec<_>>()),
                }
            },
        );
    }

    /// The estimates.
    ///
    /// # Errors
    ///
    /// Infinite values in a column.
    pub fn finish(self, design: &SurveyDesign, names: Names, options: &Options) -> Result<Estimates, EstimateError> {
        let Shape { items, n_columns, n_domains, .. } = &self.shape;
        let mut lanes = self.lanes.finish();
        let mut all = lanes.next().unwrap_or_else(|| self.shape.empty_lane());
        lanes.for_each(|lane| all.absorb(lane));
        if let Some((column, found)) = all.infinite.iter().enumerate().find(|(_, found)| found.n > 0) {
            let variable = names.columns.get(column).cloned().unwrap_or_default();
            return Err(EstimateError::Infinite { variable, n: found.n, first_row: found.first_row });
        }
        let width = 1 + n_columns;
        let (index, sums) = all.sums.in_order();
        let mut totals = vec![0.0; n_domains * width];
        for (domain, totals) in totals.chunks_exact_mut(width).enumerate() {
            for (pair, _) in index.members(domain) {
                totals.iter_mut().zip(&sums[pair * width..]).for_each(|(total, sum)| *total += sum);
            }
        }
        let units = units_with_members(&index, |pair| sums[pair * width]);
        let base = |((units, count), totals): ((_, Count), &[f64])| {
            Base::from_units(design, count.n as usize, totals[0], count.squared_weights, units)
        };
        let bases = units.into_iter().zip(all.counts).zip(totals.chunks_exact(width)).map(base).collect();
        let mut blocks = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            let (above, below) = item.places();
            let mut scores = Vec::with_capacity(index.n_pairs());
            let mut points = Vec::with_capacity(*n_domains);
            let mut spreads = Vec::with_capacity(*n_domains);
            for (domain, totals) in totals.chunks_exact(width).enumerate() {
                // A total spreads around its mean, as a mean does.
                let (under, slope) = (totals[below], totals[above] / totals[below]);
                let is_total = item.below == Below::Nothing;
                scores.extend(index.members(domain).map(|(pair, _)| {
                    let own = &sums[pair * width..(pair + 1) * width];
                    if is_total { own[above] } else { (own[above] - slope * own[below]) / under }
                }));
                points.push((totals[above], (!is_total).then_some(under)));
                spreads.push(all.spreads[domain * items.len() + i].around(slope));
            }
            blocks.push(Block {
                totals: BlockTotals::Members { scores: MemberScores::new(index.clone(), 1, 1, scores), points },
                per_domain: 1,
                spreads,
                has_missing: match self.shape.missing {
                    MissingOutcome::Refuse => all.has_missing.iter().skip(i).step_by(items.len()).copied().collect(),
                    MissingOutcome::Exclude | MissingOutcome::KeepInBase => vec![false; *n_domains],
                },
            });
        }
        let quantity = match items.first().map(|item| item.below) {
            Some(Below::Nothing) => Quantity::Total,
            _ => Quantity::Ratio,
        };
        let request = Finished {
            names: names.items,
            domain_labels: names.domains,
            domain_of_row: None,
            bases,
            overlapping: None,
            options: options.clone(),
        };
        Ok(finish(design, quantity, blocks, request))
    }
}

impl Item {
    /// Where the sums above and below the line stand in a pair; a total has the sum of weights below, for its mean.
    fn places(&self) -> (usize, usize) {
        match self.below {
            Below::Nothing | Below::Size => (1 + self.above, 0),
            Below::Column(x) => (1 + self.above, 1 + x),
        }
    }

    fn column_below(&self) -> Option<usize> {
        match self.below {
            Below::Column(x) => Some(x),
            Below::Nothing | Below::Size => None,
        }
    }
}

impl Shape {
    fn empty_lane(&self) -> Lane {
        let by_item = self.items.len() * self.n_domains;
        Lane {
            sums: PairSums::new(self.n_units, self.n_domains, 1 + self.n_columns, 0),
            counts: vec![Count::default(); self.n_domains],
            spreads: vec![Spread::default(); by_item],
            has_missing: vec![false; by_item],
            infinite: vec![Infinite::default(); self.n_columns],
        }
    }
}

impl Lane {
    /// Adds some rows. The sums of one item in one domain, `ALONE`, stay in registers.
    #[inline(always)]
    fn add<const ALONE: bool>(&mut self, shape: &Shape, piece: &Piece<'_>, items: &[Bound<'_>]) {
        let (mut own_count, mut own_spread) = (Count::default(), Spread::default());
        if ALONE {
            (own_count, own_spread) = (self.counts[0], self.spreads[0]);
        }
        let rows = piece.weights.iter().zip(piece.domains).zip(piece.units);
        for (i, ((&w, &domain), &unit)) in rows.enumerate() {
            if domain == MISSING || w == 0.0 {
                continue;
            }
            if !items.iter().all(|bound| bound.is_finite(i)) && !self.keeps(shape, piece, items, i) {
                continue;
            }
            let sums = self.sums.of(unit, domain);
            sums[0] += w;
            let count = if ALONE { &mut own_count } else { &mut self.counts[domain as usize] };
            count.n += 1.0;
            count.squared_weights += w * w;
            let first = domain as usize * items.len();
            for (k, bound) in items.iter().enumerate() {
                let spread = if ALONE { &mut own_spread } else { &mut self.spreads[first + k] };
                let (above, below) = bound.item.places();
                let y = zero_for_missing(bound.above[i]);
                sums[above] += w * y;
                match bound.below {
                    None => spread.add(w, y, 1.0),
                    Some(x) => {
                        let x = zero_for_missing(x[i]);
                        sums[below] += w * x;
                        spread.add(w, y, x);
                    }
                }
            }
        }
        if ALONE {
            (self.counts[0], self.spreads[0]) = (own_count, own_spread);
        }
    }

    /// Whether a row with a missing or infinite value stays in its base; notes what was found.
    #[cold]
    fn keeps(&mut self, shape: &Shape, piece: &Piece<'_>, items: &[Bound<'_>], i: usize) -> bool {
        let mut is_missing = false;
        for (k, bound) in items.iter().enumerate() {
            for (column, value) in bound.values(i) {
                if value.is_nan() {
                    is_missing = true;
                    self.has_missing[piece.domains[i] as usize * items.len() + k] = true;
                } else if value.is_infinite() {
                    self.infinite[column].absorb(Infinite { n: 1, first_row: piece.first_row + i + 1 });
                }
            }
        }
        !(is_missing && shape.missing == MissingOutcome::Exclude)
    }

    fn absorb(&mut self, other: Self) {
        self.sums.absorb(&other.sums);
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            count.n += more.n;
            count.squared_weights += more.squared_weights;
        }
        self.spreads.iter_mut().zip(other.spreads).for_each(|(spread, more)| spread.absorb(more));
        self.has_missing.iter_mut().zip(other.has_missing).for_each(|(has, more)| *has |= more);
        self.infinite.iter_mut().zip(other.infinite).for_each(|(found, more)| found.absorb(more));
    }
}

impl Infinite {
    fn absorb(&mut self, other: Self) {
        if other.n > 0 && (self.n == 0 || other.first_row < self.first_row) {
            self.first_row = other.first_row;
        }
        self.n += other.n;
    }
}

impl Bound<'_> {
    #[inline]
    fn is_finite(&self, i: usize) -> bool {
        self.above[i].is_finite() && self.below.is_none_or(|x| x[i].is_finite())
    }

    /// The columns of the item and their values in a row.
    fn values(&self, i: usize) -> impl Iterator<Item = (usize, f64)> {
        let below = self.item.column_below().zip(self.below.map(|x| x[i]));
        [Some((self.item.above, self.above[i])), below].into_iter().flatten()
    }
}

/// A missing value in a row that counts is a 0.
fn zero_for_missing(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value }
}
