//! Every method of the node by name, and where it runs. The table of the README is held to this one by a test.

mod activation;
mod arb;
mod block;
mod call;
mod debug;
mod dev;
pub(crate) mod failure;
mod filter;
mod log;
mod net;
mod node_interface;
mod pool;
mod proof;
mod send;
mod sign;
mod state;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::node::Node;
use crate::rpc::{Answer, Params, RpcError};
use crate::subscribe::Subscriptions;
use crate::writer::Writer;

type Read = fn(&Node, &Params) -> Answer;
/// What remains to be done on the chain's thread.
pub(crate) type Submission = Box<dyn FnOnce(&mut Writer) -> Answer + Send>;

/// A method, by where it runs.
pub(crate) enum Run {
    /// Looks something up: at once.
    Quick(Read),
    /// Executes code with gas as its bound: mostly once.
    Brief(Read),
    /// Executes code several times.
    Call(Read),
    /// May take seconds: beside everything else.
    Long(Read),
    /// Changes the chain: on its thread, in turn.
    Write(fn(&mut Writer, &Params) -> Answer),
    /// Changes the chain after work that needs only its readers (signatures, estimates), which is done as that of
    /// [`Run::Brief`], though an estimate executes code several times.
    Submit(fn(&Node, &Params) -> Result<Submission, RpcError>),
    /// Only over a WebSocket.
    Socket(fn(&Node, &Arc<Subscriptions>, &Params) -> Answer),
}

impl Run {
    pub(crate) fn may_take_long(&self) -> bool {
        matches!(self, Self::Brief(_) | Self::Call(_) | Self::Long(_))
    }
}

/// The tables of all files here.
const TABLES: &[&[(&str, Run)]] = &[
    net::METHODS,
    block::METHODS,
    state::METHODS,
    proof::METHODS,
    call::METHODS,
    send::METHODS,
    sign::METHODS,
    pool::METHODS,
    log::METHODS,
    filter::METHODS,
    debug::METHODS,
    dev::METHODS,
    arb::METHODS,
];

static BY_NAME: LazyLock<HashMap<&'static str, &'static Run>> = LazyLock::new(|| {
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .map(|(name, run)| (*name, run))
        .collect()
});

/// The method of this name.
pub(crate) fn find(name: &str) -> Option<&'static Run> {
    BY_NAME.get(name).copied()
}

/// The names of all methods, in the order of the tables.
pub fn names() -> Vec<&'static str> {
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .map(|(name, _)| *name)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_no_method_stands_twice() {
        let all = names();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(all.len(), once.len());
    }
}
