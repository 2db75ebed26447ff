//! Each validation rule finds what it is for in a study of invented towns, and nothing in the study as it should be.

mod small_study;

use opros::diagnostic::{Diagnostic, Level};
use opros::explain;
use opros::ingest::rules::RULES;
use small_study::SmallStudy;

const POLLS: &str = "datasets/polls/polls.csv";
const PEOPLE: &str = "datasets/people/people.csv";
const VOTES: &str = "datasets/places/votes.csv";
const REPORT: &str = "reports/towns/report.toml";

/// A row of the poll table: poll, answer, percent, day, and what differs.
fn row(poll: &str, answer: &str, percent: &str, day: &str) -> String {
    format!(
        "{poll},bridge,Do you like the bridge?,{answer},{percent},1000,{day},{day},North,at the door,adults,,,,complete,s,\n"
    )
}

/// The four answers of a poll.
fn poll(poll: &str, percents: [&str; 4], day: &str) -> String {
    ["yes", "rather", "no", "unsure"]
        .iter()
        .zip(percents)
        .map(|(answer, percent)| row(poll, answer, percent, day))
        .collect()
}

fn only(findings: &[Diagnostic]) -> &Diagnostic {
    match findings {
        [only] => only,
        several => panic!("{several:#?}"),
    }
}

#[test]
fn v01_sums_within_what_rounding_allows() {
    // Four whole percents can be off by two points together.
    assert!(SmallStudy::new().with(POLLS, "yes,32,", "yes,34,").findings("V01").is_empty());
    let study = SmallStudy::new().with(POLLS, "yes,32,", "yes,35,");
    let findings = study.findings("V01");
    assert_eq!((only(&findings).level, only(&findings).place.line), (Level::Error, Some(6)));
    assert_eq!(only(&findings).observed.as_deref(), Some("yes 35 + rather 20 + no 37 + unsure 11"));
    let findings = SmallStudy::new().with(POLLS, "yes,32,", "yes,20,").findings("V01");
    assert_eq!(
        (only(&findings).level, only(&findings).message.as_str()),
        (Level::Warning, "the answers add up to 88 percent only")
    );
    // A printed sum counts only where a part of it is missing; a question of several answers need not add up.
    let part = "north-2014,bridge,Do you like the bridge?,rather,20,1002,2014-03-01,2014-03-05,North Polls,at the door,adults,,,,complete,https://north.example/3,\n";
    assert!(SmallStudy::new().with(POLLS, part, "").findings("V01").is_empty());
    let study = SmallStudy::new().with(POLLS, "yes,32,", "yes,80,").with(
        REPORT,
        "answers = [\n",
        "kind = \"multiple\"\nanswers = [\n",
    );
    assert!(study.findings("V01").is_empty());
}

#[test]
fn v02_printed_sums_equal_their_parts() {
    let findings = SmallStudy::new().with(POLLS, "agg_yes,54,", "agg_yes,58,").findings("V02");
    assert_eq!(
        (only(&findings).place.line, only(&findings).expected.as_deref()),
        (Some(14), Some("54 within 1.5 points of rounding"))
    );
    assert!(SmallStudy::new().with(POLLS, "agg_yes,54,", "agg_yes,55,").findings("V02").is_empty());
}

#[test]
fn v03_reversed_dates() {
    let study = SmallStudy::new().with(POLLS, "2012-03-05", "2011-03-05").with(
        REPORT,
        "field_end = \"2014-03-05\"",
        "field_end = \"2013\"",
    );
    let findings = study.findings("V03");
    let places: Vec<_> = findings.iter().map(|f| (f.level, f.place.file.as_str(), f.place.line)).collect();
    assert_eq!(places, [(Level::Error, POLLS, Some(2)), (Level::Error, REPORT, None)]);
    assert_eq!(findings[0].place.column.as_deref(), Some("start"));
}

#[test]
fn v04_one_poll_under_two_ids() {
    let twin = poll("south-2013", ["32", "20", "37", "11"], "2013-03-02");
    let findings = SmallStudy::new().and(POLLS, &twin).findings("V04");
    assert!(only(&findings).message.contains("`north-2013` and `south-2013` look like one poll"));
    // Another day, or other values, and it is another poll.
    assert!(
        SmallStudy::new().and(POLLS, &poll("b", ["32", "20", "37", "11"], "2013-06-02")).findings("V04").is_empty()
    );
    assert!(
        SmallStudy::new().and(POLLS, &poll("b", ["31", "20", "38", "11"], "2013-03-02")).findings("V04").is_empty()
    );
}

#[test]
fn v04_one_answer_twice() {
    let study = SmallStudy::new().with("datasets/polls/datapackage.json", "\"primaryKey\"", "\"comment\"");
    let findings = study.and(POLLS, &row("north-2012", "no", "41", "2012-03-01")).findings("V04");
    assert_eq!((only(&findings).level, only(&findings).place.line), (Level::Error, Some(17)));
    assert!(only(&findings).hint.as_deref().unwrap().starts_with("first on line 4"));
}

#[test]
fn v05_one_poll_of_two_sizes() {
    let findings = SmallStudy::new().with(POLLS, "yes,36,1002", "yes,36,900").findings("V05");
    assert_eq!(only(&findings).message, "poll `north-2014` has two numbers interviewed");
    assert_eq!(only(&findings).observed.as_deref(), Some("900"));
    assert_eq!(only(&findings).place.column.as_deref(), Some("n"));
}

#[test]
fn v06_letters_of_two_alphabets() {
    // The second letter of the answer's text is Cyrillic.
    let study = SmallStudy::new().with(PEOPLE, "Newport,0.8", "N\u{435}wport,0.8");
    let findings = study.findings("V06");
    let messages: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        ["`N\u{435}wport` and `Newport` look like one label", "`N\u{435}wport` mixes Latin and Cyrillic letters"]
    );
    assert_eq!(findings[1].observed.as_deref(), Some("`\u{435}` in N\u{435}wport: Cyrillic"));
}

#[test]
fn v07_an_answer_that_one_wave_lacks() {
    let line = "north-2013,bridge,Do you like the bridge?,unsure,11,1001,2013-03-01,2013-03-05,North Polls,at the door,adults,,,,complete,https://north.example/2,\n";
    let study = SmallStudy::new().with(POLLS, line, "");
    assert_eq!(only(&study.findings("V07")).message, "both neighbours print `unsure`, this poll does not");
}

#[test]
fn v08_wording_and_mode() {
    let study = SmallStudy::new().with(
        POLLS,
        "north-2013,bridge,Do you like the bridge?",
        "north-2013,bridge,Is the bridge beautiful?",
    );
    let study = study.with(POLLS, "2014-03-05,North Polls,at the door", "2014-03-05,North Polls,by telephone");
    let findings = study.findings("V08");
    let seen: Vec<_> = findings.iter().map(|f| (f.level, f.place.line, f.place.column.as_deref().unwrap())).collect();
    assert_eq!(seen, [(Level::Warning, Some(6), "wording"), (Level::Note, Some(10), "percent")]);
    let version = "answers = [\n";
    let declared = study.with(
        REPORT,
        version,
        "version = [{ id = \"b\", note = \"beauty\", polls = [\"north-2013\"] }]\nanswers = [\n",
    );
    assert!(declared.findings("V08").iter().all(|finding| finding.level == Level::Note));
}

#[test]
fn v09_number_interviewed_against_the_margin() {
    let findings = SmallStudy::new()
        .with(POLLS, "https://north.example/1,", "https://north.example/1,margin of error 1.5 points")
        .findings("V09");
    assert_eq!(only(&findings).observed.as_deref(), Some("±1.5 points at n = 1000"));
    let findings = SmallStudy::new().with(POLLS, "yes,30,1000", "yes,30,10").findings("V09");
    assert!(only(&findings).message.contains("unusual number"));
}

#[test]
fn v10_groups_that_cannot_give_the_total() {
    let findings = SmallStudy::new().with(POLLS, "yes,36,1002", "yes,32,1002").findings("V10");
    assert_eq!(only(&findings).expected.as_deref(), Some("between 30.5 and 32.5, the range of the groups"));
    let findings = SmallStudy::new().with(POLLS, "Newport,600", "Newport,6000").findings("V10");
    assert_eq!(findings[0].message, "a group is larger than its poll");
    assert_eq!(findings[1].message, "the groups of `town` hold more people than the poll");
}

#[test]
fn v11_answers_exchanged() {
    let study = SmallStudy::new()
        .with(POLLS, "yes,30,", "yes,15,")
        .with(POLLS, "no,40,", "no,55,")
        .with(POLLS, "yes,32,", "yes,55,")
        .with(POLLS, "no,37,", "no,14,")
        .with(POLLS, "yes,34,", "yes,16,")
        .with(POLLS, "no,36,", "no,54,");
    assert_eq!(only(&study.findings("V11")).message, "`yes` and `no` look exchanged");
}

#[test]
fn v12_weights() {
    let study = SmallStudy::new().with(PEOPLE, "Newport,1.2,", "Newport,,").with(PEOPLE, "Newport,1.1,", "Newport,90,");
    let mut messages: Vec<_> = study.findings("V12").into_iter().map(|finding| finding.message).collect();
    messages.sort();
    assert_eq!(
        messages,
        [
            "12 of 96 respondents have weight 0",
            "a weight is missing",
            "the weights of survey `north-2014-people` are extreme"
        ]
    );
}

#[test]
fn v12_a_weight_of_another_order_is_an_error() {
    let study = SmallStudy::new().with(PEOPLE, "Newport,1.1,", "Newport,1e300,");
    let findings = study.findings("V12");
    let errors: Vec<_> = findings.iter().filter(|finding| finding.level == Level::Error).collect();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].message.contains("times the median") && errors[0].place.line.is_some(), "{errors:?}");
}

#[test]
fn v20_an_id_one_letter_away_is_a_warning() {
    let line = |id: &str| row("north-2016", "yes", "40", "2016-03-01").replace(",bridge,", &format!(",{id},"));
    let slip = SmallStudy::new().and(POLLS, &line("brigde")).findings("V20");
    assert_eq!(only(&slip).level, Level::Warning);
    assert!(only(&slip).hint.as_deref().unwrap().starts_with("did you mean `bridge`?"));
    assert_eq!(only(&SmallStudy::new().and(POLLS, &line("tunnel")).findings("V20")).level, Level::Note);
}

#[test]
fn v21_strata_without_rows_effects_below_one_and_idle_designs() {
    let own = |town: &str| {
        let own = format!(
            "own_stratum = [{{ label = \"A\", where = [{{ column = \"town\", is = \"{town}\" }}], deff = 1.5 }}]\n"
        );
        SmallStudy::new().with(REPORT, "note = \"Streets", &format!("{own}note = \"Streets"))
    };
    let findings = own("Newprot").findings("V21");
    assert_eq!(only(&findings).level, Level::Error);
    assert_eq!(only(&findings).hint.as_deref(), Some("did you mean `Newport`?"));
    assert!(own("Newport").findings("V21").is_empty());
    let findings = SmallStudy::new().with(REPORT, "deff = 1.5", "deff = 0.8").findings("V21");
    assert_eq!((only(&findings).level, only(&findings).observed.as_deref()), (Level::Warning, Some("deff = 0.8")));
    let idle = "\n[[design]]\nid = \"idle\"\nweight = \"wieght\"\nnote = \"None.\"\n";
    let findings = SmallStudy::new().and(REPORT, idle).findings("V21");
    assert_eq!(
        (only(&findings).level, only(&findings).message.as_str()),
        (Level::Note, "no survey uses the design `idle`")
    );
}

#[test]
fn items_of_impossible_years_and_populations_of_nothing() {
    let study = || {
        let study = SmallStudy::new().and(
            REPORT,
            r#"
[[items]]
id = "benches"
package = "things"
resource = "benches"
item = "id"
date = "date"
place = "town"

[[lookup]]
id = "people_of"
package = "things"
resource = "inhabitants"
key = "town"
value = "people"
multiplier = 1000

[[analysis.item_periods]]
id = "built"
data = "benches"
until = "2014-12-31"
period = [{ id = "all", label = "All", start = "2010", end = "2014" }]

[[analysis.item_rates]]
id = "per_head"
data = "benches"
population = "people_of"
classes = "towns"
split = "towns"
"#,
        );
        let fields = |names: &[(&str, &str)]| {
            names.iter().map(|(n, t)| format!(r#"{{"name": "{n}", "type": "{t}"}}"#)).collect::<Vec<_>>().join(", ")
        };
        let resource = |name: &str, fields: String| {
            format!(r#"{{"name": "{name}", "path": "{name}.csv", "schema": {{"fields": [{fields}]}}}}"#)
        };
        let descriptor = format!(
            r#"{{"name": "things", "resources": [{}, {}]}}"#,
            resource("benches", fields(&[("id", "string"), ("date", "string"), ("town", "string")])),
            resource("inhabitants", fields(&[("town", "string"), ("people", "number")])),
        );
        study.write("datasets/things/datapackage.json", descriptor.as_bytes());
        study.write("datasets/things/benches.csv", b"id,date,town\nB1,2011,Newport\nB2,2014-05-09,Hill\n");
        study.write("datasets/things/inhabitants.csv", b"town,people\nNewport,12\nHill,7\n");
        let files = ["benches.csv", "inhabitants.csv"];
        let mapped: String = files.map(|file| format!("{file},Newport,port\n{file},Hill,hill\n")).concat();
        study.and("datasets/places/crosswalk.csv", &mapped)
    };
    const BENCHES: &str = "datasets/things/benches.csv";
    assert!(study().findings("V03").is_empty());
    let findings = study().with(BENCHES, "B2,2014-05-09", "B2,3005").findings("V03");
    assert_eq!((only(&findings).level, only(&findings).place.line), (Level::Error, Some(3)));
    assert_eq!(only(&findings).place.column.as_deref(), Some("date"));
    let findings = study().with(BENCHES, "B2,2014-05-09", "B2,2015").findings("V03");
    assert_eq!(only(&findings).level, Level::Warning);
    let findings = study().with("datasets/things/inhabitants.csv", "Hill,7", "Hill,0").findings("V21");
    let zero = findings.iter().find(|finding| finding.message.contains("population")).unwrap();
    assert_eq!((zero.level, zero.place.line), (Level::Error, Some(3)));
}

#[test]
fn v13_strange_characters() {
    let study = SmallStudy::new()
        .with(POLLS, "at the door", "at\u{a0}the door")
        .with(PEOPLE, "Newport", "New\u{200b}port")
        .with(VOTES, "Ferry Party", "Ferry Party ");
    let messages: Vec<_> = study.findings("V13").into_iter().map(|finding| finding.message).collect();
    assert_eq!(
        messages,
        [
            "`town` has characters of no width",
            "`option` has spaces at an end of the text",
            "`mode` has no-break spaces"
        ]
    );
}

#[test]
fn v14_tiny_groups() {
    let findings = SmallStudy::new().with(POLLS, "Hill,400", "Hill,24").findings("V14");
    assert_eq!(only(&findings).message, "a group of 24 people");
}

#[test]
fn v15_missing_sources() {
    let findings = SmallStudy::new().with(POLLS, "https://north.example/1", "").findings("V15");
    assert_eq!((only(&findings).place.line, only(&findings).place.key.as_deref()), (Some(2), Some("north-2012")));
}

#[test]
fn v16_places_without_a_class() {
    let study = SmallStudy::new().with(PEOPLE, "Newport,1.2", "Newprt,1.2").with(PEOPLE, "Newport,0.8", ",0.8");
    let findings = study.findings("V16");
    let seen: Vec<_> = findings.iter().map(|f| (f.level, f.hint.as_deref().unwrap())).collect();
    assert_eq!(seen[0], (Level::Note, "they are not classified, count in totals only, and are printed as such"));
    assert_eq!(seen[1], (Level::Warning, "did you mean `Newport`? else add a row to the crosswalk"));
    let findings = SmallStudy::new().with(POLLS, "town,Hill", "town,Dale").findings("V16");
    assert_eq!((only(&findings).place.line, only(&findings).place.column.as_deref()), (Some(16), Some("group")));
}

#[test]
fn v17_coarse_dates() {
    let study = SmallStudy::new().with(POLLS, "2012-03-01,2012-03-05", "2012,2012-03");
    assert_eq!(only(&study.findings("V17")).message, "1 of 3 polls are not dated to the day");
}

#[test]
fn v18_repeated_values() {
    let study = SmallStudy::new().and(POLLS, &poll("n-15", ["34", "20", "36", "10"], "2015-03-01"));
    assert!(study.findings("V18").is_empty(), "the poll before has one answer more");
    let study = study.and(POLLS, &poll("n-16", ["34", "20", "36", "10"], "2016-03-01"));
    assert_eq!(only(&study.findings("V18")).level, Level::Note);
    let study = study.and(POLLS, &poll("n-17", ["34", "20", "36", "10"], "2017-03-01"));
    assert_eq!(study.findings("V18").iter().filter(|finding| finding.level == Level::Warning).count(), 1);
}

#[test]
fn v19_and_v20_labels_and_questions_that_nobody_knows() {
    let study = SmallStudy::new().with(POLLS, "North Polls", "Nort Polls").with(POLLS, "no,40,", "noo,40,");
    let findings = study.findings("V19");
    let hints: Vec<_> = findings.iter().map(|f| (f.level, f.place.line, f.hint.as_deref().unwrap())).collect();
    assert_eq!(hints[0].0, Level::Error);
    assert!(hints.iter().any(|hint| hint.2.starts_with("did you mean `North Polls`?")), "{hints:?}");
    assert!(hints.iter().any(|hint| hint.2.starts_with("did you mean `no`?")), "{hints:?}");
    let more = row("north-2012", "yes", "3", "2012-03-01").replace("bridge,", "ferry,");
    let findings = SmallStudy::new().and(POLLS, &more).findings("V20");
    assert_eq!((only(&findings).level, only(&findings).observed.as_deref()), (Level::Note, Some("ferry, in 1 row")));
}

#[test]
fn v21_the_data_against_the_definition() {
    let study = SmallStudy::new().with(REPORT, "no = [\"no\"]", "no = [\"noo\"]").with(
        REPORT,
        "[\"Bridge Party\"]",
        "[\"Brige Party\"]",
    );
    let findings = study.findings("V21");
    let seen: Vec<_> = findings.iter().map(|f| (f.level, f.message.as_str())).collect();
    assert_eq!(
        seen,
        [
            (Level::Error, "no list of outcome `bridge` has the answer `no`"),
            (Level::Error, "election `council_2014` has no option `Brige Party`"),
            (Level::Warning, "no respondent gave the answer `noo`"),
        ]
    );
    let findings = SmallStudy::new().with(REPORT, "is = \"1\"", "is = \"2\"").findings("V21");
    assert!(findings.iter().any(|finding| finding.message == "survey `north-2014-people` has no respondents"));
}

#[test]
fn v23_lone_jumps() {
    let months: String = (1..=12)
        .map(|month| {
            let yes = if month == 6 { "50" } else { ["30", "31"][month % 2] };
            row(&format!("m-{month:02}"), "yes", yes, &format!("2016-{month:02}-01")).replace("complete", "partial")
        })
        .collect();
    let findings = SmallStudy::new().and(POLLS, &months).findings("V23");
    assert_eq!(
        (only(&findings).place.key.as_deref(), only(&findings).observed.as_deref()),
        (Some("m-06 bridge"), Some("50"))
    );
}

#[test]
fn v25_corrections_are_applied_and_noted() {
    let study = SmallStudy::new().with(
        "datasets/polls/datapackage.json",
        "\"resources\": [",
        "\"resources\": [{ \"name\": \"overrides\", \"path\": \"overrides.csv\" },",
    );
    let head = "resource,key_column,key,column,old,new,reason,source\n";
    study.write("datasets/polls/overrides.csv", head.as_bytes());
    assert!(study.findings("V25").is_empty());
    let study = study.and("datasets/polls/overrides.csv", "polls,poll,north-2013,percent,37,36,misread,s\n");
    assert_eq!(only(&study.findings("V25")).hint.as_deref(), Some("correction with the reason: misread"));
    assert_eq!(study.load().unwrap().study.toplines[1].answer("no").unwrap().share, 0.36);
    let study = study.and("datasets/polls/overrides.csv", "polls,poll,north-2013,percent,99,36,misread,s\n");
    assert_eq!(study.refusal().diagnostics()[0].code, "E23");
}

#[test]
fn v26_more_votes_than_ballots() {
    let study = SmallStudy::new().with(VOTES, "Bridge Party,300", "Bridge Party,400").with(VOTES, "280\n", "290\n");
    let messages: Vec<_> = study.findings("V26").into_iter().map(|finding| finding.message).collect();
    assert_eq!(messages, ["more votes than ballots", "one place has two numbers"]);
}

#[test]
fn every_rule_is_explained_and_keeps_its_level() {
    for rule in RULES {
        assert!(!rule.title().is_empty() && explain::get(rule.code).is_some(), "{}", rule.code);
    }
}
