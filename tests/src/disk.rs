//! A disk that fills up: a small file system in memory, mounted over the data directory for the server alone, in a
//! mount namespace of its own (`unshare(1)`, as root or with user namespaces).

use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

/// Whether this machine lets us mount for one process.
pub fn is_possible() -> bool {
    let [program, rest @ ..] = &prefix(1)[..] else {
        unreachable!("the prefix is a command")
    };
    let tried = Command::new(program)
        .args(rest)
        .arg(std::env::temp_dir())
        .arg("true")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}

/// What comes before the data directory and a command, to run the command on such a disk.
pub(crate) fn prefix(megabytes: u32) -> Vec<String> {
    let mount = format!(r#"mount -t tmpfs -o size={megabytes}m none "$0" && cd "$0" && exec "$@""#);
    let namespaces: &[&str] = if is_root() {
        &["--mount"]
    } else {
        &["--mount", "--user", "--map-root-user"]
    };
    let words = ["unshare"].iter().chain(namespaces).chain(&["sh", "-c"]);
    words
        .map(|word| (*word).to_owned())
        .chain([mount])
        .collect()
}

/// Gives the disk of a running process more room.
pub(crate) fn grow(process: u32, directory: &std::path::Path, megabytes: u32) {
    let namespaces: &[&str] = if is_root() {
        &["--mount"]
    } else {
        &["--mount", "--user", "--preserve-credentials"]
    };
    let size = format!("remount,size={megabytes}m");
    let status = Command::new("nsenter")
        .args(["--target", &process.to_string()])
        .args(namespaces)
        .args(["mount", "-o", &size])
        .arg(directory)
        .status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "the disk can be made larger"
    );
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
