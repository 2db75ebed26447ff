use super::*;
use crate::analysis::result::{Evidence, ResultRecord, TestOutcome};
use crate::study::Span;

fn results() -> Results {
    let share = Figures {
        estimate: Some(0.4615),
        se: Some(0.02),
        ci_low: Some(0.43),
        ci_high: Some(0.4949),
        level: Some(0.95),
        n: Some(1604),
        ..Figures::default()
    };
    let ratio = Figures { estimate: Some(2.44), ci_low: Some(1.2), ci_high: Some(4.8), ..Figures::default() };
    let test = TestOutcome {
        method: "wald_t",
        statistic: Some(-1.5),
        numerator_degf: None,
        degf: Some(20.0),
        p_value: 0.0412,
    };
    let gap = Figures {
        test: Some(test),
        estimate: Some(-0.031),
        ci_low: Some(-0.07),
        ci_high: Some(0.01),
        ..Figures::default()
    };
    let record = |id: &str, unit, figures| ResultRecord::new("feel", &[id], unit, Evidence::Published).figures(figures);
    Results {
        records: vec![
            record("aster-2001/good", Unit::Share, share).at(Span::at("2001-03".parse().unwrap())),
            record("ratio", Unit::Ratio, ratio),
            record("gap", Unit::ShareDifference, gap),
            record("missing", Unit::Share, Figures::not_estimable("nobody was asked")),
        ],
        remarks: Vec::new(),
        areas: Vec::new(),
    }
}

fn render(source: &str) -> Result<Rendered> {
    References::new(&results(), &Locale::new("en").unwrap()).render("text.en.md", "text", source)
}

fn text(source: &str) -> String {
    render(source).unwrap().text
}

fn problem(source: &str) -> Diagnostic {
    render(source).unwrap_err().diagnostics()[0].clone()
}

#[test]
fn numbers_take_the_form_of_their_unit() {
    assert_eq!(text("{{ share('feel/aster-2001/good') }}"), "46%");
    assert_eq!(text("{{ share('feel/aster-2001/good', 1) }}"), "46.2%");
    assert_eq!(text("{{ range('feel/aster-2001/good') }}"), "43–49%");
    assert_eq!(text("{{ points('feel/gap', 1) }}"), "−3.1\u{a0}pp");
    assert_eq!(text("{{ range('feel/gap') }}"), "−7 to +1\u{a0}pp");
    assert_eq!(text("{{ ratio('feel/ratio') }}, {{ range('feel/ratio', 1) }}"), "2.4, 1.2–4.8");
    assert_eq!(text("{{ base('feel/aster-2001/good') }}"), "1,604");
    assert_eq!(text("{{ when('feel/aster-2001/good') }}"), "March 2001");
    assert_eq!(text("{{ p_value('feel/gap') }}, {{ p_value('feel/gap', 2) }}"), "p = 0.041, p = 0.04");
    assert_eq!(text("{{ level('feel/aster-2001/good') }}"), "95%");
}

#[test]
fn what_is_not_there_says_so() {
    assert_eq!(text("{{ share('feel/missing') }}"), "not estimable (nobody was asked)");
    assert_eq!(text("{{ range('feel/missing') }}"), "no interval (nobody was asked)");
    assert_eq!(text("{{ base('feel/missing') }}"), "base not known");
    assert_eq!(text("{{ when('feel/missing') }}"), "undated");
    assert_eq!(text("{{ p_value('feel/ratio') }}"), "not tested");
}

#[test]
fn conditions_see_plain_numbers() {
    assert_eq!(text("{% if low('feel/ratio') > 1 %}more{% else %}not more{% endif %}"), "more");
    assert_eq!(text("{% if known('feel/missing') %}there{% else %}not there{% endif %}"), "not there");
    assert_eq!(text("{% if p('feel/gap') < 0.05 %}less{% endif %}"), "less");
    assert_eq!(problem("\n{% if p('feel/ratio') < 0.05 %}x{% endif %}").place.line, Some(2));
    assert_eq!(problem("\n{% if est('feel/missing') > 0 %}x{% endif %}").place.line, Some(2));
}

#[test]
fn an_id_that_does_not_exist_suggests_one_that_does() {
    let message = problem("{{ share('feel/aster-2001/goood') }}").message;
    assert!(message.contains("did you mean `feel/aster-2001/good`?"), "{message}");
}

#[test]
fn a_function_for_another_unit_is_refused() {
    assert!(problem("{{ share('feel/gap') }}").message.contains("use points()"));
    assert!(problem("{{ number('feel/ratio') }}").message.contains("decimals"));
    assert!(problem("{{ share('feel/aster-2001/good', 9) }}").message.contains("the most"));
    assert!(problem("{{ share('feel/aster-2001/good' }}").code == "A10");
}

#[test]
fn the_hint_fits_the_kind_of_error() {
    let hint = |source: &str| problem(source).hint.unwrap_or_default();
    assert!(hint("{% if low('feel/ratio') > %}").contains("bracket"));
    assert!(hint("{{ sumary }}").contains("spelling"), "{:?}", problem("{{ sumary }}"));
    assert!(hint("{{ shaer('feel/ratio') }}").contains("share, points"));
    assert!(hint("{% if est('feel/missing') > 0 %}x{% endif %}").contains("known('id')"));
}

#[test]
fn used_results_are_written_down() {
    let rendered =
        render("{{ share('feel/aster-2001/good') }} {{ base('feel/aster-2001/good') }} {{ ratio('feel/ratio') }}");
    assert_eq!(rendered.unwrap().used, ["feel/aster-2001/good", "feel/ratio"]);
}
