//! The sampling design, checked once: stages, strata, clusters, population sizes, weights, replicates, domains.
//!
//! Reading order: [`Codes`] turn labels into dense numbers; the [`SurveyDesignBuilder`] takes what the user says;
//! `check` turns it into a [`SurveyDesign`] or into a [`DesignError`] that lists every problem by name;
//! the [`VarianceForm`] turns scores of sampling units into covariances; [`Domains`] are masks on the whole design.

mod build_stage;
mod builder;
mod check;
mod codes;
mod collapse;
mod columns;
mod degf;
mod describe;
mod domains;
mod error;
mod form;
mod lonely;
mod replicates;
mod stage;
mod survey_design;

pub use builder::{StageInput, SurveyDesignBuilder};
pub use codes::{Codes, MISSING};
pub use domains::{Base, Domains, UnitSet};
pub use error::{DesignError, DesignProblem};
pub use form::{NestedForm, Prepared, Presence, ReplicateForm, VarianceForm};
pub use lonely::LonelyPsu;
pub use replicates::{ReplicateInput, ReplicateKind, ReplicateWeights};
pub use stage::{Stage, StageStratum};
pub use survey_design::SurveyDesign;
