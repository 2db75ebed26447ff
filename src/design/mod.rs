//! The sampling design, checked once: stages, strata, clusters, population sizes, weights, replicates, domains.
//!
//! Reading order: [`Codes`] turn labels into dense numbers; the [`SurveyDesignBuilder`] takes what the user says;
//! `check` turns it into a [`SurveyDesign`] or into a [`DesignError`] that lists every problem by name;
//! the [`VarianceForm`] turns scores of sampling units into covariances; [`Domains`] are masks on the whole design.

mod adjustment;
mod build_stage;
mod builder;
mod check;
mod codes;
mod collapse;
mod columns;
mod count_look;
mod crossed;
mod degf;
mod describe;
mod domains;
mod error;
mod form;
mod frames;
mod lonely;
mod members;
mod replicates;
mod stage;
mod survey_design;
mod two_phase;

pub use adjustment::{Adjustment, Cells, OrthogonalColumns, RakedMargin, Residual};
pub(crate) use builder::RowsBehind;
pub use builder::{StageInput, SurveyDesignBuilder};
pub(crate) use codes::dense_pairs;
pub use codes::{Codes, MISSING};
pub(crate) use count_look::CountLook;
pub(crate) use crossed::Crossed;
pub(crate) use degf::RankLook;
pub use domains::{Base, Domains, UnitSet};
pub use error::{DesignError, DesignProblem};
pub use form::{
    JointProbabilities, MemberIndex, MemberScores, NestedForm, PairwiseForm, PairwiseVariance, Prepared, Presence,
    ReplicateForm, RowUnits, TwoPhaseForm, TwoPhaseMethod, VarianceForm,
};
pub use frames::Frames;
pub use lonely::LonelyPsu;
pub(crate) use members::{Count, MembersByDomain};
pub use replicates::{ReplicateInput, ReplicateKind, ReplicateWeights};
pub use stage::{Stage, StageStratum};
pub use survey_design::SurveyDesign;
pub use two_phase::{SecondPhase, two_phase};
