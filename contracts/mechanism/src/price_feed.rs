//! Which prices may be believed: fresh, positive, not from the future, not too far from the mean; medians, delays, grace.
//!
//! * **Equation.** A reading holds while `now - updated ≤ heartbeat` and `updated ≤ now`; deviation `|P - M|·10⁴ ≤ d·M`; the median of an even number is the floor of
//!   the mean of the middle two; a delayed feed shows the value that it stored an hour ago.
//! * **Symbols.** Prices in one unit, normalised on arrival; `d` bps; seconds.
//! * **Source.** Chainlink consumers with the sequencer's uptime feed, Ampleforth `MedianOracle`, Maker's OSM, truncated oracles (rules re-stated, systems.md 2.44).
//! * **Domain.** At most [`MAX_PROVIDERS`] reports.
//! * **Rounding.** The median of two middles down; limits exact by cross-multiplication.
//! * **In the wild.** BZx, Harvest, Inverse, Mango moved a spot or a short mean; IRON redeemed at a stale one; a feed changed its decimals under assets at others
//!   (Ribbon/Aevo). No price of one block decides about money.

use crate::error::errors;
use mintage_math::{U256, add, mul, mul_div_down, mul_wide, sub};

const BPS: u64 = 10_000;
/// The most providers of a median.
pub const MAX_PROVIDERS: usize = 32;

errors! {
    /// Why a price is not believed.
    FeedError {
        /// Zero or below.
        NotPositive => "the price is zero or negative",
        /// Older than the heartbeat.
        Stale => "the price is older than its heartbeat",
        /// From the future.
        Future => "the price is from the future",
        /// Too far from the mean.
        Deviation => "the price is too far from the mean",
        /// The sequencer is down, or has just come back.
        Grace => "the sequencer is down, or has been up for less than the grace period",
        /// Too few reports.
        TooFew => "fewer valid reports than the least number of providers",
        /// Too many reports.
        TooMany => "more than 32 reports",
        /// The mean is zero.
        NoMean => "the mean is zero",
        /// The delay has not passed.
        TooSoon => "the delay of the feed has not passed",
    }
}

/// A reading of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The price, normalised.
    pub price: U256,
    /// When it was made, seconds.
    pub updated_ts: u64,
}

impl Reading {
    /// The price, if it may be believed now.
    ///
    /// Errors: [`FeedError::NotPositive`], [`FeedError::Future`], [`FeedError::Stale`].
    ///
    /// ```
    /// use mintage_mechanism::price_feed::{FeedError, Reading};
    /// use mintage_math::U256;
    /// let reading = Reading { price: U256::from(2_000), updated_ts: 1_000 };
    /// assert_eq!(reading.check(4_600, 3_600), Ok(U256::from(2_000)));
    /// assert_eq!(reading.check(4_601, 3_600), Err(FeedError::Stale));
    /// ```
    pub fn check(&self, now_ts: u64, heartbeat_secs: u64) -> Result<U256, FeedError> {
        if self.price.is_zero() {
            return Err(FeedError::NotPositive);
        }
        let age = now_ts.checked_sub(self.updated_ts).ok_or(FeedError::Future)?;
        if age > heartbeat_secs {
            Err(FeedError::Stale)
        } else {
            Ok(self.price)
        }
    }
}

/// Whether the sequencer has been up for long enough. `up_since_ts`: `None` while it is down.
///
/// Error: [`FeedError::Grace`].
pub fn check_sequencer(up_since_ts: Option<u64>, now_ts: u64, grace_secs: u64) -> Result<(), FeedError> {
    match up_since_ts.and_then(|since| now_ts.checked_sub(since)) {
        Some(up) if up > grace_secs => Ok(()),
        _ => Err(FeedError::Grace),
    }
}

/// Whether a price lies within `limit_bps` of a mean.
///
/// Errors: [`FeedError::NoMean`], [`FeedError::Deviation`].
pub fn check_deviation(price: U256, mean: U256, limit_bps: u16) -> Result<(), FeedError> {
    if mean.is_zero() {
        return Err(FeedError::NoMean);
    }
    let gap = price.max(mean).wrapping_sub(price.min(mean));
    if mul_wide(gap, U256::from(BPS)) > mul_wide(mean, U256::from(limit_bps)) {
        return Err(FeedError::Deviation);
    }
    Ok(())
}

/// A price that may move by at most `limit_bps` of the last one at a time: a truncated oracle. Rounded towards the last.
///
/// Error: a limit of more than all downwards is zero, never negative; products that do not fit.
pub fn truncated(last: U256, new: U256, limit_bps: u16) -> Result<U256, FeedError> {
    let most = mul_div_down(last, U256::from(limit_bps), U256::from(BPS))?;
    Ok(new.clamp(last.saturating_sub(most), last.saturating_add(most)))
}

/// The median of the valid reports: older than the delay, so that there was time to object, and not expired.
///
/// Errors: [`FeedError::TooFew`], [`FeedError::TooMany`].
pub fn median(
    reports: impl IntoIterator<Item = Reading>,
    now_ts: u64,
    delay_secs: u64,
    expiry_secs: u64,
    least: usize,
) -> Result<U256, FeedError> {
    let mut sorted = [U256::ZERO; MAX_PROVIDERS];
    let mut count = 0usize;
    for report in reports {
        let Some(age) = now_ts.checked_sub(report.updated_ts) else {
            continue;
        };
        if age < delay_secs || age > expiry_secs || report.price.is_zero() {
            continue;
        }
        // insertion: what is larger moves up
        let mut carry = report.price;
        let place = sorted.get_mut(..=count).ok_or(FeedError::TooMany)?;
        for slot in place.iter_mut().take(count) {
            if carry < *slot {
                core::mem::swap(&mut carry, slot);
            }
        }
        if let Some(last) = place.last_mut() {
            *last = carry;
        }
        count = count.saturating_add(1);
    }
    if count == 0 || count < least {
        return Err(FeedError::TooFew);
    }
    let at = |i: usize| sorted.get(i).copied().unwrap_or_default();
    let middle = count >> 1;
    if count & 1 == 1 {
        return Ok(at(middle));
    }
    let (low, high) = (at(middle.wrapping_sub(1)), at(middle));
    // low + (high - low)/2 cannot overflow
    Ok(add(low, sub(high, low)?.wrapping_shr(1))?)
}

/// In favour of the protocol: the lower of two prices of what it takes, the higher of what it gives.
pub fn for_protocol(a: U256, b: U256, takes: bool) -> U256 {
    if takes { a.min(b) } else { a.max(b) }
}

/// A feed that shows each value only a delay after it was stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delayed {
    /// What is shown.
    pub current: U256,
    /// What will be shown next.
    pub next: U256,
    /// When that was stored, seconds, a whole number of delays.
    pub stored_ts: u64,
}

impl Delayed {
    /// Shows what was waiting and stores a new value, at most once in a delay (an hour).
    ///
    /// Error: [`FeedError::TooSoon`].
    pub fn poke(&self, value: U256, now_ts: u64, delay_secs: u64) -> Result<Self, FeedError> {
        if now_ts < self.stored_ts.saturating_add(delay_secs) {
            return Err(FeedError::TooSoon);
        }
        // the window's start, so that a late call does not shift the hours
        let rest = now_ts.checked_rem(delay_secs).unwrap_or(0);
        Ok(Self {
            current: self.next,
            next: value,
            stored_ts: now_ts.wrapping_sub(rest),
        })
    }

    /// Stops the feed: nothing is shown until two new values have come.
    pub fn void(&self, now_ts: u64) -> Self {
        Self {
            current: U256::ZERO,
            next: U256::ZERO,
            stored_ts: now_ts,
        }
    }
}

/// The mean of a price that was `base` but for `spike_secs` at `spike`, over a window, rounded down: what an attack on an arithmetic mean achieves.
///
/// Errors: a window of no length; sums that do not fit.
pub fn spiked_mean_down(
    base: U256,
    spike: U256,
    spike_secs: u64,
    window_secs: u64,
) -> Result<U256, FeedError> {
    let inside = spike_secs.min(window_secs);
    let rest = mul(base, U256::from(window_secs.saturating_sub(inside)))?;
    let sum = add(rest, mul(spike, U256::from(inside))?)?;
    Ok(mul_div_down(sum, U256::ONE, U256::from(window_secs))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{any_u256, wad};
    use proptest::prelude::*;

    fn at(price: u64, updated_ts: u64) -> Reading {
        Reading {
            price: U256::from(price),
            updated_ts,
        }
    }

    #[test]
    fn a_price_is_fresh_up_to_its_heartbeat() {
        let reading = Reading {
            price: U256::from(2_000),
            updated_ts: 1_000,
        };
        assert_eq!(reading.check(4_600, 3_600), Ok(U256::from(2_000)));
        assert_eq!(reading.check(4_601, 3_600), Err(FeedError::Stale));
        assert_eq!(reading.check(999, 3_600), Err(FeedError::Future));
    }

    #[test]
    fn s2_44_rejections() {
        assert_eq!(at(0, 5).check(5, 10), Err(FeedError::NotPositive));
        assert_eq!(at(1, 6).check(5, 10), Err(FeedError::Future));
        assert_eq!(at(1, 0).check(11, 10), Err(FeedError::Stale));
        assert_eq!(check_sequencer(Some(100), 3_700, 3_600), Err(FeedError::Grace));
        assert_eq!(check_sequencer(Some(100), 3_701, 3_600), Ok(()));
        assert_eq!(check_sequencer(None, u64::MAX, 0), Err(FeedError::Grace));
        assert_eq!(check_deviation(wad("1.05"), wad("1"), 500), Ok(()));
        assert_eq!(
            check_deviation(wad("1.05") + U256::ONE, wad("1"), 500),
            Err(FeedError::Deviation)
        );
        assert_eq!(
            check_deviation(wad("0.95") - U256::ONE, wad("1"), 500),
            Err(FeedError::Deviation)
        );
        assert_eq!(check_deviation(U256::MAX, U256::MAX, 0), Ok(()));
        assert_eq!(check_deviation(U256::ONE, U256::ZERO, 1), Err(FeedError::NoMean));
        assert_eq!(truncated(wad("1"), wad("9"), 100), Ok(wad("1.01")));
        assert_eq!(truncated(wad("1"), U256::ZERO, 100), Ok(wad("0.99")));
    }

    #[test]
    fn s2_44_spike_of_ten_times() {
        assert_eq!(spiked_mean_down(wad("1"), wad("10"), 12, 1_800), Ok(wad("1.06")));
        assert_eq!(spiked_mean_down(wad("1"), wad("10"), 1, 1_800), Ok(wad("1.005")));
        assert!(spiked_mean_down(wad("1"), wad("10"), 1, 0).is_err());
    }

    #[test]
    fn s2_44_median_with_delay_and_expiry() {
        let n = |v: u64| U256::from(v);
        let reports = [at(30, 100), at(10, 100), at(20, 100), at(99, 195), at(1, 10)];
        // 99 is too fresh, 1 expired
        assert_eq!(median(reports, 200, 10, 150, 3), Ok(n(20)));
        assert_eq!(median(reports, 200, 10, 150, 4), Err(FeedError::TooFew));
        assert_eq!(median(reports, 200, 0, 150, 1), Ok(n(25)));
        assert_eq!(median([], 200, 0, 150, 0), Err(FeedError::TooFew));
        assert_eq!(median([at(1, 0); 33], 0, 0, 0, 0), Err(FeedError::TooMany));
        assert_eq!(for_protocol(n(1), n(2), true), n(1));
        assert_eq!(for_protocol(n(1), n(2), false), n(2));
    }

    #[test]
    fn s2_44_delayed_by_an_hour() {
        let n = |v: u64| U256::from(v);
        let feed = Delayed::default().poke(n(7), 3_700, 3_600).unwrap();
        assert_eq!((feed.current, feed.next, feed.stored_ts), (n(0), n(7), 3_600));
        assert_eq!(feed.poke(n(8), 7_199, 3_600), Err(FeedError::TooSoon));
        let feed = feed.poke(n(8), 7_200, 3_600).unwrap();
        assert_eq!((feed.current, feed.next), (n(7), n(8)));
        assert_eq!(feed.void(9_000).current, n(0));
    }

    #[test]
    fn s2_44_after_a_stop_two_new_values_have_to_come() {
        let n = |v: u64| U256::from(v);
        let full = Delayed {
            current: n(5),
            next: n(6),
            stored_ts: 7_200,
        };
        let feed = full.void(9_000);
        assert_eq!(feed.poke(n(7), 12_599, 3_600), Err(FeedError::TooSoon));
        let feed = feed.poke(n(7), 12_600, 3_600).unwrap();
        assert_eq!((feed.current, feed.next), (n(0), n(7)));
        let feed = feed.poke(n(8), 16_200, 3_600).unwrap();
        assert_eq!((feed.current, feed.next), (n(7), n(8)));
    }

    proptest! {
        #[test]
        fn prop_median_is_the_middle(list in prop::collection::vec(any_u256(), 1..32)) {
            let list: Vec<U256> = list.into_iter().map(|p| p.max(U256::ONE)).collect();
            let got = median(list.iter().map(|p| Reading { price: *p, updated_ts: 0 }), 0, 0, 0, 1).unwrap();
            let mut sorted = list.clone();
            sorted.sort();
            let (low, high) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
            prop_assert!(low <= got && got <= high);
            prop_assert_eq!(got, low + (high - low) / U256::from(2));
        }

        #[test]
        fn prop_truncation_bounds_the_step(last in any_u256(), new in any_u256(), limit in 0u16..=10_000) {
            let t = truncated(last, new, limit).unwrap();
            prop_assert!(check_deviation(t, last.max(U256::ONE), limit).is_ok() || last.is_zero());
            prop_assert!((t <= last.max(new)) && (t >= last.min(new)));
        }
    }
}
