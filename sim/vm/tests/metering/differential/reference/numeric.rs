//! Memory operators and integer arithmetic, by WebAssembly's definition of each.

use wasmparser::Operator;

use super::{Frame, Stop};

/// What a memory operator does.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Access {
    /// Zero-extended (0), or sign-extended to this many bits.
    Load {
        signed_to: u32,
    },
    Store,
}

/// Width, offset and kind of a memory operator.
pub(super) fn access(operator: &Operator<'_>) -> Option<(usize, u64, Access)> {
    use Operator::*;
    let load = |signed_to| Access::Load { signed_to };
    Some(match operator {
        I32Load { memarg } => (4, memarg.offset, load(0)),
        I32Load8S { memarg } => (1, memarg.offset, load(32)),
        I32Load8U { memarg } | I64Load8U { memarg } => (1, memarg.offset, load(0)),
        I32Load16S { memarg } => (2, memarg.offset, load(32)),
        I32Load16U { memarg } | I64Load16U { memarg } => (2, memarg.offset, load(0)),
        I64Load { memarg } => (8, memarg.offset, load(0)),
        I64Load8S { memarg } => (1, memarg.offset, load(64)),
        I64Load16S { memarg } => (2, memarg.offset, load(64)),
        I64Load32S { memarg } => (4, memarg.offset, load(64)),
        I64Load32U { memarg } => (4, memarg.offset, load(0)),
        I32Store { memarg } | I64Store32 { memarg } => (4, memarg.offset, Access::Store),
        I32Store8 { memarg } | I64Store8 { memarg } => (1, memarg.offset, Access::Store),
        I32Store16 { memarg } | I64Store16 { memarg } => (2, memarg.offset, Access::Store),
        I64Store { memarg } => (8, memarg.offset, Access::Store),
        _ => return None,
    })
}

/// Integer arithmetic, by WebAssembly's definition of each operator.
pub(super) fn numeric(frame: &mut Frame<'_, '_>, operator: &Operator<'_>) -> Result<(), Stop> {
    use Operator::*;
    macro_rules! unary {
        ($from:ty, $f:expr) => {{
            let value = frame.pop() as $from;
            frame.values.push($f(value) as u64);
        }};
    }
    macro_rules! binary {
        ($ty:ty, $unsigned:ty, $f:expr) => {{
            let (second, first) = (frame.pop() as $ty, frame.pop() as $ty);
            frame.values.push($f(first, second) as $unsigned as u64);
        }};
    }
    macro_rules! division {
        ($ty:ty, $unsigned:ty, $f:ident) => {{
            let (second, first) = (frame.pop() as $ty, frame.pop() as $ty);
            frame
                .values
                .push(first.$f(second).ok_or(Stop::Trap)? as $unsigned as u64);
        }};
    }
    macro_rules! remainder {
        ($ty:ty, $unsigned:ty) => {{
            let (second, first) = (frame.pop() as $ty, frame.pop() as $ty);
            if second == 0 {
                return Err(Stop::Trap);
            }
            frame.values.push(first.wrapping_rem(second) as $unsigned as u64);
        }};
    }
    match operator {
        I32Eqz => unary!(u32, |v| v == 0),
        I64Eqz => unary!(u64, |v| v == 0),
        I32Clz => unary!(u32, u32::leading_zeros),
        I32Ctz => unary!(u32, u32::trailing_zeros),
        I32Popcnt => unary!(u32, u32::count_ones),
        I64Clz => unary!(u64, u64::leading_zeros),
        I64Ctz => unary!(u64, u64::trailing_zeros),
        I64Popcnt => unary!(u64, u64::count_ones),
        I32WrapI64 | I64ExtendI32U => unary!(u32, |v| v),
        I64ExtendI32S => unary!(u32, |v| v as i32 as i64),
        I32Extend8S => unary!(u8, |v| v as i8 as i32 as u32),
        I32Extend16S => unary!(u16, |v| v as i16 as i32 as u32),
        I64Extend8S => unary!(u8, |v| v as i8 as i64),
        I64Extend16S => unary!(u16, |v| v as i16 as i64),
        I64Extend32S => unary!(u32, |v| v as i32 as i64),
        I32Eq => binary!(u32, u32, |a, b| u32::from(a == b)),
        I32Ne => binary!(u32, u32, |a, b| u32::from(a != b)),
        I32LtS => binary!(i32, u32, |a, b| u32::from(a < b)),
        I32LtU => binary!(u32, u32, |a, b| u32::from(a < b)),
        I32GtS => binary!(i32, u32, |a, b| u32::from(a > b)),
        I32GtU => binary!(u32, u32, |a, b| u32::from(a > b)),
        I32LeS => binary!(i32, u32, |a, b| u32::from(a <= b)),
        I32LeU => binary!(u32, u32, |a, b| u32::from(a <= b)),
        I32GeS => binary!(i32, u32, |a, b| u32::from(a >= b)),
        I32GeU => binary!(u32, u32, |a, b| u32::from(a >= b)),
        I64Eq => binary!(u64, u32, |a, b| u32::from(a == b)),
        I64Ne => binary!(u64, u32, |a, b| u32::from(a != b)),
        I64LtS => binary!(i64, u32, |a, b| u32::from(a < b)),
        I64LtU => binary!(u64, u32, |a, b| u32::from(a < b)),
        I64GtS => binary!(i64, u32, |a, b| u32::from(a > b)),
        I64GtU => binary!(u64, u32, |a, b| u32::from(a > b)),
        I64LeS => binary!(i64, u32, |a, b| u32::from(a <= b)),
        I64LeU => binary!(u64, u32, |a, b| u32::from(a <= b)),
        I64GeS => binary!(i64, u32, |a, b| u32::from(a >= b)),
        I64GeU => binary!(u64, u32, |a, b| u32::from(a >= b)),
        I32Add => binary!(u32, u32, u32::wrapping_add),
        I32Sub => binary!(u32, u32, u32::wrapping_sub),
        I32Mul => binary!(u32, u32, u32::wrapping_mul),
        I32And => binary!(u32, u32, |a, b| a & b),
        I32Or => binary!(u32, u32, |a, b| a | b),
        I32Xor => binary!(u32, u32, |a, b| a ^ b),
        I32Shl => binary!(u32, u32, u32::wrapping_shl),
        I32ShrU => binary!(u32, u32, u32::wrapping_shr),
        I32ShrS => binary!(i32, u32, |a: i32, b| a.wrapping_shr(b as u32)),
        I32Rotl => binary!(u32, u32, |a: u32, b| a.rotate_left(b & 31)),
        I32Rotr => binary!(u32, u32, |a: u32, b| a.rotate_right(b & 31)),
        I64Add => binary!(u64, u64, u64::wrapping_add),
        I64Sub => binary!(u64, u64, u64::wrapping_sub),
        I64Mul => binary!(u64, u64, u64::wrapping_mul),
        I64And => binary!(u64, u64, |a, b| a & b),
        I64Or => binary!(u64, u64, |a, b| a | b),
        I64Xor => binary!(u64, u64, |a, b| a ^ b),
        I64Shl => binary!(u64, u64, |a: u64, b| a.wrapping_shl(b as u32)),
        I64ShrU => binary!(u64, u64, |a: u64, b| a.wrapping_shr(b as u32)),
        I64ShrS => binary!(i64, u64, |a: i64, b| a.wrapping_shr(b as u32)),
        I64Rotl => binary!(u64, u64, |a: u64, b| a.rotate_left((b & 63) as u32)),
        I64Rotr => binary!(u64, u64, |a: u64, b| a.rotate_right((b & 63) as u32)),
        I32DivS => division!(i32, u32, checked_div),
        I32DivU => division!(u32, u32, checked_div),
        I64DivS => division!(i64, u64, checked_div),
        I64DivU => division!(u64, u64, checked_div),
        I32RemS => remainder!(i32, u32),
        I32RemU => remainder!(u32, u32),
        I64RemS => remainder!(i64, u64),
        I64RemU => remainder!(u64, u64),
        other => panic!("the generators do not make {other:?}"),
    }
    Ok(())
}
