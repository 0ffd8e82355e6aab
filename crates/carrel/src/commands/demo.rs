//! `carrel demo`.

use carrel_accounts::{Error, RoleId};
use carrel_platform::config::Config;
use carrel_platform::crypto::random_token;

use super::migrated;

const PEOPLE: [(&str, &str); 2] = [
    ("ada@example.org", "Ada Okafor"),
    ("jonas@example.org", "Jonas Weiss"),
];

/// Makes sample people, each with sample documents and prompts. A server that runs on the same data reads the
/// files; otherwise the next one does.
pub async fn fill(config: Config) -> anyhow::Result<()> {
    let app = migrated(config).await?;
    for (email, name) in PEOPLE {
        // Known to nobody but whoever reads this line: sample people are people, their password must hold.
        let password = random_token();
        match app
            .accounts
            .create(email, name, &password, &[RoleId::STAFF])
            .await
        {
            Ok(user) => {
                let actor = app.accounts.acting_for(user).await?;
                let made = app.documents.seed_samples(&actor).await?;
                println!(
                    "{name}: {email}, password {password} ({} documents, {} prompts)",
                    made.documents, made.prompts
                );
            }
            Err(Error::EmailTaken) => println!("{name} is here already"),
            Err(error) => return Err(error.into()),
        }
    }
    println!("templates for everyone are there");
    app.db.close().await;
    Ok(())
}
