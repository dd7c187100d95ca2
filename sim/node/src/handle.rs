//! Starting and stopping a node from Rust.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use mintage_chain::{Chain, ChainError, DumpError};
use tokio::sync::watch;

use crate::activity::Reporter;
use crate::calls;
use crate::config::NodeConfig;
use crate::dispatch::Service;
use crate::fork::{Fork, ForkError, Forked};
use crate::genesis;
use crate::node::{Node, unix_secs};
use crate::server;
use crate::wallet::{Account, MnemonicProblem, Wallet};
use crate::writer::{self, LONGEST_INTERVAL, MiningMode};

/// Programs call each other on the native stack of the thread that runs them.
const STACK_BYTES: usize = 16 << 20;

/// Why a node does not start, or did not stop as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The port is taken, or the host is none of this machine.
    #[error("cannot listen on {host}:{port}: {source}{}", hint(source))]
    Listen {
        /// As configured.
        host: String,
        /// As configured.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The accounts cannot be made.
    #[error(transparent)]
    Mnemonic(#[from] MnemonicProblem),
    /// A setting of the chain.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The chain to fork cannot be read, or is not the one that it was.
    #[error(transparent)]
    Fork(#[from] ForkError),
    /// The state file cannot be read or written.
    #[error("state file: {0}")]
    State(#[from] DumpError),
    /// Blocks cannot be made so often or so seldom.
    #[error("{} s from one block to the next; it must be above 0 and at most a year", .0.as_secs_f64())]
    BlockTime(Duration),
    /// A thread of the node broke off: a fault of the node. What it should have saved is not saved.
    #[error("the node failed inside: {0}; nothing was saved")]
    Failed(String),
    /// The state file holds a chain of another id than the one that is asked for.
    #[error(
        "state file: {} holds a chain with id {found}, not {wanted}; leave --chain-id away, or give another file",
        path.display()
    )]
    OtherChain {
        /// The file.
        path: PathBuf,
        /// The id of its chain.
        found: u64,
        /// As configured.
        wanted: u64,
    },
    /// The machine gives no threads.
    #[error("cannot start the threads of the node: {0}")]
    Threads(#[source] std::io::Error),
}

fn hint(source: &std::io::Error) -> &'static str {
    match source.kind() {
        std::io::ErrorKind::AddrInUse => "; another node may be running: stop it, or choose another --port",
        std::io::ErrorKind::PermissionDenied => "; ports below 1024 need rights, choose another --port",
        _ => "",
    }
}

/// A running node. It stops when this is dropped.
#[derive(Debug)]
pub struct NodeHandle {
    address: SocketAddr,
    accounts: Vec<Account>,
    chain_id: u64,
    fork: Option<Forked>,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<Result<(), NodeError>>>,
}

impl NodeHandle {
    /// A node with the defaults of [`NodeConfig`] on a free port of the loopback interface.
    ///
    /// # Errors
    /// [`NodeError::Listen`] and [`NodeError::Threads`], as the machine says.
    pub fn spawn() -> Result<Self, NodeError> {
        Self::start(NodeConfig {
            port: 0,
            ..NodeConfig::default()
        })
    }

    /// Starts a node. When it returns, requests are answered.
    ///
    /// # Errors
    /// [`NodeError`]: a setting that cannot be, a state file or a chain to fork that cannot be read, a port that is taken.
    pub fn start(mut config: NodeConfig) -> Result<Self, NodeError> {
        if let Some(time) = config
            .block_time
            .filter(|time| time.is_zero() || *time > LONGEST_INTERVAL)
        {
            return Err(NodeError::BlockTime(time));
        }
        let wallet = Wallet::new(&config.mnemonic, config.accounts)?;
        if config.still_clock {
            // Taken once: the chain and the node mean the same moment.
            config.genesis_ts.get_or_insert_with(unix_secs);
        }
        let still_ts = config.genesis_ts.filter(|_| config.still_clock);
        let (mut chain, fork) = genesis::start(&config, &wallet)?;
        chain.show_internal_transactions(config.internal_transactions);
        let accounts = wallet.accounts().to_vec();
        let chain_id = chain.chain_id();
        let forked = fork.as_deref().map(Fork::told);
        let reader = chain.reader().expect("the chain was built with an archive");

        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .worker_threads(calls::runtime_threads())
            .thread_name("node")
            .thread_stack_size(STACK_BYTES)
            .build()
            .map_err(NodeError::Threads)?;
        let listeners = runtime
            .block_on(server::bind(&config.host, config.port))
            .map_err(|source| NodeError::Listen {
                host: config.host.clone(),
                port: config.port,
                source,
            })?;
        let address = listeners[0].local_addr().map_err(NodeError::Threads)?;

        let (handle, queue) = writer::queue();
        let node = Arc::new(Node::new(
            reader,
            handle,
            wallet,
            config.limits,
            Reporter::new(config.activity.take()),
            fork.clone(),
            still_ts,
        ));
        let stopped = Arc::new(OnceLock::new());
        let mining = mining(&config);
        let state = config.state.clone();
        let at_end = move |chain: &mut Chain| {
            if let Some(fork) = fork {
                fork.save_cache();
            }
            state.map_or(Ok(()), |path| chain.dump(&path))
        };
        let (stop, stopping) = watch::channel(false);
        let writer = writer::start(
            queue,
            chain,
            Arc::clone(&node),
            mining,
            at_end,
            (stopping.clone(), Arc::clone(&stopped)),
        )
        .map_err(NodeError::Threads)?;

        let service = {
            let _inside = runtime.enter();
            Arc::new(Service::new(node))
        };
        let (limits, origin) = (config.limits, config.allow_origin.as_str().into());
        let server = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || {
                runtime.block_on(server::serve(listeners, service, limits, origin, stopping));
                // Executions that nobody waits for any more end by their gas, but not before the program does.
                runtime.shutdown_timeout(Duration::from_millis(100));
                let _ = stopped.set(());
                joined(writer)
            })
            .map_err(NodeError::Threads)?;
        Ok(Self {
            address,
            accounts,
            chain_id,
            fork: forked,
            stop,
            server: Some(server),
        })
    }

    /// Where the node listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://…` for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.reachable())
    }

    /// `ws://…` for clients.
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.reachable())
    }

    /// An address to connect to: a node that listens on all addresses is reached on the loopback one.
    fn reachable(&self) -> SocketAddr {
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        address
    }

    /// The accounts with their keys.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The chain's id.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The chain that this one is a fork of.
    pub fn fork(&self) -> Option<&Forked> {
        self.fork.as_ref()
    }

    /// Stops: requests that run are answered, no new ones are taken, the state file is written. Returns when the port is free
    /// again.
    ///
    /// # Errors
    /// [`NodeError::State`] if the file could not be written; the old one is whole then. [`NodeError::Failed`] if the node broke off.
    pub fn stop(mut self) -> Result<(), NodeError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), NodeError> {
        let Some(server) = self.server.take() else {
            return Ok(());
        };
        self.stop.send_replace(true);
        joined(server)
    }
}

impl Drop for NodeHandle {
    fn drop(&mut self) {
        // Who wants to know calls `stop`.
        let _ = self.end();
    }
}

/// What a thread comes to in the end; it may have panicked.
fn joined<E: Into<NodeError>>(thread: JoinHandle<Result<(), E>>) -> Result<(), NodeError> {
    match thread.join() {
        Ok(result) => result.map_err(Into::into),
        Err(panic) => {
            let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
            let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
            Err(NodeError::Failed(said.unwrap_or_else(|| "a panic".to_owned())))
        }
    }
}

fn mining(config: &NodeConfig) -> MiningMode {
    match (config.block_time, config.no_mining) {
        (Some(every), _) => MiningMode::Interval(every),
        (None, true) => MiningMode::Manual,
        (None, false) => MiningMode::Automatic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_a_thread_that_panicked_is_an_error() {
        let broken = std::thread::spawn(|| -> Result<(), DumpError> { panic!("out of {}", "order") });
        let error = joined(broken).unwrap_err();
        assert!(
            matches!(&error, NodeError::Failed(said) if said == "out of order"),
            "{error}"
        );
        let whole = std::thread::spawn(|| -> Result<(), DumpError> { Ok(()) });
        assert!(joined(whole).is_ok());
    }
}
