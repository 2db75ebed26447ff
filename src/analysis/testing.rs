//! Small invented studies for the tests of the analyses.

use std::sync::Arc;

use crate::study::definition::{
    Answer, AnswerRole, Assumption, Crosswalk, Definition, Geography, Grouping, Node, Period, Pollster, Question,
    QuestionKind, Side, Survey, Text, Universe,
};
use crate::study::{Completeness, EventItem, EventList, Origin, PublishedShare, PublishedTopline, Span, Study};

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

/// What is assumed of a pollster: first and last date, number interviewed, design effect.
type Assumed<'a> = (Option<&'a str>, Option<&'a str>, Option<u32>, f64);

/// A pollster with what is assumed.
pub fn pollster(id: &str, assume: &[Assumed<'_>]) -> Pollster {
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
    Study { definition, toplines, ..Study::default() }
}

/// A geography with the leaves `metro`, `town` and `village`; groupings `classes` (all three) and `split` (`metro` and
/// `rest`). Labels of the data `data` are `Metro`, `Town`, `Village`, `Countryside` (town or village) and blank.
pub fn geography(study: &mut Study, data: &str) {
    let node = |id: &str, covers: &[&str]| Node {
        id: id.to_owned(),
        label: text(id),
        covers: covers.iter().map(|leaf| (*leaf).to_owned()).collect(),
    };
    let grouping = |id: &str, nodes: &[&str]| Grouping {
        id: id.to_owned(),
        label: text(id),
        nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
    };
    study.definition.geography = Some(Geography {
        node: vec![node("metro", &[]), node("town", &[]), node("village", &[]), node("rest", &["town", "village"])],
        grouping: vec![grouping("classes", &["metro", "town", "village"]), grouping("split", &["metro", "rest"])],
        crosswalk: Crosswalk {
            package: "land".to_owned(),
            resource: "crosswalk".to_owned(),
            dataset: "dataset".to_owned(),
            label: "label".to_owned(),
            covers: "covers".to_owned(),
        },
    });
    for (label, covers) in [
        ("Metro", &["metro"][..]),
        ("Town", &["town"]),
        ("Village", &["village"]),
        ("Countryside", &["town", "village"]),
        ("", &[]),
    ] {
        study.places.insert(data, label, covers.iter().map(|leaf| (*leaf).to_owned()).collect());
    }
}

/// A list of items: date (empty where not known), place, actors.
pub fn items(rows: &[(&str, &str, &[&str])]) -> EventList {
    let file: Arc<str> = "datasets/stones/stones.csv".into();
    let items = rows.iter().zip(2..).map(|((date, place, actors), line)| EventItem {
        id: format!("S{line}"),
        date: date.parse().ok(),
        place: (*place).to_owned(),
        actors: actors.iter().map(|actor| (*actor).to_owned()).collect(),
        origin: Origin::line(&file, line),
    });
    EventList { data: "stones".to_owned(), items: items.collect() }
}

/// A named period.
pub fn period(id: &str, start: &str, end: &str, versus: Option<&str>) -> Period {
    Period {
        id: id.to_owned(),
        label: text(id),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        versus: versus.map(ToOwned::to_owned),
    }
}

/// A survey of the data `people` in June 2001 that is some published polls.
pub fn survey(id: &str, same_as: &[&str]) -> Survey {
    Survey {
        id: id.to_owned(),
        label: text(id),
        data: "people".to_owned(),
        rows: Vec::new(),
        design: "plain".to_owned(),
        pollster: "aster".to_owned(),
        field_start: "2001-06-01".parse().unwrap(),
        field_end: "2001-06-09".parse().unwrap(),
        mode: text("telephone"),
        same_as: same_as.iter().map(|poll| (*poll).to_owned()).collect(),
        outcome: Vec::new(),
    }
}
