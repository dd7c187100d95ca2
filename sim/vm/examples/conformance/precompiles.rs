//! Calls a precompile in a small world, as rows name such calls: `ArbWasm.codehashVersion ProgramNotActivated`. The words
//! after the method say how things stand.

use mintage_vm::{
    ArbosVersion,
    activate::Lifetime,
    arbos::{ArbosContext, ArbosGenesis, base_fee::GasConstraint, storage::MemoryLedger},
    evm::cfg_env,
    precompile::{ArbPrecompiles, EthereumPrecompiles, PRECOMPILES},
    state::{self, ARBOS_STATE_ADDRESS, ProgramRecord},
};
use revm::{
    Context, Journal, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, TxEnv},
    database::{CacheDB, EmptyDB},
    handler::PrecompileProvider,
    interpreter::{CallInput, CallInputs, CallScheme, CallValue, InterpreterResult},
    primitives::{Address, B256, Bytes, KECCAK_EMPTY, U256, address, hex, keccak256},
    state::AccountInfo,
};

use super::row::RowError;

const NOW_TS: u64 = 1_760_000_000;
const GAS: u64 = 1_000_000;
const L2_BLOCK: u64 = 1000;
const PROGRAM: Address = Address::repeat_byte(0xab);
/// Calls whatever is measured; no owner of the chain.
const CALLER: Address = address!("00000000000000000000000000000000000000bb");

/// What a call came to.
pub(crate) struct Answer {
    pub(crate) gas: u64,
    pub(crate) output: Bytes,
    pub(crate) reverts: bool,
}

/// Makes the call that `text` names, with `arg_bytes` of arguments.
pub(crate) fn call(text: &str, arg_bytes: usize) -> Result<Answer, RowError> {
    let (name, circumstances) = text.split_once(' ').unwrap_or((text, ""));
    let name = name.split('(').next().unwrap_or(name);
    let method = Method::named(name)?;
    let mut world = World::new(circumstances)?;
    let result = world.call(&method, &arguments(&method, arg_bytes))?;
    Ok(Answer {
        gas: GAS - result.gas.remaining(),
        reverts: !result.result.is_ok(),
        output: result.output,
    })
}

/// A method of a precompile.
struct Method {
    address: Address,
    signature: &'static str,
    selector: [u8; 4],
}

impl Method {
    /// The method `Contract.method`.
    fn named(name: &str) -> Result<Self, RowError> {
        let unknown = || format!("{name} is no method of a precompile");
        let (contract, method) = name.split_once('.').ok_or_else(unknown)?;
        let precompile = PRECOMPILES
            .into_iter()
            .find(|precompile| precompile.name == contract)
            .ok_or_else(unknown)?;
        let is_meant = |signature: &str| {
            let types = signature.strip_prefix(method);
            types.is_some_and(|types| types.starts_with('('))
        };
        let found = precompile
            .methods
            .iter()
            .find(|method| is_meant(method.signature))
            .ok_or_else(unknown)?;
        Ok(Self {
            address: precompile.address,
            signature: found.signature,
            selector: found.selector,
        })
    }
}

/// Arguments for a method: the program for what takes one, and a number beyond the blocks that there are.
fn arguments(method: &Method, bytes: usize) -> Vec<u8> {
    let types = method
        .signature
        .split_once('(')
        .map_or("", |(_, types)| types.trim_end_matches(')'));
    let words = types.split(',').map(|ty| match ty {
        "address" => PROGRAM.into_word(),
        "bytes32" => keccak256(program_code().original_byte_slice()),
        _ => B256::from(U256::from(5 * L2_BLOCK)),
    });
    let mut data: Vec<u8> = words.flat_map(|word| word.0).collect();
    data.resize(bytes, 0);
    data
}

fn program_code() -> Bytecode {
    Bytecode::new_legacy(hex!("eff00000").into())
}

type Db = CacheDB<EmptyDB>;
type Ctx = Context<BlockEnv, TxEnv, CfgEnv, Db, Journal<Db>, ()>;

struct World {
    ctx: Ctx,
    precompiles: ArbPrecompiles,
}

impl World {
    /// A chain with a program, active unless the circumstances say otherwise. Lists have the length that they say.
    fn new(circumstances: &str) -> Result<Self, RowError> {
        let count = match circumstances.strip_prefix("n=") {
            Some(count) => count
                .parse()
                .map_err(|_| format!("`{circumstances}` has no number"))?,
            None => 0,
        };
        let arbos = ArbosVersion::default();
        let genesis = ArbosGenesis {
            owners: (1..=count).map(|n: u8| Address::repeat_byte(n)).collect(),
            constraints: vec![GasConstraint::ARBITRUM_ONE[0]; count.into()],
            ..ArbosGenesis::default()
        };
        let mut ledger = MemoryLedger::default();
        genesis.write(&mut ledger).map_err(|error| error.to_string())?;
        if circumstances != "ProgramNotActivated" {
            let record = ProgramRecord {
                version: arbos.stylus_version(),
                activated_at_hours: Lifetime::starting_at(NOW_TS).activated_at_hours,
                ..Default::default()
            };
            let slot = state::record_slot(keccak256(program_code().original_byte_slice()));
            ledger
                .storage
                .insert((ARBOS_STATE_ADDRESS, slot), record.encode());
        }
        let mut precompiles = ArbPrecompiles::new(arbos, EthereumPrecompiles::new(arbos));
        *precompiles.context_mut() = ArbosContext {
            l2_block_number: L2_BLOCK,
            debug_precompiles: true,
            ..ArbosContext::default()
        };
        let ctx = Context::mainnet()
            .with_db(database(ledger)?)
            .with_cfg(cfg_env(arbos, genesis.chain_id))
            .with_block(BlockEnv {
                timestamp: U256::from(NOW_TS),
                ..Default::default()
            });
        Ok(Self { ctx, precompiles })
    }

    fn call(&mut self, method: &Method, arguments: &[u8]) -> Result<InterpreterResult, RowError> {
        let inputs = CallInputs {
            input: CallInput::Bytes([&method.selector[..], arguments].concat().into()),
            return_memory_offset: 0..0,
            gas_limit: GAS,
            reservoir: 0,
            bytecode_address: method.address,
            known_bytecode: (KECCAK_EMPTY, Bytecode::default()),
            target_address: method.address,
            caller: CALLER,
            value: CallValue::Transfer(U256::ZERO),
            scheme: CallScheme::Call,
            is_static: false,
            charged_new_account_state_gas: false,
        };
        self.precompiles
            .run(&mut self.ctx, &inputs)?
            .ok_or_else(|| format!("{} does not answer", method.signature))
    }
}

fn database(ledger: MemoryLedger) -> Result<Db, RowError> {
    let mut db = CacheDB::new(EmptyDB::new());
    let contract = |code| {
        let account = AccountInfo {
            nonce: 1,
            ..Default::default()
        };
        account.with_code(code)
    };
    for (account, code) in ledger.code {
        db.insert_account_info(account, contract(Bytecode::new_legacy(code)));
    }
    db.insert_account_info(PROGRAM, contract(program_code()));
    for ((account, slot), value) in ledger.storage {
        db.insert_account_storage(account, slot, value)
            .map_err(|error| format!("{error:?}"))?;
    }
    Ok(db)
}
