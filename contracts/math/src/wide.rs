//! The one multiplication and the one division of 512 bits, in digits of 32 bits.
//!
//! Why 32 bits: WebAssembly multiplies and divides 64-bit words natively but has no 128-bit word. A product of two
//! 32-bit digits and a two-by-one digit division are single instructions there; with 64-bit digits both would be library
//! calls. Nothing here is generic, so a contract carries one copy.
//!
//! What does not belong here: rounding and error policy (`mul_div.rs`).

// Every index is masked to its array's length, so no access can panic and the compiler drops the bound checks.
#![allow(clippy::indexing_slicing)]

use alloy_primitives::U256;

/// 256 bits, least significant digit first.
type Digits = [u32; 8];
/// 512 bits and room for the digit that normalisation adds; a power of two, so that an index can be masked.
pub(crate) type Product = [u32; 32];

const LOW: u64 = u32::MAX as u64;

fn to_digits(value: U256) -> Digits {
    let mut digits = [0; 8];
    for (pair, limb) in digits.chunks_exact_mut(2).zip(value.as_limbs()) {
        if let [low, high] = pair {
            *low = *limb as u32;
            *high = (*limb >> 32) as u32;
        }
    }
    digits
}

/// The value of up to eight digits.
fn from_digits(digits: &[u32]) -> U256 {
    let mut limbs = [0u64; 4];
    for (limb, pair) in limbs.iter_mut().zip(digits.chunks_exact(2)) {
        if let [low, high] = pair {
            *limb = (u64::from(*high) << 32) | u64::from(*low);
        }
    }
    U256::from_limbs(limbs)
}

/// `a·b + c`, which cannot exceed 2^512-1.
#[inline(never)]
pub(crate) fn mul_add(a: U256, b: U256, c: U256) -> Product {
    let (a, b) = (to_digits(a), to_digits(b));
    let mut out: Product = [0; 32];
    for (low, digit) in out.iter_mut().zip(to_digits(c)) {
        *low = digit;
    }
    for (i, x) in a.iter().enumerate() {
        if *x == 0 {
            continue;
        }
        let mut carry = 0u64;
        for (j, y) in b.iter().enumerate() {
            let at = i.wrapping_add(j) & 31;
            // (2^32-1)^2 + 2(2^32-1) = 2^64-1: no overflow
            let sum = u64::from(*x)
                .wrapping_mul(u64::from(*y))
                .wrapping_add(u64::from(out[at]))
                .wrapping_add(carry);
            out[at] = sum as u32;
            carry = sum >> 32;
        }
        // This digit has not been written yet: row i reaches digit i + 8 first.
        out[i.wrapping_add(8) & 31] = carry as u32;
    }
    out
}

/// The full product `a·b` as `(high, low)` words of 256 bits. Tuples compare as the numbers do, so
/// `mul_wide(a, b) < mul_wide(c, d)` compares `a/d` with `c/b` exactly and without a division.
///
/// ```
/// use mintage_math::{mul_wide, U256};
/// assert_eq!(mul_wide(U256::MAX, U256::MAX), (U256::MAX - U256::from(1), U256::from(1)));
/// ```
pub fn mul_wide(a: U256, b: U256) -> (U256, U256) {
    let product = mul_add(a, b, U256::ZERO);
    (high(&product), low(&product))
}

/// Bits 256 to 511.
pub(crate) fn high(product: &Product) -> U256 {
    from_digits(&product[8..16])
}

/// Bits 0 to 255.
pub(crate) fn low(product: &Product) -> U256 {
    from_digits(&product[..8])
}

/// Shifts `digits` left by `bits < 32`.
fn shift_left(digits: &mut [u32], bits: u32) {
    let mut carry = 0u64;
    for digit in digits {
        let wide = (u64::from(*digit) << bits) | carry;
        *digit = wide as u32;
        carry = wide >> 32;
    }
}

/// Quotient and remainder by schoolbook division (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D).
///
/// The caller has checked that `divisor` is not zero and that the upper half of `dividend` is below it, that is, that the
/// quotient fits 256 bits. (Otherwise the answer is wrong, but there is no panic.)
#[inline(never)]
pub(crate) fn div_rem(mut dividend: Product, divisor: U256) -> (U256, U256) {
    let mut v = to_digits(divisor);
    let len = v
        .iter()
        .rposition(|digit| *digit != 0)
        .unwrap_or(0)
        .wrapping_add(1);
    // D1: shift until the divisor's top digit has its top bit set; then each guess is at most two too large.
    let shift = v[len.wrapping_sub(1) & 7].leading_zeros() & 31;
    shift_left(&mut v, shift);
    let u = &mut dividend;
    shift_left(u, shift);
    let top = u64::from(v[len.wrapping_sub(1) & 7]);
    let second = if len > 1 {
        u64::from(v[len.wrapping_sub(2) & 7])
    } else {
        0
    };
    let mut quotient: Digits = [0; 8];
    // The quotient has at most eight digits, and u < v·2^256, so the first digit to look for is the eighth.
    for j in (0..8usize).rev() {
        let at = j.wrapping_add(len);
        // D3: guess the digit from the top two, correct it with the third.
        let pair = (u64::from(u[at & 31]) << 32) | u64::from(u[at.wrapping_sub(1) & 31]);
        let mut guess = pair.checked_div(top).unwrap_or(0);
        let mut rest = pair.checked_rem(top).unwrap_or(0);
        let third = if at > 1 {
            u64::from(u[at.wrapping_sub(2) & 31])
        } else {
            0
        };
        while guess > LOW || guess.wrapping_mul(second) > ((rest << 32) | third) {
            guess = guess.wrapping_sub(1);
            rest = rest.wrapping_add(top);
            if rest > LOW {
                break;
            }
        }
        if guess == 0 {
            continue;
        }
        if sub_mul(u, &v, guess, j, len) {
            // D6: one too large after all (probability about 2^-31)
            guess = guess.wrapping_sub(1);
            add_back(u, &v, j, len);
        }
        quotient[j & 7] = guess as u32;
    }
    // What is left is the remainder, still shifted; below v, so in at most len ≤ 8 digits.
    (
        from_digits(&quotient),
        from_digits(&u[..8]).wrapping_shr(shift as usize),
    )
}

/// D4: `u[j..] -= guess·v`; true if that went below zero.
fn sub_mul(u: &mut Product, v: &Digits, guess: u64, j: usize, len: usize) -> bool {
    let (mut carry, mut borrow) = (0u64, 0u64);
    for (i, digit) in v.iter().take(len).enumerate() {
        let product = guess.wrapping_mul(u64::from(*digit)).wrapping_add(carry);
        carry = product >> 32;
        let at = i.wrapping_add(j) & 31;
        let diff = u64::from(u[at]).wrapping_sub(product & LOW).wrapping_sub(borrow);
        u[at] = diff as u32;
        borrow = diff >> 63;
    }
    let at = j.wrapping_add(len) & 31;
    let diff = u64::from(u[at]).wrapping_sub(carry).wrapping_sub(borrow);
    u[at] = diff as u32;
    diff >> 63 != 0
}

/// D6: `u[j..] += v`, dropping the carry that cancels the borrow.
fn add_back(u: &mut Product, v: &Digits, j: usize, len: usize) {
    let mut carry = 0u64;
    for (i, digit) in v.iter().take(len).enumerate() {
        let at = i.wrapping_add(j) & 31;
        let sum = u64::from(u[at])
            .wrapping_add(u64::from(*digit))
            .wrapping_add(carry);
        u[at] = sum as u32;
        carry = sum >> 32;
    }
    let at = j.wrapping_add(len) & 31;
    u[at] = u[at].wrapping_add(carry as u32);
}

/// `value·2^bits`, dropping what leaves 256 bits. One function, so that the compiler can keep one copy: each is a hundred bytes of program.
pub(crate) fn shl(value: U256, bits: usize) -> U256 {
    value.wrapping_shl(bits)
}

/// `⌊value/2^bits⌋`.
pub(crate) fn shr(value: U256, bits: usize) -> U256 {
    value.wrapping_shr(bits)
}

/// The lower half of the product.
pub(crate) fn mul_low(a: U256, b: U256) -> U256 {
    a.wrapping_mul(b)
}

/// The upper half of the product of two 128-bit words: `⌊a·b/2^128⌋`. The step of every series in this crate.
#[inline(never)]
pub(crate) fn mul_high(a: u128, b: u128) -> u128 {
    const MASK: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & MASK, b >> 64, b & MASK);
    let (low, cross1, cross2, high) = (
        a0.wrapping_mul(b0),
        a0.wrapping_mul(b1),
        a1.wrapping_mul(b0),
        a1.wrapping_mul(b1),
    );
    let middle = (low >> 64)
        .wrapping_add(cross1 & MASK)
        .wrapping_add(cross2 & MASK);
    high.wrapping_add(cross1 >> 64)
        .wrapping_add(cross2 >> 64)
        .wrapping_add(middle >> 64)
}

/// `⌊value/divisor⌋` for a small divisor that is not zero. Four native divisions; the compiler's own 128-bit division would
/// be a kilobyte of library.
#[inline(never)]
pub(crate) fn div_small(value: u128, divisor: u32) -> u128 {
    let divisor = u64::from(divisor);
    let (mut quotient, mut rest) = (0u128, 0u64);
    for shift in [96u32, 64, 32, 0] {
        let part = (rest << 32) | ((value >> shift) as u64 & LOW);
        quotient = (quotient << 32) | u128::from(part.checked_div(divisor).unwrap_or(0));
        rest = part.checked_rem(divisor).unwrap_or(0);
    }
    quotient
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Rng, big, cases, from_big};
    use num_bigint::BigUint;

    #[test]
    fn mul_wide_agrees_with_big_integers_on_200_000_cases() {
        let mut rng = Rng::new(0x5eed_0001);
        for _ in 0..cases(200_000) {
            let (a, b) = (rng.u256(), rng.u256());
            let (high, low) = mul_wide(a, b);
            assert_eq!((big(high) << 256) + big(low), big(a) * big(b), "{a} {b}");
        }
    }

    /// Algorithm D's rare branches (guess two too large, add back) need crafted digits: all ones and zeros.
    #[test]
    fn division_agrees_on_digits_of_extremes() {
        let mut rng = Rng::new(0x5eed_0002);
        let mut extreme = || {
            let mut limbs = [0u64; 4];
            for limb in &mut limbs {
                let pick = |r: u64| match r % 5 {
                    0 => 0u32,
                    1 => u32::MAX,
                    2 => 1 << 31,
                    3 => (1 << 31) - 1,
                    _ => 1,
                };
                *limb = (u64::from(pick(rng.next())) << 32) | u64::from(pick(rng.next()));
            }
            U256::from_limbs(limbs)
        };
        for _ in 0..cases(200_000) {
            let (high_half, low_half, divisor) = (extreme(), extreme(), extreme());
            if divisor.is_zero() {
                continue;
            }
            let high_half = from_big(&(big(high_half) % big(divisor)));
            let mut dividend = [0u32; 32];
            dividend[..8].copy_from_slice(&to_digits(low_half));
            dividend[8..16].copy_from_slice(&to_digits(high_half));
            let (q, r) = div_rem(dividend, divisor);
            let n: BigUint = (big(high_half) << 256) + big(low_half);
            assert_eq!(big(q), &n / big(divisor));
            assert_eq!(big(r), &n % big(divisor));
        }
    }

    #[test]
    fn mul_high_and_div_small_agree_with_big_integers() {
        let mut rng = Rng::new(0x5eed_0003);
        for _ in 0..cases(100_000) {
            let (a, b) = (rng.u128(), rng.u128());
            assert_eq!(
                BigUint::from(mul_high(a, b)),
                (BigUint::from(a) * BigUint::from(b)) >> 128
            );
            let d = (rng.next() as u32).max(1);
            assert_eq!(div_small(a, d), a / u128::from(d));
        }
    }
}
