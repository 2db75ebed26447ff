//! Comparisons that are not made, and why.

/// Why a comparison was not tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// One side has fewer rows than comparisons ask for.
    SmallBase,
    /// One side holds rows of the other.
    Overlap,
    /// A share of 0 or 100 %, whose variance is estimated as 0.
    ZeroVariance,
    /// All values of each side are alike.
    NoVariation,
    /// The difference has no sampling error: everybody was asked, or the weights were adjusted to it.
    NoError,
    /// One side, or the variance of the difference, cannot be estimated.
    NotEstimable,
}

impl Skipped {
    /// The reason in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::SmallBase => "small base",
            Self::Overlap => "overlapping columns",
            Self::ZeroVariance => "share of 0 or 100 %",
            Self::NoVariation => "no variation: all values are alike",
            Self::NoError => "no sampling error",
            Self::NotEstimable => "not estimable",
        }
    }
}

/// Standard errors below this share of the numbers behind them are made of rounding.
const ROUNDING: f64 = 1e-12;

/// Whether a standard error is 0 but for rounding, beside numbers of some size.
pub fn is_rounding(se: f64, size: f64) -> bool {
    se <= ROUNDING * size.abs()
}
