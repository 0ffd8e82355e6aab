//! How e-mail addresses and names are written: one form for each, so that an address is the same account however
//! it is typed, and no name looks like another one by invisible characters.

use carrel_platform::web::FieldError;
use unicode_normalization::UnicodeNormalization;

/// RFC 5321 §4.5.3.1.3, less the angle brackets.
const LONGEST_EMAIL: usize = 254;
/// RFC 5321 §4.5.3.1.1.
const LONGEST_LOCAL_PART: usize = 64;
const LONGEST_LABEL: usize = 63;
const LONGEST_NAME: usize = 100;
const LONGEST_DESCRIPTION: usize = 500;

/// The one form of an e-mail address: trimmed, composed (NFC), in lower case. Says nothing about its validity.
pub(crate) fn normal_email(raw: &str) -> String {
    raw.trim().nfc().collect::<String>().to_lowercase()
}

/// Takes an e-mail address into its one form.
pub(crate) fn email(raw: &str) -> Result<String, FieldError> {
    let email = normal_email(raw);
    if email.len() > LONGEST_EMAIL {
        return Err(FieldError::new(
            "email",
            "length",
            "an e-mail address has at most 254 characters",
        ));
    }
    if is_deliverable(&email) {
        return Ok(email);
    }
    Err(FieldError::new(
        "email",
        "format",
        "give an e-mail address such as ada@example.org",
    ))
}

/// Whether the address has the shape of one. Whether it exists only a mail to it can tell.
fn is_deliverable(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    let local_fits = (1..=LONGEST_LOCAL_PART).contains(&local.len())
        && local.split('.').all(|atom| !atom.is_empty())
        && !local
            .chars()
            .any(|c| c.is_whitespace() || is_invisible(c) || "@\"\\(),:;<>[]".contains(c));
    let domain_fits = domain.split('.').all(|label| {
        (1..=LONGEST_LABEL).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    });
    local_fits && domain_fits
}

/// Takes a person's name: trimmed, composed (NFC), 1 to 100 characters, none of them a control character.
pub(crate) fn name(raw: &str) -> Result<String, FieldError> {
    let name: String = raw.trim().nfc().collect();
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
        return Err(FieldError::new(
            "name",
            "length",
            "a name has 1 to 100 characters",
        ));
    }
    // Joiners (U+200C, U+200D) belong to the spelling of names in several scripts.
    if name
        .chars()
        .any(|c| is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}'))
    {
        return Err(FieldError::new(
            "name",
            "characters",
            "a name can't hold line breaks, control characters or marks that change the direction of writing",
        ));
    }
    Ok(name)
}

/// Takes a description: trimmed, composed (NFC), up to 500 characters.
pub(crate) fn description(raw: &str) -> Result<String, FieldError> {
    let text: String = raw.trim().nfc().collect();
    if text.chars().count() <= LONGEST_DESCRIPTION {
        return Ok(text);
    }
    Err(FieldError::new(
        "description",
        "length",
        "a description has at most 500 characters",
    ))
}

/// Control characters, line separators, and format characters that show nothing or turn text around.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_form_however_it_is_typed() {
        assert_eq!(
            email("  ADA@Example.ORG ").expect("an address"),
            "ada@example.org"
        );
        // e and a combining accent, or the one letter é.
        assert_eq!(
            normal_email("rene\u{301}@x.org"),
            normal_email("ren\u{e9}@x.org")
        );
    }

    #[test]
    fn what_can_not_be_an_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(250));
        for wrong in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a b@example.org",
            "ada@@example.org",
            "ada@example..org",
            ".ada@example.org",
            "ada@-example.org",
            "ada@exam ple.org",
            "ada\u{202e}@example.org",
            "ada\n@example.org",
            long.as_str(),
        ] {
            assert!(email(wrong).is_err(), "{wrong:?} was taken");
        }
        for right in [
            "ada@example.org",
            "o'neil+books@mail.example.co.uk",
            "admin@localhost",
            "用户@例子.公司",
        ] {
            assert!(email(right).is_ok(), "{right:?} was refused");
        }
    }

    #[test]
    fn a_name_holds_nothing_that_hides_or_turns_text() {
        assert_eq!(name("  Ada Lovelace ").expect("a name"), "Ada Lovelace");
        assert!(name("علی\u{200c}رضا").is_ok());
        for wrong in ["", "   ", "A\nB", "Ada\u{202e}", "A\u{0}", &"x".repeat(101)] {
            assert!(name(wrong).is_err(), "{wrong:?} was taken");
        }
        assert!(name(&"ü".repeat(100)).is_ok());
    }
}
