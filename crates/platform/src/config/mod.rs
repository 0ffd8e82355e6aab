//! Configuration: `carrel.toml` < `CARREL_*` environment < command-line flags. Each value remembers where it came
//! from, so that `carrel doctor` can say.

mod keys;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use self::keys::{KEYS, Key};
use crate::db::DatabaseUrl;
use crate::telemetry::LogFormat;
use crate::web::TrustedProxies;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A configuration file.
    File(PathBuf),
    /// An environment variable.
    Environment(&'static str),
    /// A command-line flag.
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag => f.write_str("the command line"),
        }
    }
}

/// Why the configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{path} can't be read: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file sets something that does not exist.
    #[error("{path} sets {name}, which Carrel doesn't know")]
    Unknown {
        /// The file.
        path: String,
        /// The name.
        name: String,
    },
    /// A value is not what its setting takes.
    #[error("{name} (from {origin}) is {value:?}: {reason}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Where the value came from.
        origin: Origin,
        /// The value, or `…` for a secret.
        value: String,
        /// What it should be.
        reason: String,
    },
}

/// The configuration of a process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Directory of the database, files and master key.
    pub data_dir: PathBuf,
    /// Where to serve.
    pub listen: SocketAddr,
    /// The address people reach Carrel under, when it isn't `listen`.
    pub public_url: Option<String>,
    /// The database.
    pub database: DatabaseUrl,
    /// PostgreSQL connections of this node.
    pub database_connections: u32,
    /// The object store.
    pub objects: String,
    /// The master key in Base64; a key file in the data directory when absent.
    pub master_key: Option<String>,
    /// Who wraps the keys.
    pub keys: String,
    /// Days until values are sealed with a new key, 0 for never.
    pub keys_rotate_days: u32,
    /// Minutes a replaced key is kept after nothing is sealed with it.
    pub keys_grace_minutes: u32,
    /// Log filter.
    pub log_level: String,
    /// Log format.
    pub log_format: LogFormat,
    /// Background jobs at once on this node.
    pub worker_jobs: usize,
    /// Where `carrel worker` answers health and metrics.
    pub worker_listen: Option<SocketAddr>,
    /// Development mode.
    pub dev: bool,
    /// Tesseract languages.
    pub ocr_languages: String,
    /// Whether sign-up is open until an administrator changes it.
    pub sign_up_open: bool,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Requests a minute of an address that nobody is signed in for; 0 for no limit.
    pub per_address_per_minute: u32,
    /// Requests a minute of a person; 0 for no limit.
    pub per_person_per_minute: u32,
    /// The SMTP server that takes our mails.
    pub smtp_url: Option<String>,
    /// The sender of mails.
    pub mail_from: Option<String>,
    /// An OpenAI-compatible server: base URL (OpenAI's own when absent) and key.
    pub openai: Option<(Option<String>, Option<String>)>,
    /// An Anthropic-compatible server: base URL (Anthropic's own when absent) and key.
    pub anthropic: Option<(Option<String>, Option<String>)>,
    /// Where Ollama is looked for.
    pub ollama: Option<String>,
    /// Seconds a model may take to begin.
    pub model_first_event_seconds: u64,
    /// Seconds a model may pause.
    pub model_idle_seconds: u64,
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl Config {
    /// Puts the layers together. `file` must exist when given; `carrel.toml` in the working directory is read when
    /// it is there and no file is given.
    pub fn load(
        file: Option<&Path>,
        environment: impl Fn(&str) -> Option<String>,
        flags: &[(&'static str, String)],
    ) -> Result<Self, ConfigError> {
        let mut values = BTreeMap::new();
        let default_file = Path::new("carrel.toml");
        if let Some(path) = file.or(default_file.exists().then_some(default_file)) {
            read_file(path, &mut values)?;
        }
        for key in KEYS {
            if let Some(value) = environment(key.env).filter(|v| !v.is_empty()) {
                values.insert(key.name, (value, Origin::Environment(key.env)));
            }
        }
        for (name, value) in flags {
            values.insert(name, (value.clone(), Origin::Flag));
        }
        Self::from_values(values)
    }

    fn from_values(values: BTreeMap<&'static str, (String, Origin)>) -> Result<Self, ConfigError> {
        let text = |name| values.get(name).map(|(value, _)| value.clone());
        let data_dir = PathBuf::from(text("data_dir").unwrap_or_else(|| "carrel-data".into()));
        let within =
            |prefix: &str, name: &str| format!("{prefix}:{}", data_dir.join(name).display());
        let parse = Parse(&values);
        Ok(Self {
            listen: parse
                .value("listen", "give an address and port, such as 127.0.0.1:8080")?
                .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            public_url: text("public_url").map(|url| url.trim_end_matches('/').to_owned()),
            database: parse
                .value(
                    "database.url",
                    "a database URL begins with sqlite: or postgres://",
                )?
                .unwrap_or_else(|| DatabaseUrl::Sqlite(data_dir.join("carrel.db"))),
            database_connections: parse
                .value("database.connections", "give a number")?
                .unwrap_or(16),
            objects: text("objects.url").unwrap_or_else(|| within("file", "objects")),
            master_key: text("master_key"),
            keys: text("keys.provider").unwrap_or_else(|| "file".into()),
            keys_rotate_days: parse
                .value("keys.rotate_days", "give a number of days")?
                .unwrap_or(365),
            keys_grace_minutes: parse
                .value("keys.grace_minutes", "give a number of minutes")?
                .unwrap_or(60),
            log_level: text("log.level").unwrap_or_else(|| "info".into()),
            log_format: parse.choice(
                "log.format",
                &[
                    ("auto", LogFormat::Auto),
                    ("json", LogFormat::Json),
                    ("text", LogFormat::Text),
                ],
            )?,
            worker_jobs: parse.value("worker.jobs", "give a number")?.unwrap_or(4),
            worker_listen: parse.value(
                "worker.listen",
                "give an address and port, such as 127.0.0.1:9090",
            )?,
            dev: parse.value("dev", "give true or false")?.unwrap_or(false),
            ocr_languages: text("ocr.languages").unwrap_or_else(|| "eng".into()),
            sign_up_open: parse.choice("sign_up", &[("open", true), ("closed", false)])?,
            trusted_proxies: parse
                .value(
                    "trusted_proxies",
                    "give addresses and networks such as 127.0.0.1,10.0.0.0/8",
                )?
                .unwrap_or_default(),
            per_address_per_minute: parse
                .value("limits.per_address_per_minute", "give a number")?
                .unwrap_or(600),
            per_person_per_minute: parse
                .value("limits.per_person_per_minute", "give a number")?
                .unwrap_or(1200),
            smtp_url: text("mail.smtp_url"),
            mail_from: text("mail.from"),
            openai: (values.contains_key("openai.api_key")
                || values.contains_key("openai.base_url"))
            .then(|| (text("openai.base_url"), text("openai.api_key"))),
            anthropic: (values.contains_key("anthropic.api_key")
                || values.contains_key("anthropic.base_url"))
            .then(|| (text("anthropic.base_url"), text("anthropic.api_key"))),
            ollama: Some(
                text("ollama.base_url").unwrap_or_else(|| "http://127.0.0.1:11434".into()),
            )
            .filter(|url| url != "off"),
            model_first_event_seconds: parse
                .value("model.first_event_seconds", "give seconds")?
                .unwrap_or(60),
            model_idle_seconds: parse
                .value("model.idle_seconds", "give seconds")?
                .unwrap_or(60),
            data_dir,
            values,
        })
    }

    /// The address people reach Carrel under, without a slash at the end; links in mails begin with it.
    pub fn address(&self) -> String {
        self.public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", self.listen))
    }

    /// What is set and where it came from, secrets hidden, for `carrel doctor`.
    pub fn explain(&self) -> impl Iterator<Item = (&'static Key, Option<(String, &Origin)>)> {
        KEYS.iter().map(|key| {
            let set = self.values.get(key.name).map(|(value, origin)| {
                let shown = if key.secret {
                    "set".to_owned()
                } else {
                    value.clone()
                };
                (shown, origin)
            });
            (key, set)
        })
    }
}

struct Parse<'a>(&'a BTreeMap<&'static str, (String, Origin)>);

impl Parse<'_> {
    fn value<T: std::str::FromStr>(
        &self,
        name: &'static str,
        reason: &str,
    ) -> Result<Option<T>, ConfigError> {
        let Some((value, origin)) = self.0.get(name) else {
            return Ok(None);
        };
        let refused = || refuse(name, value, origin, reason);
        value.parse().map(Some).map_err(|_| refused())
    }

    /// One of the named choices; the first when nothing is set.
    fn choice<T: Copy>(&self, name: &'static str, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let Some((value, origin)) = self.0.get(name) else {
            return Ok(choices[0].1);
        };
        choices
            .iter()
            .find(|(choice, _)| choice == value)
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| {
                let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
                refuse(name, value, origin, &format!("give {}", names.join(" or ")))
            })
    }
}

fn refuse(name: &'static str, value: &str, origin: &Origin, reason: &str) -> ConfigError {
    let secret = KEYS.iter().any(|key| key.name == name && key.secret);
    ConfigError::Value {
        name,
        origin: origin.clone(),
        value: if secret {
            "…".into()
        } else {
            value.to_owned()
        },
        reason: reason.to_owned(),
    }
}

fn read_file(
    path: &Path,
    values: &mut BTreeMap<&'static str, (String, Origin)>,
) -> Result<(), ConfigError> {
    let failed = |reason: String| ConfigError::File {
        path: path.display().to_string(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|e| failed(e.to_string()))?;
    let table: toml::Table = text
        .parse()
        .map_err(|e: toml::de::Error| failed(e.to_string()))?;
    let mut flat = Vec::new();
    flatten("", &table, &mut flat);
    for (name, value) in flat {
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            return Err(ConfigError::Unknown {
                path: path.display().to_string(),
                name,
            });
        };
        values.insert(key.name, (value, Origin::File(path.to_owned())));
    }
    Ok(())
}

fn flatten(prefix: &str, table: &toml::Table, flat: &mut Vec<(String, String)>) {
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        match value {
            toml::Value::Table(table) => flatten(&format!("{name}."), table, flat),
            toml::Value::String(text) => flat.push((name, text.clone())),
            other => flat.push((name, other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_beats_the_environment_and_the_environment_beats_the_file() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let file = dir.path().join("carrel.toml");
        std::fs::write(
            &file,
            "listen = \"127.0.0.1:1\"\ndata_dir = \"/file\"\n[log]\nlevel = \"debug\"\n",
        )
        .expect("writes");
        let environment = |name: &str| match name {
            "CARREL_LISTEN" => Some("127.0.0.1:2".into()),
            "CARREL_DATA_DIR" => Some("/environment".into()),
            _ => None,
        };
        let flags = [("listen", "127.0.0.1:3".to_owned())];
        let config = Config::load(Some(&file), environment, &flags).expect("loads");
        assert_eq!(config.listen.port(), 3);
        assert_eq!(config.data_dir, Path::new("/environment"));
        assert_eq!(config.log_level, "debug");
        assert_eq!(
            config.database,
            DatabaseUrl::Sqlite("/environment/carrel.db".into())
        );
    }

    #[test]
    fn a_wrong_value_is_named_with_its_origin_and_a_secret_is_not_shown() {
        let environment =
            |name: &str| (name == "CARREL_DATABASE_URL").then(|| "mysql://u:pw@h/d".into());
        let error = Config::load(None, environment, &[]).expect_err("not a database of ours");
        let text = error.to_string();
        assert!(
            text.contains("CARREL_DATABASE_URL") && !text.contains("pw"),
            "{text}"
        );
    }
}
