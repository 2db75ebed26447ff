//! The variance of replicate estimates.

/// `scale · Σ rscales_r (θ_r − c)²`, with c the mean of the replicates or the full-sample estimate.
///
/// # References
///
/// Wolter (2007), Introduction to Variance Estimation, chapters 3–5; R `survey`, `svrVar`.
#[derive(Clone, Debug)]
pub struct ReplicateForm {
    scale: f64,
    rscales: Vec<f64>,
    around_estimate: bool,
}

impl ReplicateForm {
    /// `around_estimate` (R: `mse`) takes deviations from the full-sample estimate, otherwise they are taken from the
    /// plain mean of the replicates whose `rscales` are positive.
    pub fn new(scale: f64, rscales: Vec<f64>, around_estimate: bool) -> Self {
        Self { scale, rscales, around_estimate }
    }

    /// Number of replicates.
    pub fn n_replicates(&self) -> usize {
        self.rscales.len()
    }

    /// The factor in front of the sum.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The factor of each replicate.
    pub fn rscales(&self) -> &[f64] {
        &self.rscales
    }

    /// Whether deviations are from the full-sample estimate.
    pub fn is_around_estimate(&self) -> bool {
        self.around_estimate
    }

    /// `deviations` are those of the replicate estimates from the full-sample estimate.
    pub(super) fn prepare(&self, deviations: &[f64]) -> Vec<f64> {
        let center = if self.around_estimate {
            0.0
        } else {
            let counted = self.rscales.iter().zip(deviations).filter(|(r, _)| **r > 0.0);
            let (n, sum) = counted.fold((0.0, 0.0), |(n, sum), (_, d)| (n + 1.0, sum + d));
            if n > 0.0 { sum / n } else { 0.0 }
        };
        deviations.iter().zip(&self.rscales).map(|(d, r)| (d - center) * (self.scale * r).sqrt()).collect()
    }
}
