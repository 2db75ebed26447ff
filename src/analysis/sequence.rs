//! What comes first: yearly series against each other at lags.

use std::collections::BTreeMap;

use super::detectable::{POWER, SIGNIFICANCE};
use super::interval::{Interval, LEVEL};
use super::items::per_year;
use super::multiplicity::{Adjustment, adjust};
use super::result::{Evidence, Figures, ResultRecord, TestOutcome, Unit};
use super::trend::TrendError;
use super::trend::series::{LaggedCorrelation, detrended, lagged_correlations, smallest_detectable_correlation};
use super::work::Work;
use crate::study::definition::{SequenceAnalysis, SequencePair, SequenceSeries};
use crate::study::{Origin, PartialDate, Span};

/// The slope of the straight line that each series loses.
const N_REMOVED: usize = 1;

/// Values by year without their straight line, or why there are none.
struct Yearly {
    values: Result<Vec<f64>, String>,
    origins: Vec<Origin>,
    evidence: Evidence,
}

/// Answers the analysis; it comes after all others, so that it can refer to any result.
pub(super) fn run(analysis: &SequenceAnalysis, work: &mut Work<'_>) {
    if analysis.until < analysis.from || !(1..=9999).contains(&analysis.from) || analysis.until > 9999 {
        let problem = work.problem(&analysis.id, "A18", "the years do not run forwards");
        problem.observed = Some(format!("from {} until {}", analysis.from, analysis.until));
        return;
    }
    let mut series: BTreeMap<&str, Yearly> = BTreeMap::new();
    for definition in &analysis.series {
        if let Some(yearly) = yearly(analysis, definition, work) {
            series.insert(&definition.id, yearly);
        }
    }
    for pair in &analysis.pair {
        let mut find = |id: &str| {
            let known = || analysis.series.iter().map(|series| series.id.as_str());
            if !known().any(|other| other == id) {
                work.unknown(&analysis.id, "series", id, known());
            }
            series.get(id)
        };
        if let Some((first, second)) = find(&pair.first).zip(find(&pair.second)) {
            for record in records(analysis, pair, first, second) {
                work.record(record);
            }
        }
    }
}

/// The values of a series; none after a problem.
fn yearly(analysis: &SequenceAnalysis, definition: &SequenceSeries, work: &mut Work<'_>) -> Option<Yearly> {
    let years = analysis.from..=analysis.until;
    match (&definition.items, &definition.results) {
        (Some(data), None) => {
            let (counts, origins) = per_year(&analysis.id, data, years, work)?;
            let roots: Vec<f64> = counts.into_iter().map(|count| (count as f64).sqrt()).collect();
            Some(Yearly { values: rest(&roots), origins, evidence: Evidence::Counted })
        }
        (None, Some(front)) => {
            let found = |year: i32| work.results.get(&format!("{front}/{year}"));
            if !years.clone().any(|year| found(year).is_some()) {
                let fronts = work.results.records.iter().filter_map(|record| record.id.rsplit_once('/'));
                let known: Vec<String> = fronts.map(|(front, _)| front.to_owned()).collect();
                work.unknown(&analysis.id, "front of yearly results", front, known.iter().map(String::as_str));
                return None;
            }
            let records: Vec<&ResultRecord> = years.clone().filter_map(found).collect();
            let values: Result<Vec<f64>, String> = years
                .map(|year| {
                    let estimate = found(year).and_then(|record| record.estimate.estimate);
                    estimate.ok_or_else(|| format!("`{front}/{year}` has no estimate"))
                })
                .collect();
            Some(Yearly {
                values: values.and_then(|values| rest(&values)),
                origins: records.iter().flat_map(|record| record.origins.clone()).collect(),
                evidence: records.first().map_or(Evidence::Counted, |record| record.evidence),
            })
        }
        _ => {
            let problem =
                work.problem(&analysis.id, "A18", format!("series `{}` needs `items` or `results`", definition.id));
            problem.hint = Some("name one of the two".to_owned());
            None
        }
    }
}

fn rest(values: &[f64]) -> Result<Vec<f64>, String> {
    detrended(values).map_err(|error| error.to_string())
}

fn records(analysis: &SequenceAnalysis, pair: &SequencePair, first: &Yearly, second: &Yearly) -> Vec<ResultRecord> {
    let evidence = if first.evidence == second.evidence { first.evidence } else { Evidence::Published };
    let record = |name: &str, figures: Figures| {
        let record = ResultRecord::new(&analysis.id, &[&pair.id, name], Unit::Index, evidence)
            .with("pair", &pair.id)
            .with("measure", name)
            .rests_on(first.origins.iter().chain(&second.origins))
            .figures(figures);
        let date = |year: i32| format!("{year:04}").parse::<PartialDate>().ok();
        match date(analysis.from).zip(date(analysis.until)) {
            Some((start, end)) => record.at(Span { start, end }),
            None => record,
        }
    };
    let longest = analysis.longest as i64;
    let correlations = match (&first.values, &second.values) {
        (Err(why), _) | (_, Err(why)) => Err(why.clone()),
        (Ok(a), Ok(b)) => {
            lagged_correlations(a, b, analysis.longest, N_REMOVED, LEVEL).map_err(|error| error.to_string())
        }
    };
    let n_years = (analysis.until - analysis.from + 1) as usize;
    let smallest = smallest_detectable_correlation(n_years, N_REMOVED, POWER, SIGNIFICANCE);
    let mut out: Vec<ResultRecord> = match correlations {
        Err(why) => {
            (-longest..=longest).map(|lag| record(&lag_name(lag), Figures::not_estimable(why.clone()))).collect()
        }
        Ok(found) => {
            let raw: Vec<f64> = found.iter().map(|one| one.p_value).collect();
            // P values of Student's t are probabilities, so the adjustment cannot fail.
            let adjusted = adjust(&raw, Adjustment::Holm, None).unwrap_or(raw);
            found.iter().zip(adjusted).map(|(one, p)| record(&lag_name(one.lag), figures(one, p))).collect()
        }
    };
    out.push(record("detectable", detectable(n_years, smallest)));
    out
}

fn lag_name(lag: i64) -> String {
    if lag < 0 { format!("lag-minus-{}", -lag) } else { format!("lag-{lag}") }
}

fn figures(one: &LaggedCorrelation, p_value: f64) -> Figures {
    Figures {
        estimate: Some(one.correlation),
        degf: Some(one.degf),
        n: Some(one.n as u64),
        test: Some(TestOutcome {
            method: "correlation_t_holm",
            statistic: Some(one.statistic),
            numerator_degf: None,
            degf: Some(one.degf),
            p_value,
        }),
        ..Figures::default()
    }
    .limits(Some(Interval { low: one.low, high: one.high, method: "fisher" }))
}

fn detectable(n_years: usize, smallest: Result<f64, TrendError>) -> Figures {
    match smallest {
        Ok(smallest) => Figures {
            n: Some(n_years as u64),
            ..Figures::without_interval(
                smallest,
                "the smallest true correlation that could have been shown, not an estimate",
            )
        },
        Err(error) => Figures::not_estimable(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::result::Results;
    use crate::analysis::testing::{items, study, text};
    use crate::study::EventList;

    /// Stones follow acts by one year.
    fn lists() -> Vec<EventList> {
        let acts = [2, 0, 3, 1, 0, 4, 1, 2, 0, 3, 1, 4];
        let rows = |shift: usize| -> Vec<(String, &str, &[&str])> {
            let years = acts.iter().enumerate();
            years.flat_map(|(i, n)| (0..*n).map(move |_| (format!("{}", 2001 + i + shift), "", &[][..]))).collect()
        };
        let list = |shift: usize, data: &str| {
            let rows = rows(shift);
            let rows: Vec<(&str, &str, &[&str])> =
                rows.iter().map(|(date, place, actors)| (date.as_str(), *place, *actors)).collect();
            EventList { data: data.to_owned(), ..items(&rows) }
        };
        vec![list(0, "acts"), list(1, "stones")]
    }

    fn series(id: &str, items: Option<&str>, results: Option<&str>) -> SequenceSeries {
        SequenceSeries {
            id: id.to_owned(),
            label: text(id),
            items: items.map(str::to_owned),
            results: results.map(str::to_owned),
        }
    }

    fn analysis(series: Vec<SequenceSeries>, second: &str) -> SequenceAnalysis {
        SequenceAnalysis {
            id: "order".to_owned(),
            from: 2001,
            until: 2012,
            longest: 2,
            series,
            pair: vec![SequencePair {
                id: "acts-stones".to_owned(),
                label: text("acts and stones"),
                first: "acts".to_owned(),
                second: second.to_owned(),
            }],
        }
    }

    fn answered(analysis: &SequenceAnalysis) -> crate::error::Result<Results> {
        let mut study = study(Vec::new());
        study.items = lists();
        let mut work = Work::new(&study);
        run(analysis, &mut work);
        work.finish()
    }

    #[test]
    fn what_follows_is_seen_at_its_lag() {
        let plain =
            analysis(vec![series("acts", Some("acts"), None), series("stones", Some("stones"), None)], "stones");
        let results = answered(&plain).unwrap();
        let lag = |name: &str| results.get(&format!("order/acts-stones/{name}")).unwrap().estimate.clone();
        assert!(lag("lag-1").estimate.unwrap() > 0.9 && lag("lag-1").test.unwrap().p_value < 0.01);
        assert!(lag("lag-minus-1").estimate.unwrap().abs() < 0.9);
        assert_eq!((lag("lag-0").n, lag("lag-2").n), (Some(12), Some(10)));
        // tanh(2.8016/√8).
        assert!((lag("detectable").estimate.unwrap() - (2.801_585_f64 / 8.0_f64.sqrt()).tanh()).abs() < 1e-6);
    }

    #[test]
    fn wrong_definitions_are_told() {
        let acts = || series("acts", Some("acts"), None);
        let code = |analysis: SequenceAnalysis| answered(&analysis).unwrap_err().diagnostics()[0].code;
        assert_eq!(code(analysis(vec![acts()], "stones")), "A01");
        assert_eq!(code(analysis(vec![acts(), series("stones", None, None)], "stones")), "A18");
        assert_eq!(code(analysis(vec![acts(), series("stones", None, Some("mood/dyad"))], "stones")), "A01");
        assert_eq!(code(analysis(vec![acts(), series("stones", Some("stone"), None)], "stones")), "A01");
        let backwards = SequenceAnalysis { until: 1990, ..analysis(vec![acts()], "acts") };
        assert_eq!(code(backwards), "A18");
    }
}
