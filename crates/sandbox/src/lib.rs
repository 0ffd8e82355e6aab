//! Runs code that must not be trusted, so that whatever it does, the caller lives and learns how it ended.
//!
//! Today this is the **parser jail**: a file of unknown origin is parsed in a child process, because every
//! parser can be killed by a small hostile file (a stack overflow, gigabytes of memory, an endless loop),
//! and a few may be taken over by one. The child is a re-execution of a program that calls
//! [`jail::confined`] first thing; it takes all rights from itself *before* it reads a byte of the file:
//!
//! 1. its own session, no inherited descriptors but the three standard ones, not dumpable, dies with its parent;
//! 2. resource limits: memory, processor time, no files written, no core;
//! 3. Landlock with no rights: no path can be opened, no port bound or connected, no signal sent outside;
//! 4. seccomp: a short list of calls is allowed, most others fail with `EPERM`, and those which only an
//!    attacker would make (`execve`, `fork`, `socket`, `ptrace`, ...) kill it.
//!
//! The file arrives as an already opened descriptor on standard input, the result leaves on standard output.
//! The parent ([`jail::Jail`]) keeps a wall clock, caps what it reads, always reaps, and turns the way the
//! child ended into a [`jail::JailError`]. Where Landlock or seccomp are missing the jail refuses with the
//! reason ([`jail::JailError::IsolationUnavailable`]); nothing is parsed unprotected by accident.
//!
//! The crate knows nothing of users, HTTP or the database.

pub mod jail;
pub mod resources;
pub mod supervise;
