//! Degrees of freedom.

use rayon::prelude::*;

use super::replicates::ReplicateWeights;

/// A direction counts while more than this share of its column's length is left after the earlier ones are taken out: the
/// tolerance of R's `degf` for replicate weights.
const RANK_TOLERANCE: f64 = 1e-5;
/// Rows a column with which the rank of many rows is tried first.
const ROWS_TRIED: usize = 16;
/// Rows whose products are summed while they stay in the processor's cache.
const CACHED_ROWS: usize = 512;
/// Rows whose products are summed one after another before the sums are added up, in order.
const BLOCK: usize = 1 << 15;

/// The rank of the replicate weights of the rows of a domain, minus one.
///
/// # Definition
///
/// Column after column counts while more than 1e-5 of its length is left after the columns that count have been taken out. What
/// is left follows from the products of the columns (Cholesky), in which its square is known to about 1e-14 of the column's.
/// Over a part of the rows less is left than over all, so columns that count there, measured by their length over all
/// rows, count everywhere: of many rows a few are tried first.
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
    (rank(columns, &rows) as f64 - 1.0).max(0.0)
}

fn rank(columns: &[Vec<f64>], rows: &[usize]) -> usize {
    let square = |column: &Vec<f64>| rows.iter().map(|&i| column[i] * column[i]).sum::<f64>();
    let squares: Vec<f64> = columns.par_iter().map(square).collect();
    let n_columns = squares.iter().filter(|square| **square > 0.0).count();
    let step = rows.len() / (ROWS_TRIED * columns.len()).max(1);
    if step > 1 {
        let some: Vec<usize> = rows.iter().step_by(step).copied().collect();
        if n_kept(&products(columns, &some), &squares) == n_columns {
            return n_columns;
        }
    }
    n_kept(&products(columns, rows), &squares)
}

/// How many columns count: their products row by row of the lower triangle, and the square of the length of each.
fn n_kept(products: &[f64], squares: &[f64]) -> usize {
    let mut kept: Vec<usize> = Vec::new();
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (j, square) in squares.iter().enumerate().filter(|(_, square)| **square > 0.0) {
        let own = &products[j * (j + 1) / 2..];
        let mut row: Vec<f64> = Vec::with_capacity(kept.len() + 1);
        for (other, earlier) in kept.iter().zip(&rows) {
            let along: f64 = row.iter().zip(earlier).map(|(a, b)| a * b).sum();
            row.push((own[*other] - along) / earlier[row.len()]);
        }
        let left = own[j] - row.iter().map(|v| v * v).sum::<f64>();
        if left > RANK_TOLERANCE * RANK_TOLERANCE * square {
            row.push(left.sqrt());
            rows.push(row);
            kept.push(j);
        }
    }
    kept.len()
}

/// The products of every two columns over some rows, row by row of the lower triangle.
fn products(columns: &[Vec<f64>], rows: &[usize]) -> Vec<f64> {
    let n = columns.len();
    let block = |rows: &[usize]| {
        let mut sums = vec![0.0; n * (n + 1) / 2];
        let mut values = vec![0.0; n * CACHED_ROWS];
        for rows in rows.chunks(CACHED_ROWS) {
            for (values, column) in values.chunks_exact_mut(CACHED_ROWS).zip(columns) {
                values.iter_mut().zip(rows).for_each(|(value, &i)| *value = column[i]);
            }
            add_products(&values, n, rows.len(), &mut sums);
        }
        sums
    };
    let blocks: Vec<Vec<f64>> = rows.par_chunks(BLOCK).map(block).collect();
    let mut sums = vec![0.0; n * (n + 1) / 2];
    for block in blocks {
        sums.iter_mut().zip(block).for_each(|(sum, part)| *sum += part);
    }
    sums
}

/// Adds the products of every two columns over rows that lie in the cache, column by column.
fn add_products(values: &[f64], n: usize, n_rows: usize, sums: &mut [f64]) {
    let part = |j: usize| &values[j * CACHED_ROWS..j * CACHED_ROWS + n_rows];
    let mut sums = sums.iter_mut();
    for j in 0..n {
        for (k, sum) in (0..=j).zip(sums.by_ref()) {
            *sum += dot(part(j), part(k));
        }
    }
}

/// The degrees of freedom of a domain from looks at rows that are not kept: the same sums in the same order as from columns in
/// memory. A first look for the lengths, a second at a few rows, and a third at all only where these do not settle it.
#[derive(Clone, Debug)]
pub(crate) struct RankLook {
    n_columns: usize,
    squares: Vec<f64>,
    n_rows: usize,
    /// Of so many rows one is taken.
    step: usize,
    n_met: usize,
    /// Rows that wait for their products, column by column.
    values: Vec<f64>,
    n_waiting: usize,
    n_in_block: usize,
    block: Vec<f64>,
    sums: Vec<f64>,
}

impl RankLook {
    /// Before the first row.
    pub fn new(n_columns: usize) -> Self {
        let n_products = n_columns * (n_columns + 1) / 2;
        Self {
            n_columns,
            squares: vec![0.0; n_columns],
            n_rows: 0,
            step: 0,
            n_met: 0,
            values: Vec::new(),
            n_waiting: 0,
            n_in_block: 0,
            block: vec![0.0; n_products],
            sums: vec![0.0; n_products],
        }
    }

    /// The first look: a row of the domain.
    pub fn meet(&mut self, weight: impl Fn(usize) -> f64) {
        self.n_rows += 1;
        for (column, square) in self.squares.iter_mut().enumerate() {
            *square += weight(column) * weight(column);
        }
    }

    /// A further look: the same row again.
    pub fn take(&mut self, weight: impl Fn(usize) -> f64) {
        if self.step == 0 {
            self.step = (self.n_rows / (ROWS_TRIED * self.n_columns).max(1)).max(1);
            self.values = vec![0.0; self.n_columns * CACHED_ROWS];
        }
        self.n_met += 1;
        if !(self.n_met - 1).is_multiple_of(self.step) {
            return;
        }
        for column in 0..self.n_columns {
            self.values[column * CACHED_ROWS + self.n_waiting] = weight(column);
        }
        self.n_waiting += 1;
        self.n_in_block += 1;
        if self.n_waiting == CACHED_ROWS {
            self.flush();
        }
        if self.n_in_block == BLOCK {
            self.close_block();
        }
    }

    fn flush(&mut self) {
        if self.n_waiting > 0 {
            add_products(&self.values, self.n_columns, self.n_waiting, &mut self.block);
        }
        self.n_waiting = 0;
    }

    fn close_block(&mut self) {
        self.sums.iter_mut().zip(&mut self.block).for_each(|(sum, part)| *sum += std::mem::take(part));
        self.n_in_block = 0;
    }

    /// The degrees of freedom after a further look; nothing where one at all rows has to come.
    pub fn degf(&mut self) -> Option<f64> {
        self.flush();
        self.close_block();
        let n_kept = n_kept(&self.sums, &self.squares);
        if self.step > 1 && n_kept < self.squares.iter().filter(|square| **square > 0.0).count() {
            (self.step, self.n_met) = (1, 0);
            self.sums.fill(0.0);
            return None;
        }
        Some((n_kept as f64 - 1.0).max(0.0))
    }
}

/// The sum of products in four lanes, which the processor fills side by side.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut lanes = [0.0; 4];
    for (a, b) in a.0.iter().zip(b.0) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    let rest: f64 = a.1.iter().zip(b.1).map(|(a, b)| a * b).sum();
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::linalg::Qr;
    use crate::numeric::matrix::Matrix;
    use crate::numeric::stream::Stream;

    fn assert_rank(name: &str, columns: &[Vec<f64>], expected: usize) {
        let rows: Vec<usize> = (0..columns[0].len()).filter(|i| i % 5 != 3).collect();
        let matrix = Matrix::from_fn(rows.len(), columns.len(), |i, j| columns[j][rows[i]]);
        assert_eq!(Qr::with_tolerance(&matrix, RANK_TOLERANCE).unwrap().rank(), expected, "{name}, by reflections");
        assert_eq!(rank(columns, &rows), expected, "{name}");
    }

    #[test]
    fn rows_that_are_not_kept_give_the_same_degrees_of_freedom() {
        let n = 3 * BLOCK / 2;
        let mut random = Stream::named(6, "rank of rows that pass");
        let mut column = || (0..n).map(|_| 1.0 + random.uniform()).collect::<Vec<f64>>();
        let mut columns: Vec<Vec<f64>> = (0..5).map(|_| column()).collect();
        let rows: Vec<usize> = (0..n).collect();
        for is_explained in [false, true] {
            if is_explained {
                columns.push((0..n).map(|i| columns[0][i] - 0.25 * columns[1][i]).collect());
            }
            let mut look = RankLook::new(columns.len());
            rows.iter().for_each(|&i| look.meet(|column| columns[column][i]));
            let mut all = || {
                rows.iter().for_each(|&i| look.take(|column| columns[column][i]));
                look.degf()
            };
            let first = all();
            let degf = if is_explained { all() } else { first };
            assert_eq!(degf, Some(rank(&columns, &rows) as f64 - 1.0));
            assert_eq!(first.is_none(), is_explained);
            if is_explained {
                assert_eq!(look.squares, columns.iter().map(|c| c.iter().map(|v| v * v).sum()).collect::<Vec<f64>>());
            }
        }
    }

    #[test]
    fn the_rank_is_that_of_reflections() {
        let n = 4_000;
        let mut random = Stream::named(5, "rank");
        let mut column = || (0..n).map(|_| 1.0 + random.uniform()).collect::<Vec<f64>>();
        let free: Vec<Vec<f64>> = (0..12).map(|_| column()).collect();
        assert_rank("free columns", &free, 12);
        let mixed = |a: usize, b: usize, noise: f64, at: usize| -> Vec<f64> {
            (0..n).map(|i| free[a][i] - 0.5 * free[b][i] + noise * free[at][i]).collect()
        };
        let with = |columns: &[Vec<f64>]| [&free[..8], columns].concat();
        assert_rank("explained columns", &with(&[mixed(0, 1, 0.0, 9), free[2].clone(), mixed(3, 5, 0.0, 9)]), 8);
        assert_rank("nearly explained", &with(&[mixed(0, 1, 1e-6, 9)]), 8);
        assert_rank("hardly explained", &with(&[mixed(0, 1, 1e-3, 9)]), 9);
        assert_rank("a column of zeros", &with(&[vec![0.0; n]]), 8);
        // What makes a column differ stands in one row, which the rows tried first may miss.
        let mut differs = free[4].clone();
        differs[2_997] += 40.0;
        assert_rank("one row differs", &with(&[differs]), 9);
    }
}
