//! One mood from many questions that were asked in scattered years.
//!
//! [`DyadRatios`] is the established method, with intervals by [`MoodDraws`]; [`LatentMood`] models the same readings as a latent
//! random walk and gives standard errors that grow where nothing was asked. Where both differ, few items carry the mood.

mod bootstrap;
mod dyad_ratios;
mod latent;
mod recursion;

pub use bootstrap::{MoodDraws, MoodInterval};
pub use dyad_ratios::{Direction, DyadRatios, ItemLoading, LastReading, Mood, Reading};
pub use latent::{LatentItem, LatentMood, LatentMoodFit, MoodPoint};
