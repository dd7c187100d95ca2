//! Ticks of concentrated liquidity: prices as powers of 1.0001, mean ticks, quotes.
//!
//! * **Equation.** `√price(i) = 1.0001^(i/2)` in Q64.96; the mean tick over a window is `⌊(cum₁ - cum₀)/secs⌋` towards minus infinity; a quote is
//!   `amount·√p²/2^192` (or its inverse).
//! * **Symbols.** `i` tick, -887,272 to 887,272; accumulators in tick-seconds; amounts base units below 2^128.
//! * **Source.** Uniswap v3 `TickMath`, `OracleLibrary` (rules re-stated, systems.md 2.43, 2.44, 3.7). The twenty factors are
//!   `1.0001^(-2^j/2)·2^128` to the nearest integer.
//! * **Domain.** Ticks within the range; windows of at least a second.
//! * **Rounding.** The root as the reference (truncated products, the last shift up); quotes down; mean ticks to minus infinity.
//! * **In the wild.** A mean tick truncated towards zero is one too high for negative prices, which is a cheaper borrow (so the floor); and a
//!   geometric mean resists a spike less than it seems: ×10 for 12 seconds in half an hour still moves it by 1.5 %.

use crate::error::errors;
use mintage_math::{U256, add, div_down, mul_div_down};

/// The largest tick; the smallest is its negative.
pub const MAX_TICK: i32 = 887_272;
/// `√price(-887272)`.
pub const MIN_SQRT_X96: U256 = U256::from_limbs([4_295_128_739, 0, 0, 0]);

/// `1.0001^(-2^j/2)·2^128`, `j` from 0 to 19.
const FACTORS: [u128; 20] = [
    0xfffcb933bd6fad37aa2d162d1a594001,
    0xfff97272373d413259a46990580e213a,
    0xfff2e50f5f656932ef12357cf3c7fdcc,
    0xffe5caca7e10e4e61c3624eaa0941cd0,
    0xffcb9843d60f6159c9db58835c926644,
    0xff973b41fa98c081472e6896dfb254c0,
    0xff2ea16466c96a3843ec78b326b52861,
    0xfe5dee046a99a2a811c461f1969c3053,
    0xfcbe86c7900a88aedcffc83b479aa3a4,
    0xf987a7253ac413176f2b074cf7815e54,
    0xf3392b0822b70005940c7a398e4b70f3,
    0xe7159475a2c29b7443b29c7fa6e889d9,
    0xd097f3bdfd2022b8845ad8f792aa5825,
    0xa9f746462d870fdf8a65dc1f90e061e5,
    0x70d869a156d2a1b890bb3df62baf32f7,
    0x31be135f97d08fd981231505542fcfa6,
    0x09aa508b5b7a84e1c677de54f3e99bc9,
    0x005d6af8dedb81196699c329225ee604,
    0x00002216e584f5fa1ea926041bedfe98,
    0x00000000048a170391f7dc42444e8fa2,
];

errors! {
    /// Why a tick or a price is refused.
    TickError {
        /// The tick is outside the range.
        TickRange => "the tick is outside of -887,272 to 887,272",
        /// The root price is outside the range of the ticks.
        PriceRange => "the root price is below or above that of all ticks",
        /// No time lies between the readings.
        NoTime => "no time lies between the two readings",
        /// The amount does not fit 128 bits.
        AmountTooLarge => "the amount does not fit 128 bits",
    }
}

/// `√1.0001^tick` in Q64.96.
///
/// Error: [`TickError::TickRange`].
///
/// ```
/// use mintage_mechanism::tick::sqrt_price_x96;
/// use mintage_math::U256;
/// assert_eq!(sqrt_price_x96(0), Ok(U256::from(1u128 << 96)));
/// assert_eq!(sqrt_price_x96(-887_272), Ok(U256::from(4_295_128_739_u64)));
/// ```
pub fn sqrt_price_x96(tick: i32) -> Result<U256, TickError> {
    let size = tick.unsigned_abs();
    if size > MAX_TICK.unsigned_abs() {
        return Err(TickError::TickRange);
    }
    let mut ratio = U256::ONE.wrapping_shl(128);
    for (j, factor) in FACTORS.iter().enumerate() {
        if (size >> j) & 1 == 1 {
            // both are at most 2^128, so the product fits 256 bits
            ratio = ratio.wrapping_mul(U256::from(*factor)).wrapping_shr(128);
        }
    }
    if tick.is_positive() {
        ratio = div_down(U256::MAX, ratio)?;
    }
    // from Q128 to Q96, rounded up
    let low = U256::from(u32::MAX);
    let rest = !(ratio & low).is_zero();
    Ok(ratio.wrapping_shr(32).wrapping_add(U256::from(rest)))
}

/// The greatest tick whose root price is at most `sqrt_x96`. Twenty steps.
///
/// Error: [`TickError::PriceRange`].
pub fn tick_at(sqrt_x96: U256) -> Result<i32, TickError> {
    // the reference excludes the price of the largest tick
    if sqrt_x96 < MIN_SQRT_X96 || sqrt_x96 >= sqrt_price_x96(MAX_TICK)? {
        return Err(TickError::PriceRange);
    }
    let (mut low, mut high) = (MAX_TICK.wrapping_neg(), MAX_TICK);
    while high.wrapping_sub(low) > 1 {
        let middle = low.wrapping_add(high) >> 1;
        if sqrt_price_x96(middle)? <= sqrt_x96 {
            low = middle
        } else {
            high = middle
        }
    }
    Ok(low)
}

/// The mean tick between two readings of the accumulator, towards minus infinity.
///
/// Errors: [`TickError::NoTime`], [`TickError::TickRange`] for a mean outside of all ticks.
///
/// ```
/// use mintage_mechanism::tick::mean_tick;
/// // -2 over 10 seconds: -0.2, which is tick -1
/// assert_eq!(mean_tick(-10, -12, 10), Ok(-1));
/// ```
pub fn mean_tick(cumulative_from: i64, cumulative_to: i64, secs: u32) -> Result<i32, TickError> {
    if secs == 0 {
        return Err(TickError::NoTime);
    }
    // 56-bit accumulators in the reference: the difference wraps, as there
    let change = cumulative_to.wrapping_sub(cumulative_from);
    let mean = change
        .checked_div_euclid(i64::from(secs))
        .ok_or(TickError::NoTime)?;
    i32::try_from(mean)
        .ok()
        .filter(|t| t.unsigned_abs() <= MAX_TICK.unsigned_abs())
        .ok_or(TickError::TickRange)
}

/// What `amount` of one token is in the other at a tick, rounded down. `base_is_token0`: the amount is of token0.
///
/// Errors: [`TickError::TickRange`], [`TickError::AmountTooLarge`]; a quote that does not fit.
pub fn quote_down(tick: i32, amount: U256, base_is_token0: bool) -> Result<U256, TickError> {
    if amount.bit_len() > 128 {
        return Err(TickError::AmountTooLarge);
    }
    let root = sqrt_price_x96(tick)?;
    // below 2^128 the square fits in Q192; above, in Q128
    let (ratio, one) = if root.bit_len() <= 128 {
        (root.wrapping_mul(root), U256::ONE.wrapping_shl(192))
    } else {
        (
            mul_div_down(root, root, U256::ONE.wrapping_shl(64))?,
            U256::ONE.wrapping_shl(128),
        )
    };
    let quote = if base_is_token0 {
        mul_div_down(ratio, amount, one)?
    } else {
        mul_div_down(one, amount, ratio)?
    };
    Ok(quote)
}

/// Adds a tick that stood for `secs` to the accumulator, wrapping as the reference.
pub fn accumulate(cumulative: i64, tick: i32, secs: u32) -> i64 {
    cumulative.wrapping_add(i64::from(tick).wrapping_mul(i64::from(secs)))
}

/// The root price between two ticks' roots, halfway, rounded down: where a range order of both ends sits.
///
/// Errors: [`TickError::TickRange`].
pub fn middle_root_x96_down(lower: i32, upper: i32) -> Result<U256, TickError> {
    Ok(add(sqrt_price_x96(lower)?, sqrt_price_x96(upper)?)?.wrapping_shr(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::int;
    use proptest::prelude::*;

    #[test]
    fn s3_7_quote_at_the_smallest_tick() {
        let all = U256::from(u128::MAX);
        assert_eq!(quote_down(-887_272, all, true), Ok(U256::ONE));
        let other = "115783384738768196242144082653949453838306988932806144552194799290216044976282";
        assert_eq!(quote_down(-887_272, all, false), Ok(int(other)));
        assert_eq!(quote_down(0, all, true), Ok(all));
        assert_eq!(
            quote_down(0, all + U256::ONE, true),
            Err(TickError::AmountTooLarge)
        );
    }

    #[test]
    fn s2_44_mean_tick_rounds_down() {
        assert_eq!(mean_tick(-10, -12, 10), Ok(-1));
        assert_eq!(mean_tick(-10, -12, 2), Ok(-1));
        assert_eq!(mean_tick(10, 12, 10), Ok(0));
        assert_eq!(mean_tick(0, 0, 0), Err(TickError::NoTime));
        assert_eq!(mean_tick(0, i64::MAX, 1), Err(TickError::TickRange));
    }

    /// Ten times the price for 12 s of 1,800 moves the geometric mean to ×1.015469, for one second to ×1.00128.
    #[test]
    fn s2_44_geometric_mean_under_a_spike() {
        let ten = 23_027; // 1.0001^23027 = 10.0003
        for (secs, low, high) in [
            (12u32, "1015300000", "1015600000"),
            (1, "1001100000", "1001400000"),
        ] {
            let cum = accumulate(accumulate(0, 0, 1_800 - secs), ten, secs);
            let tick = mean_tick(0, cum, 1_800).unwrap();
            let price = quote_down(tick, U256::from(1_000_000_000), true).unwrap();
            assert!(price >= int(low) && price <= int(high), "{price}");
        }
    }

    #[test]
    fn s2_43_the_ends_of_the_range() {
        let top = int("1461446703485210103287273052203988822378723970342");
        assert_eq!(sqrt_price_x96(MAX_TICK), Ok(top));
        assert_eq!(sqrt_price_x96(MAX_TICK + 1), Err(TickError::TickRange));
        assert_eq!(sqrt_price_x96(i32::MIN), Err(TickError::TickRange));
        assert_eq!(tick_at(MIN_SQRT_X96), Ok(-MAX_TICK));
        assert_eq!(tick_at(MIN_SQRT_X96 - U256::ONE), Err(TickError::PriceRange));
        assert_eq!(tick_at(top - U256::ONE), Ok(MAX_TICK - 1));
        assert_eq!(tick_at(top), Err(TickError::PriceRange));
        // reference tests: tick 50, 100, 250,000
        assert_eq!(sqrt_price_x96(50), Ok(int("79426470787362580746886972461")));
        assert_eq!(sqrt_price_x96(-50), Ok(int("79030349367926598376800521322")));
        assert_eq!(
            sqrt_price_x96(250_000),
            Ok(int("21246587762933397357449903968194344"))
        );
    }

    proptest! {
        #[test]
        fn prop_tick_undoes_its_price(tick in -MAX_TICK..MAX_TICK) {
            let root = sqrt_price_x96(tick).unwrap();
            prop_assert_eq!(tick_at(root), Ok(tick));
            prop_assert!(sqrt_price_x96(tick + 1).unwrap() > root);
            if tick > -MAX_TICK { prop_assert_eq!(tick_at(root - U256::ONE), Ok(tick - 1)); }
        }

        #[test]
        fn prop_there_and_back_never_gains(tick in -400_000i32..400_000, amount in any::<u64>()) {
            let amount = U256::from(amount);
            let out = quote_down(tick, amount, true).unwrap();
            if out.bit_len() <= 128 { prop_assert!(quote_down(tick, out, false).unwrap() <= amount); }
            let middle = middle_root_x96_down(tick, tick + 1).unwrap();
            prop_assert_eq!(tick_at(middle), Ok(tick));
        }
    }
}
