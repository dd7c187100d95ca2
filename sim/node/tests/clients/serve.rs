//! The node that a client is run against.

use std::ops::Deref;

use mintage_node::{NodeConfig, NodeHandle};

/// A node on a free port; it stops with the test.
pub(crate) struct Served {
    node: NodeHandle,
}

impl Deref for Served {
    type Target = NodeHandle;

    fn deref(&self) -> &NodeHandle {
        &self.node
    }
}

/// A node with the usual chain id for a run of that name.
pub(crate) fn serve(name: &str) -> Served {
    serve_chain(name, 412_346)
}

/// A node with a chain id of its own for a run of that name.
pub(crate) fn serve_chain(_name: &str, chain_id: u64) -> Served {
    let config = NodeConfig {
        port: 0,
        chain_id: Some(chain_id),
        ..NodeConfig::default()
    };
    Served {
        node: NodeHandle::start(config).unwrap(),
    }
}
