//! The child's half: take every right from oneself, then work.

use std::io::{self, Write};
use std::process::exit;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreated, RulesetStatus, Scope,
};

use super::{EXIT_NOT_ISOLATED, EXIT_PANICKED, Isolation, Terms, syscalls};
use crate::resources::{Resource, limit_self};

/// Confines the calling process and runs `work` in it; `work` gets the request (the last argument) and gives
/// the bytes for standard output. Never returns.
///
/// Call it first thing in `main`, before any thread exists and before anything is read. The two last
/// command-line arguments must be the ones [`Jail::run`](super::Jail::run) adds.
pub fn confined(work: impl FnOnce(String) -> Vec<u8> + Send + 'static) -> ! {
    let (terms, request) = match arguments() {
        Ok(arguments) => arguments,
        Err(reason) => refuse(reason),
    };
    if let Err(reason) = take_rights_away(terms) {
        refuse(&reason);
    }
    // A panic message may quote the file; where it happened never does.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let _ = writeln!(io::stderr(), "panicked at {place}");
    }));

    let parsing = std::thread::Builder::new()
        .name("parse".into())
        .stack_size(terms.stack_bytes)
        .spawn(move || {
            // From here on, in all threads: no new process, no new thread, no path, no socket.
            if let Err(reason) = syscalls::restrict() {
                refuse(&reason);
            }
            let result = work(request);
            let mut stdout = io::stdout().lock();
            let written = stdout.write_all(&result).and_then(|()| stdout.flush());
            exit(i32::from(written.is_err()));
        });
    match parsing {
        Ok(thread) => {
            let _ = thread.join();
            exit(EXIT_PANICKED)
        }
        Err(error) => refuse(&format!("the parsing thread cannot be started ({error})")),
    }
}

fn refuse(reason: &str) -> ! {
    let _ = writeln!(io::stderr(), "{reason}");
    exit(EXIT_NOT_ISOLATED)
}

fn arguments() -> Result<(Terms, String), &'static str> {
    let mut words: Vec<_> = std::env::args_os().collect();
    let text = |word: Option<std::ffi::OsString>| word.and_then(|word| word.into_string().ok());
    let request = text(words.pop()).ok_or("the jail was started without a request")?;
    let terms = text(words.pop()).ok_or("the jail was started without its terms")?;
    Ok((terms.parse()?, request))
}

fn take_rights_away(terms: Terms) -> Result<(), String> {
    detach(terms.wall_seconds)
        .map_err(|error| format!("the process cannot be detached ({error})"))?;
    for (resource, value) in [
        (Resource::CoreSize, 0),
        (Resource::FileSize, 0),
        (Resource::OpenFiles, 16),
        (Resource::CpuSeconds, terms.cpu_seconds),
        (Resource::WritableMemory, terms.memory_bytes),
        (Resource::AddressSpace, terms.memory_bytes),
    ] {
        limit_self(resource, value)
            .map_err(|error| format!("{resource:?} cannot be limited ({error})"))?;
    }
    match forbid_paths_and_ports() {
        Ok(()) => Ok(()),
        Err(_) if terms.isolation == Isolation::BestEffort => Ok(()),
        Err(reason) => Err(reason),
    }
}

/// Own session, no inherited descriptors, dead with the parent, not dumpable, one heap.
#[expect(unsafe_code, reason = "the standard library wraps none of these calls")]
fn detach(wall_seconds: u32) -> io::Result<()> {
    // SAFETY: plain system calls on our own process, made while it has one thread; no memory is passed.
    // `close_range` closes descriptors nobody in this process owns: the three standard ones are kept and the
    // process has opened nothing yet.
    unsafe {
        libc::setsid();
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0
            || libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_DUMPABLE, 0) != 0
        {
            return Err(io::Error::last_os_error());
        }
        if libc::syscall(libc::SYS_close_range, 3, u32::MAX, 0) != 0 {
            return Err(io::Error::last_os_error());
        }
        // Second line should the parent be stopped: the clock of the child itself.
        libc::alarm(wall_seconds.saturating_add(5));
        // Per-thread heaps would reserve address space by the 64 MB, which the limit then lacks.
        #[cfg(target_env = "gnu")]
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
    Ok(())
}

fn forbid_paths_and_ports() -> Result<(), String> {
    // Newest known rights, as far as this kernel has them; none is granted on anything.
    let newest = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(newest))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(newest)))
        .and_then(|rules| rules.scope(Scope::from_all(newest)))
        .and_then(Ruleset::create)
        .and_then(RulesetCreated::restrict_self)
        .map_err(|error| format!("Landlock cannot be applied ({error})"))?;
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err(
            "Landlock is not available; it needs Linux 5.13 or newer with Landlock enabled"
                .to_owned(),
        );
    }
    Ok(())
}
