//! Exact fixed-point mathematics for money, on chain and off.
//!
//! Everything here is integer arithmetic on [`U256`]: no floats, no allocation, no panic. A function either returns
//! the number that its documentation states, or a [`MathError`] that names what left its domain.
//!
//! * **The rounding direction is in the name** (`_down`, `_up`, `_half_up`); there is no default.
//! * **The scale is in the name**: `wad` is 10^18, `ray` 10^27.
//! * **Products are 512 bits wide.** `a·b/c` is exact whenever its result fits, however large `a·b` is.
//! * **Real-valued functions state their error** above their code, derived, and are monotone.
//!
//! What does not belong here: anything that knows what a token, a price or a time is. That is `mintage-mechanism`.
//!
//! ```
//! use mintage_math::{mul_div_down, rpow_ray, exp_wad_down, RAY, U256, WAD};
//!
//! // A third of 2^256-1, through a product of 512 bits.
//! assert_eq!(mul_div_down(U256::MAX, WAD, WAD * U256::from(3)).unwrap(), U256::MAX / U256::from(3));
//! // 5 % a day, compounded over 86,400 seconds, as Maker's jug does it.
//! let duty_ray = U256::from(1_000_000_564_701_133_626_865_910_626_u128);
//! assert_eq!(rpow_ray(duty_ray, 86_400).unwrap(), U256::from(1_050_000_000_000_000_000_000_016_038_u128));
//! // e^1
//! assert_eq!(exp_wad_down(1_000_000_000_000_000_000).unwrap(), U256::from(2_718_281_828_459_045_235_u64));
//! # let _ = RAY;
//! ```
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::indexing_slicing
    )
)]

mod error;
mod exp;
mod fixed;
mod ln;
mod mul_div;
mod normal;
mod pow;
mod rpow;
mod small;
mod sqrt;
#[cfg(test)]
mod testing;
mod wide;

pub use alloy_primitives::U256;
pub use error::MathError;
pub use exp::{EXP_MAX_WAD, EXP_ZERO_WAD, exp_wad_down, exp_wad_up};
pub use fixed::{
    RAD, RAY, WAD, ray_div_down, ray_div_up, ray_mul_down, ray_mul_up, wad_div_down, wad_div_up,
    wad_mul_down, wad_mul_up,
};
pub use ln::ln_wad;
pub use mul_div::{
    add, div_down, div_rem, div_up, mul, mul_div_down, mul_div_half_up, mul_div_rem, mul_div_up, sub,
};
pub use normal::{normal_cdf_wad, normal_inverse_wad, normal_pdf_wad};
pub use pow::{pow_wad_down, pow_wad_up};
pub use rpow::{rpow, rpow_ray, rpow_wad};
pub use small::{div_rem_u32, divide, give, mul_u64, multiply, take};
pub use sqrt::{sqrt_down, sqrt_up};
pub use wide::mul_wide;
