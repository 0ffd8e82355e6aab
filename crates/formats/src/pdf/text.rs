//! Setting text: from marked words to lines of glyphs of a width.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use krilla::text::{GlyphId, KrillaGlyph};
use parley::setting::Tag;
use parley::{
    Alignment, AlignmentOptions, FontContext, FontFamily, FontFeature, FontFeatures, FontStyle,
    FontWeight, Layout, LayoutContext, LineHeight, OverflowWrap, StyleProperty,
};

use super::fonts::{Faces, MONO, SERIF};
use crate::export::measures::{BODY, INK, LEADING, LINK};
use crate::tree::{Align, Inline};

/// No line is broken to less than this, however narrow its place.
const LEAST_WIDTH: f32 = 24.0;

/// Code is shown sign by sign, without the arrows that coding faces make of "->".
const LITERALLY: FontFeatures<'static> = FontFeatures::List(Cow::Borrowed(&[
    FontFeature::new(Tag::new(b"calt"), 0),
    FontFeature::new(Tag::new(b"liga"), 0),
]));

/// How a paragraph is set where its marks don't say otherwise.
#[derive(Clone, Copy)]
pub struct Setting {
    pub size: f32,
    /// The distance of lines as a multiple of the size.
    pub leading: f32,
    pub colour: [u8; 3],
    pub bold: bool,
    pub italic: bool,
    pub mono: bool,
    pub align: Option<Align>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            size: BODY,
            leading: LEADING,
            colour: INK,
            bold: false,
            italic: false,
            mono: false,
            align: None,
        }
    }
}

/// What a stretch of glyphs looks like beyond its face.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ink {
    pub colour: [u8; 3],
    pub underline: bool,
    pub strike: bool,
    /// The link it belongs to, from 1; 0 is none.
    pub link: usize,
}

/// A paragraph broken into lines.
pub struct Shaped {
    pub text: Rc<str>,
    pub lines: Vec<Line>,
    /// Where its links lead; link 1 is the first.
    pub links: Vec<String>,
}

impl Shaped {
    /// The height of all lines.
    pub fn height(&self) -> f32 {
        self.lines.iter().map(|line| line.height).sum()
    }
}

/// A line of glyphs. Heights count from its top edge.
pub struct Line {
    pub height: f32,
    pub baseline: f32,
    pub runs: Vec<Run>,
}

impl Line {
    /// From the left edge of the paragraph to the end of its last glyph.
    pub fn width(&self) -> f32 {
        self.runs
            .iter()
            .map(|run| run.x + run.width)
            .fold(0.0, f32::max)
    }
}

/// Glyphs of one face, size and ink.
pub struct Run {
    pub face: usize,
    pub size: f32,
    /// From the left edge of the paragraph.
    pub x: f32,
    /// Without white space at the end.
    pub width: f32,
    pub glyphs: Vec<KrillaGlyph>,
    pub ink: Ink,
    /// Faux italic: degrees to lean.
    pub lean: f32,
    /// Faux bold.
    pub thicken: bool,
}

/// Everything needed to set text.
pub struct Setter {
    pub fonts: FontContext,
    pub faces: Faces,
    layouts: LayoutContext<Ink>,
}

/// Marked text, ready to be shaped.
struct Marked {
    text: String,
    spans: Vec<(Range<usize>, Span)>,
    links: Vec<String>,
}

#[derive(Clone, PartialEq)]
struct Span {
    bold: bool,
    italic: bool,
    mono: bool,
    ink: Ink,
}

impl Setter {
    pub fn new(fonts: FontContext) -> Self {
        Self {
            fonts,
            faces: Faces::default(),
            layouts: LayoutContext::new(),
        }
    }

    /// Lines of at most `width` points.
    pub fn set(&mut self, content: &[Inline], setting: Setting, width: f32) -> Rc<Shaped> {
        self.lines(marked(content, setting), setting, width)
    }

    /// Lines of unmarked text; line feeds in it are kept.
    pub fn set_plain(&mut self, text: &str, setting: Setting, width: f32) -> Rc<Shaped> {
        let text: String = text.chars().filter_map(printable).collect();
        let span = Span::of(setting);
        let spans = vec![(0..text.len(), span)];
        self.lines(
            Marked {
                text,
                spans,
                links: Vec::new(),
            },
            setting,
            width,
        )
    }

    /// How narrow text can get and how wide it would like to be.
    pub fn widths(&mut self, content: &[Inline], setting: Setting) -> (f32, f32) {
        let marked = marked(content, setting);
        if marked.text.trim().is_empty() {
            return (0.0, 0.0);
        }
        let widths = self.layout(&marked, setting).calculate_content_widths();
        (widths.min, widths.max)
    }

    fn layout(&mut self, marked: &Marked, setting: Setting) -> Layout<Ink> {
        let mut builder = self
            .layouts
            .ranged_builder(&mut self.fonts, &marked.text, 1.0, false);
        let family = |mono: bool| FontFamily::List(Cow::Borrowed(if mono { MONO } else { SERIF }));
        builder.push_default(StyleProperty::FontFamily(family(setting.mono)));
        builder.push_default(StyleProperty::FontSize(setting.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::Absolute(
            setting.size * setting.leading,
        )));
        if setting.mono {
            builder.push_default(StyleProperty::FontFeatures(LITERALLY));
        }
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::BreakWord));
        for (range, span) in &marked.spans {
            if span.mono != setting.mono {
                builder.push(StyleProperty::FontFamily(family(span.mono)), range.clone());
                builder.push(StyleProperty::FontSize(setting.size * 0.88), range.clone());
                builder.push(StyleProperty::FontFeatures(LITERALLY), range.clone());
            }
            if span.bold {
                builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range.clone());
            }
            if span.italic {
                builder.push(StyleProperty::FontStyle(FontStyle::Italic), range.clone());
            }
            builder.push(StyleProperty::Brush(span.ink.clone()), range.clone());
        }
        builder.build(&marked.text)
    }

    fn lines(&mut self, marked: Marked, setting: Setting, width: f32) -> Rc<Shaped> {
        let mut lines = Vec::new();
        if marked.text.is_empty() {
            lines.push(Line {
                height: setting.size * setting.leading,
                baseline: setting.size,
                runs: Vec::new(),
            });
        } else {
            let mut layout = self.layout(&marked, setting);
            layout.break_all_lines(Some(width.max(LEAST_WIDTH)));
            let alignment = match setting.align {
                None => Alignment::Start,
                Some(Align::Left) => Alignment::Left,
                Some(Align::Center) => Alignment::Center,
                Some(Align::Right) => Alignment::Right,
                Some(Align::Justify) => Alignment::Justify,
            };
            layout.align(alignment, AlignmentOptions::default());
            lines.reserve(layout.len());
            for line in layout.lines() {
                let metrics = line.metrics();
                lines.push(Line {
                    height: metrics.block_max_coord - metrics.block_min_coord,
                    baseline: metrics.baseline - metrics.block_min_coord,
                    runs: runs_of(&layout, &line, &marked.text, &mut self.faces),
                });
            }
        }
        Rc::new(Shaped {
            text: marked.text.into(),
            lines,
            links: marked.links,
        })
    }
}

/// The glyphs of a line from left to right, cut where face or ink change.
fn runs_of(
    layout: &Layout<Ink>,
    line: &parley::Line<'_, Ink>,
    text: &str,
    faces: &mut Faces,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut x = line.metrics().offset;
    for run in line.runs() {
        let size = run.font_size();
        let synthesis = run.synthesis();
        let face = faces.number(run.font(), synthesis);
        let right_to_left = run.is_rtl();
        let mut style = None;
        // The rest of a ligature whose first letter comes after it, as it does from right to left.
        let mut rest: Option<Range<usize>> = None;
        for cluster in run.visual_clusters() {
            let mut range = cluster.text_range();
            if cluster.is_ligature_continuation() {
                if right_to_left {
                    rest = Some(rest.map_or(range.clone(), |rest| range.start..rest.end));
                } else if let Some(glyph) = runs.last_mut().and_then(|run| run.glyphs.last_mut())
                    && glyph.text_range.end == range.start
                {
                    glyph.text_range.end = range.end;
                }
                continue;
            }
            if let Some(rest) = rest.take()
                && rest.start == range.end
            {
                range.end = rest.end;
            }
            let blank = text[range.clone()].chars().all(char::is_whitespace);
            for glyph in cluster.glyphs() {
                if style != Some(glyph_style(&cluster)) {
                    style = Some(glyph_style(&cluster));
                    runs.push(Run {
                        face,
                        size,
                        x,
                        width: 0.0,
                        glyphs: Vec::new(),
                        ink: layout.styles()[glyph_style(&cluster)].brush.clone(),
                        lean: synthesis.skew().unwrap_or(0.0),
                        thicken: synthesis.embolden(),
                    });
                }
                let Some(current) = runs.last_mut() else {
                    continue;
                };
                current.glyphs.push(KrillaGlyph::new(
                    GlyphId::new(glyph.id),
                    glyph.advance / size,
                    glyph.x / size,
                    -glyph.y / size,
                    0.0,
                    range.clone(),
                    None,
                ));
                x += glyph.advance;
                if !blank {
                    current.width = x - current.x;
                }
            }
        }
    }
    runs
}

fn glyph_style(cluster: &parley::Cluster<'_, Ink>) -> usize {
    usize::from(cluster.style_index())
}

impl Span {
    fn of(setting: Setting) -> Self {
        Self {
            bold: setting.bold,
            italic: setting.italic,
            mono: setting.mono,
            ink: Ink {
                colour: setting.colour,
                ..Ink::default()
            },
        }
    }
}

/// A character as it can be set: tabs are spaces, other control characters are nothing.
fn printable(c: char) -> Option<char> {
    match c {
        '\n' => Some('\n'),
        // Separators of lines and paragraphs would break lines where the tree doesn't.
        '\t' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => None,
        c => Some(c),
    }
}

fn marked(content: &[Inline], setting: Setting) -> Marked {
    let mut text = String::new();
    let mut spans: Vec<(Range<usize>, Span)> = Vec::new();
    let mut links: Vec<String> = Vec::new();
    for inline in content {
        let begin = text.len();
        let mut span = Span::of(setting);
        match inline {
            Inline::HardBreak => text.push('\n'),
            Inline::Text { text: words, marks } => {
                text.extend(
                    words
                        .chars()
                        .filter_map(printable)
                        .map(|c| if c == '\n' { ' ' } else { c }),
                );
                span.bold |= marks.bold;
                // Emphasis within slanted text stands upright.
                span.italic ^= marks.italic;
                span.mono |= marks.code;
                span.ink.underline = marks.underline;
                span.ink.strike = marks.strike;
                if let Some(href) = &marks.link {
                    if links.last() != Some(href) {
                        links.push(href.clone());
                    }
                    span.ink.link = links.len();
                    span.ink.colour = LINK;
                    span.ink.underline = true;
                }
            }
        }
        if begin == text.len() {
            continue;
        }
        match spans.last_mut() {
            Some((range, last)) if *last == span => range.end = text.len(),
            _ => spans.push((begin..text.len(), span)),
        }
    }
    Marked { text, spans, links }
}
