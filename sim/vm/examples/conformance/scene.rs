//! The world in which a recorded run took place: accounts, programs, the block, and what is warm.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use mintage_vm::{
    ActivationRules, ArbosVersion, StylusEngine, StylusEvm, StylusParams, activate,
    activate::Lifetime,
    code,
    engine::{Compilation, EngineOptions},
    evm::{StylusHandler, cfg_env},
    memory::Pages,
    precompile::EthereumPrecompiles,
    state::{self, ARBOS_STATE_ADDRESS, ProgramRecord},
    trace::Trace,
};
use revm::{
    Context, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, Journal, TxEnv},
    context_interface::{ContextTr, JournalTr, LocalContextTr},
    database::{CacheDB, EmptyDB},
    handler::{FrameResult, Handler},
    inspector::NoOpInspector,
    interpreter::{
        CallInput, CallInputs, CallScheme, CallValue, FrameInput, SharedMemory, interpreter_action::FrameInit,
    },
    primitives::{Address, B256, Bytes, U256, address, keccak256},
    state::AccountInfo,
};

use super::row::{Row, RowError};

type Ctx = Context<BlockEnv, TxEnv, CfgEnv, CacheDB<EmptyDB>, Journal<CacheDB<EmptyDB>>, ()>;
pub(crate) type SceneEvm = StylusEvm<Ctx>;

pub(crate) const CONTRACT: Address = address!("00000000000000000000000000000000000000aa");
const CALLER: Address = address!("00000000000000000000000000000000000000bb");
const TIMESTAMP: u64 = 1_700_000_000;
const STACK_WORDS: u32 = 22_000;
/// Pages of modules that can be run but not activated; all of them have one.
const OWN_FOOTPRINT: u16 = 1;

/// How runs are watched. Whichever way, they are to come to the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watching {
    Nothing,
    Trace,
    Profile,
}

thread_local!(static WATCHING: Cell<Watching> = const { Cell::new(Watching::Trace) });

/// From now on this thread's scenes are watched in this way.
#[allow(dead_code)]
pub(crate) fn watch(how: Watching) {
    WATCHING.set(how);
}

/// A world, and the call that is made in it.
pub(crate) struct Scene {
    pub(crate) evm: SceneEvm,
    pub(crate) contract: Address,
    pub(crate) caller: Address,
    pub(crate) input: Bytes,
    pub(crate) value: U256,
    pub(crate) is_static: bool,
    /// Pages of the program's memory at its start.
    pub(crate) footprint: u16,
    /// The row's program.
    own: Bytecode,
    pages: Pages,
    reentrant: bool,
    warm: Vec<Address>,
    warm_slots: Vec<U256>,
    /// Balances, slots and addresses as they were.
    pub(crate) balances: HashMap<Address, U256>,
    pub(crate) next: Vec<Next>,
}

/// What follows the row's own call.
pub(crate) enum Next {
    Block,
    Call {
        to: Address,
        input: Bytes,
        gas: Option<u64>,
    },
}

/// A module and what is recorded when it is activated.
struct Deployed {
    wasm: Vec<u8>,
    code: Bytes,
}

thread_local! {
    /// Modules by file, compressed once. Only the runner's speed depends on it.
    static CODES: RefCell<HashMap<String, Rc<Deployed>>> = RefCell::default();
    static ENGINE: RefCell<StylusEngine> = RefCell::new(engine(Compilation::Cranelift));
}

fn engine(compilation: Compilation) -> StylusEngine {
    StylusEngine::with_options(EngineOptions {
        compilation,
        ..Default::default()
    })
}

/// Chooses the compiler for the rows that this thread checks from now on; Cranelift unless told.
#[allow(dead_code)] // the example has no reason to
pub(crate) fn use_compilation(compilation: Compilation) {
    ENGINE.set(engine(compilation));
}

fn deployed(row: &Row, file: &str) -> Result<Rc<Deployed>, RowError> {
    if let Some(known) = CODES.with_borrow(|codes| codes.get(file).cloned()) {
        return Ok(known);
    }
    let wasm = row.module(file)?;
    let code = code::encode(&wasm);
    let new = Rc::new(Deployed { wasm, code });
    CODES.with_borrow_mut(|codes| codes.insert(file.to_owned(), new.clone()));
    Ok(new)
}

/// The same module under another code hash, for flags that the network keeps by code and the row by address.
fn alternative_code(wasm: &[u8], number: usize) -> Bytes {
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    // The window's size stands in the stream, so each gives other bytes.
    let params = brotli::enc::BrotliEncoderParams {
        quality: 2,
        lgwin: 16 + number as i32,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &wasm[..], &mut code, &params).expect("writing to memory");
    code.into()
}

/// What a row's `args` say.
#[derive(Default)]
struct Args {
    storage: Vec<(U256, U256)>,
    balances: Vec<(Address, U256)>,
    evm_codes: Vec<(Address, Bytes)>,
    programs: Vec<(Address, String)>,
    cached: HashSet<Address>,
    unusable: HashSet<Address>,
    warm: Vec<Address>,
    warm_slots: Vec<U256>,
    value: U256,
    is_static: bool,
    reentrant: bool,
    max_code_size: Option<usize>,
    page_limit: Option<u16>,
    max_wasm_size: Option<u32>,
    block_cache: Option<u16>,
    max_depth: Option<u32>,
    open_pages: u16,
    ever_pages: u16,
    next: Vec<Next>,
}

impl Args {
    fn read(row: &Row, contract: Address) -> Result<Self, RowError> {
        let mut args = Self::default();
        if !row.has("args") {
            return Ok(args);
        }
        let words = row.get("args")?.as_array().ok_or("`args` is not a list")?;
        let mut words = words
            .iter()
            .map(|word| word.as_str().ok_or("an argument is not text"));
        while let Some(flag) = words.next() {
            let flag = flag?;
            let mut word = || words.next().unwrap_or(Err("an argument's value is missing"));
            match flag {
                "--storage" => args.storage.push(pair(word()?, number, number)?),
                "--balance" => args.balances.push(pair(word()?, account, number)?),
                "--code" => args.evm_codes.push(pair(word()?, account, bytes)?),
                "--deploy" => args
                    .programs
                    .push(pair(word()?, account, |file| Ok(file.to_owned()))?),
                "--cached" => drop(args.cached.insert(contract)),
                "--cached-at" => drop(args.cached.insert(account(word()?)?)),
                "--unusable" => drop(args.unusable.insert(account(word()?)?)),
                "--warm" => args.warm.push(account(word()?)?),
                "--warm-slot" => args.warm_slots.push(number(word()?)?),
                "--value" => args.value = number(word()?)?,
                "--read-only" => args.is_static = true,
                "--reentrant" => args.reentrant = true,
                "--max-code-size" => args.max_code_size = Some(small(word()?)?),
                "--page-limit" => args.page_limit = Some(small(word()?)?),
                "--max-wasm-size" => args.max_wasm_size = Some(small(word()?)?),
                "--block-cache" => args.block_cache = Some(small(word()?)?),
                "--max-depth" => args.max_depth = Some(small(word()?)?),
                "--open-pages" => args.open_pages = small(word()?)?,
                "--ever-pages" => args.ever_pages = small(word()?)?,
                "--next" => args.next.push(next(word()?)?),
                other => return Err(format!("unknown argument `{other}`")),
            }
        }
        Ok(args)
    }
}

fn next(text: &str) -> Result<Next, RowError> {
    if text == "block" {
        return Ok(Next::Block);
    }
    let (call, gas) = match text.split_once('@') {
        Some((call, gas)) => (call, Some(small(gas)?)),
        None => (text, None),
    };
    let (to, input) = pair(call, account, bytes)?;
    Ok(Next::Call { to, input, gas })
}

fn pair<A, B>(
    text: &str,
    first: impl Fn(&str) -> Result<A, RowError>,
    second: impl Fn(&str) -> Result<B, RowError>,
) -> Result<(A, B), RowError> {
    let (a, b) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` has no `=`"))?;
    Ok((first(a)?, second(b)?))
}

fn number(text: &str) -> Result<U256, RowError> {
    text.parse()
        .map_err(|error| format!("`{text}` is not a number: {error}"))
}

fn small<T: std::str::FromStr>(text: &str) -> Result<T, RowError> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number that fits"))
}

/// An address that may be written short.
pub(crate) fn account(text: &str) -> Result<Address, RowError> {
    let number = U256::from_str_radix(text.trim_start_matches("0x"), 16);
    let number = number.map_err(|error| format!("`{text}` is not an address: {error}"))?;
    Ok(Address::from_word(B256::from(number)))
}

pub(crate) fn bytes(text: &str) -> Result<Bytes, RowError> {
    text.parse()
        .map_err(|error| format!("`{text}` is not hexadecimal: {error}"))
}

fn put_code(accounts: &mut HashMap<Address, AccountInfo>, address: Address, code: Bytes) {
    let account = accounts.entry(address).or_default();
    account.nonce = 1;
    *account = std::mem::take(account).with_code(Bytecode::new_legacy(code));
}

impl Scene {
    /// The world of a row of `calls.jsonl` or `random.jsonl`.
    pub(crate) fn of_run(row: &Row) -> Result<Self, RowError> {
        let args = Args::read(row, CONTRACT)?;
        Self::build(row, args, CONTRACT, CALLER)
    }

    /// The world of a call in `contracts.jsonl`: the storage stands in the row, everything else is as usual.
    pub(crate) fn of_contract(row: &Row) -> Result<Self, RowError> {
        // The recording ran the program at the usual address, as its logs show; `contract` only names it.
        let mut args = Args::default();
        for (key, value) in row
            .get("storage")?
            .as_object()
            .ok_or("`storage` is not an object")?
        {
            let value = value.as_str().ok_or("a storage value is not text")?;
            args.storage.push((number(key)?, number(value)?));
        }
        if row.flag("cached")? {
            args.cached.insert(CONTRACT);
        }
        Self::build(row, args, CONTRACT, account(row.text("caller")?)?)
    }

    fn build(row: &Row, args: Args, contract: Address, caller: Address) -> Result<Self, RowError> {
        let arbos = ArbosVersion::try_from(row.number("arbos")?).map_err(|error| error.to_string())?;
        let mut params = StylusParams::for_arbos(arbos);
        params.version = row.small("version")?;
        if row.has("ink_price") {
            params.ink_price = row.small("ink_price")?;
        }
        params.max_stack_depth = args.max_depth.unwrap_or(STACK_WORDS);
        params.max_wasm_size = args.max_wasm_size.unwrap_or(params.max_wasm_size);
        params.block_cache_size = args.block_cache.unwrap_or(params.block_cache_size);
        let rules = ActivationRules::new(arbos, &params, 0);
        params.page_limit = args.page_limit.unwrap_or(params.page_limit);

        let mut db = CacheDB::new(EmptyDB::new());
        db.insert_account_info(
            ARBOS_STATE_ADDRESS,
            AccountInfo {
                nonce: 1,
                ..Default::default()
            },
        );
        let mut accounts: HashMap<Address, AccountInfo> = HashMap::new();
        accounts.insert(
            contract,
            AccountInfo {
                nonce: 1,
                ..Default::default()
            },
        );
        accounts.insert(
            caller,
            AccountInfo {
                nonce: 1,
                ..Default::default()
            },
        );
        for (address, balance) in &args.balances {
            accounts.entry(*address).or_default().balance = *balance;
        }
        for (address, code) in &args.evm_codes {
            put_code(&mut accounts, *address, code.clone());
        }
        // A program that is deployed at the contract's own address is what calls to it find; the row's own call enters
        // the row's program all the same.
        let own = deployed(row, row.text("wasm")?)?;
        let mut programs = args.programs.clone();
        if programs.iter().all(|(address, _)| *address != contract) {
            programs.push((contract, row.text("wasm")?.to_owned()));
        }
        let footprint = activate(&own.wasm, &rules).map_or(OWN_FOOTPRINT, |activation| activation.footprint);
        let mut records = HashMap::new();
        for (number, (address, file)) in programs.iter().enumerate() {
            let deployed = deployed(row, file)?;
            let marked = args.cached.contains(address) || args.unusable.contains(address);
            let shared = programs.iter().filter(|(_, other)| other == file).count() > 1;
            let code = if marked && shared {
                alternative_code(&deployed.wasm, number)
            } else {
                deployed.code.clone()
            };
            let Ok(activation) = activate(&deployed.wasm, &rules) else {
                // Runs that are entered directly need no activation.
                put_code(&mut accounts, *address, code);
                continue;
            };
            let record = ProgramRecord {
                version: if args.unusable.contains(address) {
                    0
                } else {
                    params.version
                },
                init_cost: activation.init_cost,
                cached_cost: activation.cached_init_cost,
                footprint: activation.footprint,
                activated_at_hours: Lifetime::starting_at(TIMESTAMP).activated_at_hours,
                asm_estimate_kib: activation.asm_estimate_kib_up(),
                cached: args.cached.contains(address),
            };
            records.insert(keccak256(&code), record);
            put_code(&mut accounts, *address, code);
        }
        let put = |db: &mut CacheDB<EmptyDB>, address, slot, value| {
            db.insert_account_storage(address, slot, value)
                .map_err(|error| format!("{error:?}"))
        };
        let balances = accounts
            .iter()
            .map(|(address, info)| (*address, info.balance))
            .collect();
        for (address, info) in accounts {
            db.insert_account_info(address, info);
        }
        put(
            &mut db,
            ARBOS_STATE_ADDRESS,
            state::params_slot(),
            params.encode(arbos).into(),
        )?;
        for (code_hash, record) in records {
            put(
                &mut db,
                ARBOS_STATE_ADDRESS,
                state::record_slot(code_hash),
                record.encode(),
            )?;
        }
        for (slot, value) in &args.storage {
            put(&mut db, contract, *slot, *value)?;
        }
        let mut cfg = cfg_env(arbos, 42161);
        cfg.limit_contract_code_size = args.max_code_size;
        let ctx: Ctx = Context::mainnet()
            .with_db(db)
            .with_cfg(cfg)
            .with_block(BlockEnv {
                number: U256::from(1000),
                timestamp: U256::from(TIMESTAMP),
                basefee: 100_000_000,
                gas_limit: 1 << 50,
                ..Default::default()
            })
            .with_tx(TxEnv {
                caller,
                gas_price: 100_000_000,
                ..Default::default()
            });
        let mut evm = StylusEvm::new(ctx, arbos, ENGINE.with_borrow(StylusEngine::clone));
        let watching = WATCHING.get();
        evm.set_trace(watching != Watching::Nothing);
        evm.set_profile(watching == Watching::Profile);
        Ok(Self {
            evm,
            contract,
            caller,
            input: bytes(row.text("calldata")?)?,
            value: args.value,
            is_static: args.is_static,
            footprint,
            own: Bytecode::new_legacy(own.code.clone()),
            pages: Pages {
                open: args.open_pages,
                ever: args.ever_pages.max(args.open_pages),
            },
            reentrant: args.reentrant,
            warm: args.warm,
            warm_slots: args.warm_slots,
            balances,
            next: args.next,
        })
    }

    /// What was recorded; `None` if nothing was to be.
    pub(crate) fn trace(&mut self) -> Option<Trace> {
        (WATCHING.get() != Watching::Nothing).then(|| self.evm.take_trace())
    }

    /// Starts a transaction that calls `to`: what is warm, which pages are open.
    pub(crate) fn begin(&mut self, to: Address) -> Result<(), RowError> {
        self.evm.begin_transaction();
        self.evm.set_pages(self.pages);
        if self.reentrant {
            self.evm.assume_entered(to);
        }
        let precompiles = (1..=9).map(|n| Address::from_word(U256::from(n).into()));
        let warm: Vec<_> = [to, self.caller]
            .into_iter()
            .chain(precompiles)
            .chain(self.warm.drain(..))
            .collect();
        let journal = self.evm.inner.ctx.journal_mut();
        for address in warm {
            journal
                .load_account_with_code(address)
                .map_err(|error| format!("{error:?}"))?;
        }
        for slot in self.warm_slots.drain(..) {
            journal.sload(to, slot).map_err(|error| format!("{error:?}"))?;
        }
        Ok(())
    }

    /// The call of the row's own program, wherever calls of its address lead.
    pub(crate) fn own_inputs(&mut self, gas_limit: u64) -> Result<CallInputs, RowError> {
        let mut inputs = self.inputs(self.contract, self.input.clone(), gas_limit)?;
        inputs.known_bytecode = (self.own.hash_slow(), self.own.clone());
        Ok(inputs)
    }

    /// Pages as if the program's own were open already.
    pub(crate) fn open_own_pages(&mut self) {
        self.evm.set_pages(self.pages.with(self.footprint));
    }

    /// Ends a transaction whose effects stay.
    pub(crate) fn end(&mut self) {
        self.pages = Pages::default();
        self.value = U256::ZERO;
        self.is_static = false;
        self.evm.inner.ctx.journal_mut().commit_tx();
        self.evm.inner.ctx.local_mut().clear();
    }

    /// The call, with its value shown but not moved.
    pub(crate) fn inputs(
        &mut self,
        to: Address,
        input: Bytes,
        gas_limit: u64,
    ) -> Result<CallInputs, RowError> {
        let loaded = self.evm.inner.ctx.journal_mut().load_account_with_code(to);
        let account = loaded.map_err(|error| format!("{error:?}"))?;
        let known_bytecode = (
            account.info.code_hash(),
            account.info.code.clone().unwrap_or_default(),
        );
        Ok(CallInputs {
            input: CallInput::Bytes(input),
            return_memory_offset: 0..0,
            gas_limit,
            reservoir: 0,
            bytecode_address: to,
            known_bytecode,
            target_address: to,
            caller: self.caller,
            value: CallValue::Apparent(self.value),
            scheme: CallScheme::Call,
            is_static: self.is_static,
            charged_new_account_state_gas: false,
        })
    }

    /// Makes a call as the frame of a transaction is made.
    pub(crate) fn call(&mut self, to: Address, input: Bytes, gas: u64) -> Result<FrameResult, RowError> {
        let inputs = self.inputs(to, input, gas)?;
        let memory = SharedMemory::new_with_buffer(self.evm.inner.ctx.local().shared_memory_buffer().clone());
        let init = FrameInit {
            depth: 0,
            memory,
            frame_input: FrameInput::Call(Box::new(inputs)),
        };
        let mut handler = StylusHandler::<Ctx, NoOpInspector, EthereumPrecompiles>::default();
        let result = handler
            .run_exec_loop(&mut self.evm, init)
            .map_err(|error| format!("{error:?}"));
        self.evm.inner.frame_stack.clear();
        result
    }
}
