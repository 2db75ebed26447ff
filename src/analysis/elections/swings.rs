//! Changes of shares since the election before of the same kind.

use super::OFFICIAL;
use crate::analysis::result::{Figures, ResultRecord, Unit};
use crate::analysis::work::Work;
use crate::study::definition::ElectionAnalysis;

/// Writes the swing of every share and gap that the analysis gave, those from the record `first` on; a place that had no
/// share before has no swing.
pub(super) fn write(analysis: &ElectionAnalysis, first: usize, work: &mut Work<'_>) {
    let records: Vec<ResultRecord> = work.results.records[first..].to_vec();
    for elections in analysis.kinds.values() {
        let mut dated: Vec<&ResultRecord> = records
            .iter()
            .filter(|record| elections.iter().any(|election| election == record.about("election")))
            .filter(|record| !matches!(record.about("measure"), "dissimilarity" | "excess"))
            .collect();
        dated.sort_by_key(|record| record.when.map(|when| when.start));
        for (position, record) in dated.iter().enumerate() {
            let is_same = |before: &&&ResultRecord| {
                before.about("place") == record.about("place") && before.about("measure") == record.about("measure")
            };
            if let Some(before) = dated[..position].iter().rev().find(is_same) {
                work.record(swing(analysis, before, record));
            }
        }
    }
}

fn swing(analysis: &ElectionAnalysis, before: &ResultRecord, now: &ResultRecord) -> ResultRecord {
    let prefix = format!("{}/", analysis.id);
    let path = now.id.strip_prefix(&prefix).unwrap_or(&now.id);
    let figures = match (before.estimate.estimate, now.estimate.estimate) {
        (Some(before), Some(now)) => Figures::without_interval(now - before, OFFICIAL),
        _ => Figures::not_estimable("no share in one of the two elections"),
    };
    let record = ResultRecord::new(&analysis.id, &[path, "swing"], Unit::ShareDifference, now.evidence)
        .with("election", now.about("election"))
        .with("reference", before.about("election"))
        .with("place", now.about("place"))
        .with("measure", if now.about("measure") == "registered" { "swing-registered" } else { "swing" })
        .rests_on(before.origins.iter().chain(&now.origins))
        .figures(Figures { n: now.estimate.n, ..figures });
    match now.when {
        Some(when) => record.at(when),
        None => record,
    }
}
