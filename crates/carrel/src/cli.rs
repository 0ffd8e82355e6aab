//! The command line.

use std::path::PathBuf;

use carrel_platform::auth::Role;
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
    /// The jailed child that reads one file; started by Carrel itself
    #[command(hide = true)]
    JailParse {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
}

#[derive(Subcommand)]
pub enum UserCommand {
    /// Make an account
    Create {
        /// E-mail address
        email: String,
        /// administrator or staff
        #[arg(long, default_value = "staff", value_parser = parse_role)]
        role: Role,
        /// Name; from the address when absent
        #[arg(long)]
        name: Option<String>,
        /// Read the password from the first line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
}

fn parse_role(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("choose {}", names.join(" or "))
    })
}
