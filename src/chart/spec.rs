//! The chart model between analyses and the drawing library.
//!
//! A specification says what is shown and how it is marked, never where on the page: positions on an axis are in
//! the axis' own unit, texts are plain and final, and the layout decides the rest.

pub use super::palette::Color;
pub use crate::analysis::result::Unit;

/// A chart, ready to be laid out and drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartSpec {
    /// Short name; prefix of the ids inside the SVG.
    pub id: String,
    /// Language code of the texts.
    pub language: String,
    /// The finding.
    pub title: String,
    /// Wording, base and dates.
    pub subtitle: String,
    /// Source, interval method and notes.
    pub caption: String,
    /// What the picture shows, for those who do not see it.
    pub alt: String,
    /// What colours and symbols mean, where no label at the mark says it.
    pub keys: Vec<Key>,
    /// Groups of panels, one below the other.
    pub sections: Vec<Section>,
}

/// Panels under a common heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Heading; none where empty.
    pub title: String,
    /// Panels beside each other.
    pub columns: usize,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
}

/// One plot with its axes.
#[derive(Debug, Clone, PartialEq)]
pub enum Panel {
    /// Values over time.
    Time(TimePanel),
    /// Values by category, one row each.
    Rows(RowsPanel),
    /// Points between two axes.
    Scatter(ScatterPanel),
    /// One tile an area.
    Tiles(TilesPanel),
}

/// Points between two axes of values.
#[derive(Debug, Clone, PartialEq)]
pub struct ScatterPanel {
    /// The axis to the right.
    pub x: ValueAxis,
    /// The axis upwards.
    pub y: ValueAxis,
    /// The points.
    pub points: Vec<ScatterPoint>,
}

/// A point between two axes.
#[derive(Debug, Clone, PartialEq)]
pub struct ScatterPoint {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// What its area stands for, such as inhabitants.
    pub size: f64,
    /// Its name.
    pub label: String,
    /// Is the name printed beside it, where there is room?
    pub is_named: bool,
}

/// A map of tiles.
#[derive(Debug, Clone, PartialEq)]
pub struct TilesPanel {
    /// The tiles.
    pub tiles: Vec<Tile>,
    /// What the colours mean.
    pub scale: TileScale,
    /// Unit of the values.
    pub unit: Unit,
}

/// A tile of an area.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Column, from 1 at the left.
    pub column: u32,
    /// Row, from 1 at the top.
    pub row: u32,
    /// Name of a few letters.
    pub label: String,
    /// The whole name.
    pub name: String,
    /// The value in words.
    pub text: String,
    /// Its colour; none where there is no value.
    pub color: Option<Color>,
    /// Is the value in brackets, because nobody was interviewed there?
    pub is_marked: bool,
    /// The value.
    pub value: Option<f64>,
}

/// Colours from low to high, and the edges between them.
#[derive(Debug, Clone, PartialEq)]
pub struct TileScale {
    /// Colours.
    pub colors: Vec<Color>,
    /// Edges in words, one more than colours.
    pub edges: Vec<String>,
}

/// Values over time: time runs to the right, values upwards.
#[derive(Debug, Clone, PartialEq)]
pub struct TimePanel {
    /// Heading; none where empty.
    pub title: String,
    /// The time axis.
    pub x: TimeAxis,
    /// The value axis.
    pub y: ValueAxis,
    /// Lines with their points.
    pub series: Vec<Series>,
    /// Bars over spans of time.
    pub columns: Vec<Column>,
    /// Dated events.
    pub events: Vec<Event>,
    /// Rows of marks below the plot that share its time axis.
    pub strips: Vec<Strip>,
}

/// A row of marks below a plot: when something was observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Strip {
    /// What was observed.
    pub label: String,
    /// When, and is the mark hollow?
    pub marks: Vec<(f64, bool)>,
}

/// Values by category: categories run downwards, values to the right.
#[derive(Debug, Clone, PartialEq)]
pub struct RowsPanel {
    /// The categories.
    pub rows: Vec<Row>,
    /// Heading of the grey details beside the labels; none where empty.
    pub detail_title: String,
    /// Plots beside each other that share the rows.
    pub tracks: Vec<Track>,
    /// Is one unit equally long in all tracks? Otherwise all tracks are equally wide.
    pub is_common_scale: bool,
    /// Tracks that there is room for, so that tracks of panels below each other are equally wide.
    pub n_slots: usize,
}

/// A category.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Text for readers.
    pub label: String,
    /// Grey text beside it, such as the number interviewed.
    pub detail: String,
    /// Is it the heading of the rows below it?
    pub is_heading: bool,
}

/// A plot that shares its rows with others.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Heading; none where empty.
    pub title: String,
    /// Second line of the heading; none where empty.
    pub subtitle: String,
    /// The value axis.
    pub axis: ValueAxis,
    /// What is drawn in the rows.
    pub marks: Vec<RowMark>,
    /// Texts at the right edge: row, text.
    pub notes: Vec<(usize, String)>,
    /// Heading of these texts; none where empty.
    pub notes_title: String,
    /// Thin lines through all rows, such as the value of everybody.
    pub references: Vec<f64>,
}

/// Something drawn in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum RowMark {
    /// A point with its interval.
    Point {
        /// Row, counted from 0.
        row: usize,
        /// The estimate.
        value: f64,
        /// Its interval.
        interval: Option<Interval>,
        /// Outer limits under other assumptions, drawn thinner.
        bounds: Option<Interval>,
        /// Symbol and colour.
        look: PointLook,
    },
    /// A bar.
    Bar {
        /// Row, counted from 0.
        row: usize,
        /// Where it starts.
        from: f64,
        /// Where it ends.
        to: f64,
        /// Its colour.
        color: Color,
        /// Is it hatched, as for a partial period?
        is_hatched: bool,
        /// The interval of its end.
        interval: Option<Interval>,
        /// Text inside, or where it does not fit and nothing else is there, behind it.
        label: String,
    },
    /// No value, and why: a gap is never drawn as zero.
    Gap {
        /// Row, counted from 0.
        row: usize,
        /// Text in place of the mark.
        text: String,
    },
}

/// An interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// How a point looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointLook {
    /// Its colour.
    pub color: Color,
    /// Its outline.
    pub shape: Shape,
    /// Is it hollow, as for an assumed number interviewed?
    pub is_open: bool,
    /// Is its interval dashed, as for a small base?
    pub is_faint: bool,
}

/// Outline of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The first series, and everything that needs no other.
    Circle,
    /// The second series.
    Square,
    /// The third series.
    Triangle,
    /// The fourth series.
    TriangleDown,
    /// An opt-in panel, whatever the series.
    Diamond,
}

/// Strokes and gaps of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dash {
    /// No gaps.
    Solid,
    /// Long strokes.
    Long,
    /// Short strokes.
    Short,
    /// Dots.
    Dots,
}

/// A line over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Label at its end.
    pub label: String,
    /// The last value in words, behind the label.
    pub last: String,
    /// Colour of line, points and label.
    pub color: Color,
    /// Second cue beside the colour.
    pub dash: Dash,
    /// Second cue beside the colour.
    pub shape: Shape,
    /// Are there so many points that intervals become a band and only some points are drawn?
    pub is_dense: bool,
    /// Are the points joined by a line, with a label at its end? Otherwise every point is a small dot.
    pub has_line: bool,
    /// Points in the order of time.
    pub points: Vec<SeriesPoint>,
}

/// A point of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeriesPoint {
    /// Time, as a year with decimals.
    pub x: f64,
    /// The estimate.
    pub value: f64,
    /// Its interval.
    pub interval: Option<Interval>,
    /// Is it hollow?
    pub is_open: bool,
    /// Is it from an opt-in panel?
    pub is_opt_in: bool,
    /// Is its base small?
    pub is_faint: bool,
    /// Does the line start anew here?
    pub starts_segment: bool,
    /// Does the value rest on less than its neighbours, so that the band is drawn lighter?
    pub is_sparse: bool,
    /// Does the line start anew only because nothing is known for long? Then a thin dotted line leads to it.
    pub is_after_gap: bool,
}

/// A bar over a span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Start of the span, as a year with decimals.
    pub from: f64,
    /// End of the span.
    pub until: f64,
    /// Its height.
    pub value: f64,
    /// Interval of its height.
    pub interval: Option<Interval>,
    /// Its colour.
    pub color: Color,
    /// Is it hatched, as for a partial period?
    pub is_hatched: bool,
    /// Text above it.
    pub label: String,
}

/// A dated event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, as a year with decimals.
    pub x: f64,
    /// Short label.
    pub label: String,
}

/// An axis of values.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueAxis {
    /// Unit of all values on it.
    pub unit: Unit,
    /// How values map to positions.
    pub scale: Scale,
    /// Lowest value shown.
    pub from: f64,
    /// Highest value shown.
    pub until: f64,
    /// Labelled values.
    pub ticks: Vec<Tick>,
    /// What the axis measures, where the tick labels do not say it.
    pub label: String,
    /// The value that a heavier line marks, such as zero.
    pub baseline: Option<f64>,
}

/// How values map to positions on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally long.
    Linear,
    /// Equal ratios are equally long.
    Log,
}

/// An axis of time, in years with decimals.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeAxis {
    /// Left end.
    pub from: f64,
    /// Right end.
    pub until: f64,
    /// Labelled times.
    pub ticks: Vec<Tick>,
}

/// A labelled value of an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// The value.
    pub at: f64,
    /// Its text; may be left out where there is no room.
    pub label: String,
}

/// An entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// What it looks like.
    pub symbol: KeySymbol,
    /// What it means.
    pub text: String,
}

/// What an entry of the legend looks like.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum KeySymbol {
    /// A point.
    Point(PointLook),
    /// A small dot.
    SmallPoint(PointLook),
    /// A line with its band.
    Band(Color),
    /// The same where the band is drawn lighter.
    HatchedBand(Color),
    /// A filled patch.
    Patch(Color),
    /// A hatched patch.
    Hatched(Color),
    /// The thicker whisker of an interval.
    Whisker(Color),
    /// The thin outer whisker of bounds.
    ThinWhisker(Color),
    /// A dashed whisker.
    DashedWhisker(Color),
    /// An upright line through all rows.
    Reference(Color),
}

impl ValueAxis {
    /// The position of a value, 0 at the lower end and 1 at the upper, clamped to the axis.
    pub fn position(&self, value: f64) -> f64 {
        let place = |v: f64| match self.scale {
            Scale::Linear => v,
            Scale::Log => libm::log(v.max(self.from)),
        };
        let (low, high) = (place(self.from), place(self.until));
        if high > low { ((place(value) - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
    }

    /// Does a value lie above the axis, by more than rounding?
    pub fn is_above(&self, value: f64) -> bool {
        value > self.until + self.hair()
    }

    /// Does a value lie below the axis, by more than rounding?
    pub fn is_below(&self, value: f64) -> bool {
        value < self.from - self.hair()
    }

    fn hair(&self) -> f64 {
        1e-6 * (self.until - self.from)
    }
}

impl TimeAxis {
    /// The position of a time, 0 at the left end and 1 at the right.
    pub fn position(&self, time: f64) -> f64 {
        if self.until > self.from { ((time - self.from) / (self.until - self.from)).clamp(0.0, 1.0) } else { 0.5 }
    }
}
