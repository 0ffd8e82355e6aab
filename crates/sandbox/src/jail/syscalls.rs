//! The system calls a parser may make.
//!
//! Two filters, and the kernel takes the stricter answer: one kills for calls that only an attacker makes,
//! the other lets through what Rust's allocator, threads and standard streams need and answers `EPERM` to
//! the rest (so that a library which merely asks for the number of processors goes on without it).

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter_all_threads,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Applies both filters to all threads of the process, for good.
pub fn restrict() -> Result<(), String> {
    let forbidden = compile(
        forbidden(),
        SeccompAction::Allow,
        SeccompAction::KillProcess,
    )?;
    let permission = u32::try_from(libc::EPERM).unwrap_or(1);
    let allowed = compile(
        allowed()?,
        SeccompAction::Errno(permission),
        SeccompAction::Allow,
    )?;
    for filter in [&forbidden, &allowed] {
        apply_filter_all_threads(filter)
            .map_err(|error| format!("seccomp cannot be applied ({error})"))?;
    }
    Ok(())
}

fn compile(
    rules: Rules,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<BpfProgram, String> {
    let unsupported = |error| format!("seccomp is not available on this processor ({error})");
    let arch = std::env::consts::ARCH.try_into().map_err(unsupported)?;
    SeccompFilter::new(rules, otherwise, matched, arch)
        .and_then(TryInto::try_into)
        .map_err(unsupported)
}

/// Calls that end the process: new processes, other programs, sockets, other processes, kernel surface.
fn forbidden() -> Rules {
    let mut calls = vec![
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_clone,
        libc::SYS_clone3,
        libc::SYS_socket,
        libc::SYS_socketpair,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_mount,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_io_uring_setup,
        libc::SYS_keyctl,
        libc::SYS_memfd_create,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_kexec_load,
        libc::SYS_kill,
    ];
    #[cfg(target_arch = "x86_64")]
    calls.extend([libc::SYS_fork, libc::SYS_vfork]);
    calls.sort_unstable();
    calls.into_iter().map(|call| (call, Vec::new())).collect()
}

fn allowed() -> Result<Rules, String> {
    let mut rules: Rules = [
        // Standard input, and giving descriptors back.
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_pread64,
        libc::SYS_lseek,
        libc::SYS_fstat,
        libc::SYS_close,
        libc::SYS_fcntl,
        // Memory; `mmap` and `mprotect` below.
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        // Threads that already exist, signals of the own process, the end.
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_gettid,
        libc::SYS_getpid,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
        // Time and random numbers.
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_gettimeofday,
        libc::SYS_getrandom,
    ]
    .into_iter()
    .map(|call| (call, Vec::new()))
    .collect();

    // The result and a word on why: standard output and standard error only.
    let to = |descriptor: i32| equal(0, u64::try_from(descriptor).unwrap_or_default());
    for call in [libc::SYS_write, libc::SYS_writev] {
        rules.insert(
            call,
            vec![
                rule(to(libc::STDOUT_FILENO)?)?,
                rule(to(libc::STDERR_FILENO)?)?,
            ],
        );
    }
    // A signal for itself only: that is how a Rust program aborts.
    let itself = equal(0, u64::from(std::process::id()))?;
    rules.insert(libc::SYS_tgkill, vec![rule(itself)?]);
    // No memory becomes executable.
    let execute = u64::try_from(libc::PROT_EXEC).unwrap_or_default();
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        let without = condition(2, SeccompCmpOp::MaskedEq(execute), 0)?;
        rules.insert(call, vec![rule(without)?]);
    }
    Ok(rules)
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, String> {
    condition(argument, SeccompCmpOp::Eq, value)
}

fn condition(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, String> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
        .map_err(|error| format!("the seccomp filter is wrong ({error})"))
}

fn rule(condition: SeccompCondition) -> Result<SeccompRule, String> {
    SeccompRule::new(vec![condition])
        .map_err(|error| format!("the seccomp filter is wrong ({error})"))
}
