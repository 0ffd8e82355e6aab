//! Every mail of the wing, as it is read. Nothing a stranger typed is in any of them.

use super::reset::PasswordLink;

/// Who writes.
pub(super) struct House<'a> {
    /// The name of the workspace.
    pub name: &'a str,
    /// Where it is, without a slash at the end.
    pub address: &'a str,
}

/// A mail.
pub(super) struct Text {
    pub kind: &'static str,
    pub subject: String,
    pub body: String,
}

fn text(house: &House<'_>, kind: &'static str, subject: String, paragraphs: &[&str]) -> Text {
    let House { name, address } = house;
    let body = format!(
        "Hello,\n\n{}\n\n-- \n{name}\n{address}\n",
        paragraphs.join("\n\n")
    );
    Text {
        kind,
        subject,
        body,
    }
}

/// To whoever signed up with this address.
pub(super) fn verify(house: &House<'_>, token: &str) -> Text {
    let House { name, address } = house;
    text(
        house,
        "verify",
        format!("Confirm your e-mail address for {name}"),
        &[
            &format!(
                "someone, most likely you, gave this e-mail address for an account at {name}. To confirm it, open this link within 24 hours:"
            ),
            &format!("{address}/verify-email#token={token}"),
            "If it wasn't you, ignore this mail: without the link nobody can use the address.",
        ],
    )
}

/// To someone with an account, for whose address someone signed up once more.
pub(super) fn known(house: &House<'_>) -> Text {
    let House { name, address } = house;
    text(
        house,
        "known",
        format!("You have an account at {name} already"),
        &[
            &format!(
                "someone, most likely you, signed up at {name} with this e-mail address, which has an account already. Sign in with the password you have:"
            ),
            &format!("{address}/sign-in"),
            &format!("If you don't know it any more, ask for a new one: {address}/forgot-password"),
            "If it wasn't you, there is nothing to do: your account is as it was.",
        ],
    )
}

/// To someone who is to set a password.
pub(super) fn password(house: &House<'_>, why: PasswordLink, token: &str) -> Text {
    let House { name, address } = house;
    let link = format!("{address}/reset-password#token={token}");
    match why {
        PasswordLink::Asked => text(
            house,
            "reset",
            format!("A new password for {name}"),
            &[
                &format!(
                    "someone, most likely you, asked for a new password for your account at {name}. To set it, open this link within an hour:"
                ),
                &link,
                "You will be signed out everywhere. If it wasn't you, ignore this mail: your password stays as it is.",
            ],
        ),
        PasswordLink::Administrator => text(
            house,
            "reset",
            format!("A new password for {name}"),
            &[
                &format!(
                    "an administrator of {name} asks you to set a new password for your account. To set it, open this link within 24 hours:"
                ),
                &link,
                "You will be signed out everywhere. Until then your password stays as it is. If you don't know why, ask your administrator.",
            ],
        ),
        PasswordLink::Welcome => text(
            house,
            "welcome",
            format!("Your account at {name}"),
            &[
                &format!(
                    "an administrator made an account for you at {name}. To set your password and begin, open this link within three days:"
                ),
                &link,
                &format!(
                    "Later, ask for another link: {address}/forgot-password. If you don't expect an account there, ignore this mail."
                ),
            ],
        ),
    }
}

/// To the address that is to become someone's.
pub(super) fn confirm(house: &House<'_>, token: &str) -> Text {
    let House { name, address } = house;
    text(
        house,
        "change",
        format!("Confirm your new e-mail address for {name}"),
        &[
            &format!(
                "someone, most likely you, wants to use this e-mail address for their account at {name} from now on. To confirm it, open this link within 24 hours:"
            ),
            &format!("{address}/confirm-email#token={token}"),
            "If it wasn't you, ignore this mail: nothing changes without the link.",
        ],
    )
}

/// To the address that someone wants to give up.
pub(super) fn leaving(house: &House<'_>) -> Text {
    let House { name, address } = house;
    text(
        house,
        "change-notice",
        format!("Your e-mail address for {name} is about to change"),
        &[
            &format!(
                "someone who knows your password, most likely you, asked to use another e-mail address for your account at {name}. It changes as soon as the other address is confirmed."
            ),
            &format!(
                "If it wasn't you, set a new password at once; that also stops the change: {address}/forgot-password"
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_is_a_fragment_on_a_line_of_its_own() {
        let house = House {
            name: "Reading Room",
            address: "https://carrel.test",
        };
        let token = "TOKEN";
        for (text, page) in [
            (verify(&house, token), "verify-email"),
            (
                password(&house, PasswordLink::Asked, token),
                "reset-password",
            ),
            (
                password(&house, PasswordLink::Welcome, token),
                "reset-password",
            ),
            (
                password(&house, PasswordLink::Administrator, token),
                "reset-password",
            ),
            (confirm(&house, token), "confirm-email"),
        ] {
            let link = format!("https://carrel.test/{page}#token=TOKEN");
            assert!(text.body.lines().any(|line| line == link), "{}", text.body);
            assert!(text.subject.contains("Reading Room"), "{}", text.subject);
            assert!(!text.body.contains('?'), "{}", text.body);
        }
        for text in [known(&house), leaving(&house)] {
            assert!(!text.body.contains('#'), "{}", text.body);
            assert!(text.body.contains("it wasn't you"), "{}", text.body);
        }
    }
}
