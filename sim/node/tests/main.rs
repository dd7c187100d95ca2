//! The node over its sockets, byte by byte: what each client sends and expects, what is no request at all, limits, and that nothing of it
//! harms the chain. Real clients are in `tests/e2e`.

mod activity;
mod batch;
mod documents;
mod errors;
mod filters;
mod fork;
mod limits;
mod mining;
mod mutations;
mod origins;
mod parent;
mod shapes;
mod tracers;
mod turns;
mod typed_data;
mod wire;
