//! Pooling shares that polls publish as counts.

use super::error::MetaError;
use super::fit::{MetaTest, meta_analysis};
use super::tau2::Tau2Method;

/// The scale on which shares are pooled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProportionMeasure {
    /// As they are: variance p(1 − p)/n.
    Raw,
    /// Log odds: variance 1/x + 1/(n − x).
    #[default]
    Logit,
    /// Arcsine of the root: variance 1/(4n).
    Arcsine,
    /// Freeman and Tukey's double arcsine: variance 1/(4n + 2); back with the harmonic mean of n.
    FreemanTukey,
}

/// A pooled share: on the scale of the measure and as a share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PooledProportion {
    pub estimate: f64,
    pub se: f64,
    pub tau2: f64,
    /// The share, 0 to 1.
    pub pooled: f64,
    pub low: f64,
    pub high: f64,
}

/// Pools shares of several polls, `x` of `n` each.
///
/// A count of 0 or n gets half a person more on both sides where the measure has no value there (raw, logit). For samples
/// with a design effect pass x/deff and n/deff.
///
/// # Errors
/// Fewer than two polls, counts outside 0..=n, a level outside 0..1.
///
/// # Agreement
/// R metafor 3.8, `rma` with measures PR, PLO, PAS, PFT.
///
/// # References
/// Freeman and Tukey (1950), Annals of Mathematical Statistics 21; Miller (1978), The American Statistician 32; Schwarzer
/// et al. (2019), Research Synthesis Methods 10, on when the double arcsine misleads.
pub fn meta_proportions(
    x: &[f64],
    n: &[f64],
    measure: ProportionMeasure,
    method: Tau2Method,
    test: MetaTest,
    level: f64,
) -> Result<PooledProportion, MetaError> {
    if n.len() != x.len() {
        return Err(MetaError::Length { what: "n".to_string(), got: n.len(), expected: x.len() });
    }
    let mut effects = Vec::with_capacity(x.len());
    let mut variances = Vec::with_capacity(x.len());
    for (i, (&x, &n)) in x.iter().zip(n).enumerate() {
        let out = |what, got, expected| MetaError::OutOfRange { what, position: i + 1, got, expected };
        if !(n > 0.0 && n.is_finite()) {
            return Err(out("n", n, "a finite number above 0"));
        }
        if !(0.0..=n).contains(&x) {
            return Err(out("the count", x, "0 to n"));
        }
        let (effect, variance) = effect(x, n, measure);
        effects.push(effect);
        variances.push(variance);
    }
    let fit = meta_analysis(&effects, &variances, &[], method, test, level)?;
    let pooled = &fit.coefficients[0];
    let harmonic = n.len() as f64 / n.iter().map(|n| 1.0 / n).sum::<f64>();
    let back = |value: f64| share(value, harmonic, measure);
    Ok(PooledProportion {
        estimate: pooled.estimate,
        se: pooled.se,
        tau2: fit.heterogeneity.tau2,
        pooled: back(pooled.estimate),
        low: back(pooled.ci_low),
        high: back(pooled.ci_high),
    })
}

fn effect(x: f64, n: f64, measure: ProportionMeasure) -> (f64, f64) {
    let root = |share: f64| libm::asin(share.sqrt());
    let is_edge = x == 0.0 || x == n;
    let (yes, no) = if is_edge { (x + 0.5, n - x + 0.5) } else { (x, n - x) };
    match measure {
        ProportionMeasure::Raw => (yes / (yes + no), yes * no / libm::pow(yes + no, 3.0)),
        ProportionMeasure::Logit => (libm::log(yes / no), 1.0 / yes + 1.0 / no),
        ProportionMeasure::Arcsine => (root(x / n), 0.25 / n),
        ProportionMeasure::FreemanTukey => {
            (0.5 * (root(x / (n + 1.0)) + root((x + 1.0) / (n + 1.0))), 1.0 / (4.0 * n + 2.0))
        }
    }
}

fn share(value: f64, n: f64, measure: ProportionMeasure) -> f64 {
    let squared_sine = |angle: f64| {
        let sine = libm::sin(angle.clamp(0.0, std::f64::consts::FRAC_PI_2));
        sine * sine
    };
    match measure {
        ProportionMeasure::Raw => value,
        ProportionMeasure::Logit => 1.0 / (1.0 + libm::exp(-value)),
        ProportionMeasure::Arcsine => squared_sine(value),
        ProportionMeasure::FreemanTukey => {
            // Miller's inverse; beyond the values of 0 of n and n of n the share is 0 or 1.
            let at_zero = 0.5 * libm::asin((1.0 / (n + 1.0)).sqrt());
            let at_n = 0.5 * (libm::asin((n / (n + 1.0)).sqrt()) + std::f64::consts::FRAC_PI_2);
            if value <= at_zero {
                return 0.0;
            }
            if value >= at_n {
                return 1.0;
            }
            let sine = libm::sin(2.0 * value);
            let inner = sine + (sine - 1.0 / sine) / n;
            0.5 * (1.0 - libm::cos(2.0 * value).signum() * (1.0 - inner * inner).max(0.0).sqrt())
        }
    }
}
