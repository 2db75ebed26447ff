//! Nominal 95 % intervals cover the truth in about 95 of 100 samples from populations that are known.

use opros::design::{Codes, Domains, SurveyDesign};
use opros::estimate::{self, Estimate, Options, Variable};
use opros::numeric::stream::Stream;
use opros::weighting::{Margin, poststratify};

const SAMPLES: u64 = 600;

/// A population of 30 strata of 40 clusters of 5: clusters differ, strata differ.
struct Population {
    y: Vec<f64>,
    yes: Vec<bool>,
    group: Vec<usize>,
}

const STRATA: usize = 30;
const CLUSTERS: usize = 40;
const SIZE: usize = 5;

impl Population {
    fn new() -> Self {
        let mut stream = Stream::named(2024, "population");
        let mut population = Self { y: Vec::new(), yes: Vec::new(), group: Vec::new() };
        for h in 0..STRATA {
            for _ in 0..CLUSTERS {
                let level = stream.normal() + h as f64 / 10.0;
                for _ in 0..SIZE {
                    let y = level + stream.normal();
                    population.group.push(usize::from(stream.uniform() < 0.3 + 0.1 * (level > 1.0) as u8 as f64));
                    population.yes.push(y > 2.5);
                    population.y.push(y);
                }
            }
        }
        population
    }

    /// `n` clusters a stratum, all rows of each.
    fn sample(&self, draw: u64, n: usize) -> (Vec<usize>, Vec<String>, Vec<String>) {
        let mut stream = Stream::named(7, "coverage").child_at(draw);
        let (mut rows, mut strata, mut psu) = (Vec::new(), Vec::new(), Vec::new());
        for h in 0..STRATA {
            for cluster in stream.sample(CLUSTERS, n) {
                for i in 0..SIZE {
                    rows.push((h * CLUSTERS + cluster) * SIZE + i);
                    strata.push(h.to_string());
                    psu.push(cluster.to_string());
                }
            }
        }
        (rows, strata, psu)
    }
}

fn covers(estimate: &Estimate, truth: f64) -> [u32; 2] {
    match (estimate.ci_low, estimate.ci_high) {
        (Some(low), Some(high)) => [u32::from(low <= truth && truth <= high), 1],
        _ => [0, 0],
    }
}

// The share of 600 samples whose interval covers has a standard error of 0.9 points at 95 %: 92 to 98 % is within three
// and a bit of it.
#[test]
fn nominal_95_percent_intervals_cover_within_monte_carlo_error() {
    let population = Population::new();
    let n = population.y.len() as f64;
    let mean = population.y.iter().sum::<f64>() / n;
    let share = population.yes.iter().filter(|y| **y).count() as f64 / n;
    let in_group: Vec<usize> = (0..population.y.len()).filter(|&i| population.group[i] == 1).collect();
    let group_share = in_group.iter().filter(|&&i| population.yes[i]).count() as f64 / in_group.len() as f64;
    let sizes = [n - in_group.len() as f64, in_group.len() as f64];
    let names = ["mean", "share", "share in a domain", "mean after post-stratification", "median"];
    let mut sorted = population.y.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2 - 1];
    let mut counts = [[0u32; 2]; 5];
    for draw in 0..SAMPLES {
        let (rows, strata, psu) = population.sample(draw, 3);
        let design = SurveyDesign::builder()
            .strata(&strata)
            .psu(&psu)
            .nest(true)
            .population_sizes(&vec![CLUSTERS as f64; rows.len()])
            .build()
            .unwrap();
        let y: Vec<f64> = rows.iter().map(|&i| population.y[i]).collect();
        let y = [Variable::new("y", &y)];
        let answers: Vec<&str> = rows.iter().map(|&i| if population.yes[i] { "yes" } else { "no" }).collect();
        let answers = Codes::from_labels(&answers);
        let groups: Vec<&str> = rows.iter().map(|&i| ["other", "own"][population.group[i]]).collect();
        let groups = Codes::from_labels(&groups);
        let whole = Domains::whole(rows.len());
        let options = Options::default();
        let shares = estimate::proportions(&design, &answers, &whole, &options).unwrap();
        let by_group = estimate::proportions(&design, &answers, &Domains::by(&groups), &options).unwrap();
        let targets = vec![("other".to_string(), sizes[0]), ("own".to_string(), sizes[1])];
        let post = poststratify(&design, &Margin::new("group", groups.clone(), targets), false).unwrap().design;
        let quantile = estimate::quantiles(&design, &y[0], &[0.5], &whole, &Default::default()).unwrap();
        let found = [
            covers(estimate::means(&design, &y, &whole, &options).unwrap().get(0).unwrap(), mean),
            covers(shares.get(1).unwrap(), share),
            covers(by_group.get(by_group.position("own", "yes").unwrap()).unwrap(), group_share),
            covers(estimate::means(&post, &y, &whole, &options).unwrap().get(0).unwrap(), mean),
            match (quantile[0].ci_low, quantile[0].ci_high) {
                (Some(low), Some(high)) => [u32::from(low <= median && median <= high), 1],
                _ => [0, 0],
            },
        ];
        for (count, own) in counts.iter_mut().zip(found) {
            count[0] += own[0];
            count[1] += own[1];
        }
    }
    for (name, [hits, n]) in names.iter().zip(counts) {
        let coverage = f64::from(hits) / f64::from(n);
        assert!(n as u64 == SAMPLES && (0.92..=0.98).contains(&coverage), "{name}: {coverage} of {n}");
    }
}
