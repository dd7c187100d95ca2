//! The program `price-oracle`: a time-weighted mean price over the accumulators of a Uniswap v2 pair.
//!
//! Here: which observations are kept, and what is refused. The arithmetic is in `mintage_mechanism::{pair_price, twap}`, the calls to the
//! pair and its tokens in `source`.

mod source;

use mintage_kit::parts::range::ensure_within;
use mintage_kit::prelude::*;
use mintage_mechanism::{pair_price, twap};

mintage_kit::interface!("../interfaces/IPriceOracle.sol");

/// What was fixed at construction, in two slots.
#[record]
pub struct Settings {
    pair: Address,
    /// Whether the base is the pair's token1.
    base_is_token1: bool,
    base_decimals: u8,
    quote_decimals: u8,
    max_deviation_bps: u16,
    window_secs: u64,
    recent_secs: u64,
    period_secs: u64,
    max_age_secs: u64,
}

/// The pair's accumulator at a time.
#[storage]
pub struct Observation {
    timestamp: Slot<u64>,
    cumulative: Slot<U256>,
}

/// The oracle's state.
#[storage]
pub struct PriceOracle {
    settings: Slot<Settings>,
    base: Slot<Address>,
    quote: Slot<Address>,
    /// How many observations were ever written; number `n` lies at `n` modulo the cardinality.
    count: Slot<u64>,
    ring: Map<u64, Observation>,
}

/// A mean price and since when.
struct Mean {
    price_ray: U256,
    from_ts: u64,
}

#[entrypoint]
impl IPriceOracle for PriceOracle {
    fn constructor(
        &mut self,
        pair: Address,
        base: Address,
        window_secs: u64,
        recent_secs: u64,
        period_secs: u64,
        max_age_secs: u64,
        max_deviation_bps: u16,
    ) -> Result<()> {
        ensure_within("windowSecs", window_secs, 1_800, 604_800)?;
        ensure_within("recentSecs", recent_secs, 60, window_secs >> 1)?;
        ensure_within(
            "periodSecs",
            period_secs,
            window_secs.div_ceil(255).max(10),
            window_secs,
        )?;
        ensure_within("maxAgeSecs", max_age_secs, period_secs, window_secs)?;
        ensure_within("maxDeviationBps", u64::from(max_deviation_bps), 1, 5_000)?;

        let (token0, token1) = source::tokens(pair)?;
        ensure!(
            base == token0 || base == token1,
            OracleTokenNotInPair { pair, token: base }
        );
        let base_is_token1 = base == token1;
        let quote = if base_is_token1 { token0 } else { token1 };
        let base_decimals = source::decimals(base)?;
        let quote_decimals = source::decimals(quote)?;
        ensure_within("baseDecimals", u64::from(base_decimals), 0, 36)?;
        ensure_within("quoteDecimals", u64::from(quote_decimals), 0, 36)?;

        self.base.set(base);
        self.quote.set(quote);
        let settings = Settings {
            pair,
            base_is_token1,
            base_decimals,
            quote_decimals,
            max_deviation_bps,
            window_secs,
            recent_secs,
            period_secs,
            max_age_secs,
        };
        self.settings.set(settings);
        emit(OracleCreated {
            pair,
            base,
            quote,
            window_secs,
            recent_secs,
            period_secs,
            max_age_secs,
            max_deviation_bps,
        });
        // A pair may be watched before anybody has put liquidity into it.
        if let Some(cumulative) = source::cumulative(pair, base_is_token1)? {
            self.keep(&settings, cumulative);
        }
        Ok(())
    }

    fn observe(&mut self) -> Result<bool> {
        let settings = self.settings.get();
        if let Some(last) = self.count.get().checked_sub(1) {
            let last_ts = self.time_of(&settings, last);
            if block::timestamp().saturating_sub(last_ts) < settings.period_secs {
                return Ok(false);
            }
        }
        let cumulative = cumulative_now(&settings)?;
        self.keep(&settings, cumulative);
        Ok(true)
    }

    fn price(&self) -> Result<U256> {
        let settings = self.settings.get();
        let (window, recent) = self.both_means(&settings)?;
        let max_deviation_bps = settings.max_deviation_bps;
        ensure!(
            !twap::deviates(window.price_ray, recent.price_ray, max_deviation_bps),
            OracleDeviation {
                window_ray: window.price_ray,
                recent_ray: recent.price_ray,
                max_deviation_bps: U256::from(max_deviation_bps),
            }
        );
        Ok(window.price_ray)
    }

    fn means(&self) -> Result<(U256, u64, U256, u64)> {
        let (window, recent) = self.both_means(&self.settings.get())?;
        Ok((window.price_ray, window.from_ts, recent.price_ray, recent.from_ts))
    }

    fn pair(&self) -> Result<Address> {
        Ok(self.settings.get().pair)
    }

    fn base(&self) -> Result<Address> {
        Ok(self.base.get())
    }

    fn quote(&self) -> Result<Address> {
        Ok(self.quote.get())
    }

    fn base_decimals(&self) -> Result<u8> {
        Ok(self.settings.get().base_decimals)
    }

    fn quote_decimals(&self) -> Result<u8> {
        Ok(self.settings.get().quote_decimals)
    }

    fn window_secs(&self) -> Result<u64> {
        Ok(self.settings.get().window_secs)
    }

    fn recent_secs(&self) -> Result<u64> {
        Ok(self.settings.get().recent_secs)
    }

    fn period_secs(&self) -> Result<u64> {
        Ok(self.settings.get().period_secs)
    }

    fn max_age_secs(&self) -> Result<u64> {
        Ok(self.settings.get().max_age_secs)
    }

    fn max_deviation_bps(&self) -> Result<u16> {
        Ok(self.settings.get().max_deviation_bps)
    }

    fn cardinality(&self) -> Result<U256> {
        Ok(U256::from(cardinality(&self.settings.get())))
    }

    fn observation_count(&self) -> Result<U256> {
        Ok(U256::from(self.count.get()))
    }

    fn observation(&self, number: U256) -> Result<(u64, U256)> {
        let (settings, count) = (self.settings.get(), self.count.get());
        match u64::try_from(number) {
            Ok(number) if number < count && number >= oldest(&settings, count) => {
                let kept = self.ring.at(place(&settings, number));
                Ok((kept.timestamp.get(), kept.cumulative.get()))
            }
            _ => Ok((0, U256::ZERO)),
        }
    }
}

impl PriceOracle {
    fn keep(&mut self, settings: &Settings, cumulative: U256) {
        let number = self.count.get();
        let timestamp_ts = block::timestamp();
        let mut kept = self.ring.at_mut(place(settings, number));
        kept.timestamp.set(timestamp_ts);
        kept.cumulative.set(cumulative);
        self.count.set(number.saturating_add(1));
        emit(Observed {
            number: U256::from(number),
            timestamp_ts,
            cumulative,
        });
    }

    fn time_of(&self, settings: &Settings, number: u64) -> u64 {
        self.ring.at(place(settings, number)).timestamp.get()
    }

    fn both_means(&self, settings: &Settings) -> Result<(Mean, Mean)> {
        let cumulative = cumulative_now(settings)?;
        let window = self.mean(settings, settings.window_secs, cumulative)?;
        let recent = self.mean(settings, settings.recent_secs, cumulative)?;
        Ok((window, recent))
    }

    /// The mean since the youngest observation that is at least `secs` old.
    fn mean(&self, settings: &Settings, secs: u64, cumulative: U256) -> Result<Mean> {
        let now_ts = block::timestamp();
        let needed_ts = now_ts.saturating_sub(secs);
        let count = self.count.get();
        let first = oldest(settings, count);
        let begin = twap::youngest_at_or_before(first, count, needed_ts, |n| self.time_of(settings, n));
        let Some(begin) = begin else {
            let oldest_ts = if count == 0 {
                0
            } else {
                self.time_of(settings, first)
            };
            return Err(OracleNotEnoughHistory { needed_ts, oldest_ts }.into());
        };
        let kept = self.ring.at(place(settings, begin));
        let from_ts = kept.timestamp.get();
        let limit_ts = needed_ts.saturating_sub(settings.max_age_secs);
        ensure!(
            from_ts >= limit_ts,
            OracleStale {
                observed_ts: from_ts,
                limit_ts
            }
        );

        let span_secs = now_ts.saturating_sub(from_ts);
        let average_x112 =
            pair_price::mean_x112_down(kept.cumulative.get(), cumulative, span_secs).unwrap_or_default();
        let (base_decimals, quote_decimals) = (settings.base_decimals, settings.quote_decimals);
        let price_ray =
            pair_price::price_ray_down(average_x112, base_decimals, quote_decimals).unwrap_or_default();
        ensure!(!price_ray.is_zero(), OraclePriceUnrepresentable { average_x112 });
        Ok(Mean { price_ray, from_ts })
    }
}

/// The accumulator as of now; an empty pair has none.
fn cumulative_now(settings: &Settings) -> Result<U256> {
    let pair = settings.pair;
    source::cumulative(pair, settings.base_is_token1)?.ok_or_else(|| OraclePairEmpty { pair }.into())
}

/// How many observations are kept: at one a period they reach back a window.
fn cardinality(settings: &Settings) -> u64 {
    settings
        .window_secs
        .div_ceil(settings.period_secs.max(1))
        .saturating_add(1)
}

fn oldest(settings: &Settings, count: u64) -> u64 {
    count.saturating_sub(cardinality(settings))
}

fn place(settings: &Settings, number: u64) -> u64 {
    number.checked_rem(cardinality(settings)).unwrap_or_default()
}
