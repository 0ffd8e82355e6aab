//! Painting pages.

use krilla::Document;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::destination::{Destination, XyzDestination};
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::num::NormalizedF32;
use krilla::page::{Page as PdfPage, PageSettings};
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};

use super::pages::Page;
use super::piece::Draw;
use super::tags::{ARTIFACT, Role, Tags};
use super::text::{Run, Setter, Shaped};

/// Where links within the document lead: a name to a page and how far down its text.
pub type Anchors = std::collections::HashMap<String, (usize, f32)>;

/// A sheet to paint.
pub struct Sheet<'a> {
    pub width: f32,
    pub height: f32,
    /// The upper left corner of the text.
    pub origin: (f32, f32),
    pub page: &'a Page,
    /// What stands around the text; places count from the corner of the sheet.
    pub around: &'a [Draw],
}

/// A link that was painted, to be made active when the page is done.
struct PaintedLink {
    rect: Rect,
    target: Target,
    words: String,
    part: usize,
}

/// Adds a page to the document and paints it.
pub fn paint(
    document: &mut Document,
    sheet: &Sheet<'_>,
    setter: &Setter,
    tags: &mut Tags,
    anchors: &Anchors,
) {
    let Some(settings) = PageSettings::from_wh(sheet.width, sheet.height) else {
        return;
    };
    let mut pdf_page = document.start_page_with(settings);
    let mut links = Vec::new();
    {
        let mut surface = pdf_page.surface();
        let mut painter = Painter {
            surface: &mut surface,
            setter,
            tags,
            anchors,
            origin: sheet.origin,
            links: &mut links,
        };
        if !sheet.around.is_empty() {
            painter.artifact(ArtifactType::PaginationOther, |painter| {
                for draw in sheet.around {
                    painter.bare(draw, (0.0, 0.0));
                }
            });
        }
        if !sheet.page.under.is_empty() {
            painter.artifact(ArtifactType::Layout, |painter| {
                for draw in &sheet.page.under {
                    painter.bare(draw, painter.origin);
                }
            });
        }
        for draw in &sheet.page.over {
            painter.tagged(draw);
        }
        surface.finish();
    }
    activate(&mut pdf_page, links, tags);
    pdf_page.finish();
}

/// Makes painted links lead where they should.
fn activate(page: &mut PdfPage<'_>, links: Vec<PaintedLink>, tags: &mut Tags) {
    for link in links {
        let annotation = Annotation::new_link(
            LinkAnnotation::new(link.rect, link.target),
            Some(link.words),
        );
        if link.part == ARTIFACT {
            page.add_annotation(annotation);
        } else {
            let identifier = page.add_tagged_annotation(annotation);
            tags.content(link.part, identifier);
        }
    }
}

struct Painter<'p, 's> {
    surface: &'p mut Surface<'s>,
    setter: &'p Setter,
    tags: &'p mut Tags,
    anchors: &'p Anchors,
    /// The upper left corner of the text on every page.
    origin: (f32, f32),
    links: &'p mut Vec<PaintedLink>,
}

impl Painter<'_, '_> {
    fn artifact(&mut self, kind: ArtifactType, draw: impl FnOnce(&mut Self)) {
        self.surface
            .start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
        draw(self);
        self.surface.end_tagged();
    }

    fn tagged(&mut self, draw: &Draw) {
        let origin = self.origin;
        match draw {
            Draw::Fill { .. } => {
                self.artifact(ArtifactType::Layout, |painter| painter.bare(draw, origin));
            }
            Draw::Line { tag, .. } | Draw::Image { tag, .. } if *tag == ARTIFACT => {
                self.artifact(ArtifactType::PaginationOther, |painter| {
                    painter.bare(draw, origin);
                });
            }
            Draw::Image { tag, .. } => {
                let identifier = self.surface.start_tagged(ContentTag::Other);
                self.bare(draw, origin);
                self.surface.end_tagged();
                self.tags.content(*tag, identifier);
            }
            Draw::Line {
                shaped,
                line,
                x,
                y,
                tag,
            } => self.line(shaped, *line, (origin.0 + x, origin.1 + y), *tag),
        }
    }

    /// A line of text, stretch by stretch of the same link.
    fn line(&mut self, shaped: &Shaped, line: usize, (x, y): (f32, f32), tag: usize) {
        let line = &shaped.lines[line];
        let baseline = y + line.baseline;
        let mut begin = 0;
        while begin < line.runs.len() {
            let link = line.runs[begin].ink.link;
            let length = line.runs[begin..]
                .iter()
                .take_while(|run| run.ink.link == link)
                .count();
            let runs = &line.runs[begin..begin + length];
            begin += length;
            let target = (link > 0)
                .then(|| self.target(&shaped.links[link - 1]))
                .flatten();
            let part = if target.is_some() {
                self.tags.add(tag, Role::Link)
            } else {
                tag
            };
            let identifier = self
                .surface
                .start_tagged(ContentTag::Span(SpanTag::empty()));
            for run in runs {
                self.run(run, &shaped.text, x, baseline);
            }
            self.surface.end_tagged();
            self.tags.content(part, identifier);
            let Some(target) = target else { continue };
            let left = runs.iter().map(|run| run.x).fold(f32::MAX, f32::min);
            let right = runs.iter().map(|run| run.x + run.width).fold(0.0, f32::max);
            if let Some(rect) = Rect::from_ltrb(x + left, y, x + right, y + line.height) {
                self.links.push(PaintedLink {
                    rect,
                    target,
                    words: words_of(runs, &shaped.text),
                    part,
                });
            }
        }
    }

    fn target(&self, href: &str) -> Option<Target> {
        match href.strip_prefix('#') {
            Some(name) => {
                let (page, y) = self.anchors.get(name)?;
                let (left, top) = self.origin;
                let point = Point::from_xy(left, (top + y - 4.0).max(0.0));
                Some(Target::Destination(Destination::Xyz(XyzDestination::new(
                    *page, point,
                ))))
            }
            None => Some(Target::Action(Action::Link(LinkAction::new(uri(href))))),
        }
    }

    /// Paints without saying what it is.
    fn bare(&mut self, draw: &Draw, origin: (f32, f32)) {
        match draw {
            Draw::Fill {
                x,
                y,
                width,
                height,
                colour,
            } => self.fill(origin.0 + x, origin.1 + y, *width, *height, *colour),
            Draw::Line {
                shaped, line, x, y, ..
            } => {
                let line = &shaped.lines[*line];
                for run in &line.runs {
                    self.run(
                        run,
                        &shaped.text,
                        origin.0 + x,
                        origin.1 + y + line.baseline,
                    );
                }
            }
            Draw::Image {
                image,
                x,
                y,
                width,
                height,
                ..
            } => {
                let Some(size) = Size::from_wh(*width, *height) else {
                    return;
                };
                self.surface
                    .push_transform(&Transform::from_translate(origin.0 + x, origin.1 + y));
                self.surface.draw_image(image.clone(), size);
                self.surface.pop();
            }
        }
    }

    fn fill(&mut self, x: f32, y: f32, width: f32, height: f32, colour: [u8; 3]) {
        let Some(rect) = Rect::from_xywh(x, y, width.max(0.05), height.max(0.05)) else {
            return;
        };
        let mut builder = PathBuilder::new();
        builder.push_rect(rect);
        if let Some(path) = builder.finish() {
            self.surface.set_stroke(None);
            self.surface.set_fill(Some(solid(colour)));
            self.surface.draw_path(&path);
        }
    }

    fn run(&mut self, run: &Run, text: &str, left: f32, baseline: f32) {
        let Some(face) = self.setter.faces.get(run.face) else {
            return;
        };
        let x = left + run.x;
        self.surface.set_fill(Some(solid(run.ink.colour)));
        self.surface.set_stroke(run.thicken.then(|| Stroke {
            paint: colour(run.ink.colour).into(),
            width: run.size * 0.025,
            ..Stroke::default()
        }));
        let leaning = run.lean != 0.0;
        if leaning {
            let lean = run.lean.to_radians().tan();
            // Leans about the baseline: y counts downward.
            self.surface.push_transform(&Transform::from_row(
                1.0,
                0.0,
                -lean,
                1.0,
                lean * baseline,
                0.0,
            ));
        }
        self.surface.draw_glyphs(
            Point::from_xy(x, baseline),
            &run.glyphs,
            face.clone(),
            text,
            run.size,
            false,
        );
        if leaning {
            self.surface.pop();
        }
        self.surface.set_stroke(None);
        let thickness = (run.size * 0.05).max(0.4);
        if run.ink.underline && run.width > 0.0 {
            self.fill(
                x,
                baseline + run.size * 0.14,
                run.width,
                thickness,
                run.ink.colour,
            );
        }
        if run.ink.strike && run.width > 0.0 {
            self.fill(
                x,
                baseline - run.size * 0.26,
                run.width,
                thickness,
                run.ink.colour,
            );
        }
    }
}

fn words_of(runs: &[Run], text: &str) -> String {
    let ranges = || {
        runs.iter()
            .flat_map(|run| &run.glyphs)
            .map(|glyph| &glyph.text_range)
    };
    let begin = ranges().map(|range| range.start).min().unwrap_or(0);
    let end = ranges().map(|range| range.end).max().unwrap_or(0);
    text.get(begin..end).unwrap_or_default().trim().to_owned()
}

/// An address in ASCII, as PDF wants it: other characters are percent-encoded.
fn uri(href: &str) -> String {
    let mut out = String::with_capacity(href.len());
    for byte in href.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
    }
    out
}

fn colour([red, green, blue]: [u8; 3]) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn solid(of: [u8; 3]) -> Fill {
    Fill {
        paint: colour(of).into(),
        opacity: NormalizedF32::ONE,
        ..Fill::default()
    }
}
