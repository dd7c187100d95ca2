//! The programs' part of the set-up: each with its constructor's arguments, its wiring and its rights.

use alloy_primitives::{Address, U256};
use mintage_abi::{Buyback, Emission, IEmission, IToken, ITreasury, Pair, PriceOracle, Token, Treasury};
use mintage_mechanism::emission::ScheduleKind;

use super::{Account, SetUp, abi_of};
use crate::error::LabError;
use crate::scenario::{CapCounts, MarketKind, ScenarioError, Side};
use crate::uniswap;

impl SetUp<'_> {
    /// Both tokens; the owner receives what everybody starts with.
    pub(super) fn tokens(&mut self, accounts: &[Account]) -> Result<(), LabError> {
        for side in [Side::Token, Side::Quote] {
            let token = self.scenario.token(side).clone();
            let (name, span) = match side {
                Side::Token => ("token", self.scenario.programs.token.span()),
                Side::Quote => ("quote", self.scenario.programs.quote.span()),
            };
            let cap = match &token.cap {
                Some(cap) => self.scenario.base_units(cap, side)?,
                None => U256::from(u128::MAX),
            };
            let supply = self.initial_supply(side, accounts)?;
            let owner = self.world.sites.owner;
            let args = Token::constructorCall {
                name_: token.name.to_string(),
                symbol_: token.symbol.to_string(),
                decimals_: *token.decimals,
                owner_: owner,
                guardian_: Address::ZERO,
                cap_: cap,
                capBasis_: match token.cap_counts {
                    CapCounts::Lifetime => IToken::CapBasis::LifetimeMinted,
                    CapCounts::Circulating => IToken::CapBasis::Circulating,
                },
                holder: owner,
                initialSupply: supply,
            };
            let address = self.deploy("token", name, &args, span, |sites, address| match side {
                Side::Token => sites.token = address,
                Side::Quote => sites.quote = address,
            })?;
            self.send(
                address,
                IToken::setFeeManagerCall { newFeeManager: owner },
                "naming the fee manager",
            )?;
        }
        Ok(())
    }

    pub(super) fn pool(&mut self) -> Result<(), LabError> {
        let sites = &self.world.sites;
        let (token, quote) = (sites.token, sites.quote);
        let token_is_0 = token < quote;
        self.world.sites.token_is_0 = token_is_0;
        let (token0, token1) = self.world.sites.pool_order(token, quote);
        match *self.scenario.market.kind {
            MarketKind::Pair => {
                let args = Pair::constructorCall {
                    factory: Address::ZERO,
                    token0,
                    token1,
                };
                let span = self.scenario.market.kind.span();
                self.deploy("pair", "pair", &args, span, |sites, address| sites.pair = address)?;
            }
            MarketKind::UniswapV2 => {
                let package = uniswap::Package::load(self.source.node_modules())?;
                let pair = uniswap::deploy(&mut self.world, &package, token0, token1)?;
                self.world.sites.pair = pair;
                self.world.learn(pair, "pair", &abi_of("pair"));
                self.note("pair", pair, None);
            }
        }
        Ok(())
    }

    pub(super) fn treasury(&mut self) -> Result<(), LabError> {
        let Some(t) = self.scenario.programs.treasury.clone() else {
            return Ok(());
        };
        let owner = self.world.sites.owner;
        let args = Treasury::constructorCall {
            owner,
            guardian: Address::ZERO,
            floorDelaySecs: t.floor_delay.0,
            grantDelaySecs: t.grant_delay.0,
        };
        let address = self.deploy("treasury", "treasury", &args, t.span(), |sites, address| {
            sites.treasury = Some(address)
        })?;
        let quote = self.world.sites.quote;
        let floor = self.scenario.base_units(&t.floor, Side::Quote)?;
        self.send(
            address,
            ITreasury::setFloorCall {
                asset: quote,
                newFloor: floor,
            },
            "setting the treasury's floor",
        )?;
        let initial = self.optional(t.initial.as_ref(), Side::Quote)?;
        self.pay(Side::Quote, address, initial)?;
        self.send(
            address,
            ITreasury::recordCall { asset: quote },
            "booking the treasury's first assets",
        )
    }

    pub(super) fn emission(&mut self) -> Result<(), LabError> {
        let Some(e) = self.scenario.programs.emission.clone() else {
            return Ok(());
        };
        let (kind, parameters, _) = self.scenario.schedule_words(&e.schedule)?;
        let mut recipients = Vec::new();
        for recipient in &e.recipient {
            // Validation knows the labels; here they have become accounts.
            recipients.push(self.world.names.address(&recipient.to).ok_or_else(|| {
                let message = format!("there is no account `{}`", *recipient.to);
                ScenarioError::at(recipient.to.span(), message, "use treasury or an agent's label")
            })?);
        }
        let token = self.world.sites.token;
        let args = Emission::constructorCall {
            owner: self.world.sites.owner,
            guardian: Address::ZERO,
            token,
            startTs: self.scenario.run.start_ts.saturating_add(e.begins.0),
            kind: kind_of(kind),
            parameters,
            recipients,
            weightsBps: e.recipient.iter().map(|r| U256::from(r.share_bps.0)).collect(),
        };
        let address = self.deploy("emission", "emission", &args, e.span(), |sites, address| {
            sites.emission = Some(address)
        })?;
        let limit = self.scenario.base_units(&e.limit_per_day, Side::Token)?;
        self.send(
            token,
            IToken::setMinterCall {
                minter: address,
                limitPerDay: limit,
            },
            "making the emission a minter",
        )
    }

    /// Oracle and buyback: the pool must have a price by now.
    pub(super) fn buyback(&mut self) -> Result<(), LabError> {
        let programs = &self.scenario.programs;
        let (token, pair, owner) = (
            self.world.sites.token,
            self.world.sites.pair,
            self.world.sites.owner,
        );
        if let Some(o) = programs.price_oracle.clone() {
            let args = PriceOracle::constructorCall {
                pair,
                base: token,
                windowSecs: o.window.0,
                recentSecs: o.recent.0,
                periodSecs: o.period.0,
                maxAgeSecs: o.max_age.0,
                maxDeviationBps: o.max_deviation_bps.0,
            };
            self.deploy("price-oracle", "price_oracle", &args, o.span(), |sites, a| {
                sites.oracle = Some(a)
            })?;
        }
        let (Some(b), Some(t)) = (programs.buyback.clone(), programs.treasury.clone()) else {
            return Ok(());
        };
        let (Some(treasury), Some(oracle)) = (self.world.sites.treasury, self.world.sites.oracle) else {
            return Ok(());
        };
        let args = Buyback::constructorCall {
            owner,
            guardian: Address::ZERO,
            treasury,
            pair,
            oracle,
            token,
            hopSecs: b.hop.0,
            lot: self.u128(&b.lot)?,
            hump: self.u128(&b.hump)?,
            wantWad: U256::from(b.want_bps.0) * U256::from(100_000_000_000_000u64),
        };
        let address = self.deploy("buyback", "buyback", &args, b.span(), |sites, address| {
            sites.buyback = Some(address)
        })?;
        let limit = ITreasury::setSpendLimitCall {
            asset: self.world.sites.quote,
            spender: address,
            capacity: self.u128(&t.spend_capacity)?,
            refillPerDay: self.u128(&t.spend_per_day)?,
        };
        self.send(treasury, limit, "granting the buyback its limit")
    }

    /// Exemptions and fees last, so that nothing of the set-up pays them.
    pub(super) fn fees(&mut self) -> Result<(), LabError> {
        let sites = self.world.sites.clone();
        let exempt = [
            Some(sites.pair),
            sites.treasury,
            sites.buyback,
            sites.emission,
            sites.venue,
        ];
        for side in [Side::Token, Side::Quote] {
            let parameters = self.scenario.token(side).clone();
            if parameters.fee_bps.0 == 0 {
                continue;
            }
            let token = if side == Side::Token {
                sites.token
            } else {
                sites.quote
            };
            for account in exempt.into_iter().flatten() {
                self.send(
                    token,
                    IToken::setFeeExemptCall {
                        account,
                        exempt: true,
                    },
                    "exempting a program from the fee",
                )?;
            }
            let fee = IToken::setTransferFeeCall {
                feeBps: parameters.fee_bps.0,
                burnBps: parameters.fee_burn_bps.0,
                receiver: sites.treasury.unwrap_or(sites.owner),
            };
            self.send(token, fee, "setting the transfer fee")?;
        }
        Ok(())
    }
}

fn kind_of(kind: ScheduleKind) -> IEmission::Schedule {
    match kind {
        ScheduleKind::Linear => IEmission::Schedule::Linear,
        ScheduleKind::Halving => IEmission::Schedule::Halving,
        ScheduleKind::Geometric => IEmission::Schedule::Geometric,
        ScheduleKind::Weekly => IEmission::Schedule::Weekly,
        ScheduleKind::Exponential => IEmission::Schedule::Exponential,
        ScheduleKind::Piecewise => IEmission::Schedule::Piecewise,
        ScheduleKind::Tail => IEmission::Schedule::Tail,
    }
}
