//! Do groups differ, and by how much: tables, tests and measures of association.
//!
//! Statistics of a sampling design take the design and a mask of rows; those of plain columns and counts say so.

mod agreement;
mod association;
mod correlation;
mod effect_size;
mod error;

pub use agreement::{AgreementWeights, KappaResult, cohen_kappa};
pub use association::{NominalAssociation, OrdinalAssociation, nominal_association, ordinal_association};
pub use correlation::{CorrelationTest, WeightedCorrelation, kendall, pearson, spearman, weighted_correlation};
pub use effect_size::{StandardizedDifference, cohens_d};
pub use error::CompareError;
