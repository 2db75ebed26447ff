//! The sampling units of a table under a design of any stages, found in a pass of their own and checked as a design of one
//! row a unit of the last stage (a stratum of rows, where rows are the units).

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::PsuFrame;
use crate::design::{
    Codes, CountLook, DesignError, ReplicateInput, RowsBehind, StageInput, SurveyDesign, SurveyDesignBuilder,
};
use crate::rows::{Column, MISSING, RowSource};

/// The columns of one stage of sampling.
#[derive(Debug, Clone, Copy, Default)]
pub struct StageColumns {
    /// Labels of the units; rows without.
    pub units: Option<usize>,
    /// Labels of the strata.
    pub strata: Option<usize>,
    /// How many units there were to draw from.
    pub population: Option<PopulationColumn>,
}

/// The population of a stage, row by row.
#[derive(Debug, Clone, Copy)]
pub struct PopulationColumn {
    /// Where the number stands.
    pub amount: Amount,
    /// Is it the share that was sampled, and not the size?
    pub is_fraction: bool,
}

/// A number of each row.
#[derive(Debug, Clone, Copy)]
pub enum Amount {
    /// A column of numbers.
    Column(usize),
    /// The same number everywhere.
    Same(f64),
}

/// Replicate weights of a table.
#[derive(Debug, Clone)]
pub struct ReplicateColumns {
    /// Where they stand.
    pub columns: Vec<usize>,
    /// What else is known of them; its columns are not looked at.
    pub input: ReplicateInput,
}

/// The sampling units of a table.
#[derive(Debug, Clone)]
pub struct UnitFrame {
    frame: PsuFrame,
    /// Columns of labels whose combinations are the rows of the design.
    keys: Vec<usize>,
    combinations: Combinations,
    /// The unit (or the stratum of rows) of each combination.
    unit_of_combination: Vec<u32>,
    /// The weight of the rows of each combination, where it follows from the design.
    weight_of_combination: Option<Vec<f64>>,
    totals: RowTotals,
    degf: Option<f64>,
}

/// The rows of a table, all together.
#[derive(Debug, Clone, Copy, Default)]
pub struct RowTotals {
    /// How many.
    pub n_rows: usize,
    /// Rows of weight 0.
    pub n_zero: usize,
    /// Sum of the weights.
    pub sum_w: f64,
    /// The weights look like counts of identical rows.
    pub look_like_counts: bool,
}

/// What is gathered of the rows of a combination.
#[derive(Debug, Clone, Default)]
struct Gathered {
    n: usize,
    first: usize,
    n_positive: usize,
    sum_w: f64,
    /// By stage with a column of population: its smallest and largest value.
    population: Vec<(f64, f64)>,
    /// The sums of the replicate weights.
    replicates: Vec<f64>,
}

impl UnitFrame {
    /// Finds the units of a source and checks their design; `complete` adds what is not said by columns.
    ///
    /// Labels and numbers must stand in every row. Units of stages below the first that are rows are not gathered: memory
    /// would grow with the rows.
    ///
    /// # Errors
    ///
    /// What reading may fail with; otherwise a [`DesignError`] with all problems, as for a design of rows.
    pub fn of<S: RowSource + ?Sized>(
        source: &S,
        weight: Option<usize>,
        stages: &[StageColumns],
        replicates: Option<&ReplicateColumns>,
        complete: impl FnOnce(SurveyDesignBuilder) -> SurveyDesignBuilder,
    ) -> Result<Result<Self, DesignError>, S::Error> {
        let mut keys = Vec::new();
        for column in stages.iter().flat_map(|stage| [stage.units, stage.strata]).flatten() {
            if !keys.contains(&column) {
                keys.push(column);
            }
        }
        let sizes: Vec<usize> = stages.iter().filter_map(population_column).collect();
        let n_first = keys.first().map_or(1, |column| source.labels(*column).len());
        let mut combinations = Combinations::new(keys.len(), n_first);
        let mut gathered: Vec<Gathered> = Vec::new();
        let mut totals = RowTotals::default();
        let mut look = CountLook::default();
        let sets: &[usize] = replicates.map_or(&[], |replicates| &replicates.columns);
        let are_factors = replicates.is_some_and(|replicates| replicates.input.are_factors);
        let wanted: Vec<usize> = keys.iter().chain(&sizes).chain(sets).copied().chain(weight).collect();
        source.for_each_group(&wanted, &mut |group| {
            let sizes: Vec<&[f64]> = sizes.iter().map(|column| group[*column].numbers()).collect();
            let weights = weight.map(|column| group[column].numbers());
            let sets: Vec<&[f64]> = sets.iter().map(|column| group[*column].numbers()).collect();
            look = look.at(weights.unwrap_or_default());
            let n_rows = wanted.first().map_or(0, |column| group[*column].len());
            for (row, at) in combinations.add(&keys, group, n_rows).into_iter().enumerate() {
                let at = at as usize;
                if at == gathered.len() {
                    let population = vec![(f64::INFINITY, f64::NEG_INFINITY); sizes.len()];
                    let (first, replicates) = (totals.n_rows + row, vec![0.0; sets.len()]);
                    gathered.push(Gathered { first, population, replicates, ..Gathered::default() });
                }
                let found = &mut gathered[at];
                let w = weights.map_or(1.0, |weights| weights[row]);
                found.n += 1;
                found.n_positive += usize::from(w > 0.0);
                found.sum_w += w;
                totals.sum_w += w;
                totals.n_zero += usize::from(w == 0.0);
                for (sum, set) in found.replicates.iter_mut().zip(&sets) {
                    *sum += if are_factors { set[row] * w } else { set[row] };
                }
                for ((low, high), sizes) in found.population.iter_mut().zip(&sizes) {
                    *low = low.min(sizes[row]);
                    *high = high.max(sizes[row]);
                }
            }
            totals.n_rows += n_rows;
            ControlFlow::Continue(())
        })?;
        totals.look_like_counts = look.is_counts();
        let entries = entries(&gathered);
        let mut builder = described(source, weight, stages, &keys, &combinations, &entries);
        if let Some(replicates) = replicates {
            let sums = |r: usize| entries.iter().map(|entry| entry.gathered.replicates[r]).collect();
            let columns = (0..replicates.columns.len()).map(sums).collect();
            builder = builder.replicates(ReplicateInput { columns, are_factors: false, ..replicates.input.clone() });
        }
        Ok(complete(builder).build().map(|design| {
            let n = gathered.len();
            let derived = weight.is_none().then(|| design.weights()[..n].to_vec());
            if let Some(weights) = &derived {
                totals.look_like_counts = design.weights_look_like_counts();
                totals.sum_w = gathered.iter().zip(weights).map(|(g, w)| g.n as f64 * w).sum();
            }
            let units = match design.row_units() {
                Some(rows) => rows.stratum_of_row,
                None => design.unit_of_row(),
            };
            let unit_of_combination = units[..n].to_vec();
            let degf = design.replicates().is_none().then(|| degf(&design, &unit_of_combination, &gathered));
            let sets = replicates.map_or_else(Vec::new, |replicates| replicates.columns.clone());
            let n_codes = unit_of_combination.iter().max().map_or(0, |unit| unit + 1);
            UnitFrame {
                frame: PsuFrame { unit_of_code: (0..n_codes).collect(), design, replicates: sets },
                keys,
                combinations,
                unit_of_combination,
                weight_of_combination: derived,
                totals,
                degf,
            }
        }))
    }

    /// What a pass needs: its units are those that [`reader`](Self::reader) gives.
    pub fn frame(&self) -> &PsuFrame {
        &self.frame
    }

    /// The rows of the table, all together.
    pub fn totals(&self) -> RowTotals {
        self.totals
    }

    /// Degrees of freedom of the whole table; those of replicate weights ask for more looks at it
    /// ([`degf`](super::degf)).
    pub fn degf(&self) -> Option<f64> {
        self.degf
    }

    /// Says where the replicate weights stand for those who read on.
    pub fn with_replicates_at(mut self, columns: Vec<usize>) -> Self {
        self.frame.replicates = columns;
        self
    }

    /// The columns that units are made from.
    pub fn keys(&self) -> &[usize] {
        &self.keys
    }

    /// Starts to look up the units of rows.
    pub fn reader(&self) -> UnitReader<'_> {
        UnitReader { frame: self, lookup: self.combinations.lookup() }
    }
}

/// Looks up the units of the rows of a table, group by group.
#[derive(Debug)]
pub struct UnitReader<'a> {
    frame: &'a UnitFrame,
    lookup: Lookup<'a>,
}

impl UnitReader<'_> {
    /// The unit of each row of a group (the stratum, where rows are the units), and its weight where that follows from the
    /// design.
    pub fn units_of(&mut self, group: &[Column], n_rows: usize) -> (Vec<u32>, Option<Vec<f64>>) {
        let at = self.lookup.numbers(&self.frame.keys, group, n_rows);
        // A combination that was not met before cannot come: the rows are those that the frame was made from.
        let unit = |at: &u32| self.frame.unit_of_combination.get(*at as usize).copied().unwrap_or(0);
        let units = at.iter().map(unit).collect();
        let weight = |weights: &Vec<f64>, at: &u32| weights.get(*at as usize).copied().unwrap_or(0.0);
        let weights = self.frame.weight_of_combination.as_ref();
        (units, weights.map(|weights| at.iter().map(|at| weight(weights, at)).collect()))
    }
}

/// Degrees of freedom of the rows of positive weight.
fn degf(design: &SurveyDesign, stratum_of_combination: &[u32], gathered: &[Gathered]) -> f64 {
    if design.row_units().is_none() {
        return design.degf(None);
    }
    let n: usize = gathered.iter().map(|g| g.n_positive).sum();
    let with_members = stratum_of_combination.iter().zip(gathered).filter(|(_, g)| g.n_positive > 0);
    let mut strata: Vec<u32> = with_members.map(|(stratum, _)| *stratum).collect();
    strata.sort_unstable();
    strata.dedup();
    n as f64 - strata.len() as f64
}

fn population_column(stage: &StageColumns) -> Option<usize> {
    match stage.population?.amount {
        Amount::Column(column) => Some(column),
        Amount::Same(_) => None,
    }
}

/// One row of the design: a combination, what was gathered of it, and its population sizes.
struct Entry<'a> {
    combination: usize,
    gathered: &'a Gathered,
    behind: RowsBehind,
    is_high: bool,
}

/// One entry a combination; where a population size varies within it, another one, so that the checks see and name it.
fn entries(gathered: &[Gathered]) -> Vec<Entry<'_>> {
    let first = gathered.iter().enumerate().map(|(combination, g)| {
        let behind = RowsBehind { n: g.n, first: g.first };
        Entry { combination, gathered: g, behind, is_high: false }
    });
    let varies = |g: &Gathered| g.population.iter().any(|(low, high)| low != high);
    let second = gathered.iter().enumerate().filter(|(_, g)| varies(g)).map(|(combination, g)| {
        let behind = RowsBehind { n: 0, first: g.first };
        Entry { combination, gathered: g, behind, is_high: true }
    });
    first.chain(second).collect()
}

fn described<S: RowSource + ?Sized>(
    source: &S,
    weight: Option<usize>,
    stages: &[StageColumns],
    keys: &[usize],
    combinations: &Combinations,
    entries: &[Entry<'_>],
) -> SurveyDesignBuilder {
    let codes = |column: usize| {
        let place = keys.iter().position(|key| *key == column).unwrap_or(0);
        let code = |entry: &Entry<'_>| combinations.member(entry.combination)[place];
        Codes::from_codes(entries.iter().map(code).collect(), source.labels(column).to_vec())
    };
    let mut builder = SurveyDesign::builder();
    if weight.is_some() {
        builder = builder.weights(&entries.iter().map(|entry| entry.gathered.sum_w).collect::<Vec<_>>());
    }
    let mut n_sizes = 0;
    for (depth, stage) in stages.iter().enumerate() {
        let mut input = stage.units.map_or_else(StageInput::rows, |column| StageInput::units(codes(column)));
        if let Some(column) = stage.strata {
            input = input.strata(codes(column));
        }
        if let Some(population) = stage.population {
            let values: Vec<f64> = match population.amount {
                Amount::Same(value) => vec![value; entries.len()],
                Amount::Column(_) => {
                    let value = |entry: &Entry<'_>| {
                        let (low, high) = entry.gathered.population[n_sizes];
                        if entry.is_high { high } else { low }
                    };
                    let values = entries.iter().map(value).collect();
                    n_sizes += 1;
                    values
                }
            };
            input = match population.is_fraction {
                true => input.sampling_fractions(&values),
                false => input.population_sizes(&values),
            };
        }
        builder = if depth == 0 { builder.first(input) } else { builder.then(input) };
    }
    builder.rows_behind(entries.iter().map(|entry| entry.behind).collect())
}

/// Combinations of codes, numbered in the order in which they are met.
#[derive(Debug, Clone)]
pub struct Combinations {
    width: usize,
    n_first: usize,
    n: usize,
    members: Vec<u32>,
    /// The combination of each code of a single column.
    of_code: Vec<u32>,
    /// By the codes of several columns.
    number_of: HashMap<Vec<u32>, u32>,
}

impl Combinations {
    /// None yet, of so many columns, the first with so many labels.
    pub fn new(width: usize, n_first: usize) -> Self {
        let of_code = vec![MISSING; n_first + 1];
        Combinations { width, n_first, n: 0, members: Vec::new(), of_code, number_of: HashMap::new() }
    }

    /// How many there are; without columns all rows are one.
    pub fn len(&self) -> usize {
        self.n
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// The codes of a combination.
    pub fn member(&self, number: usize) -> &[u32] {
        &self.members[number * self.width..(number + 1) * self.width]
    }

    /// Adds the combinations of the rows of a group and gives the number of each row.
    pub fn add(&mut self, columns: &[usize], group: &[Column], n_rows: usize) -> Vec<u32> {
        let mut last = vec![MISSING; self.n_first + 1];
        let each = |key: &[u32]| {
            let slot = slot(key, self.n_first);
            if last[slot] == MISSING || self.member(last[slot] as usize) != key {
                last[slot] = self.number(key).unwrap_or_else(|| self.push(key));
            }
            last[slot]
        };
        for_each_key(columns, group, n_rows, each)
    }

    /// The number of a combination that was met.
    fn number(&self, key: &[u32]) -> Option<u32> {
        match key {
            [] | [_] => self.of_code.get(slot(key, self.n_first)).copied().filter(|number| *number != MISSING),
            several => self.number_of.get(several).copied(),
        }
    }

    fn push(&mut self, key: &[u32]) -> u32 {
        let number = u32::try_from(self.n).unwrap_or(MISSING);
        match key {
            [] | [_] => self.of_code[slot(key, self.n_first)] = number,
            several => {
                self.number_of.insert(several.to_vec(), number);
            }
        }
        self.n += 1;
        self.members.extend_from_slice(key);
        number
    }

    /// Starts to look rows up.
    pub fn lookup(&self) -> Lookup<'_> {
        Lookup { all: self, last: vec![MISSING; self.n_first + 1] }
    }
}

/// The combinations of rows, looked up.
#[derive(Debug)]
pub struct Lookup<'a> {
    all: &'a Combinations,
    /// By first code, the combination that was met last: rows of a unit mostly say the same.
    last: Vec<u32>,
}

impl Lookup<'_> {
    /// The number of the combination of each row of a group, [`MISSING`] for one that is not known.
    pub fn numbers(&mut self, columns: &[usize], group: &[Column], n_rows: usize) -> Vec<u32> {
        let each = |key: &[u32]| {
            let slot = slot(key, self.all.n_first);
            let last = self.last[slot];
            if last == MISSING || self.all.member(last as usize) != key {
                self.last[slot] = self.all.number(key).unwrap_or(MISSING);
            }
            self.last[slot]
        };
        for_each_key(columns, group, n_rows, each)
    }
}

fn slot(key: &[u32], n_first: usize) -> usize {
    key.first().map_or(0, |code| *code as usize).min(n_first)
}

fn for_each_key(columns: &[usize], group: &[Column], n_rows: usize, mut number: impl FnMut(&[u32]) -> u32) -> Vec<u32> {
    let columns: Vec<&[u32]> = columns.iter().map(|column| group[*column].codes()).collect();
    let mut key = vec![0; columns.len()];
    let at = |row: usize| {
        for (code, column) in key.iter_mut().zip(&columns) {
            *code = column[row];
        }
        number(&key)
    };
    (0..n_rows).map(at).collect()
}
