//! What is measured: a program, a call of it, and the state that the call finds.

use std::{hint::black_box, time::Duration};

use revm::{
    Context, ExecuteCommitEvm, ExecuteEvm, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, Journal, TxEnv, result::ExecutionResult},
    database::{CacheDB, EmptyDB},
    primitives::{Address, Bytes, TxKind, U256, address, keccak256},
    state::AccountInfo,
};

use super::{Figures, FirstCall, Rounds, Split, Timing, evm, floor, per_run};
use crate::{
    ActivationRules, ArbosVersion, Compilation, EngineOptions, Rejection, StylusEngine, StylusEvm,
    StylusParams, activate,
    activate::Lifetime,
    code,
    engine::{DiskCacheOptions, EngineError},
    evm::cfg_env,
    state::{self, ARBOS_STATE_ADDRESS, ProgramRecord},
    trace::Hostio,
};

type Db = CacheDB<EmptyDB>;
pub(super) type Ctx = Context<BlockEnv, TxEnv, CfgEnv, Db, Journal<Db>, ()>;

/// Where the program stands.
pub(super) const PROGRAM: Address = address!("00000000000000000000000000000000000000aa");

/// Gas of a call unless it is given.
pub(super) const DEFAULT_GAS: u64 = 30_000_000;

const NOW_TS: u64 = 1_760_000_000;
const CHAIN_ID: u64 = 42161;

/// Runs of the program before it is measured: enough for an engine that compiles in tiers to have asked for better code.
const WARM_UP: usize = 128;

/// A call of a program, to be measured.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The module, as a compiler leaves it.
    pub wasm: Vec<u8>,
    /// What the program is called with.
    pub calldata: Bytes,
    /// Its storage beforehand.
    pub storage: Vec<(U256, U256)>,
    /// Who calls.
    pub caller: Address,
    /// Gas of the call.
    pub gas_limit: u64,
    /// The chain's ArbOS version.
    pub arbos: ArbosVersion,
}

/// A call could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// The network would not accept the module.
    #[error("the network would refuse the program: {0}")]
    Refused(#[from] Rejection),
    /// The call fails, so that its time means nothing.
    #[error(
        "the call does not succeed: {0}; give the storage that it needs, another caller, other calldata or more gas"
    )]
    Failed(String),
    /// It succeeds at first, but not as often as it has to be made.
    #[error(
        "the call succeeds at first and then fails: {0}; choose one that can be made any number of times"
    )]
    NotRepeatable(String),
    /// The engine cannot start or compile the program.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The bare module does not run.
    #[error("the floor cannot be measured: {0}")]
    Floor(String),
    /// The EVM itself failed.
    #[error("the EVM failed: {0}")]
    Evm(String),
}

impl MeasureError {
    pub(super) fn evm(error: impl std::fmt::Display) -> Self {
        Self::Evm(error.to_string())
    }
}

impl Subject {
    /// A call of this module by some account, with empty storage and 30 million gas, on the newest ArbOS.
    pub fn new(wasm: Vec<u8>, calldata: Bytes) -> Self {
        Self {
            wasm,
            calldata,
            storage: Vec::new(),
            caller: Address::repeat_byte(0x11),
            gas_limit: DEFAULT_GAS,
            arbos: ArbosVersion::default(),
        }
    }

    /// An EVM in which the program stands, activated and cached by the network.
    ///
    /// # Errors
    /// [`MeasureError::Refused`].
    pub fn evm(&self, engine: StylusEngine) -> Result<StylusEvm<Ctx>, MeasureError> {
        let code = code::encode(&self.wasm);
        let activation = activate(&self.wasm, &ActivationRules::for_arbos(self.arbos))?;
        let record = ProgramRecord {
            version: StylusParams::for_arbos(self.arbos).version,
            init_cost: activation.init_cost,
            cached_cost: activation.cached_init_cost,
            footprint: activation.footprint,
            activated_at_hours: Lifetime::starting_at(NOW_TS).activated_at_hours,
            asm_estimate_kib: activation.asm_estimate_kib_up(),
            cached: true,
        };
        let mut arbos_storage = state::genesis_storage(self.arbos);
        arbos_storage.push((state::record_slot(keccak256(&code)), record.encode()));
        let mut context = context(self.caller, code, &self.storage, &arbos_storage);
        context.cfg = configuration(self.arbos);
        Ok(StylusEvm::new(context, self.arbos, engine))
    }

    /// The transaction that is measured.
    pub fn transaction(&self) -> TxEnv {
        transaction(self.caller, self.calldata.clone(), self.gas_limit)
    }

    /// Measures the call.
    ///
    /// # Errors
    /// See [`MeasureError`]: the program is refused, or the call cannot be made or not be repeated.
    pub fn measure(&self, engine: &StylusEngine, rounds: &Rounds<'_>) -> Result<Figures, MeasureError> {
        let (gas_used, hostios) = self.rehearse(engine)?;
        let committed = self.committed(engine, rounds)?;
        Ok(Figures {
            committed,
            read_only: self.read_only(engine, rounds)?,
            split: self.split(engine, committed)?,
            floor: floor::run(&self.wasm, self.calldata.len(), &hostios, rounds)?,
            evm_transfer: evm::transfer(rounds)?,
            gas_used,
        })
    }

    /// Makes the call until the engine has its best code. Tells the gas of the first, and the host calls of one.
    fn rehearse(&self, engine: &StylusEngine) -> Result<(u64, Vec<Hostio>), MeasureError> {
        let mut evm = self.evm(engine.clone())?;
        evm.set_trace(true);
        let result = evm
            .transact(self.transaction())
            .map_err(MeasureError::evm)?
            .result;
        if !result.is_success() {
            return Err(MeasureError::Failed(describe(&result)));
        }
        let trace = evm.take_trace();
        let own = trace.hostios().filter(|(frame, _)| frame.depth == 1);
        let hostios = own.map(|(_, hostio)| hostio.clone()).collect();
        evm.set_trace(false);
        for _ in 0..WARM_UP {
            evm.transact(self.transaction()).map_err(MeasureError::evm)?;
        }
        engine.finish_background_work();
        Ok((result.tx_gas_used(), hostios))
    }

    /// Time of a committed transaction.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn committed(&self, engine: &StylusEngine, rounds: &Rounds<'_>) -> Result<Duration, MeasureError> {
        let mut evm = self.evm(engine.clone())?;
        let tx = self.transaction();
        per_run(rounds, || {
            let result = evm.transact_commit(tx.clone()).map_err(MeasureError::evm)?;
            repeatable(&black_box(result))
        })
    }

    /// Time of a transaction whose changes are dropped.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn read_only(&self, engine: &StylusEngine, rounds: &Rounds<'_>) -> Result<Duration, MeasureError> {
        let mut evm = self.evm(engine.clone())?;
        let tx = self.transaction();
        per_run(rounds, || {
            let result = evm.transact(tx.clone()).map_err(MeasureError::evm)?;
            repeatable(&black_box(result).result)
        })
    }

    fn split(&self, engine: &StylusEngine, total: Duration) -> Result<Split, MeasureError> {
        const LONG_ENOUGH: Duration = Duration::from_millis(500);
        const MOST: usize = 50_000;
        let mut evm = self.evm(engine.clone())?;
        let tx = self.transaction();
        let started = std::time::Instant::now();
        let mut runs = Vec::new();
        while runs.len() < 10 || (runs.len() < MOST && started.elapsed() < LONG_ENOUGH) {
            evm.runtime_mut().timing = Some(Timing::default());
            let result = evm.transact_commit(tx.clone()).map_err(MeasureError::evm)?;
            repeatable(&result)?;
            runs.extend(evm.runtime_mut().timing.take());
        }
        Ok(Split::of(total, &undisturbed(&runs), cost_of_a_reading()))
    }

    /// Time of the first call in a fresh engine: compiled, and loaded from a folder for compiled programs. The folder should
    /// be empty; nothing of it is used but what this writes.
    ///
    /// # Errors
    /// See [`MeasureError`].
    pub fn first_call(
        &self,
        compilation: Compilation,
        disk_cache: Option<DiskCacheOptions>,
        clock: &dyn Fn() -> Duration,
    ) -> Result<FirstCall, MeasureError> {
        const TRIES: usize = 30;
        let first = |disk_cache: Option<&DiskCacheOptions>| {
            let engine = StylusEngine::with_options(EngineOptions {
                compilation,
                disk_cache: disk_cache.cloned(),
                ..EngineOptions::default()
            });
            let mut evm = self.evm(engine.clone())?;
            let tx = self.transaction();
            let start = clock();
            let result = evm.transact(tx.clone()).map_err(MeasureError::evm)?.result;
            let took = clock().saturating_sub(start);
            if !result.is_success() {
                return Err(MeasureError::Failed(describe(&result)));
            }
            let start = clock();
            evm.transact(tx).map_err(MeasureError::evm)?;
            Ok((took, clock().saturating_sub(start), engine.stats()))
        };
        let mut figures = FirstCall {
            compiled: Duration::MAX,
            from_disk: None,
            later: Duration::MAX,
        };
        for _ in 0..TRIES {
            let (compiled, later, _) = first(None)?;
            figures.compiled = figures.compiled.min(compiled);
            figures.later = figures.later.min(later);
        }
        let Some(disk_cache) = &disk_cache else {
            return Ok(figures);
        };
        first(Some(disk_cache))?;
        for _ in 0..TRIES {
            let (took, _, stats) = first(Some(disk_cache))?;
            if stats.disk.is_some_and(|disk| disk.loaded == 1) {
                figures.from_disk = Some(figures.from_disk.map_or(took, |best| best.min(took)));
            }
        }
        Ok(figures)
    }
}

/// Of each time the tenth percentile: where a run was disturbed, all of its times are too long.
fn undisturbed(runs: &[Timing]) -> Timing {
    let low = |time: fn(&Timing) -> Duration| {
        let mut times: Vec<_> = runs.iter().map(time).collect();
        times.sort_unstable();
        times.get(times.len() / 10).copied().unwrap_or_default()
    };
    let counts = runs.last().copied().unwrap_or_default();
    Timing {
        program: low(|timing| timing.program),
        host_functions: low(|timing| timing.host_functions),
        evm: low(|timing| timing.evm),
        ..counts
    }
}

fn repeatable(result: &ExecutionResult) -> Result<(), MeasureError> {
    match result.is_success() {
        true => Ok(()),
        false => Err(MeasureError::NotRepeatable(describe(result))),
    }
}

fn describe(result: &ExecutionResult) -> String {
    match result {
        ExecutionResult::Success { .. } => "it succeeds".into(),
        ExecutionResult::Revert { output, .. } => format!("it reverts with {output}"),
        ExecutionResult::Halt { reason, .. } => format!("it halts: {reason:?}"),
    }
}

/// Time that goes by between two readings of the clock with nothing between.
fn cost_of_a_reading() -> Duration {
    const READINGS: u32 = 100_000;
    (0..5)
        .map(|_| {
            let start = std::time::Instant::now();
            for _ in 0..READINGS {
                black_box(std::time::Instant::now());
            }
            start.elapsed() / READINGS
        })
        .min()
        .unwrap_or_default()
}

fn configuration(arbos: ArbosVersion) -> CfgEnv {
    let mut cfg = cfg_env(arbos, CHAIN_ID);
    cfg.disable_nonce_check = true;
    cfg
}

/// A chain with a rich caller and a contract.
pub(super) fn context(
    caller: Address,
    code: Bytes,
    storage: &[(U256, U256)],
    arbos_storage: &[(U256, U256)],
) -> Ctx {
    let mut db = Db::new(EmptyDB::new());
    let info = |nonce, balance| AccountInfo {
        nonce,
        balance,
        ..AccountInfo::default()
    };
    db.insert_account_info(caller, info(0, U256::MAX));
    db.insert_account_info(PROGRAM, info(1, U256::ZERO).with_code(Bytecode::new_legacy(code)));
    db.insert_account_info(ARBOS_STATE_ADDRESS, info(1, U256::ZERO));
    for (account, slots) in [(PROGRAM, storage), (ARBOS_STATE_ADDRESS, arbos_storage)] {
        for (slot, value) in slots {
            // An empty database answers everything.
            let Ok(()) = db.insert_account_storage(account, *slot, *value);
        }
    }
    let block = BlockEnv {
        timestamp: U256::from(NOW_TS),
        gas_limit: 1 << 50,
        ..BlockEnv::default()
    };
    Context::mainnet()
        .with_db(db)
        .with_cfg(configuration(ArbosVersion::default()))
        .with_block(block)
}

pub(super) fn transaction(caller: Address, data: Bytes, gas_limit: u64) -> TxEnv {
    TxEnv {
        caller,
        kind: TxKind::Call(PROGRAM),
        data,
        gas_limit,
        chain_id: Some(CHAIN_ID),
        ..TxEnv::default()
    }
}
