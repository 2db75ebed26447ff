use super::table::banner as tabulate;
use super::*;
use crate::analysis::SmallBase;
use crate::analysis::compare::pairwise;
use crate::analysis::multiplicity::{Adjustment, adjust};
use crate::design::{Codes, Domains, SurveyDesign};
use crate::estimate::{self, MissingOutcome, proportions};
use crate::numeric::dist::StudentT;
use crate::numeric::stream::Stream;

const N: usize = 900;

fn close(got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-10 * want.abs().max(1e-6), "got: {got}, expected: {want}");
}

fn options() -> Options {
    let estimate = estimate::Options { missing: MissingOutcome::KeepInBase, ..estimate::Options::default() };
    Options { estimate, ..Options::default() }
}

/// Sixty clusters of fifteen; towns differ in trust; ten hermits.
fn data() -> (SurveyDesign, Codes, Codes) {
    let mut stream = Stream::named(3, "banner");
    let clusters: Vec<String> = (0..N).map(|i| format!("{:02}", i / 15)).collect();
    let weights: Vec<f64> = (0..N).map(|_| 0.5 + stream.uniform()).collect();
    let place = |i: usize| if i < 10 { "hermitage" } else { ["city", "town", "village"][i % 3] };
    let trust = |place: &str, u: f64| match (place, u) {
        (_, u) if u > 0.95 => None,
        ("city", u) => Some(if u < 0.6 { "trust" } else { "distrust" }),
        (_, u) if u < 0.2 => Some("trust"),
        (_, u) => Some(if u < 0.4 { "rather" } else { "distrust" }),
    };
    let places: Vec<&str> = (0..N).map(place).collect();
    let answers: Vec<Option<&str>> = places.iter().map(|place| trust(place, stream.uniform())).collect();
    let design = SurveyDesign::builder().weights(&weights).psu(&clusters).build().unwrap();
    (design, Codes::from_optional(&answers), Codes::from_labels(&places))
}

fn net(label: &str, of: &[&str]) -> Net {
    Net { label: label.to_owned(), of: of.iter().map(|l| (*l).to_owned()).collect() }
}

fn request<'a>(answers: &'a Codes, places: &'a Codes, nets: Vec<Net>) -> Request<'a> {
    Request {
        questions: vec![Question { name: "trust".into(), answers, nets: vec![net("any trust", &["trust", "rather"])] }],
        spans: vec![Span { name: "place".into(), groups: places, nets }],
        mask: None,
    }
}

#[test]
fn cells_and_tests_are_those_of_the_estimators() {
    let (design, answers, places) = data();
    let found = tabulate(&design, &request(&answers, &places, vec![]), &options()).unwrap();
    let labels: Vec<&str> = found.columns.iter().map(|c| c.label.as_str()).collect();
    assert_eq!(labels, ["Total", "city", "hermitage", "town", "village"]);
    let table = &found.tables[0];
    let shares = proportions(&design, &answers, &Domains::by(&places), &options().estimate).unwrap();
    for line in 0..3 {
        for column in 0..4 {
            assert_eq!(table.cell(line, column + 1), shares.get(column * 3 + line).unwrap());
        }
    }
    // The hermits are too few to be compared, so the pairs are those of the other three.
    let line = 2;
    let positions = [line, 6 + line, 9 + line];
    let wanted = pairwise(&shares, &positions, Adjustment::Holm).unwrap();
    let made: Vec<&Comparison> = table.comparisons.iter().filter(|c| c.line == line && c.skipped.is_none()).collect();
    assert_eq!(made.len(), 3);
    for (got, want) in made.iter().zip(&wanted) {
        close(got.difference.as_ref().unwrap().value.unwrap(), want.difference.value.unwrap());
        close(got.difference.as_ref().unwrap().se.unwrap(), want.difference.se.unwrap());
        close(got.p_value.unwrap(), want.p_value.unwrap());
        close(got.adjusted_p_value.unwrap(), want.adjusted_p_value.unwrap());
    }
    let skipped: Vec<_> = table.comparisons.iter().filter(|c| c.line == line).filter_map(|c| c.skipped).collect();
    assert_eq!(skipped, [Skipped::SmallBase; 3]);
    assert_eq!(table.bases[2].mark, Some(SmallBase::Suppressed));
    // Nobody in the city says "rather": 0 % against anything is no test of the design.
    let line = table.lines.iter().position(|l| l.label == "rather").unwrap();
    assert_eq!(table.cell(line, 1).value, Some(0.0));
    let city = table.comparisons.iter().find(|c| c.line == line && c.against == Against::Column(3)).unwrap();
    assert_eq!((city.column, city.skipped, city.p_value), (1, Some(Skipped::ZeroVariance), None));
}

#[test]
fn letters_stand_at_the_larger_share_and_name_the_smaller() {
    let (design, answers, places) = data();
    let levels = Options { levels: vec![0.05, 0.01], ..options() };
    let found = tabulate(&design, &request(&answers, &places, vec![]), &levels).unwrap();
    let table = &found.tables[0];
    let trust = table.lines.iter().position(|l| l.label == "trust").unwrap();
    let letters: Vec<String> = (0..5).map(|column| found.letters(table, trust, column)).collect();
    // Trust is three times as common in the city; town (C) and village (D) do not differ.
    assert_eq!(letters, ["", "CD", "", "", ""]);
    // Between the levels the letter is small.
    let mut softer = found.clone();
    softer.tables[0]
        .comparisons
        .iter_mut()
        .filter(|c| c.p_value.is_some())
        .for_each(|c| c.adjusted_p_value = Some(0.03));
    assert_eq!(softer.letters(&softer.tables[0], trust, 1), "cd");
}

#[test]
fn a_net_of_columns_is_not_compared_with_its_parts() {
    let (design, answers, places) = data();
    let nets = vec![net("settled", &["city", "town", "village"]), net("country", &["town", "village"])];
    let found = tabulate(&design, &request(&answers, &places, nets), &options()).unwrap();
    let table = &found.tables[0];
    assert_eq!((found.columns[6].label.as_str(), found.columns[6].letter.as_str()), ("country", "F"));
    assert_eq!(table.bases[6].n, table.bases[3].n + table.bases[4].n);
    let of = |column, other| {
        let is_it = |c: &&Comparison| c.line == 0 && c.column == column && c.against == Against::Column(other);
        table.comparisons.iter().find(is_it).unwrap()
    };
    assert_eq!(of(3, 6).skipped, Some(Skipped::Overlap));
    assert_eq!(of(5, 6).skipped, Some(Skipped::Overlap));
    assert_eq!(of(1, 6).skipped, None);
    // The test of the city against the net is that of two domains.
    let two = Codes::from_labels(
        &places.codes().iter().map(|c| ["city", "hermitage", "country", "country"][*c as usize]).collect::<Vec<_>>(),
    );
    let shares = proportions(&design, &answers, &Domains::by(&two), &options().estimate).unwrap();
    let want = shares.contrast(&[(0, 1.0), (3, -1.0)]).unwrap();
    let got = of(1, 6).difference.clone().unwrap();
    close(got.value.unwrap(), want.value.unwrap());
    close(got.se.unwrap(), want.se.unwrap());
    assert_eq!((got.degf, got.n), (want.degf, want.n));
}

#[test]
fn the_rest_of_a_span_is_everybody_else_with_a_label() {
    let (design, answers, places) = data();
    let rest = Options { pairs: false, rest: true, ..options() };
    let found =
        tabulate(&design, &request(&answers, &places, vec![net("far", &["village", "hermitage"])]), &rest).unwrap();
    let table = &found.tables[0];
    let others = |own: &[u32]| {
        let code = |c: &u32| u32::from(!own.contains(c));
        let codes = places.codes().iter().map(code).collect();
        let two = Codes::from_codes(codes, vec!["own".into(), "rest".into()]);
        let shares = proportions(&design, &answers, &Domains::by(&two), &options().estimate).unwrap();
        shares.contrast(&[(2, 1.0), (5, -1.0)]).unwrap()
    };
    for (column, own) in [(1, &[0][..]), (4, &[3]), (5, &[1, 3])] {
        let got = table.comparisons.iter().find(|c| c.line == 2 && c.column == column).unwrap();
        let (difference, want) = (got.difference.as_ref().unwrap(), others(own));
        close(difference.value.unwrap(), want.value.unwrap());
        close(difference.se.unwrap(), want.se.unwrap());
        assert_eq!((difference.degf, got.against), (want.degf, Against::Rest));
        let p = StudentT::new(want.degf).unwrap().two_sided_sf((want.value.unwrap() / want.se.unwrap()).abs());
        close(got.p_value.unwrap(), p);
    }
    let family: Vec<f64> =
        table.comparisons.iter().filter(|c| c.line == 2).map(|c| c.p_value.unwrap_or(f64::NAN)).collect();
    assert_eq!(family.len(), 5);
    let adjusted = adjust(&family, Adjustment::Holm, None).unwrap();
    close(table.comparisons.iter().find(|c| c.line == 2).unwrap().adjusted_p_value.unwrap(), adjusted[0]);
    assert!(found.against_rest(table, 2, 1).unwrap().0 > 0.0);
}

#[test]
fn families_are_lines_of_a_span() {
    let (design, answers, places) = data();
    let mut wanted = request(&answers, &places, vec![]);
    wanted.spans.push(Span { name: "again".into(), groups: &places, nets: vec![] });
    let found = tabulate(&design, &wanted, &options()).unwrap();
    let table = &found.tables[0];
    let (first, second) = table.comparisons.split_at(table.comparisons.len() / 2);
    for (a, b) in first.iter().zip(second) {
        assert_eq!((a.line, a.p_value, a.adjusted_p_value), (b.line, b.p_value, b.adjusted_p_value));
        assert_eq!(a.column + 4, b.column);
    }
}

#[test]
fn rows_as_units_compare_without_scores_in_memory() {
    let (_, answers, places) = data();
    let weights: Vec<f64> = (0..N).map(|i| 1.0 + (i % 5) as f64).collect();
    let strata: Vec<&str> = (0..N).map(|i| ["n", "s"][i % 2]).collect();
    let design = SurveyDesign::builder().weights(&weights).strata(&strata).build().unwrap();
    let found = tabulate(&design, &request(&answers, &places, vec![]), &options()).unwrap();
    let shares = proportions(&design, &answers, &Domains::by(&places), &options().estimate).unwrap();
    let got = found.tables[0].comparisons.iter().find(|c| c.line == 2 && c.against == Against::Column(3)).unwrap();
    // By the scores of all rows, the long way.
    let covariance = shares.covariance(&[2, 8]).unwrap();
    let variance = covariance[0][0] + covariance[1][1] - 2.0 * covariance[0][1];
    assert!(covariance[0][1] != 0.0);
    close(got.difference.as_ref().unwrap().se.unwrap(), variance.sqrt());
}

#[test]
fn only_the_rows_of_the_mask_count() {
    let (design, answers, places) = data();
    let mask: Vec<bool> = (0..N).map(|i| i % 2 == 0).collect();
    let mut wanted = request(&answers, &places, vec![]);
    wanted.mask = Some(&mask);
    let found = tabulate(&design, &wanted, &options()).unwrap();
    assert_eq!(found.tables[0].bases[0].n, N / 2);
    assert_eq!(found.tables[0].bases[1..].iter().map(|b| b.n).sum::<usize>(), N / 2);
}

#[test]
fn bad_requests_say_what_is_wrong() {
    let (design, answers, places) = data();
    let unknown = tabulate(&design, &request(&answers, &places, vec![net("x", &["cite"])]), &options()).unwrap_err();
    assert!(unknown.to_string().contains("no `cite`") && unknown.to_string().contains("city, hermitage"), "{unknown}");
    for levels in [vec![], vec![0.0], vec![0.01, 0.05], vec![0.1, 0.05, 0.01]] {
        let wrong = Options { levels, ..options() };
        assert!(matches!(tabulate(&design, &request(&answers, &places, vec![]), &wrong), Err(BannerError::Levels(_))));
    }
    let short = Codes::from_labels(&["a"]);
    let mut wanted = request(&short, &places, vec![]);
    wanted.questions[0].nets.clear();
    assert!(matches!(tabulate(&design, &wanted, &options()), Err(BannerError::Estimate(_))));
}

#[test]
fn letters_go_on_after_z() {
    let labels: Vec<String> = (0..60).map(|i| format!("g{i:02}")).collect();
    let groups = Codes::from_labels(&(0..N).map(|i| labels[i % 60].clone()).collect::<Vec<_>>());
    let (design, answers, _) = data();
    let found = tabulate(&design, &request(&answers, &groups, vec![]), &options()).unwrap();
    let letters: Vec<&str> = [1, 26, 27, 52, 53].map(|c: usize| found.columns[c].letter.as_str()).to_vec();
    assert_eq!(letters, ["A", "Z", "AA", "AZ", "BA"]);
}
