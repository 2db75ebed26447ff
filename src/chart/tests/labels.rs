//! No label is cut, and no label lies over another, in any sample.

use super::samples;
use crate::chart::layout;
use crate::chart::scene::{Scene, Text};
use crate::chart::spec::ChartSpec;

/// Fails where a text leaves the page or overlaps another.
pub(super) fn assert_readable(spec: &ChartSpec) {
    let scene = layout::scene(spec);
    let texts: Vec<&Text> = scene.texts().collect();
    for (index, text) in texts.iter().enumerate() {
        let bounds = text.bounds();
        assert!(is_inside(&scene, text), "{}: `{}` leaves the page: {bounds:?}", spec.id, text.text);
        for other in &texts[index + 1..] {
            let is_over = bounds.overlaps(&other.bounds());
            assert!(!is_over, "{}: `{}` lies over `{}`", spec.id, text.text, other.text);
        }
    }
}

fn is_inside(scene: &Scene, text: &Text) -> bool {
    let bounds = text.bounds();
    bounds.left >= 0.0 && bounds.top >= 0.0 && bounds.right <= scene.width && bounds.bottom <= scene.height
}

#[test]
fn labels_of_samples_are_whole_and_apart() {
    for spec in samples::all() {
        assert_readable(&spec);
    }
}

#[test]
fn the_check_notices_labels_over_each_other() {
    let spec = samples::all().remove(0);
    let scene = layout::scene(&spec);
    let text = scene.texts().next().unwrap();
    let near = Text { at: (text.at.0 + 3.0, text.at.1 + 3.0), ..text.clone() };
    assert!(text.bounds().overlaps(&near.bounds()));
    let below = Text { at: (text.at.0, text.at.1 + 2.0 * text.size), ..text.clone() };
    assert!(!text.bounds().overlaps(&below.bounds()));
}
