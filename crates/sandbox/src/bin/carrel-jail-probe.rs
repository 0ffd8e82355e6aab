//! A jailed program that tries what a hostile file would make a parser do; driven by the tests of the jail.

use std::io::Read;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use carrel_sandbox::jail::confined;

fn main() {
    confined(|request| {
        let (task, argument) = request.split_once(' ').unwrap_or((&request, ""));
        match task {
            "echo" => {
                let mut text = String::new();
                let read = std::io::stdin().read_to_string(&mut text);
                format!("{read:?} {text}").into_bytes()
            }
            "environment" => format!("{}", std::env::vars_os().count()).into_bytes(),
            "descriptors" => descriptors(),
            "open" => told(std::fs::File::open(argument)),
            "create" => told(std::fs::File::create(argument)),
            "list" => told(std::fs::read_dir(argument)),
            "overwrite-stdin" => overwrite_stdin(),
            "thread" => told(std::thread::Builder::new().spawn(|| ())),
            "connect" => told(TcpStream::connect(argument)),
            "run" => told(Command::new(argument).status()),
            "allocate" => {
                // Touched, so that it is memory and not only a promise of it.
                let hoard: Vec<Vec<u8>> = (0..4096_u32)
                    .map(|i| vec![i.to_le_bytes()[0]; 1 << 20])
                    .collect();
                hoard.len().to_string().into_bytes()
            }
            "recurse" => depth(0).to_string().into_bytes(),
            "spin" => loop {
                std::hint::black_box(0);
            },
            "sleep" => {
                std::thread::sleep(Duration::from_mins(10));
                Vec::new()
            }
            "flood" => vec![b'x'; argument.parse().unwrap_or(0)],
            "panic" => panic!("a secret of the file"),
            other => format!("no such task: {other}").into_bytes(),
        }
    })
}

fn told<T>(outcome: std::io::Result<T>) -> Vec<u8> {
    match outcome {
        Ok(_) => b"allowed".to_vec(),
        Err(error) => format!("refused: {:?}", error.kind()).into_bytes(),
    }
}

/// Which of the descriptors 0 to 15 can be read from at all.
fn descriptors() -> Vec<u8> {
    use std::os::fd::BorrowedFd;
    let open: Vec<i32> = (0..16)
        .filter(|&number| {
            #[expect(
                unsafe_code,
                reason = "asking whether a descriptor is open needs its number"
            )]
            // SAFETY: the number is only passed to `fcntl(F_GETFD)` through `try_clone_to_owned`; a closed one answers EBADF.
            let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
            descriptor.try_clone_to_owned().is_ok()
        })
        .collect();
    format!("{open:?}").into_bytes()
}

/// Writing to the file behind standard input, by way of a copy of the descriptor.
fn overwrite_stdin() -> Vec<u8> {
    use std::io::Write;
    use std::os::fd::AsFd;
    let outcome = std::io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .and_then(|descriptor| std::fs::File::from(descriptor).write_all(b"overwritten"));
    told(outcome)
}

#[expect(unconditional_recursion, reason = "that is the attack")]
fn depth(n: u64) -> u64 {
    let frame = std::hint::black_box([n; 64]);
    frame[0] + depth(n + 1)
}
