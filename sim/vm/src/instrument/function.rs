//! One walk over a function: where each pass puts something in, what it costs, how large the frame is.

use wasmparser::Operator;

use super::{depth, dynamic, heap, meter};
use crate::{
    pricing::{UNPAYABLE, operator_ink},
    rejection::{Reason, Rejection},
    validate::{MAX_OPERATORS, MAX_STACK_CONTENTION, Module},
};

/// What is put in before an operator of the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Insertion {
    /// The charge of the block that starts here.
    Block { ink: u64 },
    /// The charge by length of the operator here.
    Bulk,
    /// The payment for pages of the operator here.
    Growth,
    /// The frame's words are given back.
    Leave,
}

/// How one function is rewritten.
pub(super) struct Plan {
    /// Byte range of the operators in the module.
    pub(super) code: std::ops::Range<usize>,
    /// Insertions by offset in the module, in order.
    pub(super) insertions: Vec<(usize, Insertion)>,
    /// Stack words of the frame.
    pub(super) frame_words: u32,
    /// Operators that the network counts after its passes.
    pub(super) operators: u64,
    /// Whether a block costs more than anyone can have.
    pub(super) unpayable: bool,
}

/// Plans the function with this position among the module's own.
pub(super) fn plan(module: &Module<'_>, position: usize) -> Result<Plan, Rejection> {
    let body = &module.bodies[position];
    let place = || module.place_of_function(position);
    let mut walk = Walk::new(module);
    let mut reader = module.read(body.get_operators_reader())?;
    let start = reader.original_position();
    while !reader.eof() {
        let (operator, offset) = module.read(reader.read_with_offset())?;
        walk.operator(&operator, offset, reader.eof());
    }
    if walk.stack.worst > MAX_STACK_CONTENTION {
        let reason = Reason::StackContention {
            words: walk.stack.worst,
            limit: MAX_STACK_CONTENTION,
        };
        return Err(Rejection::at(reason, place()));
    }
    let operators = walk.operators + depth::ENTRY_OPERATORS + depth::EXIT_OPERATORS;
    if operators > MAX_OPERATORS {
        let what = "operators (the network's metering counted)";
        return Err(Rejection::at(
            Reason::TooMany {
                what,
                count: operators,
                limit: MAX_OPERATORS,
            },
            place(),
        ));
    }
    let locals = module.declared_locals(body)? as u32;
    let unpayable = |(_, insertion): &(usize, Insertion)| *insertion == Insertion::Block { ink: UNPAYABLE };
    Ok(Plan {
        code: start..body.range().end,
        unpayable: walk.insertions.iter().any(unpayable),
        insertions: walk.insertions,
        frame_words: depth::frame_words(walk.stack.worst, locals),
        operators,
    })
}

struct Walk<'m, 'a> {
    module: &'m Module<'a>,
    /// The paying import, if the memory can grow.
    payer: Option<u32>,
    insertions: Vec<(usize, Insertion)>,
    /// Where the charge of the open block stands, and what its operators cost so far.
    open_block: Option<(usize, u64)>,
    stack: depth::StackHeight,
    operators: u64,
}

impl<'m, 'a> Walk<'m, 'a> {
    fn new(module: &'m Module<'a>) -> Self {
        Self {
            module,
            payer: module.growth_payer.filter(|_| module.can_grow()),
            insertions: Vec::new(),
            open_block: None,
            stack: depth::StackHeight::new(),
            operators: 0,
        }
    }

    fn operator(&mut self, operator: &Operator<'_>, offset: usize, last: bool) {
        let (charge, ink) = self.open_block.take().unwrap_or_else(|| {
            self.insert(offset, Insertion::Block { ink: 0 }, meter::OPERATORS);
            self.stack.block_charge();
            (self.insertions.len() - 1, crate::pricing::BLOCK_HEADER_INK)
        });
        if dynamic::applies(operator) {
            self.insert(offset, Insertion::Bulk, dynamic::OPERATORS);
            self.stack.bulk_charge();
        }
        match operator {
            Operator::Return => self.insert(offset, Insertion::Leave, depth::RETURN_OPERATORS),
            Operator::MemoryGrow { .. } if self.payer.is_some() => {
                self.insert(offset, Insertion::Growth, heap::OPERATORS);
            }
            _ => {}
        }
        if last {
            // Its operators are counted with the function's exit.
            self.insert(offset, Insertion::Leave, 0);
        }
        self.stack.operator(operator, self.module);
        self.operators += 1;

        let params = |index: u32| self.module.types[index as usize].params().len() as u64;
        let ink = ink.saturating_add(operator_ink(operator, params));
        if meter::ends_block(operator) {
            self.insertions[charge].1 = Insertion::Block { ink };
        } else {
            self.open_block = Some((charge, ink));
        }
    }

    fn insert(&mut self, offset: usize, insertion: Insertion, operators: u64) {
        self.insertions.push((offset, insertion));
        self.operators += operators;
    }
}
