//! Writes the body of one random function, by expected type.

use wasm_encoder::{BlockType, Function, Instruction as I, MemArg, ValType};

use super::{Signature, TABLE, value_type};
use crate::random::Random;

/// Writes one function.
pub(super) struct Body<'a> {
    random: &'a mut Random,
    signatures: &'a [Signature],
    imported: usize,
    result: Option<ValType>,
    /// Types of parameters and locals. The last local, an i32, counts loops.
    locals: Vec<ValType>,
    /// For each open label: what a branch to it takes. The first is the function's own.
    labels: Vec<Option<ValType>>,
    code: Vec<I<'static>>,
    /// Operators that may still be written, roughly.
    room: i64,
}

impl<'a> Body<'a> {
    pub(super) fn generate(
        random: &'a mut Random,
        signatures: &'a [Signature],
        imported: usize,
        index: usize,
    ) -> Function {
        let Signature { params, result } = signatures[index].clone();
        let declared: Vec<ValType> = (0..random.below(5))
            .map(|_| value_type(random))
            .chain([ValType::I32])
            .collect();
        let locals = params.iter().chain(&declared).copied().collect();
        let room = 20 + random.below(150) as i64;
        let labels = vec![result];
        let mut body = Self {
            random,
            signatures,
            imported,
            result,
            locals,
            labels,
            code: Vec::new(),
            room,
        };
        body.statements();
        if let Some(ty) = result {
            body.value(ty, 3);
        }
        body.code.push(I::End);
        let mut function = Function::new_with_locals_types(declared);
        for instruction in &body.code {
            function.instruction(instruction);
        }
        function
    }

    fn put(&mut self, instruction: I<'static>) {
        self.room -= 1;
        self.code.push(instruction);
    }

    /// What a label or a block takes, if it takes something.
    fn value_if(&mut self, ty: Option<ValType>) {
        if let Some(ty) = ty {
            self.value(ty, 2);
        }
    }

    fn drop_if(&mut self, ty: Option<ValType>) {
        if ty.is_some() {
            self.put(I::Drop);
        }
    }

    fn statements(&mut self) {
        for _ in 0..1 + self.random.below(5) {
            if self.room > 0 {
                self.statement();
            }
        }
    }

    fn statement(&mut self) {
        match self.random.below(16) {
            0 | 1 => self.assign(),
            2 => self.store(),
            3 => self.bulk(),
            4 => self.grow(),
            5 => self.block(),
            6 => self.condition(),
            7 | 8 => self.counted_loop(),
            9 => self.branch(),
            10 => self.table(),
            11 => self.leave(),
            12 if self.random.one_in(8) => self.put(I::Unreachable),
            _ => self.call_and_drop(),
        }
    }

    /// Any local but the loop counter.
    fn local_of(&mut self, ty: ValType) -> Option<u32> {
        let count = self.locals.len() - 1;
        let matching: Vec<u32> = (0..count as u32)
            .filter(|index| self.locals[*index as usize] == ty)
            .collect();
        if matching.is_empty() {
            None
        } else {
            Some(*self.random.pick(&matching))
        }
    }

    fn assign(&mut self) {
        let ty = value_type(self.random);
        self.value(ty, 3);
        match self.local_of(ty) {
            Some(index) if self.random.one_in(2) => self.put(I::LocalSet(index)),
            Some(index) => {
                self.put(I::LocalTee(index));
                self.put(I::Drop);
            }
            None => self.put(I::GlobalSet(if ty == ValType::I64 { 1 } else { 2 })),
        }
    }

    /// An address that is inside the first page, mostly.
    fn address(&mut self) {
        self.value(ValType::I32, 2);
        if !self.random.one_in(40) {
            self.put(I::I32Const(0x7fff));
            self.put(I::I32And);
        }
    }

    fn memarg(&mut self) -> MemArg {
        MemArg {
            offset: self.random.below(1000),
            align: 0,
            memory_index: 0,
        }
    }

    fn store(&mut self) {
        self.address();
        let memarg = self.memarg();
        if self.random.one_in(2) {
            self.value(ValType::I32, 2);
            let store = [I::I32Store(memarg), I::I32Store8(memarg), I::I32Store16(memarg)];
            let store = self.random.pick(&store).clone();
            self.put(store);
        } else {
            self.value(ValType::I64, 2);
            let stores = [
                I::I64Store(memarg),
                I::I64Store8(memarg),
                I::I64Store16(memarg),
                I::I64Store32(memarg),
            ];
            let store = self.random.pick(&stores).clone();
            self.put(store);
        }
    }

    fn bulk(&mut self) {
        self.address();
        let copy = self.random.one_in(2);
        if copy {
            self.address()
        } else {
            self.value(ValType::I32, 1)
        };
        self.value(ValType::I32, 2);
        if !self.random.one_in(20) {
            self.put(I::I32Const(0xff));
            self.put(I::I32And);
        }
        self.put(if copy {
            I::MemoryCopy {
                src_mem: 0,
                dst_mem: 0,
            }
        } else {
            I::MemoryFill(0)
        });
    }

    fn grow(&mut self) {
        let pages = *self.random.pick(&[0, 1, 2, 3, 65_535, 65_536, -1]);
        self.put(I::I32Const(pages));
        self.put(I::MemoryGrow(0));
        self.put(I::GlobalSet(0));
    }

    fn block(&mut self) {
        let ty = self.block_type();
        self.put(I::Block(encoded(ty)));
        self.inside(ty);
    }

    fn block_type(&mut self) -> Option<ValType> {
        if self.random.one_in(3) {
            Some(value_type(self.random))
        } else {
            None
        }
    }

    /// The inside of a block with a label of this type, its `end`, and a drop of what it leaves.
    fn inside(&mut self, ty: Option<ValType>) {
        self.labels.push(ty);
        self.statements();
        self.value_if(ty);
        self.labels.pop();
        self.put(I::End);
        self.drop_if(ty);
    }

    fn condition(&mut self) {
        let ty = self.block_type();
        self.value(ValType::I32, 2);
        self.put(I::If(encoded(ty)));
        if ty.is_some() || self.random.one_in(2) {
            self.labels.push(ty);
            self.statements();
            self.value_if(ty);
            self.labels.pop();
            self.put(I::Else);
        }
        self.inside(ty);
    }

    /// A loop of a few rounds, counted in the last local, or one that only ink ends.
    fn counted_loop(&mut self) {
        let counter = self.locals.len() as u32 - 1;
        let rounds = self.random.below(6) as i32;
        self.put(I::I32Const(rounds));
        self.put(I::LocalSet(counter));
        self.put(I::Loop(BlockType::Empty));
        self.labels.push(None);
        self.statements();
        self.put(I::LocalGet(counter));
        self.put(I::I32Const(1));
        self.put(I::I32Sub);
        self.put(I::LocalTee(counter));
        self.put(I::I32Const(0));
        self.put(I::I32GtS);
        self.put(I::BrIf(0));
        self.labels.pop();
        self.put(I::End);
    }

    /// Labels by depth, with what they take.
    fn label(&mut self) -> (u32, Option<ValType>) {
        let depth = self.random.below(self.labels.len() as u64) as usize;
        (depth as u32, self.labels[self.labels.len() - 1 - depth])
    }

    fn branch(&mut self) {
        let (depth, ty) = self.label();
        self.value_if(ty);
        self.value(ValType::I32, 2);
        self.put(I::BrIf(depth));
        self.drop_if(ty);
    }

    /// A br_table over labels of one type, inside a block so that what follows is reached.
    fn table(&mut self) {
        let (_, ty) = self.label();
        let same: Vec<u32> = (0..self.labels.len() as u32)
            .filter(|depth| self.labels[self.labels.len() - 1 - *depth as usize] == ty)
            .map(|depth| depth + 1) // the block around it
            .collect();
        self.put(I::Block(encoded(ty)));
        self.value_if(ty);
        self.value(ValType::I32, 2);
        let targets: Vec<u32> = (0..self.random.below(5))
            .map(|_| *self.random.pick(&same))
            .collect();
        let default = if self.random.one_in(2) {
            0
        } else {
            *self.random.pick(&same)
        };
        self.put(I::BrTable(targets.into(), default));
        self.put(I::End);
        self.drop_if(ty);
    }

    /// A return or a branch to the function's own label, behind a condition.
    fn leave(&mut self) {
        self.value(ValType::I32, 2);
        self.put(I::If(BlockType::Empty));
        if let Some(ty) = self.result {
            self.value(ty, 2);
        }
        let own = self.labels.len() as u32;
        let instruction = if self.random.one_in(2) {
            I::Return
        } else {
            I::Br(own)
        };
        self.put(instruction);
        self.put(I::End);
    }

    fn call_and_drop(&mut self) {
        let index = self.random.below(self.signatures.len() as u64) as usize;
        if index < self.imported && !self.random.one_in(3) {
            return self.assign();
        }
        if self.call(index) {
            self.put(I::Drop);
        }
    }

    /// Calls a function, directly or through the table; whether it leaves a value.
    fn call(&mut self, index: usize) -> bool {
        let signature = self.signatures[index].clone();
        for ty in signature.params {
            self.value(ty, 1);
        }
        if index >= self.imported && self.random.one_in(4) {
            // The slot may hold another function, or none.
            let slot = self.random.below(TABLE + 1) as i32;
            self.put(I::I32Const(slot));
            self.put(I::CallIndirect {
                type_index: index as u32,
                table_index: 0,
            });
        } else {
            self.put(I::Call(index as u32));
        }
        signature.result.is_some()
    }

    /// Leaves a value of this type.
    fn value(&mut self, ty: ValType, depth: u32) {
        if depth == 0 || self.room <= 0 {
            return self.leaf(ty);
        }
        match self.random.below(10) {
            0..=2 => self.leaf(ty),
            3 => self.load(ty),
            4 => self.select(ty, depth),
            5 => self.unary(ty, depth),
            6 => self.value_block(ty, depth),
            7 => {
                let fitting: Vec<usize> = (0..self.signatures.len())
                    .filter(|index| self.signatures[*index].result == Some(ty))
                    .collect();
                if fitting.is_empty() || self.random.one_in(2) {
                    return self.leaf(ty);
                }
                let index = *self.random.pick(&fitting);
                self.call(index);
            }
            _ => self.binary(ty, depth),
        }
    }

    fn leaf(&mut self, ty: ValType) {
        let constant = self.random.value();
        match (self.random.below(4), self.local_of(ty)) {
            (0 | 1, Some(index)) => self.put(I::LocalGet(index)),
            (2, _) => self.put(I::GlobalGet(if ty == ValType::I64 { 1 } else { 2 })),
            (3, _) if ty == ValType::I32 => self.put(I::MemorySize(0)),
            _ if ty == ValType::I64 => self.put(I::I64Const(constant as i64)),
            _ => self.put(I::I32Const(constant as i32)),
        }
    }

    fn load(&mut self, ty: ValType) {
        self.address();
        let m = self.memarg();
        let load = if ty == ValType::I32 {
            let loads = [
                I::I32Load(m),
                I::I32Load8S(m),
                I::I32Load8U(m),
                I::I32Load16S(m),
                I::I32Load16U(m),
            ];
            self.random.pick(&loads).clone()
        } else {
            let loads = [
                I::I64Load(m),
                I::I64Load8S(m),
                I::I64Load8U(m),
                I::I64Load16S(m),
                I::I64Load16U(m),
                I::I64Load32S(m),
                I::I64Load32U(m),
            ];
            self.random.pick(&loads).clone()
        };
        self.put(load);
    }

    fn select(&mut self, ty: ValType, depth: u32) {
        self.value(ty, depth - 1);
        self.value(ty, depth - 1);
        self.value(ValType::I32, depth - 1);
        self.put(I::Select);
    }

    fn unary(&mut self, ty: ValType, depth: u32) {
        let (from, operator) = if ty == ValType::I32 {
            let operators = [
                (ValType::I32, I::I32Eqz),
                (ValType::I64, I::I64Eqz),
                (ValType::I32, I::I32Clz),
                (ValType::I32, I::I32Ctz),
                (ValType::I32, I::I32Popcnt),
                (ValType::I64, I::I32WrapI64),
                (ValType::I32, I::I32Extend8S),
                (ValType::I32, I::I32Extend16S),
            ];
            self.random.pick(&operators).clone()
        } else {
            let operators = [
                (ValType::I64, I::I64Clz),
                (ValType::I64, I::I64Ctz),
                (ValType::I64, I::I64Popcnt),
                (ValType::I32, I::I64ExtendI32S),
                (ValType::I32, I::I64ExtendI32U),
                (ValType::I64, I::I64Extend8S),
                (ValType::I64, I::I64Extend16S),
                (ValType::I64, I::I64Extend32S),
            ];
            self.random.pick(&operators).clone()
        };
        self.value(from, depth - 1);
        self.put(operator);
    }

    fn binary(&mut self, ty: ValType, depth: u32) {
        let compare = ty == ValType::I32 && self.random.one_in(3);
        let operands = if compare { value_type(self.random) } else { ty };
        let operators: &[I<'static>] = match (compare, operands == ValType::I32) {
            (true, true) => &COMPARE_32,
            (true, false) => &COMPARE_64,
            (false, true) => &BINARY_32,
            (false, false) => &BINARY_64,
        };
        let operator = self.random.pick(operators).clone();
        self.value(operands, depth - 1);
        self.value(operands, depth - 1);
        self.put(operator);
    }

    /// A block or an if with a value, so that branches carry one.
    fn value_block(&mut self, ty: ValType, depth: u32) {
        let conditional = self.random.one_in(2);
        if conditional {
            self.value(ValType::I32, depth - 1);
            self.put(I::If(BlockType::Result(ty)));
        } else {
            self.put(I::Block(BlockType::Result(ty)));
        }
        self.labels.push(Some(ty));
        self.value(ty, depth - 1);
        if self.random.one_in(2) {
            self.value(ValType::I32, depth - 1);
            self.put(I::BrIf(0));
        }
        if conditional {
            self.put(I::Else);
            self.value(ty, depth - 1);
        }
        self.labels.pop();
        self.put(I::End);
    }
}

fn encoded(ty: Option<ValType>) -> BlockType {
    ty.map_or(BlockType::Empty, BlockType::Result)
}

#[rustfmt::skip]
const COMPARE_32: [I<'static>; 10] = [
    I::I32Eq, I::I32Ne, I::I32LtS, I::I32LtU, I::I32GtS, I::I32GtU, I::I32LeS, I::I32LeU, I::I32GeS, I::I32GeU,
];
#[rustfmt::skip]
const COMPARE_64: [I<'static>; 10] = [
    I::I64Eq, I::I64Ne, I::I64LtS, I::I64LtU, I::I64GtS, I::I64GtU, I::I64LeS, I::I64LeU, I::I64GeS, I::I64GeU,
];
#[rustfmt::skip]
const BINARY_32: [I<'static>; 15] = [
    I::I32Add, I::I32Sub, I::I32Mul, I::I32DivS, I::I32DivU, I::I32RemS, I::I32RemU, I::I32And, I::I32Or, I::I32Xor,
    I::I32Shl, I::I32ShrS, I::I32ShrU, I::I32Rotl, I::I32Rotr,
];
#[rustfmt::skip]
const BINARY_64: [I<'static>; 15] = [
    I::I64Add, I::I64Sub, I::I64Mul, I::I64DivS, I::I64DivU, I::I64RemS, I::I64RemU, I::I64And, I::I64Or, I::I64Xor,
    I::I64Shl, I::I64ShrS, I::I64ShrU, I::I64Rotl, I::I64Rotr,
];
