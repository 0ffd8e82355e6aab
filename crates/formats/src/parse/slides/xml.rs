//! Putting a piece of XML into a part, all else left as it is.

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

/// An element whose content is to begin with something more.
pub(super) struct Found {
    /// The namespace it is in.
    pub namespace: String,
    /// Its name with its prefix.
    name: String,
    /// Where its start tag ends.
    end: usize,
    /// Whether it has no end tag.
    empty: bool,
}

/// The elements at a path of local names from the root, in order; none if the part can't be read to its end.
pub(super) fn elements_at(xml: &[u8], path: &[&str]) -> Option<Vec<Found>> {
    let mut reader = NsReader::from_reader(xml);
    let mut found = Vec::new();
    // How many names of the path the open elements match, and how many are open.
    let (mut matched, mut depth) = (0, 0);
    loop {
        let (resolved, event) = reader.read_resolved_event().ok()?;
        let (element, empty) = match &event {
            Event::Start(element) => (element, false),
            Event::Empty(element) => (element, true),
            Event::End(_) => {
                depth -= 1;
                matched = matched.min(depth);
                continue;
            }
            Event::Eof => return (depth == 0).then_some(found),
            _ => continue,
        };
        let local = element.local_name();
        let fits =
            matched == depth && path.get(depth).map(|name| name.as_bytes()) == Some(local.as_ref());
        if fits && depth + 1 == path.len() {
            let ResolveResult::Bound(namespace) = resolved else {
                return None;
            };
            found.push(Found {
                namespace: String::from_utf8(namespace.as_ref().to_vec()).ok()?,
                name: String::from_utf8(element.name().as_ref().to_vec()).ok()?,
                end: usize::try_from(reader.buffer_position()).ok()?,
                empty,
            });
        }
        if !empty {
            depth += 1;
            if fits {
                matched = depth;
            }
        }
    }
}

/// The part with a piece at the beginning of each of these elements.
pub(super) fn with_pieces(xml: &[u8], pieces: &[(&Found, String)]) -> Option<Vec<u8>> {
    let mut out =
        Vec::with_capacity(xml.len() + pieces.iter().map(|(_, p)| p.len()).sum::<usize>());
    let mut from = 0;
    for (element, piece) in pieces {
        if element.empty {
            out.extend_from_slice(xml.get(from..element.end)?.strip_suffix(b"/>")?);
            out.extend_from_slice(format!(">{piece}</{}>", element.name).as_bytes());
        } else {
            out.extend_from_slice(xml.get(from..element.end)?);
            out.extend_from_slice(piece.as_bytes());
        }
        from = element.end;
    }
    out.extend_from_slice(xml.get(from..)?);
    Some(out)
}
