//! Distances between old and new weights.

/// The distance that calibration keeps small: how the weight ratio g depends on u, the calibration variables times the
/// multipliers.
///
/// # References
///
/// Deville and Särndal (1992), Calibration estimators in survey sampling; Deville, Särndal and Sautory (1993).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Distance {
    /// g = 1 + u: the generalized regression estimator.
    #[default]
    Linear,
    /// g = exp u.
    Raking,
    /// g between the bounds, on a logistic curve; needs bounds.
    Logit,
    /// g = (p + √(p² + 4))/2 with p = asinh 2u.
    HyperbolicSine,
}

impl std::fmt::Display for Distance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Linear => "linear",
            Self::Raking => "raking",
            Self::Logit => "logit",
            Self::HyperbolicSine => "sinh",
        })
    }
}

impl Distance {
    /// The weight ratio and its derivative at u, within bounds.
    pub(super) fn ratio(self, u: f64, low: f64, high: f64) -> (f64, f64) {
        match self {
            Self::Logit => {
                let a = (high - low) / ((1.0 - low) * (high - 1.0));
                // Written with e^(−a|u|), so that nothing overflows.
                let e = libm::exp(-a * u.abs());
                let (below, above) = (high - 1.0, 1.0 - low);
                let (over, under) = if u >= 0.0 {
                    (low * below * e + high * above, below * e + above)
                } else {
                    (low * below + high * above * e, below + above * e)
                };
                let slope = below * above * (high - low) * a * e / (under * under);
                (over / under, slope)
            }
            _ => {
                let (g, slope) = match self {
                    Self::Raking => {
                        let e = libm::exp(u);
                        (e, e)
                    }
                    Self::HyperbolicSine => {
                        let p = libm::asinh(2.0 * u);
                        let root = (p * p + 4.0).sqrt();
                        let dp = 2.0 / (4.0 * u * u + 1.0).sqrt();
                        ((p + root) / 2.0, (1.0 + p / root) / 2.0 * dp)
                    }
                    Self::Linear | Self::Logit => (1.0 + u, 1.0),
                };
                if g < low || g > high { (g.clamp(low, high), 0.0) } else { (g, slope) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // All distances agree to first order at u = 0: g = 1 and g' = 1.
    #[test]
    fn all_distances_start_at_one_with_slope_one() {
        for distance in [Distance::Linear, Distance::Raking, Distance::Logit, Distance::HyperbolicSine] {
            let (g, slope) = distance.ratio(0.0, 0.5, 3.0);
            assert!((g - 1.0).abs() < 1e-15 && (slope - 1.0).abs() < 1e-15, "{distance:?}");
            let (ahead, _) = distance.ratio(0.3 + 1e-6, 0.5, 3.0);
            let (here, slope) = distance.ratio(0.3, 0.5, 3.0);
            assert!(((ahead - here) / 1e-6 - slope).abs() < 1e-5, "{distance:?}");
        }
    }
}
