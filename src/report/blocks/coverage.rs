//! Which poll asked what, how much of it is known, and what was left out and why.

use crate::analysis::coverage::{Coverage, Status};
use crate::diagnostic::did_you_mean;
use crate::report::document::Block;
use crate::report::labels::Labels;
use crate::report::records::word;
use crate::report::table::{Cell, Column, Table};

/// Name of the table of all questions in all polls.
pub const TABLE: &str = "coverage";

/// The polls of a question or analysis, one a row; one row a question where no id is given.
///
/// # Errors
///
/// No question or analysis has the id.
pub fn coverage(id: Option<&str>, rows: &[Coverage], labels: Labels) -> Result<Vec<Block>, String> {
    let files = Some(format!("tables/{TABLE}"));
    let Some(id) = id else { return Ok(vec![Block::Table { table: by_question(rows, labels), files }]) };
    let question = labels.definition.analysis.answers.iter().find(|analysis| analysis.id == id);
    let question = question.map_or(id, |analysis| analysis.question.as_str());
    let is_meant = |row: &&Coverage| row.question == question || row.used_by.iter().any(|user| user == id);
    let chosen: Vec<&Coverage> = rows.iter().filter(is_meant).collect();
    if chosen.is_empty() {
        let known = rows.iter().flat_map(|row| row.used_by.iter().chain([&row.question])).map(String::as_str);
        let hint = did_you_mean(id, known).map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
        return Err(format!("no question or analysis that polls were asked for is called `{id}`{hint}"));
    }
    Ok(vec![Block::Table { table: by_poll(&chosen, labels), files }])
}

/// Every question in every poll, one a row.
pub fn table(rows: &[Coverage]) -> Table {
    let about = ["question", "poll", "pollster", "universe", "when", "status"].map(|key| Column::about(key, key));
    let numbers = ["answers", "groups"].map(|key| Column::number(key, key));
    let said = ["used_by", "left_out"].map(|key| Column::remark(key, key));
    let mut table = Table::new(TABLE, "", about.into_iter().chain(numbers).chain(said).collect());
    for row in rows {
        table.push(vec![
            Cell::text(&row.question),
            Cell::text(&row.poll),
            Cell::text(&row.pollster),
            Cell::text(&row.universe),
            Cell::text(row.when.to_string()),
            Cell::text(word(&row.status)),
            Cell::Count(row.n_answers as u64),
            Cell::Count(row.n_groups as u64),
            Cell::text(row.used_by.join(" ")),
            Cell::text(row.left_out.clone().unwrap_or_default()),
        ]);
    }
    table
}

fn by_poll(rows: &[&Coverage], labels: Labels) -> Table {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let columns = vec![
        Column::about("question", phrase("column-question")),
        Column::about("poll", phrase("column-poll")),
        Column::about("status", phrase("column-status")),
        Column::number("answers", phrase("column-answers")),
        Column::remark("use", phrase("column-use")),
    ];
    let mut table = Table::new(TABLE, "", columns);
    let is_one_question = rows.iter().all(|row| row.question == rows[0].question);
    for row in rows {
        let usage = row
            .left_out
            .as_ref()
            .map_or_else(|| phrase("used").to_owned(), |why| format!("{}: {why}", phrase("left-out")));
        let question =
            if is_one_question { Cell::Empty } else { Cell::text(labels.question_or_measure(&row.question)) };
        let answers = if row.n_answers > 0 { Cell::Count(row.n_answers as u64) } else { Cell::Empty };
        table.push(vec![
            question,
            Cell::text(labels.poll(&row.poll, &row.pollster, Some(row.when))),
            Cell::text(labels.word(&word(&row.status))),
            answers,
            Cell::text(usage),
        ]);
    }
    table.without_empty_columns()
}

fn by_question(rows: &[Coverage], labels: Labels) -> Table {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let columns = vec![
        Column::about("question", phrase("column-question")),
        Column::about("period", phrase("column-period")),
        Column::number("polls", phrase("column-polls")),
        Column::number("partial", phrase("column-partial")),
        Column::number("used", phrase("column-used")),
        Column::number("left_out", phrase("column-left-out")),
        Column::remark("why", phrase("column-why")),
    ];
    let mut table = Table::new("coverage_by_question", "", columns);
    for of_question in rows.chunk_by(|a, b| a.question == b.question) {
        let years = of_question.iter().map(|row| row.when.start.first_day().year());
        let (first, last) = (years.clone().min().unwrap_or_default(), years.max().unwrap_or_default());
        let count =
            |is_meant: &dyn Fn(&&Coverage) -> bool| Cell::Count(of_question.iter().filter(is_meant).count() as u64);
        table.push(vec![
            Cell::text(labels.question_or_measure(&of_question[0].question)),
            Cell::text(if first == last { first.to_string() } else { format!("{first}–{last}") }),
            count(&|_| true),
            count(&|row| matches!(row.status, Status::Partial | Status::Unstated | Status::GroupsOnly)),
            count(&|row| row.left_out.is_none()),
            count(&|row| row.left_out.is_some()),
            Cell::text(reasons(of_question)),
        ]);
    }
    table
}

/// Reasons for leaving polls out, the most frequent first.
fn reasons(rows: &[Coverage]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for why in rows.iter().filter_map(|row| row.left_out.as_deref()) {
        match counts.iter_mut().find(|(known, _)| *known == why) {
            Some((_, count)) => *count += 1,
            None => counts.push((why, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let parts: Vec<String> = counts
        .into_iter()
        .map(|(why, count)| if count > 1 { format!("{why} ({count})") } else { why.to_owned() })
        .collect();
    parts.join("; ")
}
