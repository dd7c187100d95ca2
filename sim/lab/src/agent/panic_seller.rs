//! The panic seller: sells a share of its tokens when the price is far below its recent high.

use std::collections::VecDeque;

use super::{Agent, Context};
use crate::error::LabError;
use crate::rng::scale_down;
use crate::scenario::Side;

/// Looks once a reaction time. After a sale the high is forgotten, so that only a further fall makes it sell again.
#[derive(Clone, Debug)]
pub struct PanicSeller {
    /// Its threshold: sells when the pool's price is this share below the high.
    pub drawdown: f64,
    /// Share of its tokens sold at a time.
    pub sell_share: f64,
    /// Seconds between two looks.
    pub reaction_secs: u64,
    /// How far back the high is remembered, seconds.
    pub memory_secs: u64,
    /// Prices seen within the memory that no later one exceeds: falling, so that the first is the high.
    pub highs: VecDeque<(u64, f64)>,
}

impl Agent for PanicSeller {
    fn start(&mut self, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let phase = ctx.rng.below(self.reaction_secs.max(1));
        ctx.wake_in(phase, 0);
        Ok(())
    }

    fn act(&mut self, _task: u32, ctx: &mut Context<'_>) -> Result<(), LabError> {
        let (now, price) = (ctx.now(), ctx.pool_price());
        let high = self.remember(now, price);
        if price < high * (1.0 - self.drawdown) {
            let amount = scale_down(ctx.balance(Side::Token), self.sell_share);
            if ctx.swap(Side::Token, amount)?.is_some() {
                self.highs.clear();
            }
        }
        ctx.wake_in(self.reaction_secs.max(1), 0);
        Ok(())
    }
}

impl PanicSeller {
    /// Takes a price in and gives the highest within the memory.
    fn remember(&mut self, now: u64, price: f64) -> f64 {
        while self
            .highs
            .front()
            .is_some_and(|(ts, _)| ts.saturating_add(self.memory_secs) < now)
        {
            self.highs.pop_front();
        }
        while self.highs.back().is_some_and(|(_, p)| *p <= price) {
            self.highs.pop_back();
        }
        self.highs.push_back((now, price));
        self.highs[0].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_remember_is_the_high_of_the_window() {
        let mut seller = PanicSeller {
            drawdown: 0.2,
            sell_share: 0.5,
            reaction_secs: 1,
            memory_secs: 3,
            highs: VecDeque::new(),
        };
        let prices = [5.0, 9.0, 2.0, 3.0, 1.0, 1.0, 1.0, 8.0, 0.5];
        for (i, price) in prices.iter().enumerate() {
            let from = i.saturating_sub(3);
            let want = prices[from..=i].iter().copied().fold(0.0, f64::max);
            assert_eq!(seller.remember(i as u64, *price), want, "at {i}");
        }
    }
}
