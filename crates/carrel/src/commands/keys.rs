//! `carrel keys`.

use anyhow::Context;
use carrel_platform::config::Config;
use carrel_platform::crypto;

use super::migrated;

/// Prints every key there ever was. Never its material.
pub async fn list(config: Config) -> anyhow::Result<()> {
    let app = migrated(config).await?;
    println!("{:<8} {:<8} {:<28} state", "key", "for", "made");
    for key in app.encryption.keys().await? {
        let state = match (key.destroyed_at, key.retired_at, key.sealed_left) {
            _ if key.active => format!("in use, wrapped by {}", key.provider),
            (Some(at), ..) => format!("destroyed {at}"),
            (None, Some(at), _) => format!("retired {at}, to be destroyed"),
            (None, None, left) => {
                let left = left.unwrap_or_default();
                format!("being replaced, {left} values left")
            }
        };
        let made = key.created_at.to_string();
        println!("{:<8} {:<8} {made:<28} {state}", key.id, key.purpose);
    }
    app.db.close().await;
    Ok(())
}

/// Makes a new field key. The sealing is a job.
pub async fn rotate(config: Config) -> anyhow::Result<()> {
    let app = migrated(config).await?;
    let key = app.encryption.rotate(None).await?;
    app.db.close().await;
    println!("made the key {key}");
    println!(
        "the server seals everything with it in the background; carrel keys list tells how far it is"
    );
    Ok(())
}

/// Wraps all keys with the master key that `to` names.
pub async fn rewrap(config: Config, to: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        to.contains(':'),
        "name where the new master key is: file:PATH, env:NAME or kms:KEY?region=NAME"
    );
    let file = config.data_dir.join("master.key");
    let provider = crypto::provider(to, None, &file).context("the new master key can't be used")?;
    let app = migrated(config).await?;
    let count = app.encryption.rewrap(&*provider).await?;
    app.db.close().await;
    println!("wrapped {count} keys with {to}");
    println!("{}", next_step(to));
    println!("keep the old master key as long as backups from before today");
    Ok(())
}

fn next_step(to: &str) -> String {
    if let Some(path) = to.strip_prefix("file:") {
        return format!(
            "now set keys.provider (CARREL_KEYS) to {to}, or put {path} in the place of master.key, on every node, and restart them"
        );
    }
    if let Some(name) = to.strip_prefix("env:") {
        return format!(
            "now set master_key (CARREL_MASTER_KEY) to the value of {name} on every node, and restart them"
        );
    }
    format!("now set keys.provider (CARREL_KEYS) to {to} on every node, and restart them")
}
