//! Rows about what a call costs (`vectors_call_gas.jsonl`): entering a program, and the precompiles of Stylus.
//!
//! Rows about other precompiles of ArbOS belong to the chain that is built on this crate.

use mintage_vm::{
    ArbosVersion, StylusParams,
    memory::{MemoryModel, Pages},
    precompile::{ARB_WASM, ArbPrecompiles, EthereumPrecompiles},
    pricing::EntryGas,
    state::{self, ARBOS_STATE_ADDRESS, ProgramRecord},
};
use revm::{
    Context, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv},
    database::{CacheDB, EmptyDB},
    handler::PrecompileProvider,
    interpreter::{CallInput, CallInputs, CallScheme, CallValue},
    primitives::{Address, KECCAK_EMPTY, U256, hex, keccak256},
    state::AccountInfo,
};

use super::row::{Differences, Row, RowError};

const NOW_TS: u64 = 1_760_000_000;
const GAS: u64 = 1_000_000;
const PROGRAM: Address = Address::repeat_byte(0xab);

/// Whether this is a row that [`check`] takes.
pub(crate) fn is_call_gas(row: &Row) -> bool {
    is_entry(row) || (row.text("kind") == Ok("precompile") && call_of(row).is_some())
}

fn is_entry(row: &Row) -> bool {
    row.text("kind") == Ok("stylus_entry")
}

/// Checks the gas and the sizes.
pub(crate) fn check(row: &Row) -> Result<Differences, RowError> {
    if is_entry(row) {
        check_entry(row)
    } else {
        check_precompile(row)
    }
}

fn check_entry(row: &Row) -> Result<Differences, RowError> {
    let params = StylusParams {
        version: row.number("version")? as u16,
        ..StylusParams::default()
    };
    let model = MemoryModel::new(&params, ArbosVersion::default());
    let pages = Pages {
        open: row.number("open")? as u16,
        ever: row.number("ever")? as u16,
    };
    let footprint = row.number("footprint")? as u16;
    let cached = row.flag("cached_flag")? || row.flag("recent_hit")?;
    let gas = EntryGas::new(
        &params,
        row.number("init_cost")? as u16,
        row.number("cached_cost")? as u16,
    );
    let mut differences = Differences::new();
    if model.over_limit(pages.open + footprint) {
        row.compare(&mut differences, "gas", "out of gas (page limit, ArbOS>=59)");
    } else {
        row.compare(
            &mut differences,
            "gas",
            model.gas_cost(footprint, pages) + gas.charge(params.version, cached),
        );
    }
    Ok(differences)
}

/// Selector, and whether the argument names an active program.
fn call_of(row: &Row) -> Option<([u8; 4], bool)> {
    Some(match row.text("call").ok()? {
        "ArbWasm.stylusVersion" => (hex!("a996e0c2"), true),
        "ArbWasm.codehashVersion ok" => (hex!("d70c0ca7"), true),
        "ArbWasm.codehashVersion ProgramNotActivated" => (hex!("d70c0ca7"), false),
        "ArbWasm.programVersion ok" => (hex!("cc8f4e88"), true),
        "ArbWasm.minInitGas" => (hex!("99d0b38d"), true),
        _ => return None,
    })
}

fn check_precompile(row: &Row) -> Result<Differences, RowError> {
    let (selector, active) = call_of(row).ok_or("not a precompile of Stylus")?;
    let arbos = ArbosVersion::default();
    let code = Bytecode::new_legacy(hex!("eff00000").into());
    let code_hash = keccak256(code.original_byte_slice());
    let mut db = CacheDB::new(EmptyDB::new());
    db.insert_account_info(
        PROGRAM,
        AccountInfo {
            nonce: 1,
            ..Default::default()
        }
        .with_code(code),
    );
    if active {
        let hours = mintage_vm::activate::Lifetime::starting_at(NOW_TS).activated_at_hours;
        let record = ProgramRecord {
            version: 3,
            activated_at_hours: hours,
            ..Default::default()
        };
        db.insert_account_storage(
            ARBOS_STATE_ADDRESS,
            state::record_slot(code_hash),
            record.encode(),
        )
        .map_err(|error| format!("{error:?}"))?;
    }
    let argument = if selector == hex!("cc8f4e88") {
        PROGRAM.into_word()
    } else {
        code_hash
    };
    let arguments = row.number("arg_bytes")? as usize;
    let data = [&selector[..], &[argument.0].concat()[..arguments]].concat();
    let mut ctx = Context::mainnet()
        .with_db(db)
        .with_cfg(CfgEnv::new_with_spec(arbos.spec_id()))
        .with_block(BlockEnv {
            timestamp: U256::from(NOW_TS),
            ..Default::default()
        });
    let inputs = CallInputs {
        input: CallInput::Bytes(data.into()),
        return_memory_offset: 0..0,
        gas_limit: GAS,
        reservoir: 0,
        bytecode_address: ARB_WASM,
        known_bytecode: (KECCAK_EMPTY, Bytecode::default()),
        target_address: ARB_WASM,
        caller: Address::ZERO,
        value: CallValue::Transfer(U256::ZERO),
        scheme: CallScheme::Call,
        is_static: true,
        charged_new_account_state_gas: false,
    };
    let mut precompiles = ArbPrecompiles::new(arbos, EthereumPrecompiles::new(arbos));
    let result = precompiles
        .run(&mut ctx, &inputs)?
        .ok_or("the precompile does not answer")?;
    let mut differences = Differences::new();
    row.compare(&mut differences, "gas", GAS - result.gas.remaining());
    row.compare(&mut differences, "ret_bytes", result.output.len());
    row.compare(&mut differences, "reverts", result.result.is_revert());
    Ok(differences)
}
