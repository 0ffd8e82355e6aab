//! The typography both exporters follow. Lengths are in points.

/// The size of running text.
pub const BODY: f32 = 11.0;
/// The distance of lines of running text, as a multiple of their size.
pub const LEADING: f32 = 1.42;
/// The space below a paragraph.
pub const PARAGRAPH_GAP: f32 = 7.0;
/// The size of code.
pub const CODE: f32 = 9.25;
/// The size of text in tables.
pub const TABLE: f32 = 10.0;
/// The size of headers, footers and captions.
pub const SMALL: f32 = 8.5;
/// How far an item's text stands from the item around it.
pub const LIST_INDENT: f32 = 20.0;
/// How far a quotation stands from the text around it.
pub const QUOTE_INDENT: f32 = 18.0;
/// The white space in a cell, left and right.
pub const CELL_PAD_X: f32 = 6.0;
/// The white space in a cell, above and below.
pub const CELL_PAD_Y: f32 = 4.0;
/// The greatest height of a logo.
pub const LOGO_HEIGHT: f32 = 42.0;
/// The greatest width of a logo.
pub const LOGO_WIDTH: f32 = 180.0;

/// The colour of text.
pub const INK: [u8; 3] = [0x1f, 0x23, 0x28];
/// The colour of what steps back: headers, captions, list markers.
pub const MUTED: [u8; 3] = [0x5f, 0x64, 0x6b];
/// The colour of thin lines.
pub const LINE: [u8; 3] = [0xcf, 0xca, 0xbd];
/// The colour behind header cells and code.
pub const SHADE: [u8; 3] = [0xf6, 0xf4, 0xee];
/// The colour of links.
pub const LINK: [u8; 3] = [0x1f, 0x6f, 0x5c];

/// How a heading of a level is set.
#[derive(Debug, Clone, Copy)]
pub struct HeadingMeasure {
    /// The size of its text.
    pub size: f32,
    /// The space above.
    pub before: f32,
    /// The space below.
    pub after: f32,
    /// Whether it is slanted.
    pub italic: bool,
    /// Whether it steps back in colour.
    pub muted: bool,
}

/// The headings of level 1 to 6.
pub const HEADINGS: [HeadingMeasure; 6] = [
    heading(21.0, 22.0, 9.0, false, false),
    heading(15.5, 20.0, 6.0, false, false),
    heading(12.75, 16.0, 4.5, false, false),
    heading(11.0, 13.0, 3.5, false, false),
    heading(11.0, 12.0, 3.0, true, false),
    heading(10.5, 11.0, 3.0, true, true),
];

const fn heading(size: f32, before: f32, after: f32, italic: bool, muted: bool) -> HeadingMeasure {
    HeadingMeasure {
        size,
        before,
        after,
        italic,
        muted,
    }
}

/// The measure of a heading; levels outside 1 to 6 are moved to the nearer end.
pub fn heading_measure(level: u8) -> HeadingMeasure {
    HEADINGS[usize::from(level.clamp(1, 6)) - 1]
}

/// A colour as six hexadecimal digits.
pub fn hex(colour: [u8; 3]) -> String {
    format!("{:02X}{:02X}{:02X}", colour[0], colour[1], colour[2])
}

/// CSS pixels (1/96 inch) in points.
#[expect(
    clippy::cast_precision_loss,
    reason = "widths of pictures and columns are small"
)]
pub fn from_pixels(pixels: u32) -> f32 {
    pixels as f32 * 0.75
}
