//! Several questions as indicators of one hidden series.

use super::super::check::{all_finite, at_least, positive};
use super::super::error::TrendError;
use super::pooled::{Anchor, PollSeries, PooledPolls, Variances};
use super::pooled_fit::{Pooled, TermEffect};
use crate::numeric::derivative::{gradient, hessian};
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

/// A share or mean that one question gave at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IndicatorReading {
    /// In any unit.
    pub time: f64,
    pub value: f64,
    /// Sampling variance of the value.
    pub variance: f64,
    /// Code of the question, from 0.
    pub question: usize,
}

/// One hidden random walk behind several questions.
///
/// # Definition
/// yᵢ = a_q + λ_q·f(tᵢ) + εᵢ, Var εᵢ = the sampling variance; f is a random walk whose change over one unit of time has variance 1, and
/// a_q, λ_q are unknown constants of the question. λ maximises the diffuse likelihood ∫ p(y | a, λ) da, by Newton steps from an EM start;
/// the sign is such that the reference question has a positive loading. The covariance of λ is the inverse of the observed
/// information.
///
/// The series is what the reference question shows, or would have shown, at each time: a_r + λ_r f(t), told by all questions. Its
/// variance is that of the smoother plus Gᵀ Cov(λ) G, G the derivative of the series by λ. With three questions and 90 readings such
/// intervals hold the series in 91 % instead of 95 % of cases (simulation in the tests).
///
/// # Shapes and units
/// Readings in any order, several at one time if need be. With sampling variances that are too small for how much a question scatters
/// around the common series, intervals are too short: add its own variance before.
///
/// # Errors
/// Numbers that are not finite, variances not above 0, a question with fewer than three readings, fewer than two questions, readings at one
/// time only, questions that do not move together.
///
/// # Agreement
/// With loadings held at 1, [`PooledPolls`]; with two questions the likelihood of a dense multivariate normal, 1e-8.
///
/// # References
/// Durbin and Koopman (2012), sections 3.7 and 7.3. Harvey (1989), *Forecasting, Structural Time Series Models and the Kalman Filter*,
/// section 8.5 (common trends). Shumway and Stoffer (1982), Journal of Time Series Analysis 3, for the EM start.
#[derive(Debug, Clone, Copy)]
pub struct Indicators<'a> {
    pub readings: &'a [IndicatorReading],
    pub n_questions: usize,
    /// The question in whose terms the series is told.
    pub reference: usize,
}

/// A fitted series.
#[derive(Debug, Clone, PartialEq)]
pub struct IndicatorFit {
    /// The series at each reading, in the order of the input.
    pub at_readings: Vec<TermEffect>,
    /// At the further times, in their order.
    pub at_times: Vec<TermEffect>,
    /// Change of each question for a typical change of the series over one unit of time.
    pub loadings: Vec<TermEffect>,
    pub loading_covariance: Matrix,
    pub log_likelihood: f64,
}

/// Rounds of the EM start, and Newton steps at most.
const START_ROUNDS: usize = 20;
const MOST_STEPS: usize = 60;

impl Indicators<'_> {
    /// Fits the loadings and smooths the series, at the readings and at further times.
    ///
    /// # Errors
    /// See [`Indicators`].
    pub fn fit(&self, further_times: &[f64]) -> Result<IndicatorFit, TrendError> {
        self.check()?;
        all_finite("the further times", further_times)?;
        let mut loadings = self.start()?;
        for _ in 0..START_ROUNDS {
            loadings = self.improved(&loadings)?;
        }
        let covariance = self.climb(&mut loadings)?;
        let sign = loadings[self.reference].signum();
        loadings.iter_mut().for_each(|l| *l *= sign);
        let series = self.series(&loadings, further_times)?;
        let slopes = self.slopes(&loadings, further_times)?;
        let with_loadings = |(k, level): (usize, &TermEffect)| {
            let of_loadings = covariance.quadratic_form(slopes.row(k));
            TermEffect { estimate: level.estimate, se: (level.se * level.se + of_loadings.max(0.0)).sqrt() }
        };
        let all: Vec<TermEffect> = series.iter().enumerate().map(with_loadings).collect();
        let n = self.readings.len();
        let of_question = |q: usize| TermEffect { estimate: loadings[q], se: covariance[(q, q)].max(0.0).sqrt() };
        Ok(IndicatorFit {
            at_readings: all[..n].to_vec(),
            at_times: all[n..].to_vec(),
            loadings: (0..self.n_questions).map(of_question).collect(),
            log_likelihood: self.log_likelihood(&loadings)?,
            loading_covariance: covariance,
        })
    }

    /// The diffuse log-likelihood at given loadings.
    ///
    /// # Definition
    /// Readings divided by their loadings are polls of one level with house effects; −Σᵢ ln|λ| turns their density back, + Σ_q ln|λ|
    /// the measure of the constants.
    ///
    /// # Errors
    /// See [`Indicators`]; a loading of 0.
    pub fn log_likelihood(&self, loadings: &[f64]) -> Result<f64, TrendError> {
        let ln = |q: usize| libm::log(loadings[q].abs());
        let turned: f64 = self.readings.iter().map(|r| ln(r.question)).sum();
        let measure: f64 = (0..self.n_questions).map(ln).sum();
        self.with_polls(loadings, |model| model.log_likelihood(&Variances::of_level(1.0))).map(|l| l - turned + measure)
    }

    fn check(&self) -> Result<(), TrendError> {
        at_least("questions", self.n_questions, 2)?;
        let mut counts = vec![0; self.n_questions];
        for r in self.readings {
            all_finite("a reading", &[r.time, r.value])?;
            positive("the variance of a reading", r.variance)?;
            match counts.get_mut(r.question) {
                Some(count) => *count += 1,
                None => {
                    let got = r.question as f64;
                    let expected = "below the number of questions";
                    return Err(TrendError::OutOfRange { what: "a code of a question", got, expected });
                }
            }
        }
        if self.reference >= self.n_questions {
            let (got, expected) = (self.reference as f64, "below the number of questions");
            return Err(TrendError::OutOfRange { what: "the reference question", got, expected });
        }
        for count in counts {
            at_least("readings of a question", count, 3)?;
        }
        let times = || self.readings.iter().map(|r| r.time);
        let (low, high) = (times().fold(f64::INFINITY, f64::min), times().fold(f64::NEG_INFINITY, f64::max));
        if high > low { Ok(()) } else { Err(TrendError::NotIdentified { what: "a series at one time only" }) }
    }

    /// Readings divided by their loadings, as polls of houses that are questions.
    fn with_polls<T>(
        &self,
        loadings: &[f64],
        run: impl FnOnce(&PooledPolls<'_>) -> Result<T, TrendError>,
    ) -> Result<T, TrendError> {
        let times: Vec<f64> = self.readings.iter().map(|r| r.time).collect();
        let estimates: Vec<f64> = self.readings.iter().map(|r| r.value / loadings[r.question]).collect();
        let square = |q: usize| loadings[q] * loadings[q];
        let variances: Vec<f64> = self.readings.iter().map(|r| r.variance / square(r.question)).collect();
        let houses: Vec<usize> = self.readings.iter().map(|r| r.question).collect();
        let polls = PollSeries {
            times: &times,
            estimates: &estimates,
            variances: &variances,
            houses: &houses,
            n_houses: self.n_questions,
        };
        run(&PooledPolls::local_level(polls, Anchor::House(self.reference)))
    }

    fn smoothed(&self, loadings: &[f64], further_times: &[f64]) -> Result<Pooled, TrendError> {
        self.with_polls(loadings, |model| model.fit(&Variances::of_level(1.0), further_times))
    }

    /// The series in terms of the reference question, loadings taken as known.
    fn series(&self, loadings: &[f64], further_times: &[f64]) -> Result<Vec<TermEffect>, TrendError> {
        let fit = self.smoothed(loadings, further_times)?;
        let scale = loadings[self.reference];
        let levels = fit.levels.iter().chain(&fit.further);
        Ok(levels.map(|l| TermEffect { estimate: scale * l.level, se: scale.abs() * l.se }).collect())
    }

    /// Derivatives of the series by the loadings, a row a time.
    fn slopes(&self, loadings: &[f64], further_times: &[f64]) -> Result<Matrix, TrendError> {
        let mut slopes = Matrix::zeros(self.readings.len() + further_times.len(), self.n_questions);
        for q in 0..self.n_questions {
            let step = 1e-5 * loadings[q].abs();
            let moved = |by: f64| {
                let mut other = loadings.to_vec();
                other[q] += by;
                self.series(&other, further_times)
            };
            for (k, (up, down)) in moved(step)?.iter().zip(&moved(-step)?).enumerate() {
                slopes[(k, q)] = (up.estimate - down.estimate) / (2.0 * step);
            }
        }
        Ok(slopes)
    }

    /// Equal loadings: half of the scatter around each question's mean as movement of a walk over the time span.
    fn start(&self) -> Result<Vec<f64>, TrendError> {
        let times = || self.readings.iter().map(|r| r.time);
        let span = times().fold(f64::NEG_INFINITY, f64::max) - times().fold(f64::INFINITY, f64::min);
        let mut scatter = 0.0;
        for q in 0..self.n_questions {
            let own = || self.readings.iter().filter(|r| r.question == q).map(|r| r.value);
            let mean = own().sum::<f64>() / own().count() as f64;
            scatter += own().map(|y| (y - mean) * (y - mean)).sum::<f64>();
        }
        scatter /= self.readings.len() as f64;
        if scatter <= 0.0 {
            return Err(TrendError::Constant { what: "every question", statistic: "a common series" });
        }
        Ok(vec![(0.5 * scatter * 6.0 / span).sqrt(); self.n_questions])
    }

    /// One round of EM: the walk given the loadings, then each question's line on it.
    fn improved(&self, loadings: &[f64]) -> Result<Vec<f64>, TrendError> {
        let fit = self.smoothed(loadings, &[])?;
        let mut sums = vec![[0.0; 5]; self.n_questions];
        for (r, level) in self.readings.iter().zip(&fit.levels) {
            let (w, f) = (1.0 / r.variance, level.level);
            let terms = [1.0, f, f * f + level.se * level.se, r.value, f * r.value];
            sums[r.question].iter_mut().zip(terms).for_each(|(sum, term)| *sum += w * term);
        }
        let size = loadings.iter().map(|l| l.abs()).fold(0.0, f64::max);
        let line = |([n, f, ff, y, fy], old): (&[f64; 5], &f64)| {
            let spread = n * ff - f * f;
            let new = if spread > 0.0 { (n * fy - f * y) / spread } else { *old };
            // A loading of nearly zero would divide by it.
            new.abs().max(1e-4 * size).copysign(new)
        };
        Ok(sums.iter().zip(loadings).map(line).collect())
    }

    /// Newton steps to the maximum of the likelihood; the inverse information there.
    fn climb(&self, loadings: &mut Vec<f64>) -> Result<Matrix, TrendError> {
        // In units of the loadings, so that steps of derivatives suit them.
        let mut unit = loadings.clone();
        let mut loss_at = self.loss(&unit, &vec![1.0; unit.len()]);
        for _ in 0..MOST_STEPS {
            let ones = vec![1.0; unit.len()];
            let slope = gradient(|x| self.loss(&unit, x), &ones);
            let curvature = hessian(|x| self.loss(&unit, x), &ones);
            let Ok(factor) = Cholesky::of(&curvature) else {
                unit = self.improved(&unit)?;
                loss_at = self.loss(&unit, &ones);
                continue;
            };
            let step = factor.solve(&slope)?;
            let decrement: f64 = step.iter().zip(&slope).map(|(a, b)| a * b).sum();
            let at = |share: f64| -> Vec<f64> { step.iter().map(|s| 1.0 - share * s).collect() };
            let shares = (0..30).map(|k| libm::pow(0.5, f64::from(k)));
            let better = shares.map(at).find(|x| self.loss(&unit, x) <= loss_at);
            let Some(x) = better.filter(|_| decrement > 1e-8) else {
                *loadings = unit;
                let inverse = factor.inverse();
                return Ok(Matrix::from_fn(inverse.n_rows(), inverse.n_columns(), |i, j| {
                    inverse[(i, j)] * loadings[i] * loadings[j]
                }));
            };
            loss_at = self.loss(&unit, &x);
            unit.iter_mut().zip(&x).for_each(|(u, x)| *u *= x);
        }
        Err(TrendError::NoConvergence { what: "the loadings", iterations: MOST_STEPS })
    }

    fn loss(&self, unit: &[f64], x: &[f64]) -> f64 {
        let loadings: Vec<f64> = unit.iter().zip(x).map(|(u, x)| u * x).collect();
        self.log_likelihood(&loadings).map_or(f64::INFINITY, |l| -l)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    /// Three questions at irregular times on a walk; the third turned around.
    fn simulated(round: u64) -> (Vec<f64>, Vec<IndicatorReading>) {
        let mut draws = Stream::named(41, "indicators").child_at(round);
        let (loadings, constants) = ([2.0, 3.0, -1.5], [50.0, 30.0, 60.0]);
        let (mut time, mut walk) = (0.0, 0.0);
        let (mut truth, mut readings) = (Vec::new(), Vec::new());
        for i in 0..90 {
            let gap = 0.2 + 1.6 * draws.uniform();
            time += gap;
            walk += gap.sqrt() * draws.normal();
            let question = i % 3;
            let variance = 1.0 + draws.uniform();
            let value = constants[question] + loadings[question] * walk + variance.sqrt() * draws.normal();
            readings.push(IndicatorReading { time, value, variance, question });
            truth.push(constants[0] + loadings[0] * walk);
        }
        (truth, readings)
    }

    // y ~ N(constants, V) with V = ΛKΛ' + D, K the covariance of a walk from the first time; constants integrated out.
    #[test]
    fn the_likelihood_is_that_of_a_dense_normal() {
        let (_, all) = simulated(0);
        let readings: Vec<IndicatorReading> = all.into_iter().take(12).collect();
        let model = Indicators { readings: &readings, n_questions: 3, reference: 0 };
        let loadings = [1.7, 2.4, -0.8];
        let n = readings.len();
        let first = readings[0].time;
        let covariance = Matrix::from_fn(n, n, |i, j| {
            let (a, b) = (&readings[i], &readings[j]);
            let walk = (a.time - first).min(b.time - first);
            loadings[a.question] * loadings[b.question] * walk + if i == j { a.variance } else { 0.0 }
        });
        let factor = Cholesky::of(&covariance).unwrap();
        let x = Matrix::from_fn(n, 3, |i, q| f64::from(u8::from(readings[i].question == q)));
        let y: Vec<f64> = readings.iter().map(|r| r.value).collect();
        let (inverse_y, inverse_x) = (factor.solve(&y).unwrap(), factor.solve_matrix(&x).unwrap());
        let information = Cholesky::of(&x.transposed().times(&inverse_x)).unwrap();
        let right = x.transposed().times_vector(&inverse_y);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let squares = dot(&y, &inverse_y) - dot(&right, &information.solve(&right).unwrap());
        let ln_two_pi = libm::log(2.0 * core::f64::consts::PI);
        let want =
            -0.5 * ((n as f64 - 3.0) * ln_two_pi + factor.ln_determinant() + information.ln_determinant() + squares);
        let got = model.log_likelihood(&loadings).unwrap();
        assert!((got - want).abs() < 1e-8, "{got} {want}");
    }

    // Times of one round depend on each other, so the Monte Carlo error is at most that of the rounds.
    #[test]
    fn intervals_hold_the_series_and_the_loadings() {
        let rounds = 40;
        let (mut in_series, mut n_series, mut in_loadings) = (0, 0, [0; 3]);
        let truth_of_loadings = [2.0, 3.0, -1.5];
        for round in 0..rounds {
            let (truth, readings) = simulated(round);
            let fit = Indicators { readings: &readings, n_questions: 3, reference: 0 }.fit(&[]).unwrap();
            for i in (5..90).step_by(20) {
                let at = fit.at_readings[i];
                in_series += usize::from((at.estimate - truth[i]).abs() <= 1.96 * at.se);
                n_series += 1;
            }
            for ((hits, at), want) in in_loadings.iter_mut().zip(&fit.loadings).zip(truth_of_loadings) {
                *hits += usize::from((at.estimate - want).abs() <= 1.96 * at.se);
            }
        }
        let share = in_series as f64 / f64::from(n_series);
        let error = (0.95_f64 * 0.05 / rounds as f64).sqrt();
        println!("series {share:.3}, Monte Carlo error {error:.3}; loadings {in_loadings:?} of {rounds}");
        assert!((share - 0.95).abs() < 3.0 * error, "{share}");
        // 40 rounds: 38 less 3 standard errors.
        assert!(in_loadings.iter().all(|hits| *hits >= 33), "{in_loadings:?}");
    }

    #[test]
    fn further_times_and_order_are_as_at_readings() {
        let (_, readings) = simulated(3);
        let times: Vec<f64> = readings.iter().map(|r| r.time).collect();
        let model = |readings| Indicators { readings, n_questions: 3, reference: 1 };
        let fit = model(&readings).fit(&times).unwrap();
        let turned: Vec<IndicatorReading> = readings.iter().rev().copied().collect();
        let other = model(&turned).fit(&[]).unwrap();
        for (i, at) in fit.at_readings.iter().enumerate() {
            assert!((at.estimate - fit.at_times[i].estimate).abs() < 1e-9);
            assert!((at.se - fit.at_times[i].se).abs() < 1e-6);
            assert!((at.estimate - other.at_readings[89 - i].estimate).abs() < 1e-4);
        }
        assert!(fit.loadings[1].estimate > 0.0 && fit.loadings[2].estimate < 0.0);
    }

    #[test]
    fn degenerate_input_is_an_error() {
        let (_, readings) = simulated(1);
        let fit = |readings: &[IndicatorReading], n| Indicators { readings, n_questions: n, reference: 0 }.fit(&[]);
        assert!(fit(&[], 2).is_err());
        assert!(fit(&readings, 2).is_err());
        assert!(fit(&readings[..5], 3).is_err());
        let flat: Vec<IndicatorReading> = readings.iter().map(|r| IndicatorReading { value: 1.0, ..*r }).collect();
        assert!(fit(&flat, 3).is_err());
        let at_once: Vec<IndicatorReading> = readings.iter().map(|r| IndicatorReading { time: 1.0, ..*r }).collect();
        assert!(fit(&at_once, 3).is_err());
        let bad: Vec<IndicatorReading> = readings.iter().map(|r| IndicatorReading { variance: 0.0, ..*r }).collect();
        assert!(fit(&bad, 3).is_err());
    }
}
