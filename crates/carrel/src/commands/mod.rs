//! What each command does.

mod audit;
mod demo;
mod doctor;
mod keys;
mod serve;
mod user;

use std::process::ExitCode;

use carrel_platform::config::Config;
use carrel_platform::telemetry;
use carrel_platform::web::Code;

use crate::app::App;
use crate::cli::{AuditCommand, Cli, Command, KeysCommand, UserCommand};

/// Runs the command and gives the exit code.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Problems => {
            print_problems();
            return Ok(ExitCode::SUCCESS);
        }
        Command::Openapi => {
            print_openapi().await?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let config = cli.flags.config(&cli.command)?;
    telemetry::log(&config.log_level, config.log_format)
        .map_err(|e| anyhow::anyhow!("the log filter can't be used: {e}"))?;
    match cli.command {
        Command::Serve => serve::serve(config).await?,
        Command::Worker => serve::work(config).await?,
        Command::Migrate => migrated(config).await?.db.close().await,
        Command::Doctor => return doctor::examine(config).await,
        Command::Demo => demo::fill(config).await?,
        Command::Audit(AuditCommand::Verify { heads }) => {
            return audit::verify(config, heads.as_deref()).await;
        }
        Command::Keys(KeysCommand::List) => keys::list(config).await?,
        Command::Keys(KeysCommand::Rotate) => keys::rotate(config).await?,
        Command::Keys(KeysCommand::Rewrap { to }) => keys::rewrap(config, &to).await?,
        Command::User(UserCommand::Create {
            email,
            role,
            name,
            password_stdin,
        }) => {
            user::create(config, &email, name.as_deref(), &role, password_stdin).await?;
        }
        Command::JailParse { .. } | Command::Problems | Command::Openapi => {
            unreachable!("these ran before the configuration")
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The services on an up-to-date database.
async fn migrated(config: Config) -> anyhow::Result<App> {
    App::open_migrated(config).await
}

/// The description is that of the routes; nothing is read from or written to an installation.
async fn print_openapi() -> anyhow::Result<()> {
    let scratch = tempfile::tempdir()?;
    let flags = [("data_dir", scratch.path().display().to_string())];
    let config = Config::load(None, |_| None, &flags)?;
    let app = App::open(config).await?;
    println!("{}", app.api()?.1.to_pretty_json()?);
    Ok(())
}

fn print_problems() {
    println!("# Problems\n");
    println!(
        "Every error answer is `application/problem+json` (RFC 9457) with one of these codes. Codes are added, never renamed.\n"
    );
    println!("| Code | Status | Meaning |\n| --- | --- | --- |");
    for code in Code::ALL {
        println!(
            "| `{}` | {} | {} |",
            code.as_str(),
            code.status().as_u16(),
            code.title()
        );
    }
}
