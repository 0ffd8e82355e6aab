//! The commands of docs/guide/first-document.md, run as they stand there.

use std::path::Path;
use std::process::Stdio;

use carrel_tests::program::run;
use carrel_tests::wait::DEADLINE;
use carrel_tests::{Backend, Server, both_databases, samples};
use tokio::process::Command;

both_databases! {
    the_commands_of_the_guide_lead_from_a_file_to_a_word_document,
    the_script_of_the_guide_leads_from_a_file_to_a_word_document,
}

/// The fenced blocks of the guide in this language, in order.
fn blocks(language: &str) -> Vec<String> {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/first-document.md");
    let guide = std::fs::read_to_string(guide).expect("the guide is there");
    let mut blocks = Vec::new();
    let mut open: Option<(bool, String)> = None;
    for line in guide.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info == language, String::new())),
            (None, None) => {}
            (Some(_), Some(_)) => {
                let (wanted, block) = open.take().expect("it is open");
                blocks.extend(wanted.then_some(block));
            }
            (Some((_, block)), None) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    assert!(open.is_none(), "every block is closed");
    blocks
}

/// A server with the guide's account, and a directory with the guide's file.
async fn prepared(backend: Backend) -> (Server, tempfile::TempDir) {
    let server = Server::start(backend).await;
    let account = "user create ada@example.org --role administrator --password-stdin --name";
    let mut account: Vec<_> = account.split(' ').collect();
    account.push("Ada Okafor");
    let password = "correct horse battery\n";
    run(&account, server.data(), &server.environment(), password)
        .await
        .succeeded();
    let work = tempfile::tempdir().expect("a scratch directory");
    std::fs::write(work.path().join("manual.pdf"), samples::long_pdf(36)).expect("a file");
    (server, work)
}

/// Runs a script by bash; gives what it wrote to its standard output.
async fn bash(script: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let work = script.parent().expect("a directory");
    let program = Command::new("bash")
        .arg(script)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", work)
        .envs(environment.iter().copied())
        .current_dir(work)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(DEADLINE, program).await;
    let output = output.expect("the script ends").expect("bash is installed");
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert!(
        output.status.success(),
        "{}\n{said}\n{complained}",
        output.status
    );
    said
}

/// The text of the only .docx in a directory.
fn word_file(work: &Path) -> String {
    let files = std::fs::read_dir(work).expect("a directory").flatten();
    let words: Vec<_> = files
        .map(|file| file.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "docx")
        })
        .collect();
    let [word] = &words[..] else {
        panic!("one .docx, not {words:?}")
    };
    let parts = samples::unzip(&std::fs::read(word).expect("it can be read"));
    String::from_utf8(parts["word/document.xml"].clone()).expect("XML is UTF-8")
}

async fn the_commands_of_the_guide_lead_from_a_file_to_a_word_document(backend: Backend) {
    let (server, work) = prepared(backend).await;
    let blocks = blocks("sh");
    assert!(blocks.len() > 10, "only {} blocks were found", blocks.len());
    // A reader sees a command that fails; the test has to be told.
    let script = work.path().join("guide.sh");
    let text = format!("set -e -o pipefail\n{}", blocks.concat());
    std::fs::write(&script, text).expect("a file");
    let said = bash(&script, &[], &[("CARREL", &server.address())]).await;
    for words in [
        r#"{"email":"ada@example.org","name":"Ada Okafor","roles":["administrator"]}"#,
        r#""status":"extracted","format":"pdf","ocr":"not_needed","pageCount":36"#,
        r#"{"name":"Summary","variables":"#,
        "No AI model was used.",
        r#"{"status":"proposed","model":"carrel/extractive","draftVersion":2,"costMicros":0}"#,
        r#"{"op":"delete","text":"The functions on page 14"#,
        r#"{"status":"accepted","version":3,"#,
        r#"{"number":3,"cause":"refined","authorName":"Ada Okafor","#,
        r#""op":"insert","text":"Checked by Ada on Friday. Jonas reads it next.""#,
        r#"{"number":4,"name":"Sent to Jonas","cause":"restored"}"#,
        r#"{"status":"ready","fileName":""#,
        r#""code": "unauthenticated""#,
    ] {
        assert!(said.contains(words), "no {words} in:\n{said}");
    }
    let word = word_file(work.path());
    assert!(word.contains("Leaf "), "it quotes the file");
    assert!(
        word.contains("compared with the library as it is installed here"),
        "the restored version was exported"
    );
}

async fn the_script_of_the_guide_leads_from_a_file_to_a_word_document(backend: Backend) {
    let (server, work) = prepared(backend).await;
    let blocks = blocks("bash");
    let [text] = &blocks[..] else {
        panic!("the guide has one script")
    };
    let script = work.path().join("draft.sh");
    std::fs::write(&script, text).expect("a file");
    let address = server.address();
    let environment = [
        ("CARREL_URL", address.as_str()),
        ("CARREL_EMAIL", "ada@example.org"),
        ("CARREL_PASSWORD", "correct horse battery"),
    ];
    let said = bash(&script, &["manual.pdf"], &environment).await;
    assert!(
        said.ends_with(".docx: drafted by carrel/extractive\n"),
        "{said}"
    );
    assert!(word_file(work.path()).contains("Leaf "));
}
