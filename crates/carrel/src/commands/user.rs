//! `carrel user`.

use anyhow::Context;
use carrel_platform::config::Config;

use super::migrated;

/// Makes an account with the password on the first line of standard input.
pub async fn create(
    config: Config,
    email: &str,
    name: Option<&str>,
    role: &str,
    password_stdin: bool,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        password_stdin,
        "give --password-stdin and the password on standard input, so that it shows in no list of processes"
    );
    let mut password = String::new();
    std::io::stdin()
        .read_line(&mut password)
        .context("the password can't be read")?;
    let password = password.trim_end_matches(['\r', '\n']);
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or(email));
    let app = migrated(config).await?;
    let Some(id) = app.accounts.role_named(role).await? else {
        anyhow::bail!("there is no role {role}; administrator and staff are there in any case");
    };
    app.accounts.create(email, name, password, &[id]).await?;
    app.db.close().await;
    println!("made the {role} {email}");
    Ok(())
}
