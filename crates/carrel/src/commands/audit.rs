//! `carrel audit …`

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use carrel_platform::audit::Head;
use carrel_platform::config::Config;

use crate::app::App;

/// Checks the trail; the exit code is 1 when something is wrong with it. Changes nothing, so it may run beside a
/// server.
pub async fn verify(config: Config, heads: Option<&Path>) -> anyhow::Result<ExitCode> {
    let heads = heads.map_or(Ok(Vec::new()), read_heads)?;
    let app = App::open(config).await?;
    let verified = app.trail.verify(heads).await?;
    app.db.close().await;
    println!(
        "{} rows and {} signed heads checked; heads are signed with {}",
        verified.checked, verified.heads, verified.public_key
    );
    match verified.first_bad.zip(verified.reason) {
        None => {
            println!("the audit trail is whole");
            Ok(ExitCode::SUCCESS)
        }
        Some((seq, reason)) => {
            eprintln!("row {seq}: {reason}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn read_heads(file: &Path) -> anyhow::Result<Vec<Head>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} can't be read", file.display()))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("line {} of {} is no signed head", n + 1, file.display()))
        })
        .collect()
}
