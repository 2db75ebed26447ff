//! `opros trend` as a person meets it: pooled polls from a table, tests, files, and what it says about bad tables.

#[path = "trend_cli/ages.rs"]
mod ages;
mod common;

use common::{Project, Run};
use serde_json::Value;

/// Sixty polls of two pollsters, one a month each: `boreas` reads 4 points higher, and all rise by 10 points in 2012.
fn polls() -> String {
    let mut rows = vec!["house,date,n,yes".to_owned()];
    for i in 0..30 {
        let (year, month) = (2010 + (i + 6) / 12, (i + 6) % 12 + 1);
        let level = 40 + if year >= 2012 { 10 } else { 0 } + [0, 1, -1][i % 3];
        rows.push(format!("Aster,{year}-{month:02}-10,1600,{level}"));
        rows.push(format!("Boreas,{year}-{month:02}-20,1500,{}", level + 4));
    }
    rows.join("\n") + "\n"
}

fn trend(table: &str, args: &[&str]) -> Run {
    let project = Project::empty();
    project.write("polls.csv", table);
    project.run(&[&["trend", "polls.csv"], args].concat())
}

const COLUMNS: [&str; 8] = ["--percent", "yes", "--n", "n", "--pollster", "house", "--deff", "1.5"];

fn with<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [&COLUMNS[..], args].concat()
}

fn results(run: &Run) -> Vec<Value> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["results"].as_array().unwrap().clone()
}

fn found<'a>(results: &'a [Value], id: &str) -> &'a Value {
    results.iter().find(|r| r["id"] == id).unwrap_or_else(|| panic!("no result {id}"))
}

fn number(result: &Value, key: &str) -> f64 {
    result[key].as_f64().unwrap_or_else(|| panic!("no {key}: {result}"))
}

#[test]
fn house_effects_and_steps_are_found() {
    let args = with(&["--anchor", "Aster", "--event", "2012-01-01=the change", "--format", "json"]);
    let run = trend(&polls(), &args).expect(0);
    let results = results(&run);
    let house = found(&results, "pooled/house/boreas");
    assert!(number(house, "ci_low") < 0.04 && number(house, "ci_high") > 0.04, "{house}");
    assert_eq!(house["unit"], "share_difference");
    let step = found(&results, "pooled/event/the-change");
    assert!(
        number(step, "ci_low") < 0.10 && number(step, "ci_high") > 0.10 && number(step, "p_value") < 0.001,
        "{step}"
    );
    let placebo = found(&results, "pooled/event/the-change/placebo");
    assert!(number(placebo, "estimate") < 0.2, "{placebo}");
    let late = found(&results, "pooled/level/2012-06");
    assert!((number(late, "estimate") - 0.5).abs() < 0.02, "{late}");
    assert!(results.iter().any(|r| r["analysis"] == "breaks-aster"));
    assert!(results.iter().any(|r| r["id"] == "tests/share/line"));
}

#[test]
fn without_an_anchor_effects_add_up_to_zero() {
    let results = results(&trend(&polls(), &with(&["--format", "json"])).expect(0));
    let effect = |house: &str| number(found(&results, &format!("pooled/house/{house}")), "estimate");
    assert!((effect("aster") + effect("boreas")).abs() < 1e-9);
}

#[test]
fn houses_can_be_weighted_or_drawn_towards_each_other() {
    let effects = |args: &[&str]| {
        let results = results(&trend(&polls(), &with(&[args, &["--format", "json"]].concat())).expect(0));
        let effect = |house: &str| number(found(&results, &format!("pooled/house/{house}")), "estimate");
        (effect("aster"), effect("boreas"))
    };
    let (aster, boreas) = effects(&["--houses", "weighted"]);
    assert!((aster + boreas).abs() < 1e-9, "both have thirty polls: {aster} {boreas}");
    let (aster, boreas) = effects(&["--house-weight", "Aster=3,Boreas=1"]);
    assert!((3.0 * aster + boreas).abs() < 1e-9 && (boreas - aster - 0.04).abs() < 0.01, "{aster} {boreas}");
    let (aster, boreas) = effects(&["--houses", "shrunken=0.3"]);
    assert!(boreas - aster > 0.002 && boreas - aster < 0.03, "{aster} {boreas}");
}

#[test]
fn rules_for_houses_that_cannot_be_meant_say_the_way_out() {
    for (args, says) in [
        (&["--houses", "shrunken"][..], "shrunken=3"),
        (&["--houses", "shrunken=-2"], "points above 0"),
        (&["--houses", "weighted=2"], "--house-weight"),
        (&["--houses", "anchored"], "--anchor"),
        (&["--house-weight", "Aster"], "POLLSTER=NUMBER"),
        (&["--house-weight", "Astre=2"], "did you mean `Aster`"),
        (&["--house-weight", "Aster=0"], "no house has a weight"),
        (&["--houses", "weighted", "--anchor", "Aster"], "cannot be used with"),
        (&["--house-weight", "Aster=1", "--anchor", "Aster"], "cannot be used with"),
    ] {
        let run = trend(&polls(), &with(args)).expect(2);
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn variances_can_be_taken_as_known() {
    let event = ["--event", "2012-01-01=the change", "--format", "json"];
    let averaged = results(&trend(&polls(), &with(&event)).expect(0));
    let known = results(&trend(&polls(), &with(&[&event[..], &["--known-variances"]].concat())).expect(0));
    let width = |results: &[Value]| {
        let step = found(results, "pooled/event/the-change");
        number(step, "ci_high") - number(step, "ci_low")
    };
    assert!(width(&averaged) > width(&known), "{} {}", width(&averaged), width(&known));
    assert_eq!(found(&known, "pooled/event/the-change")["ci_method"], "state space, variances as known");
}

#[test]
fn the_order_of_rows_and_the_scale_of_shares_do_not_matter() {
    let table = polls();
    let (head, rows) = table.split_once('\n').unwrap();
    let mut turned: Vec<String> = rows.lines().rev().map(str::to_owned).collect();
    turned.sort_by_key(|row| row.len());
    let level = |run: Run| number(found(&results(&run), "pooled/level/2011-05"), "estimate");
    let args = with(&["--anchor", "Aster", "--format", "json"]);
    let first = level(trend(&table, &args).expect(0));
    let second = level(trend(&format!("{head}\n{}\n", turned.join("\n")), &args).expect(0));
    assert!((first - second).abs() < 1e-9);
    let shares: Vec<String> = rows
        .lines()
        .map(|row| {
            let (rest, percent) = row.rsplit_once(',').unwrap();
            format!("{rest},0.{percent}")
        })
        .collect();
    let args: Vec<&str> = args.iter().map(|arg| if *arg == "--percent" { "--share" } else { *arg }).collect();
    let third = level(trend(&format!("{head}\n{}\n", shares.join("\n")), &args).expect(0));
    assert!((first - third).abs() < 1e-9);
}

#[test]
fn every_format_carries_the_level() {
    let table = trend(&polls(), &with(&[])).expect(0).stdout;
    assert!(table.contains("pooled/level/2012-12") && table.contains("pp") && table.contains('%'), "{table}");
    assert!(table.contains("earlier steps of the level"), "{table}");
    // Changes from poll to poll: many, and almost all of them chance.
    assert!(table.contains("changes between polls") && table.matches("/since-last/").count() < 10, "{table}");
    let csv = trend(&polls(), &with(&["--format", "csv"])).expect(0).stdout;
    assert!(csv.starts_with("result,analysis,") && csv.contains("pooled/level/2010-07"), "{csv}");
    let md = trend(&polls(), &with(&["--format", "md"])).expect(0).stdout;
    assert!(md.starts_with("| result |") && md.contains("| --- |"), "{md}");
}

#[test]
fn files_are_written_and_the_picture_names_its_polls() {
    let project = Project::empty();
    project.write("polls.csv", polls());
    let args = with(&["--event", "2012-01-01=the change", "--out", "look"]);
    project.run(&[&["trend", "polls.csv"], &args[..]].concat()).expect(0);
    let svg = project.read("look/trend.svg");
    assert!(svg.starts_with("<svg") && svg.contains("the change") && svg.contains("Boreas"));
    assert!(svg.contains("60 polls") && svg.contains("Source: polls.csv"));
    assert!(project.read("look/results.csv").contains("pooled/house/boreas"));
    let json: Value = serde_json::from_str(&project.read("look/results.json")).unwrap();
    assert!(json["results"].as_array().unwrap().len() > 40);
}

#[test]
fn the_picture_says_what_and_when_and_marks_its_forecast() {
    let project = Project::empty();
    project.write("polls.csv", polls());
    let args = with(&["--forecast", "6", "--title", "Approval", "--out", "look"]);
    project.run(&[&["trend", "polls.csv"], &args[..]].concat()).expect(0);
    let svg = project.read("look/trend.svg");
    let title = svg.split("<title").nth(1).unwrap();
    assert!(
        title.split("</title>").next().unwrap().contains("Approval: 52% (49% to 54%) in December 2012"),
        "{}",
        &title[..200]
    );
    for text in ["2010-07-10 to 2012-12-20", "n = 1,500 to 1,600", "forecast: the level carried on"] {
        assert!(svg.contains(text), "{text}");
    }
    assert!(!svg.contains("the same with polls of one house only"));
}

#[test]
fn a_month_with_a_poll_is_no_forecast() {
    // The last poll is of 5 June; the step stands for the whole of June.
    let table = polls().replace("2012-12-20", "2013-06-05");
    let run = trend(&table, &with(&["--forecast", "1", "--format", "json"])).expect(0);
    let flags = |month: &str| found(&results(&run), &format!("pooled/level/{month}"))["flags"].to_string();
    assert!(!flags("2013-06").contains("forecast") && flags("2013-07").contains("forecast"), "{}", flags("2013-06"));
}

#[test]
fn times_are_months_and_counts_are_counts() {
    let args = with(&["--anchor", "Aster", "--event", "2012-01-01=the change", "--drifting"]);
    let text = trend(&polls(), &args).expect(0).stdout;
    let line = |id: &str| {
        let is_it = |line: &&str| line.split_whitespace().next() == Some(id);
        text.lines().find(is_it).unwrap_or_else(|| panic!("no {id} in {text}"))
    };
    assert!(line("breaks-aster/break/1/date").contains("January 2012"), "{}", line("breaks-aster/break/1/date"));
    let placebo = line("pooled/event/the-change/placebo");
    assert!(placebo.contains(" of ") && !placebo.contains('%'), "{placebo}");
    for id in ["pooled/sd/level", "pooled/drift/sd"] {
        assert!(line(id).contains("pp in a year") && !line(id).contains('+'), "{}", line(id));
    }
    assert!(!line("pooled/event/the-change/smallest-detectable").contains('+'));
}

#[test]
fn a_time_that_ends_before_it_begins_is_a_mistake_of_usage() {
    let run = trend(&polls(), &with(&["--from", "2012", "--until", "2011"])).expect(2);
    run.says("E41").says("the time ends (2011) before it begins (2012)");
    trend(&polls(), &with(&["--from", "2030"])).expect(2).says("no poll lies in the time that is asked for");
    trend(&polls(), &with(&["--drifting"])).expect(2).says("--anchor");
    trend(&polls(), &with(&["--out", "trend.png"])).expect(2).says("is the name of a file");
    // A table of polls that stands where the results would go stays.
    let (project, data) = (Project::empty(), polls());
    project.write("look/results.csv", &data);
    let args = [&["trend", "look/results.csv"], &with(&["--out", "look"])[..]].concat();
    project.run(&args).expect(2).says("the command reads this file");
    assert_eq!(project.read("look/results.csv"), data);
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    let args = with(&["--format", "json", "--event", "2012-01-01"]);
    assert_eq!(trend(&polls(), &args).expect(0).stdout, trend(&polls(), &args).expect(0).stdout);
}

#[test]
fn wrong_columns_and_scales_say_the_way_out() {
    trend(&polls(), &["--percent", "yess", "--n", "n"]).expect(2).says("E15").says("did you mean `yes`?");
    trend(&polls(), &["--n", "n"]).expect(2).says("--percent COL");
    trend(&polls(), &["--share", "yes", "--n", "n"]).expect(2).says("--percent yes");
    let shares = "date,n,p\n2010-01-01,1000,0.4\n2010-02-01,1000,0.5\n2010-03-01,1000,0.45\n";
    trend(shares, &["--percent", "p", "--n", "n"]).expect(2).says("--share p");
}

#[test]
fn wrong_cells_are_listed_together_with_their_lines() {
    let table = "date,n,p\n2010-01-01,1000,40\n01.02.2010,1000,50\n2010-03-01,1000,145\n2010-04-01,0,45\n";
    let run = trend(table, &["--percent", "p", "--n", "n"]).expect(1);
    for part in ["E48", "01.02.2010", "E47", "145", ":3", ":4", ":5"] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}

#[test]
fn polls_without_a_sample_are_never_filled_silently() {
    let table = "date,n,p\n2010-01-01,,40\n2010-02-01,,50\n2010-03-01,,45\n2010-04-01,,41\n";
    trend(table, &["--percent", "p"]).expect(2).says("E44").says("--assume-n");
    trend(table, &["--percent", "p", "--assume-n", "1000", "--deff", "1.5"]).expect(0).prints("is assumed");
    trend(&polls(), &["--percent", "yes", "--n", "n", "--pollster", "house"])
        .expect(0)
        .prints("no design effect is given");
}

#[test]
fn one_poll_makes_no_trend() {
    trend("date,n,p\n2010-01-01,1000,40\n", &["--percent", "p", "--n", "n"]).expect(2).says("one poll");
    let run = trend("date,n,p\n", &["--percent", "p", "--n", "n"]).expect(2);
    assert!(run.stderr.contains("E44") || run.stderr.contains("no row"), "{}", run.stderr);
}

#[test]
fn events_must_lie_among_the_polls_and_be_dates() {
    trend(&polls(), &with(&["--event", "2020-01-01=late"])).expect(2).says("E49").says("2020-01-01");
    trend(&polls(), &with(&["--event", "in spring"])).expect(2).says("is not a date");
    trend(&polls(), &with(&["--pulse", "2011-05=short"])).expect(2).says("FROM..TO");
    trend(&polls(), &with(&["--anchor", "Astar"])).expect(2).says("did you mean `Aster`?");
    trend(&polls(), &with(&["--assume-n", "Boraes=1000"])).expect(2).says("did you mean `Boreas`?");
}

// A poll of the month of an event may lie on either side of it, so it says nothing of the step.
#[test]
fn polls_known_to_the_month_stay_out_of_a_step_in_it() {
    let args = ["--event", "2012-01-15=the change", "--format", "json"];
    let straddling = |more: &[&str]| {
        let run = trend(&polls(), &with(&[&args[..], more].concat())).expect(0);
        found(&results(&run), "pooled/event/the-change")["about"]["straddling"].as_str().unwrap_or("").to_owned()
    };
    assert_eq!(straddling(&[]), "");
    assert_eq!(straddling(&["--month-only", "house = Aster"]), "aster-2012-01");
    assert_eq!(straddling(&["--month-only"]), "aster-2012-01; boreas-2012-01");
    trend(&polls(), &with(&["--month-only", "hous = Aster"])).expect(2).says("did you mean `house`?");
}

#[test]
fn degenerate_tables_are_answered() {
    // All equal; 0 and 100 %; two polls on one day; a pollster with one poll; ten years between.
    for rows in [
        "A,2010-01-01,1000,40\nA,2010-02-01,1000,40\nA,2010-03-01,1000,40\nA,2010-04-01,1000,40\nA,2010-05-01,1000,40",
        "A,2010-01-01,1000,0\nA,2010-02-01,1000,100\nA,2010-03-01,1000,0\nA,2010-04-01,1000,100\nA,2010-05-01,1000,50",
        "A,2010-01-01,1000,40\nA,2010-01-01,1000,41\nA,2010-03-01,1000,42\nA,2010-03-01,1000,40\nA,2010-04-01,1000,39",
        "A,2010-01-01,1000,40\nA,2010-02-01,1000,41\nA,2010-03-01,1000,42\nB,2010-03-05,1000,50\nA,2010-04-01,1000,39",
        "A,2000-01-01,1000,40\nA,2010-02-01,1000,41\nA,2010-03-01,1000,42\nA,2020-03-05,1000,50\nA,2020-04-01,1000,39",
    ] {
        let table = format!("house,date,n,yes\n{rows}\n");
        for scale in ["share", "logit"] {
            let run = trend(&table, &with(&["--format", "json", "--scale", scale])).expect(0);
            let level = results(&run).iter().filter(|r| r["analysis"] == "pooled").count();
            assert!(level > 3, "{rows}");
            assert!(!run.stdout.contains("NaN"));
            assert_eq!(run.stdout.contains("polls of 0 % or 100 %: check them"), rows.contains(",0\n"), "{rows}");
        }
    }
}

#[test]
fn a_declared_study_prints_its_trends_and_refuses_flags_of_files() {
    let project = Project::tiny();
    let declared = "[[analysis.pooled]]\nid = \"yearly\"\nhouses = { anchor = \"lakeside\" }\nstep = \"year\"\n\
                    series = [{ question = \"vale_approval\", answer = \"approve\" }]\n\n[[analysis.subgroups]]";
    project.edit("reports/tiny/analyses.toml", "[[analysis.subgroups]]", declared);
    project.run(&["trend", "tiny"]).expect(0).prints("vale/sd/level").prints("yearly/house/harbour");
    let run = project.run(&["trend", "tiny", "--analysis", "yearly", "--format", "json", "--out", "look"]).expect(0);
    assert!(results(&run).iter().all(|r| r["analysis"] == "yearly"));
    let files = project.files("look");
    assert!(files.contains_key("results.csv") && files.contains_key("results.json"));
    project.run(&["trend", "tiny", "--percent", "yes"]).expect(2).says("says something about a file");
    project.run(&["trend", "tiny", "--analysis", "yearli"]).expect(2).says("did you mean `yearly`?");
    project.run(&["trend", "nowhere"]).expect(2).says("nowhere");
}
