//! Every setting an operator can configure, as `carrel doctor` and the file, the environment and flags know it.

/// One setting that can be configured.
pub struct Key {
    /// Dotted name in `carrel.toml`.
    pub name: &'static str,
    /// Environment variable.
    pub env: &'static str,
    /// What it does, and its default.
    pub help: &'static str,
    /// Whether its value must not be shown.
    pub secret: bool,
}

const fn key(name: &'static str, env: &'static str, help: &'static str) -> Key {
    Key {
        name,
        env,
        help,
        secret: false,
    }
}

const fn secret(name: &'static str, env: &'static str, help: &'static str) -> Key {
    Key {
        name,
        env,
        help,
        secret: true,
    }
}

/// Every setting.
pub const KEYS: &[Key] = &[
    key(
        "data_dir",
        "CARREL_DATA_DIR",
        "directory of the database, files and master key; ./carrel-data",
    ),
    key(
        "listen",
        "CARREL_LISTEN",
        "address and port to serve on; 127.0.0.1:8080",
    ),
    key(
        "public_url",
        "CARREL_PUBLIC_URL",
        "the address people reach Carrel under; from `listen`",
    ),
    secret(
        "database.url",
        "CARREL_DATABASE_URL",
        "sqlite:PATH or postgres://…; a SQLite file in the data directory",
    ),
    key(
        "database.connections",
        "CARREL_DATABASE_CONNECTIONS",
        "PostgreSQL connections of this node; 16",
    ),
    key(
        "objects.url",
        "CARREL_OBJECTS_URL",
        "file:DIR or s3://BUCKET?endpoint=…&region=…; a directory in the data directory",
    ),
    secret(
        "master_key",
        "CARREL_MASTER_KEY",
        "32 bytes in base64; a key file made in the data directory",
    ),
    key(
        "keys.provider",
        "CARREL_KEYS",
        "who wraps the keys: file (the master key), or kms:KEY?region=NAME for AWS KMS; file",
    ),
    key(
        "keys.rotate_days",
        "CARREL_KEYS_ROTATE_DAYS",
        "days until personal data and secrets are sealed with a new key, 0 for never; 365",
    ),
    key(
        "keys.grace_minutes",
        "CARREL_KEYS_GRACE_MINUTES",
        "how long a replaced key is kept after nothing is sealed with it; 60",
    ),
    key(
        "log.level",
        "CARREL_LOG",
        "log filter, such as info or carrel=debug; info",
    ),
    key(
        "log.format",
        "CARREL_LOG_FORMAT",
        "json, text or auto; auto",
    ),
    key(
        "worker.jobs",
        "CARREL_WORKER_JOBS",
        "background jobs at once on this node, 0 for none; 4",
    ),
    key(
        "worker.listen",
        "CARREL_WORKER_LISTEN",
        "where carrel worker answers health and metrics; nowhere",
    ),
    key(
        "dev",
        "CARREL_DEV",
        "development mode: routes that fill test data; false",
    ),
    key(
        "ocr.languages",
        "CARREL_OCR_LANGUAGES",
        "Tesseract languages, such as eng+deu; eng",
    ),
    key(
        "openai.base_url",
        "CARREL_OPENAI_BASE_URL",
        "an OpenAI-compatible server, with /v1; OpenAI's own when only the key is set",
    ),
    secret("openai.api_key", "CARREL_OPENAI_API_KEY", "its key"),
    key(
        "anthropic.base_url",
        "CARREL_ANTHROPIC_BASE_URL",
        "an Anthropic-compatible server; Anthropic's own when only the key is set",
    ),
    secret("anthropic.api_key", "CARREL_ANTHROPIC_API_KEY", "its key"),
    key(
        "ollama.base_url",
        "CARREL_OLLAMA_BASE_URL",
        "where Ollama is looked for, or off; http://127.0.0.1:11434",
    ),
    key(
        "sign_up",
        "CARREL_SIGN_UP",
        "open or closed, until an administrator changes it; open",
    ),
    key(
        "trusted_proxies",
        "CARREL_TRUSTED_PROXIES",
        "addresses and networks whose X-Forwarded-For is believed, such as 127.0.0.1,10.0.0.0/8; none",
    ),
    key(
        "limits.per_address_per_minute",
        "CARREL_LIMITS_PER_ADDRESS_PER_MINUTE",
        "requests of an address (a /64 of IPv6) that nobody is signed in for, on this node, 0 for no limit; 600",
    ),
    key(
        "limits.per_person_per_minute",
        "CARREL_LIMITS_PER_PERSON_PER_MINUTE",
        "requests of a person on this node, 0 for no limit; 1200",
    ),
    secret(
        "mail.smtp_url",
        "CARREL_SMTP_URL",
        "smtp://USER:PASSWORD@HOST:PORT (STARTTLS) or smtps://…; without it mails wait in the outbox",
    ),
    key(
        "mail.from",
        "CARREL_MAIL_FROM",
        "sender of mails, such as Carrel <carrel@example.org>; needed with an SMTP server",
    ),
    key(
        "model.first_event_seconds",
        "CARREL_MODEL_FIRST_EVENT_SECONDS",
        "how long a model may take to begin; 60",
    ),
    key(
        "model.idle_seconds",
        "CARREL_MODEL_IDLE_SECONDS",
        "how long a model may pause; 60",
    ),
];
