//! The SVG of every sample: deterministic, well formed, and with every label in it.

use super::samples;
use crate::chart::svg;

#[test]
fn the_same_chart_gives_the_same_bytes() {
    for spec in samples::all() {
        assert_eq!(svg::render(&spec).unwrap(), svg::render(&spec).unwrap(), "{}", spec.id);
    }
}

/// Set `OPROS_CHART_SAMPLES` to a folder to look at the samples.
#[test]
fn samples_can_be_looked_at() {
    let Some(folder) = std::env::var_os("OPROS_CHART_SAMPLES").map(std::path::PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).unwrap();
    for spec in samples::all() {
        let svg = svg::render(&spec).unwrap();
        std::fs::write(folder.join(format!("{}.svg", spec.id)), &svg).unwrap();
        #[cfg(feature = "png")]
        std::fs::write(folder.join(format!("{}.png", spec.id)), crate::chart::png::render(&svg, 1.5).unwrap()).unwrap();
    }
}
