//! Estimates from rows that are read in groups and not kept: totals by sampling unit are all that is held.

use std::ops::ControlFlow;

use super::groups::Groups;
use super::held::SIDES;
use super::request::Request;
use super::run::{Engine, Quantiles};
use super::view::{Asked, DESIGN, FIRST_REPLICATE, GROUP, GroupCodes, Members, ReplicateWeights, Shown, View};
use crate::cli::data::columns::{DataFile, Rows, counting_order, no_label};
use crate::cli::data::design::{
    DesignFile, Known, Population, REPLICATE, WEIGHT, completed, constant, is_replicate_weight, is_unweighted,
    is_weight, replicate_names, replicates, stages,
};
use crate::cli::data::filter::Filter;
use crate::cli::data::wording::{design_error, diagnostic};
use crate::error::{Error, Result};
use crate::estimate::pass::{
    self, Amount, Combinations, Number, PassError, PopulationColumn, PsuFrame, ReplicateColumns, StageColumns,
    UnitFrame,
};
use crate::estimate::{DegfRule, EstimateError, Estimates, MissingOutcome, Options};
use crate::rows::{MISSING, ReadAs, RowSource};

/// Why the columns of a request have to be held in memory.
///
/// # Errors
///
/// A design that cannot be understood.
pub fn obstacle(request: &Request<'_>, spec: &DesignFile, is_calibrated: bool) -> Result<Option<&'static str>> {
    let of_request =
        if !request.what.quantile.is_empty() && !request.quantile_options(DegfRule::default()).needs_few_rows() {
            Some("this rule or interval of quantiles sorts the values")
        } else if !(request.what.variance.is_empty() && request.what.sd.is_empty()) {
            Some("the scores of variances belong to rows")
        } else if !request.contrasts.is_empty() {
            Some("contrasts need the scores behind their results")
        } else {
            None
        };
    Ok(of_request.or(obstacle_of_design(spec, is_calibrated)?))
}

/// Why the rows of a design have to be held in memory.
///
/// # Errors
///
/// A design that cannot be understood.
pub fn obstacle_of_design(spec: &DesignFile, is_calibrated: bool) -> Result<Option<&'static str>> {
    let stages = stages(spec)?;
    let n_sized = stages.iter().take_while(|stage| stage.population.is_some()).count();
    let n_counted = if n_sized == 0 { 1 } else { (n_sized + 1).min(stages.len()) };
    let has_rows_below = stages.iter().take(n_counted).skip(1).any(|stage| stage.units.is_none());
    let is_crossed = stages.iter().any(|stage| stage.strata.is_some_and(|strata| strata.contains(':')));
    let has_column = stages.iter().any(|stage| stage.units.or(stage.strata).is_some());
    Ok(if is_calibrated {
        Some("residuals of adjusted weights belong to rows")
    } else if spec.second_phase.is_some() {
        Some("the scores of two phases belong to rows")
    } else if spec.frames.is_some() {
        Some("rows of two frames share out their weights")
    } else if !spec.self_representing.is_empty() {
        Some("rows are the units of strata that stand for themselves")
    } else if !spec.probabilities.is_empty() {
        Some("inclusion probabilities belong to rows")
    } else if is_crossed {
        Some("strata of several columns are crossed row by row")
    } else if spec.replicates.is_some() && (spec.weight.is_none() || stages.iter().any(|stage| stage.units.is_none())) {
        Some("rows are the units beside the replicate weights")
    } else if has_rows_below {
        Some("rows are the units of a later stage with a population size")
    } else if is_unweighted(spec) {
        Some("no column says how many people a row stands for")
    } else if spec.weight.is_none() && !has_column {
        Some("no column describes the design")
    } else {
        None
    })
}

/// The columns of a file that a request needs, each read once.
#[derive(Default)]
pub struct Wanted {
    columns: Vec<(String, ReadAs)>,
}

impl Wanted {
    /// The columns, in the order in which they are read.
    pub fn columns(&self) -> &[(String, ReadAs)] {
        &self.columns
    }

    /// Where a column stands.
    pub fn place(&mut self, name: &str, read_as: ReadAs) -> usize {
        let found = self.columns.iter().position(|(known, how)| known == name && *how == read_as);
        found.unwrap_or_else(|| {
            self.columns.push((name.to_owned(), read_as));
            self.columns.len() - 1
        })
    }

    fn names(&self, read_as: ReadAs) -> impl Iterator<Item = (usize, &str)> {
        self.columns.iter().enumerate().filter(move |(_, c)| c.1 == read_as).map(|(at, c)| (at, c.0.as_str()))
    }
}

/// The design of a file: its columns, and what they are.
struct Described {
    wanted: Wanted,
    weight: Option<usize>,
    stages: Vec<StageColumns>,
    replicates: Option<ReplicateColumns>,
}

/// A file with its units and groups, ready to be asked.
pub struct Streamed<'f> {
    rows: Box<Rows<'f>>,
    /// The sampling units.
    pub frame: UnitFrame,
    weight: Option<usize>,
    replicates: ReplicateWeights,
    filter: Option<Filter>,
    /// The groups.
    pub groups: Groups,
    places: Places,
}

/// Where the columns of a request stand.
#[derive(Default)]
struct Places {
    filter: Vec<usize>,
    by: Vec<usize>,
    means: Vec<usize>,
    totals: Vec<usize>,
    ratios: Vec<(usize, usize)>,
    proportions: Vec<usize>,
    counts: Vec<usize>,
    cdf: Vec<usize>,
    quantiles: Vec<usize>,
}

/// Reads the design, the condition and the groups of a request and checks its columns; problems come as for columns in memory.
///
/// # Errors
///
/// Unknown columns, wrong values, everything that is wrong with the design, a condition that cannot be understood.
pub fn open<'f>(request: &Request<'_>, spec: &DesignFile, file: &'f DataFile) -> Result<Streamed<'f>> {
    let what = request.what;
    let Units { mut wanted, weight, frame, replicates } = units(spec, file)?;
    let filter = what.condition.as_ref().map(|condition| Filter::of_file(condition, file)).transpose()?;
    let places = request_columns(request, filter.as_ref(), file, &mut wanted)?;
    let rows = file.rows(&wanted.columns)?;
    let mut reading = file.reading();
    let by = what.by.iter().zip(&places.by);
    let shares = what.proportion.iter().zip(&places.proportions).chain(what.count.iter().zip(&places.counts));
    for (name, at) in by.chain(shares) {
        if rows.labels(*at).is_empty() {
            reading.problem(no_label(file, name));
        }
    }
    reading.finish()?;
    let groups = Groups { variables: what.by.clone(), ..Groups::default() };
    Ok(Streamed { rows, frame, weight, replicates, filter, groups, places })
}

/// The sampling units of a file.
pub struct Units {
    /// The columns of the file that they are made from, the first of all that are wanted.
    pub wanted: Wanted,
    /// Where the weights stand; they follow from the design without.
    pub weight: Option<usize>,
    /// The units.
    pub frame: UnitFrame,
    /// The replicate weights, right behind the other columns of the design in what the engine reads.
    pub replicates: ReplicateWeights,
}

/// Reads the design of a file.
///
/// # Errors
///
/// Unknown columns, wrong values, everything that is wrong with the design.
pub fn units(spec: &DesignFile, file: &DataFile) -> Result<Units> {
    let Described { wanted, weight, stages, replicates } = described(spec, file)?;
    let rows = file.rows(&wanted.columns)?;
    complete_labels(file, &*rows, &wanted)?;
    let complete = |builder| completed(builder, spec, Known::Variance);
    let frame = UnitFrame::of(&*rows, weight, &stages, replicates.as_ref(), complete)?;
    let frame = frame.map_err(|error| design_error(file.name(), spec, &error))?;
    let replicates = replicates.map_or_else(ReplicateWeights::default, |replicates| ReplicateWeights {
        are_factors: replicates.input.are_factors,
        columns: replicates.columns,
    });
    let frame = frame.with_replicates_at((FIRST_REPLICATE..replicates.first_asked()).collect());
    Ok(Units { wanted, weight, frame, replicates })
}

/// Checks the numbers of a design and says where its columns stand.
fn described(spec: &DesignFile, file: &DataFile) -> Result<Described> {
    let mut reading = file.reading();
    let mut wanted = Wanted::default();
    let weight = spec.weight.as_ref().map(|name| {
        reading.visit_complete_numbers(name, WEIGHT, is_weight, &mut |_| {});
        wanted.place(name, ReadAs::Numbers)
    });
    let mut found = Vec::new();
    for stage in stages(spec)? {
        let mut label = |name: Option<&String>| {
            name.map(|name| {
                reading.knows(name);
                wanted.place(name, ReadAs::Codes)
            })
        };
        let (units, strata) = (label(stage.units), label(stage.strata));
        let population = stage.population.map(|(column, kind)| {
            let amount = match constant(column, kind, &mut reading) {
                Some(number) => Amount::Same(number),
                None => {
                    reading.visit_complete_numbers(column, kind.expected(), |v| kind.is_usable(v), &mut |_| {});
                    Amount::Column(wanted.place(column, ReadAs::Numbers))
                }
            };
            PopulationColumn { amount, is_fraction: kind == Population::Fractions }
        });
        found.push(StageColumns { units, strata, population });
    }
    let replicates = spec.replicates.as_ref().map(|table| {
        let names = replicate_names(table, &mut reading);
        let mut place = |name: &String| {
            reading.visit_complete_numbers(name, REPLICATE, is_replicate_weight, &mut |_| {});
            wanted.place(name, ReadAs::Numbers)
        };
        let columns = names.iter().map(&mut place).collect();
        ReplicateColumns { columns, input: replicates(table, names.len()) }
    });
    reading.finish()?;
    Ok(Described { wanted, weight, stages: found, replicates })
}

/// Every row needs its stratum and units.
fn complete_labels(file: &DataFile, rows: &Rows<'_>, wanted: &Wanted) -> Result<()> {
    let mut reading = file.reading();
    let labels: Vec<(usize, &str)> = wanted.names(ReadAs::Codes).collect();
    let mut first_row = 0;
    let places: Vec<usize> = labels.iter().map(|(at, _)| *at).collect();
    rows.for_each_group(&places, &mut |group| {
        for (at, name) in &labels {
            reading.check_labels(name, group[*at].codes(), first_row);
        }
        first_row += places.first().map_or(0, |at| group[*at].len());
        ControlFlow::Continue(())
    })?;
    reading.finish()
}

/// Checks the columns of a request and says where they stand.
fn request_columns(
    request: &Request<'_>,
    filter: Option<&Filter>,
    file: &DataFile,
    wanted: &mut Wanted,
) -> Result<Places> {
    let (what, mut reading) = (request.what, file.reading());
    let mut number = |name: &str| {
        reading.visit_numbers(name, &mut |_| {});
        wanted.place(name, ReadAs::Numbers)
    };
    let means = what.mean.iter().map(|name| number(name)).collect();
    let totals = what.total.iter().map(|name| number(name)).collect();
    let ratios = request.ratios.iter().map(|(above, below)| (number(above), number(below))).collect();
    let cdf = what.cdf.iter().map(|name| number(name)).collect();
    let quantiles = what.quantile.iter().map(|name| number(name)).collect();
    let mut labels = |names: &[String]| -> Vec<usize> {
        let place = |name: &String| {
            reading.knows(name);
            wanted.place(name, ReadAs::Codes)
        };
        names.iter().map(place).collect()
    };
    let (proportions, counts, by) = (labels(&what.proportion), labels(&what.count), labels(&what.by));
    let read_as = |is_number: bool| if is_number { ReadAs::Numbers } else { ReadAs::Codes };
    let columns = filter.map_or(&[][..], Filter::columns).iter();
    let filter = columns.map(|(name, is_number)| wanted.place(name, read_as(*is_number))).collect();
    reading.finish()?;
    Ok(Places { filter, by, means, totals, ratios, proportions, counts, cdf, quantiles })
}

impl Streamed<'_> {
    fn members(&self) -> Members<'_> {
        let filter = self.filter.as_ref().map(|filter| (filter, self.places.filter.clone()));
        Members { filter, by: self.places.by.clone() }
    }

    /// Learns which groups occur, and how many rows lie in none for want of a label.
    ///
    /// # Errors
    ///
    /// As for reading.
    pub fn find_groups(&mut self) -> Result<GroupCodes> {
        let by = &self.places.by;
        let n_first = by.first().map_or(1, |column| self.rows.labels(*column).len());
        let mut combinations = Combinations::new(by.len(), n_first);
        let mut n_unlabelled = vec![0; by.len()];
        if by.is_empty() {
            combinations.add(&[], &[], 1);
        } else {
            let members = self.members();
            let wanted: Vec<usize> = members.wanted().collect();
            self.rows.for_each_group(&wanted, &mut |group| {
                let n_rows = group[wanted[0]].len();
                combinations.add(by, group, n_rows);
                let mask = members.mask(group);
                let is_in = |row: usize| mask.as_ref().is_none_or(|mask| mask[row]);
                for (n, column) in n_unlabelled.iter_mut().zip(by) {
                    let codes = group[*column].codes().iter().enumerate();
                    *n += codes.filter(|(row, code)| **code == MISSING && is_in(*row)).count();
                }
                ControlFlow::Continue(())
            })?;
        }
        let orders: Vec<(Vec<u32>, Vec<String>)> = by.iter().map(|column| order(self.rows.labels(*column))).collect();
        let mut found: Vec<(Vec<u32>, usize)> = Vec::new();
        for number in 0..combinations.len() {
            let rank = |(code, (order, _)): (&u32, &(Vec<u32>, Vec<String>))| order.get(*code as usize).copied();
            let ranks = combinations.member(number).iter().zip(&orders).map(rank).collect::<Option<Vec<u32>>>();
            found.extend(ranks.map(|ranks| (ranks, number)));
        }
        found.sort_unstable();
        let mut group_of = vec![MISSING; combinations.len()];
        self.groups.n_unlabelled = n_unlabelled;
        self.groups.labels.clear();
        for (group, (ranks, number)) in found.iter().enumerate() {
            group_of[*number] = u32::try_from(group).unwrap_or(MISSING);
            let label = |(rank, (_, labels)): (&u32, &(Vec<u32>, Vec<String>))| labels[*rank as usize].clone();
            self.groups.labels.push(ranks.iter().zip(&orders).map(label).collect());
        }
        let names = self.groups.labels.iter().map(|labels| labels.join(", ")).collect();
        Ok(GroupCodes { combinations, group_of, names })
    }

    /// Degrees of freedom of the whole table.
    ///
    /// # Errors
    ///
    /// As for reading.
    pub fn degf(&self) -> Result<f64> {
        match self.frame.degf() {
            Some(degf) => Ok(degf),
            None => {
                let (combinations, names) = (Combinations::new(0, 1), Vec::new());
                let groups = GroupCodes { combinations, group_of: Vec::new(), names };
                pass::degf(&self.engine(groups).asking([]), self.frame.frame(), DESIGN)
            }
        }
    }

    /// Answers about these groups.
    pub fn engine(&self, groups: GroupCodes) -> StreamedEngine<'_> {
        StreamedEngine { streamed: self, members: self.members(), groups }
    }
}

/// The new code of each label and the labels in their new order: that in which people count.
fn order(labels: &[String]) -> (Vec<u32>, Vec<String>) {
    let order = counting_order(labels).unwrap_or_else(|| (0..labels.len()).collect());
    let mut rank = vec![MISSING; labels.len()];
    for (new, old) in order.iter().enumerate() {
        rank[*old] = u32::try_from(new).unwrap_or(MISSING);
    }
    (rank, order.iter().map(|old| labels[*old].clone()).collect())
}

/// Answers from rows that are read in groups.
pub struct StreamedEngine<'a> {
    streamed: &'a Streamed<'a>,
    members: Members<'a>,
    groups: GroupCodes,
}

impl StreamedEngine<'_> {
    /// The rows with the columns that one answer asks for.
    fn asking(&self, asked: impl IntoIterator<Item = (usize, Shown)>) -> View<'_> {
        let Streamed { rows, frame, weight, replicates, .. } = self.streamed;
        let asked = asked.into_iter().map(|(column, shown)| Asked { column, shown }).collect();
        View {
            source: &**rows,
            frame,
            weight: *weight,
            replicates,
            members: &self.members,
            groups: &self.groups,
            asked,
        }
    }

    fn frame(&self) -> &PsuFrame {
        self.streamed.frame.frame()
    }

    fn places(&self) -> &Places {
        &self.streamed.places
    }

    /// The first of the columns asked for in a view.
    fn first(&self) -> usize {
        self.streamed.replicates.first_asked()
    }

    /// Where the columns asked for stand in a view, with their names.
    fn numbered<'a>(&self, names: impl Iterator<Item = &'a str>) -> Vec<Number<'a>> {
        names.enumerate().map(|(at, name)| (self.first() + at, name)).collect()
    }
}

impl Engine for StreamedEngine<'_> {
    fn means(&self, request: &Request<'_>, which: &[usize], options: &Options) -> Result<Estimates> {
        let view = self.asking(which.iter().map(|at| (self.places().means[*at], Shown::Numbers)));
        let variables = self.numbered(which.iter().map(|at| request.what.mean[*at].as_str()));
        pass::means(&view, self.frame(), DESIGN, &variables, &[GROUP], options).map_err(told)
    }

    fn totals(&self, request: &Request<'_>, which: &[usize], options: &Options) -> Result<Estimates> {
        let view = self.asking(which.iter().map(|at| (self.places().totals[*at], Shown::Numbers)));
        let variables = self.numbered(which.iter().map(|at| request.what.total[*at].as_str()));
        pass::totals(&view, self.frame(), DESIGN, &variables, &[GROUP], options).map_err(told)
    }

    fn ratio(&self, request: &Request<'_>, which: usize, options: &Options) -> Result<Estimates> {
        let ((above, below), (y, x)) = (request.ratios[which], self.places().ratios[which]);
        let view = self.asking([(y, Shown::Numbers), (x, Shown::Numbers)]);
        let pair = ((self.first(), above), (self.first() + 1, below));
        pass::ratios(&view, self.frame(), DESIGN, &[pair], &[GROUP], options).map_err(told)
    }

    fn proportions(&self, which: usize, options: &Options) -> Result<Estimates> {
        let column = self.places().proportions[which];
        let (order, labels) = order(self.streamed.rows.labels(column));
        let view = self.asking([(column, Shown::Labels(order, labels))]);
        pass::proportions(&view, self.frame(), DESIGN, self.first(), &[GROUP], options).map_err(told)
    }

    fn counts(&self, which: usize, options: &Options) -> Result<Estimates> {
        let column = self.places().counts[which];
        let labels = self.streamed.rows.labels(column);
        let codes = counting_order(labels).unwrap_or_else(|| (0..labels.len()).collect());
        let code = |code: &usize| (column, Shown::Indicator(u32::try_from(*code).unwrap_or(MISSING)));
        let view = self.asking(codes.iter().map(code));
        let variables = self.numbered(codes.iter().map(|code| labels[*code].as_str()));
        pass::totals(&view, self.frame(), DESIGN, &variables, &[GROUP], options).map_err(told)
    }

    fn cdf(&self, which: usize, bound: f64, options: &Options) -> Result<Estimates> {
        let sides = Shown::Sides(bound, SIDES.map(str::to_owned).to_vec());
        let view = self.asking([(self.places().cdf[which], sides)]);
        pass::proportions(&view, self.frame(), DESIGN, self.first(), &[GROUP], options).map_err(told)
    }

    fn quantiles(&self, request: &Request<'_>, which: usize, options: &Options) -> Result<Quantiles> {
        let view = self.asking([(self.places().quantiles[which], Shown::Numbers)]);
        let (what, first) = (request.what, self.first());
        let (variable, given) = ((first, what.quantile[which].as_str()), request.quantile_options(options.degf));
        let frame = self.frame();
        let estimates = pass::quantiles(&view, frame, DESIGN, variable, &what.probs, &[GROUP], &given).map_err(told)?;
        let mut is_refused = vec![false; self.groups.names.len()];
        if options.missing == MissingOutcome::Refuse {
            view.for_each_group(&[DESIGN.weight, GROUP, first], &mut |group| {
                let rows = group[GROUP].codes().iter().zip(group[DESIGN.weight].numbers()).zip(group[first].numbers());
                for ((domain, _), _) in rows.filter(|((_, w), x)| **w != 0.0 && x.is_nan()) {
                    if let Some(is_refused) = is_refused.get_mut(*domain as usize) {
                        *is_refused = true;
                    }
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(Quantiles { estimates, is_refused })
    }
}

/// A pass that gives no estimates.
pub fn told(error: PassError<Error>) -> Error {
    match error {
        PassError::Source(error) => error,
        PassError::Request(error) => request_error(&error),
        weights @ PassError::Weights { .. } => Error::unusable(diagnostic("E20", "--weight", &weights.to_string())),
    }
}

/// A request that cannot be run.
pub fn request_error(error: &EstimateError) -> Error {
    Error::unusable(diagnostic("E41", "the request", &error.to_string()))
}
