//! Where the effect of a further poll lies, with what is not known of the variance between polls.

use super::error::MetaError;
use super::fit::{MetaTest, Prediction, check, meta_analysis};
use super::tau2::{AtTau2, Tau2Method, at_tau2};
use crate::numeric::dist::{ChiSquaredSum, Normal, StudentT, SumMethod};
use crate::numeric::linalg::SymmetricEigen;
use crate::numeric::matrix::Matrix;
use crate::numeric::root::brent;

/// How the interval of a further effect is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PredictionMethod {
    /// `± c √(se² + τ²)` with the critical value of the test of the pooled effect, as metafor does it; takes τ² as known.
    PlugIn,
    /// The same with t on k − 2 degrees of freedom (Higgins, Thompson and Spiegelhalter).
    HigginsThompsonSpiegelhalter,
    /// Over all values of τ² that the data allow, by its confidence distribution (Nagashima, Noma and Furukawa).
    #[default]
    ConfidenceDistribution,
}

/// Points of the confidence distribution of τ².
const N_POINTS: i32 = 48;
/// What is left of the confidence distribution above its last point; it counts half below and half above any value.
const TAIL: f64 = 1e-4;
/// Step of the rule over Student's t or the normal distribution.
const STEP: f64 = 0.2;

/// Pools polls, with the interval in which the effect of a further poll lies.
///
/// # Definition
/// Q = Σ (y − ȳ)²/v with the weights 1/v has, where the true effects vary by τ², the law Σ λⱼ(τ²) χ²₁, λ the eigenvalues of
/// S^½ (V⁻¹ − V⁻¹11'V⁻¹/tr V⁻¹) S^½, S = V + τ²I. H(τ²) = P(Q > q | τ²) is the confidence distribution of τ². With τ² drawn from
/// it, b the mean with weights 1/(v + τ²) and s² its variance by Hartung, the further effect is b + zτ − ts, z normal, t Student's
/// with k − 1 degrees of freedom; the limits are quantiles of that mixture. The original draws; here the mixture is
/// integrated, so that the same input gives the same limits.
///
/// # Shapes and units
/// As for [`meta_analysis`], without moderators. The pooled value and its confidence interval are those of `method` and `test`.
///
/// # Errors
/// As for `meta_analysis`; two polls with [`PredictionMethod::HigginsThompsonSpiegelhalter`], which needs three.
///
/// # Agreement
/// A simulation of the same mixture in R (100,000 draws), within its error; see the tests.
///
/// # References
/// Nagashima, Noma and Furukawa (2019), "Prediction intervals for random-effects meta-analysis: a confidence distribution
/// approach", Statistical Methods in Medical Research 28, whose simulations find the others too short with few polls; its authors
/// call it accurate from three polls on. Higgins, Thompson and Spiegelhalter (2009), JRSS A 172. Hartung (1999), Biometrical
/// Journal 41.
pub fn prediction_interval(
    y: &[f64],
    v: &[f64],
    method: Tau2Method,
    test: MetaTest,
    prediction: PredictionMethod,
    level: f64,
) -> Result<Prediction, MetaError> {
    let fit = meta_analysis(y, v, &[], method, test, level)?;
    let known = fit.prediction();
    let (pi_low, pi_high) = match prediction {
        PredictionMethod::PlugIn => (known.pi_low, known.pi_high),
        PredictionMethod::HigginsThompsonSpiegelhalter => {
            check(y, v, 3)?;
            let reach = StudentT::new(y.len() as f64 - 2.0)?.upper_quantile(0.5 * (1.0 - level));
            let half = reach * (fit.coefficients[0].se.powi(2) + fit.heterogeneity.tau2).sqrt();
            (known.value - half, known.value + half)
        }
        PredictionMethod::ConfidenceDistribution => {
            let mixture = Mixture::new(y, v)?;
            let tail = 0.5 * (1.0 - level);
            (mixture.quantile(tail)?, mixture.quantile(1.0 - tail)?)
        }
    };
    Ok(Prediction { pi_low, pi_high, ..known })
}

/// Laws of the further effect, one for each τ².
struct Mixture {
    parts: Vec<Component>,
    /// Probability that τ² is beyond all parts.
    beyond: f64,
    student: StudentT,
    /// Student's t by points and their probabilities.
    t: Vec<(f64, f64)>,
    /// The same of the normal distribution.
    z: Vec<(f64, f64)>,
}

struct Component {
    probability: f64,
    mean: f64,
    se: f64,
    tau: f64,
}

impl Mixture {
    fn new(y: &[f64], v: &[f64]) -> Result<Self, MetaError> {
        let k = y.len();
        let ones = Matrix::from_fn(k, 1, |_, _| 1.0);
        let total: f64 = v.iter().map(|v| 1.0 / v).sum();
        let observed = at_tau2(y, v, &ones, 0.0)?.q;
        // The confidence that τ² is no larger.
        let confidence = |tau2: f64| -> Result<f64, MetaError> {
            let root = |i: usize| (v[i] + tau2).sqrt();
            let matrix = Matrix::from_fn(k, k, |i, j| {
                let own = if i == j { 1.0 / v[i] } else { 0.0 };
                root(i) * root(j) * (own - 1.0 / (v[i] * v[j] * total))
            });
            let eigen = SymmetricEigen::of(&matrix)?;
            let largest = eigen.values().iter().copied().fold(0.0, f64::max);
            let weights: Vec<f64> = eigen.values().iter().copied().filter(|w| *w > 1e-10 * largest).collect();
            Ok(ChiSquaredSum::new(&weights)?.sf(observed, SumMethod::Exact).clamp(0.0, 1.0))
        };
        let at_zero = confidence(0.0)?;
        let smallest = 1e-3 * k as f64 / total;
        let mut largest = 1e3 * smallest;
        while 1.0 - confidence(largest)? > TAIL && largest < 1e12 * smallest {
            largest *= 4.0;
        }
        let ratio = libm::pow(largest / smallest, 1.0 / f64::from(N_POINTS));
        let mut parts = vec![(at_zero, 0.0)];
        let (mut below, mut from) = (at_zero, 0.0);
        for step in 0..=N_POINTS {
            let until = smallest * libm::pow(ratio, f64::from(step));
            let up_to = confidence(until)?.max(below);
            let middle = if from == 0.0 { 0.5 * until } else { (from * until).sqrt() };
            parts.push((up_to - below, middle));
            (below, from) = (up_to, until);
        }
        let degf = k as f64 - 1.0;
        let component = |(probability, tau2): (f64, f64)| -> Result<Component, MetaError> {
            let AtTau2 { q, coefficients, covariance, .. } = at_tau2(y, v, &ones, tau2)?;
            let se = (q / degf * covariance[(0, 0)]).sqrt();
            Ok(Component { probability, mean: coefficients[0], se, tau: tau2.sqrt() })
        };
        let student = StudentT::new(degf)?;
        // Student's t in equal steps of u, t = √df sinh u: its tails fall as e^(−df u), so that the rule reaches them.
        let reach = (40.0 / degf.min(8.0)).max(5.0);
        let t = rule(reach, |u| {
            let (scale, sinh) = (degf.sqrt(), libm::sinh(u));
            (scale * sinh, student.pdf(scale * sinh) * scale * libm::cosh(u))
        });
        let z = rule(8.0, |z| (z, libm::exp(-0.5 * z * z)));
        let parts = parts
            .into_iter()
            .filter(|(probability, _)| *probability > 0.0)
            .map(component)
            .collect::<Result<Vec<_>, MetaError>>()?;
        Ok(Self { parts, beyond: 1.0 - below, student, t, z })
    }

    /// The probability that the further effect is no larger. Of the two random parts the wider one is integrated by its own
    /// distribution function, so that the rule meets a smooth function.
    fn cdf(&self, x: f64) -> f64 {
        let of_part = |part: &Component| -> f64 {
            let far = x - part.mean;
            match () {
                () if part.se == 0.0 && part.tau == 0.0 => f64::from(u8::from(far >= 0.0)),
                () if part.tau > part.se => {
                    self.t.iter().map(|(t, p)| p * Normal::STANDARD.cdf((far + t * part.se) / part.tau)).sum()
                }
                () => self.z.iter().map(|(z, p)| p * self.student.cdf((far - z * part.tau) / part.se)).sum(),
            }
        };
        0.5 * self.beyond + self.parts.iter().map(|part| part.probability * of_part(part)).sum::<f64>()
    }

    fn quantile(&self, p: f64) -> Result<f64, MetaError> {
        let centre = self.parts.iter().map(|part| part.probability * part.mean).sum::<f64>();
        let mut reach = self.parts.iter().map(|part| part.se + part.tau).fold(f64::INFINITY, f64::min).max(1e-300);
        while self.cdf(centre - reach) > p || self.cdf(centre + reach) < p {
            reach *= 2.0;
            if !reach.is_finite() {
                return Err(MetaError::NoConvergence { iterations: N_POINTS as usize });
            }
        }
        Ok(brent(|x| self.cdf(x) - p, centre - reach, centre + reach, 1e-10 * reach)?.x)
    }
}

/// Points in equal steps with probabilities that add up to 1.
fn rule(reach: f64, at: impl Fn(f64) -> (f64, f64)) -> Vec<(f64, f64)> {
    let n = libm::ceil(reach / STEP) as i32;
    let points: Vec<(f64, f64)> = (-n..=n).map(|k| at(STEP * f64::from(k))).filter(|(_, p)| *p > 1e-12).collect();
    let total: f64 = points.iter().map(|(_, p)| p).sum();
    points.into_iter().map(|(x, p)| (x, p / total)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(y: &[f64], v: &[f64], prediction: PredictionMethod) -> (f64, f64) {
        let found = prediction_interval(y, v, Tau2Method::Reml, MetaTest::HartungKnapp, prediction, 0.95).unwrap();
        (found.pi_low, found.pi_high)
    }

    #[test]
    fn without_sampling_error_it_is_the_interval_of_a_further_normal_value() {
        // With negligible variances the effects are a normal sample: mean ± t(k − 1) s √(1 + 1/k).
        let y = [0.3, 0.1, 0.45, 0.22, 0.05, 0.6];
        let mean = y.iter().sum::<f64>() / 6.0;
        let s2 = y.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / 5.0;
        let half = StudentT::new(5.0).unwrap().upper_quantile(0.025) * (s2 * (1.0 + 1.0 / 6.0)).sqrt();
        let (low, high) = limits(&y, &[1e-9; 6], PredictionMethod::ConfidenceDistribution);
        assert!(
            (low - (mean - half)).abs() < 0.03 * half && (high - (mean + half)).abs() < 0.03 * half,
            "{low} {high}"
        );
    }

    #[test]
    fn it_is_wider_than_with_a_known_variance_and_turns_around() {
        let (y, v) = ([0.31, -0.12, 0.52, 0.08, 0.44], [0.02, 0.05, 0.01, 0.03, 0.08]);
        let plug_in = limits(&y, &v, PredictionMethod::PlugIn);
        let higgins = limits(&y, &v, PredictionMethod::HigginsThompsonSpiegelhalter);
        let whole = limits(&y, &v, PredictionMethod::ConfidenceDistribution);
        assert!(higgins.1 - higgins.0 > plug_in.1 - plug_in.0 && whole.1 - whole.0 > plug_in.1 - plug_in.0);
        let minus: Vec<f64> = y.iter().map(|y| -y).collect();
        let turned = limits(&minus, &v, PredictionMethod::ConfidenceDistribution);
        assert!((turned.0 + whole.1).abs() < 1e-6 && (turned.1 + whole.0).abs() < 1e-6);
    }

    #[test]
    fn it_is_what_a_simulation_of_the_same_mixture_finds() {
        // tests/reference/prediction_interval.R, 400,000 draws; their error in these quantiles is about 0.004 and 0.0006.
        let five = ([0.31, -0.12, 0.52, 0.08, 0.44], [0.02, 0.05, 0.01, 0.03, 0.08]);
        let (low, high) = limits(&five.0, &five.1, PredictionMethod::ConfidenceDistribution);
        assert!((low - -0.503156).abs() < 0.012 && (high - 1.014367).abs() < 0.012, "{low} {high}");
        let eight = [-0.06, -0.02, -0.11, -0.09, 0.01, -0.04, -0.13, -0.05];
        let variances = [0.03_f64, 0.02, 0.025, 0.04, 0.03, 0.015, 0.03, 0.02].map(|se| se * se);
        let (low, high) = limits(&eight, &variances, PredictionMethod::ConfidenceDistribution);
        assert!((low - -0.155397).abs() < 0.0015 && (high - 0.036003).abs() < 0.0015, "{low} {high}");
    }

    #[test]
    fn two_polls_are_enough_for_the_confidence_distribution_only() {
        let run = |prediction| {
            prediction_interval(&[0.1, 0.2], &[0.01, 0.01], Tau2Method::Reml, MetaTest::HartungKnapp, prediction, 0.95)
        };
        assert!(run(PredictionMethod::ConfidenceDistribution).is_ok_and(|p| p.pi_low < 0.0 && p.pi_high > 0.3));
        assert!(matches!(run(PredictionMethod::HigginsThompsonSpiegelhalter), Err(MetaError::TooFew { .. })));
    }
}
