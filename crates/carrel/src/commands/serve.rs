//! `carrel serve` and `carrel worker`.

use std::net::SocketAddr;

use anyhow::Context;
use carrel_platform::config::Config;
use carrel_platform::web;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::migrated;
use crate::app::{App, hold_database};

/// Serves until SIGTERM or SIGINT, then drains.
pub async fn serve(config: Config) -> anyhow::Result<()> {
    let _held = hold_database(&config)?;
    let app = migrated(config).await?;
    let listener = listen_on(app.config.listen).await?;
    let base = match &app.config.public_url {
        Some(url) => url.clone(),
        None => format!("http://{}", listener.local_addr()?),
    };
    app.keyring.serve().await?;
    let stop = CancellationToken::new();
    let router = app.router(stop.clone()).await?;
    let signals = Signals::listen()?;
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
    let (db, keyring) = (app.db.clone(), app.keyring.clone());
    let background = tokio::spawn(background(app, stop.clone()));
    let serving = tokio::spawn(web::serve(listener, router, stop.clone()));
    signals.received().await;
    tracing::info!("stopping");
    stop.cancel();
    background.await?;
    // Streams end by telling how their generation ended, which the database knows.
    serving.await??;
    keyring.leave().await;
    db.close().await;
    Ok(())
}

async fn listen_on(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("{address} can't be listened on"))
}

/// Runs background jobs until SIGTERM or SIGINT; tells health and metrics where it is configured to.
pub async fn work(config: Config) -> anyhow::Result<()> {
    let _held = hold_database(&config)?;
    let app = migrated(config).await?;
    anyhow::ensure!(
        app.config.worker_jobs > 0,
        "worker.jobs is 0: there is nothing to do"
    );
    app.keyring.serve().await?;
    let stop = CancellationToken::new();
    let listener = match app.config.worker_listen {
        Some(address) => Some(listen_on(address).await?),
        None => None,
    };
    let signals = Signals::listen()?;
    let version = env!("CARGO_PKG_VERSION");
    println!("Carrel {version} works on background jobs");
    let observed = match listener {
        Some(listener) => {
            let address = listener.local_addr()?;
            println!("Health and metrics are on http://{address}");
            let router = app.observation(stop.clone())?;
            Some(tokio::spawn(web::serve(listener, router, stop.clone())))
        }
        None => None,
    };
    let (db, keyring) = (app.db.clone(), app.keyring.clone());
    let background = tokio::spawn(background(app, stop.clone()));
    signals.received().await;
    tracing::info!("stopping");
    stop.cancel();
    background.await?;
    if let Some(observed) = observed {
        observed.await??;
    }
    keyring.leave().await;
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
    tokio::join!(
        jobs,
        app.inference.run(stop.clone()),
        app.keyring.watch(stop.clone())
    );
}

/// The signals that ask to stop. They are listened to before the process says that it is there: whoever has read that
/// may send one.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn received(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
