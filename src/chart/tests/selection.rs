//! What a figure draws, and what it refuses to draw.

use super::samples::{chart, definition, record, results, sample_figure};
use crate::analysis::result::{Flag, Results, Unit};
use crate::chart::spec::{Panel, RowMark, RowsPanel, Scale, TimePanel};

fn time(spec: &crate::chart::ChartSpec) -> &TimePanel {
    match &spec.sections[0].panels[0] {
        Panel::Time(panel) => panel,
        _ => panic!("a panel over time was expected"),
    }
}

fn rows(spec: &crate::chart::ChartSpec) -> &RowsPanel {
    match &spec.sections[0].panels[0] {
        Panel::Rows(panel) => panel,
        _ => panic!("a panel of rows was expected"),
    }
}

#[test]
fn an_empty_selection_is_an_error_that_names_the_figure() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "trend");
    figure.answers = vec!["nobody-asked-this".to_owned()];
    let error = chart(&figure, &definition, &results()).unwrap_err();
    let problem = &error.diagnostics()[0];
    assert_eq!(problem.code, "F01");
    assert!(problem.message.contains("`trend`"));
    assert!(problem.hint.as_ref().unwrap().contains("bridge/"), "{problem:?}");
}

#[test]
fn results_without_any_estimate_are_an_error_too() {
    let definition = definition();
    let mut one = record("bridge/harbour-2001/positive", Unit::Share, "2001", 0.4, 0.01);
    one.flags.push(Flag::BaseUnder30);
    let results = Results { records: vec![one], remarks: Vec::new(), areas: Vec::new() };
    let error = chart(&sample_figure(&definition, "trend"), &definition, &results).unwrap_err();
    assert!(error.diagnostics()[0].observed.as_ref().unwrap().contains("without estimate"));
}

#[test]
fn units_are_not_mixed_on_one_axis() {
    let definition = definition();
    let records = vec![
        record("bridge/harbour-2001/positive", Unit::Share, "2001", 0.4, 0.01),
        record("bridge/harbour-2005/positive", Unit::ShareDifference, "2005", 0.1, 0.01),
    ];
    let results = Results { records, remarks: Vec::new(), areas: Vec::new() };
    let error = chart(&sample_figure(&definition, "trend"), &definition, &results).unwrap_err();
    assert_eq!(error.diagnostics()[0].code, "F02");
}

#[test]
fn an_unknown_event_is_an_error() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "trend");
    figure.events.push("landing".to_owned());
    assert_eq!(chart(&figure, &definition, &results()).unwrap_err().diagnostics()[0].code, "F03");
}

#[test]
fn series_follow_the_order_of_the_figure_and_break_where_the_wording_changes() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "trend");
    figure.answers.reverse();
    let spec = chart(&figure, &definition, &results()).unwrap();
    let labels: Vec<&str> = time(&spec).series.iter().map(|series| series.label.as_str()).collect();
    assert_eq!(labels, ["Negative", "Neutral", "Positive"]);
    let points = || time(&spec).series[0].points.iter();
    let broken: Vec<bool> = points().map(|point| point.starts_segment && !point.is_after_gap).collect();
    assert_eq!(broken, [false, false, false, false, true, false, false]);
    assert!(time(&spec).series[0].points[0].is_open, "an assumed number interviewed is drawn hollow");
    assert!(spec.caption.contains("broken"), "{}", spec.caption);
    let after_gap: Vec<bool> = points().map(|point| point.is_after_gap).collect();
    assert_eq!(after_gap, [false, false, true, false, false, false, false], "nothing is known for long");
    assert!(spec.caption.contains("Thin dots"), "{}", spec.caption);
}

#[test]
fn pollsters_are_told_apart_by_the_stem_of_their_polls() {
    let definition = definition();
    let spec = chart(&sample_figure(&definition, "approval"), &definition, &results()).unwrap();
    let labels: Vec<&str> = time(&spec).series.iter().map(|series| series.label.as_str()).collect();
    assert_eq!(labels, ["Harbour Institute", "Lake Survey", "Summit Panel"]);
    assert_eq!(time(&spec).events.len(), 6);
}

#[test]
fn a_value_that_is_not_estimable_is_named_and_never_zero() {
    let definition = definition();
    let spec = chart(&sample_figure(&definition, "people"), &definition, &results()).unwrap();
    let missing = time(&spec).series.iter().find(|series| series.label == "Černý").unwrap();
    assert_eq!(missing.points.len(), 7);
    assert!(missing.points.iter().all(|point| point.value > 0.0));
    assert!(spec.caption.contains("Not known: Černý (April 1989, April 1994)."), "{}", spec.caption);
    let dots = chart(&sample_figure(&definition, "dots"), &definition, &results()).unwrap();
    let marks = dots.sections[0].panels.iter().flat_map(|panel| match panel {
        Panel::Rows(panel) => panel.tracks.iter().flat_map(|track| &track.marks).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    let gaps: Vec<&str> = marks
        .filter_map(|mark| if let RowMark::Gap { text, .. } = mark { Some(text.as_str()) } else { None })
        .collect();
    assert_eq!(gaps, ["base under 30"]);
}

#[test]
fn positive_answers_go_right_and_negative_ones_left() {
    let definition = definition();
    let spec = chart(&sample_figure(&definition, "detailed"), &definition, &results()).unwrap();
    let panel = rows(&spec);
    let labels: Vec<&str> = panel.rows.iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels, ["December 2009", "13–16 March 2015", "21–27 March 2019"]);
    let ends = |track: usize| {
        let bars = panel.tracks[track].marks.iter().filter_map(|mark| match mark {
            RowMark::Bar { row: 0, to, .. } => Some((to * 100.0).round()),
            _ => None,
        });
        bars.collect::<Vec<_>>()
    };
    assert_eq!(ends(0), [-13.0, -19.0, -24.0, 8.0, 34.0, 37.0]);
    assert_eq!(ends(1), [28.0, 39.0]);
}

#[test]
fn a_forest_is_sorted_within_its_groups_and_carries_bounds() {
    let definition = definition();
    let spec = chart(&sample_figure(&definition, "forest"), &definition, &results()).unwrap();
    let panel = rows(&spec);
    let headings: Vec<&str> = panel.rows.iter().filter(|row| row.is_heading).map(|row| row.label.as_str()).collect();
    assert_eq!(headings, ["Approval", "Recall"]);
    let mut last = (0, f64::INFINITY);
    for mark in &panel.tracks[0].marks {
        let RowMark::Point { row, value, bounds, .. } = mark else { panic!("a point was expected") };
        assert!(*value <= last.1 || *row > last.0 + 1, "rows of a group go from the largest to the smallest");
        assert!(bounds.unwrap().low < *value && bounds.unwrap().high > *value);
        last = (*row, *value);
    }
}

#[test]
fn ratios_stand_on_a_logarithmic_axis_around_one() {
    let definition = definition();
    let mut figure = sample_figure(&definition, "forest");
    (figure.analyses, figure.answers) = (vec!["rates".to_owned()], Vec::new());
    // The smallest ratio that could have been shown is no point of the picture.
    let ratio = |id: &str, value: f64| record(id, Unit::Ratio, "", value, 0.4);
    let records = vec![ratio("rates/ratio", 2.3), ratio("rates/ratio/detectable", 8.0)];
    let results = Results { records, remarks: Vec::new(), areas: Vec::new() };
    let spec = chart(&figure, &definition, &results).unwrap();
    let axis = &rows(&spec).tracks[0].axis;
    assert_eq!((axis.scale, axis.baseline), (Scale::Log, Some(1.0)));
    assert_eq!(rows(&spec).tracks[0].marks.len(), 1);
}

#[test]
fn kinds_of_elections_are_not_joined() {
    let definition = definition();
    let spec = chart(&sample_figure(&definition, "official"), &definition, &results()).unwrap();
    let titles: Vec<&str> = spec.sections[0]
        .panels
        .iter()
        .map(|panel| match panel {
            Panel::Time(panel) => panel.title.as_str(),
            _ => "",
        })
        .collect();
    assert_eq!(titles, ["Council", "Mayor"]);
    assert_eq!(time(&spec).series[0].label, "Port Amber");
}

#[test]
fn bars_begin_at_zero_and_partial_periods_are_hatched_and_named() {
    let definition = definition();
    let spec = chart(&sample_figure(&definition, "statues"), &definition, &results()).unwrap();
    assert_eq!(time(&spec).y.from, 0.0);
    let hatched: Vec<f64> = time(&spec).columns.iter().filter(|c| c.is_hatched).map(|c| c.value).collect();
    assert_eq!(hatched, [7.0]);
    assert!(spec.caption.contains("31 August 2025"), "{}", spec.caption);
}

#[test]
fn the_alt_text_says_what_the_picture_shows() {
    let definition = definition();
    let spec = chart(&sample_figure(&definition, "trend"), &definition, &results()).unwrap();
    assert!(spec.alt.contains("Positive, from 38% (2001) to 59% (2021)"), "{}", spec.alt);
}

#[test]
fn labels_of_the_figure_go_before_those_of_the_definition() {
    let definition = definition();
    let spec = chart(&sample_figure(&definition, "actors"), &definition, &results()).unwrap();
    let labels: Vec<&str> = rows(&spec).rows.iter().map(|row| row.label.as_str()).collect();
    assert_eq!(
        labels,
        ["Party, veterans, private persons", "Authorities, army, museums", "Several together", "Not known"]
    );
}

#[test]
fn a_caption_names_pollsters_dates_and_data() {
    let definition = definition();
    let mut results = results();
    for record in &mut results.records {
        let file = "datasets/polls/data.csv".into();
        record.origins = vec![crate::study::Origin { file, lines: vec![2] }];
    }
    let spec = chart(&sample_figure(&definition, "approval"), &definition, &results).unwrap();
    let source = spec.caption.split("Source: ").nth(1).unwrap();
    assert!(source.starts_with("Harbour Institute, "), "{source}");
    assert!(source.contains("; n 1,600") && source.contains("data in datasets/polls."), "{source}");
}

#[test]
fn small_bases_are_marked_at_the_number_and_in_the_caption() {
    let definition = definition();
    let mut results = results();
    let of = |results: &Results| {
        let dots = chart(&sample_figure(&definition, "dots"), &definition, results).unwrap();
        let texts = dots.sections[0].panels.iter().flat_map(|panel| match panel {
            Panel::Rows(panel) => panel.tracks.iter().flat_map(|track| track.notes.clone()).collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        (texts.map(|(_, text)| text).collect::<Vec<_>>(), dots.caption)
    };
    let (texts, caption) = of(&results);
    assert!(texts.contains(&"65%* (64)".to_owned()), "{texts:?}");
    assert!(caption.contains("With a star") && !caption.contains("In brackets"), "{caption}");
    for record in &mut results.records {
        for flag in &mut record.flags {
            if *flag == Flag::BaseUnder100 {
                *flag = Flag::BaseUnder50;
            }
        }
    }
    let (texts, caption) = of(&results);
    assert!(texts.contains(&"[65%] (64)".to_owned()), "{texts:?}");
    assert!(caption.contains("In brackets"), "{caption}");
}

#[test]
fn declared_design_effects_are_a_matter_of_published_shares() {
    let definition = definition();
    let mut results = results();
    for record in &mut results.records {
        record.flags.push(Flag::DeffDeclared);
    }
    let caption = |figure: &str| chart(&sample_figure(&definition, figure), &definition, &results).unwrap().caption;
    assert!(caption("trend").contains("Design effects are declared"));
    assert!(!caption("dots").contains("Design effects are declared"));
}
