//! One thread that starts all jailed children.
//!
//! A jailed child asks the kernel to be killed when its parent dies (`PR_SET_PDEATHSIG`). For the kernel the
//! parent is the *thread* that forked, and a runtime may end one of its threads at any time; so the forking
//! is done by a thread that lives as long as the process.

use std::io;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Order {
    command: Command,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<Child>>,
}

/// Starts `command` on the launching thread; the child belongs to the caller's runtime.
///
/// # Errors
/// When the program cannot be started, or the launching thread cannot.
pub async fn launch(command: Command) -> io::Result<Child> {
    static LAUNCHER: OnceLock<Sender<Order>> = OnceLock::new();
    let launcher = if let Some(launcher) = LAUNCHER.get() {
        launcher
    } else {
        let (orders, inbox) = channel::<Order>();
        std::thread::Builder::new()
            .name("jail-launch".into())
            .spawn(move || start_all(inbox))?;
        // When two callers come at once, one thread is dropped with its channel and ends.
        LAUNCHER.get_or_init(|| orders)
    };
    let (answer, outcome) = oneshot::channel();
    let gone = || io::Error::other("the launching thread is gone");
    launcher
        .send(Order {
            command,
            runtime: Handle::current(),
            answer,
        })
        .map_err(|_| gone())?;
    outcome.await.map_err(|_| gone())?
}

fn start_all(orders: Receiver<Order>) {
    for Order {
        mut command,
        runtime,
        answer,
    } in orders
    {
        let _runtime = runtime.enter();
        // A caller that gave up drops the child, which kills it.
        let _ = answer.send(command.spawn());
    }
}
