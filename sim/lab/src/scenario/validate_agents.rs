//! The agents' part of the checks: units of their amounts, parameters that need another, programs that they need.

use std::collections::BTreeSet;

use super::validate::Checked;
use super::*;

/// Most agents of a scenario.
const MAX_AGENTS: u64 = 10_000;

impl Scenario {
    /// Every label by which an account can be named: `treasury` and the agents'.
    pub fn account_labels(&self) -> BTreeSet<String> {
        let treasury = self.programs.treasury.is_some().then(|| "treasury".to_string());
        let groups = self.agent_counts();
        let agents = groups
            .into_iter()
            .flat_map(|(kind, n)| (0..n).map(move |i| format!("{kind}-{i}")));
        agents.chain(treasury).collect()
    }

    /// Number of agents by type.
    pub fn agent_counts(&self) -> [(&'static str, u64); 7] {
        fn sum(counts: impl Iterator<Item = u32>) -> u64 {
            counts.map(u64::from).sum()
        }
        let a = &self.agents;
        [
            ("trader", sum(a.trader.iter().map(|g| g.count))),
            ("arbitrageur", sum(a.arbitrageur.iter().map(|g| g.count))),
            ("holder", sum(a.holder.iter().map(|g| g.count))),
            (
                "liquidity-provider",
                sum(a.liquidity_provider.iter().map(|g| g.count)),
            ),
            ("keeper", sum(a.keeper.iter().map(|g| g.count))),
            ("panic-seller", sum(a.panic_seller.iter().map(|g| g.count))),
            ("sandwich", sum(a.sandwich.iter().map(|g| g.count))),
        ]
    }

    pub(super) fn check_agents(&self) -> Checked {
        let a = &self.agents;
        let total: u64 = self.agent_counts().iter().map(|(_, n)| n).sum();
        if total > MAX_AGENTS {
            let message = format!("{total} agents are too many");
            return Err(ScenarioError::at(
                a.span(),
                message,
                format!("at most {MAX_AGENTS}"),
            ));
        }
        if a.liquidity_provider.iter().all(|lp| lp.count == 0) {
            let help = "add [[agents.liquidity_provider]]: the first one opens the pool";
            return Err(ScenarioError::at(a.span(), "nobody opens the pool", help));
        }
        self.check_purses()?;
        self.check_sizes()?;
        self.check_needs()
    }

    fn check_purses(&self) -> Checked {
        let a = &self.agents;
        let purses = (a.trader.iter().map(|g| &g.purse))
            .chain(a.arbitrageur.iter().map(|g| &g.purse))
            .chain(a.holder.iter().map(|g| &g.purse))
            .chain(a.liquidity_provider.iter().map(|g| &g.purse))
            .chain(a.panic_seller.iter().map(|g| &g.purse))
            .chain(a.sandwich.iter().map(|g| &g.purse))
            .chain(self.venue.iter().map(|v| &**v));
        for purse in purses {
            if let Some(token) = &purse.token {
                self.base_units(token, Side::Token)?;
            }
            if let Some(quote) = &purse.quote {
                self.base_units(quote, Side::Quote)?;
            }
        }
        Ok(())
    }

    fn check_sizes(&self) -> Checked {
        let a = &self.agents;
        let quotes = (a.trader.iter().map(|g| &g.mean_trade))
            .chain(a.arbitrageur.iter().map(|g| &g.min_profit))
            .chain(a.holder.iter().filter_map(|g| g.mean_payment.as_ref()))
            .chain(a.liquidity_provider.iter().map(|g| &g.deposit))
            .chain(a.sandwich.iter().map(|g| &g.min_profit));
        for amount in quotes {
            self.base_units(amount, Side::Quote)?;
        }
        for amount in a.holder.iter().filter_map(|g| g.mean_transfer.as_ref()) {
            self.base_units(amount, Side::Token)?;
        }
        for group in &a.arbitrageur {
            if group.every.0 == 0 {
                return Err(ScenarioError::at(
                    group.span(),
                    "`every` cannot be 0",
                    "write for example \"1h\"",
                ));
            }
        }
        Ok(())
    }

    /// Parameters that need another, and agents that need a program.
    fn check_needs(&self) -> Checked {
        let (a, p) = (&self.agents, &self.programs);
        for h in &a.holder {
            let lacks = |rate: Rate, mean: &Option<Located<Amount>>| rate.0 > 0.0 && mean.is_none();
            if lacks(h.transfers_per_day, &h.mean_transfer) || lacks(h.payments_per_day, &h.mean_payment) {
                let help = "give mean_transfer with transfers_per_day and mean_payment with payments_per_day";
                return Err(ScenarioError::at(
                    h.span(),
                    "a rate of transfers has no size",
                    help,
                ));
            }
        }
        for s in &a.panic_seller {
            if s.drawdown_min.0 > s.drawdown_max.0 {
                let help = "make drawdown_min at most drawdown_max";
                return Err(ScenarioError::at(
                    s.drawdown_min.span(),
                    "the smallest drawdown is above the largest",
                    help,
                ));
            }
        }
        if let (Some(s), None) = (a.sandwich.first(), &p.buyback) {
            let help = "add [programs.buyback] or leave [[agents.sandwich]] out";
            return Err(ScenarioError::at(s.span(), "there is no buyback to attack", help));
        }
        if let (Some(g), None) = (a.arbitrageur.iter().find(|g| g.rebalance), &self.venue) {
            let help = "add [venue] with what it holds, or set rebalance = false";
            return Err(ScenarioError::at(
                g.span(),
                "there is no venue to rebalance at",
                help,
            ));
        }
        for k in &a.keeper {
            if k.mint_every.0 == 0 {
                return Err(ScenarioError::at(
                    k.span(),
                    "`mint_every` cannot be 0",
                    "write for example \"1h\"",
                ));
            }
        }
        Ok(())
    }
}
