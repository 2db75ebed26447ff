//! Tables of results that a text asks for.

use crate::analysis::result::{ResultRecord, Results};
use crate::diagnostic::did_you_mean;
use crate::report::bundle::Bundle;
use crate::report::document::Block;
use crate::report::labels::Labels;
use crate::report::template::TableRequest;
use crate::report::{reading, records, write};

/// The table as people read it, with the path of its files.
///
/// # Errors
///
/// No analysis has the id, no result has what a filter asks for, or no row is left.
pub fn table(request: &TableRequest, results: &Results, labels: Labels) -> Result<Vec<Block>, String> {
    let all: Vec<&ResultRecord> = results.of(&request.id).collect();
    if all.is_empty() {
        return Err(unknown_analysis(&request.id, results));
    }
    for respect in request.filters.keys().chain(&request.across) {
        if !all.iter().any(|record| record.about.contains_key(respect.as_str())) {
            return Err(unknown_respect(respect, &request.id, &all));
        }
    }
    let is_asked_for = |record: &&&ResultRecord| {
        request.filters.iter().all(|(respect, values)| values.iter().any(|value| value == record.about(respect)))
    };
    let chosen: Vec<&ResultRecord> = all.iter().filter(is_asked_for).copied().collect();
    if chosen.is_empty() {
        return Err(format!("no result of `{}` is left by the filters of its table", request.id));
    }
    let table = match &request.across {
        Some(across) => reading::across(&request.id, across, &chosen, labels),
        None => reading::rows(&request.id, &chosen, labels),
    };
    Ok(vec![Block::Table { table, files: Some(path(&request.id)) }])
}

/// Adds the files of an analysis' table: all of its results.
pub fn add_to(bundle: &mut Bundle, id: &str, results: &Results) {
    let table = records::table(id, "", results.of(id));
    bundle.insert(format!("{}.csv", path(id)), write::csv(&table));
    bundle.insert(format!("{}.json", path(id)), write::json(&table));
}

fn path(id: &str) -> String {
    format!("tables/{id}")
}

fn unknown_analysis(id: &str, results: &Results) -> String {
    let hint = did_you_mean(id, results.records.iter().map(|record| record.analysis.as_str()));
    let hint = hint.map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
    format!("no analysis with results is called `{id}`{hint}")
}

fn unknown_respect(respect: &str, id: &str, records: &[&ResultRecord]) -> String {
    let known = records::about_keys(records);
    let hint = match did_you_mean(respect, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => format!("they have {}", known.join(", ")),
    };
    format!("results of `{id}` have no `{respect}`; {hint}")
}
