//! Text recognition by the `tesseract` program.
//!
//! The program never sees the file: it gets grey pixels (a PGM, whose header is ours) that were decoded in the
//! jail. It runs with an empty environment, limits on memory and processor time, no file to write, one thread
//! and a wall clock a page.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use carrel_sandbox::jail::launch;
use carrel_sandbox::resources::{Resource, limit_process};
use carrel_sandbox::supervise::{Bounds, Ending, supervise};
use tokio::process::Command;

use crate::parse::picture::GreyPicture;

/// The program and its languages.
#[derive(Debug, Clone)]
pub(crate) struct Tesseract {
    pub program: PathBuf,
    /// Languages in the program's own names, joined by `+`.
    pub languages: String,
}

/// Why a page was not recognised, as a clause for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotRecognised(pub String);

impl Tesseract {
    /// The paragraphs of one page, each as lines.
    pub(crate) async fn recognise(
        &self,
        page: &GreyPicture,
    ) -> Result<Vec<Vec<String>>, NotRecognised> {
        let failed = |why: &str| NotRecognised(why.to_owned());
        let mut command = Command::new(&self.program);
        command
            .args([
                "stdin",
                "stdout",
                "-l",
                &self.languages,
                "--dpi",
                &page.size.dots_per_inch.to_string(),
            ])
            .args(["--psm", "3", "-c", "tessedit_create_tsv=1"])
            .env_clear()
            .env("OMP_THREAD_LIMIT", "1")
            .env("LC_ALL", "C.UTF-8")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(models) = std::env::var_os("TESSDATA_PREFIX") {
            command.env("TESSDATA_PREFIX", models);
        }
        let child = launch(command)
            .await
            .map_err(|_| failed("the tesseract program cannot be started"))?;
        let pid = child
            .id()
            .ok_or_else(|| failed("the tesseract program ended at once"))?;
        // It waits for its standard input, so the limits are there before the first pixel.
        for (resource, value) in [
            (Resource::AddressSpace, 2 << 30),
            (Resource::WritableMemory, 1 << 30),
            (Resource::CpuSeconds, PAGE_WALL.as_secs()),
            (Resource::FileSize, 0),
            (Resource::CoreSize, 0),
            (Resource::OpenFiles, 32),
        ] {
            limit_process(pid, resource, value)
                .map_err(|_| failed("the tesseract program cannot be limited"))?;
        }
        let mut input = format!("P5\n{} {}\n255\n", page.size.width, page.size.height).into_bytes();
        input.extend_from_slice(&page.pixels);
        let bounds = Bounds {
            wall: PAGE_WALL,
            stdout_bytes: 16 << 20,
            stderr_bytes: 16 << 10,
        };
        let ending = supervise(child, Some(&input), bounds).await;
        match ending.map_err(|_| failed("the tesseract program cannot be read"))? {
            Ending::Ended { status, stdout, .. } if status.success() => {
                Ok(paragraphs(&String::from_utf8_lossy(&stdout)))
            }
            Ending::Ended { stderr, .. } => {
                let missing = String::from_utf8_lossy(&stderr).contains("Failed loading language");
                let languages = &self.languages;
                Err(if missing {
                    NotRecognised(format!("tesseract lacks a language of {languages}"))
                } else {
                    failed("tesseract failed on the page")
                })
            }
            Ending::Deadline => Err(failed("it took more than 60 s a page")),
            Ending::TooMuchOutput => Err(failed("tesseract found more text than a page can hold")),
        }
    }
}

/// Wall clock and processor time of one page.
const PAGE_WALL: Duration = Duration::from_mins(1);

/// The program on the `PATH` of this process.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| is_program(candidate))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.is_absolute()
        && std::fs::metadata(path)
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Reads Tesseract's table: a row a word, with the numbers of its block, paragraph and line.
///
/// Words it is all but sure to have made up (confidence below 30 of 100) are dropped: on a photo they are
/// what it sees in the grass.
fn paragraphs(table: &str) -> Vec<Vec<String>> {
    let mut paragraphs: Vec<Vec<String>> = Vec::new();
    let mut place = ("", "");
    let mut line_number = "";
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [
            level,
            _page,
            block,
            paragraph,
            line,
            _word,
            _left,
            _top,
            _width,
            _height,
            confidence,
            text,
        ] = cells[..]
        else {
            continue;
        };
        let sure = confidence
            .parse::<f32>()
            .is_ok_and(|confidence| confidence >= 30.0);
        if level != "5" || !sure || text.trim().is_empty() {
            continue;
        }
        if (block, paragraph) != place {
            paragraphs.push(Vec::new());
            place = (block, paragraph);
            line_number = "";
        }
        let Some(lines) = paragraphs.last_mut() else {
            continue;
        };
        match lines.last_mut() {
            Some(last) if line == line_number => {
                last.push(' ');
                last.push_str(text);
            }
            _ => lines.push(text.to_owned()),
        }
        line_number = line;
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_put_together_by_their_place() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t-1\t\n\
            5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96.1\tHello\n\
            5\t1\t1\t1\t1\t2\t0\t0\t9\t9\t95.0\tworld\n\
            5\t1\t1\t1\t2\t1\t0\t0\t9\t9\t95.0\tagain\n\
            5\t1\t1\t2\t1\t1\t0\t0\t9\t9\t95.0\tSecond\n\
            5\t1\t2\t1\t1\t1\t0\t0\t9\t9\t12.0\t~~\n";
        assert_eq!(
            paragraphs(table),
            [vec!["Hello world", "again"], vec!["Second"]]
        );
    }
}
