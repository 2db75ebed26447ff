//! Do groups differ, and by how much: tables, tests and measures of association.
//!
//! Statistics of a sampling design take the design and a mask of rows; those of plain columns and counts say so.

mod adjusted;
mod agreement;
mod association;
mod correlation;
mod effect_size;
mod error;
mod goodness_of_fit;
mod groups;
mod independence;
mod means;
mod over_time;
mod overall;
mod pairwise;
mod ranks;
mod skipped;
mod tables;
mod trend;
mod variation;

pub use adjusted::{AdjustedComparison, AdjustedGroup, AdjustedRequest, Control, NoEffect, adjusted_groups};
pub use agreement::{AgreementWeights, KappaResult, cohen_kappa};
pub use association::{NominalAssociation, OrdinalAssociation, nominal_association, ordinal_association};
pub use correlation::{CorrelationTest, WeightedCorrelation, kendall, pearson, spearman, weighted_correlation};
pub use effect_size::{StandardizedDifference, cohens_d};
pub use error::CompareError;
pub use goodness_of_fit::{FitTest, goodness_of_fit};
pub use groups::{GroupComparison, GroupContrast, GroupOptions, Outcome, Relative, compare_groups};
pub use independence::{IndependenceTest, TableTest, independence_test, independence_tests};
pub use means::{TTest, t_test_of_groups, t_test_of_mean};
pub use over_time::compare_over_time;
pub use overall::{OverallTest, overall_tests};
pub use pairwise::{PairwiseComparison, pairwise};
pub use ranks::{RankScore, RankTest, rank_test};
pub use skipped::{Skipped, is_rounding};
pub use tables::{TwoWayTable, weighted_table};
pub use trend::{GroupTrend, TrendComparison, TrendRequest, gap_trends};
