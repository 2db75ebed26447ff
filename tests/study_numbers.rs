//! Numbers of the study, computed another way: from the files, by the formula, without the engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use opros::analysis::claims::judge;
use opros::analysis::coverage::coverage;
use opros::analysis::reference::References;
use opros::analysis::result::{Figures, Results};
use opros::ingest::{load_definition, load_study};
use opros::locale::Locale;
use opros::study::Study;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The study and its results, computed once.
fn study() -> &'static (Study, Results) {
    static STUDY: OnceLock<(Study, Results)> = OnceLock::new();
    STUDY.get_or_init(|| {
        let definition = load_definition(&root().join("reports/restalinization")).expect("definition");
        let study = load_study(&root(), definition).expect("data").study;
        let results = opros::analysis::run(&study).expect("results");
        (study, results)
    })
}

fn figures(id: &str) -> &'static Figures {
    &study().1.get(id).unwrap_or_else(|| panic!("no result {id}")).estimate
}

type Row = BTreeMap<String, String>;

/// The rows of a file under `datasets/`, read without the tool's reader.
fn rows(file: &str) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(root().join("datasets").join(file)).expect(file);
    reader.deserialize().map(|row| row.expect(file)).collect()
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column}: {:?}", row[column]))
}

fn close(what: &str, got: Option<f64>, want: f64) {
    let got = got.unwrap_or_else(|| panic!("{what} has no value"));
    assert!((got - want).abs() <= 1e-9 * want.abs().max(1e-3), "{what}: got {got}, want {want}");
}

fn percent(what: &str, got: Option<f64>, want: f64) {
    let got = got.unwrap() * 100.0;
    assert!((got - want).abs() <= 0.05 + 1e-9, "{what}: got {got} %, want {want} %");
}

/// One respondent: stratum, sampling unit, weight, is the answer yes, is the person in the domain.
struct Person {
    stratum: String,
    unit: String,
    weight: f64,
    is_yes: bool,
    place: String,
}

impl Person {
    fn is_in(&self, places: &[&str]) -> bool {
        places.is_empty() || places.contains(&self.place.as_str())
    }
}

fn share(people: &[Person], places: &[&str]) -> f64 {
    let sum =
        |yes: bool| -> f64 { people.iter().filter(|p| p.is_in(places) && (!yes || p.is_yes)).map(|p| p.weight).sum() };
    sum(true) / sum(false)
}

/// Linearized score of a domain share: w (y − p) / W inside, 0 outside.
fn scores(people: &[Person], places: &[&str]) -> Vec<f64> {
    let p = share(people, places);
    let size: f64 = people.iter().filter(|person| person.is_in(places)).map(|person| person.weight).sum();
    let score = |person: &Person| person.weight * (f64::from(u8::from(person.is_yes)) - p) / size;
    people.iter().map(|person| if person.is_in(places) { score(person) } else { 0.0 }).collect()
}

/// Σ over strata of deff · m/(m − 1) · Σ (z − mean z)², z being the totals of the m units (with replacement).
fn variance(people: &[Person], scores: &[f64], deff: impl Fn(&str) -> f64) -> f64 {
    let mut strata: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for (person, score) in people.iter().zip(scores) {
        *strata.entry(&person.stratum).or_default().entry(&person.unit).or_default() += score;
    }
    let of_stratum = |(stratum, units): (&&str, &BTreeMap<&str, f64>)| {
        let m = units.len() as f64;
        let mean = units.values().sum::<f64>() / m;
        deff(stratum) * m / (m - 1.0) * units.values().map(|z| (z - mean) * (z - mean)).sum::<f64>()
    };
    strata.iter().map(of_stratum).sum()
}

fn chronicles_13a() -> Vec<Person> {
    rows("chronicles/chronicles_waves_1_15.csv")
        .into_iter()
        .filter(|row| row["wave"] == "13" && row["sample"] == "A fresh RDD")
        .enumerate()
        .map(|(i, row)| {
            let place = row["settlement_size"].clone();
            let is_capital = place == "Moscow" || place == "Saint Petersburg";
            Person {
                stratum: if is_capital { place.clone() } else { row["federal_district"].clone() },
                unit: i.to_string(),
                weight: number(&row, "weight"),
                is_yes: row["putin_approval"] == "approve",
                place,
            }
        })
        .collect()
}

fn levada_2024() -> Vec<Person> {
    rows("levada_omnibus/levada_omnibus_2021_2024.csv")
        .into_iter()
        .filter(|row| row["survey"] == "levada_omnibus_2024_03")
        .enumerate()
        .map(|(i, row)| {
            let place = row["settlement_size"].clone();
            let is_moscow = place == "Moscow";
            Person {
                stratum: if is_moscow { "Moscow" } else { "rest" }.to_owned(),
                unit: if is_moscow { format!("person {i}") } else { row["psu"].clone() },
                weight: number(&row, "weight"),
                is_yes: row["vote_recall"] == "Putin",
                place,
            }
        })
        .collect()
}

fn one(_: &str) -> f64 {
    1.0
}

fn moscow_deff(stratum: &str) -> f64 {
    if stratum == "Moscow" { 1.9 } else { 1.0 }
}

#[test]
fn approval_by_place_in_chronicles_13() {
    let people = chronicles_13a();
    let cases: [(&str, &[&str], f64); 3] =
        [("moscow", &["Moscow"], 71.3), ("village", &["village"], 87.5), ("all", &[], 77.3)];
    for (node, places, known) in cases {
        let got = figures(&format!("place_chronicles/chronicles-13a/approval/{node}"));
        percent(node, got.estimate, known);
        close(node, got.estimate, share(&people, places));
        close(node, got.se, variance(&people, &scores(&people, places), one).sqrt());
    }
}

#[test]
fn recalled_vote_by_place_in_levada_2024() {
    let people = levada_2024();
    let cases: [(&str, &[&str], f64); 5] = [
        ("moscow", &["Moscow"], 66.8),
        ("big_city_without_moscow", &["city 500k+"], 56.2),
        ("city_100_500k", &["city 100k-500k"], 57.6),
        ("town_under_100k", &["city <100k"], 59.9),
        ("village", &["village"], 63.3),
    ];
    for (node, places, known) in cases {
        let got = figures(&format!("place_levada/levada-2024-03/vote_recall/{node}"));
        percent(node, got.estimate, known);
        close(node, got.estimate, share(&people, places));
        close(node, got.se, variance(&people, &scores(&people, places), moscow_deff).sqrt());
    }
    let all = figures("place_levada/levada-2024-03/vote_recall/all");
    close("all", all.se, variance(&people, &scores(&people, &[]), moscow_deff).sqrt());
}

#[test]
fn the_gap_of_a_clustered_poll_has_its_covariance() {
    let people = levada_2024();
    let (big, rest) = (["Moscow", "city 500k+"], ["city 100k-500k", "city <100k", "village"]);
    let difference: Vec<f64> = scores(&people, &big).iter().zip(scores(&people, &rest)).map(|(a, b)| a - b).collect();
    let got = figures("place_levada/levada-2024-03/vote_recall/gap");
    close("gap", got.estimate, share(&people, &big) - share(&people, &rest));
    close("gap", got.se, variance(&people, &difference, moscow_deff).sqrt());
    // 152 Muscovites and 139 points in 2 strata; t of 289 degrees of freedom is 1.9682.
    assert_eq!(got.degf, Some(289.0));
    close("t", Some((got.ci_high.unwrap() - got.estimate.unwrap()) / got.se.unwrap()), T_289);
}

/// Upper 2.5 % point of Student's t with 289 degrees of freedom: its density, integrated here, leaves 2.5 % above.
const T_289: f64 = 1.968_206_435_504_534;

#[test]
fn the_constant_of_the_interval_is_the_t_quantile() {
    let df = 289.0_f64;
    let density = |t: f64| (1.0 + t * t / df).powf(-(df + 1.0) / 2.0);
    let integral = |from: f64, to: f64| -> f64 {
        let n = 20_000;
        let h = (to - from) / f64::from(n);
        let inner: f64 = (1..n).map(|i| density(from + h * f64::from(i)) * if i % 2 == 1 { 4.0 } else { 2.0 }).sum();
        h / 3.0 * (density(from) + inner + density(to))
    };
    let above = integral(T_289, 60.0) / (2.0 * integral(0.0, 60.0));
    assert!((above - 0.025).abs() < 1e-9, "{above}");
}

#[test]
fn an_opt_in_panel_has_weights_only() {
    let people: Vec<Person> = rows("zubok_online_2023_2024/online_waves_2023_2024.csv")
        .into_iter()
        .filter(|row| row["wave"] == "2024-09")
        .enumerate()
        .map(|(i, row)| Person {
            stratum: String::new(),
            unit: i.to_string(),
            weight: number(&row, "weight"),
            is_yes: row["putin_approval"] == "approve",
            place: row["settlement_size"].clone(),
        })
        .collect();
    let got = figures("place_online/online-2024-09/approval/moscow");
    close("online", got.estimate, share(&people, &["Moscow"]));
    close("online", got.se, variance(&people, &scores(&people, &["Moscow"]), one).sqrt());
}

#[test]
fn a_published_side_is_the_sum_of_its_printed_parts() {
    let parts: Vec<f64> = rows("polls/stalin_toplines.csv")
        .iter()
        .filter(|row| row["poll_id"] == "levada-2019-03" && row["question_id"] == "feel_stalin")
        .filter(|row| ["admiration", "respect", "sympathy"].contains(&row["option_id"].as_str()))
        .map(|row| number(row, "percent") / 100.0)
        .collect();
    assert_eq!(parts.len(), 3);
    let p: f64 = parts.iter().sum();
    let got = figures("feel/levada-2019-03/positive");
    close("share", got.estimate, p);
    close("se", got.se, (1.9 * p * (1.0 - p) / 1638.0 + 3.0 / 12.0 * 0.01 * 0.01).sqrt());
    let logit = |x: f64| (x / (1.0 - x)).ln();
    let half = 1.959_963_984_540_054 * got.se.unwrap() / (p * (1.0 - p));
    close("low", got.ci_low.map(logit), logit(p) - half);
    close("high", got.ci_high.map(logit), logit(p) + half);
}

#[test]
fn a_slope_by_normal_equations() {
    let polls: Vec<_> = study().1.of("feel").filter(|r| r.about("answer") == "positive").collect();
    let used: Vec<(f64, f64, f64)> = polls
        .iter()
        .filter(|record| !record.about("poll").is_empty())
        .filter_map(|r| Some((r.when?.mid_year() - 2010.0, r.estimate.estimate?, r.estimate.se?.powi(-2))))
        .collect();
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 { used.iter().map(|&(t, y, w)| w * f(t, y)).sum() };
    let (s, t, y) = (sum(&|_, _| 1.0), sum(&|t, _| t), sum(&|_, y| y));
    let (tt, ty) = (sum(&|t, _| t * t), sum(&|t, y| t * y));
    let determinant = s * tt - t * t;
    let slope = (s * ty - t * y) / determinant;
    let level = (tt * y - t * ty) / determinant;
    let q = sum(&|t, y| (y - level - slope * t).powi(2));
    let scale = (q / (used.len() as f64 - 2.0)).max(1.0);
    let got = figures("feel/slope/positive");
    close("slope", got.estimate, 10.0 * slope);
    close("se", got.se, 10.0 * (scale * s / determinant).sqrt());
}

#[test]
fn official_shares_by_class() {
    let rows: Vec<Row> = rows("elections/results_by_settlement_class_2004_2024.csv")
        .into_iter()
        .filter(|row| row["election"] == "duma_2011" && row["candidate_or_party"] == "CPRF")
        .collect();
    let big = ["Moscow", "Saint Petersburg", "city 1M+", "city 500k-1M"];
    let rest = ["city 100k-500k", "towns under 100k and rural districts"];
    let share = |places: &[&str], base: &str| {
        let taken = rows.iter().filter(|row| places.is_empty() || places.contains(&row["settlement_class"].as_str()));
        let sum = |column: &str| taken.clone().map(|row| number(row, column)).sum::<f64>();
        sum("votes") / sum(base)
    };
    let official = |node: &str| figures(&format!("communist/duma_2011/{node}")).estimate;
    close("big", official("big_city"), share(&big, "ballots_counted"));
    close("registered", official("province/registered"), share(&rest, "registered"));
    close("all", official("all"), share(&[], "ballots_counted"));
    close("gap", official("gap"), share(&big, "ballots_counted") - share(&rest, "ballots_counted"));
}

/// The p at which a rising function of p passes a value.
fn solve(mut low: f64, mut high: f64, value: f64, rising: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if rising(middle) < value { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[test]
fn a_rate_of_monuments_has_the_limits_at_which_its_count_would_be_rare() {
    let row = rows("monuments/monuments_counts.csv")
        .into_iter()
        .find(|row| row["author"] == "KPRF (party tally)" && row["period_start"] == "2025-01-01")
        .unwrap();
    let x = number(&row, "count") as i32;
    // 1 January to 21 September: 264 of 365 days.
    let years = 264.0 / 365.0;
    let below = |mean: f64, most: i32| -> f64 {
        let mut term = (-mean).exp();
        let mut sum = 0.0;
        for k in 0..=most {
            sum += term;
            term *= mean / f64::from(k + 1);
        }
        sum
    };
    let got = figures("counts/kprf/2025-01-01_2025-09-21");
    close("rate", got.estimate, f64::from(x) / years);
    close("low", got.ci_low, solve(0.0, 100.0, 0.025, |mean| 1.0 - below(mean, x - 1)) / years);
    close("high", got.ci_high, solve(0.0, 100.0, 0.975, |mean| 1.0 - below(mean, x)) / years);
}

#[test]
fn monuments_per_head_in_provinces_and_big_cities() {
    let items: Vec<Row> = rows("monuments/stalin_monuments.csv")
        .into_iter()
        .filter(|row| row["new_outdoor_monument"] == "yes" && row["territory"] == "russia")
        .collect();
    let count = |classes: &[&str]| items.iter().filter(|row| classes.contains(&row["size_class"].as_str())).count();
    let people = |classes: &[&str]| -> f64 {
        rows("regions/national_settlement_structure_2020.csv")
            .iter()
            .filter(|row| classes.contains(&row["settlement_class"].as_str()))
            .map(|row| number(row, "population_2020_thousand") / 1000.0)
            .sum()
    };
    let big = count(&["capital", "1m_plus", "500k_1m"]);
    let rest = count(&["100k_500k", "town_lt100k", "settlement", "village"]);
    let millions_big = people(&["Moscow", "Saint Petersburg", "city 1M+", "city 500k-1M"]);
    let millions_rest = people(&["city 100k-500k", "town <100k", "urban-type settlements and rural (remainder)"]);
    close("big cities", figures("monument_rates/big_city").estimate, big as f64 / millions_big);
    close("provinces", figures("monument_rates/province").estimate, rest as f64 / millions_rest);

    // Given the total, the number in the provinces is binomial; the limits are where its tails are 2.5 %.
    let n = big + rest;
    let above = |pi: f64, least: usize| -> f64 {
        let mut term = (1.0 - pi).powi(n as i32);
        let mut sum = 0.0;
        for k in 0..=n {
            if k >= least {
                sum += term;
            }
            term *= (n - k) as f64 / (k + 1) as f64 * pi / (1.0 - pi);
        }
        sum
    };
    let ratio = |pi: f64| pi / (1.0 - pi) * millions_big / millions_rest;
    let got = figures("monument_rates/ratio");
    close("ratio", got.estimate, rest as f64 / millions_rest / (big as f64 / millions_big));
    close("low", got.ci_low, ratio(solve(0.0, 1.0 - 1e-12, 0.025, |pi| above(pi, rest))));
    close("high", got.ci_high, ratio(solve(0.0, 1.0 - 1e-12, 0.975, |pi| above(pi, rest + 1))));
}

#[test]
fn every_claim_is_judged_and_every_figure_title_has_its_numbers() {
    let (study, results) = study();
    let locale = Locale::new("en").unwrap();
    let verdicts = judge(&study.definition, results, &locale).expect("claims");
    assert_eq!(verdicts.len(), 19);
    assert!(verdicts.iter().all(|verdict| !verdict.why.is_empty()));
    let references = References::new(results, &locale);
    for figure in &study.definition.figure {
        for text in [&figure.title, &figure.subtitle, &figure.caption] {
            references.render("report.toml", &figure.id, text.get("en")).expect(&figure.id);
        }
    }
}

#[test]
fn every_question_of_every_poll_is_used_or_says_why_not() {
    let (study, _) = study();
    let rows = coverage(study);
    assert!(rows.len() > 1000);
    assert!(rows.iter().all(|row| row.used_by.is_empty() == row.left_out.is_some()));
}
