//! Watches over a child process: feeds it, reads what it says up to a cap, ends it at a deadline, reaps it.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Child;

/// What a child may say and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Wall clock from now to the child's end.
    pub wall: Duration,
    /// Bytes read from standard output; the child is killed when it writes more.
    pub stdout_bytes: usize,
    /// Bytes kept from standard error; what exceeds them is read and dropped.
    pub stderr_bytes: usize,
}

/// How a supervised child ended.
#[derive(Debug)]
pub enum Ending {
    /// It ended by itself: an exit code or a signal.
    Ended {
        status: ExitStatus,
        stdout: Vec<u8>,
        stderr: Vec<u8>,
    },
    /// It was killed at the deadline.
    Deadline,
    /// It was killed because it wrote more than [`Bounds::stdout_bytes`].
    TooMuchOutput,
}

/// Feeds `input` to the child (when its standard input is a pipe), collects its output and waits for its end.
///
/// The child is dead and reaped when this returns. When the returned future is dropped half-way, the child is
/// killed if it was spawned with `kill_on_drop(true)`, which every caller in Carrel does.
///
/// # Errors
/// Only when waiting or reading fails for a reason of the system, not of the child.
pub async fn supervise(
    mut child: Child,
    input: Option<&[u8]>,
    bounds: Bounds,
) -> io::Result<Ending> {
    let stdin = child.stdin.take();
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();

    let feeding = async {
        if let (Some(mut stdin), Some(input)) = (stdin, input) {
            // A child that ends early closes the pipe; its exit status says why, not the broken pipe.
            let _ = stdin.write_all(input).await;
            let _ = stdin.shutdown().await;
        }
    };
    let talking = async {
        let said = tokio::join!(
            capped(stdout, bounds.stdout_bytes),
            kept(stderr, bounds.stderr_bytes),
            feeding
        );
        (said.0, said.1)
    };
    let whole = async {
        // Watching the output first means a child that talks too much is ended at once, not at the deadline.
        let (stdout, stderr) = talking.await;
        let Some(stdout) = stdout? else {
            return Ok(None);
        };
        let status = child.wait().await?;
        Ok::<_, io::Error>(Some((status, stdout, stderr?)))
    };

    let outcome = tokio::time::timeout(bounds.wall, whole).await;
    match outcome {
        Ok(Ok(Some((status, stdout, stderr)))) => Ok(Ending::Ended {
            status,
            stdout,
            stderr,
        }),
        Ok(Ok(None)) => {
            child.kill().await?;
            Ok(Ending::TooMuchOutput)
        }
        Ok(Err(error)) => {
            child.kill().await?;
            Err(error)
        }
        Err(_elapsed) => {
            child.kill().await?;
            Ok(Ending::Deadline)
        }
    }
}

/// Everything the pipe gives, or `None` as soon as it gives more than `cap` bytes.
async fn capped(pipe: Option<impl AsyncRead + Unpin>, cap: usize) -> io::Result<Option<Vec<u8>>> {
    let Some(pipe) = pipe else {
        return Ok(Some(Vec::new()));
    };
    let mut bytes = Vec::new();
    pipe.take(cap as u64 + 1).read_to_end(&mut bytes).await?;
    Ok((bytes.len() <= cap).then_some(bytes))
}

/// The first `cap` bytes of the pipe; the rest is read so that the writer never blocks.
async fn kept(pipe: Option<impl AsyncRead + Unpin>, cap: usize) -> io::Result<Vec<u8>> {
    let Some(mut pipe) = pipe else {
        return Ok(Vec::new());
    };
    let mut bytes = Vec::new();
    (&mut pipe).take(cap as u64).read_to_end(&mut bytes).await?;
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(bytes)
}
