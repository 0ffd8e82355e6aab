//! The command line.

use std::path::PathBuf;

use carrel_platform::config::{Config, ConfigError};
use clap::{Args, Parser, Subcommand};

/// A self-hosted AI workspace.
#[derive(Parser)]
#[command(name = "carrel", version, about)]
pub struct Cli {
    #[command(flatten)]
    pub flags: Flags,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command; they win over the environment and `carrel.toml`.
#[derive(Args)]
pub struct Flags {
    /// Configuration file; ./carrel.toml when it exists
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Directory of the database, files and master key
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<String>,
    /// Address and port to serve on; for `worker`, to answer health and metrics on
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
}

impl Flags {
    /// The configuration with these flags on top.
    pub fn config(&self, command: &Command) -> Result<Config, ConfigError> {
        // An address in the file or the environment is that of `serve`, beside which a worker may run.
        let listen = match command {
            Command::Worker => "worker.listen",
            _ => "listen",
        };
        let flags: Vec<_> = [("data_dir", &self.data_dir), (listen, &self.listen)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)))
            .collect();
        Config::load(
            self.config.as_deref(),
            |name| std::env::var(name).ok(),
            &flags,
        )
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// Serve the web app and the API, and run background jobs
    Serve,
    /// Run background jobs without serving
    Worker,
    /// Bring the database up to date
    Migrate,
    /// Say what is configured, what works and what is missing
    Doctor,
    /// Fill the workspace with sample people, templates and documents
    Demo,
    /// Print the API description (OpenAPI 3.1)
    Openapi,
    /// Print the list of problem codes as Markdown
    Problems,
    /// Administer people
    #[command(subcommand)]
    User(UserCommand),
    /// Administer the keys that seal personal data and secrets
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after the audit trail
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The jailed child that reads one file; started by Carrel itself
    #[command(hide = true)]
    JailParse {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

#[derive(Subcommand)]
pub enum AuditCommand {
    /// Check every row and every signed head, and name the first row that is wrong
    Verify {
        /// Signed heads kept elsewhere, one JSON object a line, to check as well
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub enum KeysCommand {
    /// List the keys, and what is still sealed with those that are being replaced
    List,
    /// Make a new key; the running or next server seals everything with it
    Rotate,
    /// Wrap all keys with another master key, without changing them
    Rewrap {
        /// file:PATH (made when absent), env:NAME of a variable with 32 bytes in base64, or kms:KEY?region=NAME
        #[arg(long)]
        to: String,
    },
}

#[derive(Subcommand)]
pub enum UserCommand {
    /// Make an account
    Create {
        /// E-mail address
        email: String,
        /// Name of a role: administrator, staff, or one of your own
        #[arg(long, default_value = "staff")]
        role: String,
        /// Name; from the address when absent
        #[arg(long)]
        name: Option<String>,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
}
