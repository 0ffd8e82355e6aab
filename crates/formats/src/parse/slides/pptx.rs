//! Presentations of Office Open XML: a part for each slide, and a list that gives them their order.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Mark;
use super::xml::{elements_at, with_pieces};
use crate::parse::archive;

const SHAPES: &[&str] = &["sld", "cSld", "spTree"];

pub(super) fn marked(bytes: &[u8], mark: &Mark) -> Option<(Vec<u8>, u32)> {
    let slides = slide_parts(bytes)?;
    let count = u32::try_from(slides.len()).ok()?;
    let mut parts = HashMap::new();
    for (name, slide) in slides.into_iter().zip(1..) {
        let xml = archive::part(bytes, &name)?;
        let shapes = elements_at(&xml, SHAPES)?;
        let shapes = shapes.first()?;
        let piece = title(&shapes.namespace, &mark.text(slide))?;
        let xml = with_pieces(&xml, &[(shapes, piece)])?;
        // A part that is two slides stands on neither.
        if parts.insert(name, xml).is_some() {
            return None;
        }
    }
    Some((archive::with_parts(bytes, &parts)?, count))
}

/// A title placeholder; shapes keep their order, and it is the first.
fn title(presentation: &str, text: &str) -> Option<String> {
    // Transitional and strict files differ in their namespaces.
    let drawing = match presentation {
        "http://purl.oclc.org/ooxml/presentationml/main" => {
            "http://purl.oclc.org/ooxml/drawingml/main"
        }
        "http://schemas.openxmlformats.org/presentationml/2006/main" => {
            "http://schemas.openxmlformats.org/drawingml/2006/main"
        }
        _ => return None,
    };
    Some(format!(
        "<m:sp xmlns:m=\"{presentation}\" xmlns:d=\"{drawing}\">\
         <m:nvSpPr><m:cNvPr id=\"0\" name=\"\"/><m:cNvSpPr/><m:nvPr><m:ph type=\"title\"/></m:nvPr></m:nvSpPr>\
         <m:spPr/><m:txBody><d:bodyPr/><d:p><d:r><d:t>{text}</d:t></d:r></d:p></m:txBody></m:sp>"
    ))
}

/// The names of the slides' parts in the order of the presentation (ECMA-376 §19.2.1.34).
fn slide_parts(bytes: &[u8]) -> Option<Vec<String>> {
    let presentation = presentation_part(bytes);
    let list = archive::part(bytes, &presentation)?;
    let (folder, file) = presentation.rsplit_once('/').unwrap_or(("", &presentation));
    let targets: HashMap<String, String> = relationships(&archive::part(
        bytes,
        &format!("{folder}/_rels/{file}.rels"),
    )?)?
    .into_iter()
    .filter(|relationship| !relationship.external)
    .map(|relationship| (relationship.id, relationship.target))
    .collect();
    let mut slides = Vec::new();
    each_element(&list, |element| {
        if element.local_name().as_ref() != b"sldId" {
            return Some(());
        }
        // `id` alone numbers the slide, `r:id` names its relationship; those of sections have the number only.
        let reference = element.attributes().flatten().find(|attribute| {
            attribute.key.prefix().is_some() && attribute.key.local_name().as_ref() == b"id"
        });
        let Some(reference) = reference else {
            return Some(());
        };
        let reference = String::from_utf8(reference.value.to_vec()).ok()?;
        if let Some(target) = targets.get(&reference) {
            slides.push(resolved(folder, target)?);
        }
        Some(())
    })?;
    (!slides.is_empty()).then_some(slides)
}

fn presentation_part(bytes: &[u8]) -> String {
    archive::part(bytes, "_rels/.rels")
        .and_then(|xml| relationships(&xml))
        .and_then(|all| {
            all.into_iter()
                .find(|relationship| relationship.kind.ends_with("/officeDocument"))
        })
        .and_then(|relationship| resolved("", &relationship.target))
        .unwrap_or_else(|| "ppt/presentation.xml".to_owned())
}

#[derive(Default)]
struct Relationship {
    id: String,
    kind: String,
    target: String,
    external: bool,
}

fn relationships(xml: &[u8]) -> Option<Vec<Relationship>> {
    let mut all = Vec::new();
    each_element(xml, |element| {
        if element.local_name().as_ref() != b"Relationship" {
            return Some(());
        }
        let mut relationship = Relationship::default();
        for attribute in element.attributes() {
            let attribute = attribute.ok()?;
            let value = std::str::from_utf8(&attribute.value).ok()?;
            let value = quick_xml::escape::unescape(value).ok()?.into_owned();
            match attribute.key.as_ref() {
                b"Id" => relationship.id = value,
                b"Type" => relationship.kind = value,
                b"Target" => relationship.target = value,
                b"TargetMode" => relationship.external = value == "External",
                _ => {}
            }
        }
        all.push(relationship);
        Some(())
    })?;
    Some(all)
}

fn each_element(xml: &[u8], mut take: impl FnMut(&BytesStart<'_>) -> Option<()>) -> Option<()> {
    let mut reader = Reader::from_reader(xml);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => take(&element)?,
            Event::Eof => return Some(()),
            _ => {}
        }
    }
}

/// A target in a folder as the name of a part; none if it leads out of the package.
fn resolved(folder: &str, target: &str) -> Option<String> {
    let target = target.split('#').next()?.replace('\\', "/");
    let mut steps: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').filter(|step| !step.is_empty()).collect(),
    };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_from_the_folder_of_their_part() {
        for (target, part) in [
            ("slides/slide1.xml", Some("ppt/slides/slide1.xml")),
            ("../other/./slide.xml", Some("other/slide.xml")),
            ("/ppt/slides/slide2.xml", Some("ppt/slides/slide2.xml")),
            ("../../out.xml", None),
        ] {
            assert_eq!(resolved("ppt", target).as_deref(), part, "{target}");
        }
    }
}
