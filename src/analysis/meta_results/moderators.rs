//! What may explain why polls differ: time, mode, pollster, each in a model of its own.

use super::selection::Estimate;
use super::{Pool, columns, failed, fit, hartung_knapp};
use crate::analysis::meta::Moderator;
use crate::analysis::result::{Figures, Unit};
use crate::analysis::work::Work;
use crate::study::definition::MetaModerator;

/// Years of the unit of slopes.
const DECADE: f64 = 10.0;

pub(super) fn write(pool: &Pool<'_>, moderator: MetaModerator, work: &mut Work<'_>) {
    match moderator {
        MetaModerator::Time => over_time(pool, work),
        MetaModerator::Mode => {
            let modes: Vec<String> = pool.estimates.iter().map(|estimate| mode(estimate, work)).collect();
            between(pool, "mode", &modes, work);
        }
        MetaModerator::Pollster => {
            let pollsters: Vec<String> =
                pool.estimates.iter().map(|estimate| estimate.record.about("pollster").to_owned()).collect();
            between(pool, "pollster", &pollsters, work);
        }
    }
}

fn over_time(pool: &Pool<'_>, work: &mut Work<'_>) {
    let years: Option<Vec<f64>> =
        pool.estimates.iter().map(|estimate| Some(estimate.record.when?.mid_year())).collect();
    let figures = match &years {
        None => Figures::not_estimable("a poll has no date"),
        Some(years) if years.windows(2).all(|pair| pair[0] == pair[1]) => {
            Figures::not_estimable("all polls are of one time")
        }
        Some(years) => {
            let centre = years.iter().sum::<f64>() / years.len().max(1) as f64;
            let decades: Vec<f64> = years.iter().map(|year| (year - centre) / DECADE).collect();
            let (y, v) = columns(pool.estimates);
            match fit(&y, &v, &[Moderator { name: "decade".to_owned(), values: &decades }]) {
                Ok(fit) => hartung_knapp(&fit.coefficients[1], fit.degf),
                Err(error) => failed(&error),
            }
        }
    };
    work.record(pool.record("per-decade", Unit::SharePerDecade, pool.estimates).figures(figures));
}

/// The mode that the survey of an estimate declares; empty where it has none.
fn mode(estimate: &Estimate, work: &Work<'_>) -> String {
    let surveys = &work.study.definition.survey;
    let survey = surveys.iter().find(|survey| survey.id == estimate.poll());
    survey.map_or_else(String::new, |survey| survey.mode.get("en").to_owned())
}

/// Differences between the levels of a factor and the most frequent one, the first in byte order among equals.
fn between(pool: &Pool<'_>, name: &str, labels: &[String], work: &mut Work<'_>) {
    let mut levels: Vec<&String> = labels.iter().collect();
    levels.sort_unstable();
    levels.dedup();
    let count = |level: &String| labels.iter().filter(|label| *label == level).count();
    let most = levels.iter().map(|level| count(level)).max().unwrap_or(0);
    let Some(reference) = levels.iter().copied().find(|level| count(level) == most) else { return };
    let others: Vec<&String> = levels.into_iter().filter(|level| *level != reference).collect();
    let indicators: Vec<Vec<f64>> =
        others.iter().map(|level| labels.iter().map(|label| f64::from(u8::from(label == *level))).collect()).collect();
    let moderators: Vec<Moderator<'_>> =
        others.iter().zip(&indicators).map(|(level, values)| Moderator { name: level.to_string(), values }).collect();
    let (y, v) = columns(pool.estimates);
    let fit = fit(&y, &v, &moderators);
    let unit = pool.estimates.first().map_or(Unit::ShareDifference, |estimate| estimate.record.unit);
    for (index, level) in others.iter().enumerate() {
        let figures = match &fit {
            Ok(fit) => hartung_knapp(&fit.coefficients[index + 1], fit.degf),
            Err(error) => failed(error),
        };
        let record = pool.record(&format!("{name}-{}", slug(level)), unit, pool.estimates);
        work.record(record.with("level", level).with("reference", reference).figures(figures));
    }
}

/// A text as part of an id: letters and digits, with hyphens between.
fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}
