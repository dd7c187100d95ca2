//! Reusable pieces of state with their rules: fields of a program's `#[storage]` struct. Each lists the errors and events
//! that it raises; a program's interface repeats those that its users can meet.
//!
//! No arithmetic that is worth a comment lives here: that is `mintage-mechanism`.

pub mod bucket;
pub mod checkpoints;
pub mod erc20;
pub mod lock;
pub mod pause;
pub mod permit;
pub mod range;
pub mod roles;

pub use bucket::Bucket;
pub use checkpoints::Checkpoints;
pub use erc20::Erc20;
pub use lock::Lock;
pub use pause::Pause;
pub use permit::Permit;
pub use roles::Roles;
