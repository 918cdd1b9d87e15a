//! The receiver's process, by whichever means it can be controlled.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use super::command;
use super::diary::Diary;
use super::error::ProcessError;
use super::launch::{Launch, Running};
use crate::shell::Signal;

/// How long a connection may take to show that somebody listens.
const CONNECT: Duration = Duration::from_secs(1);
/// How long a port may take to be free after its process was killed.
const RELEASE: Duration = Duration::from_secs(5);
/// How long a process that is no longer needed may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(5);

/// How the process is got at.
enum Means {
    /// The harness starts it.
    Spawned(Launch),
    /// The user's commands do.
    Commands { kill: String, restart: String },
}

/// Control over the receiver's process. Copies control the same one.
#[derive(Clone)]
pub struct ProcessControl(Arc<Inner>);

struct Inner {
    means: Means,
    addresses: Vec<SocketAddr>,
    wait: Duration,
    /// The process, where the harness started it.
    running: Mutex<Option<Running>>,
    diary: Diary,
}

/// How a receiver ended that was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// By itself, after this long.
    After(Duration, String),
    /// Not within the limit: it was killed.
    Never(Duration),
}

impl ProcessControl {
    /// Control over a receiver that the harness starts. `addresses` are where it listens, `wait` is
    /// how long it may take to do so.
    pub fn spawning(launch: Launch, addresses: Vec<SocketAddr>, wait: Duration) -> Self {
        Self::new(Means::Spawned(launch), addresses, wait)
    }

    /// Control by the user's shell commands; the receiver runs already.
    pub fn by_commands(
        kill: String,
        restart: String,
        addresses: Vec<SocketAddr>,
        wait: Duration,
    ) -> Self {
        Self::new(Means::Commands { kill, restart }, addresses, wait)
    }

    fn new(means: Means, addresses: Vec<SocketAddr>, wait: Duration) -> Self {
        Self(Arc::new(Inner {
            means,
            addresses,
            wait,
            running: Mutex::new(None),
            diary: Diary::new(),
        }))
    }

    /// Starts a receiver whose port is not known yet, and gives what follows `word` on the line
    /// that says so. `again` makes the command that starts it again and the addresses where it
    /// listens then.
    ///
    /// # Errors
    /// When it ends, or says nothing within `wait`.
    pub async fn announced(
        launch: &Launch,
        word: &str,
        wait: Duration,
        again: impl FnOnce(&str) -> Result<(Launch, Vec<SocketAddr>), ProcessError>,
    ) -> Result<(Self, String), ProcessError> {
        let mut running = launch.start()?;
        let tail = running.tail.clone();
        let said = tokio::select! {
            said = tail.line_after(word) => said,
            (status, _) = running.ended() => {
                return Err(ProcessError::Died { status, tail: tail.as_ending() });
            }
            () = sleep(wait) => {
                return Err(ProcessError::NeverListened { limit: wait, tail: tail.as_ending() });
            }
        };
        let (launch, addresses) = again(said.trim())?;
        let control = Self::spawning(launch, addresses, wait);
        control
            .0
            .diary
            .note(&format!("started, process {}", running.id));
        *control.0.running.lock().await = Some(running);
        Ok((control, said))
    }

    /// True when the process can be sent signals.
    pub fn takes_signals(&self) -> bool {
        cfg!(unix) && matches!(self.0.means, Means::Spawned(_))
    }

    /// What was done since this was last asked, one line each.
    pub fn take_diary(&self) -> Vec<String> {
        self.0.diary.take()
    }

    /// Starts the receiver and waits until it listens.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not listen in time.
    pub async fn start(&self) -> Result<(), ProcessError> {
        let began = Instant::now();
        let mut running = self.0.running.lock().await;
        match &self.0.means {
            Means::Spawned(launch) => {
                if self.somebody_listens().await {
                    return Err(ProcessError::Occupied);
                }
                *running = Some(launch.start()?);
            }
            Means::Commands { restart, .. } => {
                command::run("--restart", restart, self.0.wait).await?;
            }
        }
        let until = began + self.0.wait;
        loop {
            if self.somebody_listens().await {
                break;
            }
            if let Some(own) = running.as_mut()
                && let Some(died) = own.has_died().await
            {
                *running = None;
                return Err(died);
            }
            if Instant::now() >= until {
                let tail = running.take().map(|own| own.tail.as_ending());
                return Err(ProcessError::NeverListened {
                    limit: self.0.wait,
                    tail: tail.unwrap_or_default(),
                });
            }
            let quick = began.elapsed() < Duration::from_secs(1);
            sleep(Duration::from_millis(if quick { 4 } else { 50 })).await;
        }
        let took = began.elapsed().as_millis();
        let who = match running.as_ref() {
            Some(own) => format!("started, process {}", own.id),
            None => "--restart".to_owned(),
        };
        self.0
            .diary
            .note(&format!("{who}, listens after {took} ms"));
        Ok(())
    }

    /// Kills the receiver with SIGKILL, or by the user's command, and waits until nobody listens.
    /// Gives the moment of the kill.
    ///
    /// # Errors
    /// When the command fails, or somebody still listens.
    pub async fn kill(&self) -> Result<Instant, ProcessError> {
        let mut running = self.0.running.lock().await;
        let mut at = Instant::now();
        match (&self.0.means, running.as_mut()) {
            (Means::Spawned(_), Some(own)) => {
                own.signal(Signal::Kill);
                let (status, _) = own.ended().await;
                self.0
                    .diary
                    .note(&format!("SIGKILL to process {}: {status}", own.id));
                *running = None;
            }
            (Means::Spawned(_), None) => {}
            (Means::Commands { kill, .. }, _) => {
                command::run("--kill", kill, self.0.wait).await?;
                // When within the command it happened is not known: at its end it has.
                at = Instant::now();
                self.0.diary.note("--kill");
            }
        }
        self.port_is_free().await?;
        Ok(at)
    }

    /// Asks the receiver to end with SIGTERM, and kills it when it has not within `limit`.
    ///
    /// # Errors
    /// When there is no process to signal, or somebody still listens afterwards.
    pub async fn terminate(&self, limit: Duration) -> Result<Exit, ProcessError> {
        let mut running = self.0.running.lock().await;
        let own = running.as_mut().ok_or(ProcessError::NoSignal("SIGTERM"))?;
        let began = Instant::now();
        own.signal(Signal::Terminate);
        let exit = match timeout(limit, own.ended()).await {
            Ok((status, left_any)) => {
                let left = if left_any {
                    "; processes it had started were killed"
                } else {
                    ""
                };
                self.0.diary.note(&format!(
                    "SIGTERM to process {}: {status} after {} ms{left}",
                    own.id,
                    began.elapsed().as_millis()
                ));
                Exit::After(began.elapsed(), status)
            }
            Err(_) => {
                own.signal(Signal::Kill);
                own.ended().await;
                self.0.diary.note(&format!(
                    "SIGTERM to process {}: no end within {limit:?}, then SIGKILL",
                    own.id
                ));
                Exit::Never(limit)
            }
        };
        *running = None;
        self.port_is_free().await?;
        Ok(exit)
    }

    /// Halts the receiver with SIGSTOP.
    ///
    /// # Errors
    /// When there is no process to signal.
    pub async fn stop(&self) -> Result<(), ProcessError> {
        self.send(Signal::Stop, "SIGSTOP").await
    }

    /// Lets it go on with SIGCONT.
    ///
    /// # Errors
    /// When there is no process to signal.
    pub async fn resume(&self) -> Result<(), ProcessError> {
        self.send(Signal::Continue, "SIGCONT").await
    }

    async fn send(&self, signal: Signal, name: &'static str) -> Result<(), ProcessError> {
        let running = self.0.running.lock().await;
        let own = running.as_ref().ok_or(ProcessError::NoSignal(name))?;
        own.signal(signal);
        self.0.diary.note(&format!("{name} to process {}", own.id));
        Ok(())
    }

    /// Ends a receiver that the harness started, with everything that it started: a user's is asked
    /// first. One that runs by itself is left alone.
    pub async fn end(&self) {
        let mut running = self.0.running.lock().await;
        let is_polite = matches!(&self.0.means, Means::Spawned(launch) if !launch.holds_input());
        if let Some(own) = running.as_mut().filter(|_| is_polite) {
            // A halted process would not hear the request.
            own.signal(Signal::Continue);
            own.signal(Signal::Terminate);
            let _ = timeout(FAREWELL, own.ended()).await;
        }
        *running = None;
    }

    async fn port_is_free(&self) -> Result<(), ProcessError> {
        let began = Instant::now();
        // Growing, as connections that nobody accepts fill the queue of whoever still listens.
        let mut pause = Duration::from_millis(4);
        while self.somebody_listens().await {
            if began.elapsed() >= RELEASE {
                return Err(ProcessError::StillListening);
            }
            sleep(pause).await;
            pause = (pause * 3 / 2).min(Duration::from_millis(250));
        }
        Ok(())
    }

    async fn somebody_listens(&self) -> bool {
        for address in &self.0.addresses {
            if matches!(
                timeout(CONNECT, TcpStream::connect(address)).await,
                Ok(Ok(_))
            ) {
                return true;
            }
        }
        false
    }
}
