//! The promises of the product, each kept on SQLite and on PostgreSQL. One file per subject.

mod accounts;
mod answers;
mod bad_input;
mod command_line;
mod crashes;
mod drafting;
mod drafts;
mod exports;
mod full_disk;
mod guide;
mod isolation;
mod keys;
mod object_storage;
mod prompts;
mod providers;
mod quoting;
mod refining;
mod retention;
mod templates;
mod uploads;
mod workers;
