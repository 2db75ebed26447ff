//! How often nominal 95 % intervals hold the population value, over repeated samples from finite populations.
//!
//! `docs/coverage.md` has the table of this run; the last test compares.

use std::fmt::Write as _;

use opros::design::{Codes, Domains, StageInput, SurveyDesign};
use opros::estimate::{DegfRule, Estimate, Options, Variable, means, proportions, totals};
use opros::numeric::stream::Stream;
use opros::weighting::{
    CalibrateOptions, Margin, RakeOptions, ReplicateMethod, calibrate, poststratify, rake, replicate,
};
use rayon::prelude::*;

const SEED: u64 = 20_260_726;
const NOMINAL: f64 = 0.95;
/// Standard errors of the simulation that a coverage may be away.
const ALLOWED: f64 = 3.5;

/// Everybody of a population, with what the designs draw by.
struct Population {
    strata: Vec<Stratum>,
    n_strata: usize,
    people: Vec<Person>,
}

/// A stratum: its units, each a list of people.
struct Stratum {
    units: Vec<Vec<usize>>,
}

#[derive(Clone, Copy)]
struct Person {
    /// 1 for yes, about 0.45 of all.
    yes: f64,
    /// 1 for about 3 of 100.
    rare: f64,
    y: f64,
    /// Known of everybody, related to y.
    x: f64,
    sex: u32,
    age: u32,
}

impl Population {
    /// Units differ by `effect` standard deviations: 0 makes them small random samples of their stratum.
    fn new(name: &str, n_strata: usize, n_units: usize, effect: f64) -> Self {
        let mut stream = Stream::named(SEED, &format!("population {name}"));
        let (mut strata, mut people) = (Vec::new(), Vec::new());
        for h in 0..n_strata {
            let level = (h as f64 + 0.5) / n_strata as f64 - 0.5;
            let mut units = Vec::new();
            for _ in 0..n_units {
                let shift = effect * stream.normal();
                let mut unit = Vec::new();
                for _ in 0..20 + stream.index(21) {
                    unit.push(people.len());
                    let (sex, age) = (stream.index(2) as u32, stream.index(3) as u32);
                    let lean = -0.4 + level + shift + 0.3 * f64::from(sex) + 0.5 * (f64::from(age) - 1.0);
                    let x = libm::exp(0.5 * stream.normal() + 0.3 * shift);
                    people.push(Person {
                        yes: f64::from(u8::from(stream.chance(share(lean)))),
                        rare: f64::from(u8::from(stream.chance(share(lean - 3.2)))),
                        y: 10.0 + 4.0 * x + 2.0 * lean + 2.0 * stream.exponential(),
                        x,
                        sex,
                        age,
                    });
                }
                units.push(unit);
            }
            strata.push(Stratum { units });
        }
        Self { strata, n_strata, people }
    }

    fn members(&self, h: usize) -> Vec<usize> {
        self.strata[h].units.iter().flatten().copied().collect()
    }

    fn sum(&self, value: impl Fn(&Person) -> f64) -> f64 {
        self.people.iter().map(value).sum()
    }

    fn mean(&self, value: impl Fn(&Person) -> f64, is_in: impl Fn(&Person) -> bool) -> f64 {
        let members = self.people.iter().filter(|p| is_in(p));
        let (sum, n) = members.fold((0.0, 0.0), |(sum, n), p| (sum + value(p), n + 1.0));
        sum / n
    }
}

fn share(lean: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-lean))
}

/// One sample: who, with which weight, and the design columns.
#[derive(Default)]
struct Drawn {
    who: Vec<usize>,
    weights: Vec<f64>,
    strata: Vec<u32>,
    units: Vec<u32>,
    /// Units in the population of the stratum, and people in the population of the unit.
    sizes: [Vec<f64>; 2],
}

impl Drawn {
    fn add(&mut self, who: usize, weight: f64, (stratum, unit): (usize, usize), sizes: [f64; 2]) {
        self.who.push(who);
        self.weights.push(weight);
        self.strata.push(stratum as u32);
        self.units.push(unit as u32);
        self.sizes[0].push(sizes[0]);
        self.sizes[1].push(sizes[1]);
    }
}

/// How samples are drawn.
#[derive(Clone, Copy)]
enum Draw {
    /// People, without strata.
    Simple { n: usize },
    /// People within strata, as many in each, so that weights differ.
    Stratified { n: usize },
    /// Units within strata, then people within units.
    Clusters { n_units: usize, n: usize },
}

impl Draw {
    fn sample(self, population: &Population, stream: &mut Stream) -> Drawn {
        let mut drawn = Drawn::default();
        match self {
            Draw::Simple { n } => {
                let size = population.people.len();
                for who in stream.sample(size, n) {
                    drawn.add(who, size as f64 / n as f64, (0, who), [size as f64, 1.0]);
                }
            }
            Draw::Stratified { n } => {
                for h in 0..population.n_strata {
                    let members = population.members(h);
                    let size = members.len() as f64;
                    for k in stream.sample(members.len(), n) {
                        drawn.add(members[k], size / n as f64, (h, members[k]), [size, 1.0]);
                    }
                }
            }
            Draw::Clusters { n_units, n } => {
                for (h, stratum) in population.strata.iter().enumerate() {
                    let size = stratum.units.len() as f64;
                    for unit in stream.sample(stratum.units.len(), n_units) {
                        let members = &stratum.units[unit];
                        let weight = size / n_units as f64 * members.len() as f64 / n as f64;
                        for k in stream.sample(members.len(), n) {
                            let place = (h, h * stratum.units.len() + unit);
                            drawn.add(members[k], weight, place, [size, members.len() as f64]);
                        }
                    }
                }
            }
        }
        drawn
    }
}

/// What the analyst does with the sample.
#[derive(Clone, Copy, PartialEq)]
enum Analysis {
    /// Population sizes of the first stage.
    Finite,
    /// Population sizes of both stages.
    BothStages,
    /// First-stage units as if drawn with replacement.
    WithReplacement,
    PostStratified,
    Raked,
    Calibrated,
    Jackknife,
    JackknifePostStratified,
    Bootstrap,
}

fn codes(values: impl Iterator<Item = u32>, n: u32) -> Codes {
    Codes::from_codes(values.collect(), (0..n).map(|k| k.to_string()).collect())
}

fn design(analysis: Analysis, population: &Population, drawn: &Drawn, seed: u64) -> SurveyDesign {
    let label = |values: &[u32]| Codes::from_integers(&values.iter().map(|v| i64::from(*v)).collect::<Vec<i64>>());
    let builder = SurveyDesign::builder().weights(&drawn.weights).strata(label(&drawn.strata)).psu(label(&drawn.units));
    let base = match analysis {
        Analysis::Finite => builder.population_sizes(&drawn.sizes[0]),
        Analysis::BothStages => {
            builder.population_sizes(&drawn.sizes[0]).then(StageInput::rows().population_sizes(&drawn.sizes[1]))
        }
        _ => builder,
    };
    let base = base.build().unwrap();
    let person = |i: &usize| population.people[*i];
    let margin = |name: &str, n: u32, of: fn(&Person) -> u32| {
        let target = |k: u32| (k.to_string(), population.sum(|p| f64::from(u8::from(of(p) == k))));
        Margin::new(name, codes(drawn.who.iter().map(|i| of(&person(i))), n), (0..n).map(target).collect())
    };
    let age = || margin("age", 3, |p| p.age);
    match analysis {
        Analysis::Finite | Analysis::BothStages | Analysis::WithReplacement => base,
        Analysis::PostStratified => poststratify(&base, &age(), false).unwrap().design,
        Analysis::Raked => rake(&base, &[age(), margin("sex", 2, |p| p.sex)], &RakeOptions::default()).unwrap().design,
        Analysis::Calibrated => {
            let n = population.people.len() as f64;
            let x = drawn.who.iter().map(|i| person(i).x).collect();
            let columns = [("one".to_string(), vec![1.0; drawn.who.len()]), ("x".to_string(), x)];
            let targets = [n, population.sum(|p| p.x)];
            calibrate(&base, &columns, &targets, &CalibrateOptions::default()).unwrap().design
        }
        Analysis::Jackknife => replicate(&base, &ReplicateMethod::Jkn, true).unwrap(),
        Analysis::JackknifePostStratified => {
            let replicates = replicate(&base, &ReplicateMethod::Jkn, true).unwrap();
            poststratify(&replicates, &age(), false).unwrap().design
        }
        Analysis::Bootstrap => replicate(&base, &ReplicateMethod::RaoWu { n_replicates: 200, seed }, true).unwrap(),
    }
}

/// What is estimated.
const FIGURES: [&str; 7] = ["share", "rare share", "mean", "total", "share, women", "women − men", "mean, old women"];

fn truths(population: &Population) -> [f64; 7] {
    let all = |_: &Person| true;
    let (women, men) = (population.mean(|p| p.yes, |p| p.sex == 1), population.mean(|p| p.yes, |p| p.sex == 0));
    [
        population.mean(|p| p.yes, all),
        population.mean(|p| p.rare, all),
        population.mean(|p| p.y, all),
        population.sum(|p| p.y),
        women,
        women - men,
        population.mean(|p| p.y, |p| p.sex == 1 && p.age == 2),
    ]
}

fn estimates(population: &Population, drawn: &Drawn, design: &SurveyDesign, options: &Options) -> [Estimate; 7] {
    let of = |value: fn(&Person) -> f64| drawn.who.iter().map(|i| value(&population.people[*i])).collect::<Vec<f64>>();
    let is_yes = |value: fn(&Person) -> f64| codes(drawn.who.iter().map(|i| value(&population.people[*i]) as u32), 2);
    let sex = Domains::by(&codes(drawn.who.iter().map(|i| population.people[*i].sex), 2));
    let whole = Domains::whole(drawn.who.len());
    let old: Vec<bool> =
        drawn.who.iter().map(|i| population.people[*i].age == 2 && population.people[*i].sex == 1).collect();
    let y = of(|p| p.y);
    let y = [Variable::new("y", &y)];
    let one = |e: &opros::estimate::Estimates, i: usize| e.get(i).unwrap().clone();
    let shares = proportions(design, &is_yes(|p| p.yes), &whole, options).unwrap();
    let rare = proportions(design, &is_yes(|p| p.rare), &whole, options).unwrap();
    let by_sex = proportions(design, &is_yes(|p| p.yes), &sex, options).unwrap();
    [
        one(&shares, 1),
        one(&rare, 1),
        one(&means(design, &y, &whole, options).unwrap(), 0),
        one(&totals(design, &y, &whole, options).unwrap(), 0),
        one(&by_sex, 3),
        by_sex.contrast(&[(3, 1.0), (1, -1.0)]).unwrap(),
        one(&means(design, &y, &Domains::mask("old women", &old), options).unwrap(), 0),
    ]
}

struct Study {
    name: &'static str,
    draw: Draw,
    analysis: Analysis,
    n_samples: usize,
    n_strata: usize,
    effect: f64,
}

/// What the samples of one study say of one figure.
struct Finding {
    coverage: f64,
    /// Mean of the estimates less the population value, in standard errors of one estimate.
    bias: f64,
    /// Mean variance estimate over the variance of the estimates.
    variance_ratio: f64,
    degf: f64,
}

fn run(study: &Study) -> Vec<Finding> {
    // Analyses of one way of drawing see the same population and the same samples.
    let (drawing, _) = study.name.split_once(',').unwrap_or((study.name, ""));
    let population = Population::new(drawing, study.n_strata, 200, study.effect);
    let truths = truths(&population);
    let streams = Stream::named(SEED, &format!("samples {drawing}"));
    let samples: Vec<[Estimate; 7]> = (0..study.n_samples as u64)
        .into_par_iter()
        .map(|k| {
            let drawn = study.draw.sample(&population, &mut streams.child_at(k));
            let design = design(study.analysis, &population, &drawn, k);
            // The rank of hundreds of replicate columns, sample by sample, would cost more than all else; the degrees of
            // freedom are those of the design that the replicates were made from.
            let degf = match (study.analysis, study.draw) {
                (
                    Analysis::Jackknife | Analysis::JackknifePostStratified | Analysis::Bootstrap,
                    Draw::Clusters { n_units, .. },
                ) => DegfRule::Fixed((study.n_strata * (n_units - 1)) as f64),
                _ => DegfRule::Domain,
            };
            estimates(&population, &drawn, &design, &Options { degf, ..Options::default() })
        })
        .collect();
    let n = study.n_samples as f64;
    let finding = |k: usize| {
        let all = || samples.iter().map(|s| &s[k]);
        let holds = |e: &&Estimate| e.ci_low.unwrap() <= truths[k] && truths[k] <= e.ci_high.unwrap();
        let mean = all().map(|e| e.value.unwrap()).sum::<f64>() / n;
        let spread = all().map(|e| (e.value.unwrap() - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let variance = all().map(|e| e.se.unwrap().powi(2)).sum::<f64>() / n;
        Finding {
            coverage: all().filter(holds).count() as f64 / n,
            bias: (mean - truths[k]) / spread.sqrt(),
            variance_ratio: variance / spread,
            degf: all().map(|e| e.degf).sum::<f64>() / n,
        }
    };
    (0..7).map(finding).collect()
}

const fn study(name: &'static str, draw: Draw, analysis: Analysis, n_samples: usize) -> Study {
    Study { name, draw, analysis, n_samples, n_strata: 8, effect: 0.5 }
}

const CLUSTERS: Draw = Draw::Clusters { n_units: 5, n: 10 };
const STRATIFIED: Draw = Draw::Stratified { n: 50 };

fn studies() -> Vec<Study> {
    let simple = |name, n| Study { n_strata: 1, ..study(name, Draw::Simple { n }, Analysis::Finite, 3000) };
    let few = Draw::Clusters { n_units: 3, n: 12 };
    vec![
        simple("simple random, n = 400", 400),
        simple("simple random, n = 60", 60),
        study("stratified", STRATIFIED, Analysis::Finite, 3000),
        study("stratified, calibrated", STRATIFIED, Analysis::Calibrated, 2000),
        study("clusters", CLUSTERS, Analysis::WithReplacement, 2000),
        study("clusters, both stages", CLUSTERS, Analysis::BothStages, 2000),
        Study { n_strata: 4, ..study("few clusters", few, Analysis::WithReplacement, 3000) },
        study("clusters, post-stratified", CLUSTERS, Analysis::PostStratified, 2000),
        study("clusters, raked", CLUSTERS, Analysis::Raked, 2000),
        study("clusters, calibrated", CLUSTERS, Analysis::Calibrated, 2000),
        study("clusters, jackknife", CLUSTERS, Analysis::Jackknife, 1000),
        study("clusters, jackknife, post-stratified", CLUSTERS, Analysis::JackknifePostStratified, 1000),
        study("clusters, bootstrap", CLUSTERS, Analysis::Bootstrap, 1000),
    ]
}

/// Coverages that are not nominal, and why; `docs/coverage.md` says it in more words.
const KNOWN: [(&str, &str, Why); 3] = [
    ("simple random, n = 60", "rare share", Why::FewCases),
    ("simple random, n = 60", "mean, old women", Why::SmallSkewedDomain),
    ("few clusters", "mean, old women", Why::SmallSkewedDomain),
];

/// Why a coverage is not nominal.
#[derive(Clone, Copy, PartialEq)]
enum Why {
    /// Korn and Graubard's interval is at least nominal by construction: too wide for one or two cases.
    FewCases,
    /// Ten members of a skewed distribution: mean and standard error go together.
    SmallSkewedDomain,
}

fn table(found: &[(Study, Vec<Finding>)], title: &str, cell: impl Fn(&Study, &Finding) -> String) -> String {
    let mut text = format!("| {title} | {} |\n|---|{}\n", FIGURES.join(" | "), "---:|".repeat(FIGURES.len()));
    for (study, findings) in found {
        let cells: Vec<String> = findings.iter().map(|f| cell(study, f)).collect();
        writeln!(text, "| {} | {} |", study.name, cells.join(" | ")).unwrap();
    }
    text
}

fn noise(study: &Study) -> f64 {
    (NOMINAL * (1.0 - NOMINAL) / study.n_samples as f64).sqrt()
}

fn is_off(study: &Study, finding: &Finding) -> bool {
    (finding.coverage - NOMINAL).abs() > ALLOWED * noise(study)
}

#[test]
fn nominal_intervals_cover_and_where_they_do_not_the_docs_say_so() {
    let found: Vec<(Study, Vec<Finding>)> = studies()
        .into_iter()
        .map(|s| {
            let f = run(&s);
            (s, f)
        })
        .collect();
    let coverage = table(&found, "coverage, %", |study, f| {
        format!("{:.1}{}", 100.0 * f.coverage, if is_off(study, f) { " \\*" } else { "" })
    });
    let variance = table(&found, "variance ratio", |_, f| format!("{:.2}", f.variance_ratio));
    let degf = table(&found, "degrees of freedom", |_, f| format!("{:.0}", f.degf));
    let tables = format!("{coverage}\n{variance}\n{degf}");
    let mut problems = Vec::new();
    for (study, findings) in &found {
        for (figure, f) in FIGURES.iter().zip(findings) {
            let known = KNOWN.iter().find(|k| k.0 == study.name && k.1 == *figure).map(|k| k.2);
            let is_as_known = match known {
                None => !is_off(study, f),
                Some(Why::FewCases) => is_off(study, f) && f.coverage > NOMINAL,
                Some(Why::SmallSkewedDomain) => is_off(study, f) && f.coverage < NOMINAL && f.coverage > 0.9,
            };
            if !is_as_known {
                problems.push(format!("{}, {figure}: coverage {:.3}", study.name, f.coverage));
            }
            // Estimators are unbiased but for ratios and calibration in small samples.
            if f.bias.abs() > 0.1 + 4.0 / (study.n_samples as f64).sqrt() {
                problems.push(format!("{}, {figure}: bias of {:.3} standard errors", study.name, f.bias));
            }
            let noise = ALLOWED * (2.0 / study.n_samples as f64).sqrt();
            if known != Some(Why::SmallSkewedDomain) && (f.variance_ratio - 1.0).abs() > 0.05 + noise {
                problems.push(format!("{}, {figure}: variance ratio {:.3}", study.name, f.variance_ratio));
            }
        }
    }
    assert!(problems.is_empty(), "{}\n\n{tables}", problems.join("\n"));
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/coverage.md")).unwrap();
    assert!(page.contains(&tables), "docs/coverage.md does not have the tables of this run:\n\n{tables}");
}
