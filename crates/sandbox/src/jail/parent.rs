//! The parent's half: start, watch, reap, and say how it ended.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use tokio::process::Command;

use super::{EXIT_NOT_ISOLATED, EXIT_PANICKED, Isolation, JailError, JailLimits, Terms, launch};
use crate::supervise::{Bounds, Ending, supervise};

/// A way to run one program behind the jail, as often as wanted.
#[derive(Debug, Clone)]
pub struct Jail {
    /// The program: in the product `/proc/self/exe`, which also survives an upgrade of the file on disk.
    pub program: PathBuf,
    /// Words before the jail's own two: in the product the hidden subcommand.
    pub args: Vec<OsString>,
    /// What each child may use.
    pub limits: JailLimits,
    /// What to do without Landlock.
    pub isolation: Isolation,
}

impl Jail {
    /// Runs the program once: `request` is its last argument (visible in the process list, so nothing private),
    /// `input` its standard input, the result what it wrote to standard output.
    ///
    /// # Errors
    /// A [`JailError`] that names how the child ended. The child is dead and reaped in every case; dropping
    /// the future kills it too.
    pub async fn run(&self, request: &str, input: File) -> Result<Vec<u8>, JailError> {
        let terms = Terms {
            memory_bytes: self.limits.memory_bytes,
            cpu_seconds: self.limits.cpu_seconds,
            stack_bytes: self.limits.stack_bytes,
            wall_seconds: u32::try_from(self.limits.wall.as_secs()).unwrap_or(u32::MAX),
            isolation: self.isolation,
        };
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .arg(terms.to_string())
            .arg(request)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(input))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);

        let started = Instant::now();
        let child = launch(command).await.map_err(JailError::Spawn)?;
        let bounds = Bounds {
            wall: self.limits.wall,
            stdout_bytes: self.limits.output_bytes,
            stderr_bytes: 16 << 10,
        };
        let ending = supervise(child, None, bounds)
            .await
            .map_err(JailError::Io)?;
        let outcome = match ending {
            Ending::Ended {
                status,
                stdout,
                stderr,
            } => self.verdict(status, &stderr).map(|()| stdout),
            Ending::Deadline => Err(JailError::WallClock {
                limit: self.limits.wall,
            }),
            Ending::TooMuchOutput => Err(JailError::OutputTooLarge {
                limit_bytes: self.limits.output_bytes,
            }),
        };
        let elapsed_ms = started.elapsed().as_millis();
        match &outcome {
            Ok(result) => tracing::debug!(
                elapsed_ms,
                result.bytes = result.len(),
                "jailed parser done"
            ),
            Err(error @ JailError::ForbiddenCall) => {
                tracing::warn!(elapsed_ms, %error, "jailed parser killed");
            }
            Err(error) => tracing::info!(elapsed_ms, %error, "jailed parser failed"),
        }
        outcome
    }

    fn verdict(&self, status: ExitStatus, stderr: &[u8]) -> Result<(), JailError> {
        let stderr = String::from_utf8_lossy(stderr);
        let out_of_memory = || JailError::OutOfMemory {
            limit_bytes: self.limits.memory_bytes,
        };
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            (Some(EXIT_NOT_ISOLATED), _) => Err(JailError::IsolationUnavailable {
                reason: stderr.trim().to_owned(),
            }),
            (Some(EXIT_PANICKED), _) => Err(JailError::Failed {
                code: EXIT_PANICKED,
                at: panic_place(&stderr),
            }),
            (Some(code), _) => Err(JailError::Failed { code, at: None }),
            // The standard library reports an overflow of the stack and a failed allocation in words, then aborts.
            (_, Some(libc::SIGSEGV | libc::SIGABRT | libc::SIGBUS))
                if stderr.contains("has overflowed its stack") =>
            {
                Err(JailError::StackOverflow)
            }
            (_, Some(libc::SIGABRT)) if stderr.contains("memory allocation of") => {
                Err(out_of_memory())
            }
            (_, Some(libc::SIGXCPU)) => Err(JailError::CpuTime {
                limit_seconds: self.limits.cpu_seconds,
            }),
            (_, Some(libc::SIGALRM)) => Err(JailError::WallClock {
                limit: self.limits.wall,
            }),
            // Not ours: we would have said so. The kernel's out-of-memory killer is what is left.
            (_, Some(libc::SIGKILL)) => Err(out_of_memory()),
            (_, Some(libc::SIGSYS)) => Err(JailError::ForbiddenCall),
            (_, signal) => Err(JailError::Signalled {
                signal: signal.unwrap_or_default(),
            }),
        }
    }
}

/// The source position a panicking child wrote, when it looks like one.
fn panic_place(stderr: &str) -> Option<String> {
    let place = stderr
        .lines()
        .find_map(|line| line.strip_prefix("panicked at "))?;
    Some(
        place
            .chars()
            .filter(|c| !c.is_control())
            .take(160)
            .collect(),
    )
}
