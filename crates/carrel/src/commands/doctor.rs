//! `carrel doctor`: what is configured and where that came from, what works, what is missing.

use std::io::{Seek, Write};
use std::process::ExitCode;

use carrel_platform::config::Config;
use carrel_platform::crypto::random_token;
use carrel_platform::db::Dialect;

use crate::app::App;

/// Prints the examination; fails when something Carrel can't do without does not work.
pub async fn examine(config: Config) -> anyhow::Result<ExitCode> {
    println!("Configuration (carrel.toml < CARREL_* < flags)");
    for (key, set) in config.explain() {
        match set {
            Some((value, origin)) => println!("  {:<28} {value}  (from {origin})", key.name),
            None => println!(
                "  {:<28} not set: {}; set it in carrel.toml or by {}",
                key.name, key.help, key.env
            ),
        }
    }
    println!("\nExamination");
    let mut report = Report::default();
    match App::open(config).await {
        Ok(app) => {
            examine_front(&app, &mut report);
            examine_parts(&app, &mut report).await;
        }
        Err(error) => report.fails("start", &format!("{error:#}")),
    }
    if report.missing > 0 {
        println!("\nCarrel runs without what is missing; the lines say what that means.");
    }
    Ok(if report.failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// What was found, printed as it is found.
#[derive(Default)]
struct Report {
    missing: usize,
    failed: bool,
}

fn works(part: &str, said: &str) {
    println!("  ok       {part:<12} {said}");
}

impl Report {
    fn misses(&mut self, part: &str, said: &str) {
        self.missing += 1;
        println!("  missing  {part:<12} {said}");
    }

    fn fails(&mut self, part: &str, said: &str) {
        self.failed = true;
        println!("  FAILED   {part:<12} {said}");
    }
}

/// How people reach Carrel, and how it tells them apart.
fn examine_front(app: &App, report: &mut Report) {
    let https = app.site.is_https();
    if https {
        works(
            "address",
            "https: cookies go over nothing else, and browsers are told to stay with it",
        );
    } else {
        report.misses("address", "public_url is not https: passwords and cookies can be read on the way, unless nobody but this machine asks");
    }
    match app.config.explain().find(|(key, _)| key.name == "trusted_proxies") {
        Some((_, Some((proxies, _)))) => works(
            "proxies",
            &format!("X-Forwarded-For is believed from {proxies}, and from nobody else"),
        ),
        _ if https => report.misses("proxies", "trusted_proxies names none, but https needs one before Carrel: everybody counts as the proxy's address, in limits and in the audit trail"),
        _ => works("proxies", "none: people are told apart by the address they connect from"),
    }
    let per_minute = |requests: u32| match requests {
        0 => "any number of".to_owned(),
        requests => requests.to_string(),
    };
    works(
        "limits",
        &format!(
            "{} requests a minute of a person, {} of an address that nobody is signed in for",
            per_minute(app.config.per_person_per_minute),
            per_minute(app.config.per_address_per_minute),
        ),
    );
}

async fn examine_parts(app: &App, report: &mut Report) {
    let dialect = match app.db.dialect() {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
    };
    match app.db.ping().await {
        Ok(()) => works("database", &format!("{dialect} answers")),
        Err(error) => report.fails("database", &format!("{dialect}: {error}")),
    }
    let pending = app.db.pending_migrations().await;
    if pending > 0 {
        report.misses("schema", &format!("{pending} migrations are to come; carrel migrate makes them, and so does carrel serve"));
    }
    let probe = format!("doctor/{}", random_token());
    let tried = async {
        app.objects.put(&probe, "probe").await?;
        app.objects.get(&probe, 16).await?;
        app.objects.delete(&probe).await
    };
    let place = if app.objects.is_s3() {
        "S3"
    } else {
        "the directory"
    };
    match tried.await {
        Ok(()) => works("objects", &format!("{place} stores, gives and deletes")),
        Err(error) => report.fails("objects", &format!("{place}: {error}")),
    }
    match app.documents.examine_reader(sample()).await {
        Ok(()) => works("jail", "files are read in a process without rights"),
        Err(error) => report.fails("jail", &error),
    }
    match app.outbox.server() {
        Some(server) => match server.probe().await {
            Ok(()) => works("mail", &format!("{} takes mails from {}", server.describe(), server.from())),
            Err(error) => report.fails("mail", &format!("{}: {error}", server.describe())),
        },
        None => report.misses("mail", "no SMTP server: mails wait in the outbox, where administrators can hand on their links; set mail.smtp_url and mail.from"),
    }
    if app.documents.can_recognise() {
        works("OCR", "tesseract is installed: scanned pages are read");
    } else {
        report.misses("OCR", "tesseract is not installed: scanned pages say that they need it (Debian: apt-get install tesseract-ocr)");
    }
    if pending > 0 {
        return;
    }
    match app.inference.resolve(None).await {
        Ok(model) if model.is_extractive() => report.misses(
            "model",
            "no provider: drafts quote their source. Add one in Settings, set CARREL_OPENAI_BASE_URL or CARREL_ANTHROPIC_API_KEY, or start Ollama here",
        ),
        Ok(model) => works("model", &format!("{} is used when none is chosen", model.id)),
        Err(error) => report.fails("model", &error.to_string()),
    }
}

fn sample() -> std::io::Result<std::fs::File> {
    let mut file = tempfile::tempfile()?;
    file.write_all(b"A file for the doctor to read.\n")?;
    file.rewind()?;
    Ok(file)
}
