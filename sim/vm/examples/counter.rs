//! A Stylus counter, called by a Solidity contract, on a revm of one's own: `cargo run -p mintage-vm --example counter`
//!
//! The counter's source is `counter/counter.wat`. The caller's is `counter/Twice.sol`, its init code `counter/twice.hex`.

use mintage_vm::{ArbosVersion, StylusEngine, StylusEvm, code, evm::cfg_env, precompile::ARB_WASM, state};
use revm::{
    Context, ExecuteCommitEvm, MainContext,
    context::{BlockEnv, TxEnv, result::ExecutionResult},
    database::{CacheDB, EmptyDB},
    primitives::{Address, Bytes, TxKind, U256, address, hex},
    state::AccountInfo,
};

type Error = Box<dyn std::error::Error>;

const ALICE: Address = address!("000000000000000000000000000000000000a11c");
/// `activateProgram(address)` and `count(address)`.
const ACTIVATE: [u8; 4] = hex!("58c780c2");
const COUNT: [u8; 4] = hex!("05d85eda");

fn main() -> Result<(), Error> {
    // A database as any other, with what ArbOS keeps of Stylus in it.
    let arbos = ArbosVersion::default();
    let mut db = CacheDB::new(EmptyDB::new());
    db.insert_account_info(state::ARBOS_STATE_ADDRESS, AccountInfo::default().with_nonce(1));
    for (slot, value) in state::genesis_storage(arbos) {
        db.insert_account_storage(state::ARBOS_STATE_ADDRESS, slot, value)?;
    }
    db.insert_account_info(
        ALICE,
        AccountInfo::from_balance(U256::from(10).pow(U256::from(18))),
    );

    // revm's own context, with the rules of the ArbOS version. The engine keeps compiled programs: share one.
    let now = BlockEnv {
        timestamp: U256::from(1_800_000_000),
        ..BlockEnv::default()
    };
    let ctx = Context::mainnet()
        .with_db(db)
        .with_cfg(cfg_env(arbos, 42161))
        .with_block(now);
    let mut evm = StylusEvm::new(ctx, arbos, StylusEngine::new());
    let mut nonce = 0;
    let mut send = |kind: TxKind, wei: u64, data: Bytes| -> Result<ExecutionResult, Error> {
        let tx = TxEnv {
            caller: ALICE,
            kind,
            value: U256::from(wei),
            data,
            nonce,
            ..transaction()
        };
        nonce += 1;
        Ok(evm.transact_commit(tx)?)
    };

    // A program is deployed as code that begins with EFF000, and activated once; what is paid too much comes back.
    let program = code::encode(&wat::parse_str(include_str!("counter/counter.wat"))?);
    let counter = send(TxKind::Create, 0, init_code(&program))?
        .created_address()
        .ok_or("refused")?;
    send(TxKind::Call(ARB_WASM), 10_u64.pow(17), call(ACTIVATE, counter))?;

    // The Solidity contract calls it like any contract.
    let twice = hex::decode(include_str!("counter/twice.hex").trim())?;
    let twice = send(TxKind::Create, 0, twice.into())?
        .created_address()
        .ok_or("refused")?;
    let result = send(TxKind::Call(twice), 0, call(COUNT, counter))?;
    let count = U256::from_be_slice(result.output().ok_or("no output")?);
    println!(
        "the counter stands at {count}, after {} gas",
        result.tx_gas_used()
    );
    Ok(())
}

fn transaction() -> TxEnv {
    TxEnv {
        chain_id: Some(42161),
        gas_limit: 30_000_000,
        ..TxEnv::default()
    }
}

fn call(selector: [u8; 4], argument: Address) -> Bytes {
    [&selector[..], &argument.into_word().0].concat().into()
}

/// Init code that returns `code`.
fn init_code(code: &[u8]) -> Bytes {
    let len = (code.len() as u16).to_be_bytes();
    [
        &[0x61, len[0], len[1], 0x80, 0x60, 0x0a, 0x5f, 0x39, 0x5f, 0xf3][..],
        code,
    ]
    .concat()
    .into()
}
