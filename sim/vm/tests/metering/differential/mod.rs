//! One program on four machines: a simple interpreter of the original module, and the executable module on Cranelift,
//! Winch and wasmi. Each must see the same host calls with the same ink and stack words, come to the same end, and leave
//! the same ink, stack words and memory.
//!
//! The tests of `main.rs` and the `engines` fuzz target choose the programs.

mod compiled;
mod host;
mod interpreted;
mod reference;

// The tests' own view of a private module: what it makes is what the simulator compiles.
#[path = "../../../src/executable.rs"]
mod executable;

use mintage_vm::{ActivationRules, ArbosVersion, activate};

use self::{compiled::Compiled, interpreted::Interpreted};
use crate::random::Random;

/// What one run did, as far as it can be seen.
#[derive(Debug, PartialEq)]
pub(crate) struct Run {
    end: End,
    /// Ink left; 0 when it ran out.
    ink_left: u64,
    /// Stack words left; 0 when they ran out.
    stack_left: u32,
    /// Every host call, in order.
    calls: Vec<host::Call>,
    /// Memory at the end.
    memory: Vec<u8>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The entry point returned, or the program exited early.
    Status(u32),
    /// A trap of the program's own.
    Failure,
    OutOfInk,
    OutOfStack,
}

/// The budgets of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) ink: u64,
    pub(crate) stack: u32,
    /// Argument of the entry point.
    pub(crate) input: u32,
}

impl Budget {
    /// Mostly enough to get far, sometimes so little that it runs out in between.
    pub(crate) fn random(random: &mut Random) -> Self {
        Self {
            ink: 1 << (12 + random.below(15)),
            stack: if random.one_in(4) {
                200 + random.below(2000) as u32
            } else {
                22_000
            },
            input: random.below(1 << 16) as u32,
        }
    }
}

/// How often each end was seen: a test that never saw one proves nothing about it.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    pub(crate) status: u32,
    pub(crate) failure: u32,
    pub(crate) out_of_ink: u32,
    pub(crate) out_of_stack: u32,
    pub(crate) host_calls: usize,
}

impl Ends {
    fn count(&mut self, run: &Run) {
        self.host_calls += run.calls.len();
        match run.end {
            End::Status(_) => self.status += 1,
            End::Failure => self.failure += 1,
            End::OutOfInk => self.out_of_ink += 1,
            End::OutOfStack => self.out_of_stack += 1,
        }
    }
}

/// A program that is ready to run.
trait Program {
    fn run(&self, budget: Budget) -> Run;
}

/// The program on every engine, by the engine's name.
fn programs(executable: &[u8]) -> [(&'static str, Box<dyn Program>); 3] {
    let compiled = |result: wasmtime::Result<Compiled>| Box::new(result.expect("it compiles"));
    [
        ("cranelift", compiled(Compiled::cranelift(executable))),
        ("winch", compiled(Compiled::winch(executable))),
        (
            "wasmi",
            Box::new(Interpreted::new(executable).expect("it compiles")),
        ),
    ]
}

/// Runs a module on all machines and compares. `name` says which one it is when they differ.
///
/// # Panics
/// When activation refuses the module, or any two machines differ.
pub(crate) fn compare(wasm: &[u8], budgets: &[Budget], name: &str, ends: &mut Ends) {
    let rules = ActivationRules::for_arbos(ArbosVersion::V61);
    let activation = activate(wasm, &rules)
        .unwrap_or_else(|rejection| panic!("{name}: a module shaped to the rules was refused: {rejection}"));
    let executable = executable::executable(&activation.instrumented, rules.stylus_version, false)
        .expect("an instrumented module has an executable form");
    let programs = programs(&executable);
    for budget in budgets {
        let expected = reference::run(wasm, &activation.instrumented.frame_sizes, *budget);
        for (engine, program) in &programs {
            let got = program.run(*budget);
            assert!(
                expected == got,
                "{name}, {budget:?}: {}\n{}",
                describe("reference", &expected),
                describe(engine, &got)
            );
        }
        ends.count(&expected);
    }
}

fn describe(which: &str, run: &Run) -> String {
    let Run {
        end,
        ink_left,
        stack_left,
        calls,
        memory,
    } = run;
    let set = memory.iter().filter(|byte| **byte != 0).count();
    format!(
        "{which}: {end:?}, ink {ink_left}, stack {stack_left}, {set} bytes set of {}, {calls:?}",
        memory.len()
    )
}
