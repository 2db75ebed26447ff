//! Bad designs, targets and requests: every message names what is wrong, what was expected and how to mend it.

use std::time::{Duration, Instant};

use opros::design::{
    Codes, Domains, JointProbabilities, LonelyPsu, PairwiseVariance, ReplicateInput, ReplicateKind, StageInput,
    SurveyDesign, SurveyDesignBuilder,
};
use opros::estimate::{self, NotEstimable, Options, Variable};
use opros::weighting::{
    CalibrateOptions, Distance, Margin, RakeOptions, ReplicateMethod, TrimOptions, calibrate, poststratify, rake,
    replicate, trim,
};

/// The text of the error has all of these parts.
#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "lacks {part:?}:\n{text}");
    }
}

/// The design is refused with exactly this many problems, all of these parts in the text.
#[track_caller]
fn refused(builder: SurveyDesignBuilder, n_problems: usize, parts: &[&str]) {
    let error = builder.build().expect_err("the design was accepted");
    says(&error.to_string(), parts);
    assert_eq!(error.problems().len(), n_problems, "{error}");
}

fn ones(n: usize) -> SurveyDesignBuilder {
    SurveyDesign::builder().weights(&vec![1.0; n])
}

fn simple(n: usize) -> SurveyDesign {
    ones(n).build().unwrap()
}

fn margin(name: &str, labels: &[&str], targets: &[(&str, f64)]) -> Margin {
    let targets = targets.iter().map(|(level, value)| (level.to_string(), *value)).collect();
    Margin::new(name, Codes::from_labels(labels), targets)
}

#[test]
fn a_design_needs_rows_and_weights() {
    refused(SurveyDesign::builder(), 1, &["the design has no rows"]);
    refused(
        SurveyDesign::builder().strata(&["a", "a"]),
        1,
        &["neither weights nor population sizes", "hint: give one weight a row"],
    );
}

#[test]
fn a_stratum_with_one_psu_is_named_with_its_unit_and_rows() {
    let builder = ones(5).strata(&["north", "north", "south", "south", "south"]).psu(&["1", "2", "3", "3", "3"]);
    refused(
        builder.clone(),
        1,
        &[
            "strata with one sampled unit at stage 1",
            "`south` (unit `3`, 3 rows)",
            "got: 1 unit, expected: 2 or more, or a certainty stratum",
            "hint: choose a treatment of lonely units: certainty, remove, center, average or collapse",
        ],
    );
    assert!(builder.clone().build().unwrap_err().is_lonely_psu());
    for policy in [LonelyPsu::Certainty, LonelyPsu::Remove, LonelyPsu::Center, LonelyPsu::Average] {
        assert!(builder.clone().lonely_psu(policy.clone()).build().is_ok(), "{policy}");
    }
}

#[test]
fn a_lonely_unit_of_the_second_stage_is_named_too() {
    let builder = SurveyDesign::builder()
        .psu(&["a", "a", "b"])
        .population_sizes(&[10.0; 3])
        .then(StageInput::rows().population_sizes(&[5.0, 5.0, 4.0]));
    refused(builder, 1, &["strata with one sampled unit at stage 2", "`b` (unit `row 3`, 1 row)"]);
}

#[test]
fn a_psu_in_two_strata_is_named_with_both() {
    let builder = ones(6).strata(&["a", "a", "a", "b", "b", "b"]).psu(&["1", "2", "3", "1", "2", "4"]);
    refused(
        builder.clone(),
        1,
        &[
            "units of stage 1 lie in more than one stratum",
            "`1` (in `a` and `b`)",
            "`2` (in `a` and `b`)",
            "hint: if labels of units start anew in each stratum, say that ids are nested",
        ],
    );
    assert!(builder.nest(true).build().is_ok());
}

#[test]
fn a_population_size_below_the_sample_names_stratum_and_both_numbers() {
    let builder = ones(5).strata(&["a", "a", "a", "b", "b"]).population_sizes(&[2.0, 2.0, 2.0, 9.0, 9.0]);
    refused(builder, 1, &["population size is below the sample at stage 1", "`a` (got: 3 sampled of 2)"]);
}

#[test]
fn a_population_size_that_varies_within_a_stratum_shows_its_range() {
    let builder = ones(4).strata(&["a", "a", "b", "b"]).population_sizes(&[20.0, 30.0, 9.0, 9.0]);
    refused(builder, 1, &["population size varies within strata at stage 1", "`a` (20 to 30)"]);
}

#[test]
fn population_numbers_that_are_none_show_row_and_value() {
    refused(
        ones(3).population_sizes(&[10.0, f64::NAN, 10.0]),
        1,
        &["the population size of stage 1", "1 of the rows (first: row 2)", "got: NaN, expected: 1 or more"],
    );
    refused(
        ones(3).sampling_fractions(&[0.1, 0.1, 1.5]),
        1,
        &["the sampling fraction of stage 1", "(first: row 3)", "got: 1.5, expected: more than 0, at most 1"],
    );
    refused(
        ones(3).inclusion_probabilities(&[0.0, 0.1, -0.5]),
        1,
        &["the inclusion probability of stage 1", "2 of the rows (first: row 1)", "got: 0, expected"],
    );
}

#[test]
fn weights_that_are_no_weights_show_row_and_value() {
    let weights = |w: &[f64]| SurveyDesign::builder().weights(w);
    refused(weights(&[0.0; 4]), 1, &["all weights are zero, so there is nothing to estimate from"]);
    for (bad, shown) in [(-2.0, "-2"), (f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        refused(
            weights(&[1.0, bad, 1.0, bad]),
            1,
            &[
                "the weight is not a usable number in 2 of the rows (first: row 2)",
                &format!("got: {shown}, expected: a finite number, 0 or more"),
            ],
        );
    }
}

#[test]
fn columns_of_another_length_are_named() {
    refused(
        ones(4).strata(&["a", "a", "a"]).psu(&["1"; 5]),
        2,
        &[
            "the stratum of stage 1 has the wrong length\n  got: 3 rows, expected: 4",
            "the unit of stage 1",
            "got: 5 rows",
        ],
    );
}

#[test]
fn rows_without_a_label_are_counted() {
    let strata = Codes::from_optional(&[Some("a"), None, Some("a"), None]);
    refused(
        ones(4).strata(&strata),
        1,
        &["the stratum of stage 1 is missing in 2 of the rows (first: row 2)", "hint: leave such rows out on purpose"],
    );
}

#[test]
fn replicate_weights_need_their_factors() {
    let columns = || vec![vec![1.0, 0.0, 2.0], vec![2.0, 1.0, 0.0], vec![0.0, 2.0, 1.0]];
    let with = |input: ReplicateInput| ones(3).replicates(input);
    let new = |kind| ReplicateInput::new(kind, columns());
    refused(with(new(ReplicateKind::Jkn)), 1, &["replicate weights of kind JKn need one factor (rscale) a replicate"]);
    let few = ReplicateInput { rscales: Some(vec![1.0; 2]), ..new(ReplicateKind::Jkn) };
    refused(with(few), 1, &["kind JKn need as many factors (rscales) as replicates"]);
    let bad = ReplicateInput { rscales: Some(vec![1.0, -1.0, 1.0]), ..new(ReplicateKind::Other) };
    refused(with(bad), 1, &["kind other need factors (rscales) that are finite and not negative"]);
    let scale = ReplicateInput { scale: Some(f64::NAN), ..new(ReplicateKind::Bootstrap) };
    refused(with(scale), 1, &["kind bootstrap need a scale that is finite and not negative"]);
    refused(with(new(ReplicateKind::Fay { rho: 1.0 })), 1, &["Fay (rho 1) need a rho of at least 0 and below 1"]);
    let none = ReplicateInput::new(ReplicateKind::Brr, Vec::new());
    refused(with(none), 1, &["replicate weights are too few", "got: 0 columns, expected: 2 or more"]);
    let mut odd = columns();
    odd[1] = vec![1.0; 2];
    odd[2][0] = f64::NAN;
    refused(
        with(ReplicateInput::new(ReplicateKind::Brr, odd)),
        2,
        &["replicate weight 2 has the wrong length", "replicate weight 3 is not a usable number", "got: NaN"],
    );
}

#[test]
fn one_replicate_column_is_counted_as_one() {
    let one = ReplicateInput::new(ReplicateKind::Brr, vec![vec![1.0; 3]]);
    refused(ones(3).replicates(one), 1, &["got: 1 columns, expected: 2 or more"]);
}

#[test]
fn unknown_strata_are_answered_with_the_closest() {
    let builder = ones(4).strata(&["north", "north", "south", "south"]);
    refused(
        builder.clone().variance_factor("nroth", 1.5).variance_factor("south", -1.0),
        2,
        &[
            "names the stratum `nroth`",
            "did you mean `north`?",
            "stratum `south` is not usable",
            "got: -1, expected: a positive number",
        ],
    );
    let rule = LonelyPsu::Collapse(vec![("sout".into(), "north".into())]);
    refused(builder.lonely_psu(rule), 1, &["the collapse rule names the stratum `sout`", "did you mean `south`?"]);
    let alone = ones(1).strata(&["only"]).lonely_psu(LonelyPsu::Collapse(Vec::new()));
    refused(alone, 1, &["lonely strata cannot collapse, as there is no other stratum to join"]);
}

#[test]
fn pairs_of_rows_have_a_limit_and_need_rows() {
    let p = vec![0.5; 20_001];
    let pairs = |p: &[f64]| {
        SurveyDesign::builder().unequal_probabilities(p, JointProbabilities::Overton, PairwiseVariance::HorvitzThompson)
    };
    refused(pairs(&p), 1, &["got: 20001 rows, expected: at most 20000", "hint: use Brewer's approximation"]);
    refused(
        pairs(&p[..4]).psu(&["1", "1", "2", "2"]),
        1,
        &["takes rows as units, without stages or replicate weights"],
    );
}

#[test]
fn problems_come_together_and_by_name() {
    let builder = SurveyDesign::builder()
        .weights(&[0.0; 7])
        .strata(&["north", "north", "south", "south", "south", "east", "west"])
        .psu(&["1", "2", "2", "3", "4", "5", "6"])
        .variance_factor("norht", 2.0);
    refused(
        builder,
        4,
        &[
            "the design has 4 problems",
            "`2` (in `north` and `south`)",
            "`east` (unit `5`, 1 row), `west` (unit `6`, 1 row)",
            "all weights are zero",
            "did you mean `north`?",
        ],
    );
    let columns = SurveyDesign::builder()
        .weights(&[1.0, -1.0, f64::NAN])
        .strata(&["a"])
        .population_sizes(&[0.0, 5.0, 5.0])
        .replicates(ReplicateInput::new(ReplicateKind::Jkn, vec![vec![1.0; 3]]));
    refused(
        columns,
        5,
        &["the weight", "the stratum of stage 1", "the population size of stage 1", "2 or more", "rscale"],
    );
}

#[test]
fn weights_whose_sum_is_too_large_are_told_so() {
    let weights = [1e308; 4];
    let told = ["the weights add up to more than a number can hold", "1.8e308"];
    refused(SurveyDesign::builder().weights(&weights), 1, &told);
    refused(SurveyDesign::builder().weights(&[1.0, f64::INFINITY]), 1, &["the weight is not a usable number", "row 2"]);
}

#[test]
fn a_million_strata_are_fast_and_clear() {
    const N: usize = 1_000_000;
    let start = Instant::now();
    let labels: Vec<String> = (0..N).map(|i| format!("s{i:06}")).collect();
    let strata = Codes::from_labels(&labels);
    refused(
        SurveyDesign::builder().weights(&vec![1.0; N]).strata(&strata),
        1,
        &["`s000000` (unit `row 1`, 1 row)", "and 999992 more", "hint: choose a treatment"],
    );
    // Two rows a stratum: a good design, and an estimate of it.
    let halves = Codes::from_codes((0..N as u32).map(|i| i / 2).collect(), labels[..N / 2].to_vec());
    let design = SurveyDesign::builder().weights(&vec![1.0; N]).strata(&halves).build().unwrap();
    let y: Vec<f64> = (0..N).map(|i| (i % 2) as f64).collect();
    let mean = estimate::means(&design, &[Variable::new("y", &y)], &Domains::whole(N), &Options::default()).unwrap();
    let found = mean.get(0).unwrap();
    assert_eq!((found.value, found.degf), (Some(0.5), 500_000.0));
    // Each stratum adds 2 · 2 · ¼ / N².
    assert!((found.se.unwrap() - 1.0 / (2.0 * N as f64).sqrt()).abs() < 1e-12);
    // Torn units by the million.
    let torn = Codes::from_codes((0..N as u32).map(|i| i % (N as u32 / 2)).collect(), labels[..N / 2].to_vec());
    let text = SurveyDesign::builder().weights(&vec![1.0; N]).strata(&halves).psu(&torn).build().unwrap_err();
    says(&text.to_string(), &["more than one stratum", "more"]);
    assert!(text.to_string().len() < 2_000);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn an_empty_domain_is_a_result_with_a_reason() {
    let domains = Domains::mask("nobody", &[false; 4]);
    let y = [1.0, 2.0, 3.0, 4.0];
    let design = simple(4);
    let options = Options::default();
    let v = [Variable::new("y", &y)];
    let answers = Codes::from_labels(&["a", "b", "a", "b"]);
    for estimates in [
        estimate::means(&design, &v, &domains, &options).unwrap(),
        estimate::totals(&design, &v, &domains, &options).unwrap(),
        estimate::proportions(&design, &answers, &domains, &options).unwrap(),
    ] {
        for found in estimates.iter() {
            assert_eq!((found.value, found.se, found.n), (None, None, 0));
            assert_eq!(found.reason, Some(NotEstimable::EmptyDomain));
            assert_eq!(found.reason.unwrap().to_string(), "empty domain");
        }
        let contrast = estimates.contrast(&[(0, 1.0)]).unwrap();
        assert_eq!((contrast.value, contrast.reason), (None, Some(NotEstimable::EmptyDomain)));
    }
}

#[test]
fn requests_that_do_not_fit_say_what_they_need() {
    let design = simple(4);
    let whole = Domains::whole(4);
    let options = Options::default();
    let means = |values: &[f64]| {
        estimate::means(&design, &[Variable::new("income", values)], &whole, &options).unwrap_err().to_string()
    };
    says(&means(&[1.0; 3]), &["variable `income` has the wrong length", "got: 3 rows, expected: 4, as in the design"]);
    says(
        &means(&[1.0, f64::INFINITY, 1.0, f64::NEG_INFINITY]),
        &["`income` is infinite in 2 of the rows (first: row 2)", "hint: mark such values as missing, or correct them"],
    );
    let y = [1.0; 4];
    let level = Options { level: 95.0, ..Options::default() };
    let error = estimate::means(&design, &[Variable::new("y", &y)], &whole, &level).unwrap_err();
    says(&error.to_string(), &["the confidence level", "got: 95, expected: more than 0 and less than 1"]);
    let short = Domains::whole(3);
    let error = estimate::means(&design, &[Variable::new("y", &y)], &short, &options).unwrap_err();
    says(&error.to_string(), &["the column of domains", "got: 3 rows, expected: 4"]);
    assert_eq!(estimate::means(&design, &[], &whole, &options).unwrap_err().to_string(), "no variable to estimate");
    let estimates = estimate::means(&design, &[Variable::new("y", &y)], &whole, &options).unwrap();
    says(&estimates.contrast(&[(7, 1.0)]).unwrap_err().to_string(), &["got: 7, expected: less than 1"]);
    assert_eq!(estimates.contrast(&[]).unwrap_err().to_string(), "a contrast has no terms");
}

#[test]
fn margins_that_contradict_each_other_show_both_sums() {
    let sex = margin("sex", &["m", "f", "m", "f"], &[("m", 50.0), ("f", 50.0)]);
    let age = margin("age", &["y", "y", "o", "o"], &[("y", 60.0), ("o", 60.0)]);
    let error = rake(&simple(4), &[sex, age], &RakeOptions::default()).unwrap_err();
    says(
        &error.to_string(),
        &[
            "target margins contradict each other: `sex` adds up to 100, `age` to 120",
            "hint: scale the targets to one population size",
        ],
    );
}

#[test]
fn margins_that_no_table_satisfies_are_found_out() {
    // Rows only on the diagonal: the margins would have to be equal.
    let sex = margin("sex", &["m", "f", "m", "f"], &[("m", 50.0), ("f", 50.0)]);
    let age = margin("age", &["y", "o", "y", "o"], &[("y", 70.0), ("o", 30.0)]);
    let error = rake(&simple(4), &[sex, age], &RakeOptions::default()).unwrap_err();
    says(
        &error.to_string(),
        &[
            "no weights meet all target margins: level `f` of `sex` stays away from its target",
            "got: 30, expected: 50",
            "hint: levels of different margins meet in too few combinations",
        ],
    );
}

#[test]
fn levels_without_respondents_and_without_targets_are_named_before_iterating() {
    let region = margin("region", &["a", "a", "b", "z"], &[("a", 2.0), ("b", 1.0), ("c", 1.0), ("d", -1.0)]);
    let error = rake(&simple(4), &[region], &RakeOptions::default()).unwrap_err();
    assert_eq!(error.problems().len(), 3, "{error}");
    says(
        &error.to_string(),
        &[
            "margin `region` has levels without respondents: `c`, `d`",
            "hint: join such a level with another one",
            "levels in the sample without a target: `z`",
            "the target of level `d` of margin `region` is not usable\n  got: -1, expected: a finite number, 0 or more",
        ],
    );
    let design = simple(3);
    let some = Margin::new("age", Codes::from_optional(&[Some("y"), None, Some("y")]), vec![("y".into(), 3.0)]);
    let error = poststratify(&design, &some, false).unwrap_err();
    says(
        &error.to_string(),
        &["margin `age` has no label in 1 of the rows (first: row 2)", "hint: give such rows a level"],
    );
    let short = margin("sex", &["m", "f"], &[("m", 1.0), ("f", 2.0)]);
    let error = poststratify(&design, &short, false).unwrap_err();
    says(&error.to_string(), &["margin `sex` has the wrong length", "got: 2, expected: 3"]);
}

#[test]
fn a_level_with_respondents_of_weight_zero_only_is_empty() {
    let design = SurveyDesign::builder().weights(&[1.0, 1.0, 0.0]).build().unwrap();
    let age = margin("age", &["y", "y", "o"], &[("y", 2.0), ("o", 1.0)]);
    says(&poststratify(&design, &age, false).unwrap_err().to_string(), &["levels without respondents: `o`"]);
}

#[test]
fn calibration_without_a_solution_says_what_remains() {
    let design = simple(4);
    let column = |name: &str, values: [f64; 4]| (name.to_string(), values.to_vec());
    let x = || column("x", [1.0, 2.0, 3.0, 4.0]);
    // The same column twice with different targets.
    let twice = [x(), column("again", [1.0, 2.0, 3.0, 4.0])];
    let error = calibrate(&design, &twice, &[10.0, 20.0], &CalibrateOptions::default()).unwrap_err();
    says(
        &error.to_string(),
        &["calibration did not reach its targets", "largest gap", "hint: allow more iterations, wider bounds"],
    );
    // Ratios of at most 1.5 cannot double a total.
    let bounded = CalibrateOptions { distance: Distance::Logit, bounds: (0.5, 1.5), ..CalibrateOptions::default() };
    let error = calibrate(&design, &[x()], &[20.0], &bounded).unwrap_err();
    says(&error.to_string(), &["calibration did not reach its targets", "expected: at most"]);
    // Positive weights cannot make a positive variable negative.
    let positive = CalibrateOptions { distance: Distance::Raking, ..CalibrateOptions::default() };
    assert!(calibrate(&design, &[x()], &[-5.0], &positive).is_err());
    assert!(calibrate(&design, &[x()], &[f64::NAN], &CalibrateOptions::default()).is_err());
}

#[test]
fn all_problems_of_a_calibration_come_together() {
    let design = simple(3);
    let columns = [("short".to_string(), vec![1.0; 2]), ("hole".to_string(), vec![1.0, f64::NAN, 1.0])];
    let options = CalibrateOptions {
        distance: Distance::Logit,
        variance: Some(vec![1.0, 0.0, 1.0]),
        ..CalibrateOptions::default()
    };
    let error = calibrate(&design, &columns, &[1.0], &options).unwrap_err();
    assert_eq!(error.problems().len(), 5, "{error}");
    says(
        &error.to_string(),
        &[
            "the list of targets has the wrong length\n  got: 1, expected: 2",
            "calibration variable `short` has the wrong length\n  got: 2, expected: 3",
            "missing or infinite values in `hole`",
            "bounds are not usable\n  got: -inf to inf, expected: a lower bound below 1 and an upper bound above 1",
            "the working variance is not positive in all rows",
        ],
    );
    let stage = CalibrateOptions { aggregate_stage: Some(3), ..CalibrateOptions::default() };
    let error = calibrate(&design, &[("one".into(), vec![1.0; 3])], &[3.0], &stage).unwrap_err();
    says(&error.to_string(), &["the design has no stage 3", "got: 3, expected: 1 to 1"]);
}

#[test]
fn weights_that_cannot_be_trimmed_and_replicates_that_cannot_be_made() {
    let options = TrimOptions { lower: 2.0, upper: 3.0, strict: false };
    says(&trim(&simple(3), &options).unwrap_err().to_string(), &["none lies within the bounds (2 to 3)"]);
    let stratified = ones(5).strata(&["a", "a", "b", "b", "b"]).build().unwrap();
    let make = |method: ReplicateMethod| replicate(&stratified, &method, true).unwrap_err().to_string();
    says(&make(ReplicateMethod::Jk1), &["JK1 needs a design without strata (JKn has them)", "got: 2 strata"]);
    says(&make(ReplicateMethod::Brr), &["two units in each stratum", "got: 3 units in stratum `b`"]);
    says(&make(ReplicateMethod::RaoWu { n_replicates: 1, seed: 1 }), &["2 or more replicates", "got: 1"]);
    let made = replicate(&stratified, &ReplicateMethod::Jkn, true).unwrap();
    says(&replicate(&made, &ReplicateMethod::Jkn, true).unwrap_err().to_string(), &["has replicate weights already"]);
}
