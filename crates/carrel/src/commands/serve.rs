//! `carrel serve` and `carrel worker`.

use anyhow::Context;
use carrel_platform::config::Config;
use carrel_platform::web;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::migrated;
use crate::app::{App, hold_database};

/// Serves until SIGTERM or SIGINT, then drains.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let _held = hold_database(&config)?;
    let app = migrated(config).await?;
    let listen = app.config.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} can't be listened on"))?;
    let base = match &app.config.public_url {
        Some(url) => url.clone(),
        None => format!("http://{}", listener.local_addr()?),
    };
    let stop = CancellationToken::new();
    let router = app.router(stop.clone()).await?;
    println!(
        "Carrel {} listening on http://{}",
        env!("CARGO_PKG_VERSION"),
        listener.local_addr()?
    );
    if let Some(token) = app.accounts.setup_token().await? {
        println!(
            "\nMake the first administrator here (the link works once, for 24 hours):\n\n    {base}/setup?token={token}\n"
        );
    }
    let db = app.db.clone();
    let background = tokio::spawn(background(app, stop.clone()));
    let serving = tokio::spawn(web::serve(listener, router, stop.clone()));
    wait_for_signal().await?;
    tracing::info!("stopping");
    stop.cancel();
    background.await?;
    // Streams end by telling how their generation ended, which the database knows.
    serving.await??;
    db.close().await;
    Ok(())
}

/// Runs background jobs until SIGTERM or SIGINT.
pub async fn work(config: Config) -> anyhow::Result<()> {
    let _held = hold_database(&config)?;
    let app = migrated(config).await?;
    anyhow::ensure!(
        app.config.worker_jobs > 0,
        "worker.jobs is 0: there is nothing to do"
    );
    let stop = CancellationToken::new();
    println!(
        "Carrel {} works on background jobs",
        env!("CARGO_PKG_VERSION")
    );
    let db = app.db.clone();
    let background = tokio::spawn(background(app, stop.clone()));
    wait_for_signal().await?;
    stop.cancel();
    background.await?;
    db.close().await;
    Ok(())
}

/// Jobs and generations, until `stop`.
async fn background(app: App, stop: CancellationToken) {
    let jobs = async {
        if app.config.worker_jobs > 0 {
            app.worker().run(stop.clone()).await;
        }
    };
    tokio::join!(jobs, app.inference.run(stop.clone()));
}

async fn wait_for_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
