//! Minting against a real-world asset: a valuation that only rises, and the way out when it fails.
//!
//! * **Equation.** Allowed debt `min(line, ⌊val·RAY/mat⌋)`; states: active → in remediation (`tell`) → active (`cure`) or, after `tau`, written off (`cull`,
//!   value 0).
//! * **Symbols.** `val` the attested value, wad; `mat` the ratio, ray; `line` the ceiling, wad; times seconds.
//! * **Source.** Maker MIP21 `RwaLiquidationOracle`, `RwaUrn` (rules re-stated, systems.md 2.24). Staleness and a quorum of attestors are this project's
//!   addition: the value is nobody's but the attestor's.
//! * **Domain.** `tau ≥ 1`.
//! * **Rounding.** Allowed debt down.
//! * **In the wild.** The default is off chain and legal; a single attestor's key; attestations nobody renewed. After `tell` nothing may be drawn.

use crate::error::errors;
use mintage_math::{RAY, U256, mul_div_down};

errors! {
    /// Why a step is refused.
    RwaError {
        /// The value may only rise.
        Falls => "a bump may only raise the value",
        /// The asset is in remediation.
        Remediation => "the asset is in remediation",
        /// The asset is not in remediation.
        NotInRemediation => "the asset is not in remediation",
        /// The ceiling must be zero first.
        LineOpen => "the ceiling must be zero before a default is told",
        /// The time for a remedy has not passed.
        TooSoon => "the time for a remedy has not passed",
        /// It was written off.
        WrittenOff => "the asset was written off",
        /// The attestation is too old.
        Stale => "the attestation is too old",
        /// Too few attestors.
        Quorum => "fewer attestors than the quorum",
        /// More debt than allowed.
        AboveDebt => "the debt would be above what value and ceiling allow",
        /// A recovery of more than all.
        Recovery => "the recovery rate is above 10,000 bps",
    }
}

/// Where an asset stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Paying.
    Active,
    /// A default was told at this time, seconds.
    Remediation(u64),
    /// Lost.
    WrittenOff,
}

/// An asset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The attested value, wad.
    pub value: U256,
    /// When it was attested, seconds.
    pub attested_ts: u64,
    /// The time for a remedy, seconds.
    pub tau_secs: u64,
    /// Where it stands.
    pub phase: Phase,
}

impl Asset {
    /// A new attestation by `attestors` of at least `quorum`: the value may only rise, and not in remediation.
    ///
    /// Errors: [`RwaError::Remediation`], [`RwaError::WrittenOff`], [`RwaError::Falls`], [`RwaError::Quorum`].
    pub fn bump(&self, value: U256, attestors: u32, quorum: u32, now_ts: u64) -> Result<Self, RwaError> {
        self.check_active()?;
        if attestors < quorum {
            return Err(RwaError::Quorum);
        }
        if value < self.value {
            return Err(RwaError::Falls);
        }
        Ok(Self {
            value,
            attested_ts: now_ts,
            ..*self
        })
    }

    /// Tells a default. The ceiling has to be zero, so that nothing is drawn any more.
    ///
    /// Errors: [`RwaError::Remediation`], [`RwaError::WrittenOff`], [`RwaError::LineOpen`].
    pub fn tell(&self, line: U256, now_ts: u64) -> Result<Self, RwaError> {
        self.check_active()?;
        if !line.is_zero() {
            return Err(RwaError::LineOpen);
        }
        Ok(Self {
            phase: Phase::Remediation(now_ts),
            ..*self
        })
    }

    /// The remedy succeeded.
    ///
    /// Error: [`RwaError::NotInRemediation`].
    pub fn cure(&self) -> Result<Self, RwaError> {
        match self.phase {
            Phase::Remediation(_) => Ok(Self {
                phase: Phase::Active,
                ..*self
            }),
            _ => Err(RwaError::NotInRemediation),
        }
    }

    /// The remedy failed: after `tau` the value is zero for good.
    ///
    /// Errors: [`RwaError::NotInRemediation`], [`RwaError::TooSoon`].
    pub fn cull(&self, now_ts: u64) -> Result<Self, RwaError> {
        match self.phase {
            Phase::Remediation(since) if now_ts >= since.saturating_add(self.tau_secs) => Ok(Self {
                value: U256::ZERO,
                phase: Phase::WrittenOff,
                ..*self
            }),
            Phase::Remediation(_) => Err(RwaError::TooSoon),
            _ => Err(RwaError::NotInRemediation),
        }
    }

    /// Allows a debt of `debt` after a draw.
    ///
    /// Errors: [`RwaError::Remediation`], [`RwaError::WrittenOff`], [`RwaError::Stale`], [`RwaError::AboveDebt`].
    ///
    /// ```
    /// use mintage_mechanism::rwa::{Asset, Phase, RwaError};
    /// use mintage_math::{RAY, U256};
    /// let n = |v: u64| U256::from(v);
    /// let loan = Asset { value: n(1_100), attested_ts: 0, tau_secs: 86_400, phase: Phase::Active };
    /// let mat = RAY * n(110) / n(100);
    /// assert_eq!(loan.check_draw(n(1_000), n(5_000), mat, 10, 100), Ok(()));
    /// assert_eq!(loan.check_draw(n(1_001), n(5_000), mat, 10, 100), Err(RwaError::AboveDebt));
    /// ```
    pub fn check_draw(
        &self,
        debt: U256,
        line: U256,
        mat_ray: U256,
        now_ts: u64,
        max_age_secs: u64,
    ) -> Result<(), RwaError> {
        self.check_active()?;
        if now_ts.saturating_sub(self.attested_ts) > max_age_secs {
            return Err(RwaError::Stale);
        }
        let allowed = mul_div_down(self.value, RAY, mat_ray)?.min(line);
        if debt > allowed {
            Err(RwaError::AboveDebt)
        } else {
            Ok(())
        }
    }

    fn check_active(&self) -> Result<(), RwaError> {
        match self.phase {
            Phase::Active => Ok(()),
            Phase::Remediation(_) => Err(RwaError::Remediation),
            Phase::WrittenOff => Err(RwaError::WrittenOff),
        }
    }
}

/// What a default recovers, rounded down, and what is lost; they add up to the debt.
///
/// Error: [`RwaError::Recovery`].
pub fn recovery_down(debt: U256, rate_bps: u16) -> Result<(U256, U256), RwaError> {
    if rate_bps > 10_000 {
        return Err(RwaError::Recovery);
    }
    let back = mul_div_down(debt, U256::from(rate_bps), U256::from(10_000))?;
    Ok((back, mintage_math::sub(debt, back)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn n(v: u64) -> U256 {
        U256::from(v)
    }

    fn asset() -> Asset {
        Asset {
            value: n(1_000),
            attested_ts: 100,
            tau_secs: 50,
            phase: Phase::Active,
        }
    }

    #[test]
    fn s2_24_the_way_to_default() {
        assert_eq!(asset().bump(n(999), 3, 3, 1), Err(RwaError::Falls));
        assert_eq!(asset().bump(n(1_001), 2, 3, 1), Err(RwaError::Quorum));
        assert_eq!(asset().tell(n(1), 200), Err(RwaError::LineOpen));
        let told = asset().tell(U256::ZERO, 200).unwrap();
        assert_eq!(told.bump(n(2_000), 3, 3, 201), Err(RwaError::Remediation));
        assert_eq!(told.tell(U256::ZERO, 201), Err(RwaError::Remediation));
        assert_eq!(
            told.check_draw(n(0), n(9), RAY, 201, 999),
            Err(RwaError::Remediation)
        );
        assert_eq!(told.cull(249), Err(RwaError::TooSoon));
        assert_eq!(told.cure().unwrap().phase, Phase::Active);
        let lost = told.cull(250).unwrap();
        assert_eq!((lost.value, lost.phase), (U256::ZERO, Phase::WrittenOff));
        assert_eq!(lost.cure(), Err(RwaError::NotInRemediation));
        assert_eq!(lost.cull(999), Err(RwaError::NotInRemediation));
        assert_eq!(lost.bump(n(1), 9, 1, 999), Err(RwaError::WrittenOff));
        assert_eq!(
            asset().check_draw(n(1), n(9), RAY, 500, 399),
            Err(RwaError::Stale)
        );
        assert_eq!(
            asset().check_draw(n(10), n(9), RAY, 500, 400),
            Err(RwaError::AboveDebt)
        );
        assert_eq!(recovery_down(n(1_001), 4_000), Ok((n(400), n(601))));
        assert!(recovery_down(n(1_001), 10_001).is_err());
    }

    #[test]
    fn s2_24_an_attestation_renews_the_value_and_its_time() {
        let bumped = |value| asset().bump(n(value), 3, 3, 700);
        for value in [1_000, 1_500] {
            let renewed = Asset {
                value: n(value),
                attested_ts: 700,
                ..asset()
            };
            assert_eq!(bumped(value), Ok(renewed));
        }
    }

    #[test]
    fn s2_24_debt_up_to_the_value_and_a_recovery_of_up_to_all() {
        let draw = |debt| asset().check_draw(n(debt), n(5_000), RAY, 100, 0);
        assert_eq!(draw(1_000), Ok(()));
        assert_eq!(draw(1_001), Err(RwaError::AboveDebt));
        assert_eq!(recovery_down(n(1_001), 10_000), Ok((n(1_001), n(0))));
    }

    proptest! {
        /// In any order of steps the value never falls but to zero at the write-off, and nothing is drawn out of phase.
        #[test]
        fn prop_s2_24_value_never_falls(steps in prop::collection::vec((0u8..4, 0u64..3_000, 0u64..40), 1..40)) {
            let (mut a, mut now) = (asset(), 100u64);
            for (kind, value, gap) in steps {
                now += gap;
                let next = match kind { 0 => a.bump(n(value), 1, 1, now), 1 => a.tell(U256::ZERO, now), 2 => a.cure(), _ => a.cull(now) };
                if let Ok(next) = next {
                    prop_assert!(next.value >= a.value || next.phase == Phase::WrittenOff);
                    a = next;
                }
                if a.phase != Phase::Active { prop_assert!(a.check_draw(U256::ZERO, n(1), RAY, now, u64::MAX).is_err()); }
            }
        }
    }
}
