use std::fmt;

use zeroize::Zeroizing;

/// A provider key. Wiped from memory when dropped, and never printed: `Debug` shows a placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a key; surrounding white space, which copying from a web page often brings along, is removed.
    pub fn new(key: impl AsRef<str>) -> Self {
        Self(Zeroizing::new(key.as_ref().trim().to_owned()))
    }

    /// The key itself, for the one place that writes it into a header.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}
