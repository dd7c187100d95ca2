//! The call tree in the wire forms of the network's `stylusTracer` and geth's `callTracer`, and names in what breaks off.

mod common;

use common::{COUNTER, Script, artifact, contract};
use mintage_chain::trace::{Frame, FrameCode, FrameKind, RequestKind, Step, call_tracer, stylus_tracer};
use mintage_chain::{Address, Chain, Halt, Status, Symbols, U256, hex};
use serde_json::{Value, json};

fn scripted() -> (Chain, Address, Address) {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let program = chain.account("script");
    chain.set_program(program, &artifact("own-script.wasm")).unwrap();
    (chain, alice, program)
}

fn hex_word(value: u64) -> String {
    hex::encode_prefixed(U256::from(value).to_be_bytes::<32>())
}

/// Host calls by name, calls with what is in them.
fn outline(steps: &Value) -> String {
    let steps = steps.as_array().expect("an array").iter();
    let names = steps.map(|step| {
        let name = step["name"].as_str().expect("a name");
        match step.get("steps") {
            Some(below) => format!("{name}[{}]", outline(below)),
            None => name.to_owned(),
        }
    });
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn test_stylus_tracer_nests_calls_and_frames_each_program() {
    let (mut chain, alice, program) = scripted();
    let counter = contract(&mut chain, &COUNTER);
    let inner = Script::new().load(3);
    let inner: mintage_chain::Bytes = inner.into();
    let script = Script::new()
        .cache(1, 2)
        .flush()
        .call(counter, 0, 100_000, &[])
        .call(program, 0, 1_000_000, &inner);
    let receipt = chain.tx(alice, program).data(script).traced().send().unwrap();
    let trace = receipt.trace.unwrap();
    let root = trace.root().unwrap();
    let steps = serde_json::to_value(stylus_tracer::steps(root)).unwrap();
    assert_eq!(
        outline(&steps),
        "user_entrypoint read_args storage_cache_bytes32 storage_flush_cache call_contract[] read_return_data \
         call_contract[user_entrypoint read_args storage_load_bytes32 write_result user_returned] \
         read_return_data write_result user_returned"
    );
    let cache = &steps[2];
    let run = root.run.as_deref().unwrap();
    assert_eq!(
        steps[0]["startInk"], run.ink_in,
        "the marks show the ink of the start"
    );
    assert_eq!(
        (&steps[0]["args"], &steps[0]["outs"]),
        (&json!(format!("0x{:08x}", root.input.len())), &json!("0x"))
    );
    assert_eq!(
        cache["args"],
        format!("{}{}", hex_word(1), &hex_word(2)[2..]),
        "key and value"
    );
    assert!(cache["startInk"].as_u64() > cache["endInk"].as_u64());
    assert_eq!(cache.get("address"), None);
    let call = &steps[4];
    assert_eq!(call["address"], json!(format!("{counter:#x}")));
    let args = [counter.as_slice(), &100_000_u64.to_be_bytes(), &[0; 32]].concat();
    assert_eq!(call["args"], hex::encode_prefixed(args));
    // 32 bytes came back, status 0.
    assert_eq!(call["outs"], "0x0000002000");
    let fields: Vec<&String> = call.as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        ["address", "args", "endInk", "name", "outs", "startInk", "steps"]
    );
}

#[test]
fn test_stylus_tracer_shows_what_bytecode_calls() {
    let (mut chain, alice, program) = scripted();
    // CALL(gas, program, 0, 0, 0, 0, 0), SELFDESTRUCT(0)
    let code = [&hex!("5f5f5f5f5f73")[..], program.as_slice(), &hex!("5af1505fff")].concat();
    let caller = contract(&mut chain, &code);
    let receipt = chain.tx(alice, caller).traced().send().unwrap();
    let trace = receipt.trace.unwrap();
    let steps = serde_json::to_value(stylus_tracer::steps(trace.root().unwrap())).unwrap();
    assert_eq!(
        outline(&steps),
        "evm_call_contract[user_entrypoint read_args write_result user_returned] evm_self_destruct[]"
    );
    assert_eq!(
        (&steps[0]["args"], &steps[0]["startInk"], &steps[0]["address"]),
        (&json!("0x"), &json!(0), &json!(format!("{program:#x}")))
    );
}

#[test]
fn test_call_tracer_writes_what_geth_writes() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    // Error("no"): MSTORE of selector, offset, length, text; REVERT.
    let text = format!("{:0<64}", "6e6f");
    let code = format!("6308c379a060e01b5f52602060045260026024527f{text}60445260645ffd");
    let refusing = contract(&mut chain, &hex::decode(code).unwrap());
    // LOG0 of nothing, CALL(gas, refusing, 7 wei), then STOP.
    let code = [
        &hex!("5f5fa05f5f5f5f600773")[..],
        refusing.as_slice(),
        &hex!("61fffff100"),
    ]
    .concat();
    let caller = contract(&mut chain, &code);
    let receipt = chain
        .tx(alice, caller)
        .value(9)
        .gas(200_000)
        .traced()
        .send()
        .unwrap();
    let trace = receipt.trace.unwrap();
    let root = trace.root().unwrap();
    let config = call_tracer::Config {
        with_log: true,
        ..Default::default()
    };
    let mut frame = call_tracer::call_frame(root, config);
    (frame.gas, frame.gas_used) = (200_000, receipt.gas_used);
    let below = &root.children().next().unwrap();
    let expected = json!({
        "from": format!("{alice:#x}"),
        "gas": "0x30d40",
        "gasUsed": format!("{:#x}", receipt.gas_used),
        "to": format!("{caller:#x}"),
        "input": "0x",
        "calls": [{
            "from": format!("{caller:#x}"),
            // What was asked for, and the stipend.
            "gas": format!("{:#x}", 0xffff + 2300),
            "gasUsed": format!("{:#x}", below.gas_used),
            "to": format!("{refusing:#x}"),
            "input": "0x",
            "output": format!("0x08c379a0{:064x}{:064x}{text}", 0x20, 2),
            "error": "execution reverted",
            "revertReason": "no",
            "value": "0x7",
            "type": "CALL",
        }],
        "logs": [{ "address": format!("{caller:#x}"), "topics": [], "data": "0x", "index": "0x0", "position": "0x0" }],
        "value": "0x9",
        "type": "CALL",
    });
    assert_eq!(serde_json::to_value(&frame).unwrap(), expected);
    let top = call_tracer::Config {
        only_top_call: true,
        ..Default::default()
    };
    let top = serde_json::to_value(call_tracer::call_frame(root, top)).unwrap();
    assert_eq!((top.get("calls"), top.get("logs")), (None, None));
}

#[test]
fn test_bytecode_s_storage_and_deployments_are_in_the_tree() {
    let mut chain = Chain::new();
    let [alice] = chain.accounts();
    let counter = contract(&mut chain, &COUNTER);
    let receipt = chain.tx(alice, counter).traced().send().unwrap();
    let trace = receipt.trace.unwrap();
    let root = trace.root().unwrap();
    assert_eq!((root.kind, root.code), (FrameKind::Call, FrameCode::Evm));
    let kinds: Vec<RequestKind> = root.steps.iter().map(kind_of).collect();
    let (key, one) = (U256::ZERO, U256::from(1));
    assert_eq!(
        kinds,
        [
            RequestKind::StorageLoad {
                key,
                value: U256::ZERO
            },
            RequestKind::StorageStore {
                key,
                before: U256::ZERO,
                value: one
            },
        ]
    );
    let receipt = chain.create(alice, hex!("60015ff3")).traced().send().unwrap();
    let trace = receipt.trace.unwrap();
    let root: &Frame = trace.root().unwrap();
    assert_eq!(
        (root.kind, root.to, root.output.as_ref()),
        (FrameKind::Create, receipt.contract_address, &[0][..])
    );
    let frame = serde_json::to_value(call_tracer::call_frame(root, call_tracer::Config::default())).unwrap();
    assert_eq!(
        (&frame["type"], &frame["input"]),
        (&json!("CREATE"), &json!("0x60015ff3"))
    );
}

fn kind_of(step: &Step) -> RequestKind {
    match step {
        Step::Request(request) => request.kind.clone(),
        other => panic!("only accesses to the state were expected: {other:?}"),
    }
}

#[test]
fn test_what_breaks_off_says_where_by_name_if_names_are_known() {
    let (mut chain, alice, program) = scripted();
    let halted = |chain: &mut Chain, script: Script| {
        let receipt = chain
            .tx(alice, program)
            .data(script)
            .traced()
            .gas(2_000_000)
            .include()
            .unwrap();
        let run = receipt.trace.unwrap().root().unwrap().run.clone().unwrap();
        let names: Vec<String> = run.backtrace.iter().map(ToString::to_string).collect();
        (receipt.status, run.hostio, names)
    };
    let (status, hostio, nameless) = halted(&mut chain, Script::new().trap());
    assert_eq!(hostio, None);
    let Status::Halted(Halt::Trap(reason)) = status else {
        panic!("{status:?}");
    };
    assert!(
        reason.contains("unreachable") && reason.contains("func["),
        "{reason}"
    );
    assert!(
        nameless.iter().all(|name| name.starts_with("func[")),
        "{nameless:?}"
    );

    // The exported name is known from the module itself, the others from a name section that was taken off.
    let wasm = artifact("own-script.wasm").wasm_bytes().unwrap();
    let symbols = Symbols::of_wasm(&wasm);
    chain.set_symbols(program, symbols);
    let (_, _, named) = halted(&mut chain, Script::new().trap());
    assert_eq!(named.len(), nameless.len());
    assert_eq!(named.last().map(String::as_str), Some("user_entrypoint"));

    let (status, hostio, names) = halted(&mut chain, Script::new().spin());
    assert_eq!((status, hostio), (Status::Halted(Halt::OutOfInk), None));
    assert_eq!(names.last().map(String::as_str), Some("user_entrypoint"));
    let (status, hostio, names) = halted(&mut chain, Script::new().recurse());
    assert_eq!((status, hostio), (Status::Halted(Halt::OutOfStack), None));
    assert!(names.len() > 10);
    // Too many topics: the host function refuses.
    let topics = [Default::default(); 5];
    let (status, hostio, names) = halted(&mut chain, Script::new().log(&topics, &[]));
    assert!(matches!(status, Status::Halted(Halt::Trap(reason)) if reason.contains("four topics")));
    assert_eq!(hostio, Some("emit_log"));
    assert_eq!(names.last().map(String::as_str), Some("user_entrypoint"));
}
