//! Containers on the host's network: started by image name, asked, killed. One that is dropped is removed, even when
//! its test panics.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use futures_util::StreamExt;
use testcontainers::bollard::errors::Error;
use testcontainers::core::client::docker_client_instance;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};
use tokio::time::{sleep, timeout};

/// How long anything about a container may take, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two questions to something that tells nobody when it changes.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct Container(ContainerAsync<GenericImage>);

/// The image that the variable names, or else this one, on the host's network.
pub(crate) fn request(variable: &str, default: &str) -> ContainerRequest<GenericImage> {
    let image = std::env::var(variable).unwrap_or_else(|_| default.to_owned());
    // A colon before a slash belongs to the registry's port, one behind an `@` to a digest.
    let (name, tag) = image
        .rsplit_once(':')
        .filter(|(_, tag)| !tag.contains('/'))
        .unwrap_or((&image, "latest"));
    GenericImage::new(name, tag).with_network("host")
}

/// A loopback address with a port that nobody has at the moment. Another process might take it before the container
/// does; the container then ends, and its test with it.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

impl Container {
    /// Starts it and waits until `is_ready` holds.
    pub(crate) async fn start(
        request: ContainerRequest<GenericImage>,
        is_ready: impl AsyncFn() -> bool,
    ) -> Self {
        let container = Self(request.start().await.unwrap());
        container.until("ready", is_ready).await;
        container
    }

    /// Waits until a condition holds while the container runs.
    pub(crate) async fn until(&self, what: &str, condition: impl AsyncFn() -> bool) {
        let wait = async {
            while !condition().await {
                if !self.0.is_running().await.unwrap() {
                    return false;
                }
                sleep(PAUSE).await;
            }
            true
        };
        if timeout(PATIENCE, wait).await != Ok(true) {
            panic!("{:?} never {what}:\n{}", self.0.image(), self.log().await);
        }
    }

    async fn log(&self) -> String {
        let stdout = self.0.stdout_to_vec().await.unwrap();
        let stderr = self.0.stderr_to_vec().await.unwrap();
        String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()
    }

    /// What the engine's own health checks have found.
    pub(crate) async fn is_healthy(&self) -> bool {
        let engine = docker_client_instance().await.unwrap();
        let found = engine.inspect_container(self.0.id(), None).await.unwrap();
        let health = found.state.and_then(|state| state.health);
        let status = health.expect("the image has a health check").status;
        status.is_some_and(|status| status.as_ref() == "healthy")
    }

    /// The user that each of its processes runs as.
    pub(crate) async fn users(&self) -> Vec<String> {
        let engine = docker_client_instance().await.unwrap();
        let top = engine.top_processes(self.0.id(), None).await.unwrap();
        let processes = top.processes.unwrap_or_default();
        processes.into_iter().map(|row| row[0].clone()).collect()
    }

    /// SIGKILL. Returns the exit code when the process is gone.
    pub(crate) async fn kill(&self) -> i64 {
        let engine = docker_client_instance().await.unwrap();
        engine.kill_container(self.0.id(), None).await.unwrap();
        let mut ends = Box::pin(engine.wait_container(self.0.id(), None));
        match timeout(PATIENCE, ends.next()).await.unwrap().unwrap() {
            Ok(end) => end.status_code,
            Err(Error::DockerContainerWaitError { code, .. }) => code,
            Err(error) => panic!("{error}"),
        }
    }
}
