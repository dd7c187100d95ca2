//! A program deployed without its constructor, and whether it reacts to calldata.

use alloy_dyn_abi::{DynSolType, DynSolValue, JsonAbiExt, Specifier};
use alloy_json_abi::Function;
use mintage_chain::{Address, Artifact, Chain, U256};

/// The first four bytes of calldata.
pub(crate) type Selector = [u8; 4];

/// Host calls that a router makes before it knows the function, or to refuse. All others mean that a function ran.
const ROUTING: [&str; 9] = [
    "user_entrypoint",
    "user_returned",
    "msg_reentrant",
    "pay_for_memory_grow",
    "read_args",
    "msg_value",
    "write_result",
    "storage_flush_cache",
    "exit_early",
];

pub(crate) struct Program {
    pub(crate) name: String,
    pub(crate) artifact: Artifact,
    chain: Chain,
    address: Address,
}

impl Program {
    /// The built program `name`, its constructor not run: what it answers does not hang on its state.
    pub(crate) fn deployed(name: &str) -> Self {
        let artifact = mintage_tests::artifact(name);
        let mut bare = artifact.clone();
        bare.abi.constructor = None;
        let mut chain = Chain::builder()
            .history(0)
            .build()
            .expect("the defaults are valid");
        let address = chain
            .deploy(&bare)
            .send()
            .expect("the network takes what `mintage build` made")
            .address;
        Self {
            name: name.to_owned(),
            artifact,
            chain,
            address,
        }
    }

    /// Every function of the ABI with calldata in which all values are zero or empty.
    pub(crate) fn functions(&self) -> Vec<(Function, Vec<u8>)> {
        let encode = |function: &Function| {
            let zeros: Vec<_> = function
                .inputs
                .iter()
                .map(|input| zero(&input.resolve().expect("solc's types")))
                .collect();
            let calldata = function
                .abi_encode_input(&zeros)
                .expect("zeros of the right types");
            (function.clone(), calldata)
        };
        self.artifact.abi.functions().map(encode).collect()
    }

    /// Whether a function runs: success, data in the answer, or any host call beyond routing.
    pub(crate) fn reacts(&mut self, calldata: &[u8]) -> bool {
        self.reacts_to_value(calldata, U256::ZERO)
    }

    /// [`Self::reacts`] to a call that carries wei.
    pub(crate) fn reacts_to_value(&mut self, calldata: &[u8], wei: U256) -> bool {
        let before = self.chain.snapshot();
        let from = self.chain.dev_account(0);
        let receipt = self
            .chain
            .tx(from, self.address)
            .value(wei)
            .data(calldata.to_vec())
            .traced()
            .include()
            .expect("a funded account can always send");
        self.chain.revert_to(before).expect("just taken");
        self.chain.release(before).expect("just used");
        let trace = receipt.trace.as_ref().expect("traced");
        receipt.is_success()
            || !receipt.output.is_empty()
            || trace.hostios().any(|(_, hostio)| !ROUTING.contains(&hostio.name))
    }
}

fn zero(ty: &DynSolType) -> DynSolValue {
    match ty {
        DynSolType::Bool => DynSolValue::Bool(false),
        DynSolType::Int(bits) => DynSolValue::Int(Default::default(), *bits),
        DynSolType::Uint(bits) => DynSolValue::Uint(U256::ZERO, *bits),
        DynSolType::FixedBytes(size) => DynSolValue::FixedBytes(Default::default(), *size),
        DynSolType::Address => DynSolValue::Address(Address::ZERO),
        DynSolType::Function => DynSolValue::Function(Default::default()),
        DynSolType::Bytes => DynSolValue::Bytes(Vec::new()),
        DynSolType::String => DynSolValue::String(String::new()),
        DynSolType::Array(_) => DynSolValue::Array(Vec::new()),
        DynSolType::FixedArray(inner, size) => DynSolValue::FixedArray(vec![zero(inner); *size]),
        DynSolType::Tuple(types) | DynSolType::CustomStruct { tuple: types, .. } => {
            DynSolValue::Tuple(types.iter().map(zero).collect())
        }
    }
}
