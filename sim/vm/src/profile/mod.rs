//! Where the ink of a transaction went: which functions of which program, which host calls, which callees.
//!
//! Nothing is sampled. A profiled run executes a second form of the module, in which every function tells when it begins
//! and ends and how the meter stands; metered code is the same to the operator, so ink, gas and results are those of any other
//! run. [`StylusEvm::set_profile`](crate::StylusEvm::set_profile) turns it on; [`Profile::of_frame`] reads the call tree.

mod meter;

use std::collections::HashMap;

use revm::primitives::{Address, B256};

pub(crate) use meter::Meter;
pub use meter::{FunctionProfile, PathCallee, PathNode};

use crate::{
    arbos::StylusParams,
    trace::{Frame, FrameCode, FrameKind},
};

/// Ink by call path, over all frames of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Each after the one above it. The first is the frame that was asked for.
    pub nodes: Vec<Node>,
}

/// Something that used ink, along one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What.
    pub site: Site,
    /// The node above it, `None` of the first.
    pub parent: Option<usize>,
    /// How often it was called.
    pub calls: u64,
    /// Ink that it used itself, without what it called.
    pub self_ink: u64,
}

/// What uses ink.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Site {
    /// A call or deployment: of bytecode, what that used itself; of programs nothing, for all that is below.
    Frame {
        /// Whose code ran; `None` of a deployment that failed.
        to: Option<Address>,
        /// How the frame was opened.
        kind: FrameKind,
        /// What ran in it.
        code: FrameCode,
    },
    /// Entering a program: loading it, and its memory.
    Entry {
        /// Whether it counted as cached.
        cached: bool,
    },
    /// A function of a program.
    Function {
        /// Hash of the program's code.
        code_hash: B256,
        /// Index in the module.
        index: u32,
        /// Its name, or `func[12]`.
        name: String,
    },
    /// A host function.
    Hostio(&'static str),
    /// What a program's frame pays beyond its ink: rounding up to whole gas, the floor for returned data, and of a frame that
    /// broke off all that was left.
    Settlement,
}

/// What one site used over all its paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteCost {
    /// The site.
    pub site: Site,
    /// How often it was called.
    pub calls: u64,
    /// Ink that it used itself.
    pub self_ink: u64,
    /// With what it called; recursion is counted once.
    pub total_ink: u64,
}

impl Profile {
    /// The profile of a frame and all below it. Programs that ran without profile show their ink at the frame itself.
    pub fn of_frame(frame: &Frame) -> Self {
        let mut profile = Self::default();
        let price = ink_price(frame).unwrap_or(StylusParams::default().ink_price);
        profile.add_frame(frame, None, price);
        profile
    }

    /// Ink of the whole.
    pub fn total_ink(&self) -> u64 {
        self.nodes.iter().map(|node| node.self_ink).sum()
    }

    /// Ink of each node with all below it.
    pub fn totals(&self) -> Vec<u64> {
        let mut totals: Vec<u64> = self.nodes.iter().map(|node| node.self_ink).collect();
        for index in (0..self.nodes.len()).rev() {
            if let Some(parent) = self.nodes[index].parent {
                totals[parent] += totals[index];
            }
        }
        totals
    }

    /// What each site used over all its paths, the one that used most itself first.
    pub fn by_site(&self) -> Vec<SiteCost> {
        let totals = self.totals();
        let mut costs: Vec<SiteCost> = Vec::new();
        let mut places: HashMap<&Site, usize> = HashMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let place = *places.entry(&node.site).or_insert_with(|| {
                costs.push(SiteCost {
                    site: node.site.clone(),
                    calls: 0,
                    self_ink: 0,
                    total_ink: 0,
                });
                costs.len() - 1
            });
            costs[place].calls += node.calls;
            costs[place].self_ink += node.self_ink;
            if !self.is_below_itself(index) {
                costs[place].total_ink += totals[index];
            }
        }
        costs.sort_by_key(|cost| (std::cmp::Reverse((cost.self_ink, cost.total_ink)), cost.calls));
        costs
    }

    fn is_below_itself(&self, index: usize) -> bool {
        let site = &self.nodes[index].site;
        let above = std::iter::successors(self.nodes[index].parent, |above| self.nodes[*above].parent);
        above.into_iter().any(|above| self.nodes[above].site == *site)
    }

    /// The nodes of a path, outermost first.
    pub fn path(&self, index: usize) -> Vec<usize> {
        let mut path: Vec<usize> =
            std::iter::successors(Some(index), |above| self.nodes[*above].parent).collect();
        path.reverse();
        path
    }

    fn push(&mut self, site: Site, parent: Option<usize>, calls: u64, self_ink: u64) -> usize {
        self.nodes.push(Node {
            site,
            parent,
            calls,
            self_ink,
        });
        self.nodes.len() - 1
    }

    fn add_frame(&mut self, frame: &Frame, parent: Option<usize>, price: u32) {
        let site = Site::Frame {
            to: frame.to,
            kind: frame.kind,
            code: frame.code,
        };
        let whole = frame.gas_used.saturating_mul(price.into());
        let node = self.push(site, parent, 1, 0);
        let used_below = match frame
            .run
            .as_deref()
            .and_then(|run| Some((run, run.profile.as_deref()?)))
        {
            Some((run, functions)) => {
                let entry_gas = run.entry.map_or(0, |entry| entry.total);
                let cached = run.entry.is_some_and(|entry| entry.cached);
                let entry = entry_gas.saturating_mul(price.into());
                self.push(Site::Entry { cached }, Some(node), 1, entry);
                self.add_functions(frame, run.code_hash, functions, node, price);
                let settlement = whole.saturating_sub(entry + run.ink_in.saturating_sub(run.ink_left));
                self.push(Site::Settlement, Some(node), 1, settlement);
                whole
            }
            None => {
                for below in frame.children() {
                    self.add_frame(below, Some(node), price);
                }
                let below = frame.children().map(|below| below.gas_used).sum::<u64>();
                below.saturating_mul(price.into())
            }
        };
        self.nodes[node].self_ink = whole.saturating_sub(used_below);
    }

    fn add_functions(
        &mut self,
        frame: &Frame,
        code_hash: B256,
        functions: &FunctionProfile,
        parent: usize,
        price: u32,
    ) {
        let below: Vec<&Frame> = frame.children().collect();
        // Node of the profile for each path, which are in order: a path's own stands before those below it.
        let mut places: Vec<usize> = Vec::with_capacity(functions.nodes.len());
        for path in &functions.nodes {
            let site = match path.callee {
                PathCallee::Function(index) => Site::Function {
                    code_hash,
                    index,
                    name: functions.symbols.name(index),
                },
                PathCallee::Hostio(name) => Site::Hostio(name),
            };
            let above = path.parent.map_or(parent, |above| places[above]);
            let node = self.push(site, Some(above), path.calls, path.ink);
            places.push(node);
            for opened in path.frames.iter().filter_map(|place| below.get(*place)) {
                let used = opened.gas_used.saturating_mul(price.into());
                // A call whose price could not be paid takes what there is.
                let used = used.min(self.nodes[node].self_ink);
                self.nodes[node].self_ink -= used;
                self.add_frame_of(opened, node, price, used);
            }
        }
    }

    /// A callee's frame, for which its caller had `paid` to pay.
    fn add_frame_of(&mut self, frame: &Frame, parent: usize, price: u32, paid: u64) {
        let whole = frame.gas_used.saturating_mul(price.into());
        if paid == whole {
            self.add_frame(frame, Some(parent), price);
        } else {
            let site = Site::Frame {
                to: frame.to,
                kind: frame.kind,
                code: frame.code,
            };
            self.push(site, Some(parent), 1, paid);
        }
    }
}

/// Ink that a unit of gas buys: that of the first program that ran.
fn ink_price(frame: &Frame) -> Option<u32> {
    let own = frame.run.as_deref().map(|run| run.ink_price);
    own.filter(|price| *price > 0)
        .or_else(|| frame.children().find_map(ink_price))
}
