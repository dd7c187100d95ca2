//! Follows a run from function to function and notes how the meter stands at each step.
//!
//! Between two looks at the meter exactly one function was running, and what it used is its own: the parts add up to the
//! whole to the unit.

use std::sync::Arc;

use crate::symbols::Symbols;

/// What a run's functions and host calls used, by call path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionProfile {
    /// A node for each call path, each after the one that it was called from. The first is the entrypoint.
    pub nodes: Vec<PathNode>,
    /// The functions' names.
    pub symbols: Arc<Symbols>,
}

/// One function or host function, called along one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathNode {
    /// What was called.
    pub callee: PathCallee,
    /// The node of the function that called it; `None` of the entrypoint.
    pub parent: Option<usize>,
    /// How often.
    pub calls: u64,
    /// Ink that it used itself. Of a host call that opened frames, what these used is still in it.
    pub ink: u64,
    /// Frames that the host call opened: their places among the frames directly below the program's.
    pub frames: Vec<usize>,
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathCallee {
    /// A function of the module, by index.
    Function(u32),
    /// A host function.
    Hostio(&'static str),
}

/// The profile of a run that goes on.
#[derive(Debug)]
pub(crate) struct Meter {
    nodes: Vec<PathNode>,
    /// Nodes called from each node.
    below: Vec<Vec<usize>>,
    /// Nodes of the functions that are running.
    running: Vec<usize>,
    /// Ink at the last look.
    mark: u64,
    /// Frames opened so far.
    frames: usize,
}

impl Meter {
    pub(crate) fn new(ink: u64) -> Self {
        Self {
            nodes: Vec::new(),
            below: Vec::new(),
            running: Vec::new(),
            mark: ink,
            frames: 0,
        }
    }

    /// A function begins.
    pub(crate) fn enter(&mut self, function: u32, ink: u64) {
        self.look(ink);
        let node = self.node(PathCallee::Function(function));
        self.running.push(node);
    }

    /// The function that runs returns.
    pub(crate) fn leave(&mut self, ink: u64) {
        self.look(ink);
        self.running.pop();
    }

    /// A host call came to an end after it opened `frames` frames.
    pub(crate) fn hostio(&mut self, name: &'static str, start_ink: u64, end_ink: u64, frames: usize) {
        self.look(start_ink);
        let node = self.node(PathCallee::Hostio(name));
        self.mark = end_ink;
        self.nodes[node].ink += start_ink.saturating_sub(end_ink);
        self.nodes[node].frames.extend(self.frames..self.frames + frames);
        self.frames += frames;
    }

    /// The run ends, with this ink left: what was lost last is the running function's.
    pub(crate) fn finish(mut self, ink_left: u64, symbols: Arc<Symbols>) -> FunctionProfile {
        self.look(ink_left);
        FunctionProfile {
            nodes: self.nodes,
            symbols,
        }
    }

    /// What is gone since the last look is the running function's.
    fn look(&mut self, ink: u64) {
        if let Some(running) = self.running.last() {
            self.nodes[*running].ink += self.mark.saturating_sub(ink);
        }
        self.mark = ink;
    }

    /// The node of `callee` below the running function.
    fn node(&mut self, callee: PathCallee) -> usize {
        let parent = self.running.last().copied();
        let known = parent.and_then(|parent| {
            let mut below = self.below[parent].iter().copied();
            below.find(|node| self.nodes[*node].callee == callee)
        });
        let node = known.unwrap_or_else(|| {
            self.nodes.push(PathNode {
                callee,
                parent,
                calls: 0,
                ink: 0,
                frames: Vec::new(),
            });
            self.below.push(Vec::new());
            let node = self.nodes.len() - 1;
            if let Some(parent) = parent {
                self.below[parent].push(node);
            }
            node
        });
        self.nodes[node].calls += 1;
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_parts_add_up_to_the_whole_and_paths_are_kept_apart() {
        let mut meter = Meter::new(1000);
        meter.enter(1, 1000);
        meter.enter(2, 900);
        meter.hostio("msg_sender", 850, 800, 0);
        meter.leave(790);
        meter.enter(2, 700);
        meter.enter(2, 690);
        meter.hostio("call_contract", 600, 100, 1);
        let profile = meter.finish(40, Arc::default());
        let found: Vec<_> = profile
            .nodes
            .iter()
            .map(|node| (node.callee, node.parent, node.calls, node.ink))
            .collect();
        let (function, hostio) = (PathCallee::Function, PathCallee::Hostio);
        assert_eq!(
            found,
            [
                (function(1), None, 1, 100 + 90),
                (function(2), Some(0), 2, 50 + 10 + 10),
                (hostio("msg_sender"), Some(1), 1, 50),
                (function(2), Some(1), 1, 90 + 60),
                (hostio("call_contract"), Some(3), 1, 500),
            ]
        );
        assert_eq!(profile.nodes.iter().map(|node| node.ink).sum::<u64>(), 960);
        assert_eq!(profile.nodes[4].frames, [0]);
    }
}
