//! Every SQL statement of the wing.

pub(crate) mod documents;
pub(crate) mod drafts;
pub(crate) mod exports;
pub(crate) mod images;
pub(crate) mod invitations;
pub(crate) mod members;
pub(crate) mod prompts;
pub(crate) mod refinements;
pub(crate) mod sources;
pub(crate) mod templates;
pub(crate) mod uploads;
