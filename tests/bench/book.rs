//! A banner book: many questions by many columns, with letters.

use opros::analysis::banner::{Options, Question, Request, Span, banner};
use opros::design::{Codes, MISSING, SurveyDesign};
use opros::estimate::MissingOutcome;
use opros::rows::Table;
use serde_json::{Value, json};

use super::measure::{Times, repeat};
use super::table::{codes, numbers};

const N_QUESTIONS: u64 = 60;

/// The book: 60 questions made from the columns of the table by 40 columns in seven spans and the total.
pub fn book(design: &SurveyDesign, table: &Table, runs: usize) -> Result<(Value, Times), String> {
    let questions: Vec<(String, Codes)> = (0..N_QUESTIONS).map(|q| (format!("q{q:02}"), question(table, q))).collect();
    let spans = spans(table);
    let columns: usize = spans.iter().map(|(_, codes)| codes.n_labels()).sum();
    let request = Request {
        questions: questions
            .iter()
            .map(|(name, answers)| Question { name: name.clone(), answers, nets: Vec::new() })
            .collect(),
        spans: spans.iter().map(|(name, groups)| Span { name: name.clone(), groups, nets: Vec::new() }).collect(),
        mask: None,
    };
    let mut options = Options::default();
    options.estimate.missing = MissingOutcome::Exclude;
    repeat(runs, || {
        let book = banner(design, &request, &options).map_err(|e| e.to_string())?;
        let n_cells: usize = book.tables.iter().map(|t| t.cells.len()).sum();
        let n_tests: usize =
            book.tables.iter().map(|t| t.comparisons.iter().filter(|c| c.p_value.is_some()).count()).sum();
        let mut n_letters = 0;
        for table in &book.tables {
            for line in 0..table.lines.len() {
                n_letters +=
                    (0..book.columns.len()).map(|column| book.letters(table, line, column).len()).sum::<usize>();
            }
        }
        let shares: f64 = book.tables.iter().flat_map(|t| &t.cells).filter_map(|cell| cell.value).sum();
        Ok(json!({
            "questions": questions.len(), "columns": columns, "cells": n_cells, "tests": n_tests, "letters": n_letters,
            "sum_of_shares": shares,
        }))
    })
}

/// 2 to 9 answers that depend on some columns of the row, one in thirty missing.
fn question(table: &Table, q: u64) -> Codes {
    let n_answers = 2 + q % 8;
    let columns = ["answer", "age_group", "education", "region", "wave"].map(|name| codes(table, name));
    let (putin, income) = (numbers(table, "putin_approve"), numbers(table, "income"));
    let code = |i: usize| {
        let mut hash = mixed(q);
        // The first columns shift the answers of a group; the income spreads them.
        for column in columns.iter().skip((q % 3) as usize) {
            hash = mixed(hash ^ u64::from(column.codes()[i]));
        }
        let own = mixed(hash ^ income[i].to_bits());
        if own.is_multiple_of(30) {
            return MISSING;
        }
        let answer = if own.is_multiple_of(4) { hash } else { own.rotate_left(20) } ^ putin[i].to_bits();
        (answer % n_answers) as u32
    };
    let labels = (1..=n_answers).map(|answer| format!("answer {answer}")).collect();
    Codes::from_codes((0..putin.len()).map(code).collect(), labels)
}

/// 40 columns: four of the table, and three made from others.
fn spans(table: &Table) -> Vec<(String, Codes)> {
    let made = |name: &str, from: &str, n: u32| {
        let codes: Vec<u32> = codes(table, from).codes().iter().map(|code| code % n).collect();
        (name.to_owned(), Codes::from_codes(codes, (1..=n).map(|k| format!("{name} {k}")).collect()))
    };
    let sizes = numbers(table, "hh_size").iter().map(|size| *size as u32 - 1).collect();
    let size = Codes::from_codes(sizes, (1..=6).map(|k| format!("size {k}")).collect());
    let mut spans: Vec<(String, Codes)> =
        ["settlement_type", "sex", "age_group", "education"].map(|name| (name.to_owned(), codes(table, name))).into();
    spans.push(made("district", "region", 12));
    spans.push(("household".to_owned(), size));
    spans.push(made("period", "wave", 5));
    spans
}

/// The finisher of SplitMix64.
fn mixed(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
