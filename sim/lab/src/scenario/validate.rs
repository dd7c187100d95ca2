//! What types alone cannot say about a scenario: units, references between parts, ranges that depend on each other.

use alloy_primitives::U256;

use super::*;

pub(super) type Checked = Result<(), ScenarioError>;

/// Longest run, in steps: keeps a mistyped step from filling memory and disk.
const MAX_STEPS: u64 = 2_000_000;

impl Scenario {
    /// Everything that can be said before anything is deployed.
    pub(super) fn validate(&self) -> Checked {
        self.check_name()?;
        self.check_run()?;
        self.check_programs()?;
        self.check_price()?;
        self.check_agents()?;
        self.bound.iter().try_for_each(check_bound)
    }

    /// An amount in base units; its unit must be `token`'s or `quote`'s symbol, as the place demands.
    pub fn base_units(&self, amount: &Located<Amount>, of: Side) -> Result<U256, ScenarioError> {
        let token = self.token(of);
        let symbol = token.symbol.as_str();
        if amount.symbol() != symbol {
            let message = format!("this amount is in {symbol}, not in {}", amount.symbol());
            return Err(ScenarioError::at(
                amount.span(),
                message,
                format!("write it as \"… {symbol}\""),
            ));
        }
        amount.base_units(*token.decimals).map_err(|message| {
            ScenarioError::at(
                amount.span(),
                message,
                format!("give at most {} decimals", *token.decimals),
            )
        })
    }

    /// One of the two tokens' parameters.
    pub fn token(&self, of: Side) -> &Token {
        match of {
            Side::Token => &self.programs.token,
            Side::Quote => &self.programs.quote,
        }
    }

    fn check_name(&self) -> Checked {
        let name = self.name.as_str();
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 64 || name.starts_with('-') || !name.chars().all(fine) {
            let help =
                "use 1 to 64 lower-case letters, digits and hyphens: it is the name of the run's folder";
            return Err(ScenarioError::at(
                self.name.span(),
                format!("`{name}` cannot be a run's name"),
                help,
            ));
        }
        Ok(())
    }

    fn check_run(&self) -> Checked {
        let run = &self.run;
        if run.step.0 == 0 {
            return Err(ScenarioError::at(
                run.step.span(),
                "a step cannot be 0",
                "write for example \"1h\"",
            ));
        }
        let (duration, step) = (run.duration.0, run.step.0);
        if duration == 0 || !duration.is_multiple_of(step) {
            let message = format!(
                "{} is not a whole number of steps of {}",
                *run.duration, *run.step
            );
            return Err(ScenarioError::at(
                run.duration.span(),
                message,
                "make the duration a multiple of the step",
            ));
        }
        if self.steps() > MAX_STEPS {
            let message = format!("{} steps are too many", self.steps());
            return Err(ScenarioError::at(
                run.step.span(),
                message,
                format!("at most {MAX_STEPS}: use a longer step"),
            ));
        }
        if run.seed > i64::MAX as u64 || run.start_ts > u64::from(u32::MAX) {
            let help =
                "the seed is at most 2^63 - 1 and start_ts at most 2^32 - 1 (the pool's clock has 32 bits)";
            return Err(ScenarioError::whole("seed or start_ts is too large", help));
        }
        Ok(())
    }

    fn check_programs(&self) -> Checked {
        let p = &self.programs;
        for (token, of) in [(&p.token, Side::Token), (&p.quote, Side::Quote)] {
            self.check_token(token, of)?;
        }
        if p.token.symbol == p.quote.symbol {
            let help = "amounts are told apart by the symbol: give the two tokens different ones";
            return Err(ScenarioError::at(
                p.quote.symbol.span(),
                "both tokens have this symbol",
                help,
            ));
        }
        if let Some(emission) = &p.emission {
            self.check_emission(emission)?;
        }
        if let Some(t) = &p.treasury {
            for amount in t
                .initial
                .iter()
                .chain([&t.floor, &t.spend_capacity, &t.spend_per_day])
            {
                self.base_units(amount, Side::Quote)?;
            }
        }
        if let Some(oracle) = &p.price_oracle {
            positive(&oracle.period, "period")?;
        }
        if let Some(b) = &p.buyback {
            self.base_units(&b.lot, Side::Quote)?;
            self.base_units(&b.hump, Side::Quote)?;
            if p.treasury.is_none() || p.price_oracle.is_none() {
                let help =
                    "add [programs.treasury] and [programs.price_oracle], or leave [programs.buyback] out";
                return Err(ScenarioError::at(
                    b.span(),
                    "a buyback needs a treasury and a price oracle",
                    help,
                ));
            }
        }
        Ok(())
    }

    fn check_token(&self, token: &Token, of: Side) -> Checked {
        let symbol = token.symbol.as_str();
        let fine =
            !symbol.is_empty() && symbol.len() <= 11 && symbol.chars().all(|c| c.is_ascii_alphanumeric());
        if !fine {
            let help = "use 1 to 11 letters and digits";
            return Err(ScenarioError::at(
                token.symbol.span(),
                format!("`{symbol}` cannot be a symbol"),
                help,
            ));
        }
        if token.name.is_empty() || token.name.len() > 31 {
            let help = "use 1 to 31 bytes";
            return Err(ScenarioError::at(
                token.name.span(),
                "the token's name is empty or too long",
                help,
            ));
        }
        if *token.decimals > 18 {
            let message = format!("{} decimals are too many", *token.decimals);
            return Err(ScenarioError::at(token.decimals.span(), message, "at most 18"));
        }
        if token.fee_bps.0 > 100 {
            let message = format!(
                "a transfer fee of {} basis points is above the token's hard maximum",
                token.fee_bps.0
            );
            return Err(ScenarioError::at(token.fee_bps.span(), message, "at most 100"));
        }
        token
            .cap
            .as_ref()
            .map_or(Ok(()), |cap| self.base_units(cap, of).map(|_| ()))
    }

    fn check_emission(&self, emission: &Located<Emission>) -> Checked {
        self.schedule_words(&emission.schedule)?;
        self.base_units(&emission.limit_per_day, Side::Token)?;
        if emission.recipient.len() > 16 {
            let message = format!("{} recipients are too many", emission.recipient.len());
            return Err(ScenarioError::at(emission.span(), message, "at most 16"));
        }
        let total: u32 = emission.recipient.iter().map(|r| u32::from(r.share_bps.0)).sum();
        if total != 10_000 {
            let message = format!("the recipients' shares add up to {total}");
            return Err(ScenarioError::at(
                emission.span(),
                message,
                "make them 10000 basis points in all",
            ));
        }
        let labels = self.account_labels();
        for recipient in &emission.recipient {
            if !labels.contains(recipient.to.as_str()) {
                let message = format!("there is no account `{}`", *recipient.to);
                let some: Vec<&str> = labels.iter().map(String::as_str).take(8).collect();
                let help = format!(
                    "use treasury or an agent's label; among them: {}",
                    some.join(", ")
                );
                return Err(ScenarioError::at(recipient.to.span(), message, help));
            }
        }
        Ok(())
    }

    fn check_price(&self) -> Checked {
        match (&self.price.gbm, &self.price.csv) {
            (Some(gbm), None) if !(1e-12..=1e12).contains(&gbm.start.0) => {
                return Err(ScenarioError::at(
                    gbm.start.span(),
                    "the price is out of range",
                    "between 1e-12 and 1e12",
                ));
            }
            (Some(gbm), None) if ![gbm.drift, gbm.jump_mean].iter().all(|x| x.abs() <= 100.0) => {
                return Err(ScenarioError::at(
                    gbm.span(),
                    "drift or jump_mean is out of range",
                    "between -100 and 100",
                ));
            }
            (Some(_), None) | (None, Some(_)) => {}
            (both, _) => {
                let what = if both.is_some() {
                    "two sources"
                } else {
                    "no source"
                };
                let help = "give exactly one of [price.gbm] and [price.csv]";
                return Err(ScenarioError::at(
                    self.price.span(),
                    format!("the price has {what}"),
                    help,
                ));
            }
        }
        for shock in &self.price.shock {
            if !(shock.change > -1.0 && shock.change <= 1_000.0) {
                let message = format!("a change of {} is impossible", shock.change);
                return Err(ScenarioError::at(
                    shock.span(),
                    message,
                    "greater than -1 (minus 100 %) and at most 1000",
                ));
            }
        }
        Ok(())
    }
}

fn positive(secs: &Located<Secs>, name: &str) -> Checked {
    if secs.0 == 0 {
        return Err(ScenarioError::at(
            secs.span(),
            format!("{name} cannot be 0"),
            "write for example \"1h\"",
        ));
    }
    Ok(())
}

fn check_bound(bound: &Located<Bound>) -> Checked {
    let help = "give `min`, `max` or both, finite and min <= max";
    match (bound.min, bound.max) {
        (None, None) => Err(ScenarioError::at(
            bound.span(),
            "a bound without min and max bounds nothing",
            help,
        )),
        (min, max) => {
            let (min, max) = (min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX));
            let fine = min.is_finite() && max.is_finite() && min <= max;
            fine.then_some(())
                .ok_or_else(|| ScenarioError::at(bound.span(), "these bounds cannot be kept", help))
        }
    }
}

/// One of a scenario's two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The economy's token.
    Token,
    /// The quote token.
    Quote,
}
