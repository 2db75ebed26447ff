//! Problems of a design that can be seen column by column.

use super::builder::{PairwiseInput, PopulationInput, SurveyDesignBuilder};
use super::check::stage_inputs;
use super::codes::{Codes, MISSING};
use super::error::DesignProblem;
use super::form::JointProbabilities;
use super::replicates::{ReplicateInput, ReplicateKind};

/// Rows above which a variance from pairs of rows is refused.
const MAX_PAIRWISE_ROWS: usize = 20_000;

/// Problems that can be seen column by column.
pub(super) fn columns(builder: &SurveyDesignBuilder, n_rows: usize, problems: &mut Vec<DesignProblem>) {
    if n_rows == 0 {
        problems.push(DesignProblem::NoRows);
        return;
    }
    let mut numbers = |what: String, values: &[f64], expected, is_usable: &dyn Fn(f64) -> bool| {
        if values.len() != n_rows {
            problems.push(DesignProblem::Length { what, got: values.len(), expected: n_rows });
            return;
        }
        let mut bad = values.iter().enumerate().filter(|(_, v)| !is_usable(**v));
        if let Some((row, value)) = bad.next() {
            problems.push(DesignProblem::Number {
                what,
                n: 1 + bad.count(),
                first_row: row + 1,
                value: *value,
                expected,
            });
        }
    };
    let weight = |w: f64| w.is_finite() && w >= 0.0;
    let mut is_overflow = false;
    if let Some(weights) = &builder.weights {
        // Rows that stand for others have the sums of their weights, of which one may be too large already.
        let is_sum = builder.behind.is_some() && weights.contains(&f64::INFINITY);
        is_overflow = is_sum || weights.iter().all(|w| weight(*w)) && weights.iter().sum::<f64>().is_infinite();
        if !is_sum {
            numbers("the weight".into(), weights, "a finite number, 0 or more", &weight);
        }
    }
    for (depth, input) in stage_inputs(builder).iter().enumerate() {
        let stage = depth + 1;
        match &input.population {
            Some(PopulationInput::Sizes(sizes)) => {
                numbers(format!("the population size of stage {stage}"), sizes, "1 or more", &|v| v >= 1.0)
            }
            Some(PopulationInput::Fractions(values)) => {
                numbers(format!("the sampling fraction of stage {stage}"), values, "more than 0, at most 1", &|v| {
                    v > 0.0 && v <= 1.0
                })
            }
            Some(PopulationInput::Probabilities(values)) => {
                numbers(format!("the inclusion probability of stage {stage}"), values, "more than 0, at most 1", &|v| {
                    v > 0.0 && v <= 1.0
                })
            }
            None => {}
        }
    }
    if let Some(pairwise) = &builder.pairwise {
        numbers("the inclusion probability".into(), &pairwise.probabilities, "more than 0, at most 1", &|v| {
            v > 0.0 && v <= 1.0
        });
    }
    if let Some(replicates) = &builder.replicates {
        for (r, column) in replicates.columns.iter().enumerate() {
            numbers(format!("replicate weight {}", r + 1), column, "a finite number", &|v| v.is_finite());
        }
    }
    for (depth, input) in stage_inputs(builder).iter().enumerate() {
        for (what, codes) in [("unit", &input.ids), ("stratum", &input.strata)] {
            if let Some(codes) = codes {
                labels(format!("the {what} of stage {}", depth + 1), codes, n_rows, problems);
            }
        }
    }
    if is_overflow {
        problems.push(DesignProblem::WeightsOverflow);
    }
    if let Some(pairwise) = &builder.pairwise {
        pairs(builder, pairwise, n_rows, problems);
    }
    if builder.weights.is_none() && builder.first.population.is_none() && builder.pairwise.is_none() {
        problems.push(DesignProblem::NoWeights);
    }
    if let Some(replicates) = &builder.replicates {
        replicate_factors(replicates, problems);
    }
}

fn replicate_factors(input: &ReplicateInput, problems: &mut Vec<DesignProblem>) {
    if input.columns.len() < 2 {
        problems.push(DesignProblem::TooFewReplicates { got: input.columns.len() });
    }
    let mut need = |what| {
        problems.push(DesignProblem::ReplicateFactors { kind: input.kind.to_string(), what });
    };
    match (&input.rscales, input.kind) {
        (None, ReplicateKind::Jkn) => need("one factor (rscale) a replicate"),
        (Some(factors), _) if factors.len() != input.columns.len() => {
            need("as many factors (rscales) as replicates");
        }
        (Some(factors), _) if factors.iter().any(|f| !(f.is_finite() && *f >= 0.0)) => {
            need("factors (rscales) that are finite and not negative");
        }
        _ => {}
    }
    if input.scale.is_some_and(|s| !(s.is_finite() && s >= 0.0)) {
        need("a scale that is finite and not negative");
    }
    if let ReplicateKind::Fay { rho } = input.kind
        && !(0.0..1.0).contains(&rho)
    {
        need("a rho of at least 0 and below 1");
    }
}

fn labels(what: String, codes: &Codes, n_rows: usize, problems: &mut Vec<DesignProblem>) {
    if codes.len() != n_rows {
        problems.push(DesignProblem::Length { what, got: codes.len(), expected: n_rows });
        return;
    }
    let mut missing = codes.codes().iter().enumerate().filter(|(_, c)| **c == MISSING);
    if let Some((row, _)) = missing.next() {
        problems.push(DesignProblem::MissingLabel { what, n: 1 + missing.count(), first_row: row + 1 });
    }
}

fn pairs(builder: &SurveyDesignBuilder, pairwise: &PairwiseInput, n_rows: usize, problems: &mut Vec<DesignProblem>) {
    if n_rows > MAX_PAIRWISE_ROWS {
        problems.push(DesignProblem::TooManyPairs { got: n_rows, limit: MAX_PAIRWISE_ROWS });
    }
    if builder.first.ids.is_some() || !builder.later.is_empty() || builder.replicates.is_some() {
        problems.push(DesignProblem::PairwiseStages);
    }
    if let JointProbabilities::Matrix(joint) = &pairwise.joint {
        if joint.len() != n_rows * n_rows {
            problems.push(DesignProblem::Length {
                what: "the matrix of joint probabilities".into(),
                got: joint.len(),
                expected: n_rows * n_rows,
            });
        } else if let Some(i) = joint.iter().position(|p| !(*p > 0.0 && *p <= 1.0 + 1e-9)) {
            problems.push(DesignProblem::Number {
                what: "the matrix of joint probabilities".into(),
                n: joint.iter().filter(|p| !(**p > 0.0 && **p <= 1.0 + 1e-9)).count(),
                first_row: i / n_rows + 1,
                value: joint[i],
                expected: "more than 0, at most 1",
            });
        }
    }
}
