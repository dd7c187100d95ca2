//! Deployment: a Stylus program by its artifact (create, activate, construct), or EVM bytecode by its init code.

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{SolConstructor, sol};
use mintage_vm::activate::Activation;
use mintage_vm::state::{ARBOS_STATE_ADDRESS, ProgramRecord, record_slot};

use crate::error::{ChainError, Rejected};
use crate::receipt::Receipt;
use crate::{Artifact, Chain};

sol! {
    /// The part of the ArbWasm precompile that a deployment needs.
    #[derive(Debug)]
    interface IArbWasm {
        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
        function codehashVersion(bytes32 codehash) external view returns (uint16 version);
        error ProgramInsufficientValue(uint256 have, uint256 want);
    }
}

/// The ArbWasm precompile.
pub const ARB_WASM: Address = address!("0x0000000000000000000000000000000000000071");

/// Selector of `stylus_constructor()`, by which a program's constructor is called whatever its parameters.
pub const CONSTRUCTOR_SELECTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];

/// Code that a contract may have, in bytes.
const CODE_LIMIT: usize = 24_576;

/// What a deployment did.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Where the contract stands.
    pub address: Address,
    /// Gas of all its transactions.
    pub gas_used: u64,
    /// What the activation cost besides gas, in wei.
    pub data_fee_wei: U256,
    /// The transaction that created the contract.
    pub creation: Receipt,
    /// The one that activated the program; `None` for EVM bytecode, and where the same code was active already.
    pub activation: Option<Receipt>,
    /// The one that called the program's constructor, if it has one.
    pub construction: Option<Receipt>,
}

#[derive(Clone, Debug)]
enum Code<'a> {
    Stylus(&'a Artifact),
    Evm(Bytes),
}

/// A deployment in the making, from [`Chain::deploy`] or [`Chain::deploy_evm`].
#[derive(Debug)]
#[must_use = "nothing is deployed until `send`"]
pub struct Deploy<'a> {
    chain: &'a mut Chain,
    code: Code<'a>,
    from: Address,
    args: Option<Bytes>,
    value_wei: U256,
}

impl Deploy<'_> {
    /// Who deploys; the first development account unless set. It pays gas and data fee and is the constructor's
    /// `msg.sender`.
    pub fn from(mut self, from: Address) -> Self {
        self.from = from;
        self
    }

    /// The constructor's arguments, as the bindings' `constructorCall` type.
    pub fn args(self, constructor: impl SolConstructor) -> Self {
        let encoded = constructor.abi_encode();
        self.raw_args(encoded)
    }

    /// The constructor's arguments, ABI-encoded.
    pub fn raw_args(mut self, encoded: impl Into<Bytes>) -> Self {
        self.args = Some(encoded.into());
        self
    }

    /// Ether for the constructor, in wei.
    pub fn value(mut self, wei: U256) -> Self {
        self.value_wei = wei;
        self
    }

    /// Deploys. All or nothing: after an error the chain is as it was before.
    ///
    /// # Errors
    /// [`ChainError::Refused`] with the network's reason if it would not take the WASM,
    /// [`ChainError::ConstructorArgs`] if arguments are missing or there is no constructor for them,
    /// [`ChainError::Revert`] if the constructor reverts, [`ChainError::Rejected`] if the deployer cannot pay.
    pub fn send(self) -> Result<Deployment, ChainError> {
        let Self {
            chain,
            code,
            from,
            args,
            value_wei,
        } = self;
        if let Code::Stylus(artifact) = &code {
            chain.refuse(artifact)?;
            check_args(artifact, args.is_some())?;
            chain.remember_errors(&artifact.abi);
        }
        let before = chain.snapshot();
        let result = match code {
            Code::Stylus(artifact) => chain.deploy_program(artifact, from, args, value_wei),
            Code::Evm(init_code) => chain.deploy_bytecode(init_code, from, args, value_wei),
        };
        if result.is_err() {
            chain.revert_to(before)?;
        }
        chain.release(before)?;
        result
    }
}

impl Chain {
    /// Begins the deployment of a Stylus program.
    ///
    /// ```no_run
    /// # use mintage_chain::{Artifact, Chain};
    /// let mut chain = Chain::new();
    /// let [alice] = chain.accounts();
    /// let artifact = Artifact::load("target/stylus/price-oracle.json")?;
    /// let oracle = chain.deploy(&artifact).from(alice).send()?.address;
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn deploy<'a>(&'a mut self, artifact: &'a Artifact) -> Deploy<'a> {
        self.begin(Code::Stylus(artifact))
    }

    /// Begins the deployment of EVM bytecode; constructor arguments are appended to the init code.
    ///
    /// ```
    /// # use mintage_chain::{Chain, hex};
    /// # let mut chain = Chain::new();
    /// // Deploys the one byte 0x00.
    /// let contract = chain.deploy_evm(hex!("60015ff3")).send()?.address;
    /// assert_eq!(chain.code_at(contract).as_ref(), [0x00]);
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn deploy_evm(&mut self, init_code: impl Into<Bytes>) -> Deploy<'_> {
        self.begin(Code::Evm(init_code.into()))
    }

    /// Puts a program at an address and activates it without a transaction: no gas, no data fee, no constructor call. The
    /// account keeps its storage, nonce and balance. For tests that start in the middle of a story.
    ///
    /// # Errors
    /// [`ChainError::Refused`] with the network's reason if it would not take the WASM.
    ///
    /// ```
    /// # use mintage_chain::{Artifact, Chain, U256};
    /// # let wasm = include_bytes!(concat!(
    /// #     env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/stylus/wasm/own-echo.wasm"
    /// # ));
    /// let echo = Artifact::from_wasm("echo", wasm)?;
    /// let mut chain = Chain::new();
    /// let [alice] = chain.accounts();
    /// let program = chain.account("program");
    /// chain.set_program(program, &echo)?;
    /// assert_eq!(chain.tx(alice, program).data(b"hello".to_vec()).send()?.output.as_ref(), b"hello");
    /// # Ok::<(), mintage_chain::ChainError>(())
    /// ```
    pub fn set_program(&mut self, address: Address, artifact: &Artifact) -> Result<(), ChainError> {
        let activation = self.refuse(artifact)?;
        self.remember_errors(&artifact.abi);
        self.set_code(address, artifact.code.clone());
        let slot = record_slot(self.code_hash_of(address));
        let record = activation.record_at(self.now());
        self.set_storage(ARBOS_STATE_ADDRESS, slot, record.encode());
        Ok(())
    }

    /// Puts the program at an address into the network's program cache, or takes it out, without a transaction. Entering
    /// a cached program costs less. All programs with the same code share the entry.
    ///
    /// # Errors
    /// [`ChainError::NotActivated`] if no activated program stands there.
    pub fn cache_program(&mut self, address: Address, cached: bool) -> Result<(), ChainError> {
        let slot = record_slot(self.code_hash_of(address));
        let record = ProgramRecord::decode(self.storage_at(ARBOS_STATE_ADDRESS, slot));
        if record.version == 0 {
            return Err(ChainError::NotActivated { address });
        }
        self.set_storage(
            ARBOS_STATE_ADDRESS,
            slot,
            ProgramRecord { cached, ..record }.encode(),
        );
        Ok(())
    }

    fn begin<'a>(&'a mut self, code: Code<'a>) -> Deploy<'a> {
        let from = self.dev_account(0);
        Deploy {
            chain: self,
            code,
            from,
            args: None,
            value_wei: U256::ZERO,
        }
    }

    /// The network's own refusals, found before anything is sent.
    fn refuse(&self, artifact: &Artifact) -> Result<Activation, ChainError> {
        let refused = |reason: String| ChainError::Refused {
            name: artifact.name.clone(),
            reason,
        };
        if artifact.code.len() > CODE_LIMIT {
            return Err(refused(format!(
                "its code has {} bytes, the network takes {CODE_LIMIT}; make the program smaller",
                artifact.code.len()
            )));
        }
        self.judge(&artifact.code).map_err(refused)
    }

    fn deploy_program(
        &mut self,
        artifact: &Artifact,
        from: Address,
        args: Option<Bytes>,
        value_wei: U256,
    ) -> Result<Deployment, ChainError> {
        let constructed = args.is_some() || artifact.abi.constructor.is_some();
        let creation_wei = if constructed { U256::ZERO } else { value_wei };
        let creation = self
            .create(from, init_code(&artifact.code))
            .value(creation_wei)
            .send()?;
        let address = creation.contract_address.unwrap_or_default();
        let (activation, data_fee_wei) = self.activate_at(address, from, &artifact.name)?;
        let mut construction = None;
        if constructed {
            let data = [&CONSTRUCTOR_SELECTOR[..], &args.unwrap_or_default()].concat();
            construction = Some(self.tx(from, address).value(value_wei).data(data).send()?);
        }
        let receipts = [Some(&creation), activation.as_ref(), construction.as_ref()];
        let gas_used = receipts
            .into_iter()
            .flatten()
            .map(|receipt| receipt.gas_used)
            .sum();
        Ok(Deployment {
            address,
            gas_used,
            data_fee_wei,
            creation,
            activation,
            construction,
        })
    }

    fn deploy_bytecode(
        &mut self,
        init_code: Bytes,
        from: Address,
        args: Option<Bytes>,
        value_wei: U256,
    ) -> Result<Deployment, ChainError> {
        let init_code = match args {
            Some(args) => [init_code.as_ref(), args.as_ref()].concat().into(),
            None => init_code,
        };
        let creation = self.create(from, init_code).value(value_wei).send()?;
        Ok(Deployment {
            address: creation.contract_address.unwrap_or_default(),
            gas_used: creation.gas_used,
            data_fee_wei: U256::ZERO,
            creation,
            activation: None,
            construction: None,
        })
    }

    /// Activates the program at an address, paying exactly the data fee that the network asks for now.
    fn activate_at(
        &mut self,
        program: Address,
        from: Address,
        name: &str,
    ) -> Result<(Option<Receipt>, U256), ChainError> {
        let codehash = self.code_hash_of(program);
        if self
            .call(from, ARB_WASM, IArbWasm::codehashVersionCall { codehash })
            .is_ok()
        {
            return Ok((None, U256::ZERO));
        }
        let balance_wei = self.balance_of(from);
        let activation = IArbWasm::activateProgramCall { program };
        let asked = self
            .view(from, ARB_WASM)
            .value(balance_wei)
            .calling(activation.clone())
            .call();
        let fee_wei = match asked {
            Ok(answer) => answer.dataFee,
            Err(error) => {
                if let Some(short) = error
                    .revert()
                    .and_then(|revert| revert.decode::<IArbWasm::ProgramInsufficientValue>())
                {
                    return Err(Rejected::Funds {
                        from,
                        balance_wei,
                        needed_wei: short.want,
                    }
                    .into());
                }
                return Err(ChainError::Refused {
                    name: name.into(),
                    reason: error.to_string(),
                });
            }
        };
        let receipt = self
            .tx(from, ARB_WASM)
            .value(fee_wei)
            .calling(activation)
            .send()?;
        Ok((Some(receipt.without_output()), fee_wei))
    }
}

/// Init code that deploys `code` as it is: PUSH32 length, DUP1, PUSH1 43, PUSH1 0, CODECOPY, PUSH1 0, RETURN, code.
pub(crate) fn init_code(code: &[u8]) -> Vec<u8> {
    let length = U256::from(code.len()).to_be_bytes::<32>();
    [
        &[0x7f],
        &length[..],
        &[0x80, 0x60, 0x2b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, 0x00],
        code,
    ]
    .concat()
}

fn check_args(artifact: &Artifact, given: bool) -> Result<(), ChainError> {
    let problem = match (&artifact.abi.constructor, given) {
        (Some(constructor), false) if !constructor.inputs.is_empty() => {
            let inputs: Vec<String> = constructor
                .inputs
                .iter()
                .map(|input| format!("{} {}", input.ty, input.name))
                .collect();
            format!(
                "its constructor needs ({}); pass them with `.args(…)`",
                inputs.join(", ")
            )
        }
        (None, true) if !artifact.abi.is_empty() => "it has no constructor; leave `.args(…)` away".into(),
        _ => return Ok(()),
    };
    Err(ChainError::ConstructorArgs {
        name: artifact.name.clone(),
        problem,
    })
}
