//! Starting and stopping a node from Rust.

use std::net::SocketAddr;
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
use crate::writer::{self, MiningMode};

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
    server: Option<JoinHandle<Result<(), DumpError>>>,
}

impl NodeHandle {
    /// A node with the defaults of [`NodeConfig`] on a free port of the loopback interface.
    pub fn spawn() -> Result<Self, NodeError> {
        Self::start(NodeConfig {
            port: 0,
            ..NodeConfig::default()
        })
    }

    /// Starts a node. When it returns, requests are answered.
    pub fn start(mut config: NodeConfig) -> Result<Self, NodeError> {
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
        let writer = writer::start(
            queue,
            chain,
            Arc::clone(&node),
            mining,
            at_end,
            Arc::clone(&stopped),
        )
        .map_err(NodeError::Threads)?;

        let (stop, stopping) = watch::channel(false);
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
                // A writer that panicked has been reported, and left nothing to save.
                writer.join().unwrap_or(Ok(()))
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
    /// [`NodeError::State`] if the file could not be written; the old one is whole then.
    pub fn stop(mut self) -> Result<(), NodeError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), NodeError> {
        let Some(server) = self.server.take() else {
            return Ok(());
        };
        self.stop.send_replace(true);
        Ok(server.join().unwrap_or(Ok(()))?)
    }
}

impl Drop for NodeHandle {
    fn drop(&mut self) {
        // Who wants to know calls `stop`.
        let _ = self.end();
    }
}

fn mining(config: &NodeConfig) -> MiningMode {
    match (config.block_time, config.no_mining) {
        (Some(every), _) => MiningMode::Interval(every),
        (None, true) => MiningMode::Manual,
        (None, false) => MiningMode::Automatic,
    }
}
