//! A deliberately simple interpreter of the original module that counts ink as it goes.
//!
//! It shares nothing with the instrumentation but the frame sizes (which have recorded vectors of their own): prices
//! come from the network's table by the operator's name, blocks are found by looking ahead when one is entered.

mod module;
mod numeric;

use mintage_vm::imports::HostFunction;
use wasmparser::{BlockType, Operator};

use self::{
    module::{Function, Module},
    numeric::{Access, access, numeric},
};
use super::{
    Budget, End, Run,
    host::{self, Call},
};

const PAGE: usize = 65_536;

/// Runs the module's entry point.
pub(crate) fn run(wasm: &[u8], frames: &[u32], budget: Budget) -> Run {
    let module = Module::parse(wasm, frames);
    let mut machine = Machine {
        globals: module.globals.clone(),
        memory: module.memory(),
        table: module.table(),
        module: &module,
        ink: budget.ink,
        stack: budget.stack,
        calls: Vec::new(),
    };
    let result = machine.call(module.entrypoint, vec![u64::from(budget.input)]);
    let (end, ink_left, stack_left) = match result {
        Ok(status) => (
            End::Status(status.expect("a status") as u32),
            machine.ink,
            machine.stack,
        ),
        Err(Stop::Exit(status)) => (End::Status(status), machine.ink, machine.stack),
        Err(Stop::Trap) => (End::Failure, machine.ink, machine.stack),
        Err(Stop::OutOfInk) => (End::OutOfInk, 0, machine.stack),
        Err(Stop::OutOfStack) => (End::OutOfStack, machine.ink, 0),
    };
    Run {
        end,
        ink_left,
        stack_left,
        calls: machine.calls,
        memory: machine.memory,
    }
}

enum Stop {
    Trap,
    OutOfInk,
    OutOfStack,
    Exit(u32),
}

struct Label {
    /// Where a branch goes on: behind the `end`, or at the start of a loop's body.
    target: usize,
    height: usize,
    arity: usize,
    is_loop: bool,
}

struct Machine<'m, 'a> {
    module: &'m Module<'a>,
    ink: u64,
    stack: u32,
    globals: Vec<u64>,
    memory: Vec<u8>,
    table: Vec<Option<u32>>,
    calls: Vec<Call>,
}

impl<'m> Machine<'m, '_> {
    fn call(&mut self, index: u32, args: Vec<u64>) -> Result<Option<u64>, Stop> {
        let module = self.module;
        let imported = module.imports.len();
        match module.imports.get(index as usize) {
            Some((function, _)) => self.call_host(*function, args),
            None => self.execute(&module.functions[index as usize - imported], args),
        }
    }

    fn call_host(&mut self, function: HostFunction, args: Vec<u64>) -> Result<Option<u64>, Stop> {
        match host::call(
            function,
            &args,
            &mut self.ink,
            self.stack,
            &mut self.memory,
            &mut self.calls,
        ) {
            Ok(answer) => Ok(function.result().map(|_| answer)),
            Err(host::Stop::OutOfInk) => Err(Stop::OutOfInk),
            Err(host::Stop::Exit(status, _)) => Err(Stop::Exit(status)),
        }
    }

    fn execute(&mut self, function: &'m Function<'_>, args: Vec<u64>) -> Result<Option<u64>, Stop> {
        if self.stack <= function.frame {
            return Err(Stop::OutOfStack);
        }
        self.stack -= function.frame;
        let mut locals = args;
        locals.resize(locals.len() + function.locals, 0);
        let results = self.module.types[function.ty as usize].results().len();
        let end = function.code.len();
        let mut frame = Frame {
            function,
            locals,
            values: Vec::new(),
            labels: vec![Label {
                target: end,
                height: 0,
                arity: results,
                is_loop: false,
            }],
            at: 0,
            block_starts: true,
        };
        // A branch to the function's own label ends it like the others, and gives no words back.
        while frame.at < end {
            if frame.block_starts {
                self.pay(&function.prices[frame.at..])?;
            }
            self.step(&mut frame)?;
        }
        Ok(if results == 0 { None } else { frame.values.pop() })
    }

    /// Looks ahead to the end of the block that starts here.
    fn pay(&mut self, prices: &[(u64, bool)]) -> Result<(), Stop> {
        let mut cost = 2450_u64;
        for (price, ends_block) in prices {
            cost = cost.saturating_add(*price);
            if *ends_block {
                break;
            }
        }
        self.ink = self.ink.checked_sub(cost).ok_or(Stop::OutOfInk)?;
        Ok(())
    }

    fn step(&mut self, frame: &mut Frame<'m, '_>) -> Result<(), Stop> {
        let function = frame.function;
        let operator = &function.code[frame.at];
        let here = frame.at;
        frame.at += 1;
        frame.block_starts = function.prices[here].1;
        match operator {
            Operator::Unreachable => return Err(Stop::Trap),
            Operator::Nop => {}
            Operator::Block { blockty } => frame.open(blockty, function.ends[&here] + 1, false),
            Operator::Loop { blockty } => frame.open(blockty, here + 1, true),
            Operator::If { blockty } => {
                let taken = frame.pop() as u32 != 0;
                let after = function.ends[&here] + 1;
                match (taken, function.elses.get(&here)) {
                    (true, _) => frame.open(blockty, after, false),
                    (false, Some(otherwise)) => {
                        frame.open(blockty, after, false);
                        frame.at = otherwise + 1;
                    }
                    (false, None) => frame.at = after,
                }
            }
            Operator::Else => {
                frame.labels.pop();
                frame.at = function.ends[&here] + 1;
            }
            Operator::End => {
                frame.labels.pop();
                if frame.labels.is_empty() {
                    self.stack += function.frame;
                }
            }
            Operator::Br { relative_depth } => frame.branch(*relative_depth),
            Operator::BrIf { relative_depth } => {
                if frame.pop() as u32 != 0 {
                    frame.branch(*relative_depth);
                }
            }
            Operator::BrTable { targets } => {
                let index = frame.pop() as u32;
                let target = targets.targets().nth(index as usize);
                frame.branch(target.map_or(targets.default(), |target| target.expect("valid")));
            }
            Operator::Return => {
                self.stack += function.frame;
                frame.at = function.code.len();
            }
            Operator::Call { function_index } => self.call_from(frame, *function_index)?,
            Operator::CallIndirect { type_index, .. } => {
                let slot = frame.pop() as u32 as usize;
                let callee = self.table.get(slot).copied().flatten().ok_or(Stop::Trap)?;
                if self.module.type_of(callee) != &self.module.types[*type_index as usize] {
                    return Err(Stop::Trap);
                }
                self.call_from(frame, callee)?;
            }
            other => self.compute(frame, other)?,
        }
        Ok(())
    }

    fn call_from(&mut self, frame: &mut Frame<'_, '_>, callee: u32) -> Result<(), Stop> {
        let params = self.module.type_of(callee).params().len();
        let args = frame.values.split_off(frame.values.len() - params);
        frame.values.extend(self.call(callee, args)?);
        Ok(())
    }

    /// Everything that does not change where to go on.
    fn compute(&mut self, frame: &mut Frame<'_, '_>, operator: &Operator<'_>) -> Result<(), Stop> {
        match operator {
            Operator::Drop => drop(frame.pop()),
            Operator::Select => {
                let condition = frame.pop() as u32;
                let (second, first) = (frame.pop(), frame.pop());
                frame.values.push(if condition != 0 { first } else { second });
            }
            Operator::LocalGet { local_index } => frame.values.push(frame.locals[*local_index as usize]),
            Operator::LocalSet { local_index } => frame.locals[*local_index as usize] = frame.pop(),
            Operator::LocalTee { local_index } => {
                frame.locals[*local_index as usize] = *frame.values.last().expect("valid");
            }
            Operator::GlobalGet { global_index } => frame.values.push(self.globals[*global_index as usize]),
            Operator::GlobalSet { global_index } => self.globals[*global_index as usize] = frame.pop(),
            Operator::I32Const { value } => frame.values.push(u64::from(*value as u32)),
            Operator::I64Const { value } => frame.values.push(*value as u64),
            Operator::MemorySize { .. } => frame.values.push((self.memory.len() / PAGE) as u64),
            Operator::MemoryGrow { .. } => self.grow(frame)?,
            Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } => self.bulk(frame, operator)?,
            other => match access(other) {
                Some((width, offset, kind)) => self.access(frame, width, offset, kind)?,
                None => numeric(frame, other)?,
            },
        }
        Ok(())
    }

    fn grow(&mut self, frame: &mut Frame<'_, '_>) -> Result<(), Stop> {
        let more = frame.pop() as u32;
        if self.module.pages.0 != self.module.pages.1 {
            self.call_host(HostFunction::PayForMemoryGrow, vec![u64::from(more)])?;
        }
        let before = self.memory.len() / PAGE;
        let fits = before + more as usize <= self.module.pages.1;
        frame
            .values
            .push(if fits { before as u64 } else { u64::from(u32::MAX) });
        if fits {
            self.memory.resize((before + more as usize) * PAGE, 0);
        }
        Ok(())
    }

    fn bulk(&mut self, frame: &mut Frame<'_, '_>, operator: &Operator<'_>) -> Result<(), Stop> {
        let (length, second, target) = (frame.pop() as u32, frame.pop() as u32, frame.pop() as u32);
        self.ink = self
            .ink
            .checked_sub(u64::from(length) * 100)
            .ok_or(Stop::OutOfInk)?;
        let (length, target) = (length as usize, target as usize);
        let inside = |start: usize| start + length <= self.memory.len();
        if !inside(target) {
            return Err(Stop::Trap);
        }
        if matches!(operator, Operator::MemoryFill { .. }) {
            self.memory[target..target + length].fill(second as u8);
            return Ok(());
        }
        let source = second as usize;
        if !inside(source) {
            return Err(Stop::Trap);
        }
        self.memory.copy_within(source..source + length, target);
        Ok(())
    }

    fn access(
        &mut self,
        frame: &mut Frame<'_, '_>,
        width: usize,
        offset: u64,
        kind: Access,
    ) -> Result<(), Stop> {
        let value = if kind == Access::Store { frame.pop() } else { 0 };
        let address = frame.pop() as u32 as usize + offset as usize;
        let Some(bytes) = self.memory.get_mut(address..address + width) else {
            return Err(Stop::Trap);
        };
        match kind {
            Access::Store => bytes.copy_from_slice(&value.to_le_bytes()[..width]),
            Access::Load { signed_to } => {
                let mut word = [0; 8];
                word[..width].copy_from_slice(bytes);
                let value = u64::from_le_bytes(word);
                let spare = 64 - 8 * width as u32;
                let value = match signed_to {
                    0 => value,
                    bits => (((value << spare) as i64) >> spare) as u64 & (u64::MAX >> (64 - bits)),
                };
                frame.values.push(value);
            }
        }
        Ok(())
    }
}

struct Frame<'m, 'a> {
    function: &'m Function<'a>,
    locals: Vec<u64>,
    values: Vec<u64>,
    labels: Vec<Label>,
    at: usize,
    /// Whether the operator here is the first of its block.
    block_starts: bool,
}

impl Frame<'_, '_> {
    fn pop(&mut self) -> u64 {
        self.values.pop().expect("a valid module")
    }

    fn open(&mut self, ty: &BlockType, target: usize, is_loop: bool) {
        let arity = match ty {
            BlockType::Type(_) if !is_loop => 1,
            BlockType::FuncType(_) => panic!("the generators do not make these"),
            _ => 0,
        };
        self.labels.push(Label {
            target,
            height: self.values.len(),
            arity,
            is_loop,
        });
    }

    fn branch(&mut self, depth: u32) {
        let index = self.labels.len() - 1 - depth as usize;
        let label = &self.labels[index];
        let kept = self.values.split_off(self.values.len() - label.arity);
        self.values.truncate(label.height);
        self.values.extend(kept);
        self.at = label.target;
        let keep = if label.is_loop { index + 1 } else { index };
        self.labels.truncate(keep);
        self.block_starts = true;
    }
}
