//! The parser jail: its terms, and the way a child's end is told.

mod child;
mod launch;
mod parent;
mod syscalls;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use child::confined;
pub use launch::launch;
pub use parent::Jail;

/// What a jailed child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JailLimits {
    /// Address space and writable memory, in bytes; the stack counts too.
    pub memory_bytes: u64,
    /// Processor time, in whole seconds.
    pub cpu_seconds: u64,
    /// Wall clock from spawn to end.
    pub wall: Duration,
    /// Stack of the parsing thread, in bytes. Deep recursion dies inside the child.
    pub stack_bytes: usize,
    /// Bytes of result the parent reads before it ends the child.
    pub output_bytes: usize,
}

impl Default for JailLimits {
    fn default() -> Self {
        Self {
            memory_bytes: 768 << 20,
            cpu_seconds: 30,
            wall: Duration::from_mins(1),
            stack_bytes: 64 << 20,
            output_bytes: 96 << 20,
        }
    }
}

/// What to do on a kernel without Landlock. Seccomp and the resource limits are never optional.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Refuse to parse: [`JailError::IsolationUnavailable`].
    #[default]
    Required,
    /// Parse behind seccomp and resource limits alone.
    BestEffort,
}

/// Why a jailed child gave no result. Each is about this one file, except
/// [`IsolationUnavailable`](JailError::IsolationUnavailable), [`Spawn`](JailError::Spawn) and
/// [`Io`](JailError::Io), which are about the machine.
#[derive(Debug, thiserror::Error)]
pub enum JailError {
    /// The kernel lacks what the jail is made of.
    #[error("files cannot be parsed safely on this system: {reason}")]
    IsolationUnavailable { reason: String },
    /// The program of the child could not be started.
    #[error("the parser process could not be started")]
    Spawn(#[source] std::io::Error),
    /// It asked for more memory than [`JailLimits::memory_bytes`].
    #[error("the parser needed more than {} MB of memory", limit_bytes >> 20)]
    OutOfMemory { limit_bytes: u64 },
    /// It nested deeper than [`JailLimits::stack_bytes`] carry.
    #[error("the file is nested too deeply for the parser")]
    StackOverflow,
    /// It used up [`JailLimits::cpu_seconds`].
    #[error("the parser used more than {limit_seconds} s of processor time")]
    CpuTime { limit_seconds: u64 },
    /// It was still running after [`JailLimits::wall`].
    #[error("the parser was not done after {} s", limit.as_secs())]
    WallClock { limit: Duration },
    /// It wrote more than [`JailLimits::output_bytes`].
    #[error("the parser gave more than {} MB of result", limit_bytes >> 20)]
    OutputTooLarge { limit_bytes: usize },
    /// It made a system call that no parser makes (`SIGSYS`): the file may be an attack.
    #[error("the parser tried a forbidden system call")]
    ForbiddenCall,
    /// Another signal ended it.
    #[error("the parser was ended by signal {signal}")]
    Signalled { signal: i32 },
    /// It panicked or exited with a code that is not its own.
    #[error("the parser stopped with exit code {code}{}", place(at.as_deref()))]
    Failed { code: i32, at: Option<String> },
    /// Talking to it failed.
    #[error("the parser process could not be read")]
    Io(#[source] std::io::Error),
}

fn place(at: Option<&str>) -> String {
    at.map(|at| format!(" at {at}")).unwrap_or_default()
}

/// Exit code of a child that could not take its rights away; its standard error says why.
const EXIT_NOT_ISOLATED: i32 = 113;
/// Exit code of a child whose work panicked; its standard error says where.
const EXIT_PANICKED: i32 = 101;

/// What the child is told about its limits, as one command-line word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Terms {
    memory_bytes: u64,
    cpu_seconds: u64,
    stack_bytes: usize,
    wall_seconds: u32,
    isolation: Isolation,
}

impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let isolation = match self.isolation {
            Isolation::Required => "required",
            Isolation::BestEffort => "best-effort",
        };
        write!(
            f,
            "{}:{}:{}:{}:{isolation}",
            self.memory_bytes, self.cpu_seconds, self.stack_bytes, self.wall_seconds
        )
    }
}

impl FromStr for Terms {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "the jail's terms are memory:cpu:stack:wall:isolation";
        let mut parts = word.split(':');
        let mut number = || {
            parts
                .next()
                .and_then(|part| part.parse::<u64>().ok())
                .ok_or(SHAPE)
        };
        let (memory_bytes, cpu_seconds, stack, wall) = (number()?, number()?, number()?, number()?);
        let isolation = match parts.next() {
            Some("required") => Isolation::Required,
            Some("best-effort") => Isolation::BestEffort,
            _ => return Err(SHAPE),
        };
        Ok(Self {
            memory_bytes,
            cpu_seconds,
            stack_bytes: usize::try_from(stack).map_err(|_| SHAPE)?,
            wall_seconds: u32::try_from(wall).map_err(|_| SHAPE)?,
            isolation,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_survive_the_command_line() {
        let terms = Terms {
            memory_bytes: 768 << 20,
            cpu_seconds: 30,
            stack_bytes: 64 << 20,
            wall_seconds: 60,
            isolation: Isolation::BestEffort,
        };
        assert_eq!(terms.to_string().parse::<Terms>(), Ok(terms));
        assert!("1:2:3:4:whatever".parse::<Terms>().is_err());
        assert!("-1:2:3:4:required".parse::<Terms>().is_err());
    }
}
