//! One mood from many questions: what was asked when, the mood in two ways, and how it changed.

mod changes;
mod readings;

use super::interval::{Interval, LEVEL};
use super::result::{Evidence, Figures, Flag, LATENT_METHOD, ResultRecord, Unit};
use super::trend::TrendError;
use super::trend::mood::{Direction, DyadRatios, LatentMood, LatentMoodFit, MoodDraws, Reading};
use super::trend::series::correlation;
use super::work::Work;
use crate::numeric::dist::Normal;
use crate::numeric::stream::Stream;
use crate::study::definition::MoodAnalysis;
use crate::study::{PartialDate, Span, Study};
use readings::{Item, items};

/// Both moods over the years from the first reading to the last.
struct Moods<'i, 's> {
    analysis: &'s MoodAnalysis,
    items: &'i [Item<'s>],
    first_year: i32,
    /// Is anything asked in the year?
    is_asked: Vec<bool>,
    dyad: Result<MoodDraws, TrendError>,
    latent: Result<LatentMoodFit, TrendError>,
}

/// Answers the analysis.
pub(super) fn run<'s>(analysis: &'s MoodAnalysis, work: &mut Work<'s>) {
    let items = items(analysis, work);
    for record in items.iter().flat_map(|item| readings::records(analysis, item)).collect::<Vec<_>>() {
        work.record(record);
    }
    let years = || items.iter().flat_map(|item| item.readings.iter().map(|reading| reading.year));
    let Some((first, last)) = years().min().zip(years().max()) else {
        work.remark(&analysis.id, "items", "no question was asked often enough in this universe and time");
        return;
    };
    let readings: Vec<Reading> = items
        .iter()
        .enumerate()
        .flat_map(|(code, item)| item.readings.iter().map(move |reading| (code, reading)))
        .map(|(item, reading)| Reading {
            item,
            period: (reading.year - first) as usize,
            value: reading.value,
            n: reading.n_eff,
        })
        .collect();
    let seed = work.study.definition.study.as_ref().map_or(0, |header| header.seed);
    let stream = Stream::named(seed, &format!("mood {}", analysis.id));
    let settings = DyadRatios { direction: Direction::Declared, ..DyadRatios::default() };
    let moods = Moods {
        analysis,
        items: &items,
        first_year: first,
        is_asked: (first..=last).map(|year| years().any(|other| other == year)).collect(),
        dyad: MoodDraws::of(&settings, &readings, 1.0, 1.0, analysis.draws, &stream),
        latent: LatentMood::default().fit(&readings),
    };
    let records = [moods.years(), moods.loadings(), moods.whole(), changes::records(&moods)];
    for record in records.into_iter().flatten() {
        work.record(record);
    }
}

/// Questions and polls that the mood reads.
pub(super) fn used<'s>(study: &'s Study, analysis: &'s MoodAnalysis) -> Vec<(&'s str, &'s str)> {
    let items = items(analysis, &mut Work::new(study));
    let polls = items.iter().flat_map(|item| item.readings.iter().map(|reading| (item.definition, reading.poll)));
    polls.map(|(definition, poll)| (definition.question.as_str(), poll)).collect()
}

impl Moods<'_, '_> {
    fn record(&self, path: &[&str], unit: Unit) -> ResultRecord {
        let polls = self.items.iter().flat_map(|item| &item.readings);
        ResultRecord::new(&self.analysis.id, path, unit, Evidence::Published)
            .with("measure", path.first().copied().unwrap_or_default())
            .rests_on(polls.flat_map(|reading| &reading.origins))
    }

    /// Each year in both ways. The dyad ratios repeat a neighbour in a year without a question, which is no estimate.
    fn years(&self) -> Vec<ResultRecord> {
        let mut out = Vec::new();
        for (place, is_asked) in self.is_asked.iter().enumerate() {
            let year = self.first_year + place as i32;
            let own = self.items.iter().flat_map(|item| &item.readings).filter(|reading| reading.year == year);
            let flags: Vec<Flag> = own.flat_map(|reading| reading.flags.iter().copied()).collect();
            for (way, figures) in [("dyad", self.dyad_year(place, *is_asked)), ("latent", self.latent_year(place))] {
                let record = self
                    .record(&[way, &year.to_string()], Unit::Share)
                    .with("answer", way)
                    .with("period", &year.to_string())
                    .flags(flags.iter().copied().filter(|flag| *flag == Flag::NAssumed))
                    .figures(figures);
                out.push(match format!("{year:04}").parse::<PartialDate>() {
                    Ok(date) => record.at(Span::at(date)),
                    Err(_) => record,
                });
            }
        }
        out
    }

    fn dyad_year(&self, place: usize, is_asked: bool) -> Figures {
        if !is_asked {
            return Figures::not_estimable("no question was asked in this year");
        }
        let weights: Vec<f64> = (0..self.is_asked.len()).map(|i| f64::from(u8::from(i == place))).collect();
        self.dyad_contrast(&weights)
    }

    /// A sum of dyad moods with its bootstrap interval.
    fn dyad_contrast(&self, weights: &[f64]) -> Figures {
        let found = self.dyad.as_ref().map_err(Clone::clone).and_then(|draws| draws.contrast(weights, LEVEL));
        match found {
            Err(error) => Figures::not_estimable(error.to_string()),
            Ok(found) => Figures { estimate: Some(found.mood), ..Figures::default() }.limits(Some(Interval {
                low: found.low,
                high: found.high,
                method: "bootstrap percentile",
            })),
        }
    }

    fn latent_year(&self, place: usize) -> Figures {
        match &self.latent {
            Err(error) => Figures::not_estimable(error.to_string()),
            Ok(fit) => fit.mood.get(place).map_or_else(
                || Figures::not_estimable("no item of the latent mood reaches this year"),
                |point| normal(point.mood, point.se),
            ),
        }
    }

    /// How each item goes with both moods.
    fn loadings(&self) -> Vec<ResultRecord> {
        let mut out = Vec::new();
        for (code, item) in self.items.iter().enumerate() {
            let record = |measure: &str, unit, figures: Figures| {
                ResultRecord::new(&self.analysis.id, &[measure, &item.id], unit, Evidence::Published)
                    .with("measure", measure)
                    .with("item", &item.id)
                    .with("question", &item.definition.question)
                    .with("answer", &item.definition.answer)
                    .with("pollster", item.pollster)
                    .rests_on(item.readings.iter().flat_map(|reading| &reading.origins))
                    .figures(Figures { n: Some(item.readings.len() as u64), ..figures })
            };
            let dyad = match &self.dyad {
                Err(error) => Figures::not_estimable(error.to_string()),
                Ok(draws) => match draws.centre.items.iter().find(|loading| loading.item == code) {
                    Some(loading) => Figures::without_interval(loading.loading, "a description of these readings"),
                    None => Figures::not_estimable("asked in one year only, or always with the same result"),
                },
            };
            let latent = match &self.latent {
                Err(error) => Figures::not_estimable(error.to_string()),
                Ok(fit) => match fit.items.iter().find(|loading| loading.item == code) {
                    Some(loading) => Figures::without_interval(loading.loading, "taken as known by the model"),
                    None => Figures::not_estimable("read once only"),
                },
            };
            out.push(record("loading", Unit::Index, dyad));
            out.push(record("latent-loading", Unit::ShareDifference, latent));
        }
        out
    }

    /// What the moods as a whole are worth, and how far they agree.
    fn whole(&self) -> Vec<ResultRecord> {
        let (mut explained, mut reliability) = (Figures::default(), Figures::default());
        match &self.dyad {
            Err(error) => {
                (explained.reason, reliability.reason) = (Some(error.to_string()), Some(error.to_string()));
            }
            Ok(draws) => {
                let centre = &draws.centre;
                let n = Some(centre.items.len() as u64);
                let reason = "a description of these readings";
                explained = Figures {
                    n,
                    ..Figures::without_interval(centre.variance_explained / centre.total_variance, reason)
                };
                reliability = Figures { n, ..Figures::without_interval(centre.reliability, reason) };
            }
        }
        let (gap, agreement) = self.agreement();
        let n_items = self.items.len() as u64;
        let questions = Figures { n: Some(n_items), ..Figures::without_interval(n_items as f64, "a number of items") };
        vec![
            self.record(&["questions"], Unit::Count).figures(questions),
            self.record(&["explained"], Unit::Share).figures(explained),
            self.record(&["reliability"], Unit::Index).figures(reliability),
            self.record(&["gap"], Unit::ShareDifference).figures(gap),
            self.record(&["agreement"], Unit::Index).figures(agreement),
        ]
    }

    /// Mean absolute difference and correlation of both moods over the years in which something was asked.
    fn agreement(&self) -> (Figures, Figures) {
        let (Ok(draws), Ok(fit)) = (&self.dyad, &self.latent) else {
            let reason = "one of the moods could not be extracted";
            return (Figures::not_estimable(reason), Figures::not_estimable(reason));
        };
        let pairs = draws.centre.mood.iter().zip(&fit.mood).zip(&self.is_asked).filter(|(_, is_asked)| **is_asked);
        let (dyad, latent): (Vec<f64>, Vec<f64>) = pairs.map(|((dyad, latent), _)| (*dyad, latent.mood)).unzip();
        let n = Some(dyad.len() as u64);
        let gap = dyad.iter().zip(&latent).map(|(a, b)| (a - b).abs()).sum::<f64>() / dyad.len() as f64;
        let reason = "a description of both moods";
        let correlation = match correlation(&dyad, &latent) {
            Ok(r) => Figures { n, ..Figures::without_interval(r, reason) },
            Err(error) => Figures::not_estimable(error.to_string()),
        };
        (Figures { n, ..Figures::without_interval(gap, reason) }, correlation)
    }
}

/// An estimate with a normal interval, under the name of the model.
fn normal(estimate: f64, se: f64) -> Figures {
    let half = Normal::STANDARD.upper_quantile(0.5 * (1.0 - LEVEL)) * se;
    let limits = Interval { low: estimate - half, high: estimate + half, method: LATENT_METHOD };
    Figures { estimate: Some(estimate), se: Some(se), ..Figures::default() }.limits(Some(limits))
}

#[cfg(test)]
mod tests;
