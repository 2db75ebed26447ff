//! Unequal probabilities without replacement, unit by unit.

/// How the probability that two units are sampled together is known or approximated.
#[derive(Clone, Debug, PartialEq)]
pub enum JointProbabilities {
    /// Overton's approximation.
    Overton,
    /// Hartley and Rao's approximation with the population sum of squared probabilities over n; without it, its estimate
    /// from the sample, the mean probability.
    HartleyRao {
        /// Population sum of squared inclusion probabilities, over the sample size.
        sum_p2: Option<f64>,
    },
    /// Simple random sampling of each stratum at the given probabilities.
    SimpleRandom,
    /// The matrix itself, row by row in the order of the rows of the data.
    Matrix(Vec<f64>),
}

/// The estimator of the variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairwiseVariance {
    /// `Σ_ij d_ij u_i u_j`.
    #[default]
    HorvitzThompson,
    /// `−½ Σ_ij d_ij (u_i − u_j)²`; designs of fixed size.
    YatesGrundy,
}

/// The variance from pairwise inclusion probabilities.
///
/// # Definition
///
/// With `d_ii = 1 − p_i` and `d_ij = 1 − p_i p_j / p_ij`: Horvitz–Thompson or Yates–Grundy. `Overton` takes
/// `d_ij = 1 − (n − (p_i + p_j)/2)/(n − 1)`, `HartleyRao` `d_ij = 1 − (n − p_i − p_j + s)/(n − 1)` with `s` the population
/// sum of `p²` over n, `SimpleRandom` `d_ij = −(1 − p_i)/(n − 1)`. Units of different strata are independent.
///
/// # References
///
/// Horvitz and Thompson (1952); Yates and Grundy (1953); Overton (1985), A sampling plan for streams; Hartley and Rao
/// (1962); Berger (2004), A simple variance estimator for unequal probability sampling without replacement.
#[derive(Clone, Debug)]
pub struct PairwiseForm {
    probabilities: Vec<f64>,
    stratum_of_unit: Vec<u32>,
    n_of_stratum: Vec<f64>,
    /// Hartley and Rao's sum by stratum.
    sum_of_stratum: Vec<f64>,
    joint: JointProbabilities,
    variance: PairwiseVariance,
}

impl PairwiseForm {
    pub(crate) fn new(
        probabilities: Vec<f64>,
        stratum_of_unit: Vec<u32>,
        joint: JointProbabilities,
        variance: PairwiseVariance,
    ) -> Self {
        let n_strata = stratum_of_unit.iter().max().map_or(0, |h| *h as usize + 1);
        let mut n = vec![0.0; n_strata];
        let mut sum = vec![0.0; n_strata];
        for (&h, p) in stratum_of_unit.iter().zip(&probabilities) {
            n[h as usize] += 1.0;
            sum[h as usize] += p;
        }
        let sum_of_stratum = match joint {
            JointProbabilities::HartleyRao { sum_p2: Some(given) } => vec![given; n_strata],
            _ => sum.iter().zip(&n).map(|(s, n)| s / n).collect(),
        };
        Self { probabilities, stratum_of_unit, n_of_stratum: n, sum_of_stratum, joint, variance }
    }

    pub(super) fn n_units(&self) -> usize {
        self.probabilities.len()
    }

    /// Whether the variance comes from differences between rows, so that a row alone has none.
    pub fn compares(&self) -> bool {
        self.variance == PairwiseVariance::YatesGrundy
    }

    /// Where the probabilities of pairs come from, and the estimator of the variance.
    pub fn names(&self) -> (&'static str, &'static str) {
        let joint = match self.joint {
            JointProbabilities::Overton => "Overton",
            JointProbabilities::HartleyRao { .. } => "Hartley–Rao",
            JointProbabilities::SimpleRandom => "simple random sampling",
            JointProbabilities::Matrix(_) => "a matrix",
        };
        let variance = match self.variance {
            PairwiseVariance::HorvitzThompson => "Horvitz–Thompson",
            PairwiseVariance::YatesGrundy => "Yates–Grundy",
        };
        (joint, variance)
    }

    fn weight(&self, i: usize, j: usize) -> f64 {
        let (p, q) = (self.probabilities[i], self.probabilities[j]);
        if let JointProbabilities::Matrix(joint) = &self.joint {
            let both = joint[i * self.n_units() + j];
            return if i == j { 1.0 - p } else { 1.0 - p * q / both };
        }
        if i == j {
            return 1.0 - p;
        }
        let h = self.stratum_of_unit[i] as usize;
        if h != self.stratum_of_unit[j] as usize {
            return 0.0;
        }
        let n = self.n_of_stratum[h];
        match self.joint {
            JointProbabilities::Overton => 1.0 - (n - (p + q) / 2.0) / (n - 1.0),
            JointProbabilities::HartleyRao { .. } => 1.0 - (n - p - q + self.sum_of_stratum[h]) / (n - 1.0),
            _ => -(1.0 - p) / (n - 1.0),
        }
    }

    pub(super) fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        let n = self.n_units();
        let mut sum = 0.0;
        for i in 0..n {
            let mut row = 0.0;
            match self.variance {
                PairwiseVariance::HorvitzThompson if a[i] != 0.0 => {
                    for (j, b) in b.iter().enumerate().filter(|(_, b)| **b != 0.0) {
                        row += self.weight(i, j) * b;
                    }
                    sum += a[i] * row;
                }
                PairwiseVariance::HorvitzThompson => {}
                PairwiseVariance::YatesGrundy => {
                    for j in 0..n {
                        row += self.weight(i, j) * (a[i] - a[j]) * (b[i] - b[j]);
                    }
                    sum -= row / 2.0;
                }
            }
        }
        sum
    }
}
