//! Statistics of shares from simple random samples and published toplines: intervals, differences, tables, planning.
//!
//! Nothing here knows a sampling design. For microdata use the estimators of the design; for a published topline put the
//! effective sample size n / deff in, with the design effect that the study declares.
//!
//! # Notation
//! x successes of n, p = x/n; z the normal quantile that a two-sided interval of the level reaches.

mod difference;
mod error;
mod fisher;
mod interval;
mod planning;
mod precision;
mod published;
mod small_samples;
mod table;

pub use difference::{ProportionTest, TwoProportions, newcombe_difference, proportion_test, two_proportions};
pub use error::ProportionError;
pub use fisher::{FisherTest, OddsPrecision, fisher_exact};
pub use interval::{IntervalMethod, ProportionInterval, proportion_interval};
pub use planning::{
    Allocation, SampleSize, allocate, cohen_h, interviews_for_difference, sample_size, smallest_detectable_change,
};
pub use precision::{ClusterPrecision, KishPrecision, icc_anova, kish, margin_of_error};
pub use published::{PublishedContrast, PublishedShare, published_contrasts};
pub use small_samples::{agresti_caffo, score_difference};
pub use table::{RatioInterval, TestResult, mcnemar, odds_and_risk_ratio, pearson_chi_squared};
