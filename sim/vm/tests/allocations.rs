//! No host function allocates memory for a call of it, but for logs, calls and code, whose data leaves the program.
//!
//! The allocator counts what this thread allocates. It is the only `unsafe` of this crate's tests: a global allocator
//! cannot be written without. It passes everything on to the system's.
#![allow(unsafe_code)]

mod world;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use mintage_vm::{ArbosVersion, imports::HostFunction};
use revm::{ExecuteEvm, primitives::TxKind};
use world::*;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of the caller's, and a `Cell`
// with a constant first value is accessed without allocating.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

fn count() {
    // Threads that end allocate after their counter has gone; they are not measured.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A program that calls the function as often as its calldata says.
fn caller_of(function: HostFunction) -> Vec<u8> {
    let ty = |ty: &wasmparser::ValType| match ty {
        wasmparser::ValType::I64 => "i64",
        _ => "i32",
    };
    let params: String = function
        .params()
        .iter()
        .map(|param| format!(" {}", ty(param)))
        .collect();
    let result = function
        .result()
        .map_or(String::new(), |result| format!("(result {})", ty(&result)));
    // Places far enough from each other for any function's memory; lengths and sizes get a place for a number too, which
    // is why they are small.
    let args: String = function
        .params()
        .iter()
        .enumerate()
        .map(|(index, param)| format!("({}.const {})", ty(param), 64 + 64 * index))
        .collect();
    let args = match function {
        HostFunction::PayForMemoryGrow => "(i32.const 0)".to_owned(),
        _ => args,
    };
    let drop = if function.result().is_some() { "drop" } else { "" };
    let read_args = if function == HostFunction::ReadArgs {
        ""
    } else {
        r#"(import "vm_hooks" "read_args" (func $read_args (param i32)))"#
    };
    let name = if function == HostFunction::ReadArgs {
        "$read_args"
    } else {
        "$f"
    };
    let text = format!(
        r#"(module {read_args}
            (import "vm_hooks" "{}" (func {name} (param{params}) {result}))
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param $len i32) (result i32) (local $left i32)
                (call $read_args (i32.const 0))
                (local.set $left (i32.load (i32.const 0)))
                (loop $again
                    {args} call {name} {drop}
                    (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                    (br_if $again (local.get $left)))
                (i32.const 0)))"#,
        function.name()
    );
    wat::parse_str(text).expect("valid text")
}

/// Allocations of a transaction in which the program makes so many calls.
fn allocations(world: &mut World, program: revm::primitives::Address, calls: u32) -> u64 {
    let tx = world.tx(TxKind::Call(program), 0, calls.to_le_bytes().to_vec().into());
    world.evm.begin_block();
    let before = ALLOCATIONS.get();
    let result = world.evm.transact(tx).expect("a valid transaction");
    let after = ALLOCATIONS.get();
    assert!(result.result.is_success(), "{:?}", result.result);
    after - before
}

#[test]
fn test_host_calls_do_not_allocate() {
    use HostFunction::*;
    // Their data leaves the program, or another frame runs.
    let leaving = [
        CallContract,
        DelegateCallContract,
        StaticCallContract,
        Create1,
        Create2,
        EmitLog,
        ExitEarly,
    ];
    let mut tested = 0;
    for function in HostFunction::ALL
        .iter()
        .filter(|function| !leaving.contains(function))
    {
        let mut world = World::new(ArbosVersion::default());
        world.gas_limit = 1 << 40;
        let program = world.program_of(&caller_of(*function));
        // An instance is made, and tables that grow reach their size.
        allocations(&mut world, program, 2_000);
        let (few, many) = (
            allocations(&mut world, program, 100),
            allocations(&mut world, program, 2_000),
        );
        assert_eq!(few, many, "{} allocates for 1,900 calls", function.name());
        tested += 1;
    }
    assert_eq!(tested, HostFunction::ALL.len() - leaving.len());
}

#[test]
fn test_the_count_would_show_an_allocation() {
    let before = ALLOCATIONS.get();
    std::hint::black_box(vec![1_u8; 100]);
    assert_eq!(ALLOCATIONS.get() - before, 1);
}
