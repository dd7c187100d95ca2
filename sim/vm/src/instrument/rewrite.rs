//! Writes the new module: sections that nothing touches are copied, code is copied with insertions between operators.

use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, Encode, ExportKind, ExportSection, GlobalSection, GlobalType,
    MemorySection, RawSection, SectionId, ValType,
};

use super::{
    ENTRYPOINT, Globals, INK_LEFT, INK_STATUS, MEMORY, STACK_LEFT, depth, dynamic,
    function::{Insertion, Plan},
    heap, meter,
};
use crate::validate::Module;

/// The rewritten module. Custom sections are dropped but for the names, which traces read.
pub(super) fn module(module: &Module<'_>, plans: &[Plan], globals: Globals) -> Vec<u8> {
    const CUSTOM: u8 = SectionId::Custom as u8;
    const MEMORY: u8 = SectionId::Memory as u8;
    const GLOBAL: u8 = SectionId::Global as u8;
    const EXPORT: u8 = SectionId::Export as u8;
    const CODE: u8 = SectionId::Code as u8;

    let mut output = wasm_encoder::Module::new();
    let mut globals_written = false;
    for section in &module.sections {
        // A module without globals gets the section where the order of sections wants it: right before the exports,
        // which every accepted module has.
        if (section.id == GLOBAL || section.id == EXPORT) && !globals_written {
            output.section(&global_section(module));
            globals_written = true;
        }
        match section.id {
            CUSTOM | GLOBAL => &mut output,
            MEMORY => output.section(&memory_section(module)),
            EXPORT => output.section(&export_section(module, globals)),
            CODE => output.section(&code_section(module, plans, globals)),
            id => output.section(&RawSection {
                id,
                data: &module.wasm[section.range.clone()],
            }),
        };
    }
    if let Some(names) = module.names {
        output.section(&CustomSection {
            name: "name".into(),
            data: names.into(),
        });
    }
    output.finish()
}

fn memory_section(module: &Module<'_>) -> MemorySection {
    let mut section = MemorySection::new();
    if let Some(memory) = &module.memory {
        section.memory(heap::bound(memory));
    }
    section
}

/// The module's globals and the four added ones, all 0: the host sets them.
fn global_section(module: &Module<'_>) -> GlobalSection {
    let mut section = GlobalSection::new();
    for global in &module.globals {
        section.raw(global);
    }
    let ty = |val_type| GlobalType {
        val_type,
        mutable: true,
        shared: false,
    };
    section.global(ty(ValType::I64), &ConstExpr::i64_const(0));
    for _ in ["ink_status", "scratch", "stack_left"] {
        section.global(ty(ValType::I32), &ConstExpr::i32_const(0));
    }
    section
}

/// What the network calls, and the meter. Everything else that the module exports is dropped.
fn export_section(module: &Module<'_>, globals: Globals) -> ExportSection {
    let mut section = ExportSection::new();
    section.export(ENTRYPOINT, ExportKind::Func, module.entrypoint);
    section.export(MEMORY, ExportKind::Memory, 0);
    section.export(INK_LEFT, ExportKind::Global, globals.ink_left);
    section.export(INK_STATUS, ExportKind::Global, globals.ink_status);
    section.export(STACK_LEFT, ExportKind::Global, globals.stack_left);
    section
}

fn code_section(module: &Module<'_>, plans: &[Plan], globals: Globals) -> CodeSection {
    let payer = module.growth_payer.unwrap_or_default();
    let mut section = CodeSection::new();
    for (body, plan) in module.bodies.iter().zip(plans) {
        // Locals as they are, then the code.
        let mut bytes = module.wasm[body.range().start..plan.code.start].to_vec();
        depth::enter(plan.frame_words, globals).encode_all(&mut bytes);
        let mut copied = plan.code.start;
        for (offset, insertion) in &plan.insertions {
            bytes.extend_from_slice(&module.wasm[copied..*offset]);
            copied = *offset;
            match insertion {
                Insertion::Block { ink } => meter::charge(*ink, globals).encode_all(&mut bytes),
                Insertion::Bulk => dynamic::charge(globals).encode_all(&mut bytes),
                Insertion::Growth => heap::pay(payer, globals).encode_all(&mut bytes),
                Insertion::Leave => depth::leave(plan.frame_words, globals).encode_all(&mut bytes),
            }
        }
        bytes.extend_from_slice(&module.wasm[copied..plan.code.end]);
        section.raw(&bytes);
    }
    section
}

trait EncodeAll {
    fn encode_all(&self, bytes: &mut Vec<u8>);
}

impl<T: Encode, const N: usize> EncodeAll for [T; N] {
    fn encode_all(&self, bytes: &mut Vec<u8>) {
        self.iter().for_each(|instruction| instruction.encode(bytes));
    }
}
