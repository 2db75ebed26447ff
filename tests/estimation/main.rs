//! Identities, properties and coverage of the estimation engine. Each test starts with the fact that it rests on.

mod by_hand;
mod designs;
mod identities;
mod phases;
mod sample;
mod weighting;
