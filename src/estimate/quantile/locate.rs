//! Rows at given places of the sorted order, found without sorting all rows.
//!
//! The values fall into cells by the leading bits of their order; the cells know how many rows and how much weight they
//! hold. Only cells with a wanted row are looked into: split further while they are large, and sorted once they are small.
//! Memory depends on what is asked, not on the number of rows, so the rows may come in pieces, as often as needed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::rule::{QuantileRule, is_share};
use crate::numeric::lanes::Lanes;
use crate::numeric::sum::Sum;

/// Rows that are searched one after another.
const BLOCK: usize = 65_536;
/// A cell with more rows is split before it is sorted.
const MAX_SORTED: u64 = 1 << 16;
/// Bits that a split takes off.
const SPLIT_BITS: u32 = 12;
/// Bits of the first split, as far as the domains leave room.
const FIRST_BITS: u32 = 16;
/// Cells of all domains together after the first split.
const FIRST_CELLS: usize = 1 << 20;

/// A piece of the rows. Domains at or above their number, weight 0 and NaN are outside.
#[derive(Clone, Copy)]
pub(in crate::estimate) struct Piece<'a> {
    pub values: &'a [f64],
    pub weights: &'a [f64],
    pub domains: &'a [u32],
    /// The sampling unit of each row; empty where the design is at hand.
    pub units: &'a [u32],
}

/// Rows that can be looked at again and again, piece by piece in the same order.
pub(in crate::estimate) trait Rows {
    type Error;

    fn look(&self, visit: &mut dyn FnMut(Piece<'_>)) -> Result<(), Self::Error>;
}

/// The order of the values as whole numbers: that of [`f64::total_cmp`].
fn order(x: f64) -> u64 {
    let bits = x.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn value(order: u64) -> f64 {
    f64::from_bits(if order >> 63 == 1 { order & !(1 << 63) } else { !order })
}

/// The rows of a domain whose order begins with some bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    domain: u32,
    prefix: u64,
    n_bits: u32,
}

impl Node {
    fn holds(&self, order: u64) -> bool {
        self.n_bits == 0 || order >> (64 - self.n_bits) == self.prefix
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    weight: Sum,
    n: u64,
}

/// Where a row of a domain stands: its cell, and what lies before the cell.
#[derive(Clone, Copy)]
struct Place {
    node: Node,
    cell: Cell,
    before: Sum,
    n_before: u64,
}

/// The sorted rows of a cell with their cumulated weights; rows of one value may be one row.
#[derive(Clone, Debug)]
struct Window {
    x: Vec<f64>,
    s: Vec<f64>,
}

/// What has to be seen before a question can be answered.
#[derive(Default)]
struct Needs {
    splits: Vec<Node>,
    windows: BTreeMap<Node, Sum>,
}

impl Needs {
    fn is_empty(&self) -> bool {
        self.splits.is_empty() && self.windows.is_empty()
    }
}

/// Answers questions about the sorted rows of domains.
pub(in crate::estimate) struct Locator {
    n_domains: usize,
    first_bits: u32,
    /// The parts of a cell that have rows, with the bits that they add.
    splits: BTreeMap<Node, Vec<(u64, Cell)>>,
    windows: BTreeMap<Node, Window>,
}

impl Locator {
    /// A locator that has seen nothing.
    pub fn new(n_domains: usize) -> Self {
        let mut first_bits = FIRST_BITS;
        while first_bits > 4 && n_domains << first_bits > FIRST_CELLS {
            first_bits -= 4;
        }
        Self { n_domains, first_bits, splits: BTreeMap::new(), windows: BTreeMap::new() }
    }

    /// The quantile at each pair of domain and share, as [`Sorted::quantile`](super::rule::Sorted::quantile) gives it; the
    /// rows are looked at until all are known.
    ///
    /// For rules that ask for the rows around a share only, and do not tell apart rows of one value.
    pub fn quantiles<R: Rows>(
        &mut self,
        rows: &R,
        wanted: &[(u32, f64)],
        rule: QuantileRule,
    ) -> Result<Vec<Option<f64>>, R::Error> {
        loop {
            let mut needs = Needs::default();
            let found: Vec<Option<f64>> =
                wanted.iter().map(|&(domain, p)| self.quantile(domain, p, rule, &mut needs)).collect();
            if needs.is_empty() {
                return Ok(found);
            }
            self.see(rows, needs)?;
        }
    }

    fn quantile(&self, domain: u32, p: f64, rule: QuantileRule, needs: &mut Needs) -> Option<f64> {
        let root = Node { domain, prefix: 0, n_bits: 0 };
        let Some(cells) = self.splits.get(&root) else {
            needs.splits.push(root);
            return None;
        };
        let mut all = Cell::default();
        for (_, cell) in cells {
            all.weight.merge(cell.weight);
            all.n += cell.n;
        }
        if all.n == 0 || !(0.0..=1.0).contains(&p) {
            return None;
        }
        let total = all.weight.value();
        let reached = p * total;
        // The first row with more weight up to it, and the row before.
        let up = self.descend(domain, needs, |_, end, _| end.value() > reached)?;
        let window = self.window(&up, needs)?;
        let at = window.s.partition_point(|s| *s <= reached).min(window.s.len() - 1);
        let is_last = window.s[at] <= reached;
        let rank = up.n_before + at as u64;
        let before = if at > 0 { window.s[at - 1] } else { up.before.value() };
        match (rank, is_last) {
            // All weight is reached at the last row.
            (_, true) => Some(window.x[at]),
            // The first row has more already: the rules step to the second, as there is none before.
            (0, _) => self.row(domain, 1.min(all.n - 1), needs),
            _ if is_share(before, total, p) => {
                let x = if at > 0 { window.x[at - 1] } else { self.row(domain, rank - 1, needs)? };
                Some(if rule == QuantileRule::Midpoint { (x + window.x[at]) / 2.0 } else { x })
            }
            _ => Some(window.x[at]),
        }
    }

    /// The value of the row at a position of the sorted order.
    fn row(&self, domain: u32, rank: u64, needs: &mut Needs) -> Option<f64> {
        let place = self.descend(domain, needs, |_, _, n_end| n_end > rank)?;
        let window = self.window(&place, needs)?;
        // Rows of one value may be one row of the window.
        window.x.get((rank - place.n_before) as usize).or(window.x.last()).copied()
    }

    /// The smallest cell known to hold the first row for which a question about the cells up to it is true (the last row, if
    /// there is none), and small enough to be sorted.
    fn descend(&self, domain: u32, needs: &mut Needs, is_there: impl Fn(&Cell, Sum, u64) -> bool) -> Option<Place> {
        let root = Node { domain, prefix: 0, n_bits: 0 };
        let mut place = Place { node: root, cell: Cell::default(), before: Sum::ZERO, n_before: 0 };
        loop {
            let node = place.node;
            let Some(cells) = self.splits.get(&node) else {
                needs.splits.push(node);
                return None;
            };
            let n_bits =
                node.n_bits + if node.n_bits == 0 { self.first_bits } else { SPLIT_BITS.min(64 - node.n_bits) };
            let (mut before, mut n_before) = (place.before, place.n_before);
            for (bits, cell) in cells {
                let prefix = if node.n_bits == 0 { *bits } else { node.prefix << (n_bits - node.n_bits) | bits };
                place = Place { node: Node { domain, prefix, n_bits }, cell: *cell, before, n_before };
                before.merge(cell.weight);
                n_before += cell.n;
                if is_there(cell, before, n_before) {
                    break;
                }
            }
            if place.cell.n <= MAX_SORTED || n_bits == 64 || cells.is_empty() {
                return Some(place);
            }
        }
    }

    fn window(&self, place: &Place, needs: &mut Needs) -> Option<Cow<'_, Window>> {
        if place.node.n_bits == 64 {
            // All rows of the cell have one value.
            let mut end = place.before;
            end.merge(place.cell.weight);
            return Some(Cow::Owned(Window { x: vec![value(place.node.prefix)], s: vec![end.value()] }));
        }
        let window = self.windows.get(&place.node);
        if window.is_none() {
            needs.windows.insert(place.node, place.before);
        }
        window.map(Cow::Borrowed)
    }

    /// Looks at the rows once for all that is needed.
    fn see<R: Rows>(&mut self, rows: &R, mut needs: Needs) -> Result<(), R::Error> {
        needs.splits.sort_unstable();
        needs.splits.dedup();
        if needs.splits.iter().any(|node| node.n_bits == 0) {
            // Nobody has looked yet: all domains are split at once.
            let width = 64 - self.first_bits;
            let size = self.n_domains << self.first_bits;
            let mut cells = Counter::new(size);
            rows.look(&mut |piece| {
                let n_domains = self.n_domains as u32;
                let slot = |domain: u32, order: u64| {
                    (domain < n_domains).then(|| ((domain as usize) << self.first_bits) + (order >> width) as usize)
                };
                cells.add(piece, slot);
            })?;
            let cells = cells.finish();
            for (domain, cells) in cells.chunks_exact(1 << self.first_bits).enumerate() {
                self.splits.insert(Node { domain: domain as u32, prefix: 0, n_bits: 0 }, with_rows(cells));
            }
            return Ok(());
        }
        let wanted = Wanted::new(self, &needs);
        let mut cells = Counter::new(wanted.splits.len() << SPLIT_BITS);
        let mut kept: Vec<Vec<(u64, f64)>> = vec![Vec::new(); wanted.windows.len()];
        rows.look(&mut |piece| {
            if !wanted.splits.is_empty() {
                cells.add(piece, |domain, order| {
                    let at = wanted.position(&wanted.splits, &wanted.splits_at, domain, order)?;
                    let node = wanted.splits[at];
                    let n_bits = SPLIT_BITS.min(64 - node.n_bits);
                    let bits = order << node.n_bits >> (64 - n_bits);
                    Some((at << SPLIT_BITS) + bits as usize)
                });
            }
            if !wanted.windows.is_empty() {
                wanted.keep(piece, &mut kept);
            }
        })?;
        if !wanted.splits.is_empty() {
            for (node, cells) in wanted.splits.iter().zip(cells.finish().chunks_exact(1 << SPLIT_BITS)) {
                self.splits.insert(*node, with_rows(cells));
            }
        }
        let window = |(node, rows): (&Node, Vec<(u64, f64)>)| {
            (*node, Window::new(rows, needs.windows.get(node).copied().unwrap_or_default()))
        };
        self.windows.par_extend(wanted.windows.par_iter().zip(kept).map(window));
        Ok(())
    }
}

fn with_rows(cells: &[Cell]) -> Vec<(u64, Cell)> {
    cells.iter().enumerate().filter(|(_, cell)| cell.n > 0).map(|(bits, cell)| (bits as u64, *cell)).collect()
}

impl Window {
    fn new(mut rows: Vec<(u64, f64)>, before: Sum) -> Self {
        rows.par_sort_by_key(|row| row.0);
        let mut sum = before;
        let cumulated = |row: &(u64, f64)| {
            sum.add(row.1);
            sum.value()
        };
        let s = rows.iter().map(cumulated).collect();
        Self { x: rows.into_iter().map(|row| value(row.0)).collect(), s }
    }
}

/// The nodes that one look is about, with the first of them in each cell of the first split.
struct Wanted {
    n_domains: usize,
    first_bits: u32,
    splits: Vec<Node>,
    windows: Vec<Node>,
    splits_at: Vec<Range<u32>>,
    windows_at: Vec<Range<u32>>,
}

impl Wanted {
    fn new(locator: &Locator, needs: &Needs) -> Self {
        let (n_domains, first_bits) = (locator.n_domains, locator.first_bits);
        let first_cell =
            |node: &Node| ((node.domain as usize) << first_bits) + (node.prefix >> (node.n_bits - first_bits)) as usize;
        let index = |nodes: &[Node]| {
            let mut at = vec![0..0; if nodes.is_empty() { 0 } else { n_domains << first_bits }];
            for (i, node) in nodes.iter().enumerate() {
                let range: &mut Range<u32> = &mut at[first_cell(node)];
                if range.start == range.end {
                    *range = i as u32..i as u32;
                }
                range.end = i as u32 + 1;
            }
            at
        };
        // In the order of the first cells, so that those of one cell stand together.
        let mut splits = needs.splits.clone();
        let mut windows: Vec<Node> = needs.windows.keys().copied().collect();
        splits.sort_by_key(first_cell);
        windows.sort_by_key(first_cell);
        let (splits_at, windows_at) = (index(&splits), index(&windows));
        Self { n_domains, first_bits, splits, windows, splits_at, windows_at }
    }

    /// The node among some that holds a row.
    #[inline]
    fn position(&self, nodes: &[Node], at: &[Range<u32>], domain: u32, order: u64) -> Option<usize> {
        if domain as usize >= self.n_domains {
            return None;
        }
        let cell = ((domain as usize) << self.first_bits) + (order >> (64 - self.first_bits)) as usize;
        let range = at[cell].start as usize..at[cell].end as usize;
        range.into_iter().find(|&i| nodes[i].holds(order))
    }

    /// Keeps the rows of the windows, in their order.
    fn keep(&self, piece: Piece<'_>, kept: &mut [Vec<(u64, f64)>]) {
        let starts: Vec<usize> = (0..piece.values.len()).step_by(BLOCK).collect();
        let of_block = |&start: &usize| {
            let rows = start..(start + BLOCK).min(piece.values.len());
            let mut found: Vec<(u32, u64, f64)> = Vec::new();
            for i in rows {
                let (x, w) = (piece.values[i], piece.weights[i]);
                let order = order(x);
                if let Some(at) = self.position(&self.windows, &self.windows_at, piece.domains[i], order)
                    && w != 0.0
                    && !x.is_nan()
                {
                    found.push((at as u32, order, w));
                }
            }
            found
        };
        let blocks: Vec<Vec<(u32, u64, f64)>> = starts.par_iter().map(of_block).collect();
        for (at, order, w) in blocks.into_iter().flatten() {
            kept[at as usize].push((order, w));
        }
    }
}

/// Counts rows and weights by cell.
struct Counter {
    size: usize,
    lanes: Lanes<Vec<Cell>>,
}

impl Counter {
    fn new(size: usize) -> Self {
        Self { size, lanes: Lanes::new(size * size_of::<Cell>()) }
    }

    fn add(&mut self, piece: Piece<'_>, slot: impl Fn(u32, u64) -> Option<usize> + Sync) {
        let empty = || vec![Cell::default(); self.size];
        self.lanes.add(piece.values.len(), empty, |rows, cells| {
            let columns = piece.values[rows.clone()].iter().zip(&piece.weights[rows.clone()]);
            for ((&x, &w), &domain) in columns.zip(&piece.domains[rows]) {
                if w != 0.0
                    && !x.is_nan()
                    && let Some(slot) = slot(domain, order(x))
                {
                    cells[slot].weight.add(w);
                    cells[slot].n += 1;
                }
            }
        });
    }

    fn finish(self) -> Vec<Cell> {
        let mut lanes = self.lanes.finish();
        let mut sum = lanes.next().unwrap_or_else(|| vec![Cell::default(); self.size]);
        let others: Vec<Vec<Cell>> = lanes.collect();
        sum.par_chunks_mut(1 << SPLIT_BITS).enumerate().for_each(|(chunk, sum)| {
            for lane in &others {
                for (a, b) in sum.iter_mut().zip(&lane[chunk << SPLIT_BITS..]).filter(|(_, b)| b.n > 0) {
                    a.weight.merge(b.weight);
                    a.n += b.n;
                }
            }
        });
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::Sorted;
    use crate::numeric::stream::Stream;

    /// Rows in pieces, with the number of looks at them.
    struct Pieces {
        values: Vec<f64>,
        weights: Vec<f64>,
        domains: Vec<u32>,
        size: usize,
        n_looks: std::cell::Cell<usize>,
    }

    impl Rows for Pieces {
        type Error = std::convert::Infallible;

        fn look(&self, visit: &mut dyn FnMut(Piece<'_>)) -> Result<(), Self::Error> {
            self.n_looks.set(self.n_looks.get() + 1);
            for start in (0..self.values.len()).step_by(self.size) {
                let rows = start..(start + self.size).min(self.values.len());
                let (values, weights) = (&self.values[rows.clone()], &self.weights[rows.clone()]);
                visit(Piece { values, weights, domains: &self.domains[rows], units: &[] });
            }
            Ok(())
        }
    }

    fn assert_as_sorted(name: &str, n: usize, n_domains: u32, value: impl Fn(&mut Stream) -> f64) {
        let mut random = Stream::named(11, name);
        let values: Vec<f64> =
            (0..n).map(|_| if random.chance(0.02) { f64::NAN } else { value(&mut random) }).collect();
        // Quarters add up exactly, so that shares are met exactly now and then.
        let weights: Vec<f64> = (0..n).map(|_| 0.25 * random.below(9) as f64).collect();
        let domains: Vec<u32> = (0..n).map(|_| random.below(u64::from(n_domains) + 1) as u32).collect();
        let probs: Vec<f64> = (0..=40).map(|i| f64::from(i) / 40.0).chain([-0.1, 1.5, 1e-9]).collect();
        let wanted: Vec<(u32, f64)> = (0..n_domains).flat_map(|d| probs.iter().map(move |p| (d, *p))).collect();
        for rule in [QuantileRule::Inverse, QuantileRule::Midpoint] {
            let mut all: Vec<Vec<Option<u64>>> = Vec::new();
            for size in [n.max(1), 1_000] {
                let rows = Pieces {
                    values: values.clone(),
                    weights: weights.clone(),
                    domains: domains.clone(),
                    size,
                    n_looks: std::cell::Cell::new(0),
                };
                let found = Locator::new(n_domains as usize).quantiles(&rows, &wanted, rule).unwrap();
                assert!(rows.n_looks.get() <= 7, "{name}: {} looks", rows.n_looks.get());
                all.push(found.into_iter().map(|x| x.map(f64::to_bits)).collect());
            }
            assert_eq!(all[0], all[1], "{name}: pieces leave a trace");
            for domain in 0..n_domains {
                let inside = |(w, d): (&f64, &u32)| if *d == domain { *w } else { 0.0 };
                let own: Vec<f64> = weights.iter().zip(&domains).map(inside).collect();
                let sorted = Sorted::new(&values, &own);
                for (k, p) in probs.iter().enumerate() {
                    let found = all[0][domain as usize * probs.len() + k];
                    assert_eq!(found, sorted.quantile(*p, rule).map(f64::to_bits), "{name}, {rule:?} at {p}");
                }
            }
        }
    }

    #[test]
    fn quantiles_are_those_of_the_sorted_rows() {
        assert_as_sorted("wide", 30_000, 3, |random| 1e4 * libm::exp(3.0 * random.normal()) - 5.0);
        assert_as_sorted("few values", 20_000, 2, |random| f64::from(random.below(12) as u32) - 3.0);
        assert_as_sorted("one value", 5_000, 1, |_| 7.0);
        assert_as_sorted("few rows", 7, 3, |random| random.uniform());
        assert_as_sorted("no rows", 0, 2, |random| random.uniform());
        assert_as_sorted("many domains", 4_000, 300, |random| random.normal());
    }

    #[test]
    fn crowded_cells_are_split() {
        // All values begin with the same 16 bits; then all with the same 48; then most rows have one of two values.
        assert_as_sorted("narrow", 150_000, 1, |random| 1_000.0 + 30.0 * random.uniform());
        assert_as_sorted("very narrow", 150_000, 1, |random| 1.0 + 1e-11 * random.uniform());
        assert_as_sorted("two values", 200_000, 1, |random| if random.chance(0.5) { 1.0 } else { 1.0 + f64::EPSILON });
    }

    #[test]
    fn order_goes_there_and_back() {
        for x in [f64::NEG_INFINITY, -2.5, -0.0, 0.0, 1e-300, 3.0, f64::INFINITY] {
            assert_eq!(value(order(x)).to_bits(), x.to_bits());
        }
        assert!(order(-1.0) < order(-0.0) && order(-0.0) < order(0.0) && order(0.0) < order(2.0));
    }
}
