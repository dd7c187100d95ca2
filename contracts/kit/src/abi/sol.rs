//! The types of Solidity's ABI. Most are their Rust types (`U256`, `Address`, `u64`, `bool`, structs of the interface); where
//! Rust has none of that width or none at all, a marker stands for it, whose value is the next wider native type.

use core::marker::PhantomData;

use super::{Decode, Encode, SolType, counted, push_count, push_padded, put_offset, tail, word_at};
use crate::word::{self, abort, chunk_mut};
use crate::{Address, FixedBytes, I256, U256};

/// `uint<BITS>` of a width that Rust does not have.
pub struct Uint<const BITS: usize>;
/// `int<BITS>` of a width that Rust does not have.
pub struct Int<const BITS: usize>;
/// `bytes` and `string`: not required to be UTF-8, as on the EVM.
pub struct Bytes;
/// `T[]`.
pub struct Array<T>(PhantomData<T>);
/// `T[N]`.
pub struct Fixed<T, const N: usize>(PhantomData<T>);
/// An `enum`, on the wire a `uint8`.
pub struct Enum<T>(PhantomData<T>);

/// An enum of an interface.
pub trait SolEnum: Copy {
    /// The variant with that number.
    fn from_number(number: u8) -> Option<Self>;
    /// The variant's number.
    fn number(self) -> u8;
}

macro_rules! value {
    ([$($generics:tt)*] $marker:ty, $rust:ty, $word:ident => $decode:expr, $value:ident, $out:ident => $put:expr) => {
        impl<$($generics)*> SolType for $marker {
            const HEAD: usize = 32;
            const DYNAMIC: bool = false;
        }
        impl<$($generics)*> Decode for $marker {
            type Arg<'a> = $rust;
            type Owned = $rust;
            #[inline(always)]
            fn decode(frame: &[u8], at: usize) -> $rust {
                let $word = word_at(frame, at);
                $decode
            }
            #[inline(always)]
            fn own(arg: $rust) -> $rust {
                arg
            }
        }
        impl<$($generics)*> Encode for $marker {
            type Ret = $rust;
            type Ref<'a> = $rust;
            #[inline(always)]
            fn borrow(value: &$rust) -> $rust {
                *value
            }
            #[inline(always)]
            fn put($value: $rust, head: &mut [u8]) {
                let $out = chunk_mut::<32>(head, 0);
                $put
            }
        }
    };
}

/// A value of a type whose Rust integer is wider than it must fit: it is a defect of the program if not.
#[inline(always)]
fn fits(outside: bool) {
    if outside {
        abort();
    }
}

macro_rules! native {
    ($($unsigned:ident $signed:ident),*) => {$(
        value!([] $unsigned, $unsigned, word => word::to_u64(word, $unsigned::BITS) as $unsigned,
            value, out => word::put_u64(out, u64::from(value)));
        value!([] $signed, $signed, word => word::to_i128(word, $signed::BITS) as $signed,
            value, out => word::put_i128(out, i128::from(value)));
    )*};
}

macro_rules! odd {
    ($($unsigned:ident $signed:ident: $($bits:literal)*;)*) => {$($(
        value!([] Uint<$bits>, $unsigned, word => word::to_u128(word, $bits) as $unsigned, value, out => {
            fits(value >> $bits != 0);
            word::put_u128(out, u128::from(value));
        });
        value!([] Int<$bits>, $signed, word => word::to_i128(word, $bits) as $signed, value, out => {
            fits(value >> ($bits - 1) != value >> ($signed::BITS - 1));
            word::put_i128(out, i128::from(value));
        });
    )*)*};
}

macro_rules! huge {
    ($($bits:literal)*) => {$(
        value!([] Uint<$bits>, U256, word => {
            let value = word::to_u256(word);
            fits(!value.wrapping_shr($bits).is_zero());
            value
        }, value, out => {
            fits(!value.wrapping_shr($bits).is_zero());
            word::put_u256(out, &value);
        });
        value!([] Int<$bits>, I256, word => word::to_i256(word, $bits), value, out => {
            fits(value.asr($bits - 1) != value.asr(255));
            word::put_u256(out, &value.into_raw());
        });
    )*};
}

native!(u8 i8, u16 i16, u32 i32, u64 i64);
odd! {
    u32 i32: 24;
    u64 i64: 40 48 56;
    u128 i128: 72 80 88 96 104 112 120;
}
huge!(136 144 152 160 168 176 184 192 200 208 216 224 232 240 248);

value!([] u128, u128, word => word::to_u128(word, 128), value, out => word::put_u128(out, value));
value!([] i128, i128, word => word::to_i128(word, 128), value, out => word::put_i128(out, value));
value!([] U256, U256, word => word::to_u256(word), value, out => word::put_u256(out, &value));
value!([] I256, I256, word => I256::from_raw(word::to_u256(word)), value, out => {
    word::put_u256(out, &value.into_raw());
});
value!([] Address, Address, word => word::to_address(word), value, out => word::put_address(out, &value));
value!([] bool, bool, word => word::to_u64(word, 1) != 0, value, out => word::put_u64(out, u64::from(value)));
value!([const N: usize] FixedBytes<N>, FixedBytes<N>, word => {
    let (value, rest) = word.split_at(N.min(32));
    if rest.iter().any(|byte| *byte != 0) {
        abort();
    }
    FixedBytes::from_slice(value)
}, value, out => {
    *out = [0; 32];
    *chunk_mut(out, 0) = value.0;
});
value!([T: SolEnum] Enum<T>, T, word => match T::from_number(word::to_u64(word, 8) as u8) {
    Some(value) => value,
    None => abort(),
}, value, out => word::put_u64(out, u64::from(value.number())));

impl SolType for Bytes {
    const HEAD: usize = 32;
    const DYNAMIC: bool = true;
}

impl Decode for Bytes {
    type Arg<'a> = &'a [u8];
    type Owned = Vec<u8>;
    #[inline(never)]
    fn decode(frame: &[u8], at: usize) -> &[u8] {
        let (len, rest) = counted(tail(frame, at));
        match rest.get(..len) {
            Some(bytes) => bytes,
            None => abort(),
        }
    }
    fn own(arg: &[u8]) -> Vec<u8> {
        arg.to_vec()
    }
}

impl Encode for Bytes {
    type Ret = Vec<u8>;
    type Ref<'a> = &'a [u8];
    #[inline(always)]
    fn borrow(value: &Vec<u8>) -> &[u8] {
        value
    }
    fn put(_: &[u8], _: &mut [u8]) {
        abort();
    }
    #[inline(never)]
    fn encode(value: &[u8], out: &mut Vec<u8>, base: usize, at: usize) {
        put_offset(out, base, at);
        push_count(out, value.len());
        push_padded(out, value);
    }
    fn encode_topic(value: &[u8], out: &mut Vec<u8>) {
        push_padded(out, value);
    }
}

impl<T> SolType for Array<T> {
    const HEAD: usize = 32;
    const DYNAMIC: bool = true;
}

impl<T: Decode> Decode for Array<T> {
    type Arg<'a> = super::Array<'a, T>;
    type Owned = Vec<T::Owned>;
    fn decode(frame: &[u8], at: usize) -> super::Array<'_, T> {
        let (len, rest) = counted(tail(frame, at));
        super::Array::new(rest, len)
    }
    fn own(arg: super::Array<'_, T>) -> Vec<T::Owned> {
        arg.iter().map(T::own).collect()
    }
}

impl<T: Encode> Encode for Array<T>
where
    T::Ret: 'static,
{
    type Ret = Vec<T::Ret>;
    type Ref<'a> = &'a [T::Ret];
    fn borrow(value: &Vec<T::Ret>) -> &[T::Ret] {
        value
    }
    fn put(_: &[T::Ret], _: &mut [u8]) {
        abort();
    }
    fn encode(value: &[T::Ret], out: &mut Vec<u8>, base: usize, at: usize) {
        put_offset(out, base, at);
        push_count(out, value.len());
        encode_all::<T>(value, out);
    }
    fn encode_topic(value: &[T::Ret], out: &mut Vec<u8>) {
        for item in value {
            T::encode_topic(T::borrow(item), out);
        }
    }
}

/// The elements of an array: a tuple of their heads with the tails behind it.
fn encode_all<T: Encode>(items: &[T::Ret], out: &mut Vec<u8>) {
    let base = out.len();
    out.resize(base.saturating_add(items.len().saturating_mul(T::HEAD)), 0);
    let mut at = 0usize;
    for item in items {
        T::encode(T::borrow(item), out, base, at);
        at = at.saturating_add(T::HEAD);
    }
}

impl<T: SolType, const N: usize> SolType for Fixed<T, N> {
    const HEAD: usize = if T::DYNAMIC { 32 } else { T::HEAD * N };
    const DYNAMIC: bool = T::DYNAMIC;
}

impl<T: Decode, const N: usize> Decode for Fixed<T, N> {
    type Arg<'a> = [T::Arg<'a>; N];
    type Owned = [T::Owned; N];
    fn decode<'a>(frame: &'a [u8], at: usize) -> [T::Arg<'a>; N] {
        let (frame, at) = if T::DYNAMIC { (tail(frame, at), 0) } else { (frame, at) };
        core::array::from_fn(|i| T::decode(frame, at.saturating_add(i.saturating_mul(T::HEAD))))
    }
    fn own(arg: [T::Arg<'_>; N]) -> [T::Owned; N] {
        arg.map(T::own)
    }
}

impl<T: Encode, const N: usize> Encode for Fixed<T, N>
where
    T::Ret: Copy + 'static,
{
    type Ret = [T::Ret; N];
    type Ref<'a> = [T::Ret; N];
    fn borrow(value: &[T::Ret; N]) -> [T::Ret; N] {
        *value
    }
    fn put(value: [T::Ret; N], head: &mut [u8]) {
        for (item, out) in value.iter().zip(head.chunks_exact_mut(T::HEAD)) {
            T::put(T::borrow(item), out);
        }
    }
    fn encode(value: [T::Ret; N], out: &mut Vec<u8>, base: usize, at: usize) {
        if T::DYNAMIC {
            put_offset(out, base, at);
            encode_all::<T>(&value, out);
        } else if let Some(head) = base.checked_add(at).and_then(|from| out.get_mut(from..)) {
            Self::put(value, head);
        }
    }
    fn encode_topic(value: [T::Ret; N], out: &mut Vec<u8>) {
        for item in &value {
            T::encode_topic(T::borrow(item), out);
        }
    }
}
