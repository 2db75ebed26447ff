//! Small invented studies for the tests of the analyses.

use std::sync::Arc;

use crate::study::definition::{
    Answer, AnswerRole, Assumption, Definition, Pollster, Question, QuestionKind, Side, Text, Universe,
};
use crate::study::{Completeness, Origin, Places, PublishedShare, PublishedTopline, Span, Study};

pub fn text(words: &str) -> Text {
    Text::Plain(words.to_owned())
}

/// A poll of pollster `aster` in universe `land`, with percents printed whole.
pub fn topline(poll: &str, question: &str, date: &str, percents: &[(&str, f64)]) -> PublishedTopline {
    let file: Arc<str> = "datasets/polls/tops.csv".into();
    PublishedTopline {
        data: "tops".to_owned(),
        poll: poll.to_owned(),
        pollster: "aster".to_owned(),
        question: question.to_owned(),
        universe: "land".to_owned(),
        field: Span::at(date.parse().unwrap()),
        is_month_only: false,
        mode: String::new(),
        n: None,
        group: None,
        completeness: Completeness::Unstated,
        segment: String::new(),
        answers: percents
            .iter()
            .zip(2..)
            .map(|((answer, percent), line)| PublishedShare {
                answer: (*answer).to_owned(),
                share: percent / 100.0,
                decimals: 0,
                origin: Origin::line(&file, line),
            })
            .collect(),
    }
}

/// A single-choice question; an answer with parts is a printed sum, one on the undecided side is "hard to say".
pub fn question(id: &str, answers: &[(&str, Option<Side>, &[&str])]) -> Question {
    Question {
        id: id.to_owned(),
        wording: text("How do you feel?"),
        label: text(id),
        kind: QuestionKind::Single,
        answers: answers
            .iter()
            .map(|(id, side, of)| Answer {
                id: (*id).to_owned(),
                label: text(id),
                role: match side {
                    _ if !of.is_empty() => AnswerRole::Aggregate,
                    Some(Side::Undecided) => AnswerRole::DontKnow,
                    _ => AnswerRole::Substantive,
                },
                side: *side,
                of: of.iter().map(|part| (*part).to_owned()).collect(),
            })
            .collect(),
        version: Vec::new(),
    }
}

/// A pollster with what is assumed: first and last date, number interviewed, design effect.
pub fn pollster(id: &str, assume: &[(Option<&str>, Option<&str>, Option<u32>, f64)]) -> Pollster {
    Pollster {
        id: id.to_owned(),
        label: text(id),
        labels: vec![id.to_owned()],
        assume: assume
            .iter()
            .map(|(from, until, n, deff)| Assumption {
                from: from.map(|date| date.parse().unwrap()),
                until: until.map(|date| date.parse().unwrap()),
                n: *n,
                deff: *deff,
                reason: text("as printed elsewhere"),
                source: "example.org".to_owned(),
            })
            .collect(),
    }
}

/// A study of published polls whose main universe is `land`.
pub fn study(toplines: Vec<PublishedTopline>) -> Study {
    let universe = |id: &str, main| Universe { id: id.to_owned(), label: text(id), labels: Vec::new(), main };
    let definition =
        Definition { universe: vec![universe("land", true), universe("elsewhere", false)], ..Definition::default() };
    Study {
        definition,
        toplines,
        microdata: Vec::new(),
        official: Vec::new(),
        counts: Vec::new(),
        items: Vec::new(),
        lookups: Vec::new(),
        places: Places::default(),
    }
}
