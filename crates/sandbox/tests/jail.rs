//! The jail against a program that tries to break out of it or to take the parent down.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::{Seek, Write};
use std::time::{Duration, Instant};

use carrel_sandbox::jail::{Isolation, Jail, JailError, JailLimits};

fn jail() -> Jail {
    Jail {
        program: env!("CARGO_BIN_EXE_carrel-jail-probe").into(),
        args: Vec::new(),
        limits: JailLimits::default(),
        isolation: Isolation::Required,
    }
}

fn file(text: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.rewind().unwrap();
    file
}

async fn said(request: &str) -> String {
    String::from_utf8(jail().run(request, file("hello")).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_jailed_program_reads_its_file_and_gives_a_result() {
    assert_eq!(said("echo").await, "Ok(5) hello");
}

#[tokio::test]
async fn a_jailed_program_knows_no_environment_and_no_other_descriptor() {
    let leaked = File::open("/etc/passwd").unwrap();
    assert_eq!(said("environment").await, "0");
    assert_eq!(said("descriptors").await, "[0, 1, 2]");
    drop(leaked);
}

#[tokio::test]
async fn a_jailed_program_opens_no_path() {
    assert_eq!(said("open /etc/passwd").await, "refused: PermissionDenied");
    assert_eq!(
        said("open /proc/self/maps").await,
        "refused: PermissionDenied"
    );
    assert_eq!(said("list /").await, "refused: PermissionDenied");
    let target = std::env::temp_dir().join(format!("carrel-jail-{}", std::process::id()));
    assert_eq!(
        said(&format!("create {}", target.display())).await,
        "refused: PermissionDenied"
    );
    assert!(!target.exists());
}

#[tokio::test]
async fn a_jailed_program_cannot_write_to_the_file_it_reads() {
    let mut file = file("original");
    let answer = jail()
        .run("overwrite-stdin", file.try_clone().unwrap())
        .await
        .unwrap();
    assert_eq!(answer, b"refused: PermissionDenied");
    file.rewind().unwrap();
    assert_eq!(std::io::read_to_string(file).unwrap(), "original");
}

#[tokio::test]
async fn starting_a_program_a_thread_or_a_connection_is_fatal() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let connect = format!("connect {}", port.local_addr().unwrap());
    for request in ["run /bin/true", "thread", connect.as_str()] {
        let error = jail().run(request, file("")).await.unwrap_err();
        assert!(
            matches!(error, JailError::ForbiddenCall),
            "{request}: {error:?}"
        );
    }
}

#[tokio::test]
async fn memory_beyond_the_limit_is_named() {
    let error = jail().run("allocate", file("")).await.unwrap_err();
    assert!(matches!(error, JailError::OutOfMemory { .. }), "{error:?}");
}

#[tokio::test]
async fn endless_recursion_is_named() {
    let error = jail().run("recurse", file("")).await.unwrap_err();
    assert!(matches!(error, JailError::StackOverflow), "{error:?}");
}

#[tokio::test]
async fn an_endless_loop_ends_at_the_limit_of_processor_time() {
    let limits = JailLimits {
        cpu_seconds: 1,
        ..JailLimits::default()
    };
    let error = Jail { limits, ..jail() }
        .run("spin", file(""))
        .await
        .unwrap_err();
    assert!(
        matches!(error, JailError::CpuTime { limit_seconds: 1 }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_program_that_waits_forever_ends_at_the_wall_clock() {
    let limits = JailLimits {
        wall: Duration::from_millis(500),
        ..JailLimits::default()
    };
    let started = Instant::now();
    let error = Jail { limits, ..jail() }
        .run("sleep", file(""))
        .await
        .unwrap_err();
    assert!(matches!(error, JailError::WallClock { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn a_flood_of_output_is_cut_off() {
    let limits = JailLimits {
        output_bytes: 1 << 20,
        ..JailLimits::default()
    };
    let flooded = Jail { limits, ..jail() };
    assert_eq!(
        flooded.run("flood 1048576", file("")).await.unwrap().len(),
        1 << 20
    );
    let error = flooded.run("flood 1048577", file("")).await.unwrap_err();
    assert!(
        matches!(error, JailError::OutputTooLarge { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_panic_tells_its_place_and_not_its_message() {
    let error = jail().run("panic", file("")).await.unwrap_err();
    let JailError::Failed {
        code: 101,
        at: Some(at),
    } = &error
    else {
        panic!("{error:?}")
    };
    assert!(at.contains("carrel-jail-probe.rs"), "{at}");
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let error = Jail {
        program: "/nonexistent".into(),
        ..jail()
    }
    .run("echo", file(""))
    .await
    .unwrap_err();
    assert!(matches!(error, JailError::Spawn(_)), "{error:?}");
}

#[tokio::test]
async fn giving_up_on_a_child_kills_it() {
    let mut input = file("");
    let waiting = tokio::time::timeout(Duration::from_millis(300), {
        let input = input.try_clone().unwrap();
        async move { jail().run("sleep", input).await }
    });
    assert!(waiting.await.is_err());
    // A new child runs, and no child of this process with that request is left.
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let left = children_named("sleep");
        if left == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "{left} children are left");
        tokio::task::yield_now().await;
    }
    input.rewind().unwrap();
}

/// Children of this test process whose last argument is `request` and which still run.
fn children_named(request: &str) -> usize {
    let own = std::process::id().to_string();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| {
            let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
            let mut fields = stat.rsplit(") ").next().unwrap_or_default().split(' ');
            let running = fields.next().is_some_and(|state| state != "Z");
            let ours = fields.next() == Some(own.as_str());
            let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            running && ours && command.ends_with(format!("{request}\0").as_bytes())
        })
        .count()
}
