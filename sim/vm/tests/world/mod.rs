//! A small chain for tests: accounts, programs from the recorded modules, transactions.
#![allow(dead_code)]

use std::path::Path;

use mintage_vm::{
    ArbosVersion, StylusEngine, StylusEvm, code,
    evm::cfg_env,
    precompile::{ARB_WASM, ARB_WASM_CACHE, PRECOMPILE_CODE},
    state::{self, ARBOS_STATE_ADDRESS},
};
use revm::{
    Context, ExecuteCommitEvm, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, Journal, TxEnv, result::ExecutionResult},
    context_interface::ContextTr,
    database::{CacheDB, EmptyDB},
    primitives::{Address, Bytes, TxKind, U256, address, hex},
    state::AccountInfo,
};

pub(crate) type Db = CacheDB<EmptyDB>;
pub(crate) type Ctx = Context<BlockEnv, TxEnv, CfgEnv, Db, Journal<Db>, ()>;

pub(crate) const ALICE: Address = address!("1000000000000000000000000000000000000001");
pub(crate) const NOW_TS: u64 = 1_760_000_000;
pub(crate) const ETHER: u128 = 1_000_000_000_000_000_000;

pub(crate) struct World {
    pub(crate) evm: StylusEvm<Ctx>,
    pub(crate) gas_limit: u64,
    nonce: u64,
}

pub(crate) fn module(file: &str) -> Vec<u8> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/stylus/wasm");
    std::fs::read(dir.join(file)).expect("a recorded module")
}

impl World {
    pub(crate) fn new(arbos: ArbosVersion) -> Self {
        Self::with_engine(arbos, StylusEngine::new())
    }

    pub(crate) fn with_engine(arbos: ArbosVersion, engine: StylusEngine) -> Self {
        let mut db = Db::new(EmptyDB::new());
        db.insert_account_info(
            ALICE,
            AccountInfo {
                balance: U256::from(ETHER * 100),
                ..Default::default()
            },
        );
        db.insert_account_info(
            ARBOS_STATE_ADDRESS,
            AccountInfo {
                nonce: 1,
                ..Default::default()
            },
        );
        for (slot, value) in state::genesis_storage(arbos) {
            db.insert_account_storage(ARBOS_STATE_ADDRESS, slot, value)
                .unwrap();
        }
        for precompile in [ARB_WASM, ARB_WASM_CACHE] {
            let info = AccountInfo {
                nonce: 1,
                ..Default::default()
            };
            db.insert_account_info(precompile, info.with_code(Bytecode::new_legacy(PRECOMPILE_CODE)));
        }
        let block = BlockEnv {
            timestamp: U256::from(NOW_TS),
            gas_limit: 1 << 50,
            ..Default::default()
        };
        let ctx = Context::mainnet()
            .with_db(db)
            .with_cfg(cfg_env(arbos, 42161))
            .with_block(block);
        Self {
            evm: StylusEvm::new(ctx, arbos, engine),
            gas_limit: 30_000_000,
            nonce: 0,
        }
    }

    /// A world around an EVM; `nonce` is its user's next.
    pub(crate) fn of_evm(evm: StylusEvm<Ctx>, gas_limit: u64, nonce: u64) -> Self {
        Self {
            evm,
            gas_limit,
            nonce,
        }
    }

    pub(crate) fn next_nonce(&self) -> u64 {
        self.nonce
    }

    pub(crate) fn db(&mut self) -> &mut Db {
        self.evm.inner.ctx.db_mut()
    }

    /// Puts EVM bytecode at an address.
    pub(crate) fn put(&mut self, address: Address, code: &str) {
        let info = AccountInfo {
            nonce: 1,
            ..Default::default()
        };
        let code = Bytecode::new_legacy(hex::decode(code).unwrap().into());
        self.db().insert_account_info(address, info.with_code(code));
    }

    pub(crate) fn tx(&mut self, kind: TxKind, value: u128, data: Bytes) -> TxEnv {
        TxEnv::builder()
            .caller(ALICE)
            .chain_id(Some(42161))
            .nonce(self.nonce)
            .kind(kind)
            .value(U256::from(value))
            .data(data)
            .gas_limit(self.gas_limit)
            .build()
            .unwrap()
    }

    pub(crate) fn send(&mut self, kind: TxKind, value: u128, data: Bytes) -> ExecutionResult {
        let tx = self.tx(kind, value, data);
        let result = self.evm.transact_commit(tx).expect("a valid transaction");
        self.nonce += 1;
        result
    }

    pub(crate) fn call(&mut self, to: Address, data: impl Into<Bytes>) -> ExecutionResult {
        self.send(TxKind::Call(to), 0, data.into())
    }

    /// Deploys code by a transaction whose init code returns it.
    pub(crate) fn deploy(&mut self, code: &[u8]) -> ExecutionResult {
        let len = (code.len() as u16).to_be_bytes();
        let init = [
            &[0x61, len[0], len[1], 0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3][..],
            code,
        ]
        .concat();
        self.send(TxKind::Create, 0, init.into())
    }

    /// Calls ArbWasm.activateProgram.
    pub(crate) fn activate(&mut self, program: Address, value: u128) -> ExecutionResult {
        let data = [&hex!("58c780c2")[..], &program.into_word().0].concat();
        self.send(TxKind::Call(ARB_WASM), value, data.into())
    }

    /// A deployed and activated program.
    pub(crate) fn program(&mut self, file: &str) -> Address {
        self.program_of(&module(file))
    }

    pub(crate) fn program_of(&mut self, wasm: &[u8]) -> Address {
        let deployed = self.deploy(&code::encode(wasm));
        let program = deployed.created_address().expect("the code is accepted");
        let activated = self.activate(program, ETHER);
        assert!(activated.is_success(), "{activated:?}");
        program
    }
}

/// Script command: make a call (`kind` 0 call, 1 delegate, 2 static) with all gas, and put its status and data out.
pub(crate) fn script_call(kind: u8, to: Address, value: u64, data: &[u8]) -> Vec<u8> {
    script_call_with_gas(kind, to, value, u64::MAX >> 1, data)
}

pub(crate) fn script_call_with_gas(kind: u8, to: Address, value: u64, gas: u64, data: &[u8]) -> Vec<u8> {
    let mut script = vec![6, kind];
    script.extend(to.0.0);
    script.extend(U256::from(value).to_be_bytes::<32>());
    script.extend(gas.to_le_bytes());
    script.extend((data.len() as u16).to_le_bytes());
    script.extend(data);
    script
}

/// Script command: write a slot through the cache.
pub(crate) fn script_store(key: u64, value: u64) -> Vec<u8> {
    let mut script = vec![2];
    script.extend(U256::from(key).to_be_bytes::<32>());
    script.extend(U256::from(value).to_be_bytes::<32>());
    script.extend([3, 0]);
    script
}

/// EVM bytecode that passes its calldata after the first 20 bytes on to the address in those, by the opcode `call`
/// (0xf1 with the value, 0xf4, 0xfa), and returns or reverts with what comes back.
pub(crate) fn forwarder(call: u8) -> String {
    let value = if call == 0xf1 { "34" } else { "" };
    let head = format!("6014360360145f375f5f601436035f{value}5f3560601c5a{call:02x}3d5f5f3e");
    let target = head.len() / 2 + 3 + 3;
    format!("{head}60{target:02x}573d5ffd5b3d5ff3")
}
