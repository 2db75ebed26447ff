//! Figures of an invented country, one of each kind, with results that look like real ones.

use std::collections::BTreeMap;

use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, Results, Unit};
use crate::chart::spec::ChartSpec;
use crate::chart::{FigureTexts, figure};
use crate::error::Result;
use crate::locale::Locale;
use crate::study::definition::{Definition, Figure};
use crate::study::{PartialDate, Span};

/// The definition that the samples share.
pub(super) fn definition() -> Definition {
    toml::from_str(include_str!("samples.toml")).unwrap()
}

/// A figure of the sample definition.
pub(super) fn sample_figure(definition: &Definition, id: &str) -> Figure {
    definition.figure.iter().find(|figure| figure.id == id).unwrap().clone()
}

/// The chart of a figure over results.
pub(super) fn chart(figure_def: &Figure, definition: &Definition, results: &Results) -> Result<ChartSpec> {
    let texts = FigureTexts {
        title: figure_def.title.get("en").to_owned(),
        subtitle: figure_def.subtitle.get("en").to_owned(),
        caption: figure_def.caption.get("en").to_owned(),
    };
    figure(figure_def, &texts, definition, results, &Locale::new("en").unwrap())
}

/// All sample figures with their results, drawn.
pub(super) fn all() -> Vec<ChartSpec> {
    let definition = definition();
    let results = results();
    definition.figure.iter().map(|figure| chart(figure, &definition, &results).unwrap()).collect()
}

/// A result with an estimate and an interval of ±1.96 standard errors.
pub(super) fn record(id: &str, unit: Unit, when: &str, value: f64, se: f64) -> ResultRecord {
    let when = (!when.is_empty()).then(|| {
        let (start, end) = when.split_once('/').unwrap_or((when, when));
        Span { start: date(start), end: date(end) }
    });
    let has_interval = se > 0.0;
    let (low, high) = match unit {
        Unit::Share => ((value - 1.96 * se).max(0.0), (value + 1.96 * se).min(1.0)),
        _ => (value - 1.96 * se, value + 1.96 * se),
    };
    ResultRecord {
        id: id.to_owned(),
        analysis: id.split('/').next().unwrap().to_owned(),
        about: BTreeMap::new(),
        unit,
        evidence: Evidence::Published,
        when,
        estimate: Figures {
            estimate: Some(value),
            se: has_interval.then_some(se),
            ci_low: has_interval.then_some(low),
            ci_high: has_interval.then_some(high),
            level: has_interval.then_some(0.95),
            ci_method: has_interval.then_some("logit"),
            n: has_interval.then_some(1600),
            ..Figures::default()
        },
        flags: Vec::new(),
        origins: Vec::new(),
    }
}

pub(super) fn date(text: &str) -> PartialDate {
    text.parse().unwrap()
}

/// Results of every kind, without any pattern of a real country.
pub(super) fn results() -> Results {
    let mut records = Vec::new();
    sparse_trend(&mut records);
    dense_trend(&mut records);
    places(&mut records);
    elections(&mut records);
    counts(&mut records);
    Results { records, remarks: Vec::new(), areas: Vec::new() }
}

fn sparse_trend(out: &mut Vec<ResultRecord>) {
    let polls = [
        ("2001", 38.0, 12.0, 43.0, 0.0),
        ("2006-05", 36.0, 20.0, 38.0, 6.0),
        ("2012-09", 28.0, 33.0, 23.0, 16.0),
        ("2015-03-13/2015-03-16", 39.0, 30.0, 20.0, 11.0),
        ("2018-03-23/2018-03-27", 40.0, 31.0, 12.0, 17.0),
        ("2019-03-21/2019-03-27", 51.0, 26.0, 14.0, 9.0),
        ("2021-05-20/2021-05-26", 59.0, 28.0, 10.0, 3.0),
    ];
    for (index, (when, positive, neutral, negative, undecided)) in polls.into_iter().enumerate() {
        for (answer, percent) in
            [("positive", positive), ("neutral", neutral), ("negative", negative), ("undecided", undecided)]
        {
            if percent > 0.0 {
                let year = &when[..4];
                let mut one =
                    record(&format!("bridge/harbour-{year}/{answer}"), Unit::Share, when, percent / 100.0, 0.017);
                if index < 2 {
                    one.flags = vec![Flag::NAssumed, Flag::DateCoarse];
                }
                if index == 4 {
                    one.flags.push(Flag::SegmentChange);
                }
                out.push(one);
            }
        }
    }
    let detailed = [
        ("2019-03-21/2019-03-27", [4.0, 41.0, 6.0, 26.0, 6.0, 5.0, 3.0, 9.0]),
        ("2015-03-13/2015-03-16", [2.0, 30.0, 7.0, 30.0, 9.0, 6.0, 5.0, 11.0]),
        ("2009-12", [3.0, 26.0, 8.0, 28.0, 13.0, 6.0, 5.0, 11.0]),
    ];
    let answers = ["admire", "respect", "like", "indifferent", "dislike", "fear", "hate", "hard"];
    for (when, percents) in detailed {
        for (answer, percent) in answers.iter().zip(percents) {
            let id = format!("feel/harbour-{}/{answer}", &when[..4]);
            out.push(record(&id, Unit::Share, when, percent / 100.0, 0.01));
        }
    }
    let people = [
        ("adler", [35.0, 28.0, 19.0, 17.0, 12.0, 16.0, 15.0, 14.0, 13.0]),
        ("brandt", [12.0, 20.0, 35.0, 40.0, 36.0, 49.0, 38.0, 39.0, 42.0]),
        ("cerny", [0.0, 0.0, 1.0, 21.0, 32.0, 22.0, 34.0, 15.0, 31.0]),
        ("duval", [25.0, 23.0, 42.0, 47.0, 42.0, 29.0, 34.0, 23.0, 29.0]),
        ("eriksson", [38.0, 41.0, 46.0, 43.0, 37.0, 37.0, 29.0, 19.0, 22.0]),
        ("fontane", [8.0, 9.0, 20.0, 17.0, 14.0, 12.0, 20.0, 15.0, 13.0]),
    ];
    for (index, year) in [1989, 1994, 1999, 2003, 2008, 2012, 2017, 2021, 2025].into_iter().enumerate() {
        for (person, percents) in &people {
            let id = format!("people/harbour-{year}/{person}");
            let mut one = record(&id, Unit::Share, &format!("{year}-04"), percents[index] / 100.0, 0.016);
            if percents[index] == 0.0 {
                one.estimate = Figures { reason: Some("not asked".to_owned()), ..Figures::default() };
            }
            out.push(one);
        }
    }
}

fn dense_trend(out: &mut Vec<ResultRecord>) {
    for (pollster, level, step) in [("harbour", 0.70, 1), ("lake", 0.62, 1), ("summit", 0.56, 2)] {
        for month in (0..300_u32).step_by(step) {
            let (year, of_year) = (2000 + month / 12, month % 12 + 1);
            let phase = f64::from(month) / 40.0;
            let wiggle = f64::from((month * 7919 + 13 * step as u32) % 11) / 11.0 - 0.5;
            let value = level + 0.13 * phase.sin() + 0.05 * wiggle;
            let when = format!("{year}-{of_year:02}-15");
            let mut one =
                record(&format!("mayor_{pollster}/{pollster}-{when}/approve"), Unit::Share, &when, value, 0.015);
            one.flags.push(Flag::DeffDeclared);
            if month == 100 {
                one.flags.push(Flag::SegmentChange);
            }
            out.push(one);
        }
    }
}

fn places(out: &mut Vec<ResultRecord>) {
    let classes = ["port", "cities", "towns", "villages"];
    for (survey, when, shift, measures) in [
        ("atlas-1", "2022-03-10/2022-03-14", 0.0, &["approval", "recall"][..]),
        ("atlas-2", "2023-07-05/2023-07-10", 0.03, &["approval", "recall"]),
        ("atlas-3", "2024-09-02/2024-09-11", 0.05, &["approval"]),
        ("web-1", "2024-02-01/2024-02-05", -0.06, &["approval", "recall"]),
        ("web-2", "2024-09-01/2024-09-05", -0.05, &["approval"]),
    ] {
        for (m, measure) in measures.iter().enumerate() {
            for (c, class) in classes.iter().chain(&["all"]).enumerate() {
                let value = 0.62 + shift + 0.05 * c.min(3) as f64 - 0.08 * m as f64;
                let value = if *class == "all" { 0.70 + shift - 0.08 * m as f64 } else { value };
                let id = format!("by_place/{survey}/{measure}/{class}");
                let mut one = record(&id, Unit::Share, when, value, 0.03);
                one.evidence = Evidence::Microdata;
                one.estimate.n = Some([214, 431, 380, 575, 1600][c]);
                if survey.starts_with("web") {
                    one.evidence = Evidence::OptInMicrodata;
                    one.flags.push(Flag::OptIn);
                }
                if survey == "atlas-2" && *class == "port" {
                    one.flags.push(Flag::BaseUnder100);
                    one.estimate.n = Some(64);
                }
                if survey == "atlas-1" && *class == "port" && m == 1 {
                    one.flags.push(Flag::BaseUnder30);
                    one.estimate.n = Some(21);
                }
                out.push(one);
            }
            let gap = -0.09 + 0.8 * shift - 0.02 * m as f64;
            for (end, value) in [("gap", gap), ("gap-low", gap - 0.13), ("gap-high", gap + 0.11)] {
                let mut one =
                    record(&format!("by_place/{survey}/{measure}/{end}"), Unit::ShareDifference, when, value, 0.028);
                one.evidence = Evidence::Microdata;
                if survey.starts_with("web") {
                    one.flags.push(Flag::OptIn);
                }
                out.push(one);
            }
        }
    }
}

fn elections(out: &mut Vec<ResultRecord>) {
    let days = [
        ("council_2004", "2004-03-14"),
        ("mayor_2007", "2007-12-02"),
        ("council_2008", "2008-03-02"),
        ("mayor_2011", "2011-12-04"),
        ("council_2012", "2012-03-04"),
        ("mayor_2016", "2016-09-18"),
        ("council_2018", "2018-03-18"),
        ("mayor_2021", "2021-09-19"),
        ("council_2024", "2024-03-17"),
    ];
    for (index, (election, when)) in days.into_iter().enumerate() {
        for (c, class) in ["port", "cities", "towns", "villages", "all"].iter().enumerate() {
            let value =
                0.52 + 0.03 * c as f64 + 0.02 * index as f64 - 0.14 * f64::from(u8::from(election.starts_with('m')));
            let mut one = record(&format!("official/{election}/{class}"), Unit::Share, when, value, 0.0);
            one.evidence = Evidence::Official;
            out.push(one);
        }
    }
}

fn counts(out: &mut Vec<ResultRecord>) {
    let counted = |mut one: ResultRecord, n: u64, flag: Option<Flag>| {
        one.evidence = Evidence::Counted;
        one.estimate.n = Some(n);
        one.estimate.ci_method = Some("poisson exact");
        one.estimate.ci_low = one.estimate.ci_low.map(|low| low.max(0.0));
        one.flags.extend(flag);
        one
    };
    for year in 1998..=2025_u64 {
        let n = (year * 37 + 11) % 9 + (year - 1998) / 5;
        let span = if year == 2025 { "2025-01-01/2025-08-31".to_owned() } else { year.to_string() };
        let flag = (year == 2025).then_some(Flag::PartialPeriod);
        let one = record(&format!("statues/year-{year}"), Unit::Count, &span, n as f64, (n as f64).sqrt());
        out.push(counted(one, n, flag));
    }
    for (counter, span, n, years, is_partial) in [
        ("gazette", "1991-01-01/1999-12-31", 5_u32, 9.0, false),
        ("gazette", "2000-01-01/2009-12-31", 37, 10.0, false),
        ("gazette", "2010-01-01/2023-10-01", 58, 13.75, false),
        ("party", "2019", 11, 1.0, false),
        ("party", "2024", 6, 1.0, false),
        ("party", "2025-01-01/2025-09-21", 13, 0.72, true),
    ] {
        let rate = f64::from(n) / years;
        let se = f64::from(n).sqrt() / years;
        let id = format!("tally/{counter}/{}", span.replace('/', "_"));
        let one = record(&id, Unit::PerYear, span, rate, se);
        out.push(counted(one, u64::from(n), is_partial.then_some(Flag::PartialPeriod)));
    }
    for (class, n, rate) in [("port", 3_u32, 0.24), ("cities", 12, 0.48), ("towns", 55, 1.6), ("villages", 41, 1.1)] {
        let one = record(&format!("rates/{class}"), Unit::PerMillion, "", rate, rate / f64::from(n).sqrt());
        out.push(counted(one, u64::from(n), None));
    }
    for (camp, share) in [("above", 0.24), ("below", 0.41), ("mixed", 0.08), ("unknown", 0.27)] {
        let mut one = record(&format!("actors/all/{camp}"), Unit::Share, "", share, 0.045);
        one.evidence = Evidence::Counted;
        one.estimate.ci_method = Some("wilson");
        one.estimate.n = Some(118);
        out.push(one);
    }
}
