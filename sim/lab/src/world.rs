//! The world that agents act in: the chain, where things stand on it, and what its events have said. Every change goes through
//! [`World::send`] or [`World::send_public`], which are transactions that run the deployed bytecode.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolConstructor};
use mintage_abi::{IToken, JsonAbi};
use mintage_chain::{Artifact, Chain, ChainError, Log};

use crate::error::LabError;
use crate::ledger::Ledger;
use crate::record::{EventRow, EventTable, Sink, TransactionRow};
use crate::scenario::Side;
use crate::sites::{Names, Sites};

/// Gas of one method over the run; successful transactions only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GasUse {
    /// Successful transactions.
    pub count: u64,
    /// Failed transactions.
    pub failed: u64,
    /// Gas of the successful ones together.
    pub total_gas: u64,
    /// Least gas of a successful one.
    pub min_gas: u64,
    /// Most gas of a successful one.
    pub max_gas: u64,
}

impl GasUse {
    fn add(&mut self, gas: u64) {
        self.min_gas = if self.count == 0 {
            gas
        } else {
            self.min_gas.min(gas)
        };
        self.max_gas = self.max_gas.max(gas);
        self.total_gas += gas;
        self.count += 1;
    }
}

/// A transaction that others see before it is executed.
#[derive(Clone, Debug)]
pub struct PublicTransaction {
    /// Sender.
    pub from: Address,
    /// Contract.
    pub to: Address,
    /// Method's name, for records.
    pub method: String,
    /// Calldata.
    pub data: Bytes,
}

impl PublicTransaction {
    /// A typed call as a public transaction.
    pub fn new<C: SolCall>(from: Address, to: Address, call: &C) -> Self {
        Self {
            from,
            to,
            method: method_name(C::SIGNATURE).to_string(),
            data: call.abi_encode().into(),
        }
    }
}

/// The chain and everything known about it.
pub struct World {
    pub(crate) chain: Chain,
    /// Addresses of the programs.
    pub sites: Sites,
    /// Names of addresses.
    pub names: Names,
    /// What the events have said.
    pub ledger: Ledger,
    /// Decimals of the token and of the quote token.
    pub decimals: (u8, u8),
    /// Outside price, quote per token.
    pub outside_price: f64,
    gas: BTreeMap<(String, String), GasUse>,
    gas_of_set_up: BTreeMap<(String, String), GasUse>,
    tables: BTreeMap<Address, EventTable>,
    sink: Box<dyn Sink>,
    step: u64,
    transactions: u64,
    failed: u64,
    gas_used: u64,
}

impl World {
    /// A world around a chain; `sites` may be completed while it is set up.
    pub(crate) fn new(chain: Chain, sites: Sites, decimals: (u8, u8), sink: Box<dyn Sink>) -> Self {
        Self {
            chain,
            sites,
            names: Names::default(),
            ledger: Ledger::default(),
            decimals,
            outside_price: 0.0,
            gas: BTreeMap::new(),
            gas_of_set_up: BTreeMap::new(),
            tables: BTreeMap::new(),
            sink,
            step: 0,
            transactions: 0,
            failed: 0,
            gas_used: 0,
        }
    }

    /// Makes a contract's events and errors readable in records.
    pub(crate) fn learn(&mut self, address: Address, name: &str, abi: &JsonAbi) {
        self.names.insert(address, name);
        self.tables.insert(address, EventTable::new(abi));
    }

    /// Unix time that the next transaction or call sees.
    pub fn now(&self) -> u64 {
        self.chain.now()
    }

    /// The step that is running; 0 while the economy is set up.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// Transactions so far: all, and failed ones.
    pub fn transactions(&self) -> (u64, u64) {
        (self.transactions, self.failed)
    }

    /// Gas used so far.
    pub fn gas_used(&self) -> u64 {
        self.gas_used
    }

    /// Gas by (contract, method) of the run, the set-up aside.
    pub fn gas_by_method(&self) -> &BTreeMap<(String, String), GasUse> {
        &self.gas
    }

    /// Gas by (contract, method) of the set-up: deployments, wiring, first deposits.
    pub fn gas_of_set_up(&self) -> &BTreeMap<(String, String), GasUse> {
        &self.gas_of_set_up
    }

    /// Calls a method in a transaction. `None`: it was included and reverted, which is the economy's answer and no error.
    ///
    /// # Errors
    /// The chain could not include it, or the records could not be written.
    pub fn send<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: C,
    ) -> Result<Option<C::Return>, LabError> {
        let result = self.chain.tx(from, to).calling(call).send();
        let method = method_name(C::SIGNATURE);
        match result {
            Ok(receipt) => {
                self.included(from, to, method, receipt.gas_used, &receipt.logs)?;
                Ok(Some(receipt.output))
            }
            Err(error) => self.not_done(from, to, method, error).map(|()| None),
        }
    }

    /// Executes a public transaction; whether it succeeded.
    ///
    /// # Errors
    /// As [`World::send`].
    pub fn send_public(&mut self, tx: &PublicTransaction) -> Result<bool, LabError> {
        match self.chain.tx(tx.from, tx.to).data(tx.data.clone()).send() {
            Ok(receipt) => {
                self.included(tx.from, tx.to, &tx.method, receipt.gas_used, &receipt.logs)?;
                Ok(true)
            }
            Err(error) => self.not_done(tx.from, tx.to, &tx.method, error).map(|()| false),
        }
    }

    /// Calls a method that cannot fail, without a transaction.
    ///
    /// # Errors
    /// It failed.
    pub fn view<C: SolCall>(&self, to: Address, call: C) -> Result<C::Return, LabError> {
        self.chain.call(self.sites.owner, to, call).map_err(|e| {
            let doing = format!("reading {}.{}", self.names.of(to), C::SIGNATURE);
            LabError::chain(doing, e)
        })
    }

    /// Calls a method as `from` without a transaction; `None` if it reverts.
    ///
    /// # Errors
    /// The call could not be made.
    pub fn try_view<C: SolCall>(
        &self,
        from: Address,
        to: Address,
        call: C,
    ) -> Result<Option<C::Return>, LabError> {
        match self.chain.call(from, to, call) {
            Ok(output) => Ok(Some(output)),
            Err(ChainError::Revert(_) | ChainError::Halt { .. }) => Ok(None),
            Err(e) => Err(LabError::chain(
                format!("calling {}.{}", self.names.of(to), C::SIGNATURE),
                e,
            )),
        }
    }

    /// A transaction of the set-up, which must succeed.
    pub(crate) fn set_up(
        &mut self,
        from: Address,
        to: Address,
        signature: &str,
        data: Bytes,
        doing: &str,
    ) -> Result<(), LabError> {
        let result = self.chain.tx(from, to).data(data).send();
        let receipt = result.map_err(|e| LabError::SetUp {
            doing: doing.to_string(),
            reason: e.to_string(),
        })?;
        self.included(from, to, method_name(signature), receipt.gas_used, &receipt.logs)
    }

    /// Deploys a program; `place` notes its address before its first events are read. The error is the refusal's reason.
    pub(crate) fn deploy<A: SolConstructor>(
        &mut self,
        artifact: &Artifact,
        name: &str,
        args: &A,
        place: impl FnOnce(&mut Sites, Address),
    ) -> Result<Result<Address, String>, LabError> {
        let owner = self.sites.owner;
        let encoded = args.abi_encode();
        let deployed = match self.chain.deploy(artifact).from(owner).raw_args(encoded).send() {
            Ok(deployed) => deployed,
            Err(error) => {
                return Ok(Err(error.to_string()));
            }
        };
        place(&mut self.sites, deployed.address);
        self.learn(deployed.address, name, &artifact.abi);
        let receipts = [
            Some(("create", deployed.creation)),
            deployed.activation.map(|r| ("activate", r)),
            deployed.construction.map(|r| ("constructor", r)),
        ];
        for (method, receipt) in receipts.into_iter().flatten() {
            self.included(owner, deployed.address, method, receipt.gas_used, &receipt.logs)?;
        }
        Ok(Ok(deployed.address))
    }

    /// Makes an account by name, funded for gas.
    pub(crate) fn adopt(&mut self, label: &str) -> Address {
        let address = self.chain.account(label);
        self.names.insert(address, label);
        address
    }

    /// Gives an account its share by a transfer from another.
    pub(crate) fn endow(
        &mut self,
        from: Address,
        side: Side,
        to: Address,
        amount: U256,
    ) -> Result<(), LabError> {
        if amount.is_zero() {
            return Ok(());
        }
        let token = if side == Side::Token {
            self.sites.token
        } else {
            self.sites.quote
        };
        let call = IToken::transferCall { to, value: amount };
        let data = Bytes::from(call.abi_encode());
        self.set_up(
            from,
            token,
            IToken::transferCall::SIGNATURE,
            data,
            "handing out what everybody starts with",
        )
    }

    /// Creates a contract from EVM init code.
    pub(crate) fn create(
        &mut self,
        from: Address,
        name: &str,
        init_code: Vec<u8>,
    ) -> Result<Address, LabError> {
        let failed = |reason: String| LabError::SetUp {
            doing: format!("creating {name}"),
            reason,
        };
        let receipt = self
            .chain
            .create(from, init_code)
            .send()
            .map_err(|e| failed(e.to_string()))?;
        let address = receipt
            .contract_address
            .ok_or_else(|| failed("no contract came of it".to_string()))?;
        self.names.insert(address, name);
        self.included(from, address, "create", receipt.gas_used, &receipt.logs)?;
        Ok(address)
    }

    /// Moves the clock; blocks are sealed as time passes.
    pub(crate) fn set_time(&mut self, ts: u64) -> Result<(), LabError> {
        self.chain
            .set_timestamp(ts)
            .map_err(|e| LabError::chain("moving the clock", e))
    }

    /// Begins a step: flows are counted anew.
    pub(crate) fn begin_step(&mut self, step: u64) {
        self.step = step;
        self.ledger.begin_step();
    }

    pub(crate) fn sink(&mut self) -> &mut dyn Sink {
        self.sink.as_mut()
    }

    fn included(
        &mut self,
        from: Address,
        to: Address,
        method: &str,
        gas_used: u64,
        logs: &[Log],
    ) -> Result<(), LabError> {
        let now = self.chain.now();
        for log in logs {
            self.ledger.apply(log, &self.sites, now, self.outside_price);
        }
        self.gas_entry(to, method).add(gas_used);
        self.record(from, to, method, gas_used, logs, None)
    }

    fn not_done(
        &mut self,
        from: Address,
        to: Address,
        method: &str,
        error: ChainError,
    ) -> Result<(), LabError> {
        let Some(gas_used) = error.receipt().map(|r| r.gas_used) else {
            let doing = format!("{} calling {}.{method}", self.names.of(from), self.names.of(to));
            return Err(LabError::chain(doing, error));
        };
        self.failed += 1;
        self.gas_entry(to, method).failed += 1;
        let reason = match &error {
            ChainError::Revert(r) => r
                .name()
                .or_else(|| r.reason())
                .unwrap_or_else(|| r.data().to_string()),
            other => other.to_string(),
        };
        self.record(from, to, method, gas_used, &[], Some(&reason))
    }

    fn gas_entry(&mut self, to: Address, method: &str) -> &mut GasUse {
        let key = (self.names.of(to).into_owned(), method.to_string());
        let table = if self.step == 0 {
            &mut self.gas_of_set_up
        } else {
            &mut self.gas
        };
        table.entry(key).or_default()
    }

    fn record(
        &mut self,
        from: Address,
        to: Address,
        method: &str,
        gas_used: u64,
        logs: &[Log],
        error: Option<&str>,
    ) -> Result<(), LabError> {
        let (tx, step, ts) = (self.transactions, self.step, self.chain.now());
        self.transactions += 1;
        self.gas_used += gas_used;
        if !self.sink.wants_events() {
            return Ok(());
        }
        let (sender, contract) = (self.names.of(from), self.names.of(to));
        let row = TransactionRow {
            tx,
            step,
            ts,
            from: &sender,
            contract: &contract,
            method,
            gas_used,
            error,
        };
        self.sink.transaction(&row)?;
        for (index, log) in logs.iter().enumerate() {
            let contract = self.names.of(log.address);
            let (event, args_json) = match self.tables.get(&log.address) {
                Some(table) => table.read(log, &self.names),
                None => EventTable::unknown(log),
            };
            let row = EventRow {
                tx,
                step,
                ts,
                log: index as u64,
                contract: &contract,
                event: &event,
                args_json: &args_json,
            };
            self.sink.event(&row)?;
        }
        Ok(())
    }

    /// Balance of the token in base units, as the events say it.
    pub fn token_of(&self, account: Address) -> U256 {
        self.ledger.token.balance(account)
    }

    /// Balance of the quote token in base units, as the events say it.
    pub fn quote_of(&self, account: Address) -> U256 {
        self.ledger.quote.balance(account)
    }
}

/// "transfer(address,uint256)" -> "transfer".
fn method_name(signature: &str) -> &str {
    signature.split('(').next().unwrap_or(signature)
}
