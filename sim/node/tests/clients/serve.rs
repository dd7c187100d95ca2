//! The node that a client is run against.

use std::ops::Deref;

use mintage_node::{NodeConfig, NodeHandle};

use crate::record::{self, Tee};

/// A node on a free port; it stops with the test. While requests are written anew it looks at no clock, and a tee stands before it.
pub(crate) struct Served {
    node: NodeHandle,
    tee: Option<Tee>,
    name: String,
}

impl Served {
    pub(crate) fn url(&self) -> String {
        self.at("http").unwrap_or_else(|| self.node.url())
    }

    pub(crate) fn ws_url(&self) -> String {
        self.at("ws").unwrap_or_else(|| self.node.ws_url())
    }

    fn at(&self, scheme: &str) -> Option<String> {
        let tee = self.tee.as_ref()?;
        Some(format!("{scheme}://{}", tee.address()))
    }
}

impl Deref for Served {
    type Target = NodeHandle;

    fn deref(&self) -> &NodeHandle {
        &self.node
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // What a failed run asked is not what should be kept.
        if let Some(tee) = self.tee.take()
            && !std::thread::panicking()
        {
            record::keep(&self.name, self.node.chain_id(), tee.sent());
        }
    }
}

/// A node with the usual chain id for a run of that name.
pub(crate) fn serve(name: &str) -> Served {
    serve_chain(name, 412_346)
}

/// A node with a chain id of its own for a run of that name.
pub(crate) fn serve_chain(name: &str, chain_id: u64) -> Served {
    let name = name.to_owned();
    if record::requests_wanted() {
        let node = record::still_node(chain_id);
        let tee = Some(Tee::before(node.address()));
        return Served { node, tee, name };
    }
    let config = NodeConfig {
        port: 0,
        chain_id: Some(chain_id),
        ..NodeConfig::default()
    };
    let node = NodeHandle::start(config).unwrap();
    Served {
        node,
        tee: None,
        name,
    }
}
