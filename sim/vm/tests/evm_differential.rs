//! The EVM underneath is still Ethereum's: random bytecode on this crate's EVM and on plain revm, result, gas and state
//! equal. What ArbOS changes on purpose is given to plain revm too: which of Ethereum's precompiles there are, and that
//! BLOBBASEFEE ends a frame.

#[allow(dead_code, reason = "shared with the metering tests, which use all of it")]
#[path = "metering/random.rs"]
mod random;

use mintage_vm::{
    ArbosVersion, StylusEngine, StylusEvm,
    evm::cfg_env,
    precompile::{ARB_WASM, ARB_WASM_CACHE, EthereumPrecompiles},
};
use random::Random;
use revm::{
    Context, ExecuteEvm, MainBuilder, MainContext,
    bytecode::{Bytecode, opcode::BLOBBASEFEE},
    context::{
        BlockEnv, TxEnv,
        transaction::{AccessList, AccessListItem},
    },
    database::{CacheDB, EmptyDB},
    interpreter::{
        Instruction, InstructionContext, InstructionExecResult, InstructionResult,
        interpreter::EthInterpreter,
    },
    primitives::{Address, Bytes, TxKind, U256, address},
    state::AccountInfo,
};

const SENDER: Address = address!("1000000000000000000000000000000000000001");
const CONTRACTS: [Address; 3] = [
    address!("2000000000000000000000000000000000000001"),
    address!("2000000000000000000000000000000000000002"),
    address!("2000000000000000000000000000000000000003"),
];
const NOBODY: Address = address!("3000000000000000000000000000000000000001");
const CHAIN_ID: u64 = 42_161;
const SEED: u64 = 0x6576_6d20_6576_6d31;

/// Arithmetic, comparison, bits, hashing, environment, storage, transient storage, memory, flow: one byte each.
const PLAIN: &[u8] = &[
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
    0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x38,
    0x3a, 0x3b, 0x3d, 0x3f, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x50, 0x54, 0x55,
    0x58, 0x59, 0x5a, 0x5c, 0x5d, 0x5f, 0x80, 0x81, 0x82, 0x90, 0x91, 0x92,
];

#[test]
fn test_random_bytecode_runs_as_on_plain_revm() {
    let transactions = std::env::var("MINTAGE_EVM_TRANSACTIONS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(4_000);
    let mut random = Random::new(SEED);
    let (mut succeeded, mut reverted, mut halted) = (0_u32, 0_u32, 0_u32);
    for number in 0..transactions {
        let arbos = ArbosVersion::ALL[random.below(ArbosVersion::ALL.len() as u64) as usize];
        let db = world(&mut random);
        let tx = transaction(&mut random);
        let context = || {
            Context::mainnet()
                .with_db(db.clone())
                .with_block(BlockEnv {
                    number: U256::from(1_000),
                    basefee: 7,
                    ..Default::default()
                })
                .with_cfg(cfg_env(arbos, CHAIN_ID))
        };
        let ours = StylusEvm::new(context(), arbos, StylusEngine::new()).transact(tx.clone());
        let mut plain = context()
            .build_mainnet()
            .with_precompiles(EthereumPrecompiles::new(arbos));
        plain
            .instruction
            .insert_instruction(BLOBBASEFEE, Instruction::new(no_blobs), 2);
        let plain = plain.transact(tx.clone());
        assert_eq!(
            ours, plain,
            "transaction {number} of seed {SEED:#x} at ArbOS {arbos}: {tx:?}"
        );
        match plain.expect("the sender can pay for it").result {
            result if result.is_success() => succeeded += 1,
            result if result.is_halt() => halted += 1,
            _ => reverted += 1,
        }
    }
    // Bytecode that only fails would prove little.
    assert!(
        succeeded > transactions / 5 && reverted > 0 && halted > 0,
        "{succeeded} succeeded, {reverted} reverted, {halted} halted"
    );
}

/// On Arbitrum the opcode ends a frame; random memory that is run as init code can hold it.
fn no_blobs<H: ?Sized>(_: InstructionContext<'_, H, EthInterpreter>) -> InstructionExecResult {
    Err(InstructionResult::NotActivated)
}

/// Three contracts with random code, and somebody who pays.
fn world(random: &mut Random) -> CacheDB<EmptyDB> {
    let mut db = CacheDB::new(EmptyDB::new());
    let rich = U256::from(10).pow(U256::from(20));
    db.insert_account_info(
        SENDER,
        AccountInfo {
            balance: rich,
            ..Default::default()
        },
    );
    for contract in CONTRACTS {
        let code = Bytecode::new_raw(code(random).into());
        let info = AccountInfo::new(U256::from(random.below(3)), 1, code.hash_slow(), code);
        db.insert_account_info(contract, info);
        for slot in 0..4 {
            let value = U256::from(random.below(3));
            db.insert_account_storage(contract, U256::from(slot), value)
                .expect("in memory");
        }
    }
    db
}

fn transaction(random: &mut Random) -> TxEnv {
    let create = random.below(8) == 0;
    let data = if create {
        code(random)
    } else {
        (0..random.below(70)).map(|_| random.below(256) as u8).collect()
    };
    let tx = TxEnv::builder()
        .caller(SENDER)
        .chain_id(Some(CHAIN_ID))
        .kind(if create {
            TxKind::Create
        } else {
            TxKind::Call(CONTRACTS[0])
        })
        .value(U256::from(random.below(2) * 5))
        .data(Bytes::from(data))
        .gas_price(7 + u128::from(random.below(3)))
        .access_list(arbos_precompiles())
        .gas_limit([120_000, 200_000, 3_000_000][random.below(3) as usize]);
    tx.build().expect("complete")
}

/// Warm on both sides: the two precompiles of ArbOS that this crate always has. Nothing calls them, but an address is
/// soon 0x72 by chance.
fn arbos_precompiles() -> AccessList {
    let warm = |address| AccessListItem {
        address,
        storage_keys: Vec::new(),
    };
    AccessList([ARB_WASM, ARB_WASM_CACHE].map(warm).to_vec())
}

/// Bytecode that keeps some words on its stack, so that most operations find their operands.
fn code(random: &mut Random) -> Vec<u8> {
    let mut code = vec![0x5f; 8];
    for _ in 0..random.below(40) {
        match random.below(20) {
            0..=6 => push(random, &mut code),
            7 => copy_to_memory(random, &mut code),
            8..=9 => call(random, &mut code),
            10 => create(random, &mut code),
            11 => log(random, &mut code),
            // MSTORE, MSTORE8, MLOAD of small places
            12 => code.extend([
                0x60,
                random.below(256) as u8,
                [0x52, 0x53, 0x51][random.below(3) as usize],
            ]),
            // JUMPI over one byte, to a JUMPDEST
            13 => {
                let target = code.len() as u16 + 6;
                let [high, low] = target.to_be_bytes();
                code.extend([0x80, 0x61, high, low, 0x57, 0x50, 0x5b]);
            }
            _ => code.push(PLAIN[random.below(PLAIN.len() as u64) as usize]),
        }
    }
    end(random, &mut code);
    code
}

fn push(random: &mut Random, code: &mut Vec<u8>) {
    match random.below(4) {
        0 => code.extend([0x60, random.below(4) as u8]),
        1 => code.extend([0x61, random.below(256) as u8, random.below(256) as u8]),
        2 => {
            code.push(0x7f);
            code.extend((0..32).map(|_| random.below(256) as u8));
        }
        _ => {
            code.push(0x73);
            code.extend(account(random));
        }
    }
}

/// A contract, an empty account, the sender, or a precompile of Ethereum's.
fn account(random: &mut Random) -> Address {
    match random.below(8) {
        n @ 0..=2 => CONTRACTS[n as usize],
        3 => NOBODY,
        4 => SENDER,
        _ => Address::with_last_byte(random.below(11) as u8),
    }
}

/// CALLDATACOPY, CODECOPY, EXTCODECOPY, RETURNDATACOPY or MCOPY of small ranges.
fn copy_to_memory(random: &mut Random, code: &mut Vec<u8>) {
    for _ in 0..3 {
        code.extend([0x60, random.below(40) as u8]);
    }
    match random.below(5) {
        0 => code.push(0x37),
        1 => code.push(0x39),
        2 => {
            code.push(0x73);
            code.extend(account(random));
            code.push(0x3c);
        }
        3 => code.push(0x3e),
        _ => code.push(0x5e),
    }
}

/// CALL, CALLCODE, DELEGATECALL or STATICCALL, some with value, with all or little gas.
fn call(random: &mut Random, code: &mut Vec<u8>) {
    let kind = [0xf1, 0xf2, 0xf4, 0xfa][random.below(4) as usize];
    for _ in 0..4 {
        code.extend([0x60, random.below(40) as u8]);
    }
    if matches!(kind, 0xf1 | 0xf2) {
        code.extend([0x60, random.below(3) as u8]);
    }
    code.push(0x73);
    code.extend(account(random));
    if random.below(2) == 0 {
        code.push(0x5a)
    } else {
        code.extend([0x61, 0x13, random.below(256) as u8])
    }
    code.push(kind);
}

/// CREATE or CREATE2 of what memory holds.
fn create(random: &mut Random, code: &mut Vec<u8>) {
    let salted = random.below(2) == 1;
    if salted {
        code.extend([0x60, random.below(3) as u8]);
    }
    code.extend([
        0x60,
        random.below(40) as u8,
        0x60,
        random.below(8) as u8,
        0x60,
        random.below(2) as u8,
    ]);
    code.push(if salted { 0xf5 } else { 0xf0 });
}

fn log(random: &mut Random, code: &mut Vec<u8>) {
    let topics = random.below(5) as u8;
    for _ in 0..topics + 2 {
        code.extend([0x60, random.below(40) as u8]);
    }
    code.push(0xa0 + topics);
}

/// STOP, RETURN, REVERT, SELFDESTRUCT, INVALID, or simply the end.
fn end(random: &mut Random, code: &mut Vec<u8>) {
    match random.below(10) {
        0..=3 => code.push(0x00),
        4..=6 => code.extend([0x60, random.below(64) as u8, 0x5f, 0xf3]),
        7 => code.extend([0x60, random.below(64) as u8, 0x5f, 0xfd]),
        8 => {
            code.push(0x73);
            code.extend(account(random));
            code.push(0xff);
        }
        _ => {}
    }
}
