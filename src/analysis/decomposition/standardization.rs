//! Waves or groups of respondents: composition by several groupings against rates.

use std::collections::BTreeMap;

use super::error::{DecompositionError, same_length};
use super::product::{order_shares, split_product};
use super::rows::{check_column, check_group};
use super::ways::{Output, pairs, way};
use crate::design::{Codes, MISSING, SurveyDesign};
use crate::estimate::{Estimates, Options, Statistic, statistic};
use crate::numeric::dual::Dual;

/// What changed, and by which groupings it is split.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The outcome: 0/1 for a share, any number for a mean; NaN for no answer.
    pub outcome: &'a [f64],
    /// Waves (or groups) in the order of their codes; those outside the mask are left out.
    pub waves: &'a Codes,
    /// Names and codes of the groupings that make up the composition.
    pub groupings: &'a [(&'a str, &'a Codes)],
}

/// Against what more than two waves are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Averaging {
    /// Each wave against the one before. The parts of the whole way depend on the waves between.
    #[default]
    Consecutive,
    /// All pairs of waves, averaged: parts of any two waves follow from one standard, whichever waves lie between.
    AllPairs,
}

/// Changes from wave to wave, split; every number keeps its covariance with the others.
#[derive(Debug, Clone)]
pub struct Standardization {
    pub estimates: Estimates,
    pub groupings: Vec<String>,
    /// The cells of the groupings: their levels, joined by ` × `.
    pub cells: Vec<String>,
    /// The mean of each wave, by position in `estimates`.
    pub means: Vec<usize>,
    /// Wave against the wave before; with more than two waves the last one is last against first.
    pub changes: Vec<Standardized>,
}

/// A change between two waves, by positions in the estimates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standardized {
    pub from: String,
    pub to: String,
    /// `to` less `from`.
    pub gap: usize,
    /// Like people answer otherwise.
    pub rates: usize,
    /// What each grouping adds by its other composition.
    pub composition: Vec<usize>,
    /// By cell; they add up to the rates.
    pub rates_by_cell: Vec<usize>,
    /// By cell; they add up to the composition of all groupings.
    pub composition_by_cell: Vec<usize>,
}

/// Groupings at most: the work doubles with each.
const MOST_GROUPINGS: usize = 6;

/// Splits changes of a mean or share into changes of rates within cells and changes of composition, grouping by grouping.
///
/// # Definition
/// The mean of a wave is Σ_k r_k·Π_f c_fk over the cells k. c_fk is the part of grouping f in the share of cell k: the
/// geometric mean, over all orders of the groupings, of the share of its level given the groupings before it, so that Π_f c_fk is
/// the share. Two waves are split by the mean over all orders in which the factors may change. With one
/// grouping that is Kitagawa's split. A cell that one of two waves lacks is all composition. [`Averaging::AllPairs`]: the part from wave i
/// to wave j is the mean over all waves k of the part from i to k plus that from k to j.
///
/// # Shapes and units
/// One outcome, wave and level of each grouping a row; rows with a missing one stay out, their sampling units count in the variance.
/// Standard errors by linearization of all cell totals together, or by splitting again under each set of replicate weights.
///
/// # Errors
/// Lengths that differ, infinite outcomes, fewer than two waves, no grouping or more than six, a wave without rows or in one sampling
/// unit.
///
/// # Agreement
/// Das Gupta's formulas written out for two groupings in Python, 1e-9 (`tests/decomposition.rs`).
///
/// # References
/// Kitagawa (1955), JASA 50. Das Gupta (1993), *Standardization and Decomposition of Rates*, U.S. Bureau of the Census, P23-186,
/// chapters 5 and 6 (equations 6.11 and 6.12 for many populations).
pub fn standardize(
    design: &SurveyDesign,
    change: &Change<'_>,
    averaging: Averaging,
    mask: &[bool],
    options: &Options,
) -> Result<Standardization, DecompositionError> {
    let table = CellTable::new(design, change, mask)?;
    let mut inside = vec![false; design.n_rows()];
    inside.iter_mut().zip(&table.cell_of_row).for_each(|(inside, cell)| *inside = *cell != MISSING);
    let splitting = Splitting { table: &table, averaging };
    let estimates = statistic(design, &splitting, &inside, options)?;
    let (n_cells, n_groupings) = (table.cells.len(), change.groupings.len());
    let n_waves = table.waves.len();
    let per_change = 2 + n_groupings + 2 * n_cells;
    let changes = pairs(n_waves).into_iter().enumerate().map(|(c, (from, to))| {
        let start = n_waves + c * per_change;
        let run = |from: usize, n: usize| (start + from..start + from + n).collect();
        Standardized {
            from: table.waves[from].clone(),
            to: table.waves[to].clone(),
            gap: start,
            rates: start + 1,
            composition: run(2, n_groupings),
            rates_by_cell: run(2 + n_groupings, n_cells),
            composition_by_cell: run(2 + n_groupings + n_cells, n_cells),
        }
    });
    Ok(Standardization {
        changes: changes.collect(),
        means: (0..n_waves).collect(),
        groupings: change.groupings.iter().map(|(name, _)| (*name).to_owned()).collect(),
        cells: table.cell_names(change.groupings),
        estimates,
    })
}

/// The rows by wave and cell.
struct CellTable<'a> {
    outcome: &'a [f64],
    wave_of_row: Vec<u32>,
    cell_of_row: Vec<u32>,
    waves: Vec<String>,
    /// Levels of each cell, grouping by grouping.
    cells: Vec<Vec<u32>>,
    /// For each set of groupings (as bits) and each cell the cells of one margin with it.
    margins: Vec<Vec<Vec<usize>>>,
}

impl<'a> CellTable<'a> {
    fn new(design: &SurveyDesign, change: &Change<'a>, mask: &[bool]) -> Result<Self, DecompositionError> {
        let n = design.n_rows();
        check_column(design, "the outcome", change.outcome)?;
        same_length("the mask", mask.len(), n)?;
        same_length("the waves", change.waves.len(), n)?;
        for (name, codes) in change.groupings {
            same_length(&format!("`{name}`"), codes.len(), n)?;
        }
        let n_groupings = change.groupings.len();
        if !(1..=MOST_GROUPINGS).contains(&n_groupings) {
            let (what, got) = ("the number of groupings".to_owned(), n_groupings as f64);
            return Err(DecompositionError::OutOfRange { what, got, expected: "1 to 6" });
        }
        let mut is_asked = vec![false; change.waves.n_labels()];
        for (code, _) in change.waves.codes().iter().zip(mask).filter(|(code, is_in)| **is_in && **code != MISSING) {
            is_asked[*code as usize] = true;
        }
        let asked: Vec<usize> = (0..is_asked.len()).filter(|w| is_asked[*w]).collect();
        if asked.len() < 2 {
            return Err(DecompositionError::TooFew { what: "waves", got: asked.len(), needed: 2 });
        }
        let levels = |i: usize| -> Option<Vec<u32>> {
            let is_in = mask[i] && design.weights()[i] > 0.0 && !change.outcome[i].is_nan();
            let is_in = is_in && change.waves.codes()[i] != MISSING;
            let levels: Vec<u32> = change.groupings.iter().map(|(_, codes)| codes.codes()[i]).collect();
            (is_in && !levels.contains(&MISSING)).then_some(levels)
        };
        let mut index: BTreeMap<Vec<u32>, u32> = (0..n).filter_map(levels).map(|cell| (cell, 0)).collect();
        index.values_mut().enumerate().for_each(|(k, code)| *code = k as u32);
        let code = |i: usize| levels(i).and_then(|cell| index.get(&cell).copied()).unwrap_or(MISSING);
        let cell_of_row: Vec<u32> = (0..n).map(code).collect();
        let position = |code: &u32| asked.binary_search(&(*code as usize)).map_or(MISSING, |w| w as u32);
        let wave_of_row: Vec<u32> = change.waves.codes().iter().map(position).collect();
        let waves: Vec<String> = asked.iter().map(|w| change.waves.labels()[*w].clone()).collect();
        for (w, wave) in waves.iter().enumerate() {
            check_group(design, wave, |i| wave_of_row[i] == w as u32 && cell_of_row[i] != MISSING)?;
        }
        let cells: Vec<Vec<u32>> = index.into_keys().collect();
        let margin = |set: usize| {
            let key = |cell: &Vec<u32>| -> Vec<u32> {
                (0..n_groupings).filter(|f| set >> f & 1 == 1).map(|f| cell[f]).collect()
            };
            let mut by_key: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
            for (k, cell) in cells.iter().enumerate() {
                by_key.entry(key(cell)).or_default().push(k);
            }
            cells.iter().map(|cell| by_key.get(&key(cell)).cloned().unwrap_or_default()).collect()
        };
        let margins = (0..1_usize << n_groupings).map(margin).collect();
        Ok(Self { outcome: change.outcome, wave_of_row, cell_of_row, waves, cells, margins })
    }

    fn cell_names(&self, groupings: &[(&str, &Codes)]) -> Vec<String> {
        let name = |cell: &Vec<u32>| -> String {
            let levels: Vec<&str> = cell
                .iter()
                .zip(groupings)
                .map(|(level, (_, codes))| codes.labels()[*level as usize].as_str())
                .collect();
            levels.join(" × ")
        };
        self.cells.iter().map(name).collect()
    }

    /// Sum of weights and weighted sum of the outcome, wave by wave and cell by cell.
    fn totals(&self, weights: &[f64]) -> Vec<[Vec<f64>; 2]> {
        let nothing = || vec![0.0; self.cells.len()];
        let mut totals: Vec<[Vec<f64>; 2]> = self.waves.iter().map(|_| [nothing(), nothing()]).collect();
        for (i, w) in weights.iter().enumerate().filter(|(i, _)| self.cell_of_row[*i] != MISSING) {
            let [size, sum] = &mut totals[self.wave_of_row[i] as usize];
            let cell = self.cell_of_row[i] as usize;
            size[cell] += w;
            sum[cell] += w * self.outcome[i];
        }
        totals
    }
}

/// The totals of a wave as parameters: sizes of the cells first, then sums; constants where no gradient is needed.
struct WaveTotals {
    sizes: Vec<Dual>,
    sums: Vec<Dual>,
}

/// The split as a statistic of the weights.
struct Splitting<'a> {
    table: &'a CellTable<'a>,
    averaging: Averaging,
}

impl Splitting<'_> {
    /// All outputs: means of the waves, then each change.
    fn outputs(&self, weights: &[f64], with_gradient: bool) -> Option<Vec<Output>> {
        let totals = self.table.totals(weights);
        if totals.iter().any(|[sizes, _]| sizes.iter().sum::<f64>() <= 0.0) {
            return None;
        }
        let (n_cells, n_waves) = (self.table.cells.len(), self.table.waves.len());
        let n_parameters = if with_gradient { 2 * n_cells * n_waves } else { 0 };
        let mut outputs = Vec::new();
        for wave in 0..n_waves {
            let [one, _] = self.sides(&totals, [wave, wave], with_gradient);
            let mut mean = Output::zero(n_parameters);
            mean.add(&Dual::sum(&one.sums).over(&Dual::sum(&one.sizes)), 1.0, [wave, wave], 2 * n_cells);
            outputs.push(mean);
        }
        let mut known: BTreeMap<(usize, usize), Vec<Vec<Dual>>> = BTreeMap::new();
        for (from, to) in pairs(self.table.waves.len()) {
            let way = way(n_waves, from, to, self.averaging);
            let n_factors = self.n_factors();
            let mut parts: Vec<Vec<Output>> =
                (0..n_factors).map(|_| (0..n_cells).map(|_| Output::zero(n_parameters)).collect()).collect();
            for (a, b, factor) in way {
                let effects = known.entry((a, b)).or_insert_with(|| {
                    let [before, after] = self.sides(&totals, [a, b], with_gradient);
                    self.split(&after, &before)
                });
                for (factor_parts, of_factor) in parts.iter_mut().zip(effects.iter()) {
                    for (part, effect) in factor_parts.iter_mut().zip(of_factor) {
                        part.add(effect, factor, [a, b], 2 * n_cells);
                    }
                }
            }
            outputs.extend(arranged(parts, n_parameters));
        }
        Some(outputs)
    }

    fn n_factors(&self) -> usize {
        self.table.margins.len().trailing_zeros() as usize + 1
    }

    fn sides(&self, totals: &[[Vec<f64>; 2]], waves: [usize; 2], with_gradient: bool) -> [WaveTotals; 2] {
        let n_cells = self.table.cells.len();
        let side = |which: usize| {
            let column = |part: usize| {
                let values = totals[waves[which]][part].iter().enumerate();
                let start = (2 * which + part) * n_cells;
                let dual = |(k, v): (usize, &f64)| match with_gradient {
                    true => Dual::parameter(*v, start + k, 4 * n_cells),
                    false => Dual::constant(*v),
                };
                values.map(dual).collect()
            };
            WaveTotals { sizes: column(0), sums: column(1) }
        };
        [side(0), side(1)]
    }

    /// Effects of each factor in each cell: the groupings, then the rates.
    fn split(&self, after: &WaveTotals, before: &WaveTotals) -> Vec<Vec<Dual>> {
        let mut effects = vec![Vec::new(); self.n_factors()];
        let shares = self.composition(after).into_iter().zip(self.composition(before));
        for (k, (share_after, share_before)) in shares.enumerate() {
            let is_there = [after, before].map(|wave| wave.sizes[k].value > 0.0);
            let rate = |wave: &WaveTotals| wave.sums[k].over(&wave.sizes[k]);
            let rates = match is_there {
                [true, true] => [rate(after), rate(before)],
                [true, false] => [rate(after), rate(after)],
                [false, true] => [rate(before), rate(before)],
                [false, false] => [Dual::constant(0.0), Dual::constant(0.0)],
            };
            let [rate_after, rate_before] = rates;
            let (after, before) =
                ([share_after, vec![rate_after]].concat(), [share_before, vec![rate_before]].concat());
            for (of_factor, effect) in effects.iter_mut().zip(split_product(&after, &before)) {
                of_factor.push(effect);
            }
        }
        effects
    }

    /// The part of each grouping in the share of each cell.
    fn composition(&self, wave: &WaveTotals) -> Vec<Vec<Dual>> {
        let n_groupings = self.n_factors() - 1;
        let order = order_shares(n_groupings);
        let size = |set: usize, cell: usize| Dual::sum(self.table.margins[set][cell].iter().map(|k| &wave.sizes[*k]));
        let of_cell = |cell: usize| -> Vec<Dual> {
            if wave.sizes[cell].value <= 0.0 {
                return vec![Dual::constant(0.0); n_groupings];
            }
            let sizes: Vec<Dual> = (0..self.table.margins.len()).map(|set| size(set, cell)).collect();
            let part = |f: usize| {
                let before = (0..sizes.len()).filter(|set| set >> f & 1 == 0);
                before.fold(Dual::constant(1.0), |part, set| {
                    let given = sizes[set | 1 << f].over(&sizes[set]);
                    part.times(&given.raised(order[set.count_ones() as usize]))
                })
            };
            (0..n_groupings).map(part).collect()
        };
        (0..self.table.cells.len()).map(of_cell).collect()
    }
}

/// Gap, rates, composition by grouping, rates by cell, composition by cell.
fn arranged(mut parts: Vec<Vec<Output>>, n_parameters: usize) -> Vec<Output> {
    let add = |parts: &mut dyn Iterator<Item = &Output>| Output::sum(parts, n_parameters);
    let rates = parts.pop().unwrap_or_default();
    let composition_by_cell: Vec<Output> =
        (0..rates.len()).map(|k| add(&mut parts.iter().map(|of_factor| &of_factor[k]))).collect();
    let by_grouping: Vec<Output> = parts.iter().map(|of_factor| add(&mut of_factor.iter())).collect();
    let whole_rates = add(&mut rates.iter());
    let gap = add(&mut by_grouping.iter().chain([&whole_rates]));
    let mut all = vec![gap, whole_rates];
    all.extend(by_grouping);
    all.extend(rates);
    all.extend(composition_by_cell);
    all
}

impl Statistic for Splitting<'_> {
    fn names(&self) -> Vec<String> {
        let (n_cells, n_groupings) = (self.table.cells.len(), self.n_factors() - 1);
        let mut names: Vec<String> = self.table.waves.iter().map(|wave| format!("mean {wave}")).collect();
        for (from, to) in pairs(self.table.waves.len()) {
            let pair = format!("{} to {}", self.table.waves[from], self.table.waves[to]);
            names.push(format!("{pair}: gap"));
            names.push(format!("{pair}: rates"));
            names.extend((0..n_groupings).map(|f| format!("{pair}: composition {}", f + 1)));
            names.extend((0..n_cells).map(|k| format!("{pair}: rates of cell {}", k + 1)));
            names.extend((0..n_cells).map(|k| format!("{pair}: composition of cell {}", k + 1)));
        }
        names
    }

    fn values(&self, weights: &[f64]) -> Option<Vec<f64>> {
        self.outputs(weights, false).map(|outputs| outputs.into_iter().map(|o| o.value).collect())
    }

    fn scores(&self, weights: &[f64]) -> Vec<Vec<f64>> {
        let table = self.table;
        let n_cells = table.cells.len();
        let column = |output: Output| {
            let score = |i: usize| {
                if table.cell_of_row[i] == MISSING {
                    return 0.0;
                }
                let at = 2 * n_cells * table.wave_of_row[i] as usize + table.cell_of_row[i] as usize;
                output.gradient[at] + output.gradient[at + n_cells] * table.outcome[i]
            };
            (0..weights.len()).map(score).collect()
        };
        self.outputs(weights, true).unwrap_or_default().into_iter().map(column).collect()
    }
}
