//! A mail: its headers as the first lines, its text, its attachments by name.

use mail_parser::{Address, MessageParser, MimeHeaders, PartType};

use super::{Parsed, Writer, html, text};
use crate::error::Refusal;
use crate::extraction::SourceBlockKind;

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, Refusal> {
    let message = MessageParser::default()
        .parse(bytes)
        .ok_or_else(|| Refusal::corrupt("its mail headers cannot be read"))?;
    let mut blocks = Writer::default();
    let mut warnings = Vec::new();

    let mut headers = Vec::new();
    for (label, people) in [
        ("From", message.from()),
        ("To", message.to()),
        ("Cc", message.cc()),
    ] {
        if let Some(people) = people.map(addresses).filter(|people| !people.is_empty()) {
            headers.push(format!("{label}: {people}"));
        }
    }
    if let Some(date) = message.date() {
        headers.push(format!("Date: {}", date.to_rfc3339()));
    }
    if let Some(subject) = message.subject() {
        headers.push(format!("Subject: {subject}"));
    }
    blocks.push(SourceBlockKind::Paragraph, None, &headers.join("\n"))?;

    // A mail with both bodies says the same twice; the plain one is what its author's program made of it,
    // the HTML one has the structure. `text_bodies` names an HTML part where there is no plain one.
    for part in message.text_bodies() {
        match &part.body {
            PartType::Text(body) => text::write_paragraphs(&mut blocks, body, None)?,
            PartType::Html(body) => html::write(&mut blocks, body)?,
            _ => {}
        }
    }

    let attachments: Vec<String> = message
        .attachments()
        .filter(|part| part.is_message() || part.attachment_name().is_some() || !part.is_text())
        .map(|part| {
            part.attachment_name()
                .unwrap_or("without a name")
                .to_owned()
        })
        .collect();
    if !attachments.is_empty() {
        blocks.push(
            SourceBlockKind::Paragraph,
            None,
            &format!("Attachments: {}", attachments.join(", ")),
        )?;
        warnings.push(
            "The mail's attachments are listed, not read. Upload them as files of their own."
                .to_owned(),
        );
    }
    let title = message.subject().map(str::to_owned);
    Ok(Parsed {
        title,
        blocks: blocks.finish(),
        warnings,
        ..Parsed::default()
    })
}

fn addresses(list: &Address<'_>) -> String {
    let people = list
        .iter()
        .map(|person| match (person.name(), person.address()) {
            (Some(name), Some(address)) => format!("{name} <{address}>"),
            (Some(one), None) | (None, Some(one)) => one.to_owned(),
            (None, None) => String::new(),
        });
    people
        .filter(|person| !person.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_gives_its_headers_text_and_the_names_of_its_attachments() {
        let mail = "From: =?utf-8?q?J=C3=B6rg?= <j@example.org>\r\nTo: b@example.org\r\nDate: Tue, 3 Mar 2026 10:00:00 +0100\r\n\
            Subject: Lease\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n\
            --x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n\
            --y\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello,\r\n\r\nsee attached.\r\n\
            --y\r\nContent-Type: text/html\r\n\r\n<p>Hello,</p><p>see attached.</p>\r\n--y--\r\n\
            --x\r\nContent-Type: application/pdf; name=\"lease.pdf\"\r\nContent-Disposition: attachment; filename=\"lease.pdf\"\r\n\
            Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--x--\r\n";
        let parsed = parse(mail.as_bytes()).unwrap();
        assert_eq!(parsed.title.as_deref(), Some("Lease"));
        let found: Vec<_> = parsed
            .blocks
            .iter()
            .map(|block| block.text.as_str())
            .collect();
        assert_eq!(
            found,
            [
                "From: Jörg <j@example.org>\nTo: b@example.org\nDate: 2026-03-03T10:00:00+01:00\nSubject: Lease",
                "Hello,",
                "see attached.",
                "Attachments: lease.pdf",
            ]
        );
    }
}
