//! The one multiplication and the one division of 512 bits, in limbs of 64 bits, and the products of words they are made of.
//!
//! WebAssembly multiplies 64-bit words to 64 bits and has no 128-bit word. Written with `u128`, each product would be a call of the
//! compiler's library, which answers through memory; [`mul_words`] is four multiplications in place. Loops and not straight code,
//! since in a call that is not cached a hundred bytes cost more than a division. Nothing here is generic, so a contract carries one copy.
//!
//! What does not belong here: rounding and error policy (`mul_div.rs`).

// Every index is masked to its array's length, so no access can panic and the compiler drops the bound checks.
#![allow(clippy::indexing_slicing)]

use crate::MathError;
use alloy_primitives::U256;
use core::num::NonZeroU64;

/// 512 bits and room for the limb that normalisation adds, least significant first; a power of two, so that an index can be masked.
pub(crate) type Product = [u64; 16];

const LOW: u64 = u32::MAX as u64;

/// `a·b + c + d`, `(high, low)`, which cannot exceed 2^128-1. Adding what is there anyway half by half needs no carries; and it hides
/// from the compiler that this is a product of 128 bits, which it would make a call again.
#[inline(always)]
pub(crate) fn mul_add_words(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    // (2^32-1)^2 + 2(2^32-1) = 2^64-1: none of these sums overflows
    let lowest = a0.wrapping_mul(b0).wrapping_add(c & LOW).wrapping_add(d & LOW);
    let first = a1
        .wrapping_mul(b0)
        .wrapping_add(c >> 32)
        .wrapping_add(lowest >> 32);
    let second = a0
        .wrapping_mul(b1)
        .wrapping_add(d >> 32)
        .wrapping_add(first & LOW);
    let high = a1
        .wrapping_mul(b1)
        .wrapping_add(first >> 32)
        .wrapping_add(second >> 32);
    (high, (second << 32) | (lowest & LOW))
}

/// The limbs of a number without the zeros on top, at least one.
#[inline(always)]
fn significant(limbs: &[u64; 4]) -> &[u64] {
    let [_, b, c, d] = *limbs;
    let len = 1usize
        .wrapping_add(usize::from(b | c | d != 0))
        .wrapping_add(usize::from(c | d != 0))
        .wrapping_add(usize::from(d != 0));
    limbs.get(..len).unwrap_or(limbs)
}

/// `a·b` into `out`, which is zero; its length in limbs.
#[inline(never)]
pub(crate) fn multiply(a: &U256, b: &U256, out: &mut Product) -> usize {
    let (a, b) = (significant(a.as_limbs()), significant(b.as_limbs()));
    let mut carry = 0;
    for (i, x) in a.iter().enumerate() {
        carry = 0;
        let mut at = i;
        for y in b {
            (carry, out[at & 15]) = mul_add_words(*x, *y, out[at & 15], carry);
            at = at.wrapping_add(1);
        }
        // This limb has not been written yet: an earlier row ended one below.
        out[at & 15] = carry;
    }
    a.len()
        .wrapping_add(b.len())
        .wrapping_sub(usize::from(carry == 0))
}

/// The full product `a·b` as `(high, low)` words of 256 bits. Tuples compare as the numbers do, so
/// `mul_wide(a, b) < mul_wide(c, d)` compares `a/d` with `c/b` exactly and without a division.
///
/// ```
/// use mintage_math::{mul_wide, U256};
/// assert_eq!(mul_wide(U256::MAX, U256::MAX), (U256::MAX - U256::from(1), U256::from(1)));
/// ```
pub fn mul_wide(a: U256, b: U256) -> (U256, U256) {
    let mut product = [0; 16];
    multiply(&a, &b, &mut product);
    (high(&product), low(&product))
}

/// Bits 256 to 511.
pub(crate) fn high(product: &Product) -> U256 {
    let [_, _, _, _, a, b, c, d, ..] = *product;
    U256::from_limbs([a, b, c, d])
}

/// Bits 0 to 255.
pub(crate) fn low(product: &Product) -> U256 {
    let [a, b, c, d, ..] = *product;
    U256::from_limbs([a, b, c, d])
}

/// Shifts `limbs` left by `bits < 64`.
#[inline(never)]
fn shift_left(limbs: &mut [u64], bits: u32) {
    let mut carry = 0;
    for limb in limbs {
        let next = (*limb >> 1).wrapping_shr(63u32.wrapping_sub(bits));
        *limb = limb.wrapping_shl(bits) | carry;
        carry = next;
    }
}

/// What is left of a dividend after [`div_rem`] by the same divisor.
#[inline(never)]
pub(crate) fn remainder(u: &Product, divisor: &U256) -> U256 {
    let len = significant(divisor.as_limbs()).len();
    let shift = normalisation(divisor, len);
    let (mut rest, mut carry, mut at) = ([0u64; 4], 0, len);
    while at != 0 {
        at = at.wrapping_sub(1);
        let limb = u[at & 3];
        rest[at & 3] = limb.wrapping_shr(shift) | carry;
        carry = (limb << 1).wrapping_shl(63u32.wrapping_sub(shift));
    }
    U256::from_limbs(rest)
}

/// By how many bits a divisor of `len` limbs is shifted to have its top bit set.
#[inline(always)]
fn normalisation(divisor: &U256, len: usize) -> u32 {
    divisor.as_limbs()[len.wrapping_sub(1) & 3].leading_zeros() & 63
}

/// `⌊(high·2^64 + low)/divisor⌋` for a divisor with its top bit set and `high < divisor`: two steps of schoolbook division in half words.
#[inline(never)]
pub(crate) fn div_words(high: u64, mut low: u64, divisor: u64) -> u64 {
    // the bit that is set anyway tells the compiler that no division by zero has to be looked for
    let (top, bottom) = ((divisor >> 32) | (1 << 31), divisor & LOW);
    let (mut rest, mut quotient) = (high, 0u64);
    for _ in 0..2 {
        // Guessed from the divisor's upper half the digit is never too small and at most two too large (Knuth, as below), that is
        // at most 2^32+1: the product with the lower half fits.
        let mut guess = rest.checked_div(top).unwrap_or(0);
        let left = rest.wrapping_sub(guess.wrapping_mul(top));
        let (difference, mut below_zero) =
            ((left << 32) | (low >> 32)).overflowing_sub(guess.wrapping_mul(bottom));
        rest = difference;
        while below_zero {
            guess = guess.wrapping_sub(1);
            let (sum, carry) = rest.overflowing_add(divisor);
            rest = sum;
            below_zero = !carry;
        }
        quotient = (quotient << 32) | guess;
        low <<= 32;
    }
    quotient
}

/// Divides the first `limbs` limbs of `u`, those above are zero. What stays in `u` is for [`remainder`].
///
/// Errors: `divisor = 0`, a quotient of 2^256 or more.
///
/// Schoolbook division (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D), without its test of the second limb: a guess that
/// is one or two too large is put right by adding back, which therefore is no rare branch that tests would hardly see. For a
/// divisor of one limb guesses are exact.
#[inline(never)]
pub(crate) fn div_rem(u: &mut Product, limbs: usize, divisor: &U256) -> Result<U256, MathError> {
    let mut v = *divisor.as_limbs();
    let len = significant(&v).len();
    // D1: shift until the divisor's top limb has its top bit set; then each guess is at most two too large.
    let shift = normalisation(divisor, len);
    let v = v.get_mut(..len).unwrap_or_default();
    shift_left(v, shift);
    shift_left(&mut u[..limbs.wrapping_add(1) & 15], shift);
    let top = *v.last().unwrap_or(&0);
    if top == 0 {
        return Err(MathError::DivisionByZero);
    }
    // Limb `limbs` is what the shift has added: it is below 2^63, so below `top`.
    let mut at = limbs;
    while at >= len {
        let (first, second) = (u[at & 15], u[at.wrapping_sub(1) & 15]);
        if first != 0 || second >= top {
            // D3: guess the limb from the top two; `first` is at most `top`.
            let mut guess = if first < top {
                div_words(first, second, top)
            } else {
                u64::MAX
            };
            let base = at.wrapping_sub(len);
            let mut below_zero = sub_mul(u, base, v, guess);
            while below_zero {
                guess = guess.wrapping_sub(1);
                below_zero = !add_back(u, base, v);
            }
            // What was there has become zero: the quotient grows in the place of the dividend.
            u[at & 15] = guess;
        }
        at = at.wrapping_sub(1);
    }
    let limb = |i: usize| u[len.wrapping_add(i) & 15];
    let quotient = U256::from_limbs([limb(0), limb(1), limb(2), limb(3)]);
    if limb(4) | limb(5) | limb(6) | limb(7) != 0 {
        return Err(MathError::ResultTooLarge);
    }
    Ok(quotient)
}

/// D4: `u[base..] -= guess·v`; true if that went below zero.
fn sub_mul(u: &mut Product, base: usize, v: &[u64], guess: u64) -> bool {
    let (mut carry, mut at) = (0u64, base);
    for limb in v {
        // At most (2^64-1)·2^64, and there the lower word is zero and nothing is borrowed: the new carry fits.
        let (high, low) = mul_add_words(guess, *limb, carry, 0);
        let (rest, borrow) = u[at & 15].overflowing_sub(low);
        u[at & 15] = rest;
        carry = high.wrapping_add(u64::from(borrow));
        at = at.wrapping_add(1);
    }
    let (rest, borrow) = u[at & 15].overflowing_sub(carry);
    u[at & 15] = rest;
    borrow
}

/// D6: `u[base..] += v`; true if that reached zero again, by the carry that cancels the borrow.
fn add_back(u: &mut Product, base: usize, v: &[u64]) -> bool {
    let (mut carry, mut at) = (0u64, base);
    for limb in v {
        let (sum, first) = u[at & 15].overflowing_add(*limb);
        let (sum, second) = sum.overflowing_add(carry);
        u[at & 15] = sum;
        carry = u64::from(first | second);
        at = at.wrapping_add(1);
    }
    let (sum, carry) = u[at & 15].overflowing_add(carry);
    u[at & 15] = sum;
    carry
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
    mul_wide(a, b).1
}

/// The lower 128 bits.
pub(crate) fn to_u128(value: &U256) -> u128 {
    let [low, high, ..] = *value.as_limbs();
    (u128::from(high) << 64) | u128::from(low)
}

/// The upper word of `a·b` from below, by less than three: without the lowest of the four products of halves, and without the lower
/// halves of the two in the middle. Monotone in both factors.
#[inline(always)]
fn mul_high_word(a: u64, b: u64) -> u64 {
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    a1.wrapping_mul(b1)
        .wrapping_add(a1.wrapping_mul(b0) >> 32)
        .wrapping_add(a0.wrapping_mul(b1) >> 32)
}

/// `a·b/2^128` from below, by less than seven units: as [`mul_high_word`], in words. Monotone in both factors, since what a factor's
/// lower half adds when it wraps is never more than what its upper half gains; zero for zero. The step of every series in this crate.
#[inline(never)]
pub(crate) fn mul_high(a: u128, b: u128) -> u128 {
    let (a1, a0, b1, b0) = ((a >> 64) as u64, a as u64, (b >> 64) as u64, b as u64);
    let (high, low) = mul_add_words(a1, b1, mul_high_word(a0, b1), mul_high_word(a1, b0));
    (u128::from(high) << 64) | u128::from(low)
}

/// `a·b/2^64` to the nearest, ties up: what is not to lose units, as the last step to a result's own unit.
#[inline(never)]
pub(crate) fn mul_word(a: u128, b: u64) -> u128 {
    let (carry, _) = mul_add_words(a as u64, b, 1 << 63, 0);
    let (high, low) = mul_add_words((a >> 64) as u64, b, carry, 0);
    (u128::from(high) << 64) | u128::from(low)
}

/// `⌊value/divisor⌋` for a divisor of 32 bits. Three native divisions; the compiler's own 128-bit division would be a kilobyte of library.
#[inline(always)]
pub(crate) fn div_small(value: u128, divisor: NonZeroU64) -> u128 {
    let divide = |part: u64| {
        let quotient = part / divisor;
        (
            quotient,
            part.wrapping_sub(quotient.wrapping_mul(divisor.get())) << 32,
        )
    };
    let low = value as u64;
    let (first, rest) = divide((value >> 64) as u64);
    let (second, rest) = divide(rest | (low >> 32));
    let (third, _) = divide(rest | (low & LOW));
    (u128::from(first) << 64) | u128::from((second << 32) | third)
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

    /// Limbs of extremes: what decides in schoolbook division is how the upper limbs and halves compare.
    fn extreme(rng: &mut Rng) -> U256 {
        let mut limbs = [0u64; 4];
        let half = |r: u64| match r % 7 {
            0 | 1 => 0u32,
            2 => u32::MAX,
            3 => 1 << 31,
            4 => (1 << 31) - 1,
            5 => u32::MAX - 1,
            _ => 1,
        };
        for limb in &mut limbs {
            *limb = (u64::from(half(rng.next())) << 32) | u64::from(half(rng.next()));
        }
        U256::from_limbs(limbs) >> (rng.next() % 3 * 64)
    }

    fn check_division(high_half: U256, low_half: U256, divisor: U256) {
        let mut dividend = [0u64; 16];
        dividend[..4].copy_from_slice(low_half.as_limbs());
        dividend[4..8].copy_from_slice(high_half.as_limbs());
        let quotient = div_rem(&mut dividend, 8, &divisor).unwrap();
        let n: BigUint = (big(high_half) << 256) + big(low_half);
        assert_eq!(
            (big(quotient), big(remainder(&dividend, &divisor))),
            (&n / big(divisor), &n % big(divisor)),
            "{high_half} {low_half} {divisor}"
        );
    }

    #[test]
    fn division_agrees_on_limbs_of_extremes() {
        let mut rng = Rng::new(0x5eed_0002);
        for _ in 0..cases(400_000) {
            let (high_half, low_half, divisor) = (extreme(&mut rng), extreme(&mut rng), extreme(&mut rng));
            if !divisor.is_zero() {
                let high_half = from_big(&(big(high_half) % big(divisor)));
                check_division(high_half, low_half, divisor);
            }
        }
    }

    #[test]
    fn division_agrees_on_any_numbers() {
        let mut rng = Rng::new(0x5eed_0004);
        for _ in 0..cases(200_000) {
            let (high_half, low_half, divisor) = (rng.u256(), rng.u256(), rng.u256());
            if !divisor.is_zero() {
                let high_half = from_big(&(big(high_half) % big(divisor)));
                check_division(high_half, low_half, divisor);
            }
        }
    }

    /// Quotients and remainders at their ends, multiplied out to a dividend: `q·d + r` with limbs of ones, and remainders of `d-1` and `0`,
    /// for divisors of every length and every shift; these are where a guess is two too large, where it is the largest limb, and where it
    /// is exact by a hair.
    #[test]
    fn division_undoes_products_at_the_ends_of_remainders() {
        let mut rng = Rng::new(0x5eed_0005);
        for round in 0..cases(2_000) {
            for bits in 1..=256usize {
                let shift = 256 - bits;
                let top = U256::ONE << (bits - 1);
                let divisor = match round % 4 {
                    0 => top,
                    1 => U256::MAX >> shift,
                    2 => top | (extreme(&mut rng) >> shift),
                    _ => top | (rng.u256() >> shift),
                };
                let quotient = if rng.next().is_multiple_of(2) {
                    extreme(&mut rng)
                } else {
                    U256::MAX - (rng.u256() >> 192)
                };
                for rest in [U256::ZERO, divisor - U256::ONE] {
                    let n = big(quotient) * big(divisor) + big(rest);
                    let low_half = from_big(&(&n % (BigUint::from(1u8) << 256)));
                    check_division(from_big(&(n >> 256)), low_half, divisor);
                }
            }
        }
    }

    #[test]
    fn words_divide_by_every_normalised_word() {
        let mut rng = Rng::new(0x5eed_0006);
        for _ in 0..cases(400_000) {
            let word = |rng: &mut Rng| match rng.next() % 3 {
                0 => rng.next(),
                1 => extreme(rng).as_limbs()[0],
                _ => u64::MAX << (rng.next() % 64),
            };
            let divisor = word(&mut rng) | (1 << 63);
            let (high, low) = (word(&mut rng) % divisor, word(&mut rng));
            for high in [high, divisor - 1] {
                let n = (u128::from(high) << 64) | u128::from(low);
                let quotient = n / u128::from(divisor);
                assert_eq!(
                    u128::from(div_words(high, low, divisor)),
                    quotient,
                    "{n} {divisor}"
                );
            }
        }
    }

    #[test]
    fn words_multiply_and_add_to_two_words() {
        let mut rng = Rng::new(0x5eed_0007);
        for _ in 0..cases(200_000) {
            let (x, y) = (extreme(&mut rng), rng.u256());
            let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (*x.as_limbs(), *y.as_limbs());
            for (a, b, c, d) in [
                (x0, y0, x1, y1),
                (x0, x1, x2, x3),
                (y0, y1, y2, y3),
                (x0, y0, 0, 0),
            ] {
                let (high, low) = mul_add_words(a, b, c, d);
                let exact = u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d);
                assert_eq!((u128::from(high) << 64) | u128::from(low), exact);
                let upper = ((u128::from(a) * u128::from(b)) >> 64) as u64;
                let from_below = mul_high_word(a, b);
                assert!(from_below <= upper && upper - from_below < 3);
            }
        }
        assert_eq!(
            mul_add_words(u64::MAX, u64::MAX, u64::MAX, u64::MAX),
            (u64::MAX, u64::MAX)
        );
    }

    #[test]
    fn mul_high_is_below_by_less_than_seven_and_monotone() {
        let mut rng = Rng::new(0x5eed_0003);
        for _ in 0..cases(100_000) {
            let mut any = || match rng.next() % 4 {
                0 => extreme(&mut rng).wrapping_to::<u128>(),
                _ => rng.u128(),
            };
            let (a, b) = (any(), any());
            let exact: BigUint = (BigUint::from(a) * BigUint::from(b)) >> 128;
            let got = BigUint::from(mul_high(a, b));
            assert!(got <= exact && exact < got + 7u8, "{a} {b}");
            // the carry into an upper half is where dropping lower halves could break monotony
            for ones in [0, u128::from(u32::MAX), u128::from(u64::MAX), u128::MAX >> 32] {
                let a = a | ones;
                assert!(mul_high(a, b) <= mul_high(a.saturating_add(1), b), "{a} {b}");
                assert!(mul_high(b, a) <= mul_high(b, a.saturating_add(1)), "{a} {b}");
            }
            assert_eq!(mul_high(a, 0), 0);
        }
    }

    #[test]
    fn div_small_and_mul_word_agree_with_big_integers() {
        let mut rng = Rng::new(0x5eed_0008);
        for _ in 0..cases(100_000) {
            let (a, d) = (rng.u128(), (rng.next() as u32).max(1));
            let divisor = NonZeroU64::new(d.into()).unwrap();
            assert_eq!(div_small(a, divisor), a / u128::from(d));
            assert_eq!(div_small(u128::MAX, divisor), u128::MAX / u128::from(d));
            let b = rng.next();
            let exact = (BigUint::from(a) * b + (1u64 << 63)) >> 64;
            assert_eq!(BigUint::from(mul_word(a, b)), exact);
        }
    }
}
