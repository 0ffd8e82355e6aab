//! Every SQL statement of the wing, one file for each concern.

mod directory;
mod groups;
mod people;
mod rights;
mod roles;
mod sealed;
mod sessions;
mod set_up;

pub use directory::*;
pub use groups::*;
pub use people::*;
pub use rights::*;
pub use roles::*;
pub use sealed::*;
pub use sessions::*;
pub use set_up::*;

/// The database holds a name that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("the database says {0:?}, which this version of Carrel doesn't know")]
pub(crate) struct UnknownName(pub String);
