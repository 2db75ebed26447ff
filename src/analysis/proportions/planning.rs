//! Before the field: how many interviews, what change could be seen, how to share them out.

use super::error::{ProportionError, between, critical, positive, share};
use crate::numeric::dist::Normal;
use crate::numeric::root::brent;

/// Interviews needed for a margin of error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleSize {
    /// Under simple random sampling with replacement.
    pub n_srs: f64,
    /// Times the design effect.
    pub n_deff: f64,
    /// With the finite population correction; equal to `n_deff` for an infinite population.
    pub n_fpc: f64,
}

/// The sample size at which the half-width of the Wald interval of a share is `margin`.
///
/// # Definition
/// n₀ = z²p(1−p)/m², n₁ = n₀·deff, n₂ = n₁/(1 + (n₁ − 1)/N). Not rounded.
///
/// # Errors
/// `p` or `level` outside 0 to 1, a margin, design effect or population not above 0.
///
/// # References
/// Cochran (1977), *Sampling Techniques*, section 4.4.
pub fn sample_size(
    p: f64,
    margin: f64,
    level: f64,
    deff: f64,
    population: Option<f64>,
) -> Result<SampleSize, ProportionError> {
    between("p", p, 0.0, 1.0, "a number between 0 and 1")?;
    let (margin, deff, z) = (positive("margin", margin)?, positive("design effect", deff)?, critical(level)?);
    let n_srs = z * z * p * (1.0 - p) / (margin * margin);
    let n_deff = n_srs * deff;
    let n_fpc = match population {
        Some(size) => n_deff / (1.0 + (n_deff - 1.0) / positive("population", size)?),
        None => n_deff,
    };
    Ok(SampleSize { n_srs, n_deff, n_fpc })
}

/// Interviews per group at which a two-sided test finds the difference of two proportions with a given power.
///
/// # Definition
/// √n = (z_{α/2}·√(2p̄(1−p̄)) + z_β·√(p₁(1−p₁) + p₂(1−p₂))) / |p₁ − p₂|, p̄ the mean of both; the far tail is ignored.
/// Multiply by the design effect for a survey.
///
/// # Errors
/// Shares outside 0..=1 or equal, `power` or `significance` outside 0 to 1.
///
/// # Agreement
/// R 4.2 `power.prop.test`, 1e-9.
///
/// # References
/// Fleiss, Levin and Paik (2003), section 4.2.
pub fn interviews_for_difference(p1: f64, p2: f64, power: f64, significance: f64) -> Result<f64, ProportionError> {
    let (p1, p2) = (share("p1", p1)?, share("p2", p2)?);
    between("power", power, 0.0, 1.0, "a number between 0 and 1")?;
    between("significance", significance, 0.0, 1.0, "a number between 0 and 1")?;
    if p1 == p2 {
        return Err(ProportionError::Undefined { what: "the difference", statistic: "the sample size" });
    }
    let middle = 0.5 * (p1 + p2);
    let under_equality = Normal::STANDARD.upper_quantile(0.5 * significance) * (2.0 * middle * (1.0 - middle)).sqrt();
    let under_difference = Normal::STANDARD.quantile(power) * (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    let ratio = (under_equality + under_difference).max(0.0) / (p1 - p2).abs();
    Ok(ratio * ratio)
}

/// The smallest rise and the smallest fall of a share that a two-sided test of two independent polls would find.
///
/// The answer to "could these polls have shown the change at all?". `None` where even a change to 1 (or to 0) would be missed.
///
/// # Definition
/// The d with |d| = z_{α/2}·√(2p̄(1−p̄)/ñ) + z_β·√(p₁(1−p₁)/n₁ + p₂(1−p₂)/n₂), p₂ = p₁ + d, ñ the harmonic mean of the
/// effective sizes n₁ and n₂ and p̄ the mean of the shares: the equation of [`interviews_for_difference`], solved for p₂.
///
/// # Errors
/// As [`interviews_for_difference`]; effective sizes not above 0.
pub fn smallest_detectable_change(
    p1: f64,
    n1: f64,
    n2: f64,
    power: f64,
    significance: f64,
) -> Result<(Option<f64>, Option<f64>), ProportionError> {
    let (p1, n1, n2) = (share("p1", p1)?, positive("n1", n1)?, positive("n2", n2)?);
    between("power", power, 0.0, 1.0, "a number between 0 and 1")?;
    between("significance", significance, 0.0, 1.0, "a number between 0 and 1")?;
    let (za, zb) = (Normal::STANDARD.upper_quantile(0.5 * significance), Normal::STANDARD.quantile(power));
    let excess = |p2: f64| {
        let middle = 0.5 * (p1 + p2);
        let equal = (middle * (1.0 - middle) * (1.0 / n1 + 1.0 / n2)).max(0.0).sqrt();
        let apart = (p1 * (1.0 - p1) / n1 + (p2 * (1.0 - p2)).max(0.0) / n2).sqrt();
        (p2 - p1).abs() - za * equal - zb * apart
    };
    // The search starts beside p₁: at 0 and 1 no change is a solution too.
    let change = |end: f64| {
        let near = p1 + 1e-9 * (end - p1);
        (end != p1 && excess(end) >= 0.0).then(|| brent(excess, near, end, 1e-14).map(|p2| p2.x - p1).ok()).flatten()
    };
    Ok((change(1.0), change(0.0)))
}

/// The difference of two shares on the scale on which it is equally easy to see everywhere.
///
/// # Definition
/// h = 2·arcsin √p₁ − 2·arcsin √p₂. Rough guide: 0.2 small, 0.5 medium, 0.8 large.
///
/// # Errors
/// Shares outside 0..=1.
///
/// # References
/// Cohen (1988), *Statistical Power Analysis*, chapter 6.
pub fn cohen_h(p1: f64, p2: f64) -> Result<f64, ProportionError> {
    Ok(2.0 * libm::asin(share("p1", p1)?.sqrt()) - 2.0 * libm::asin(share("p2", p2)?.sqrt()))
}

/// Interviews per stratum; not rounded.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// In proportion to size.
    pub proportional: Vec<f64>,
    /// Smallest variance of the mean for the number of interviews.
    pub neyman: Vec<f64>,
    /// Smallest variance for the money, where interviews differ in cost.
    pub optimal_cost: Vec<f64>,
}

/// Shares `n` interviews out over strata of sizes `sizes`, standard deviations `sds` and costs per interview `costs`.
///
/// # Definition
/// Proportional to Nₕ, to NₕSₕ and to NₕSₕ/√cₕ. A stratum may get more than its size: cap and share out again.
///
/// # Errors
/// Lists of different length or empty, sizes or costs not above 0, negative or all-zero deviations, `n` not above 0.
///
/// # References
/// Neyman (1934), JRSS 97. Cochran (1977), sections 5.5 and 5.9.
pub fn allocate(sizes: &[f64], sds: &[f64], costs: &[f64], n: f64) -> Result<Allocation, ProportionError> {
    positive("n", n)?;
    if sizes.is_empty() {
        return Err(ProportionError::TooFew { what: "strata", got: 0, needed: 1 });
    }
    for (what, list) in [("sds", sds), ("costs", costs)] {
        if list.len() != sizes.len() {
            return Err(ProportionError::Length { what, got: list.len(), expected: sizes.len() });
        }
    }
    for ((size, sd), cost) in sizes.iter().zip(sds).zip(costs) {
        positive("a stratum size", *size)?;
        positive("a cost", *cost)?;
        if !(*sd >= 0.0 && sd.is_finite()) {
            return Err(ProportionError::OutOfRange { what: "a standard deviation", got: *sd, expected: "0 or more" });
        }
    }
    if sds.iter().all(|sd| *sd == 0.0) {
        return Err(ProportionError::Undefined {
            what: "every standard deviation",
            statistic: "the optimal allocation",
        });
    }
    let shared = |weight: &dyn Fn(usize) -> f64| {
        let weights: Vec<f64> = (0..sizes.len()).map(weight).collect();
        let total: f64 = weights.iter().sum();
        weights.iter().map(|w| n * w / total).collect::<Vec<f64>>()
    };
    Ok(Allocation {
        proportional: shared(&|h| sizes[h]),
        neyman: shared(&|h| sizes[h] * sds[h]),
        optimal_cost: shared(&|h| sizes[h] * sds[h] / costs[h].sqrt()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detectable_change_needs_just_the_interviews_that_there_are() {
        // With equal sizes both functions solve one equation, for n and for p₂.
        let (rise, fall) = smallest_detectable_change(0.5, 800.0, 800.0, 0.8, 0.05).unwrap();
        for change in [rise.unwrap(), fall.unwrap()] {
            let n = interviews_for_difference(0.5, 0.5 + change, 0.8, 0.05).unwrap();
            assert!((n / 800.0 - 1.0).abs() < 1e-9, "{n}");
        }
        assert_eq!(smallest_detectable_change(0.5, 2.0, 2.0, 0.8, 0.05).unwrap(), (None, None));
    }

    #[test]
    fn a_change_from_the_end_goes_one_way() {
        let (rise, fall) = smallest_detectable_change(0.0, 500.0, 500.0, 0.9, 0.05).unwrap();
        assert!(rise.unwrap() > 0.0 && fall.is_none());
    }

    #[test]
    fn allocations_add_up() {
        let a = allocate(&[4000.0, 2500.0, 1500.0], &[10.0, 25.0, 40.0], &[1.0, 2.0, 4.0], 400.0).unwrap();
        for shares in [&a.proportional, &a.neyman, &a.optimal_cost] {
            assert!((shares.iter().sum::<f64>() - 400.0).abs() < 1e-10);
        }
        assert!(allocate(&[], &[], &[], 10.0).is_err());
        assert!(allocate(&[1.0], &[0.0], &[1.0], 10.0).is_err());
    }

    #[test]
    fn wrong_numbers_are_errors() {
        assert!(sample_size(0.5, 0.0, 0.95, 1.0, None).is_err());
        assert!(sample_size(0.5, 0.03, 0.95, f64::NAN, None).is_err());
        assert!(interviews_for_difference(0.5, 0.5, 0.8, 0.05).is_err());
        assert!(cohen_h(1.2, 0.5).is_err());
    }
}
