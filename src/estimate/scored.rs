//! Estimates whose points and scores were made elsewhere: models hand them over here.

use std::sync::Arc;

use super::error::EstimateError;
use super::estimates::{Estimates, Scores, UnitScores};
use super::finish::Finished;
use super::options::Options;
use super::statistic::finish;
use super::variables::check_request;
use crate::design::{Base, Domains, SurveyDesign};

/// What the variance of the estimates is made from.
#[derive(Clone, Debug)]
pub enum Scored {
    /// For each estimate the linearized variable of each row, without the weight; 0 outside the domain.
    Rows(Vec<Vec<f64>>),
    /// Unit after unit the totals of the weighted scores for all estimates; for weights that were not adjusted.
    Units(Vec<f64>),
    /// For each set of replicate weights all estimates.
    Replicates(Vec<Vec<f64>>),
}

/// Estimates in one domain from their points and their scores.
///
/// # Errors
///
/// A mask or scores of another length than the design, or a level outside 0..1.
pub fn scored(
    design: &SurveyDesign,
    names: Vec<String>,
    points: &[f64],
    parts: &Scored,
    mask: &[bool],
    options: &Options,
) -> Result<Estimates, EstimateError> {
    let domains = Domains::mask("all", mask);
    check_request(design, &domains, options)?;
    let length = |what: &str, got: usize, expected: usize| match got == expected {
        true => Ok(()),
        false => Err(EstimateError::Length { what: what.to_string(), got, expected }),
    };
    length("the list of names", names.len(), points.len())?;
    let p = points.len();
    let side_by_side = |columns: Vec<Vec<f64>>| -> Vec<f64> {
        (0..design.form().n_units()).flat_map(|unit| columns.iter().map(move |column| column[unit])).collect()
    };
    let data: Vec<f64> = match parts {
        Scored::Rows(scores) => {
            length("the list of scores", scores.len(), p)?;
            for column in scores {
                length("a column of scores", column.len(), design.n_rows())?;
            }
            side_by_side(scores.iter().map(|column| design.unit_scores(column)).collect())
        }
        Scored::Units(totals) => {
            length("the list of scores of units", totals.len(), p * design.n_units())?;
            totals.clone()
        }
        Scored::Replicates(values) => {
            for replicate in values {
                length("a replicate", replicate.len(), p)?;
            }
            length("the list of replicates", values.len(), design.form().n_units())?;
            values.iter().flat_map(|values| values.iter().zip(points).map(|(v, point)| v - point)).collect()
        }
    };
    let table = Arc::new(UnitScores { n_columns: p, data });
    let (domain_labels, domain_of_row) = domains.into_parts();
    let bases = Base::of_partition(design, &domain_of_row, 1, options.degf.known());
    let finished = |(k, point): (usize, &f64)| finish(design, &bases[0], options, Some(*point), Some(&table.column(k)));
    let estimates = points.iter().enumerate().map(finished).collect();
    let scores = (0..p).map(|k| Scores::Units(Arc::clone(&table), k)).collect();
    let domain_of = vec![0; points.len()];
    let request = Finished {
        names,
        domain_labels,
        domain_of_row: Some(domain_of_row),
        bases,
        overlapping: None,
        options: options.clone(),
    };
    Ok(Estimates::new(design.clone(), estimates, scores, domain_of, request))
}
