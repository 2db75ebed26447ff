//! No label is cut, and no label lies over another, in any sample.

use super::samples;
use crate::chart::layout;
use crate::chart::scene::{Bounds, Scene, Shape, Text};
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
    for (line, text) in event_lines(&scene).flat_map(|line| bare_texts(&scene).map(move |text| (line, text))) {
        assert!(!text.bounds().overlaps(&line), "{}: the line of an event goes through `{}`", spec.id, text.text);
    }
}

/// The lines of events, which are the upright ones of their width.
fn event_lines(scene: &Scene) -> impl Iterator<Item = Bounds> {
    scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Line { points, width, .. } if *width == 0.8 && points.len() == 2 && points[0].0 == points[1].0 => {
            let (x, top, bottom) = (points[0].0, points[0].1, points[1].1);
            Some(Bounds { left: x - 0.4, top, right: x + 0.4, bottom })
        }
        _ => None,
    })
}

/// The texts that do not lie on paper of their own.
fn bare_texts(scene: &Scene) -> impl Iterator<Item = &Text> {
    scene.shapes.windows(2).filter_map(|pair| match pair {
        [Shape::Rect { .. }, Shape::Text(_)] => None,
        [_, Shape::Text(text)] => Some(text),
        _ => None,
    })
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
