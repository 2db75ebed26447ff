//! Areas beside each other: who is whose neighbour, how alike neighbours are, and associations between areas.

mod association;
mod moran;
mod neighbours;

pub use association::{AreaFit, association};
pub use moran::{Moran, moran};
pub use neighbours::{great_circle_km, nearest};
