//! Hard cases: one poll, two on a day, thirty rows, long words, equal values, extremes, nothing known of the error.

use super::labels::assert_readable;
use super::samples::{chart, definition, record, sample_figure};
use crate::analysis::result::{ResultRecord, Results, Unit};
use crate::chart::svg;
use crate::study::definition::{Definition, Figure, Text};

fn draws(figure: &Figure, definition: &Definition, records: Vec<ResultRecord>) {
    let results = Results { records, remarks: Vec::new(), areas: Vec::new() };
    let spec = chart(figure, definition, &results).unwrap();
    assert_readable(&spec);
    let drawn = svg::render(&spec).unwrap();
    assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{}", spec.id);
}

fn bridge(poll: &str, answer: &str, when: &str, value: f64, se: f64) -> ResultRecord {
    record(&format!("bridge/{poll}/{answer}"), Unit::Share, when, value, se)
}

const ANSWERS: [&str; 4] = ["positive", "neutral", "negative", "undecided"];

#[test]
fn one_poll() {
    let definition = definition();
    for id in ["trend", "stacked"] {
        let records = ANSWERS.iter().map(|answer| bridge("harbour-1", answer, "2020-05", 0.25, 0.01)).collect();
        draws(&sample_figure(&definition, id), &definition, records);
    }
}

#[test]
fn two_polls_on_one_day() {
    let definition = definition();
    let polls = ["harbour-1", "harbour-2"];
    let records = polls.iter().flat_map(|poll| {
        ANSWERS.iter().enumerate().map(|(i, a)| bridge(poll, a, "2020-05-03", 0.3 - 0.05 * i as f64, 0.01))
    });
    for id in ["trend", "stacked"] {
        draws(&sample_figure(&definition, id), &definition, records.clone().collect());
    }
}

#[test]
fn all_values_equal() {
    let definition = definition();
    for value in [0.0, 0.5, 1.0] {
        let years = ["2018", "2019", "2020"];
        let records = years.iter().flat_map(|year| {
            ANSWERS.iter().map(move |answer| bridge(&format!("harbour-{year}"), answer, year, value, 0.0))
        });
        for id in ["trend", "stacked"] {
            draws(&sample_figure(&definition, id), &definition, records.clone().collect());
        }
    }
}

#[test]
fn nothing_and_everything() {
    let definition = definition();
    let mut records = Vec::new();
    for (index, class) in ["port", "cities", "towns", "villages", "all"].iter().enumerate() {
        let value = [0.0, 1.0, 0.0, 1.0, 0.5][index];
        records.push(record(&format!("by_place/atlas-1/approval/{class}"), Unit::Share, "2022", value, 0.1));
    }
    draws(&sample_figure(&definition, "dots"), &definition, records);
}

#[test]
fn no_interval_and_no_number_interviewed() {
    let definition = definition();
    let gap = |survey: &str, value: f64| {
        record(&format!("by_place/{survey}/approval/gap"), Unit::ShareDifference, "2022", value, 0.0)
    };
    draws(&sample_figure(&definition, "forest"), &definition, vec![gap("atlas-1", 0.0), gap("atlas-2", 0.0)]);
}

#[test]
fn thirty_lines_end_at_the_same_place() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "people");
    let mut records = Vec::new();
    for person in 0..30 {
        let id = format!("person-{person}");
        let label = format!("Person number {person} with a rather long name that needs two lines");
        figure.labels.insert(id.clone(), Text::Plain(label));
        for year in ["2000", "2010", "2020"] {
            records.push(record(&format!("people/harbour-{year}/{id}"), Unit::Share, year, 0.2, 0.01));
        }
    }
    draws(&figure, &definition, records);
}

#[test]
fn thirty_rows_with_long_cyrillic_labels() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "actors");
    let records = (0..30).map(|camp| {
        let id = format!("camp-{camp}");
        let label = format!("Достопримечательностеобразующие самоуправляющиеся объединения ветеранов № {camp}");
        figure.labels.insert(id.clone(), Text::Plain(label));
        record(&format!("actors/all/{id}"), Unit::Share, "", f64::from(camp) / 30.0, 0.05)
    });
    let records = records.collect();
    figure.title = Text::Plain("Превысокомногорассмотрительствующий".repeat(4));
    draws(&figure, &definition, records);
}

#[test]
fn many_polls_by_place_with_long_labels() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "dots");
    let mut records = Vec::new();
    for class in ["port", "cities", "towns", "villages", "all"] {
        let label = format!("Населённые пункты, в которых живёт больше людей, чем можно сосчитать ({class})");
        figure.labels.insert(class.to_owned(), Text::Plain(label));
    }
    for poll in 0..14 {
        figure
            .labels
            .insert(format!("s{poll}"), Text::Plain(format!("Общенародный опрос с очень длинным именем {poll}")));
        for class in ["port", "cities", "towns", "villages", "all"] {
            for measure in ["approval", "recall"] {
                let id = format!("by_place/s{poll}/{measure}/{class}");
                records.push(record(&id, Unit::Share, "2022", 0.5 + 0.01 * f64::from(poll), 0.04));
            }
        }
    }
    draws(&figure, &definition, records);
}

#[test]
fn events_close_to_each_other_and_to_the_edge() {
    let mut definition = definition();
    for (index, event) in definition.event.iter_mut().enumerate() {
        event.date = format!("2021-05-{:02}", 10 + index).parse().unwrap();
        event.label = Text::Plain(format!("Событие с весьма пространным названием, которое нужно перенести, {index}"));
    }
    let mut figure = sample_figure(&definition, "trend");
    figure.events = definition.event.iter().map(|event| event.id.clone()).collect();
    let records = ["2001", "2021-05-20"].iter().flat_map(|when| {
        ANSWERS.iter().map(move |answer| bridge(&format!("harbour-{when}"), answer, when, 0.25, 0.01))
    });
    draws(&figure, &definition, records.collect());
}

#[test]
fn values_beyond_a_set_axis_are_marked() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "rates");
    figure.axis_max = Some(1.0);
    let records = vec![
        record("rates/port", Unit::PerMillion, "", 0.2, 0.1),
        record("rates/towns", Unit::PerMillion, "", 3.0, 1.0),
    ];
    draws(&figure, &definition, records);
}

#[test]
fn texts_may_hold_any_letters() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "trend");
    figure.title = Text::Plain("<b>&\"quoted\"' \u{1}\u{7f} 日本 ]]>".to_owned());
    let records = vec![bridge("harbour-1", "positive", "2020-05", 0.25, 0.01)];
    draws(&figure, &definition, records.clone());
    let spec = chart(&figure, &definition, &Results { records, remarks: Vec::new(), areas: Vec::new() }).unwrap();
    let drawn = svg::render(&spec).unwrap();
    #[cfg(feature = "png")]
    crate::chart::png::render(&drawn, 0.5).unwrap();
    assert!(!drawn.contains('\u{1}') && !drawn.contains("<b>"));
}
