//! Totals, means and ratios by domain, while rows come in: one pass, whatever the request holds.

use std::ops::Range;

use super::error::EstimateError;
use super::estimates::Estimates;
use super::finish::{Block, BlockTotals, Finished, Quantity, finish};
use super::lanes::{LANE_BYTES, Lanes};
use super::options::{MissingOutcome, Options};
use super::pairs::{PairSums, units_with_members};
use super::spread::Spread;
use crate::design::{Base, MISSING, MemberScores, SurveyDesign};

/// Rows that stay in the fastest cache while all items of a request add them.
const CHUNK: usize = 1_024;

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
    /// By item, in it by domain.
    spreads: Vec<Spread>,
    /// By item, in it by domain: a row has a missing value.
    has_missing: Vec<bool>,
    /// By column, infinite values.
    infinite: Vec<Infinite>,
    /// Where the rows of a chunk that count stand in it.
    members: Vec<u32>,
    /// Where their sums start.
    at: Vec<usize>,
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
                for start in range.clone().step_by(CHUNK) {
                    let chunk = start..(start + CHUNK).min(range.end);
                    lane.add(shape, first_row + start, &rows, chunk);
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
                spreads.push(all.spreads[i * n_domains + domain].around(slope));
            }
            blocks.push(Block {
                totals: BlockTotals::Members { scores: MemberScores::new(index.clone(), 1, scores), points },
                per_domain: 1,
                spreads,
                has_missing: all.has_missing[i * n_domains..(i + 1) * n_domains].to_vec(),
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

    fn columns(&self) -> impl Iterator<Item = usize> {
        let below = if let Below::Column(x) = self.below { Some(x) } else { None };
        [Some(self.above), below].into_iter().flatten()
    }
}

impl Shape {
    fn empty_lane(&self) -> Lane {
        let by_item = self.items.len() * self.n_domains;
        Lane {
            sums: PairSums::new(self.n_units, self.n_domains, 1 + self.n_columns),
            counts: vec![Count::default(); self.n_domains],
            spreads: vec![Spread::default(); by_item],
            has_missing: vec![false; by_item],
            infinite: vec![Infinite::default(); self.n_columns],
            members: vec![0; CHUNK],
            at: Vec::with_capacity(CHUNK),
        }
    }
}

impl Lane {
    /// Adds some rows; the first of them is row `first_row` of the data.
    fn add(&mut self, shape: &Shape, first_row: usize, rows: &Rows<'_>, chunk: Range<usize>) {
        let (weights, domains) = (&rows.weights[chunk.clone()], &rows.domain_of_row[chunk.clone()]);
        // Without a branch on what the data say.
        let mut n = 0;
        for (i, (w, domain)) in weights.iter().zip(domains).enumerate() {
            self.members[n] = i as u32;
            n += usize::from((*domain != MISSING) & (*w != 0.0));
        }
        let mut with_gaps = Vec::new();
        for (c, column) in rows.columns.iter().enumerate() {
            let column = &column[chunk.clone()];
            if column.iter().fold(true, |all, v| all & v.is_finite()) {
                continue;
            }
            self.infinite[c].look_at(column, first_row);
            with_gaps.push(c);
            if shape.missing == MissingOutcome::Exclude {
                let before = n;
                n = 0;
                for k in 0..before {
                    let i = self.members[k];
                    self.members[n] = i;
                    n += usize::from(!column[i as usize].is_nan());
                }
            }
        }
        let members = &self.members[..n];
        if shape.missing == MissingOutcome::Refuse && !with_gaps.is_empty() {
            for (item, has_missing) in shape.items.iter().zip(self.has_missing.chunks_exact_mut(shape.n_domains)) {
                for column in item.columns().filter(|c| with_gaps.contains(c)).map(|c| &rows.columns[c][chunk.clone()])
                {
                    for i in members.iter().map(|i| *i as usize).filter(|i| column[*i].is_nan()) {
                        has_missing[domains[i] as usize] = true;
                    }
                }
            }
        }
        let units = &rows.unit_of_row[chunk.clone()];
        self.at.clear();
        self.at.extend(members.iter().map(|i| self.sums.at(units[*i as usize], domains[*i as usize])));
        let spreads = self.spreads.chunks_exact_mut(shape.n_domains.max(1));
        for (k, (item, spreads)) in shape.items.iter().zip(spreads).enumerate() {
            let adder = Adder {
                members,
                at: &self.at,
                domains,
                weights,
                above: &rows.columns[item.above][chunk.clone()],
                below: match item.below {
                    Below::Column(x) => Some(&rows.columns[x][chunk.clone()]),
                    Below::Nothing | Below::Size => None,
                },
                item: *item,
                is_first: k == 0,
            };
            if shape.n_domains == 1 {
                adder.add::<true>(self.sums.sums(), spreads, &mut self.counts);
            } else {
                adder.add::<false>(self.sums.sums(), spreads, &mut self.counts);
            }
        }
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
    fn look_at(&mut self, column: &[f64], first_row: usize) {
        let places = column.iter().enumerate().filter(|(_, v)| v.is_infinite());
        places.for_each(|(i, _)| self.absorb(Self { n: 1, first_row: first_row + i + 1 }));
    }

    fn absorb(&mut self, other: Self) {
        if other.n > 0 && (self.n == 0 || other.first_row < self.first_row) {
            self.first_row = other.first_row;
        }
        self.n += other.n;
    }
}

/// One item and the rows of a chunk that count.
struct Adder<'a> {
    members: &'a [u32],
    at: &'a [usize],
    domains: &'a [u32],
    weights: &'a [f64],
    above: &'a [f64],
    below: Option<&'a [f64]>,
    item: Item,
    /// Whether weights and rows are still to be added.
    is_first: bool,
}

impl Adder<'_> {
    /// Adds the rows to the sums of their pairs and domains. The sums of a domain that is `ALONE` stay in registers.
    fn add<const ALONE: bool>(&self, sums: &mut [f64], spreads: &mut [Spread], counts: &mut [Count]) {
        let (mut own_spread, mut own_count) = (spreads[0], counts[0]);
        let (above, below) = self.item.places();
        // A missing value in a row that counts is a 0.
        let number = |v: f64| if v.is_nan() { 0.0 } else { v };
        for (&i, &start) in self.members.iter().zip(self.at) {
            let i = i as usize;
            let (w, y) = (self.weights[i], number(self.above[i]));
            let (spread, count) = if ALONE {
                (&mut own_spread, &mut own_count)
            } else {
                let domain = self.domains[i] as usize;
                (&mut spreads[domain], &mut counts[domain])
            };
            sums[start + above] += w * y;
            if self.is_first {
                sums[start] += w;
                count.n += 1.0;
                count.squared_weights += w * w;
            }
            match self.below {
                None => spread.add(w, y, 1.0),
                Some(x) => {
                    let x = number(x[i]);
                    sums[start + below] += w * x;
                    spread.add(w, y, x);
                }
            }
        }
        if ALONE {
            (spreads[0], counts[0]) = (own_spread, own_count);
        }
    }
}
