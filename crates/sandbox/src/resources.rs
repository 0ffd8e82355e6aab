//! Resource limits of the own and of a running process (`setrlimit(2)`, `prlimit(2)`).

use std::io;

/// A limit the kernel keeps for a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// Address space, in bytes.
    AddressSpace,
    /// Private writable memory (heap, anonymous maps, stacks of threads), in bytes.
    WritableMemory,
    /// Processor time, in seconds; `SIGXCPU` at the limit.
    CpuSeconds,
    /// Size of any regular file written, in bytes.
    FileSize,
    /// Number of open descriptors.
    OpenFiles,
    /// Size of a core dump, in bytes.
    CoreSize,
}

impl Resource {
    fn number(self) -> libc::__rlimit_resource_t {
        match self {
            Self::AddressSpace => libc::RLIMIT_AS,
            Self::WritableMemory => libc::RLIMIT_DATA,
            Self::CpuSeconds => libc::RLIMIT_CPU,
            Self::FileSize => libc::RLIMIT_FSIZE,
            Self::OpenFiles => libc::RLIMIT_NOFILE,
            Self::CoreSize => libc::RLIMIT_CORE,
        }
    }
}

/// Limits the calling process, for good (soft and hard limit; processor time gets one second more as the
/// hard limit, so that `SIGXCPU` tells the reason before `SIGKILL` ends it).
pub fn limit_self(resource: Resource, value: u64) -> io::Result<()> {
    limit_process(0, resource, value)
}

/// Limits a running child of this process, as [`limit_self`] does. `pid` 0 is the caller.
#[expect(
    unsafe_code,
    reason = "there is no safe wrapper of prlimit in the standard library"
)]
pub fn limit_process(pid: u32, resource: Resource, value: u64) -> io::Result<()> {
    let hard = match resource {
        Resource::CpuSeconds => value.saturating_add(1),
        _ => value,
    };
    let limit = libc::rlimit {
        rlim_cur: value,
        rlim_max: hard,
    };
    let pid =
        libc::pid_t::try_from(pid).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    // SAFETY: `limit` outlives the call, the old-limit pointer may be null, and the kernel checks the rest.
    let answer = unsafe {
        libc::prlimit(
            pid,
            resource.number(),
            &raw const limit,
            std::ptr::null_mut(),
        )
    };
    if answer == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}
