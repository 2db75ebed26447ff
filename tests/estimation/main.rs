//! Identities, properties and coverage of the estimation engine. Each test starts with the fact that it rests on.

mod coverage;
mod designs;
mod identities;
mod properties;
mod sample;
mod weighting;
