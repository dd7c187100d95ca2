//! The types of Solidity's ABI. Most are their Rust types (`U256`, `Address`, `u64`, `bool`, structs of the interface); where
//! Rust has none of that width or none at all, a marker stands for it, whose value is the next wider native type.

use core::marker::PhantomData;

use super::{Buffer, Decode, Encode, SolType, counted, first, padded_len, tail, word_at};
use crate::word::{self, Cell, abort};
use crate::{Address, FixedBytes, I256, U256, Vec};
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
            fn put($value: &$rust, head: &mut [Cell]) {
                let $out = first(head);
                $put
            }
            #[inline(always)]
            fn put_owned(value: &$rust, head: &mut [Cell]) {
                Self::put(value, head);
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
            value, out => word::u64_into(out, u64::from(*value)));
        value!([] $signed, $signed, word => word::to_i128(word, $signed::BITS) as $signed,
            value, out => word::i128_into(out, i128::from(*value)));
    )*};
}

macro_rules! odd {
    ($($unsigned:ident $signed:ident: $($bits:literal)*;)*) => {$($(
        value!([] Uint<$bits>, $unsigned, word => word::to_u128(word, $bits) as $unsigned, value, out => {
            fits(*value >> $bits != 0);
            word::u128_into(out, u128::from(*value));
        });
        value!([] Int<$bits>, $signed, word => word::to_i128(word, $bits) as $signed, value, out => {
            fits(*value >> ($bits - 1) != *value >> ($signed::BITS - 1));
            word::i128_into(out, i128::from(*value));
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
            word::u256_into(out, value);
        });
        value!([] Int<$bits>, I256, word => word::to_i256(word, $bits), value, out => {
            fits(value.asr($bits - 1) != value.asr(255));
            word::u256_into(out, &value.into_raw());
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

value!([] u128, u128, word => word::to_u128(word, 128), value, out => word::u128_into(out, *value));
value!([] i128, i128, word => word::to_i128(word, 128), value, out => word::i128_into(out, *value));
value!([] U256, U256, word => word::to_u256(word), value, out => {
    let [a, b, c, d] = *value.as_limbs();
    word::limbs_into(out, a, b, c, d);
});
value!([] I256, I256, word => I256::from_raw(word::to_u256(word)), value, out => {
    word::u256_into(out, &value.into_raw());
});
value!([] Address, Address, word => word::to_address(word), value, out => {
    let (a, b, c) = word::address_parts(value);
    word::parts_into(out, a, b, c);
});
value!([] bool, bool, word => word::to_u64(word, 1) != 0, value, out => word::u64_into(out, u64::from(*value)));
value!([const N: usize] FixedBytes<N>, FixedBytes<N>, word => {
    let (value, rest) = word.split_at(N.min(32));
    if rest.iter().any(|byte| *byte != 0) {
        abort();
    }
    FixedBytes::from_slice(value)
}, value, out => {
    if N == 32 {
        let part = |at| u64::from_le_bytes(*word::chunk(&value.0, at));
        word::constant_into(out, part(0), part(8), part(16), part(24));
    } else {
        word::bytes_into(out, &value.0);
    }
});
value!([T: SolEnum] Enum<T>, T, word => match T::from_number(word::to_u64(word, 8) as u8) {
    Some(value) => value,
    None => abort(),
}, value, out => word::u64_into(out, u64::from(value.number())));

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
    fn put(_: &&[u8], _: &mut [Cell]) {
        abort();
    }
    #[inline(always)]
    fn tail_len(value: &&[u8]) -> usize {
        padded_len(value.len()).wrapping_add(32)
    }
    #[inline(never)]
    fn encode(value: &&[u8], out: &mut Buffer, base: usize, at: usize) {
        out.begin(base, at, value.len());
        out.padded(value);
    }
    fn in_place(value: &&[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(value);
        out.resize(padded_len(out.len()), 0);
    }
    fn topic(value: &&[u8]) -> crate::B256 {
        // Alone it is hashed as it is; only inside an array or a struct it is padded.
        crate::host::keccak(value)
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
    fn put(_: &&[T::Ret], _: &mut [Cell]) {
        abort();
    }
    fn tail_len(value: &&[T::Ret]) -> usize {
        elements_len::<T>(value).saturating_add(32)
    }
    fn encode(value: &&[T::Ret], out: &mut Buffer, base: usize, at: usize) {
        out.begin(base, at, value.len());
        elements::<T>(value, out);
    }
    fn in_place(value: &&[T::Ret], out: &mut Vec<u8>) {
        for item in *value {
            T::in_place(&T::borrow(item), out);
        }
    }
}

/// How long the elements of an array are, heads and tails.
fn elements_len<T: Encode>(items: &[T::Ret]) -> usize {
    let heads = items.len().saturating_mul(T::HEAD);
    items.iter().fold(heads, |sum, item| {
        sum.saturating_add(T::tail_len(&T::borrow(item)))
    })
}

/// The elements of an array: a tuple of their heads with the tails behind it.
fn elements<T: Encode>(items: &[T::Ret], out: &mut Buffer) {
    let base = out.reserve(items.len().saturating_mul(T::HEAD));
    let mut at = 0usize;
    for item in items {
        T::encode(&T::borrow(item), out, base, at);
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
        let (frame, at) = if T::DYNAMIC {
            (tail(frame, at), 0)
        } else {
            (frame, at)
        };
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
    fn put(value: &[T::Ret; N], head: &mut [Cell]) {
        for (item, out) in value.iter().zip(head.chunks_exact_mut(T::HEAD / 32)) {
            T::put(&T::borrow(item), out);
        }
    }
    fn tail_len(value: &[T::Ret; N]) -> usize {
        if T::DYNAMIC { elements_len::<T>(value) } else { 0 }
    }
    fn encode(value: &[T::Ret; N], out: &mut Buffer, base: usize, at: usize) {
        if T::DYNAMIC {
            out.begin_uncounted(base, at);
            elements::<T>(value, out);
        } else {
            Self::put(value, out.cells(base.wrapping_add(at)));
        }
    }
    fn in_place(value: &[T::Ret; N], out: &mut Vec<u8>) {
        for item in value {
            T::in_place(&T::borrow(item), out);
        }
    }
}
