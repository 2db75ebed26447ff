//! How many events, at which rate: regression of counts with exposure, and exact intervals of rates.
//!
//! # Notation
//! yᵢ counts with means μᵢ = exp(ηᵢ), η = Xb + offset; an exposure (years, inhabitants) enters as offset ln(exposure).

mod change;
mod dispersion;
mod glm;
mod negative_binomial;
mod profile;
mod psi;
mod rates;

pub use change::{PlaceboRate, RateChange, placebo_rates, rate_change};
pub use dispersion::{Overdispersion, VarianceForm, overdispersion_test};
pub use glm::{Family, GlmFit};
pub use negative_binomial::{NegativeBinomialFit, negative_binomial};
pub use profile::profile_interval;
pub use rates::{RateRatio, RateTest, rate_ratio_test, rate_test, smallest_detectable_ratio};
