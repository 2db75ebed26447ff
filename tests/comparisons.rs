//! Comparisons: bad input says what is wrong, and independent routes meet.

use opros::analysis::compare::{
    IndependenceTest, TwoWayTable, independence_test, independence_tests, pairwise, t_test_of_groups,
};
use opros::analysis::multiplicity::Adjustment;
use opros::design::{Codes, Domains, MISSING, SurveyDesign};
use opros::estimate::{Options, Variable, means};
use opros::model::{Family, GlmOptions, Link, ModelError, ModelMatrix, Regression, glm};
use opros::numeric::dist::SumMethod;

const N: usize = 60;

/// Twenty clusters of three, weights that differ.
fn design() -> SurveyDesign {
    let clusters: Vec<String> = (0..N).map(|i| format!("{:02}", i / 3)).collect();
    let weights: Vec<f64> = (0..N).map(|i| 1.0 + (i % 7) as f64).collect();
    SurveyDesign::builder()
        .first(opros::design::StageInput::units(Codes::from_labels(&clusters)))
        .weights(&weights)
        .build()
        .unwrap()
}

fn column(f: impl Fn(usize) -> f64) -> Vec<f64> {
    (0..N).map(f).collect()
}

fn places() -> Codes {
    Codes::from_labels(&(0..N).map(|i| ["city", "town", "village"][i % 3]).collect::<Vec<_>>())
}

fn fit(y: &[f64], x: &ModelMatrix, family: Family) -> Result<opros::model::Glm, ModelError> {
    let regression = Regression { response: y, predictors: x, family, link: family.canonical_link() };
    glm(&design(), &regression, &[true; N], &GlmOptions::default())
}

#[test]
fn separated_answers_are_named() {
    let x = column(|i| i as f64);
    let y = column(|i| f64::from(u8::from(i >= 30)));
    let mut predictors = ModelMatrix::with_intercept(N);
    predictors.number("age", &x).unwrap();
    let model = fit(&y, &predictors, Family::Binomial).unwrap();
    assert!(model.separated.contains(&"age".to_string()), "{:?}", model.separated);
}

#[test]
fn a_level_that_all_said_yes_is_named() {
    let places = places();
    let y = column(|i| if i % 3 == 1 { 1.0 } else { f64::from(u8::from(i % 4 == 0)) });
    let mut predictors = ModelMatrix::with_intercept(N);
    predictors.factor("place", &places, Some("city")).unwrap();
    let model = fit(&y, &predictors, Family::Binomial).unwrap();
    assert_eq!(model.separated, ["placetown"]);
}

#[test]
fn overlapping_answers_are_not_called_separated() {
    let x = column(|i| ((i * 37) % 11) as f64);
    let y = column(|i| f64::from(u8::from((i * 13) % 5 < 2)));
    let mut predictors = ModelMatrix::with_intercept(N);
    predictors.number("age", &x).unwrap();
    assert!(fit(&y, &predictors, Family::Binomial).unwrap().separated.is_empty());
}

#[test]
fn collinear_columns_are_named_and_left_out() {
    let x = column(|i| (i % 5) as f64);
    let twice = column(|i| 2.0 * (i % 5) as f64 + 1.0);
    let mut predictors = ModelMatrix::with_intercept(N);
    predictors.number("age", &x).unwrap();
    predictors.number("twice", &twice).unwrap();
    let model = fit(&column(|i| (i % 4) as f64), &predictors, Family::Gaussian).unwrap();
    assert_eq!(model.collinear, ["twice"]);
    assert_eq!(model.names, ["(Intercept)", "age"]);
}

#[test]
fn an_answer_with_three_values_is_no_yes_or_no() {
    let y = column(|i| (i % 3) as f64);
    let error = fit(&y, &ModelMatrix::with_intercept(N), Family::Binomial).unwrap_err();
    assert_eq!(error, ModelError::Response { row: 3, got: 2.0, expected: "0 to 1 for the binomial family" });
}

#[test]
fn nothing_to_fit_is_an_error() {
    let y = vec![f64::NAN; N];
    let error = fit(&y, &ModelMatrix::with_intercept(N), Family::Gaussian).unwrap_err();
    assert_eq!(error, ModelError::NoRows);
    let short = ModelMatrix::with_intercept(3);
    assert!(matches!(fit(&column(|_| 1.0), &short, Family::Gaussian), Err(ModelError::Length { .. })));
}

#[test]
fn a_regression_on_nothing_is_a_mean() {
    // The intercept of a linear model and the weighted mean solve one equation, so they share their scores.
    let y = column(|i| ((i * 29) % 17) as f64);
    let model = fit(&y, &ModelMatrix::with_intercept(N), Family::Gaussian).unwrap();
    let domain = Domains::whole(N);
    let mean = means(&design(), &[Variable::new("y", &y)], &domain, &Options::default()).unwrap();
    let mean = mean.get(0).unwrap();
    assert!((model.coefficients[0] - mean.value.unwrap()).abs() < 1e-12);
    assert!((model.covariance[(0, 0)].sqrt() - mean.se.unwrap()).abs() < 1e-12);
}

#[test]
fn a_pair_of_groups_and_a_regression_on_them_agree() {
    let y = column(|i| ((i * 29) % 17) as f64);
    let groups = Codes::from_labels(&(0..N).map(|i| if i % 2 == 0 { "a" } else { "b" }).collect::<Vec<_>>());
    let by_group = means(&design(), &[Variable::new("y", &y)], &Domains::by(&groups), &Options::default()).unwrap();
    let pairs = pairwise(&by_group, &[0, 1], Adjustment::Holm).unwrap();
    let test = t_test_of_groups(&design(), &y, &groups, &[true; N], 0.95).unwrap();
    let difference = &pairs[0].difference;
    assert!((difference.value.unwrap() + test.estimate).abs() < 1e-12);
    assert!((difference.se.unwrap() - test.se).abs() < 1e-12);
    assert_eq!(pairs[0].p_value, pairs[0].adjusted_p_value);
    assert!(pairwise(&by_group, &[0], Adjustment::Holm).is_err());
}

#[test]
fn a_question_with_one_answer_has_no_table() {
    let one = Codes::from_labels(&["yes"; N]);
    assert!(TwoWayTable::new(&design(), &one, &places(), &[true; N]).is_err());
}

#[test]
fn a_table_of_independent_questions_is_not_rejected() {
    // Every combination equally often in every cluster size of six: X² is 0.
    let answers = Codes::from_labels(&(0..N).map(|i| ["no", "yes"][i / 3 % 2]).collect::<Vec<_>>());
    let even = SurveyDesign::builder().weights(&[1.0; N]).build().unwrap();
    let table = TwoWayTable::new(&even, &answers, &places(), &[true; N]).unwrap();
    let test = independence_test(&table, IndependenceTest::RaoScottF).unwrap();
    assert!(test.statistic.abs() < 1e-12 && test.p_value > 0.999);
}

#[test]
fn where_everybody_was_asked_no_test_is_made_and_the_reason_says_why() {
    let census = SurveyDesign::builder().weights(&[1.0; N]).population_sizes(&[N as f64; N]).build().unwrap();
    let answers = Codes::from_labels(&(0..N).map(|i| ["no", "yes"][i * 7 % 5 % 2]).collect::<Vec<_>>());
    let table = TwoWayTable::new(&census, &answers, &places(), &[true; N]).unwrap();
    let all = [
        IndependenceTest::RaoScottF,
        IndependenceTest::RaoScottChiSquared,
        IndependenceTest::WeightedSum { method: SumMethod::Exact, as_in_r: false },
        IndependenceTest::Wald,
        IndependenceTest::AdjustedWald,
        IndependenceTest::WlsScore { as_in_r: false },
    ];
    for test in all {
        let refusal = independence_test(&table, test).unwrap_err().to_string();
        assert!(refusal.starts_with("the sampling variance of the table is zero, so a"), "{test:?}: {refusal}");
    }
}

#[test]
fn tests_of_all_waves_are_those_of_each_wave() {
    let mut answers: Vec<u32> = (0..N).map(|i| (i * 13 % 7 % 3) as u32).collect();
    answers[4] = MISSING;
    let answers = Codes::from_codes(answers, ["yes", "no", "hard to say"].map(String::from).to_vec());
    // Wave 4 knows one answer only, and nobody belongs to wave 5.
    let wave = |i: usize| i * 7 / 4 % 3;
    let waves: Vec<u32> = (0..N).map(|i| if answers.codes()[i] == 1 && i > 50 { 3 } else { wave(i) as u32 }).collect();
    let waves = Codes::from_codes(waves, (1..=5).map(|k| k.to_string()).collect());
    let tests = [
        IndependenceTest::RaoScottF,
        IndependenceTest::RaoScottChiSquared,
        IndependenceTest::Wald,
        IndependenceTest::WlsScore { as_in_r: false },
    ];
    for test in tests {
        let all = independence_tests(&design(), &places(), &answers, Domains::by(&waves), test).unwrap();
        assert_eq!(all.len(), 5);
        for (wave, found) in all.into_iter().enumerate() {
            let mask: Vec<bool> = waves.codes().iter().map(|code| *code as usize == wave).collect();
            let alone = TwoWayTable::new(&design(), &places(), &answers, &mask);
            let alone = alone.and_then(|table| independence_test(&table, test));
            assert_eq!(found.is_ok(), wave < 3, "wave {}: {found:?}", wave + 1);
            match (found, alone) {
                (Ok(found), Ok(alone)) => {
                    assert!((found.statistic - alone.statistic).abs() <= 1e-12 * alone.statistic.abs(), "{test:?}");
                    assert!((found.p_value - alone.p_value).abs() <= 1e-12, "{test:?}");
                    assert_eq!(found.denominator_degf.is_some(), alone.denominator_degf.is_some());
                }
                (found, alone) => assert_eq!(found, alone),
            }
        }
    }
    let short = Codes::from_labels(&["yes"; 3]);
    assert!(independence_tests(&design(), &places(), &short, Domains::by(&waves), tests[0]).is_err());
}

#[test]
fn log_links_keep_their_start() {
    let y = column(|i| f64::from(u8::from(i % 4 != 0)));
    let x = ModelMatrix::with_intercept(N);
    let regression = Regression { response: &y, predictors: &x, family: Family::Binomial, link: Link::Log };
    let options = GlmOptions { start: Some(vec![2.0]), ..GlmOptions::default() };
    let error = glm(&design(), &regression, &[true; N], &options).unwrap_err();
    assert_eq!(error, ModelError::Start { family: "binomial" });
}
