use super::*;
use crate::analysis::result::Results;
use crate::analysis::testing::{pollster, question, study, text, topline};
use crate::error::Result;
use crate::study::Study;
use crate::study::definition::{AssumedBase, MoodChange, MoodItem, QuestionVersion};

/// Three questions, one of them against the mood, asked in scattered years from 2001 to 2012; the mood rises from 2007 on.
fn asked() -> Study {
    let mood = |year: i32| 30.0 + if year > 2006 { 3.0 * f64::from(year - 2006) } else { 0.0 } + f64::from(year % 2);
    let mut toplines = Vec::new();
    for year in 2001..=2012 {
        if year % 3 != 0 {
            toplines.push(topline(&format!("a-{year}"), "like", &format!("{year}-05"), &[("yes", mood(year))]));
        }
        if year % 2 == 0 {
            toplines.push(topline(
                &format!("b-{year}"),
                "praise",
                &format!("{year}-09"),
                &[("yes", mood(year) + 10.0 + f64::from(year * 7 % 5))],
            ));
        }
        if year % 4 != 0 {
            toplines.push(topline(
                &format!("c-{year}"),
                "blame",
                &format!("{year}"),
                &[("yes", 90.0 - mood(year) - f64::from(year * 3 % 4))],
            ));
        }
    }
    let mut study = study(toplines);
    study.definition.question = ["like", "praise", "blame"].map(|id| question(id, &[("yes", None, &[])])).to_vec();
    study.definition.pollster = vec![pollster("aster", &[(None, None, Some(1200), 1.5)])];
    study
}

fn item(question: &str, against: bool) -> MoodItem {
    MoodItem { question: question.to_owned(), answer: "yes".to_owned(), against, pollsters: Vec::new() }
}

fn analysis() -> MoodAnalysis {
    MoodAnalysis {
        id: "m".to_owned(),
        label: text("Mood"),
        item: vec![item("like", false), item("praise", false), item("blame", true)],
        universe: None,
        from: None,
        until: None,
        asked_at_least: 2,
        base_where_unknown: None,
        draws: 40,
        change: vec![
            MoodChange { id: "rise".to_owned(), label: text("rise"), first: [2001, 2006], second: [2010, 2012] },
            MoodChange { id: "never".to_owned(), label: text("never"), first: [1980, 1990], second: [2010, 2012] },
        ],
    }
}

fn answered(study: &Study, analysis: &MoodAnalysis) -> Result<Results> {
    let mut work = Work::new(study);
    run(analysis, &mut work);
    work.finish()
}

#[test]
fn both_ways_see_the_rise_and_say_how_sure_they_are() {
    let results = answered(&asked(), &analysis()).unwrap();
    let get = |id: &str| results.get(&format!("m/{id}")).unwrap_or_else(|| panic!("no {id}")).estimate.clone();
    for way in ["dyad", "latent"] {
        let change = get(&format!("{way}/rise"));
        assert!(change.ci_low.unwrap() > 0.05 && change.ci_high.unwrap() < 0.30, "{way} {change:?}");
        assert!(get(&format!("{way}/2012")).estimate.unwrap() > get(&format!("{way}/2005")).estimate.unwrap() + 0.1);
        assert!(get(&format!("{way}/never")).reason.is_some());
        let smallest = get(&format!("{way}/rise/detectable")).estimate.unwrap();
        let width = change.ci_high.unwrap() - change.ci_low.unwrap();
        // 2.8 standard errors are 0.71 of the width of a normal interval, more where the walk draws the change in.
        assert!(smallest > 0.65 * width && smallest < 1.2 * width, "{way} {smallest} {width}");
        assert!(results.get(&format!("m/{way}/never/detectable")).is_none());
    }
    assert!(get("latent/rise").test.unwrap().p_value < 0.001);
    assert!(get("loading/blame-yes-aster").estimate.unwrap() > 0.9, "against turned around");
    assert!(get("explained").estimate.unwrap() > 0.8);
    assert!(get("agreement").estimate.unwrap() > 0.9 && get("gap").estimate.unwrap() < 0.1);
    assert!(get("placebo/rise").reason.unwrap().contains("no other date"));
    let reading = results.get("m/asked/blame-yes-aster/c-2005").unwrap();
    assert!((reading.estimate.estimate.unwrap() - 0.44).abs() < 1e-12, "1 − (90 − 31 − 3)/100");
}

#[test]
fn the_same_seed_gives_the_same_draws() {
    let (a, b) = (answered(&asked(), &analysis()).unwrap(), answered(&asked(), &analysis()).unwrap());
    assert_eq!(a.get("m/dyad/2004").unwrap().estimate.ci_low, b.get("m/dyad/2004").unwrap().estimate.ci_low);
}

#[test]
fn years_without_a_question_have_no_dyad_mood_and_a_wider_latent_one() {
    let mut study = asked();
    study.toplines.retain(|poll| !poll.poll.ends_with("2007") && !poll.poll.ends_with("2008"));
    let results = answered(&study, &analysis()).unwrap();
    assert!(results.get("m/dyad/2008").unwrap().estimate.reason.as_ref().unwrap().contains("no question"));
    let se = |year: &str| results.get(&format!("m/latent/{year}")).unwrap().estimate.se.unwrap();
    assert!(se("2008") > se("2005"));
}

#[test]
fn another_wording_is_another_item_and_rare_items_are_told() {
    let mut study = asked();
    let polls = ["a-2001", "a-2002"].map(str::to_owned).to_vec();
    study.definition.question[0].version = vec![QuestionVersion { id: "old".to_owned(), note: text("old"), polls }];
    let mut analysis = analysis();
    analysis.asked_at_least = 3;
    let results = answered(&study, &analysis).unwrap();
    assert!(results.get("m/loading/like-yes-aster").is_some());
    assert!(results.remarks.iter().any(|remark| remark.about == "like-yes-aster-old"));
}

#[test]
fn what_is_read_counts_as_used() {
    let study = asked();
    let analysis = analysis();
    let used = used(&study, &analysis);
    assert!(used.contains(&("blame", "c-2005")));
    assert_eq!(used.len(), study.toplines.len());
}

#[test]
fn polls_without_a_base_take_the_declared_one_or_none() {
    let mut study = asked();
    study.definition.pollster.clear();
    let none = answered(&study, &analysis()).unwrap();
    assert!(none.get("m/dyad/2004").is_none());
    let mut declared = analysis();
    declared.base_where_unknown = Some(AssumedBase { n_eff: 500.0, reason: text("as usual") });
    let results = answered(&study, &declared).unwrap();
    assert!(results.get("m/dyad/2004").unwrap().flags.contains(&Flag::NAssumed));
}

#[test]
fn wrong_definitions_are_told() {
    let code = |item: MoodItem| {
        let analysis = MoodAnalysis { item: vec![item], ..analysis() };
        answered(&asked(), &analysis).unwrap_err().diagnostics()[0].code
    };
    assert_eq!(code(item("liking", false)), "A01");
    assert_eq!(code(MoodItem { answer: "positive".to_owned(), ..item("like", false) }), "A01");
}
