//! Plain EVM transactions on the Stylus EVM.

use mintage_vm::{ArbosVersion, StylusEngine, StylusEvm, evm::cfg_env};
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, InspectEvm, MainContext,
    context::TxEnv,
    database::{CacheDB, EmptyDB},
    inspector::CountInspector,
    primitives::{Address, Bytes, TxKind, U256, address, bytes},
    state::AccountInfo,
};

const ALICE: Address = address!("1000000000000000000000000000000000000001");

/// Init code of a contract that stores its first calldata word in slot 0 and returns it.
const STORE: Bytes = bytes!("600f600c600039600f6000f36000358060005560005260206000f3");

fn db() -> CacheDB<EmptyDB> {
    let mut db = CacheDB::new(EmptyDB::new());
    db.insert_account_info(
        ALICE,
        AccountInfo {
            balance: U256::from(10).pow(U256::from(20)),
            ..Default::default()
        },
    );
    db
}

fn tx(nonce: u64, kind: TxKind, data: Bytes) -> TxEnv {
    TxEnv::builder()
        .caller(ALICE)
        .chain_id(Some(42161))
        .nonce(nonce)
        .kind(kind)
        .data(data)
        .gas_limit(1_000_000)
        .build()
        .unwrap()
}

#[test]
fn test_evm_bytecode_creates_commits_and_is_inspected() {
    let arbos = ArbosVersion::default();
    let ctx = Context::mainnet().with_db(db()).with_cfg(cfg_env(arbos, 42161));
    let mut evm = StylusEvm::new(ctx, arbos, StylusEngine::new());
    let created = evm
        .transact_commit(tx(0, TxKind::Create, STORE))
        .unwrap()
        .created_address()
        .unwrap();

    let word = Bytes::from(U256::from(7).to_be_bytes::<32>());
    let stored = evm
        .transact_commit(tx(1, TxKind::Call(created), word.clone()))
        .unwrap();
    assert_eq!(stored.output(), Some(&word));

    let read_only = evm.transact(tx(2, TxKind::Call(created), word.clone())).unwrap();
    assert_eq!(read_only.result.output(), Some(&word));

    let mut evm = evm.with_inspector(CountInspector::new());
    let inspected = evm.inspect_tx(tx(2, TxKind::Call(created), word)).unwrap();
    assert_eq!(inspected.result, read_only.result, "an inspector changes nothing");
    assert_eq!(evm.inner.inspector.total_opcodes(), 10);
}
