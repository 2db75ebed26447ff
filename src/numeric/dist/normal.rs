//! The normal distribution.

#![allow(clippy::excessive_precision, reason = "coefficients are written as published")]

use super::error::{ParameterError, finite, positive};
use super::special::LN_SQRT_2PI;

/// The normal distribution with a mean and a standard deviation.
///
/// # References
/// Wichura (1988), "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics 37(3).
///
/// # Examples
/// ```
/// use opros::numeric::dist::Normal;
/// assert!((Normal::STANDARD.upper_quantile(0.025) - 1.959963984540054).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normal {
    mean: f64,
    sd: f64,
}

impl Normal {
    /// Mean 0, standard deviation 1.
    pub const STANDARD: Normal = Normal { mean: 0.0, sd: 1.0 };

    /// # Errors
    /// `mean` not finite, or `sd` not finite and above 0.
    pub fn new(mean: f64, sd: f64) -> Result<Normal, ParameterError> {
        Ok(Normal { mean: finite("mean", mean)?, sd: positive("standard deviation", sd)? })
    }

    fn standardized(&self, x: f64) -> f64 {
        (x - self.mean) / self.sd
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        libm::exp(self.ln_pdf(x))
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        let z = self.standardized(x);
        -0.5 * z * z - LN_SQRT_2PI - libm::log(self.sd)
    }

    /// `P(X ≤ x)`.
    pub fn cdf(&self, x: f64) -> f64 {
        upper(-self.standardized(x))
    }

    /// `P(X > x)`, accurate also where it is tiny.
    pub fn sf(&self, x: f64) -> f64 {
        upper(self.standardized(x))
    }

    /// `ln P(X ≤ x)`, finite also where the probability underflows.
    pub fn ln_cdf(&self, x: f64) -> f64 {
        ln_upper(-self.standardized(x))
    }

    /// `ln P(X > x)`, finite also where the probability underflows.
    pub fn ln_sf(&self, x: f64) -> f64 {
        ln_upper(self.standardized(x))
    }

    /// The point that `X` stays below with probability `p`; infinite for `p` at or beyond 0 and 1.
    pub fn quantile(&self, p: f64) -> f64 {
        self.mean - self.sd * upper_point(p)
    }

    /// The point that `X` exceeds with probability `q`; keeps its digits for tiny `q`.
    pub fn upper_quantile(&self, q: f64) -> f64 {
        self.mean + self.sd * upper_point(q)
    }
}

fn upper(z: f64) -> f64 {
    0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

fn ln_upper(z: f64) -> f64 {
    if z < -1.0 {
        libm::log1p(-upper(-z))
    } else if z < 20.0 {
        libm::log(upper(z))
    } else {
        // Asymptotic series of Mills' ratio, terms (−1)ⁿ (2n−1)!! z^(−2n).
        let s = 1.0 / (z * z);
        let (mut term, mut sum) = (1.0, 0.0);
        for n in 1..12 {
            term *= -f64::from(2 * n - 1) * s;
            sum += term;
        }
        -0.5 * z * z - LN_SQRT_2PI - libm::log(z) + libm::log1p(sum)
    }
}

/// The standard normal point that is exceeded with probability `q` (AS 241).
fn upper_point(q: f64) -> f64 {
    let center = 0.5 - q;
    if center.abs() <= 0.425 {
        let r = 0.180_625 - center * center;
        return center * ratio(&CENTER, r);
    }
    if q <= 0.0 {
        return f64::INFINITY;
    }
    if q >= 1.0 {
        return f64::NEG_INFINITY;
    }
    let tail = if center > 0.0 { q } else { 1.0 - q };
    let r = (-libm::log(tail)).sqrt();
    let z = if r <= 5.0 { ratio(&MIDDLE, r - 1.6) } else { ratio(&FAR, r - 5.0) };
    if center > 0.0 { z } else { -z }
}

fn ratio(coefficients: &[[f64; 8]; 2], r: f64) -> f64 {
    let polynomial = |c: &[f64; 8]| c.iter().rev().fold(0.0, |sum, c| sum * r + c);
    polynomial(&coefficients[0]) / polynomial(&coefficients[1])
}

const CENTER: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_608_0e0,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083_0e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061_0e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561_0e3,
    ],
];
const MIDDLE: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_90,
        5.769_497_221_460_691_405_50,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_70e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_40e-4,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_40,
        6.897_673_349_851_000_045_50e-1,
        1.481_039_764_274_800_745_90e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946_00e-4,
        1.050_750_071_644_416_843_24e-9,
    ],
];
const FAR: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103_777_20,
        5.463_784_911_164_114_369_90,
        1.784_826_539_917_291_335_80,
        2.965_605_718_285_048_912_30e-1,
        2.653_218_952_657_612_309_30e-2,
        1.242_660_947_388_078_438_60e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        5.998_322_065_558_879_376_90e-1,
        1.369_298_809_227_358_053_10e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591_00e-4,
        1.846_318_317_510_054_681_80e-5,
        1.421_511_758_316_445_888_70e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_zero_and_the_ends_are_infinite() {
        let n = Normal::STANDARD;
        assert_eq!(n.quantile(0.5), 0.0);
        assert_eq!(n.quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(n.upper_quantile(0.0), f64::INFINITY);
        assert_eq!(n.sf(0.0), 0.5);
    }

    #[test]
    fn logarithms_join_at_the_changes_of_method() {
        let n = Normal::STANDARD;
        for z in [-1.0, 20.0] {
            let (below, above) = (n.ln_sf(z - 1e-13), n.ln_sf(z + 1e-13));
            assert!((below - above).abs() < 1e-11 * (1.0 + below.abs()));
        }
        assert!(n.ln_sf(1e4) < -4.9e7);
    }

    #[test]
    fn parameters_are_checked() {
        assert!(Normal::new(0.0, 0.0).is_err());
        assert!(Normal::new(f64::NAN, 1.0).is_err());
    }
}
