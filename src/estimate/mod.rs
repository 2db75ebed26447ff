//! Estimates from a checked design: mergeable totals, scores, covariance, degrees of freedom, intervals.
