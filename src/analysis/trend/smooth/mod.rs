//! Smooth lines through points.
//!
//! | smoother | use |
//! |---|---|
//! | [`Loess`] | local polynomials with standard errors; the general choice for irregular polls |
//! | [`lowess`] | local lines, robust, points only |
//! | [`SmoothingSpline`] | a cubic spline with the amount of smoothing chosen by the data |
//! | [`moving_average`], [`exponential_smoothing`], [`holt`] | even spacing, simple |
//! | [`stl`] | even spacing with seasons |
//!
//! None of these knows sampling error or houses: for polls with both see [`super::state_space::PooledPolls`].

mod decomposition;
mod filters;
mod local;
mod loess;
mod loess_statistics;
mod loess_surface;
mod lowess;
mod robustness;
mod spline;
mod spline_solver;

pub use decomposition::{Decomposition, SeasonWindow, stl};
pub use filters::{Holt, HoltStart, Placement, exponential_smoothing, holt, moving_average};
pub use loess::{Family, Loess, LoessFit, LoessPoint};
pub use loess_statistics::Statistics;
pub use loess_surface::Surface;
pub use lowess::{Lowess, lowess};
pub use spline::{SmoothingSpline, Smoothness, SplineFit};
