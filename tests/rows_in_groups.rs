//! Rows that come in groups give the same bits as the whole columns in memory, whatever the groups are.

use std::convert::Infallible;
use std::ops::ControlFlow;

use opros::analysis::banner::{self, Net, Question, Request, Span};
use opros::design::{Codes, Domains, LonelyPsu, ReplicateInput, ReplicateKind, SurveyDesign};
use opros::estimate::pass::{self, DesignColumns, PsuFrame, ReplicateColumns, StageColumns, TableColumns, UnitFrame};
use opros::estimate::{
    self, DegfRule, Estimates, MissingOutcome, Options, QuantileEstimate, QuantileOptions, QuantileRule, Variable,
};
use opros::numeric::stream::Stream;
use opros::rows::{Column, MISSING, RowSource};

const WEIGHT: usize = 0;
const STRATUM: usize = 1;
const PSU: usize = 2;
const SIZE: usize = 3;
const REGION: usize = 4;
const ANSWER: usize = 5;
const INCOME: usize = 6;
const PEOPLE: usize = 7;

const DESIGN: DesignColumns =
    DesignColumns { weight: WEIGHT, stratum: Some(STRATUM), psu: PSU, population_size: Some(SIZE) };

/// Where tables are cut.
const CUTS: [&[usize]; 3] = [&[], &[1, 65_536, 65_537], &[40_000, 80_000, 120_000]];

/// A table cut into groups at some rows.
struct Grouped {
    columns: Vec<Column>,
    labels: Vec<Vec<String>>,
    cuts: Vec<usize>,
}

impl RowSource for Grouped {
    type Error = Infallible;

    fn labels(&self, column: usize) -> &[String] {
        &self.labels[column]
    }

    fn for_each_group(
        &self,
        _: &[usize],
        visit: &mut dyn FnMut(&[Column]) -> ControlFlow<()>,
    ) -> Result<(), Infallible> {
        for cut in self.cuts.windows(2) {
            let rows = cut[0]..cut[1];
            let piece = |column: &Column| match column {
                Column::Codes(codes) => Column::Codes(codes[rows.clone()].to_vec()),
                Column::Numbers(numbers) => Column::Numbers(numbers[rows.clone()].to_vec()),
            };
            if visit(&self.columns.iter().map(piece).collect::<Vec<_>>()).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// 12 strata of 6 units, 4 regions, 3 answers of which some are missing.
fn table(n: usize, cuts: &[usize]) -> Grouped {
    let mut random = Stream::named(7, "rows in groups");
    let names = |prefix: &str, n: u32| (0..n).map(|i| format!("{prefix}{i:02}")).collect::<Vec<_>>();
    let psu: Vec<u32> = (0..n).map(|i| if i < 72 { i as u32 } else { random.below(72) as u32 }).collect();
    let stratum: Vec<u32> = psu.iter().map(|unit| unit / 6).collect();
    let weight = (0..n).map(|_| if random.chance(0.01) { 0.0 } else { 0.5 + random.uniform() }).collect();
    let size = stratum.iter().map(|h| 40.0 + f64::from(*h)).collect();
    let region = (0..n).map(|_| random.below(4) as u32).collect();
    let answer = (0..n).map(|_| if random.chance(0.05) { MISSING } else { random.below(3) as u32 }).collect();
    let income = (0..n).map(|_| if random.chance(0.03) { f64::NAN } else { 1e4 * random.exponential() }).collect();
    let people = (0..n).map(|_| 1.0 + random.below(5) as f64).collect();
    Grouped {
        columns: vec![
            Column::Numbers(weight),
            Column::Codes(stratum),
            Column::Codes(psu),
            Column::Numbers(size),
            Column::Codes(region),
            Column::Codes(answer),
            Column::Numbers(income),
            Column::Numbers(people),
        ],
        labels: vec![vec![], names("s", 12), names("u", 72), vec![], names("r", 4), names("a", 3), vec![], vec![]],
        cuts: [&[0], cuts, &[n]].concat(),
    }
}

fn codes(source: &Grouped, column: usize) -> Codes {
    Codes::from_codes(source.columns[column].codes().to_vec(), source.labels[column].clone())
}

fn design(source: &Grouped) -> SurveyDesign {
    SurveyDesign::builder()
        .weights(source.columns[WEIGHT].numbers())
        .strata(codes(source, STRATUM))
        .psu(codes(source, PSU))
        .population_sizes(source.columns[SIZE].numbers())
        .build()
        .unwrap()
}

fn options() -> Options {
    Options { missing: MissingOutcome::Exclude, ..Options::default() }
}

/// All numbers of the estimates, as bits.
fn bits(estimates: &Estimates) -> Vec<[Option<u64>; 9]> {
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    let row = |e: &estimate::Estimate| {
        let (sum_w, degf) = (Some(e.sum_w.to_bits()), Some(e.degf.to_bits()));
        [
            bits(e.value),
            bits(e.se),
            bits(e.ci_low),
            bits(e.ci_high),
            bits(e.deff),
            bits(e.n_eff),
            sum_w,
            degf,
            Some(e.n as u64),
        ]
    };
    estimates.iter().map(row).collect()
}

#[test]
fn groups_leave_no_trace_in_the_bits() {
    let n = 150_000;
    for cuts in CUTS {
        let source = table(n, cuts);
        let frame = PsuFrame::of(&source, DESIGN, LonelyPsu::Fail).unwrap().unwrap();
        let design = design(&source);
        let regions = Domains::by(&codes(&source, REGION));

        let streamed = pass::proportions(&source, &frame, DESIGN, ANSWER, &[REGION], &options()).unwrap();
        let whole = estimate::proportions(&design, &codes(&source, ANSWER), &regions, &options()).unwrap();
        assert_eq!(bits(&streamed), bits(&whole), "shares, cut at {cuts:?}");

        let income = || Variable::new("income", source.columns[INCOME].numbers());
        let people = || Variable::new("people", source.columns[PEOPLE].numbers());
        let streamed =
            pass::means(&source, &frame, DESIGN, &[(INCOME, "income"), (PEOPLE, "people")], &[REGION], &options());
        let whole = estimate::means(&design, &[income(), people()], &regions, &options()).unwrap();
        assert_eq!(bits(&streamed.unwrap()), bits(&whole), "means, cut at {cuts:?}");

        let streamed = pass::totals(&source, &frame, DESIGN, &[(INCOME, "income")], &[], &options()).unwrap();
        let whole = estimate::totals(&design, &[income()], &Domains::whole(n), &options()).unwrap();
        assert_eq!(bits(&streamed), bits(&whole), "totals, cut at {cuts:?}");

        let pair = ((INCOME, "income"), (PEOPLE, "people"));
        let streamed = pass::ratios(&source, &frame, DESIGN, &[pair], &[REGION], &options()).unwrap();
        let whole = estimate::ratios(&design, &[(income(), people())], &regions, &options()).unwrap();
        assert_eq!(bits(&streamed), bits(&whole), "ratios, cut at {cuts:?}");
    }
}

/// All numbers of quantiles, as bits.
fn quantile_bits(found: &[QuantileEstimate]) -> Vec<[Option<u64>; 8]> {
    let bits = |value: Option<f64>| value.map(f64::to_bits);
    let row = |q: &QuantileEstimate| {
        let (degf, sum_w) = (Some(q.degf.to_bits()), Some(q.sum_w.to_bits()));
        let (n, n_psus) = (Some(q.n as u64), q.n_psus.map(|n| n as u64));
        [bits(q.value), bits(q.se), bits(q.ci_low), bits(q.ci_high), degf, sum_w, n, n_psus]
    };
    found.iter().map(row).collect()
}

#[test]
fn quantiles_have_the_same_bits_where_rows_are_the_units() {
    for cuts in CUTS {
        let source = table(150_000, cuts);
        let frame = UnitFrame::of(&source, Some(WEIGHT), &[StageColumns::default()], None, |b| b).unwrap().unwrap();
        let design = SurveyDesign::builder().weights(source.columns[WEIGHT].numbers()).build().unwrap();
        let regions = Domains::by(&codes(&source, REGION));
        for (column, name) in [(INCOME, "income"), (PEOPLE, "people")] {
            let (options, pair) = (QuantileOptions::default(), (column, name));
            let streamed = pass::quantiles(&source, frame.frame(), DESIGN, pair, &[0.1, 0.5], &[REGION], &options);
            let variable = Variable::new(name, source.columns[column].numbers());
            let whole = estimate::quantiles(&design, &variable, &[0.1, 0.5], &regions, &options).unwrap();
            assert_eq!(quantile_bits(&streamed.unwrap()), quantile_bits(&whole), "{name}, cut at {cuts:?}");
            assert!(whole.iter().all(|q| q.value.is_some() && q.se.is_some()));
        }
    }
}

/// Replicates that each leave some units out; of `n_same` the last say the same as the first.
fn with_replicates(mut source: Grouped, n_same: usize) -> (Grouped, Vec<usize>) {
    let psu = source.columns[PSU].codes().to_vec();
    let weights = source.columns[WEIGHT].numbers().to_vec();
    let first = source.columns.len();
    for r in 0..9 + n_same as u32 {
        let factor = |unit: &u32| if unit % 9 == r % 9 { 0.0 } else { 9.0 / 8.0 };
        let column = psu.iter().zip(&weights).map(|(unit, w)| factor(unit) * w);
        source.columns.push(Column::Numbers(column.collect()));
        source.labels.push(Vec::new());
    }
    (source, (first..first + 9 + n_same).collect())
}

#[test]
fn replicate_weights_in_groups_have_the_same_bits() {
    let n = 150_000;
    for (cuts, n_same) in CUTS.into_iter().zip([0, 2, 1]) {
        let (source, replicates) = with_replicates(table(n, cuts), n_same);
        let input = || ReplicateInput::new(ReplicateKind::Jk1, Vec::new());
        let columns = ReplicateColumns { columns: replicates.clone(), input: input() };
        let frame = UnitFrame::of(&source, Some(WEIGHT), &[], Some(&columns), |b| b).unwrap().unwrap();
        let frame = frame.frame();
        let sets = replicates.iter().map(|column| source.columns[*column].numbers().to_vec()).collect();
        let design = SurveyDesign::builder()
            .weights(source.columns[WEIGHT].numbers())
            .replicates(ReplicateInput { columns: sets, ..input() })
            .build()
            .unwrap();
        let regions = Domains::by(&codes(&source, REGION));
        let told = format!("cut at {cuts:?}");

        let degf = pass::degf(&source, frame, DESIGN).unwrap();
        assert_eq!((degf, degf), (design.degf(None), 8.0), "{told}");

        let streamed = pass::proportions(&source, frame, DESIGN, ANSWER, &[REGION], &options()).unwrap();
        let whole = estimate::proportions(&design, &codes(&source, ANSWER), &regions, &options()).unwrap();
        assert_eq!(bits(&streamed), bits(&whole), "shares, {told}");
        assert!(whole.get(0).unwrap().se.is_some_and(|se| se > 0.0));

        let income = || Variable::new("income", source.columns[INCOME].numbers());
        let people = || Variable::new("people", source.columns[PEOPLE].numbers());
        let pairs = [(INCOME, "income"), (PEOPLE, "people")];
        let streamed = pass::means(&source, frame, DESIGN, &pairs, &[REGION], &options()).unwrap();
        let whole = estimate::means(&design, &[income(), people()], &regions, &options()).unwrap();
        assert_eq!(bits(&streamed), bits(&whole), "means, {told}");

        let fixed = Options { degf: DegfRule::Fixed(8.0), missing: MissingOutcome::KeepInBase, ..Options::default() };
        let streamed = pass::totals(&source, frame, DESIGN, &pairs, &[], &fixed).unwrap();
        let whole = estimate::totals(&design, &[income(), people()], &Domains::whole(n), &fixed).unwrap();
        assert_eq!(bits(&streamed), bits(&whole), "totals, {told}");

        let streamed = pass::ratios(&source, frame, DESIGN, &[(pairs[0], pairs[1])], &[REGION], &options()).unwrap();
        let whole = estimate::ratios(&design, &[(income(), people())], &regions, &options()).unwrap();
        assert_eq!(bits(&streamed), bits(&whole), "ratios, {told}");

        let options = QuantileOptions::default();
        let streamed = pass::quantiles(&source, frame, DESIGN, pairs[0], &[0.25, 0.5], &[REGION], &options).unwrap();
        let whole = estimate::quantiles(&design, &income(), &[0.25, 0.5], &regions, &options).unwrap();
        assert_eq!(quantile_bits(&streamed), quantile_bits(&whole), "quantiles, {told}");
    }
}

#[test]
fn banners_of_groups_have_the_same_bits() {
    let n = 150_000;
    let mask: Vec<bool> = (0..n).map(|row| row % 7 != 3).collect();
    let net = |label: &str, of: [&str; 2]| Net { label: label.to_owned(), of: of.map(str::to_owned).to_vec() };
    let (estimate, levels) = (options(), vec![0.05, 0.01]);
    let options = banner::Options { estimate, rest: true, levels, ..banner::Options::default() };
    for cuts in [vec![], vec![1, 65_536, 65_537], vec![40_000, 80_000, 120_000]] {
        let mut source = table(n, &cuts);
        let frame = PsuFrame::of(&source, DESIGN, LonelyPsu::Fail).unwrap().unwrap();
        let request = |answers, regions, mask| Request {
            questions: vec![
                Question { name: "answer".into(), answers, nets: vec![net("any", ["a00", "a02"])] },
                Question { name: "region".into(), answers: regions, nets: vec![] },
            ],
            spans: vec![Span { name: "region".into(), groups: regions, nets: vec![net("far", ["r01", "r03"])] }],
            mask,
        };
        let (answers, regions) = (codes(&source, ANSWER), codes(&source, REGION));
        let whole = banner::banner(&design(&source), &request(&answers, &regions, Some(&mask)), &options).unwrap();

        // Rows outside have no code in the total and in the span.
        let within = |codes: &[u32]| {
            let code = |(code, is_in): (&u32, &bool)| if *is_in { *code } else { MISSING };
            Column::Codes(codes.iter().zip(&mask).map(code).collect())
        };
        let (total, span) = (within(&vec![0; n]), within(regions.codes()));
        let columns = TableColumns {
            design: DESIGN,
            questions: vec![ANSWER, REGION],
            banners: vec![source.columns.len(), source.columns.len() + 1],
        };
        source.columns.extend([total, span]);
        let labels = |column: usize| Codes::from_codes(Vec::new(), source.labels[column].clone());
        let (answers, regions) = (labels(ANSWER), labels(REGION));
        let request = request(&answers, &regions, None);
        let streamed = banner::banner_in_groups(&source, &frame, &columns, &request, &options).unwrap().unwrap();
        assert!(whole.tables[0].comparisons.iter().any(|c| c.p_value.is_some()));
        // The shortest text of a number tells all of its bits.
        assert_eq!(format!("{streamed:?}"), format!("{whole:?}"), "cut at {cuts:?}");
    }
}

#[test]
fn quantiles_of_groups_have_the_same_bits() {
    let n = 150_000;
    let probs: Vec<f64> = (1..10).map(|i| f64::from(i) / 10.0).collect();
    for cuts in CUTS {
        let source = table(n, cuts);
        let frame = PsuFrame::of(&source, DESIGN, LonelyPsu::Fail).unwrap().unwrap();
        let design = design(&source);
        let regions = Domains::by(&codes(&source, REGION));
        for (column, name) in [(INCOME, "income"), (PEOPLE, "people")] {
            for rule in [QuantileRule::Inverse, QuantileRule::Midpoint] {
                let options = QuantileOptions { rule, ..QuantileOptions::default() };
                let pair = (column, name);
                let streamed = pass::quantiles(&source, &frame, DESIGN, pair, &probs, &[REGION], &options).unwrap();
                let variable = Variable::new(name, source.columns[column].numbers());
                let whole = estimate::quantiles(&design, &variable, &probs, &regions, &options).unwrap();
                assert_eq!(quantile_bits(&streamed), quantile_bits(&whole), "{name}, {rule:?}, cut at {cuts:?}");
                assert!(whole.iter().all(|q| q.value.is_some() && q.se.is_some()));
            }
        }
    }
}

#[test]
fn a_rule_that_needs_the_whole_column_is_refused() {
    let source = table(500, &[100]);
    let frame = PsuFrame::of(&source, DESIGN, LonelyPsu::Fail).unwrap().unwrap();
    let options = QuantileOptions { rule: QuantileRule::Linear, ..QuantileOptions::default() };
    let refused = pass::quantiles(&source, &frame, DESIGN, (INCOME, "income"), &[0.5], &[], &options).unwrap_err();
    assert!(refused.to_string().contains("whole column"), "{refused}");
}

#[test]
fn a_bad_weight_is_named_by_its_row() {
    let mut source = table(500, &[100]);
    if let Column::Numbers(weights) = &mut source.columns[WEIGHT] {
        weights[250] = -1.0;
    }
    let frame = PsuFrame::of(&source, DESIGN, LonelyPsu::Fail).unwrap().unwrap();
    let refused = pass::proportions(&source, &frame, DESIGN, ANSWER, &[], &options()).unwrap_err();
    assert!(refused.to_string().contains("row 251"), "{refused}");
}

#[test]
fn an_infinite_number_is_named_by_its_row() {
    let mut source = table(150_000, &[70_000]);
    if let Column::Numbers(income) = &mut source.columns[INCOME] {
        (income[140_000], income[99_999]) = (f64::INFINITY, f64::NEG_INFINITY);
    }
    if let Column::Numbers(weights) = &mut source.columns[WEIGHT] {
        (weights[140_000], weights[99_999]) = (1.0, 1.0);
    }
    let frame = PsuFrame::of(&source, DESIGN, LonelyPsu::Fail).unwrap().unwrap();
    let streamed = pass::means(&source, &frame, DESIGN, &[(INCOME, "income")], &[REGION], &options()).unwrap_err();
    let income = Variable::new("income", source.columns[INCOME].numbers());
    let regions = Domains::by(&codes(&source, REGION));
    let whole = estimate::means(&design(&source), &[income], &regions, &options()).unwrap_err();
    assert_eq!(streamed.to_string(), whole.to_string());
    assert!(whole.to_string().contains("row 100000"), "{whole}");
    // Where rows are the units, and under replicate weights.
    let rows = UnitFrame::of(&source, Some(WEIGHT), &[StageColumns::default()], None, |b| b).unwrap().unwrap();
    let of_rows =
        pass::ratios(&source, rows.frame(), DESIGN, &[((PEOPLE, "people"), (INCOME, "income"))], &[], &options());
    assert_eq!(of_rows.unwrap_err().to_string(), whole.to_string());
    let (source, replicates) = with_replicates(source, 0);
    let columns = ReplicateColumns { columns: replicates, input: ReplicateInput::new(ReplicateKind::Jk1, Vec::new()) };
    let frame = UnitFrame::of(&source, Some(WEIGHT), &[], Some(&columns), |b| b).unwrap().unwrap();
    let of_replicates = pass::totals(&source, frame.frame(), DESIGN, &[(INCOME, "income")], &[], &options());
    assert_eq!(of_replicates.unwrap_err().to_string(), whole.to_string());
}

#[test]
fn missing_numbers_are_handled_as_declared_in_groups_too() {
    let source = table(5_000, &[1_000, 3_000]);
    let frame = PsuFrame::of(&source, DESIGN, LonelyPsu::Fail).unwrap().unwrap();
    let design = design(&source);
    let regions = Domains::by(&codes(&source, REGION));
    for missing in [MissingOutcome::Refuse, MissingOutcome::Exclude, MissingOutcome::KeepInBase] {
        let options = Options { missing, ..Options::default() };
        let pair = ((INCOME, "income"), (PEOPLE, "people"));
        let streamed = pass::ratios(&source, &frame, DESIGN, &[pair], &[REGION], &options).unwrap();
        let income = Variable::new("income", source.columns[INCOME].numbers());
        let people = Variable::new("people", source.columns[PEOPLE].numbers());
        let whole = estimate::ratios(&design, &[(income, people)], &regions, &options).unwrap();
        assert_eq!(bits(&streamed), bits(&whole), "{missing:?}");
        assert_eq!(whole.get(0).unwrap().value.is_none(), missing == MissingOutcome::Refuse);
    }
}
