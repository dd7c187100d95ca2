//! Every method of ArbOS's precompiles against the recorded table: that it exists from its version on, what it may do,
//! and what it costs. The recorded rows of call gas as a whole.

use std::{fs, path::Path};

use mintage_vm::{
    ArbosVersion,
    arbos::{
        ArbosContext, ArbosGenesis,
        base_fee::GasConstraint,
        gas_price,
        retryable::{self, LIFETIME_SECS, Ticket},
        schema::schema,
        storage::{Free, MemoryLedger, Store},
    },
    evm::cfg_env,
    precompile::{
        ARB_ADDRESS_TABLE, ARB_AGGREGATOR, ARB_DEBUG, ARB_RETRYABLE_TX, ARB_SYS, ARB_WASM, ArbPrecompiles,
        EthereumPrecompiles, Mutability, PRECOMPILES, abi,
    },
    state::{self, ARBOS_STATE_ADDRESS, ProgramRecord},
};
use revm::{
    Context, MainContext,
    bytecode::Bytecode,
    context::{BlockEnv, CfgEnv, Journal, TxEnv},
    context_interface::{ContextTr, JournalTr},
    database::{CacheDB, EmptyDB},
    handler::PrecompileProvider,
    interpreter::{CallInput, CallInputs, CallScheme, CallValue},
    primitives::{Address, B256, Bytes, KECCAK_EMPTY, U256, hex, keccak256},
    state::AccountInfo,
};
use serde_json::Value;

const GAS: u64 = 10_000_000;
const NOW_TS: u64 = 1_760_000_000;
const OWNER: Address = Address::repeat_byte(0x0a);
const SECOND_OWNER: Address = Address::repeat_byte(0x0b);
const STRANGER: Address = Address::repeat_byte(0x99);
const PROGRAM: Address = Address::repeat_byte(0xab);
const TICKET: B256 = B256::repeat_byte(0x71);
const TICKET_BYTES: usize = 70;

type Db = CacheDB<EmptyDB>;
type Ctx = Context<BlockEnv, TxEnv, CfgEnv, Db, Journal<Db>, ()>;

fn vectors(file: &str) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/arbos");
    fs::read_to_string(dir.join(file)).unwrap()
}

/// A line of a CSV file with quoted fields.
fn fields(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            letter => field.push(letter),
        }
    }
    out.push(field);
    out
}

struct Row {
    address: Address,
    signature: String,
    selector: [u8; 4],
    mutability: String,
    since: u64,
    max: Option<u64>,
    gas_rule: String,
}

fn rows() -> Vec<Row> {
    let text = vectors("precompile_methods.csv");
    let rows: Vec<Row> = text
        .lines()
        .skip(1)
        .map(|line| {
            let f = fields(line);
            Row {
                address: f[0].parse().unwrap(),
                signature: f[2].clone(),
                selector: hex::decode(&f[3]).unwrap().try_into().unwrap(),
                mutability: f[4].clone(),
                since: f[6].parse().unwrap(),
                max: f[7].parse().ok(),
                gas_rule: f[8].clone(),
            }
        })
        .collect();
    assert_eq!(rows.len(), 202);
    rows
}

/// NodeInterface and its twin answer RPC requests only.
fn is_virtual(row: &Row) -> bool {
    row.gas_rule == "virtual: RPC only"
}

#[test]
fn test_methods_are_those_of_the_table() {
    let rows: Vec<Row> = rows().into_iter().filter(|row| !is_virtual(row)).collect();
    for row in &rows {
        let precompile = PRECOMPILES
            .iter()
            .find(|precompile| precompile.address == row.address)
            .unwrap_or_else(|| panic!("no precompile at {}", row.address));
        let method = precompile
            .methods
            .iter()
            .find(|method| method.selector == row.selector)
            .unwrap_or_else(|| panic!("{} lacks {}", precompile.name, row.signature));
        assert_eq!(method.signature, row.signature);
        assert_eq!(method.selector, keccak256(method.signature)[..4]);
        let mutability = match row.mutability.as_str() {
            "pure" => Mutability::Pure,
            "view" => Mutability::View,
            "nonpayable" => Mutability::Write,
            "payable" => Mutability::Payable,
            other => panic!("{other}"),
        };
        assert_eq!(method.mutability, mutability, "{}", row.signature);
        for arbos in ArbosVersion::ALL.map(ArbosVersion::number) {
            let expected = row.since <= arbos && row.max.is_none_or(|max| arbos <= max);
            let there = method.exists_at(arbos) && precompile.since <= arbos;
            assert_eq!(there, expected, "{} at ArbOS {arbos}", row.signature);
        }
    }
    let ours: usize = PRECOMPILES
        .iter()
        .map(|precompile| precompile.methods.len())
        .sum();
    assert_eq!(ours, rows.len());
    assert_eq!(ours, 191);
}

/// A chain in the middle of a block, on which precompiles are called without an EVM around them.
struct World {
    ctx: Ctx,
    precompiles: ArbPrecompiles,
}

struct Answer {
    gas: u64,
    output: Bytes,
    ok: bool,
}

fn ledger(arbos: ArbosVersion) -> MemoryLedger {
    let mut ledger = MemoryLedger::default();
    let constraints = if arbos >= ArbosVersion::V50 {
        GasConstraint::ARBITRUM_ONE.to_vec()
    } else {
        Vec::new()
    };
    ArbosGenesis {
        arbos,
        owners: vec![OWNER, SECOND_OWNER],
        constraints,
        ..ArbosGenesis::default()
    }
    .write(&mut ledger)
    .unwrap();
    let store = &mut Free(&mut ledger);
    let ticket = Ticket {
        tries: 0,
        from: STRANGER,
        to: Some(PROGRAM),
        value_wei: U256::ZERO,
        beneficiary: STRANGER,
        data: vec![3; TICKET_BYTES].into(),
    };
    retryable::create(store, TICKET, &ticket, NOW_TS).unwrap();
    let hours = mintage_vm::activate::Lifetime::starting_at(NOW_TS).activated_at_hours;
    let record = ProgramRecord {
        version: arbos.stylus_version(),
        init_cost: 4000,
        activated_at_hours: hours,
        ..Default::default()
    };
    store
        .poke(state::record_slot(code_hash()), record.encode())
        .unwrap();
    schema().programs.cache_managers.add(store, OWNER).unwrap();
    schema().native_token_owners.add(store, OWNER).unwrap();
    ledger
}

fn code() -> Bytecode {
    Bytecode::new_legacy(hex!("eff00000").into())
}

fn code_hash() -> B256 {
    keccak256(code().original_byte_slice())
}

impl World {
    fn new(arbos: ArbosVersion) -> Self {
        let mut db = CacheDB::new(EmptyDB::new());
        let contract = |code: Bytecode| {
            let info = AccountInfo {
                nonce: 1,
                ..Default::default()
            };
            info.with_code(code)
        };
        let ledger = ledger(arbos);
        for (account, code) in ledger.code {
            db.insert_account_info(account, contract(Bytecode::new_legacy(code)));
        }
        db.insert_account_info(PROGRAM, contract(code()));
        let rich = AccountInfo {
            balance: U256::from(100),
            ..Default::default()
        };
        db.insert_account_info(OWNER, rich);
        for ((account, slot), value) in ledger.storage {
            db.insert_account_storage(account, slot, value).unwrap();
        }
        let ctx = Context::mainnet()
            .with_db(db)
            .with_cfg(cfg_env(arbos, 412_346))
            .with_block(BlockEnv {
                timestamp: U256::from(NOW_TS),
                basefee: 100_000_000,
                number: U256::from(7),
                ..Default::default()
            });
        let mut precompiles = ArbPrecompiles::new(arbos, EthereumPrecompiles::new(arbos));
        *precompiles.context_mut() = ArbosContext {
            l2_block_number: 1_000,
            debug_precompiles: true,
            ..ArbosContext::default()
        };
        Self { ctx, precompiles }
    }

    fn inputs(caller: Address, to: Address, data: Vec<u8>) -> CallInputs {
        CallInputs {
            input: CallInput::Bytes(data.into()),
            return_memory_offset: 0..0,
            gas_limit: GAS,
            reservoir: 0,
            bytecode_address: to,
            known_bytecode: (KECCAK_EMPTY, Bytecode::default()),
            target_address: to,
            caller,
            value: CallValue::Transfer(U256::ZERO),
            scheme: CallScheme::Call,
            is_static: false,
            charged_new_account_state_gas: false,
        }
    }

    fn answer(&mut self, inputs: &CallInputs) -> Option<Answer> {
        let result = self.precompiles.run(&mut self.ctx, inputs).unwrap()?;
        Some(Answer {
            gas: inputs.gas_limit - result.gas.remaining(),
            ok: result.result.is_ok(),
            output: result.output,
        })
    }

    fn ask(&mut self, caller: Address, to: Address, data: Vec<u8>) -> Answer {
        self.answer(&Self::inputs(caller, to, data))
            .expect("a precompile")
    }
}

/// Calldata of a method with arguments that every method accepts, on the chain above.
fn calldata(row: &Row) -> Vec<u8> {
    let word = |n: u64| U256::from(n).to_be_bytes::<32>().to_vec();
    let address = |address: Address| address.into_word().to_vec();
    let text = |before: Vec<Vec<u8>>| {
        let head = before.concat();
        [&head[..], &word(head.len() as u64 + 32), &abi::tail(&[0x80; 40])].concat()
    };
    let sequencer = mintage_vm::arbos::genesis::SEQUENCER;
    let args = match row.signature.as_str() {
        "decompress(bytes,uint256)" => {
            let packed = alloy_rlp::encode(STRANGER);
            [word(64), word(0), abi::tail(&packed)].concat()
        }
        "sendTxToL1(address,bytes)" | "overwriteContractCode(address,bytes)" => text(vec![address(STRANGER)]),
        "upload(bytes)" | "setChainConfig(string)" => text(vec![]),
        "getFeeCollector(address)" => address(sequencer),
        "setFeeCollector(address,address)" => [address(sequencer), address(STRANGER)].concat(),
        "removeChainOwner(address)" => address(SECOND_OWNER),
        "removeNativeTokenOwner(address)" | "removeWasmCacheManager(address)" => address(OWNER),
        "setGasPricingConstraints(uint64[3][])" => [word(32), word(1), word(7), word(8), word(9)].concat(),
        "setMultiGasPricingConstraints(((uint8,uint64)[],uint32,uint64,uint64)[])" => {
            let tuple = [
                word(128),
                word(50),
                word(1_000_000),
                word(0),
                word(1),
                word(1),
                word(1),
            ]
            .concat();
            [word(32), word(1), word(32), tuple].concat()
        }
        signature if signature.contains("(bytes32)") => {
            let name = if row.address == ARB_RETRYABLE_TX {
                TICKET
            } else {
                code_hash()
            };
            name.to_vec()
        }
        "events(bool,bytes32)" => [word(1), word(5)].concat(),
        "setNativeTokenManagementFrom(uint64)" | "setTransactionFilteringFrom(uint64)" => {
            word(NOW_TS + 30 * 86_400)
        }
        "arbBlockHash(uint256)" => word(5_000),
        "setBrotliCompressionLevel(uint64)" => word(3),
        signature if signature.contains("(address") => [address(PROGRAM), address(STRANGER)].concat()
            [..32 * (1 + signature.matches(',').count())]
            .to_vec(),
        signature if signature.ends_with("()") => vec![],
        signature => word(1).repeat(1 + signature.matches(',').count()),
    };
    [&row.selector[..], &args].concat()
}

const R: u64 = 800;
const W: u64 = 20_000;
const Z: u64 = 5_000;
const EVENT_OF_ONE_WORD: u64 = 375 + 375 * 2 + 8 * 32;

/// Gas of a method's body on the chain above, by the table's own words. `None`: all gas of the call.
fn body_gas(row: &Row) -> Option<u64> {
    let constraints = GasConstraint::ARBITRUM_ONE.len() as u64;
    let words = (TICKET_BYTES as u64).div_ceil(32);
    Some(match (row.gas_rule.as_str(), row.signature.as_str()) {
        ("R*(1+n)", "getAllChainOwners()") => R * 3,
        ("R*(1+n)", "getBatchPosters()" | "getAllNativeTokenOwners()" | "allCacheManagers()") => R * 2,
        ("R*(1+n)", "getAllTransactionFilterers()") => R,
        ("R*(1+3n)", _) => R * (1 + 3 * constraints),
        ("R*(1+12n)", _) => R,
        ("0" | "0 / n.a." | "0 then revert" | "always reverts NotCallable", _) => 0,
        ("R", _) => R,
        ("2R", _) => 2 * R,
        ("3R", _) => 3 * R,
        ("100", _) => 100,
        ("100+R", _) => 100 + R,
        ("2600+100+R" | "100+2600+R", _) => 2600 + 100 + R,
        ("700", _) => 700,
        ("9R (ArbOS 60: 10R)", _) => 9 * R,
        ("2100 + 3*ceil(codelen/32)", _) => 2100 + 3,
        ("0 for a literal 20-byte RLP; 2R for an index", _) => 0,
        ("R (+R if index < size)", _) => R,
        ("known: R; new: 2R+3W = 61600", _) => 61_600,
        ("min(arg, gas left); error if arg > u64", _) => 1,
        ("error unless mapping is broken; 4R + Z + (3R+3W) + event 1006", _) => R,
        ("owner check R + R, then storage of the new poster", _) => {
            // Due and collector, then the set.
            R + R + Z + W + (3 * R + 3 * W)
        }
        ("2R (+R owner check) + W", _) => 3 * R + W,
        ("R (not found) else 3R", _) => 3 * R,
        ("R (not found) else 2R", _) => 2 * R,
        // The owner is the only one of this chain whom the call above finds.
        ("R (already owner) or 3R+3W = 62400", _) => R,
        ("2 events", _) => (375 * 3 + 8 * 32) + (375 * 5 + 8 * 64),
        ("see ARBOS.md 5.8", "keepalive(bytes32)") => {
            R + R + 200 * (7 + words) + R + 2 * R + (R + 2 * W) + (R + W) + 58_000 + EVENT_OF_ONE_WORD
        }
        ("see ARBOS.md 5.8", "cancel(bytes32)") => {
            // The end, the beneficiary twice; seven fields; length, then words and length of the data.
            let data = R + Z * (TICKET_BYTES as u64 / 32 + 1) + Z;
            R + R + R + 7 * Z + data + 375 * 3
        }
        ("see ARBOS.md 5.8; donates the remaining gas", _) => return None,
        ("R + W + event 750 (free for filterers)" | "R + Z + event 750 (free for filterers)", _) => {
            return None;
        }
        ("R + 9100 + event 1006", _) => R + 9100 + EVENT_OF_ONE_WORD,
        ("free for a chain owner (callee returns all supplied gas); non-owner: all gas burnt", _) => 0,
        ("reverts unless caller is address(0); then unspecified", _) => 0,
        ("virtual: RPC only", _) => return None,
        (rule, signature) => panic!("no reading of the rule of {signature}: {rule}"),
    })
}

/// Rules about activation, caching and messages to L1: tested by themselves, here and in `precompiles.rs`.
fn is_tested_alone(row: &Row) -> bool {
    let signatures = [
        "activateProgram(address)",
        "codehashKeepalive(bytes32)",
        "cacheCodehash(bytes32)",
        "cacheProgram(address)",
        "evictCodehash(bytes32)",
        "withdrawEth(address)",
        "sendTxToL1(address,bytes)",
    ];
    signatures.contains(&row.signature.as_str())
}

#[test]
fn test_gas_follows_the_table_for_every_method() {
    let (mut seen, mut alone) = (0, 0);
    for row in rows().iter().filter(|row| !is_virtual(row)) {
        if is_tested_alone(row) {
            alone += 1;
            continue;
        }
        let mut world = World::new(ArbosVersion::V61);
        let data = calldata(row);
        let caller = match row.signature.as_str() {
            "cancel(bytes32)" => STRANGER,
            _ => OWNER,
        };
        let answer = world.ask(caller, row.address, data.clone());
        let Some(body) = body_gas(row) else {
            assert_eq!(answer.gas, GAS, "{}", row.signature);
            seen += 1;
            continue;
        };
        let words = |bytes: usize| 3 * (bytes as u64).div_ceil(32);
        let open = if row.mutability == "pure" { 0 } else { R };
        let is_free = row.address == mintage_vm::precompile::ARB_OWNER;
        let expected = if row.signature == "eventsView()" {
            GAS
        } else if is_free {
            0
        } else {
            open + words(data.len() - 4) + body + words(answer.output.len())
        };
        assert_eq!(answer.gas, expected, "{} ({})", row.signature, row.gas_rule);
        seen += 1;
    }
    assert_eq!((seen, alone), (184, 7));
}

/// Methods that revert by their nature answer so above; all others must have succeeded, or the price was that of a refusal.
#[test]
fn test_every_method_can_succeed() {
    let reverts = [
        "arbBlockHash(uint256)",
        "sendMerkleTreeState()",
        "lookup(address)",
        "lookupIndex(uint256)",
        "get(address,uint256)",
        "rectifyChainOwner(address)",
        "submitRetryable(bytes32,uint256,uint256,uint256,uint256,uint64,uint256,address,address,address,bytes)",
        "addTransactionFilterer(address)",
        "removeTransactionFilterer(address)",
        "addNativeTokenOwner(address)",
        "addFilteredTransaction(bytes32)",
        "deleteFilteredTransaction(bytes32)",
        "activateProgram(address)",
        "codehashKeepalive(bytes32)",
        "cacheCodehash(bytes32)",
        "eventsView()",
        "customRevert(uint64)",
        "panic()",
        "legacyError()",
        "startBlock(uint256,uint64,uint64,uint64)",
        "batchPostingReport(uint256,address,uint64,uint64,uint256)",
        "batchPostingReportV2(uint256,address,uint64,uint64,uint64,uint64,uint256)",
    ];
    for row in rows().iter().filter(|row| !is_virtual(row)) {
        let mut world = World::new(ArbosVersion::V61);
        let caller = match row.signature.as_str() {
            "cancel(bytes32)" => STRANGER,
            _ => OWNER,
        };
        let answer = world.ask(caller, row.address, calldata(row));
        let expected = !reverts.contains(&row.signature.as_str());
        assert_eq!(answer.ok, expected, "{} {}", row.signature, answer.output);
    }
}

/// What is let in at all: the four refusals take everything, whatever the method.
#[test]
fn test_refused_calls_burn_all_gas() {
    for row in rows().iter().filter(|row| !is_virtual(row)) {
        let data = calldata(row);
        let call = World::inputs(OWNER, row.address, data.clone());
        let free = row.address == mintage_vm::precompile::ARB_OWNER;
        let refused = |change: &dyn Fn(&mut CallInputs)| {
            let mut world = World::new(ArbosVersion::V61);
            let mut inputs = call.clone();
            change(&mut inputs);
            let answer = world.answer(&inputs).unwrap();
            !answer.ok && answer.output.is_empty() && (answer.gas == GAS || free)
        };
        if row.mutability != "pure" {
            assert!(
                refused(&|call| call.target_address = PROGRAM),
                "delegated {}",
                row.signature
            );
        }
        if matches!(row.mutability.as_str(), "nonpayable" | "payable") {
            assert!(refused(&|call| call.is_static = true), "static {}", row.signature);
        }
        if row.mutability != "payable" {
            let value = CallValue::Transfer(U256::from(1));
            assert!(
                refused(&|call| call.value = value.clone()),
                "value {}",
                row.signature
            );
        }
        for cut in [0, 3] {
            let short = Bytes::copy_from_slice(&data[..cut]);
            assert!(refused(&|call| call.input = CallInput::Bytes(short.clone())));
        }
        if data.len() > 4 {
            // What pads a byte string is not looked at.
            let padded = row.signature.contains("bytes)") || row.signature.contains("bytes,");
            let dynamic = padded || row.signature.contains("string");
            let cut = if dynamic { 64 } else { 1 };
            let short = Bytes::copy_from_slice(&data[..data.len() - cut]);
            assert!(
                refused(&|call| call.input = CallInput::Bytes(short.clone())),
                "short arguments {}",
                row.signature
            );
        }
    }
}

#[test]
fn test_versions_gate_methods_and_precompiles() {
    for arbos in ArbosVersion::ALL {
        for row in rows().iter().filter(|row| !is_virtual(row)) {
            let mut world = World::new(arbos);
            let there = row.since <= arbos.number() && row.max.is_none_or(|max| arbos.number() <= max);
            if there {
                continue;
            }
            let answer = world.answer(&World::inputs(OWNER, row.address, calldata(row)));
            let precompile = PRECOMPILES.iter().find(|one| one.address == row.address).unwrap();
            if precompile.since > arbos.number() {
                assert!(answer.is_none(), "an empty account below its version");
            } else {
                let answer = answer.unwrap();
                assert!(
                    !answer.ok && answer.output.is_empty(),
                    "{} at {arbos}",
                    row.signature
                );
                let free = row.address == mintage_vm::precompile::ARB_OWNER;
                assert_eq!(answer.gas, if free { 0 } else { GAS });
            }
        }
    }
}

/// The calldata and the caller of a recorded row.
fn recorded(call: &str) -> (Address, Address, Vec<u8>) {
    let word = |address: Address| address.into_word().to_vec();
    let with = |selector: [u8; 4], args: Vec<u8>| [&selector[..], &args].concat();
    let public = mintage_vm::precompile::ARB_OWNER_PUBLIC;
    let gas_info = mintage_vm::precompile::ARB_GAS_INFO;
    let (to, data) = match call {
        "ArbSys.arbBlockHash(uint256) out of range -> InvalidBlockNumber" => (
            ARB_SYS,
            with(hex!("2b407a82"), U256::from(1_000).to_be_bytes::<32>().to_vec()),
        ),
        "ArbInfo.getBalance" => (
            mintage_vm::precompile::ARB_INFO,
            with(hex!("f8b2cb4f"), word(STRANGER)),
        ),
        "ArbGasInfo.getMinimumGasPrice" => (gas_info, hex!("f918379a").to_vec()),
        "ArbGasInfo.getGasPricingConstraints n=6" => (gas_info, hex!("232027d1").to_vec()),
        "ArbWasm.stylusVersion" => (ARB_WASM, hex!("a996e0c2").to_vec()),
        "ArbWasm.codehashVersion ok" => (ARB_WASM, with(hex!("d70c0ca7"), code_hash().to_vec())),
        "ArbWasm.codehashVersion ProgramNotActivated" => (ARB_WASM, with(hex!("d70c0ca7"), TICKET.to_vec())),
        "ArbWasm.programVersion ok" => (ARB_WASM, with(hex!("cc8f4e88"), word(PROGRAM))),
        "ArbWasm.minInitGas" => (ARB_WASM, hex!("99d0b38d").to_vec()),
        "ArbOwnerPublic.getMaxStylusContractFragments" => (public, hex!("e5a7f893").to_vec()),
        "ArbAddressTable.register new" => (ARB_ADDRESS_TABLE, with(hex!("4420e486"), word(STRANGER))),
        "ArbDebug.becomeChainOwner new" => (ARB_DEBUG, hex!("0e5bbc11").to_vec()),
        "ArbOwnerPublic.getAllChainOwners n=2" => (public, hex!("516b4e0f").to_vec()),
        other => panic!("{other}"),
    };
    (STRANGER, to, data)
}

#[test]
fn test_recorded_calls_cost_what_is_recorded() {
    let mut seen = 0;
    for line in vectors("vectors_call_gas.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if row["kind"] != "precompile" {
            continue;
        }
        let (caller, to, data) = recorded(row["call"].as_str().unwrap());
        assert_eq!(data.len() as u64 - 4, row["arg_bytes"].as_u64().unwrap());
        let answer = World::new(ArbosVersion::V61).ask(caller, to, data);
        assert_eq!(answer.gas, row["gas"].as_u64().unwrap(), "{row}");
        assert_eq!(
            answer.output.len() as u64,
            row["ret_bytes"].as_u64().unwrap(),
            "{row}"
        );
        assert_eq!(answer.ok, row["reverts"] != true, "{row}");
        seen += 1;
    }
    assert_eq!(seen, 13);
}

/// The formula of the table, by hand, for leaves that climb no, one and two levels.
#[test]
fn test_gas_of_messages_to_l1() {
    let mut world = World::new(ArbosVersion::V61);
    let data = vec![9; 40];
    let word = |n: u64| U256::from(n).to_be_bytes::<32>();
    let args = [&STRANGER.into_word().0[..], &word(64), &abi::tail(&data)].concat();
    let call = [&hex!("928c169a")[..], &args].concat();
    // Levels climbed, and whether the last one is new.
    let trees = [(0, true), (1, true), (0, false), (2, true), (0, false)];
    for (climbed, new) in trees {
        let answer = world.ask(STRANGER, ARB_SYS, call.clone());
        let keccak = 30 + 6 * (168 + 40u64).div_ceil(32);
        let tree = climbed * (R + Z + 42) + if new { W } else { R + W };
        let count = R + W;
        let event = 1875 + 8 * (224 + 64);
        let body = keccak + count + tree + R + climbed * 1875 + event;
        assert_eq!(answer.gas, R + 3 * 5 + body + 3, "climbed {climbed}");
        assert!(answer.ok);
    }
}

/// 2899 for the log, 3 for the result, 20,800 for the backlog stay; all else is given to the redeem.
#[test]
fn test_gas_of_a_redeem_goes_to_the_redeem() {
    let words = (TICKET_BYTES as u64).div_ceil(32);
    let head = R + 3 + R + R + 50 * (7 + words) + R + (R + W) + (3 + 2 + TICKET_BYTES as u64 / 32) * R;
    for (arbos, constraints, kept) in [
        (ArbosVersion::V61, 6, 20_800),
        (ArbosVersion::V60, 6, 20_800),
        (ArbosVersion::V51, 6, 2 * R + 6 * (R + W)),
        (ArbosVersion::V51, 0, 2 * R + W),
        (ArbosVersion::V50, 6, 20_800),
        (ArbosVersion::V30, 0, 20_800),
    ] {
        let mut world = World::new(arbos);
        if constraints == 0 {
            let slot = schema().l2.constraints.len_slot();
            world
                .ctx
                .db_mut()
                .insert_account_storage(ARBOS_STATE_ADDRESS, slot, U256::ZERO)
                .unwrap();
        }
        let call = [&hex!("eda1122c")[..], &TICKET.0].concat();
        let answer = world.ask(STRANGER, ARB_RETRYABLE_TX, call.clone());
        assert!(answer.ok);
        assert_eq!(answer.gas, GAS, "ArbOS {arbos}");
        let logs = world.ctx.journal_mut().take_logs();
        let donated = U256::from_be_slice(&logs[0].data.data[..32]);
        assert_eq!(donated, U256::from(GAS - head - 2899 - 3 - kept), "ArbOS {arbos}");

        // Just enough for the least redeem, and one too few.
        for (gas, enough) in [(0, true), (1, false)] {
            let mut world = World::new(arbos);
            let mut inputs = World::inputs(STRANGER, ARB_RETRYABLE_TX, call.clone());
            let kept = if constraints == 0 && arbos == ArbosVersion::V51 {
                2 * R + 6 * (R + W)
            } else {
                kept
            };
            inputs.gas_limit = head + 2899 + 3 + kept + 21_000 - gas;
            assert_eq!(world.answer(&inputs).unwrap().ok, enough);
        }
    }
}

#[test]
fn test_prices_are_computed_as_the_network_does() {
    let mut world = World::new(ArbosVersion::V61);
    let gas_info = mintage_vm::precompile::ARB_GAS_INFO;
    let mut numbers = |selector: [u8; 4]| -> Vec<U256> {
        let answer = world.ask(STRANGER, gas_info, selector.to_vec());
        answer.output.chunks(32).map(U256::from_be_slice).collect()
    };
    let n = U256::from::<u128>;
    // 50 gwei a unit, 0.1 gwei a gas, all of it the least fee.
    let byte = 16 * 50_000_000_000;
    let fee = 100_000_000;
    assert_eq!(
        numbers(hex!("41b247a8")),
        [140 * byte, byte, 20_000 * fee, fee, 0, fee].map(n)
    );
    assert_eq!(
        numbers(hex!("02199f34")),
        [140 * byte / fee, byte / fee, 20_000].map(n)
    );
    let constraints = numbers(hex!("232027d1"));
    assert_eq!(constraints[..5], [32, 6, 60_000_000, 9, 0].map(n));
    let fees = numbers(hex!("c0e10bbb"));
    assert_eq!(fees[..3], [32, 9, fee].map(n));
}

#[test]
fn test_lifetime_and_ticket_figures() {
    let mut world = World::new(ArbosVersion::V61);
    let end = [&hex!("9f1025c6")[..], &TICKET.0].concat();
    let answer = world.ask(STRANGER, ARB_RETRYABLE_TX, end);
    assert_eq!(
        U256::from_be_slice(&answer.output),
        U256::from(NOW_TS + LIFETIME_SECS)
    );
    let missing = [&hex!("9f1025c6")[..], &[1; 32]].concat();
    let answer = world.ask(STRANGER, ARB_RETRYABLE_TX, missing);
    assert_eq!(
        (answer.output, answer.gas),
        (hex!("80698456").into(), R + 3 + R + 3)
    );
    let collector = [&hex!("9c2c5bb5")[..], &STRANGER.into_word().0].concat();
    assert!(!world.ask(STRANGER, ARB_AGGREGATOR, collector).ok, "no poster");
    assert!(gas_price::model(&mut Free(&mut ledger(ArbosVersion::V61)), ArbosVersion::V61).is_ok());
}

/// The page lists every method with its selector, kind and versions, says what becomes of it, and what it says is so.
#[test]
fn test_page_says_what_the_code_does() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("PRECOMPILES.md")).unwrap();
    let mut listed = 0;
    let mut precompile = None;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let name = heading.split(' ').next().unwrap();
            precompile = PRECOMPILES.iter().find(|one| one.name == name);
            continue;
        }
        let Some(rest) = line.strip_prefix("| `") else {
            continue;
        };
        let precompile = precompile.expect("a method stands under its precompile");
        let cells: Vec<&str> = rest.trim_end_matches(" |").split(" | ").collect();
        let signature = cells[0].trim_end_matches('`');
        let method = precompile
            .methods
            .iter()
            .find(|method| method.signature == signature)
            .unwrap_or_else(|| panic!("{signature} is not in the code"));
        assert_eq!(cells[1], format!("`0x{}`", hex::encode(method.selector)));
        let kind = match method.mutability {
            Mutability::Pure => "pure",
            Mutability::View => "view",
            Mutability::Write => "nonpayable",
            Mutability::Payable => "payable",
        };
        assert_eq!(cells[2], kind, "{signature}");
        let versions = match (method.since, method.until) {
            (0, None) => "all".to_owned(),
            (since, None) => format!("from {since}"),
            (since, Some(until)) => format!("{since} to {until}"),
        };
        assert_eq!(cells[3], versions, "{signature}");
        let state = cells[5];
        assert!(
            state.starts_with("works") || state.starts_with("reverts"),
            "{signature}: {state}"
        );
        if state.starts_with("reverts") {
            let row = rows()
                .into_iter()
                .find(|row| row.address == precompile.address && row.signature == signature)
                .unwrap();
            let answer = World::new(ArbosVersion::V61).ask(OWNER, precompile.address, calldata(&row));
            assert!(!answer.ok, "{signature} does not revert");
        }
        listed += 1;
    }
    let methods: usize = PRECOMPILES
        .iter()
        .map(|precompile| precompile.methods.len())
        .sum();
    assert_eq!(listed, methods);
}

/// Logs and errors of all methods that can be called at once are those of the recorded list, with as many indexed fields.
#[test]
fn test_events_and_errors_are_those_of_the_table() {
    let text = vectors("precompile_events_errors.csv");
    let known: Vec<Vec<String>> = text.lines().skip(1).map(fields).collect();
    let (mut events, mut errors) = (Vec::new(), Vec::new());
    for row in rows().iter().filter(|row| !is_virtual(row)) {
        let mut world = World::new(ArbosVersion::V61);
        let caller = match row.signature.as_str() {
            "cancel(bytes32)" => STRANGER,
            _ => OWNER,
        };
        let answer = world.ask(caller, row.address, calldata(row));
        let find = |kind: &str, name: String| {
            known
                .iter()
                .find(|line| line[2] == kind && line[4] == name && line[0].parse() == Ok(row.address))
                .unwrap_or_else(|| panic!("{} has no {kind} {name}", row.signature))
        };
        if answer.ok {
            for log in world.ctx.journal_mut().take_logs() {
                let line = find("event", log.topics()[0].to_string());
                assert_eq!(keccak256(&line[3]), log.topics()[0]);
                assert_eq!(
                    line[5],
                    format!("indexed={}", log.topics().len() - 1),
                    "{}",
                    line[3]
                );
                events.push(line[3].clone());
            }
        } else if !answer.output.is_empty() {
            let line = find("error", format!("0x{}", hex::encode(&answer.output[..4])));
            assert_eq!(keccak256(&line[3])[..4], answer.output[..4]);
            errors.push(line[3].clone());
        }
    }
    events.sort();
    events.dedup();
    errors.sort();
    errors.dedup();
    assert_eq!(events.len(), 14, "{events:?}");
    assert_eq!(errors.len(), 6, "{errors:?}");
}

#[test]
fn test_addresses_are_packed_by_number_or_as_they_are() {
    let mut world = World::new(ArbosVersion::V61);
    let mut call = |selector: [u8; 4], args: Vec<u8>| {
        world.ask(STRANGER, ARB_ADDRESS_TABLE, [&selector[..], &args].concat())
    };
    let (compress, decompress) = (hex!("f6a455a2"), hex!("31862ada"));
    let word = |address: Address| address.into_word().to_vec();
    let at = |offset: u64, packed: &[u8]| {
        let head = abi::words([U256::from(64), U256::from(offset)]);
        [head, abi::tail(packed)].concat()
    };
    let literal = alloy_rlp::encode(PROGRAM);
    assert_eq!(call(compress, word(PROGRAM)).output, abi::dynamic(&literal));
    let found = call(decompress, at(0, &literal));
    let expected = |address: Address, taken: u64| {
        abi::words([U256::from_be_bytes(address.into_word().0), U256::from(taken)])
    };
    assert_eq!(found.output, expected(PROGRAM, 21));
    // Number 0 is one byte, 0x80; after three bytes of something else.
    call(hex!("4420e486"), word(PROGRAM));
    assert_eq!(call(compress, word(PROGRAM)).output, abi::dynamic(&[0x80]));
    let found = call(decompress, at(3, &[1, 2, 3, 0x80]));
    assert_eq!(found.output, expected(PROGRAM, 1));
    assert_eq!(found.gas, R + 3 * 4 + 2 * R + 3 * 2);
    for (offset, packed) in [
        (0, &[1][..]),
        (1, &[0x80]),
        (9, &[0x80]),
        (0, &[0xc0]),
        (0, &[0xf8]),
    ] {
        assert!(!call(decompress, at(offset, packed)).ok, "{packed:?} at {offset}");
    }
    let known = call(hex!("4420e486"), word(PROGRAM));
    assert_eq!((known.gas, known.ok), (R + 3 + R + 3, true));
}
