//! Transactions per second of an ERC-20 transfer: in WASM through this crate, bare on wasmtime, and in EVM bytecode.
//!
//! ```text
//! cargo bench -p mintage-vm
//! ```
//!
//! One core. Time is the thread's own processor time where the system tells it (Linux), else the wall clock, so that a
//! busy machine disturbs less. Each figure is the best of several rounds. No number here is ever asserted.

use std::{
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use mintage_vm::{
    ActivationRules, ArbosVersion, StylusEngine, StylusEvm, activate,
    activate::Lifetime,
    code,
    evm::cfg_env,
    imports::{HostFunction, MODULE},
    state::{self, ARBOS_STATE_ADDRESS, ProgramRecord},
};
use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, MainBuilder, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, Journal, TxEnv},
    database::{CacheDB, EmptyDB},
    primitives::{Address, Bytes, TxKind, U256, address, hex, keccak256},
    state::AccountInfo,
};
use serde_json::Value;
use wasmtime::{
    Caller, Config, Engine, Extern, FuncType, InstanceAllocationStrategy, Linker, Module,
    PoolingAllocationConfig, Store, Val, ValType,
};

type Db = CacheDB<EmptyDB>;
type Ctx = Context<BlockEnv, TxEnv, CfgEnv, Db, Journal<Db>, ()>;

const NOW_TS: u64 = 1_760_000_000;
const TOKEN: Address = address!("00000000000000000000000000000000000000aa");
const ROUNDS: usize = 7;

/// EVM bytecode of `transfer(address,uint256)` over a mapping in slot 0, with its event.
const EVM_TRANSFER: &str = "335f5260405f20805460243580821060575790039055600435\
5f5260405f20805460243501905560243 55f52600435337fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef\
60205fa360015f5260205ff35b5f5ffd";

fn main() {
    println!("{:<58} {:>12} {:>10}", "ERC-20 transfer", "per second", "each");
    for (name, file) in [
        ("lean router", "lean-z-opt.wasm"),
        ("plain stylus-sdk", "token-z-opt.wasm"),
    ] {
        let case = Case::load(file);
        let transfer = case.row("transfer");
        let floor = bare(&case, &transfer);
        report(&format!("{name}: bare wasmtime, pooled, stub host"), floor);
        let engine = StylusEngine::new();
        report(
            &format!("{name}: committed"),
            committed(&case, &transfer, &engine),
        );
        report(
            &format!("{name}: committed, by each of 2 threads"),
            on_two_threads(&case, &transfer, &engine),
        );
        report(&format!("{name}: read-only"), read_only(&case, &transfer));
        report(
            &format!("{name}: balanceOf, read-only"),
            read_only(&case, &case.row("balanceOf")),
        );
    }
    report("EVM bytecode: plain revm, committed", evm_plain());
    report("EVM bytecode: this crate, committed", evm_here());
    report("keccak in WASM, 1,000 rounds: bare", keccak_bare());
    report("keccak in WASM, 1,000 rounds: metered", keccak_metered());
}

fn report(name: &str, each: Duration) {
    println!(
        "{name:<58} {:>12.0} {:>7.2} us",
        1.0 / each.as_secs_f64(),
        each.as_secs_f64() * 1e6
    );
}

/// Processor time of this thread, where the system tells it.
fn now() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let nanos = std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// Time of one run: the best of several rounds of at least 100 ms.
fn time(mut run: impl FnMut()) -> Duration {
    let mut count = 16_u32;
    let mut best = Duration::MAX;
    let mut rounds = 0;
    while rounds < ROUNDS {
        let start = now();
        for _ in 0..count {
            run();
        }
        let took = now() - start;
        if took < Duration::from_millis(100) {
            count *= 2;
            continue;
        }
        best = best.min(took / count);
        rounds += 1;
    }
    best
}

fn vectors() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/stylus")
}

/// A recorded module and the recorded calls of it.
struct Case {
    wasm: Vec<u8>,
    rows: Vec<Value>,
}

/// A recorded call.
struct Transfer {
    caller: Address,
    data: Bytes,
    storage: Vec<(U256, U256)>,
}

impl Case {
    fn load(file: &str) -> Self {
        let wasm = std::fs::read(vectors().join("wasm").join(file)).expect("a recorded module");
        let text =
            std::fs::read_to_string(vectors().join("vectors/contracts.jsonl")).expect("recorded calls");
        let rows = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        Self {
            wasm,
            rows: rows
                .filter(|row| row["wasm"] == file && row["kind"] == "call")
                .collect(),
        }
    }

    fn row(&self, case: &str) -> Transfer {
        let row = self
            .rows
            .iter()
            .find(|row| row["case"] == case)
            .expect("the case is recorded");
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let storage = row["storage"].as_object().expect("storage");
        Transfer {
            caller: text(&row["caller"]).parse().expect("an address"),
            data: text(&row["calldata"]).parse().expect("hexadecimal"),
            storage: storage
                .iter()
                .map(|(key, value)| (key.parse().expect("a word"), text(value).parse().expect("a word")))
                .collect(),
        }
    }
}

fn context(db: Db, caller: Address, code: Bytes) -> Ctx {
    let mut db = db;
    db.insert_account_info(
        caller,
        AccountInfo {
            balance: U256::MAX,
            ..Default::default()
        },
    );
    let info = AccountInfo {
        nonce: 1,
        ..Default::default()
    };
    db.insert_account_info(TOKEN, info.with_code(Bytecode::new_legacy(code)));
    let mut cfg = cfg_env(ArbosVersion::default(), 42161);
    cfg.disable_nonce_check = true;
    let block = BlockEnv {
        timestamp: U256::from(NOW_TS),
        gas_limit: 1 << 50,
        ..Default::default()
    };
    Context::mainnet().with_db(db).with_cfg(cfg).with_block(block)
}

fn tx(caller: Address, data: &Bytes) -> TxEnv {
    let kind = TxKind::Call(TOKEN);
    TxEnv {
        caller,
        kind,
        data: data.clone(),
        gas_limit: 1_000_000,
        chain_id: Some(42161),
        ..Default::default()
    }
}

/// An EVM in which the module is the token.
fn stylus(case: &Case, transfer: &Transfer, engine: &StylusEngine) -> StylusEvm<Ctx> {
    let arbos = ArbosVersion::default();
    let code = code::encode(&case.wasm);
    let activation = activate(&case.wasm, &ActivationRules::default()).expect("the module is accepted");
    let record = ProgramRecord {
        version: 3,
        init_cost: activation.init_cost,
        cached_cost: activation.cached_init_cost,
        footprint: activation.footprint,
        activated_at_hours: Lifetime::starting_at(NOW_TS).activated_at_hours,
        asm_estimate_kib: activation.asm_estimate_kib_up(),
        cached: true,
    };
    let mut db = Db::new(EmptyDB::new());
    db.insert_account_info(
        ARBOS_STATE_ADDRESS,
        AccountInfo {
            nonce: 1,
            ..Default::default()
        },
    );
    let mut put = |address, slot, value| {
        db.insert_account_storage(address, slot, value)
            .expect("infallible")
    };
    for (slot, value) in state::genesis_storage(arbos) {
        put(ARBOS_STATE_ADDRESS, slot, value);
    }
    put(
        ARBOS_STATE_ADDRESS,
        state::record_slot(keccak256(&code)),
        record.encode(),
    );
    for (slot, value) in &transfer.storage {
        put(TOKEN, *slot, *value);
    }
    StylusEvm::new(context(db, transfer.caller, code), arbos, engine.clone())
}

fn committed(case: &Case, transfer: &Transfer, engine: &StylusEngine) -> Duration {
    let mut evm = stylus(case, transfer, engine);
    // One wei at a time: the recorded balance lasts for all rounds.
    let mut data = transfer.data.to_vec();
    let end = data.len();
    data[end - 32..].fill(0);
    data[end - 1] = 1;
    let tx = tx(transfer.caller, &data.into());
    time(|| {
        let result = evm.transact_commit(tx.clone()).expect("a valid transaction");
        assert!(black_box(result).is_success());
    })
}

/// The slower of two threads that share an engine, and so a program and its idle instances.
fn on_two_threads(case: &Case, transfer: &Transfer, engine: &StylusEngine) -> Duration {
    std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| scope.spawn(|| committed(case, transfer, engine)));
        threads
            .map(|thread| thread.join().expect("no panic"))
            .into_iter()
            .max()
            .expect("two threads")
    })
}

fn read_only(case: &Case, transfer: &Transfer) -> Duration {
    let mut evm = stylus(case, transfer, &StylusEngine::new());
    let tx = tx(transfer.caller, &transfer.data);
    time(|| {
        let result = evm.transact(tx.clone()).expect("a valid transaction");
        assert!(black_box(result).result.is_success());
    })
}

fn evm_db() -> (Db, Address, Bytes) {
    let caller = Address::repeat_byte(0x11);
    let mut db = Db::new(EmptyDB::new());
    let slot = keccak256([caller.into_word().0, [0; 32]].concat());
    db.insert_account_storage(TOKEN, slot.into(), U256::MAX >> 1)
        .expect("infallible");
    let data = [
        &hex!("a9059cbb")[..],
        &Address::repeat_byte(0x22).into_word().0,
        &U256::from(1).to_be_bytes::<32>(),
    ];
    (db, caller, data.concat().into())
}

fn evm_code() -> Bytes {
    hex::decode(EVM_TRANSFER.replace([' ', '\n'], ""))
        .expect("hexadecimal")
        .into()
}

fn evm_plain() -> Duration {
    let (db, caller, data) = evm_db();
    let mut evm = context(db, caller, evm_code()).build_mainnet();
    let tx = tx(caller, &data);
    time(|| {
        let result = evm.transact_commit(tx.clone()).expect("a valid transaction");
        assert!(black_box(result).is_success());
    })
}

fn evm_here() -> Duration {
    let (db, caller, data) = evm_db();
    let mut evm = StylusEvm::new(
        context(db, caller, evm_code()),
        ArbosVersion::default(),
        StylusEngine::new(),
    );
    let tx = tx(caller, &data);
    time(|| {
        let result = evm.transact_commit(tx.clone()).expect("a valid transaction");
        assert!(black_box(result).is_success());
    })
}

/// The module as it is, on wasmtime alone: a pooled instance for each call, host functions that do nothing but copy
/// the calldata in.
struct Bare {
    engine: Engine,
    instance: wasmtime::InstancePre<Bytes>,
}

impl Bare {
    fn new(wasm: &[u8]) -> Self {
        let mut pool = PoolingAllocationConfig::new();
        pool.linear_memory_keep_resident(1 << 20)
            .table_keep_resident(1 << 20);
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = Engine::new(&config).expect("an engine");
        let module = Module::new(&engine, wasm).expect("a module");
        let mut linker = Linker::new(&engine);
        for function in HostFunction::ALL {
            stub(&engine, &mut linker, *function);
        }
        Self {
            instance: linker.instantiate_pre(&module).expect("all imports"),
            engine,
        }
    }

    fn call(&self, data: &Bytes) {
        let mut store = Store::new(&self.engine, data.clone());
        let instance = self.instance.instantiate(&mut store).expect("an instance");
        let run = instance
            .get_typed_func::<u32, u32>(&mut store, "user_entrypoint")
            .expect("an entrypoint");
        black_box(run.call(&mut store, data.len() as u32)).expect("no trap");
    }
}

fn stub(engine: &Engine, linker: &mut Linker<Bytes>, function: HostFunction) {
    if function == HostFunction::ReadArgs {
        let read_args = |mut caller: Caller<'_, Bytes>, dest: u32| {
            let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
                return;
            };
            let (memory, data) = memory.data_and_store_mut(&mut caller);
            memory[dest as usize..dest as usize + data.len()].copy_from_slice(data);
        };
        linker
            .func_wrap(MODULE, "read_args", read_args)
            .expect("a new name");
        return;
    }
    let ty = |ty: &wasmparser::ValType| match ty {
        wasmparser::ValType::I64 => ValType::I64,
        _ => ValType::I32,
    };
    let ty = FuncType::new(
        engine,
        function.params().iter().map(ty),
        function.result().iter().map(ty),
    );
    linker
        .func_new(MODULE, function.name(), ty, |_, _, results| {
            for result in results {
                *result = if matches!(result, Val::I64(_)) {
                    Val::I64(0)
                } else {
                    Val::I32(0)
                };
            }
            Ok(())
        })
        .expect("a new name");
}

fn bare(case: &Case, transfer: &Transfer) -> Duration {
    let bare = Bare::new(&case.wasm);
    time(|| bare.call(&transfer.data))
}

fn keccak_case() -> (Case, Transfer) {
    let wasm = std::fs::read(vectors().join("wasm/c-keccak.wasm")).expect("a recorded module");
    let data = Bytes::from(1000_u32.to_le_bytes());
    (
        Case {
            wasm,
            rows: Vec::new(),
        },
        Transfer {
            caller: Address::repeat_byte(0x11),
            data,
            storage: Vec::new(),
        },
    )
}

fn keccak_bare() -> Duration {
    let (case, transfer) = keccak_case();
    bare(&case, &transfer)
}

fn keccak_metered() -> Duration {
    let (case, transfer) = keccak_case();
    let mut evm = stylus(&case, &transfer, &StylusEngine::new());
    let tx = TxEnv {
        gas_limit: 1 << 40,
        ..tx(transfer.caller, &transfer.data)
    };
    time(|| {
        let result = evm.transact(tx.clone()).expect("a valid transaction");
        assert!(black_box(result).result.is_success());
    })
}
