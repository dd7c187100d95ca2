//! Over-collateralised debt: the accounting of vaults, rates and prices.
//!
//! * **Equation.** Debt of a vault `art·rate`; safe while `art·rate ≤ ink·spot`; `spot = ⌊⌊val·10^9·RAY/par⌋·RAY/mat⌋`;
//!   `rate' = ⌊(duty + base)^Δt·rate/RAY⌋`; a fold by `Δrate` adds `Art·Δrate` to the debt.
//! * **Symbols.** `ink` collateral, `art` normalised debt (wad); `rate`, `spot`, `duty`, `mat`, `par` ray; debt, ceilings, dust rad.
//! * **Source.** Maker `Vat`, `Jug`, `Pot`, `Spot` (rules re-stated, systems.md 2.23, 3.4). Liquity's minimum debt, ratios and fee decay are parameters of
//!   the same shapes. Annual duties are floors of `(1+r)^(1/year)`; published ones may be one unit off.
//! * **Domain.** Numbers within 256 bits; changes of a vault within 127 bits.
//! * **Rounding.** Prices and rates down; powers half up.
//! * **In the wild.** A price of zero must stop minting (`spot = 0` does); zero-bid auctions in March 2020; a duty changed for the past: settle first, with
//!   `rho` now.

use crate::error::errors;
use mintage_math::{RAY, U256, add, mul, mul_div_down, rpow_ray, sub};

errors! {
    /// Why a vault may not change.
    CdpError {
        /// The kind of collateral has no rate.
        NotInit => "the kind of collateral has no rate: it is not initialised",
        /// A ceiling would be passed.
        Ceiling => "the debt would pass a ceiling",
        /// The vault would be unsafe, or less safe.
        NotSafe => "the vault would not be safe",
        /// The vault would keep less debt than the least.
        Dust => "the vault would keep less debt than the least amount",
        /// More is taken out than is there.
        TooMuch => "more collateral or debt is taken away than there is",
        /// Duties are changed only when settled.
        NotSettled => "the rate was not settled now: settle before the duty is changed",
        /// The clock runs backwards.
        Clock => "the time is before the last settlement",
    }
}

/// A vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Urn {
    /// Collateral, wad.
    pub ink: U256,
    /// Normalised debt, wad.
    pub art: U256,
}

/// A kind of collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ilk {
    /// Normalised debt of all vaults, wad.
    pub art: U256,
    /// Debt of one normalised unit, ray.
    pub rate: U256,
    /// Debt allowed for one unit of collateral, ray.
    pub spot: U256,
    /// The ceiling, rad.
    pub line: U256,
    /// The least debt of a vault, rad.
    pub dust: U256,
}

/// The system's sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// All debt, rad.
    pub debt: U256,
    /// The ceiling of all debt, rad.
    pub line: U256,
}

/// `a + b` with a signed `b`.
fn shift(a: U256, b: i128) -> Result<U256, CdpError> {
    let size = U256::from(b.unsigned_abs());
    if b.is_negative() {
        a.checked_sub(size).ok_or(CdpError::TooMuch)
    } else {
        Ok(add(a, size)?)
    }
}

/// Changes a vault by collateral and normalised debt (negative: taken out or paid back). The caller checks consent and moves the balances.
///
/// Errors: in the reference's order [`CdpError::NotInit`], [`CdpError::TooMuch`], [`CdpError::Ceiling`], [`CdpError::NotSafe`],
/// [`CdpError::Dust`]; numbers that do not fit.
///
/// ```
/// use mintage_mechanism::cdp::{frob, Ilk, System, Urn, CdpError};
/// use mintage_math::{RAY, U256};
/// let one = 1_000_000_000_000_000_000_i128;
/// let rad = |n: u64| U256::from(n) * RAY * U256::from(one as u64);
/// let ilk = Ilk { rate: RAY, spot: RAY * U256::from(100), line: rad(1_000_000), ..Ilk::default() };
/// let system = System { debt: U256::ZERO, line: rad(1_000_000) };
/// let (urn, _, _) = frob(Urn::default(), ilk, system, 10 * one, 1_000 * one).unwrap();
/// assert_eq!(urn.art, U256::from(1_000) * U256::from(one as u64));
/// assert_eq!(frob(Urn::default(), ilk, system, 10 * one, 1_001 * one), Err(CdpError::NotSafe));
/// ```
pub fn frob(
    urn: Urn,
    ilk: Ilk,
    system: System,
    dink: i128,
    dart: i128,
) -> Result<(Urn, Ilk, System), CdpError> {
    if ilk.rate.is_zero() {
        return Err(CdpError::NotInit);
    }
    let urn = Urn {
        ink: shift(urn.ink, dink)?,
        art: shift(urn.art, dart)?,
    };
    let ilk = Ilk {
        art: shift(ilk.art, dart)?,
        ..ilk
    };
    let change = mul(ilk.rate, U256::from(dart.unsigned_abs()))?;
    let tab = mul(ilk.rate, urn.art)?;
    let debt = if dart.is_negative() {
        system.debt.checked_sub(change).ok_or(CdpError::TooMuch)?
    } else {
        add(system.debt, change)?
    };
    let system = System { debt, ..system };
    if dart > 0 && (mul(ilk.art, ilk.rate)? > ilk.line || debt > system.line) {
        return Err(CdpError::Ceiling);
    }
    if (dart > 0 || dink < 0) && tab > mul(urn.ink, ilk.spot)? {
        return Err(CdpError::NotSafe);
    }
    if !urn.art.is_zero() && tab < ilk.dust {
        return Err(CdpError::Dust);
    }
    Ok((urn, ilk, system))
}

/// Books a higher rate: `(ilk, system, what the system earned, rad)`.
///
/// Errors: a rate below the old one ([`CdpError::TooMuch`]); numbers that do not fit.
pub fn fold(ilk: Ilk, system: System, rate: U256) -> Result<(Ilk, System, U256), CdpError> {
    let rise = rate.checked_sub(ilk.rate).ok_or(CdpError::TooMuch)?;
    let earned = mul(ilk.art, rise)?;
    Ok((
        Ilk { rate, ..ilk },
        System {
            debt: add(system.debt, earned)?,
            ..system
        },
        earned,
    ))
}

/// The price in debt for a unit of collateral: `⌊⌊value·10^9·RAY/par⌋·RAY/mat⌋`. No value, no minting: zero.
///
/// Errors: a par or a ratio of zero; numbers that do not fit.
pub fn spot_down(value_wad: Option<U256>, par_ray: U256, mat_ray: U256) -> Result<U256, CdpError> {
    let Some(value) = value_wad else {
        return Ok(U256::ZERO);
    };
    let in_par = mul_div_down(mul(value, U256::from(1_000_000_000))?, RAY, par_ray)?;
    Ok(mul_div_down(in_par, RAY, mat_ray)?)
}

/// The rate after `secs` at a duty: `⌊(duty + base)^secs·rate/RAY⌋`. For savings the same with `chi`.
///
/// Error: numbers that do not fit.
pub fn drip_down(rate: U256, duty_ray: U256, base_ray: U256, secs: u64) -> Result<U256, CdpError> {
    Ok(mul_div_down(
        rpow_ray(add(duty_ray, base_ray)?, secs)?,
        rate,
        RAY,
    )?)
}

/// Allows a new duty only at the moment of settlement.
///
/// Errors: [`CdpError::NotSettled`], [`CdpError::Clock`].
pub fn check_duty_change(rho_ts: u64, now_ts: u64) -> Result<(), CdpError> {
    match now_ts.cmp(&rho_ts) {
        core::cmp::Ordering::Equal => Ok(()),
        core::cmp::Ordering::Greater => Err(CdpError::NotSettled),
        core::cmp::Ordering::Less => Err(CdpError::Clock),
    }
}

/// Heals: surplus and bad debt cancel each other; both fall by `amount`, rad.
///
/// Error: [`CdpError::TooMuch`].
pub fn heal(surplus: U256, bad_debt: U256, amount: U256) -> Result<(U256, U256), CdpError> {
    if amount > surplus || amount > bad_debt {
        return Err(CdpError::TooMuch);
    }
    Ok((sub(surplus, amount)?, sub(bad_debt, amount)?))
}

/// Liquity's borrowing fee after `minutes` without borrowing or redemption: `base·decay^minutes`, wad, at least `floor`, at most `most`.
///
/// Error: numbers that do not fit.
pub fn decayed_fee_wad(
    base_wad: U256,
    decay_wad: U256,
    minutes: u64,
    floor_wad: U256,
    most_wad: U256,
) -> Result<U256, CdpError> {
    let factor = mintage_math::rpow_wad(decay_wad, minutes.min(525_600_000))?;
    let base = mul_div_down(base_wad, factor, mintage_math::WAD)?;
    Ok(add(base, floor_wad)?.min(most_wad))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{scaled, wad};
    use proptest::prelude::*;

    const ONE: i128 = 1_000_000_000_000_000_000;

    fn ray(text: &str) -> U256 {
        scaled(text, 27)
    }

    fn rad(text: &str) -> U256 {
        scaled(text, 45)
    }

    fn ilk() -> Ilk {
        Ilk {
            art: U256::ZERO,
            rate: RAY,
            spot: ray("100"),
            line: rad("1000"),
            dust: rad("20"),
        }
    }

    fn system() -> System {
        System {
            debt: U256::ZERO,
            line: rad("1000"),
        }
    }

    #[test]
    fn s2_23_frob_rules() {
        let run = |dink: i128, dart: i128| {
            frob(
                Urn {
                    ink: wad("1"),
                    art: wad("50"),
                },
                Ilk {
                    art: wad("50"),
                    ..ilk()
                },
                System {
                    debt: rad("50"),
                    ..system()
                },
                dink,
                dart,
            )
        };
        assert!(run(0, 50 * ONE).is_ok());
        assert_eq!(run(0, 50 * ONE + 1), Err(CdpError::NotSafe));
        assert_eq!(run(0, -31 * ONE), Err(CdpError::Dust));
        assert!(run(-ONE, -50 * ONE).is_ok());
        assert_eq!(run(-ONE - 1, 0), Err(CdpError::TooMuch));
        assert_eq!(run(0, -51 * ONE), Err(CdpError::TooMuch));
        assert_eq!(run(100 * ONE, 951 * ONE), Err(CdpError::Ceiling));
        // an unsafe vault may be made safer, not less safe
        let fallen = Ilk {
            spot: ray("10"),
            art: wad("50"),
            ..ilk()
        };
        let urn = Urn {
            ink: wad("1"),
            art: wad("50"),
        };
        let system = System {
            debt: rad("50"),
            ..system()
        };
        assert!(frob(urn, fallen, system, ONE, -ONE).is_ok());
        assert_eq!(frob(urn, fallen, system, -1, 0), Err(CdpError::NotSafe));
        // no price, no minting
        let unpriced = Ilk {
            spot: spot_down(None, RAY, ray("1.5")).unwrap(),
            art: wad("50"),
            ..ilk()
        };
        assert_eq!(frob(urn, unpriced, system, ONE, ONE), Err(CdpError::NotSafe));
        assert_eq!(frob(urn, Ilk::default(), system, 0, 0), Err(CdpError::NotInit));
    }

    #[test]
    fn s2_25_spot_and_greatest_debt() {
        // mat 1.5, 2000 a unit: 1333.33…, 10 units allow 13,333.33…
        let spot = spot_down(Some(wad("2000")), RAY, ray("1.5")).unwrap();
        assert_eq!(spot / ray("0.01"), U256::from(133_333));
        assert_eq!(mul(spot, wad("10")).unwrap() / rad("0.01"), U256::from(1_333_333));
    }

    #[test]
    fn s2_23_drip() {
        let five = U256::from(1_000_000_564_701_133_626_865_910_626_u128);
        let ten = U256::from(1_000_001_103_127_689_513_476_993_127_u128);
        let minus = U256::from(999_999_706_969_857_929_985_428_567_u128);
        let day = 86_400;
        // 100 of debt: 105, 110.25, 115.7625
        for (days, debt) in [(1, "105"), (2, "110.25"), (3, "115.7625")] {
            let rate = drip_down(RAY, five, U256::ZERO, days * day).unwrap();
            assert_eq!(mul_div_down(wad("100"), rate, RAY), Ok(wad(debt)));
        }
        let rate = drip_down(RAY, minus, U256::ZERO, 3 * day).unwrap();
        assert_eq!(mul_div_down(wad("100"), rate, RAY), Ok(wad("92.6859375")));
        let both = drip_down(
            drip_down(RAY, five, U256::ZERO, day).unwrap(),
            ten,
            U256::ZERO,
            day,
        )
        .unwrap();
        assert_eq!(mul_div_down(wad("100"), both, RAY), Ok(wad("115.5")));
        assert_eq!(both / U256::from(1_000_000_000), wad("1.155"));
    }

    /// Exact floors of the annual duties; the published ones for 5 % and 0.5 % end …448 and …257 / …258: one unit apart at most.
    #[test]
    fn s2_23_annual_duties() {
        let year = 31_536_000;
        for (duty, rate) in [
            ("1.000000001547125957863212449", "1.05"),
            ("1.000000000158153903837946258", "1.005"),
        ] {
            let floor = ray(duty);
            assert!(drip_down(RAY, floor, U256::ZERO, year).unwrap() <= ray(rate));
            assert!(drip_down(RAY, floor + U256::ONE, U256::ZERO, year).unwrap() > ray(rate));
        }
    }

    #[test]
    fn s2_23_liquity_fee_halves_in_twelve_hours() {
        let decay = U256::from(999_037_758_833_783_000_u64);
        let fee = |minutes| decayed_fee_wad(wad("0.04"), decay, minutes, wad("0.005"), wad("0.05")).unwrap();
        assert_eq!(fee(0), wad("0.045"));
        let half = fee(720);
        assert!(half.max(wad("0.025")) - half.min(wad("0.025")) < U256::from(1_000_000));
        assert_eq!(
            decayed_fee_wad(wad("1"), decay, 0, wad("0.005"), wad("0.05")),
            Ok(wad("0.05"))
        );
    }

    #[test]
    fn s2_23_duty_changes_and_healing() {
        assert_eq!(check_duty_change(5, 5), Ok(()));
        assert_eq!(check_duty_change(5, 6), Err(CdpError::NotSettled));
        assert_eq!(check_duty_change(6, 5), Err(CdpError::Clock));
        assert_eq!(heal(rad("5"), rad("3"), rad("3")), Ok((rad("2"), U256::ZERO)));
        assert_eq!(heal(rad("5"), rad("3"), rad("4")), Err(CdpError::TooMuch));
    }

    #[test]
    fn s2_23_each_ceiling_binds_alone_and_may_be_reached() {
        let rich = Urn {
            ink: wad("100"),
            art: U256::ZERO,
        };
        let run = |ilk_line: &str, line: &str, dart: i128| {
            let ilk = Ilk {
                line: rad(ilk_line),
                ..ilk()
            };
            let system = System {
                line: rad(line),
                ..system()
            };
            frob(rich, ilk, system, 0, dart).map(|(urn, _, _)| urn.art)
        };
        assert_eq!(run("900", "900", 900 * ONE), Ok(wad("900")));
        assert_eq!(run("900", "2000", 900 * ONE + 1), Err(CdpError::Ceiling));
        assert_eq!(run("2000", "900", 900 * ONE + 1), Err(CdpError::Ceiling));
    }

    /// A ceiling that was lowered below the debt, a price that fell: whoever does not borrow more and takes nothing out is not held up.
    #[test]
    fn s2_23_a_vault_may_always_be_made_safer() {
        let urn = Urn {
            ink: wad("1"),
            art: wad("50"),
        };
        let fallen = Ilk {
            art: wad("50"),
            spot: ray("10"),
            line: rad("1"),
            ..ilk()
        };
        let full = System {
            debt: rad("50"),
            line: rad("1"),
        };
        assert!(frob(urn, fallen, full, ONE, 0).is_ok());
        assert!(frob(urn, fallen, full, 0, -ONE).is_ok());
        assert!(frob(urn, fallen, full, 0, 0).is_ok());
        assert_eq!(frob(urn, fallen, full, 0, 1), Err(CdpError::Ceiling));
    }

    #[test]
    fn s2_23_the_least_debt_may_be_kept() {
        let urn = Urn {
            ink: wad("1"),
            art: wad("50"),
        };
        let ilk = Ilk {
            art: wad("50"),
            ..ilk()
        };
        let system = System {
            debt: rad("50"),
            ..system()
        };
        assert!(frob(urn, ilk, system, 0, -30 * ONE).is_ok());
        assert_eq!(frob(urn, ilk, system, 0, -30 * ONE - 1), Err(CdpError::Dust));
    }

    #[test]
    fn s2_23_healing_takes_at_most_the_surplus() {
        assert_eq!(heal(rad("3"), rad("5"), rad("3")), Ok((U256::ZERO, rad("2"))));
        assert_eq!(
            heal(rad("3"), rad("5"), rad("3") + U256::ONE),
            Err(CdpError::TooMuch)
        );
    }

    proptest! {
        /// The identity: all debt is the sum of the kinds' `Art·rate`, through any changes and fees; and every vault that borrows ends safe.
        #[test]
        fn prop_s2_23_debt_identity(steps in prop::collection::vec((0usize..3, -5i128..20, -200i128..400, any::<bool>(), 0u64..100_000), 1..60)) {
            let (mut urns, mut ilk, mut system) = ([Urn::default(); 3], Ilk { line: rad("100000"), ..ilk() }, System { debt: U256::ZERO, line: rad("100000") });
            for (who, dink, dart, fees, secs) in steps {
                if fees {
                    let rate = drip_down(ilk.rate, U256::from(1_000_000_001_547_125_957_863_212_449_u128), U256::ZERO, secs).unwrap();
                    let (i, s, earned) = fold(ilk, system, rate).unwrap();
                    prop_assert_eq!(s.debt - system.debt, earned);
                    (ilk, system) = (i, s);
                } else if let Ok((u, i, s)) = frob(urns[who], ilk, system, dink * ONE, dart * ONE) {
                    if dart > 0 || dink < 0 { prop_assert!(u.art * i.rate <= u.ink * i.spot); }
                    prop_assert!(u.art.is_zero() || u.art * i.rate >= i.dust);
                    (urns[who], ilk, system) = (u, i, s);
                }
                prop_assert_eq!(system.debt, ilk.art * ilk.rate);
                prop_assert_eq!(urns.iter().map(|u| u.art).fold(U256::ZERO, |a, b| a + b), ilk.art);
            }
        }
    }
}
