//! models/real_valued.py: 100,000 points each, in a hundred digits.

use crate::harness::{Rng, table};
use mintage_math::{
    U256, WAD, exp_wad_down, exp_wad_up, ln_wad, normal_cdf_wad, normal_pdf_wad, pow_wad_down, pow_wad_up,
};
use mintage_mechanism::{
    black_scholes::Terms,
    weighted_pool::{Reserve, out_down},
};

const E18: i128 = 1_000_000_000_000_000_000;

/// The length in bits and the leading `bits` of them.
fn leading(value: U256, bits: usize) -> (u64, U256) {
    let length = value.bit_len();
    (length as u64, value >> length.saturating_sub(bits))
}

model!(real_exp, |rng| {
    let x = rng.signed(-42 * E18, 135_999_146_549_453_176_898);
    let (down, up) = (exp_wad_down(x).unwrap(), exp_wad_up(x));
    // the promise between the two sides; at the very end the upper one may not fit
    if let Ok(up) = up {
        assert!(down <= up && up - down <= (down >> 82) + U256::from(2), "{x}");
    }
    case!([x] => Some(leading(down, 60)))
});

model!(real_ln, |rng| {
    let x = if rng.u8(0, 1) == 1 {
        WAD + rng.bits(59)
    } else {
        rng.bits(256)
    };
    case!([x] => ln_wad(x).ok())
});

model!(real_pow, |rng| {
    let near = rng.u8(0, 3) == 0;
    let x = if near {
        WAD + U256::from(10_000) + rng.bits(50)
    } else {
        rng.bits(160)
    };
    let y = if near {
        rng.signed(-10 * 1_000 * E18, 10 * 1_000 * E18)
    } else {
        rng.signed(-3 * E18, 3 * E18)
    };
    // a base of zero is left to the tests of exact cases
    let down = if x.is_zero() {
        None
    } else {
        pow_wad_down(x, y).ok()
    };
    if let (Some(down), Ok(up)) = (down, pow_wad_up(x, y)) {
        let promised = down / U256::from(500_000_000_000_000_u64) + U256::from(2);
        assert!(down <= up && up - down <= promised, "{x} {y}");
    }
    case!([x, y] => down.map(|v| leading(v, 45)))
});

model!(real_cdf, |rng| {
    let x = rng.signed(-10 * E18, 10 * E18);
    case!([x] => Some(normal_cdf_wad(x)))
});

model!(real_pdf, |rng| {
    let x = rng.signed(-10 * E18, 10 * E18);
    case!([x] => Some(normal_pdf_wad(x)))
});

/// Within 10^-14 of the spot: in units of 2^-63 that is 92,233.
const PRICE_ERROR: u64 = 92_233;

#[test]
fn real_call() {
    table(
        "real_call",
        include_bytes!("../../models/vectors/real_call.bin"),
        PRICE_ERROR,
        |rng: &mut Rng| {
            let spot = rng.wide(10u128.pow(15), 10u128.pow(24));
            let strike = spot * rng.wide(10u128.pow(16), 10u128.pow(19)) / WAD;
            let rate_wad = rng.signed(-E18 / 10, 3 * E18 / 10);
            let sigma_wad = rng.wide(10u128.pow(16), 3 * 10u128.pow(18));
            let secs = rng.u64(1, 3 * 31_536_000);
            let call = Terms {
                spot_wad: spot,
                strike_wad: strike,
                rate_wad,
                sigma_wad,
                secs,
            }
            .prices()
            .unwrap()
            .call;
            (call, spot)
        },
    );
}

/// The pool's stated error: 2·10^-15 of the balance, and two units of it.
#[test]
fn real_weighted_out() {
    table(
        "real_weighted_out",
        include_bytes!("../../models/vectors/real_weighted_out.bin"),
        36_894,
        |rng: &mut Rng| {
            let (bi, bo) = (
                rng.wide(10u128.pow(15), 10u128.pow(30)),
                rng.wide(10u128.pow(15), 10u128.pow(30)),
            );
            let w = rng.wide(1, 99);
            let a = bi * rng.wide(1, 1_000_000_000) / U256::from(1_000_000_000);
            let weight = |w: U256| w * WAD / U256::from(100);
            let (from, to) = (
                Reserve {
                    balance: bi,
                    weight: weight(w),
                },
                Reserve {
                    balance: bo,
                    weight: weight(U256::from(100) - w),
                },
            );
            let out = out_down(from, to, a).unwrap();
            (out, bo)
        },
    );
}

model!(tick_roots, |rng| {
    let tick = rng.signed(-400_000, 887_272) as i32;
    case!([tick] => mintage_mechanism::tick::sqrt_price_x96(tick).ok().map(|root| leading(root, 30)))
});
