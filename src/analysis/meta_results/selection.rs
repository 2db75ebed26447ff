//! Which results are pooled, and whether they may be.

use crate::analysis::pattern::matches;
use crate::analysis::result::{ResultRecord, Unit};
use crate::analysis::work::{Work, list};
use crate::study::definition::{MetaAnalysisDef, MetaCluster};

/// A result that is pooled.
#[derive(Debug, Clone)]
pub(super) struct Estimate {
    pub record: ResultRecord,
    pub value: f64,
    pub se: f64,
}

impl Estimate {
    /// The poll that it is from; the result itself where it names none.
    pub fn poll(&self) -> &str {
        match self.record.about("poll") {
            "" => &self.record.id,
            poll => poll,
        }
    }

    /// The cluster that it lies in.
    pub fn cluster(&self, by: MetaCluster) -> String {
        match (by, self.record.about("pollster")) {
            (MetaCluster::Poll, _) | (_, "") => self.poll().to_owned(),
            (MetaCluster::Pollster, pollster) => pollster.to_owned(),
        }
    }
}

/// Dense codes in order of first appearance.
pub(super) fn codes(estimates: &[Estimate], label: impl Fn(&Estimate) -> String) -> Vec<u32> {
    let mut known: Vec<String> = Vec::new();
    let mut code = |label: String| match known.iter().position(|other| *other == label) {
        Some(code) => code as u32,
        None => {
            known.push(label);
            known.len() as u32 - 1
        }
    };
    estimates.iter().map(|estimate| code(label(estimate))).collect()
}

/// The results that the analysis names, in the order of the study; none after a problem.
pub(super) fn select(analysis: &MetaAnalysisDef, work: &mut Work<'_>) -> Option<Vec<Estimate>> {
    let records = &work.results.records;
    let is_named = |record: &&ResultRecord| analysis.results.iter().any(|pattern| matches(pattern, &record.id));
    let named: Vec<ResultRecord> = records.iter().filter(is_named).cloned().collect();
    let ids: Vec<String> = records.iter().map(|record| record.id.clone()).collect();
    for pattern in &analysis.results {
        if !ids.iter().any(|id| matches(pattern, id)) {
            work.unknown(&analysis.id, "result", pattern, ids.iter().map(String::as_str));
        }
    }
    let first = named.first()?;
    let of = |respect: &str| -> Vec<&str> {
        let mut values: Vec<&str> = named.iter().map(|record| record.about(respect)).collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let is_difference = |record: &ResultRecord| matches!(record.unit, Unit::ShareDifference | Unit::SharePerDecade);
    let odd = named.iter().find(|record| !is_difference(record) || record.unit != first.unit);
    let measures = of("measure");
    let complaint = match odd {
        Some(odd) => Some((format!("`{}` is {:?}", odd.id, odd.unit), "differences or slopes of one unit".to_owned())),
        None if measures.len() > 1 => Some((list(measures), "results of one measure".to_owned())),
        None => None,
    };
    if let Some((observed, expected)) = complaint {
        let problem = work.problem(&analysis.id, "A04", "unlike numbers cannot be pooled");
        problem.observed = Some(observed);
        problem.expected = Some(expected);
        problem.hint = Some("name results that measure one thing, in an analysis for each".to_owned());
        return None;
    }
    let mut estimates = Vec::new();
    let mut left_out = Vec::new();
    for record in named {
        match (record.estimate.estimate, record.estimate.se.filter(|se| *se > 0.0)) {
            (Some(value), Some(se)) => estimates.push(Estimate { record, value, se }),
            _ => left_out.push(record.id),
        }
    }
    if !left_out.is_empty() {
        let text = format!("without a standard error, not pooled: {}", list(left_out.iter().map(String::as_str)));
        work.remark(&analysis.id, "results", text);
    }
    let polls = codes(&estimates, |estimate| estimate.poll().to_owned());
    let n_polls = polls.iter().max().map_or(0, |most| *most as usize + 1);
    if n_polls < estimates.len() && analysis.correlation_within_poll.is_none() {
        let message = format!("{} results come from {n_polls} polls, and are not independent", estimates.len());
        let problem = work.problem(&analysis.id, "A05", message);
        problem.hint =
            Some("declare `correlation_within_poll`, or name one result of each poll under `results`".to_owned());
        return None;
    }
    Some(estimates)
}
