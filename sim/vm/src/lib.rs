//! Arbitrum's Stylus on revm: WASM programs and EVM bytecode in one transaction, priced as the network prices them.
//!
//! Start with [`StylusEvm`]: a revm EVM whose frame loop also runs programs. It takes a revm context, whose configuration
//! comes from [`evm::cfg_env`], and a [`StylusEngine`], which keeps compiled programs and is to be shared. It executes through
//! revm's own traits.
//!
//! ```
//! use mintage_vm::{ArbosVersion, StylusEngine, StylusEvm, evm::cfg_env, state};
//! use revm::{
//!     Context, ExecuteEvm, MainContext,
//!     context::TxEnv,
//!     database::{CacheDB, EmptyDB},
//!     primitives::{Bytes, TxKind, address, bytes},
//!     state::{AccountInfo, Bytecode},
//! };
//!
//! // What ArbOS keeps of Stylus, and a program, which is in the state like any contract.
//! let arbos = ArbosVersion::default();
//! let mut db = CacheDB::new(EmptyDB::new());
//! for (slot, value) in state::genesis_storage(arbos) {
//!     db.insert_account_storage(state::ARBOS_STATE_ADDRESS, slot, value)?;
//! }
//! let echo = include_bytes!("../../../tests/vectors/stylus/wasm/own-echo.wasm");
//! let code = Bytecode::new_legacy(mintage_vm::code::encode(echo));
//! let program = address!("00000000000000000000000000000000000000ec");
//! let record = mintage_vm::activate(echo, &Default::default())?.record_at(0);
//! db.insert_account_storage(state::ARBOS_STATE_ADDRESS, state::record_slot(code.hash_slow()), record.encode())?;
//! db.insert_account_info(program, AccountInfo::default().with_code(code));
//!
//! let ctx = Context::mainnet().with_db(db).with_cfg(cfg_env(arbos, 1));
//! let mut evm = StylusEvm::new(ctx, arbos, StylusEngine::new());
//! evm.set_trace(true);
//! let call = TxEnv { kind: TxKind::Call(program), data: bytes!("c0ffee"), gas_limit: 1_000_000, ..TxEnv::default() };
//! let result = evm.transact(call)?.result;
//! assert_eq!(result.output(), Some(&bytes!("c0ffee")));
//!
//! // One tree of frames, host calls and accesses to the state.
//! let trace = evm.take_trace();
//! let names: Vec<_> = trace.hostios().map(|(_, call)| call.name).collect();
//! assert_eq!(names, ["user_entrypoint", "read_args", "write_result", "user_returned"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate has two halves.
//!
//! * The static half judges and prepares a module without running it: [`validate`], [`instrument`](mod@instrument),
//!   [`activate`](mod@activate), [`report`], [`code`], with [`rejection`] for what the network would refuse and why.
//! * The dynamic half runs it as one more frame of revm's frame loop: [`evm`], [`engine`], [`precompile`], [`state`],
//!   [`runtime`]. [`trace`], [`profile`] and [`symbols`] look inside.
//!
//! Both go by an [`ArbosVersion`] and the prices of [`pricing`] and [`memory`].
//!
//! What a chain does around transactions is not here, and the crate depends on nothing but published libraries: see its
//! README for how to bring your own revm, what is priced, and where the limits are.
#![warn(missing_docs)]

pub mod activate;
pub mod arbos;
pub mod code;
mod deploy;
pub mod engine;
pub mod evm;
mod executable;
mod frame;
mod host;
mod host_cell;
mod hostio;
pub mod imports;
pub mod instrument;
pub mod measure;
pub mod memory;
mod opcodes;
pub mod precompile;
pub mod pricing;
pub mod profile;
pub mod rejection;
pub mod report;
pub mod runtime;
pub mod state;
pub mod symbols;
pub mod trace;
pub mod validate;

pub use activate::{Activation, activate};
pub use arbos::{ArbosVersion, StylusParams};
pub use engine::{Compilation, DiskCacheOptions, EngineOptions, StylusEngine};
pub use evm::StylusEvm;
pub use frame::DirectRun;
pub use instrument::{Instrumented, instrument};
pub use rejection::Rejection;
pub use validate::ActivationRules;
