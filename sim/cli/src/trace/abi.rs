//! What is known of addresses and data: labels, and the ABIs of methods, events and errors.

use crate::build::Project;
use alloy_dyn_abi::{DynSolValue, ErrorExt, EventExt, FunctionExt, JsonAbiExt};
use alloy_json_abi::{Event, JsonAbi, Param};
use alloy_primitives::LogData;
use mintage_chain::{Address, Artifact, CONSTRUCTOR_SELECTOR, Chain, address, hex};
use std::{collections::BTreeMap, fs};

/// Names of addresses, and ABIs by address and at large.
pub(super) struct Names {
    labels: BTreeMap<Address, String>,
    /// ABI of each program on the chain.
    own: BTreeMap<Address, JsonAbi>,
    /// All others, tried in order.
    known: Vec<JsonAbi>,
}

/// The network's precompiles that a trace may meet.
const PRECOMPILES: [(Address, &str); 13] = [
    (address!("0000000000000000000000000000000000000001"), "ecrecover"),
    (address!("0000000000000000000000000000000000000002"), "sha256"),
    (address!("0000000000000000000000000000000000000003"), "ripemd160"),
    (address!("0000000000000000000000000000000000000004"), "identity"),
    (address!("0000000000000000000000000000000000000005"), "modexp"),
    (address!("0000000000000000000000000000000000000064"), "ArbSys"),
    (address!("0000000000000000000000000000000000000065"), "ArbInfo"),
    (address!("000000000000000000000000000000000000006c"), "ArbGasInfo"),
    (
        address!("000000000000000000000000000000000000006e"),
        "ArbRetryableTx",
    ),
    (address!("0000000000000000000000000000000000000070"), "ArbOwner"),
    (address!("0000000000000000000000000000000000000071"), "ArbWasm"),
    (
        address!("0000000000000000000000000000000000000072"),
        "ArbWasmCache",
    ),
    (
        address!("000000000000000000000000000000000000006b"),
        "ArbOwnerPublic",
    ),
];

impl Names {
    pub(super) fn new(
        chain: &Chain,
        programs: &BTreeMap<String, (Address, JsonAbi)>,
        extra: Vec<JsonAbi>,
        project: Option<&Project>,
        labels: &[String],
    ) -> miette::Result<Self> {
        let mut names = Self {
            labels: PRECOMPILES
                .iter()
                .map(|(address, name)| (*address, (*name).to_owned()))
                .collect(),
            own: BTreeMap::new(),
            known: extra,
        };
        names
            .labels
            .extend(chain.labels().map(|(address, name)| (address, name.to_owned())));
        for (address, abi) in programs.values() {
            names.own.insert(*address, abi.clone());
        }
        for label in labels {
            let parts = label
                .split_once('=')
                .and_then(|(address, name)| Some((address.parse().ok()?, name)));
            let (address, name) = parts.ok_or_else(|| {
                miette::miette!("--label {label} is not of the form ADDRESS=NAME, such as 0x12…=treasury")
            })?;
            names.labels.insert(address, name.to_owned());
        }
        if let Some(project) = project {
            names.known.extend(built(project));
        }
        Ok(names)
    }

    /// An address's name, or itself.
    pub(super) fn address(&self, address: Address) -> String {
        self.labels
            .get(&address)
            .cloned()
            .unwrap_or_else(|| address.to_checksum(None))
    }

    /// `transfer(to: bob, value: 5)` for a call of `to`.
    pub(super) fn call(&self, to: Address, data: &[u8]) -> Option<String> {
        let selector = data.get(..4)?;
        if selector == CONSTRUCTOR_SELECTOR
            && let Some(constructor) = self.own.get(&to).and_then(|abi| abi.constructor.as_ref())
        {
            let values = constructor.abi_decode_input(&data[4..]).ok()?;
            return Some(format!(
                "constructor({})",
                self.list(&constructor.inputs, &values)
            ));
        }
        self.abis(to).find_map(|abi| {
            let mut functions = abi.functions();
            let function = functions.find(|function| function.selector() == selector)?;
            let values = function.abi_decode_input(&data[4..]).ok()?;
            Some(format!(
                "{}({})",
                function.name,
                self.list(&function.inputs, &values)
            ))
        })
    }

    /// What a call returned, by the ABI of the method that was called.
    pub(super) fn output(&self, to: Address, data: &[u8], output: &[u8]) -> Option<String> {
        let selector = data.get(..4)?;
        self.abis(to).find_map(|abi| {
            let mut functions = abi.functions();
            let function = functions.find(|function| function.selector() == selector)?;
            let values = function.abi_decode_output(output).ok()?;
            (!values.is_empty()).then(|| self.list(&function.outputs, &values))
        })
    }

    /// The name and values of an error.
    pub(super) fn error(&self, to: Address, data: &[u8]) -> Option<String> {
        let selector = data.get(..4)?;
        let declared = self.abis(to).find_map(|abi| {
            let mut errors = abi.errors();
            let error = errors.find(|error| error.selector() == selector)?;
            let values = error.decode_error(data).ok()?.body;
            Some(format!("{}({})", error.name, self.list(&error.inputs, &values)))
        });
        declared.or_else(|| {
            use alloy_sol_types::{Panic, Revert, SolError};
            if let Ok(error) = Revert::abi_decode(data) {
                return Some(format!("{:?}", error.reason));
            }
            Panic::abi_decode(data).ok().map(|panic| panic.to_string())
        })
    }

    /// `Transfer(from: alice, to: bob, value: 5)`.
    pub(super) fn event(&self, emitter: Address, log: &LogData) -> Option<String> {
        self.abis(emitter).find_map(|abi| {
            abi.events().find_map(|event| {
                let matches = !event.anonymous && log.topics().first() == Some(&event.selector());
                let decoded = matches.then(|| event.decode_log(log).ok()).flatten()?;
                Some(format!(
                    "{}({})",
                    event.name,
                    self.event_values(event, decoded.indexed, decoded.body)
                ))
            })
        })
    }

    fn event_values(&self, event: &Event, indexed: Vec<DynSolValue>, body: Vec<DynSolValue>) -> String {
        let (mut indexed, mut body) = (indexed.into_iter(), body.into_iter());
        let values = event.inputs.iter().filter_map(|input| {
            let value = if input.indexed {
                indexed.next()
            } else {
                body.next()
            }?;
            Some(self.named(&input.name, &value))
        });
        values.collect::<Vec<_>>().join(", ")
    }

    fn abis(&self, address: Address) -> impl Iterator<Item = &JsonAbi> {
        self.own.get(&address).into_iter().chain(&self.known)
    }

    fn list(&self, params: &[Param], values: &[DynSolValue]) -> String {
        let values = params
            .iter()
            .zip(values)
            .map(|(param, value)| self.named(&param.name, value));
        values.collect::<Vec<_>>().join(", ")
    }

    fn named(&self, name: &str, value: &DynSolValue) -> String {
        match name {
            "" => self.value(value),
            name => format!("{name}: {}", self.value(value)),
        }
    }

    /// Numbers in decimal, addresses by name, bytes in hex.
    fn value(&self, value: &DynSolValue) -> String {
        let list = |values: &[DynSolValue]| {
            values
                .iter()
                .map(|value| self.value(value))
                .collect::<Vec<_>>()
                .join(", ")
        };
        match value {
            DynSolValue::Bool(value) => value.to_string(),
            DynSolValue::Int(value, _) => value.to_string(),
            DynSolValue::Uint(value, _) => value.to_string(),
            DynSolValue::FixedBytes(word, size) => hex::encode_prefixed(&word[..*size]),
            DynSolValue::Address(value) => self.address(*value),
            DynSolValue::Function(value) => hex::encode_prefixed(value),
            DynSolValue::Bytes(value) => hex::encode_prefixed(value),
            DynSolValue::String(value) => format!("{value:?}"),
            DynSolValue::Array(values) | DynSolValue::FixedArray(values) => format!("[{}]", list(values)),
            DynSolValue::Tuple(tuple) | DynSolValue::CustomStruct { tuple, .. } => {
                format!("({})", list(tuple))
            }
        }
    }
}

/// The ABIs of everything that is built in a project. A file that cannot be read only leaves names out.
fn built(project: &Project) -> Vec<JsonAbi> {
    let Ok(folder) = fs::read_dir(project.root.join("target/stylus")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = folder.flatten().map(|entry| entry.path()).collect();
    files.sort();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files
        .iter()
        .filter_map(|file| Some(Artifact::load(file).ok()?.abi))
        .collect()
}
