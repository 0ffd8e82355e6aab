//! The built binary as a program on the command line.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::wait::DEADLINE;

/// Where the binary is: `CARREL_BIN`, else `debug/carrel` in the target directory.
pub fn path() -> PathBuf {
    if let Some(path) = std::env::var_os("CARREL_BIN") {
        return path.into();
    }
    // This test itself runs from <target directory>/debug/deps.
    let test = std::env::current_exe().expect("a running test has a path");
    let debug = test
        .ancestors()
        .nth(2)
        .expect("tests run from the target directory");
    let path = debug.join("carrel");
    assert!(
        path.exists(),
        "{} is missing: build it by `cargo build -p carrel`, or set CARREL_BIN",
        path.display()
    );
    path
}

/// A command with nothing of this machine in its environment but the search path.
pub fn command(arguments: &[&str], data: &Path, environment: &[(&str, &str)]) -> Command {
    command_after(&[], arguments, data, environment)
}

/// The same behind a command that sets something up for it and is given the data directory first.
pub(crate) fn command_after(
    prefix: &[String],
    arguments: &[&str],
    data: &Path,
    environment: &[(&str, &str)],
) -> Command {
    let mut command = match prefix {
        [] => Command::new(path()),
        [program, rest @ ..] => {
            let mut command = Command::new(program);
            command.args(rest).arg(data).arg(path());
            command
        }
    };
    command
        .args(arguments)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs(std::env::var_os("LLVM_PROFILE_FILE").map(|file| ("LLVM_PROFILE_FILE", file)))
        .env("HOME", data)
        .env("CARREL_OLLAMA_BASE_URL", "off")
        // Tests ask without a pause, all from one address; those of the limits set their own.
        .env("CARREL_LIMITS_PER_ADDRESS_PER_MINUTE", "0")
        .env("CARREL_LIMITS_PER_PERSON_PER_MINUTE", "0")
        .envs(environment.iter().copied())
        .current_dir(data)
        .kill_on_drop(true);
    command
}

/// How a program ended and what it said.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// What it wrote to its standard output; panics when it failed.
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "the program failed: {self:#?}");
        self.stdout
    }

    /// What it wrote to its standard error; panics when it did not fail, or was killed.
    pub fn failed(self) -> String {
        assert!(
            self.code.is_some_and(|code| code != 0),
            "the program did not fail: {self:#?}"
        );
        self.stderr
    }
}

/// Runs `carrel ARGUMENTS… --data-dir DATA` to its end with `input` on its standard input.
pub async fn run(
    arguments: &[&str],
    data: &Path,
    environment: &[(&str, &str)],
    input: &str,
) -> Outcome {
    let mut child = command(arguments, data, environment)
        .arg("--data-dir")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("a pipe was asked for");
    // A program that does not read its input may close it first.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    let output = tokio::time::timeout(DEADLINE, child.wait_with_output())
        .await
        .unwrap_or_else(|_| panic!("`carrel {}` did not end", arguments.join(" ")))
        .expect("its end can be awaited");
    Outcome {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
