//! Carrel: a self-hosted AI workspace. This crate is the command line and the wiring; what the program does is in
//! the wings.

mod app;
mod cli;
mod commands;
mod status;
mod web_app;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> anyhow::Result<std::process::ExitCode> {
    let cli = Cli::parse();
    // The jailed child must not start a runtime, read a configuration or open a file.
    if let Command::JailParse { .. } = cli.command {
        carrel_formats::jail_main();
    }
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("another crypto provider is installed"))?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(commands::run(cli))
}

#[cfg(test)]
mod sealed;
#[cfg(test)]
mod statements;
