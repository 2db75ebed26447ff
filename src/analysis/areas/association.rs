//! Do two numbers go together between areas?

use super::Measured;
use crate::analysis::interval::symmetric;
use crate::analysis::result::{Evidence, Figures, ResultRecord, TestOutcome, Unit};
use crate::analysis::spatial::{AreaFit, association, moran, nearest};
use crate::analysis::work::{Work, list};
use crate::numeric::stream::Stream;
use crate::study::Origin;
use crate::study::definition::AreaAssociationAnalysis;

const NEIGHBOURS: u32 = 5;
const PERMUTATIONS: u32 = 4_999;

/// Areas in which all numbers are known.
struct Table<'s> {
    areas: Vec<&'s str>,
    outcome: Vec<f64>,
    predictor: Vec<f64>,
    covariates: Vec<Vec<f64>>,
    weights: Option<Vec<f64>>,
    origins: Vec<Origin>,
}

/// Answers the analysis.
pub(in crate::analysis) fn run<'s>(analysis: &'s AreaAssociationAnalysis, work: &mut Work<'s>) {
    let outcome = Measured::of(&analysis.id, &analysis.outcome, work);
    let predictor = Measured::of(&analysis.id, &analysis.predictor, work);
    let covariates: Vec<Option<Measured<'_>>> =
        analysis.covariates.iter().map(|measure| Measured::of(&analysis.id, measure, work)).collect();
    let weight = analysis.weight.as_ref().map(|data| super::numbers(&analysis.id, data, work));
    let (Some(outcome), Some(predictor)) = (outcome, predictor) else { return };
    let Some(covariates) = covariates.into_iter().collect::<Option<Vec<_>>>() else { return };
    let weight = match weight {
        Some(None) => return,
        Some(Some(table)) => Some(table),
        None => None,
    };
    let is_known = |area: &&str| {
        predictor.by_area.contains_key(area)
            && covariates.iter().all(|covariate| covariate.by_area.contains_key(area))
            && weight.is_none_or(|table| table.by_area.get(*area).is_some_and(|(weight, _)| *weight > 0.0))
    };
    let areas: Vec<&str> = outcome.by_area.keys().copied().filter(is_known).collect();
    let left_out: Vec<&str> = predictor.by_area.keys().copied().filter(|area| !areas.contains(area)).collect();
    if !left_out.is_empty() {
        let text = format!("a number is not known, left out: {}", list(left_out.into_iter()));
        work.remark(&analysis.id, "areas", text);
    }
    let unknown = outcome.by_area.len().saturating_sub(areas.len());
    if unknown > 0 {
        let text = format!("{unknown} areas with an outcome are not in the comparison: what is not found is not known");
        work.remark(&analysis.id, "areas", text);
    }
    let of = |measured: &Measured<'_>| areas.iter().map(|area| measured.by_area[area]).collect::<Vec<f64>>();
    let table = Table {
        outcome: of(&outcome),
        predictor: of(&predictor),
        covariates: covariates.iter().map(of).collect(),
        weights: weight.map(|table| areas.iter().map(|area| table.by_area[*area].0).collect()),
        origins: areas
            .iter()
            .flat_map(|area| {
                let all = [&outcome, &predictor].into_iter().chain(&covariates);
                all.flat_map(|measured| measured.origins(area)).collect::<Vec<_>>()
            })
            .collect(),
        areas,
    };
    write(analysis, &table, work);
    points(analysis, &table, (&outcome, &predictor), work);
}

fn write(analysis: &AreaAssociationAnalysis, table: &Table<'_>, work: &mut Work<'_>) {
    let n = table.areas.len() as u64;
    let record = |name: &str, unit: Unit| {
        ResultRecord::new(&analysis.id, &[name], unit, Evidence::Counted)
            .with("measure", &analysis.outcome.id)
            .with("statistic", name)
            .rests_on(&table.origins)
    };
    let count = Figures { estimate: Some(n as f64), n: Some(n), ..Figures::default() };
    work.record(record("areas", Unit::Count).figures(count));
    let seed = work.study.definition.study.as_ref().map_or(0, |header| header.seed);
    let stream = |name: &str| Stream::named(seed, &format!("area_association/{}/{name}", analysis.id));
    let permutations = analysis.permutations.unwrap_or(PERMUTATIONS) as usize;
    let unit = if analysis.outcome.unit() == Unit::Share { Unit::ShareDifference } else { Unit::Index };
    let covariates: Vec<&[f64]> = table.covariates.iter().map(Vec::as_slice).collect();
    let mut models: Vec<(&str, &str, &[&[f64]])> = vec![("slope", "moran", &[])];
    if !covariates.is_empty() {
        models.push(("slope-adjusted", "moran-adjusted", &covariates));
    }
    let neighbours = neighbours(analysis, table, work);
    for (slope, spatial, held) in models {
        let fit = association(
            &table.outcome,
            &table.predictor,
            held,
            table.weights.as_deref(),
            permutations,
            &mut stream(slope),
        );
        let (told, by_order, alike) = match &fit {
            Ok(fit) => {
                let by_order = Figures {
                    test: Some(test("permutation_hc3_t", Some(fit.statistic), None, fit.permutation_p_value)),
                    ..Figures::without_interval(fit.slope, "the interval stands beside the other test")
                };
                (figures(fit), by_order, residuals(fit, &neighbours, permutations, &mut stream(spatial)))
            }
            Err(error) => {
                let none = Figures::not_estimable(error.to_string());
                (none.clone(), none.clone(), none)
            }
        };
        if let Ok(fit) = &fit {
            let without = record(&format!("{slope}-without-leverage"), unit);
            work.record(without_leverage(fit, table, held, without));
        }
        let with_n = |figures: Figures| Figures { n: Some(n), ..figures };
        work.record(record(slope, unit).figures(with_n(told)));
        work.record(record(&format!("{slope}-permutation"), unit).figures(with_n(by_order)));
        work.record(record(spatial, Unit::Index).figures(with_n(alike)));
    }
    let correlation = match correlation(table) {
        Some(r) => Figures::without_interval(r, "the slope carries the interval and the tests"),
        None => Figures::not_estimable("no spread in one of the numbers"),
    };
    work.record(record("correlation", Unit::Index).figures(Figures { n: Some(n), ..correlation }));
}

/// The slope without the area that decides most of its own fitted value.
fn without_leverage(fit: &AreaFit, table: &Table<'_>, held: &[&[f64]], record: ResultRecord) -> ResultRecord {
    let leverages = fit.leverages.iter().enumerate();
    let far = leverages.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(area, _)| area);
    let others = |values: &[f64]| -> Vec<f64> {
        values.iter().enumerate().filter(|(area, _)| *area != far).map(|(_, value)| *value).collect()
    };
    let held: Vec<Vec<f64>> = held.iter().map(|values| others(values)).collect();
    let held: Vec<&[f64]> = held.iter().map(Vec::as_slice).collect();
    let weights = table.weights.as_deref().map(others);
    // No order is drawn: the test is that of the HC3 errors.
    let mut stream = Stream::named(0, "no permutation");
    let (outcome, predictor) = (others(&table.outcome), others(&table.predictor));
    let again = association(&outcome, &predictor, &held, weights.as_deref(), 0, &mut stream);
    let told = again.as_ref().map_or_else(|error| Figures::not_estimable(error.to_string()), figures);
    record.with("without", table.areas[far]).figures(Figures { n: Some(outcome.len() as u64), ..told })
}

fn figures(fit: &AreaFit) -> Figures {
    let interval = symmetric(fit.slope, fit.se, Some(fit.degf)).map(|interval| interval.by("HC3 t"));
    Figures {
        estimate: Some(fit.slope),
        se: Some(fit.se),
        degf: Some(fit.degf),
        test: Some(test("hc3_t", Some(fit.statistic), Some(fit.degf), fit.p_value)),
        ..Figures::default()
    }
    .limits(interval)
}

fn test(method: &'static str, statistic: Option<f64>, degf: Option<f64>, p_value: f64) -> TestOutcome {
    TestOutcome { method, statistic, numerator_degf: None, degf, p_value }
}

/// Moran's I of the residuals.
fn residuals(
    fit: &AreaFit,
    neighbours: &Result<Vec<Vec<usize>>, String>,
    permutations: usize,
    stream: &mut Stream,
) -> Figures {
    let neighbours = match neighbours {
        Ok(neighbours) => neighbours,
        Err(reason) => return Figures::not_estimable(reason.as_str()),
    };
    match moran(&fit.residuals, neighbours, permutations, stream) {
        Some(found) => Figures {
            test: Some(test("moran_permutation", Some(found.i), None, found.p_value)),
            ..Figures::without_interval(found.i, "a test by permutation, without an interval")
        },
        None => Figures::not_estimable("the residuals have no spread, or there are too few areas"),
    }
}

/// The nearest areas of each, or why they cannot be told.
fn neighbours(
    analysis: &AreaAssociationAnalysis,
    table: &Table<'_>,
    work: &Work<'_>,
) -> Result<Vec<Vec<usize>>, String> {
    let places: Vec<Option<(f64, f64)>> =
        table.areas.iter().map(|area| work.study.areas.get(area).and_then(|area| area.position)).collect();
    match places.iter().position(Option::is_none) {
        Some(missing) => Err(format!("the position of `{}` is not known", table.areas[missing])),
        None => {
            let places: Vec<(f64, f64)> = places.into_iter().flatten().collect();
            Ok(nearest(&places, analysis.neighbours.unwrap_or(NEIGHBOURS) as usize))
        }
    }
}

/// Pearson's correlation with the weights of the areas.
fn correlation(table: &Table<'_>) -> Option<f64> {
    let (x, y) = (&table.predictor, &table.outcome);
    let w = |i: usize| table.weights.as_ref().map_or(1.0, |weights| weights[i]);
    let total: f64 = (0..x.len()).map(w).sum();
    let mean = |v: &[f64]| v.iter().enumerate().map(|(i, v)| w(i) * v).sum::<f64>() / total;
    let (mx, my) = (mean(x), mean(y));
    let moment = |a: &[f64], ma: f64, b: &[f64], mb: f64| {
        a.iter().zip(b).enumerate().map(|(i, (a, b))| w(i) * (a - ma) * (b - mb)).sum::<f64>()
    };
    let (xx, yy) = (moment(x, mx, x, mx), moment(y, my, y, my));
    (xx > 0.0 && yy > 0.0).then(|| moment(x, mx, y, my) / (xx * yy).sqrt())
}

/// The numbers of each area, for tables and charts.
fn points(
    analysis: &AreaAssociationAnalysis,
    table: &Table<'_>,
    (outcome, predictor): (&Measured<'_>, &Measured<'_>),
    work: &mut Work<'_>,
) {
    for (i, area) in table.areas.iter().enumerate() {
        let n = table.weights.as_ref().map(|weights| weights[i].round() as u64);
        let sides = [
            ("outcome", &analysis.outcome, outcome, table.outcome[i]),
            ("predictor", &analysis.predictor, predictor, table.predictor[i]),
        ];
        for (name, measure, measured, value) in sides {
            let figures = Figures { n, ..Figures::without_interval(value, "a count, no sampling error") };
            let record = ResultRecord::new(&analysis.id, &[area, name], measure.unit(), Evidence::Counted)
                .with("area", area)
                .with("measure", &measure.id)
                .rests_on(&measured.origins(area))
                .figures(figures);
            work.record(record);
        }
    }
}
