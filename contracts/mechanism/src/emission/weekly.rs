//! A lump an epoch that first grows, then decays, then becomes a fixed share of the supply: Aerodrome's schedule.
//!
//! * **Equation.** The lump of epoch `n = 1, 2, …` is `w_n`, with `w_1` given and `w_{n+1} = ⌊w_n·g/10⁴⌋` for `n ≤ G`, `⌊w_n·d/10⁴⌋` after;
//!   from the first `n` with `w_n` below the threshold on, the tail: the supply grows by the factor `q = 1 + q_bps/10⁴` an epoch,
//!   `issued = S - S₀` with `S = ⌊S_tail·q^m⌋` after `m` tail epochs. Epoch `n` is issued when `n` epochs have passed.
//! * **Symbols.** `w` base units; `g`, `d`, `q_bps` bps; `G` epochs of growth; `S₀` the supply before the first epoch, base units.
//! * **Source.** Aerodrome `Minter` (rule re-stated, systems.md 2.19): 10 M, +3 % for 14 epochs, -1 %, tail of 67 bps below 8,969,150.
//! * **Domain.** The tail is reached within [`super::MAX_STEPS`] epochs; sums that fit.
//! * **Rounding.** Lumps down one by one, as the reference; the tail's power by `rpow` in ray (half up per multiplication), its
//!   product down: the reference takes each tail lump of the token's actual supply, which a function of time alone cannot know;
//!   here it is the supply that this schedule itself makes.
//! * **In the wild.** A loop over missed epochs that no block could hold; here it ends at the tail, and the tail is a power.

use super::MAX_STEPS;
use crate::error::errors;
use mintage_math::{MathError, RAY, U256, add, mul, mul_div_down, rpow_ray, sub};

const BPS: u64 = 10_000;

/// A lump an epoch with growth, decay and tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekly {
    /// The first epoch's lump, base units.
    pub first: U256,
    /// What a lump is multiplied by while it grows, bps.
    pub growth_bps: u32,
    /// How many lumps grow.
    pub growth_epochs: u32,
    /// What a lump is multiplied by after that, bps, at most 10,000.
    pub decay_bps: u32,
    /// Below this lump the tail begins, base units.
    pub tail_below: U256,
    /// The tail's lump, bps of the supply.
    pub tail_bps: u32,
    /// The supply before the first epoch, base units.
    pub initial_supply: U256,
    /// The length of an epoch, seconds, at least 1.
    pub epoch_secs: u64,
}

/// Where the lumps end and the tail begins.
struct Walk {
    issued: U256,
    /// The next lump.
    lump: U256,
    /// Tail epochs still to add.
    left: u64,
}

impl Weekly {
    /// The lump of epoch `epoch` (1, 2, …) before the tail; `None` from the first tail epoch on, and for epoch 0.
    ///
    /// Errors: a lump that does not fit.
    pub fn lump_at(&self, epoch: u32) -> Result<Option<U256>, MathError> {
        let Some(before) = epoch.checked_sub(1) else {
            return Ok(None);
        };
        let walk = self.walk(u64::from(before))?;
        Ok((walk.left == 0 && walk.lump >= self.tail_below).then_some(walk.lump))
    }

    /// The number of the first tail epoch, or `None` where it is not reached within [`super::MAX_STEPS`].
    ///
    /// Errors: a lump that does not fit.
    pub fn first_tail_epoch(&self) -> Result<Option<u32>, MathError> {
        let walk = self.walk(u64::from(MAX_STEPS))?;
        if walk.lump >= self.tail_below {
            return Ok(None);
        }
        // `left` counts what is beyond the lumps, so the difference is how many lumps there are
        let lumps = u64::from(MAX_STEPS).saturating_sub(walk.left);
        Ok(u32::try_from(lumps.saturating_add(1)).ok())
    }

    /// Issued `elapsed_secs` after the start. One step an epoch up to the tail, then a power.
    ///
    /// Errors: an epoch of no length; an amount that does not fit; a tail that is not reached in [`super::MAX_STEPS`] epochs.
    ///
    /// ```
    /// use mintage_mechanism::emission::Weekly;
    /// use mintage_math::{U256, WAD};
    /// let million = WAD * U256::from(1_000_000);
    /// let aerodrome = Weekly {
    ///     first: million * U256::from(10), growth_bps: 10_300, growth_epochs: 14, decay_bps: 9_900,
    ///     tail_below: WAD * U256::from(8_969_150), tail_bps: 67, initial_supply: million * U256::from(500),
    ///     epoch_secs: 7 * 86_400,
    /// };
    /// // two weeks: 10 M and 10.3 M
    /// assert_eq!(aerodrome.issued(14 * 86_400), Ok(WAD * U256::from(20_300_000)));
    /// ```
    pub fn issued(&self, elapsed_secs: u64) -> Result<U256, MathError> {
        let epochs = elapsed_secs
            .checked_div(self.epoch_secs)
            .ok_or(MathError::DivisionByZero)?;
        let walk = self.walk(epochs)?;
        if walk.left == 0 {
            return Ok(walk.issued);
        }
        if walk.lump >= self.tail_below {
            return Err(MathError::ResultTooLarge);
        }
        let supply = add(self.initial_supply, walk.issued)?;
        // 1 + tail in ray: bps are 10^-4, ray 10^-27
        let factor = add(
            RAY,
            mul_div_down(RAY, U256::from(self.tail_bps), U256::from(BPS))?,
        )?;
        let grown = mul_div_down(supply, rpow_ray(factor, walk.left)?, RAY)?;
        add(walk.issued, sub(grown, supply)?)
    }

    /// Walks the lumps of the first `epochs` epochs, at most [`super::MAX_STEPS`] and not beyond the tail's beginning.
    fn walk(&self, epochs: u64) -> Result<Walk, MathError> {
        let mut walk = Walk {
            issued: U256::ZERO,
            lump: self.first,
            left: epochs,
        };
        for epoch in 1..=MAX_STEPS {
            if walk.left == 0 || walk.lump < self.tail_below {
                break;
            }
            walk.issued = add(walk.issued, walk.lump)?;
            walk.left = walk.left.saturating_sub(1);
            let factor = if epoch <= self.growth_epochs {
                self.growth_bps
            } else {
                self.decay_bps
            };
            walk.lump = mul_div_down(walk.lump, U256::from(factor), U256::from(BPS))?;
        }
        Ok(walk)
    }
}

errors! {
    /// Why an amount on top of a lump cannot be computed.
    TopUpError {
        /// More is locked than exists.
        LockedAboveSupply => "more is locked than the supply",
        /// The share on top would be all of it.
        ShareTooHigh => "the share on top must be below 10,000 bps",
    }
}

/// What the holders of locked tokens get on top of a lump so that they are diluted less:
/// `m·((T - v)/T)²/2`, each of the two divisions rounded down as in the reference.
///
/// `lump` `m`, `locked` `v`, `supply` `T`: base units.
///
/// Errors: [`TopUpError::LockedAboveSupply`]; a supply of zero.
///
/// ```
/// use mintage_mechanism::emission::growth_for_lockers_down;
/// use mintage_math::U256;
/// let n = |v: u64| U256::from(v);
/// // half is locked: a quarter of the lump, halved
/// assert_eq!(growth_for_lockers_down(n(1_000), n(50), n(100)), Ok(n(125)));
/// ```
pub fn growth_for_lockers_down(lump: U256, locked: U256, supply: U256) -> Result<U256, TopUpError> {
    let free = supply.checked_sub(locked).ok_or(TopUpError::LockedAboveSupply)?;
    let once = mul_div_down(lump, free, supply)?;
    Ok(mul_div_down(once, free, supply)?.wrapping_shr(1))
}

/// What a team gets on top so that its part of all is `share_bps`: `⌊a·s/(10⁴ - s)⌋`.
///
/// Errors: [`TopUpError::ShareTooHigh`]; an amount that does not fit.
///
/// ```
/// use mintage_mechanism::emission::share_on_top_down;
/// use mintage_math::U256;
/// assert_eq!(share_on_top_down(U256::from(950), 500), Ok(U256::from(50)));
/// ```
pub fn share_on_top_down(amount: U256, share_bps: u16) -> Result<U256, TopUpError> {
    let share = u64::from(share_bps);
    let rest = BPS
        .checked_sub(share)
        .filter(|rest| *rest > 0)
        .ok_or(TopUpError::ShareTooHigh)?;
    Ok(mul_div_down(
        mul(amount, U256::from(share))?,
        U256::ONE,
        U256::from(rest),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wad;
    use proptest::prelude::*;

    const WEEK: u64 = 7 * 86_400;

    fn aero() -> Weekly {
        Weekly {
            first: wad("10000000"),
            growth_bps: 10_300,
            growth_epochs: 14,
            decay_bps: 9_900,
            tail_below: wad("8969150"),
            tail_bps: 67,
            initial_supply: wad("500000000"),
            epoch_secs: WEEK,
        }
    }

    #[test]
    fn s2_19_aero_weekly_after_epochs_1_to_17() {
        // "weekly after epoch n" is the lump of epoch n + 1, to a hundredth as printed
        for (epoch, lump) in [
            (1, "10300000.00"),
            (2, "10609000.00"),
            (13, "14685337.13"),
            (14, "15125897.25"),
            (15, "14974638.28"),
            (16, "14824891.89"),
            (17, "14676642.97"),
        ] {
            let got = aero().lump_at(epoch + 1).unwrap().unwrap();
            let cent = wad("0.01");
            let rounded = (got + cent / U256::from(2)) / cent * cent;
            assert_eq!(rounded, wad(lump), "{epoch}: {got}");
        }
        assert_eq!(aero().lump_at(1), Ok(Some(wad("10000000"))));
        assert_eq!(aero().lump_at(0), Ok(None));
    }

    #[test]
    fn s2_19_aero_first_tail_epoch_is_67() {
        assert_eq!(aero().first_tail_epoch(), Ok(Some(67)));
        assert!(aero().lump_at(66).unwrap().is_some());
        assert_eq!(aero().lump_at(67), Ok(None));
        let before = aero().issued(66 * WEEK).unwrap();
        let cent = wad("0.01");
        assert_eq!((before + cent / U256::from(2)) / cent * cent, wad("786538012.46"));
        // the first tail lump: 67 bps of the supply then
        let supply = aero().initial_supply + before;
        let lump = aero().issued(67 * WEEK).unwrap() - before;
        assert_eq!(lump, supply * U256::from(67) / U256::from(10_000));
    }

    /// The power against the reference's own lump-by-lump tail: apart by less than a billionth of a billionth.
    #[test]
    fn tail_power_is_the_tail_loop() {
        let start = aero().initial_supply + aero().issued(66 * WEEK).unwrap();
        let mut supply = start;
        for epoch in 67..600u64 {
            supply += supply * U256::from(67) / U256::from(10_000);
            let got = aero().initial_supply + aero().issued(epoch * WEEK).unwrap();
            let gap = got.max(supply) - got.min(supply);
            assert!(
                gap <= supply / U256::from(1_000_000_000_000_000_000_u64),
                "{epoch}: {gap}"
            );
        }
    }

    #[test]
    fn s2_19_growth_and_team_on_top() {
        let lump = wad("10000000");
        assert_eq!(
            growth_for_lockers_down(lump, U256::ZERO, wad("1")),
            Ok(wad("5000000"))
        );
        assert_eq!(growth_for_lockers_down(lump, wad("1"), wad("1")), Ok(U256::ZERO));
        assert_eq!(
            growth_for_lockers_down(lump, wad("2"), wad("1")),
            Err(TopUpError::LockedAboveSupply)
        );
        let team = share_on_top_down(lump, 500).unwrap();
        assert_eq!((lump + team) * U256::from(500) / U256::from(10_000), team);
        assert_eq!(share_on_top_down(lump, 10_000), Err(TopUpError::ShareTooHigh));
    }

    #[test]
    fn errors_and_extremes() {
        assert_eq!(
            Weekly {
                epoch_secs: 0,
                ..aero()
            }
            .issued(1),
            Err(MathError::DivisionByZero)
        );
        // never decays below the threshold: refused beyond the bound, exact before it
        let flat = Weekly {
            growth_bps: 10_000,
            decay_bps: 10_000,
            ..aero()
        };
        assert_eq!(flat.first_tail_epoch(), Ok(None));
        assert_eq!(flat.issued(1_024 * WEEK), Ok(wad("10000000") * U256::from(1_024)));
        assert_eq!(flat.issued(1_025 * WEEK), Err(MathError::ResultTooLarge));
        assert_eq!(aero().issued(u64::MAX), Err(MathError::ResultTooLarge));
        assert_eq!(
            Weekly {
                first: U256::MAX,
                ..aero()
            }
            .issued(2 * WEEK),
            Err(MathError::ResultTooLarge)
        );
    }

    #[test]
    fn s2_19_a_lump_at_the_threshold_is_not_the_tail_yet() {
        let weekly = Weekly {
            first: wad("1000"),
            growth_epochs: 0,
            decay_bps: 5_000,
            tail_below: wad("250"),
            ..aero()
        };
        // 1000, 500, 250, and then the tail
        assert_eq!(weekly.first_tail_epoch(), Ok(Some(4)));
        assert_eq!(weekly.lump_at(3), Ok(Some(wad("250"))));
        assert_eq!(weekly.issued(3 * WEEK), Ok(wad("1750")));
    }

    proptest! {
        #[test]
        fn prop_monotone_and_a_step_function(a in 0u64..1_000 * WEEK, b in 0u64..1_000 * WEEK) {
            let (low, high) = (aero().issued(a.min(b)).unwrap(), aero().issued(a.max(b)).unwrap());
            prop_assert!(low <= high);
            prop_assert_eq!(aero().issued(a), aero().issued(a / WEEK * WEEK));
        }
    }
}
