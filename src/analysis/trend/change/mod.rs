//! From one wave to the next: differences, and whether they are too small to matter.

mod equivalence;
mod waves;

pub use equivalence::{Equivalence, equivalence};
pub use waves::{
    Comparison, Dependence, Wave, WaveDifference, compare_waves, smallest_detectable_difference, wave_difference,
};
