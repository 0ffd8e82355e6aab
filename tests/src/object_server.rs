//! A real S3-compatible server on a loopback port that checks every signature, with one empty bucket.

use hyper_util::rt::{TokioExecutor, TokioIo};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;

/// An S3 server that ends with the value.
pub struct ObjectServer {
    files: tempfile::TempDir,
    port: u16,
    serving: tokio::task::JoinHandle<()>,
}

const BUCKET: &str = "carrel";
const ACCESS_KEY: &str = "carrel-tests";
const SECRET_KEY: &str = "a-secret-for-tests-only";

impl ObjectServer {
    /// Starts one.
    pub async fn start() -> Self {
        let files = tempfile::tempdir().expect("a scratch directory");
        std::fs::create_dir(files.path().join(BUCKET)).expect("a bucket");
        let storage = s3s_fs::FileSystem::new(files.path()).expect("an object store on files");
        let mut service = S3ServiceBuilder::new(storage);
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = service.build();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let serving = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                connections.spawn(async move {
                    // A connection that breaks is the client's affair.
                    let _ = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        Self {
            files,
            port,
            serving,
        }
    }

    /// The `CARREL_OBJECTS_URL` of the bucket.
    pub fn url(&self) -> String {
        format!(
            "s3://{BUCKET}?endpoint=http://127.0.0.1:{}&region=us-east-1",
            self.port
        )
    }

    /// The credentials as the environment of a server.
    pub fn credentials(&self) -> [(&'static str, &'static str); 2] {
        [
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ]
    }

    /// `http://127.0.0.1:PORT`, which presigned addresses begin with.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The keys of all objects, in order.
    pub fn keys(&self) -> Vec<String> {
        fn walk(directory: &std::path::Path, root: &std::path::Path, keys: &mut Vec<String>) {
            for entry in std::fs::read_dir(directory)
                .expect("the bucket can be read")
                .flatten()
            {
                let path = entry.path();
                if path.is_dir() {
                    walk(&path, root, keys);
                } else if let Ok(key) = path.strip_prefix(root) {
                    keys.push(key.to_string_lossy().into_owned());
                }
            }
        }
        let bucket = self.files.path().join(BUCKET);
        let mut keys = Vec::new();
        walk(&bucket, &bucket, &mut keys);
        keys.sort();
        keys
    }
}

impl Drop for ObjectServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
