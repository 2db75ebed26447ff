//! A sampling design by the names of its columns: from flags, from `design.toml`, or from both.

mod args;
mod build;
mod file;
mod phases;

pub use args::DesignArgs;
pub use build::{Known, build};
pub use build::{
    Population, REPLICATE, WEIGHT, completed, constant, is_replicate_weight, is_unweighted, is_weight, replicate_names,
    replicates, stages,
};
pub use file::{DesignFile, ReplicateTable, ReplicateType, schema};
