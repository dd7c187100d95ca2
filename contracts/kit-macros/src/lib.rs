//! The procedural macros of `mintage-kit`. Use them through the kit, whose README shows how a program is written.
//!
//! They translate: a Solidity file into Rust ([`interface!`], [`client!`], [`solidity!`]), a struct into a storage layout
//! ([`storage`], [`record`](macro@record)), an implementation into a program ([`macro@entrypoint`]). What the translated code does is in the
//! kit; nothing here knows the host.

mod client;
mod entrypoint;
mod interface;
mod items;
mod model;
mod names;
mod record;
mod source;
mod storage;

use proc_macro::TokenStream;

fn finish(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result.unwrap_or_else(|error| error.to_compile_error()).into()
}

/// The interface of a program, from its Solidity file: `mintage_kit::interface!("../interfaces/IToken.sol");`.
///
/// The path is relative to the crate. Makes, in the module where it stands: a trait with one method a function and one for
/// the constructor, a struct an event, an error and a Solidity struct, an enum an enum; and the router that
/// [`macro@entrypoint`] uses.
#[proc_macro]
pub fn interface(input: TokenStream) -> TokenStream {
    finish(interface::expand(input.into()))
}

/// Calls to other contracts: a struct with one method a function, from a file or from an interface written in place:
/// `mintage_kit::client! { interface IPair { function sync() external; } }`.
#[proc_macro]
pub fn client(input: TokenStream) -> TokenStream {
    finish(client::expand(input.into()))
}

/// Only the structs, enums, errors and events of Solidity source written in place. For parts of the kit.
#[proc_macro]
pub fn solidity(input: TokenStream) -> TokenStream {
    finish(items::expand(input.into()))
}

/// Makes an implementation of an interface's trait the program: what the network calls, what `export-abi` prints.
#[proc_macro_attribute]
pub fn entrypoint(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(entrypoint::expand(attr.into(), item.into()))
}

/// A struct of state, laid out by Solidity's rules. Fields are storage types (`Slot`, `Map`, `List`, `Text`) or structs
/// that carry this attribute themselves.
#[proc_macro_attribute]
pub fn storage(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(storage::expand(attr.into(), item.into()))
}

/// A plain struct of elementary values that is read and written as a whole: a Solidity struct in a `Slot`. A field's width
/// is its type's, or what `#[bits(112)]` says.
#[proc_macro_attribute]
pub fn record(attr: TokenStream, item: TokenStream) -> TokenStream {
    finish(record::expand(attr.into(), item.into()))
}
