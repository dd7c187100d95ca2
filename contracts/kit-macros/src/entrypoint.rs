//! `#[entrypoint] impl ITrait for Program`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, ItemImpl, Path, Result};

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attr.is_empty() {
        return Err(Error::new_spanned(attr, "entrypoint takes no arguments"));
    }
    let item: ItemImpl = syn::parse2(item)?;
    let Some((_, path, _)) = &item.trait_ else {
        return Err(Error::new_spanned(
            &item.self_ty,
            "write `impl <the interface's trait> for <the program>`",
        ));
    };
    let contract = &item.self_ty;
    let route = sibling(path, "__route_")?;
    let payable = sibling(path, "__payable_")?;
    let source = sibling(path, "__SOURCE_")?;
    let constructor = sibling(path, "__CONSTRUCTOR_")?;
    Ok(quote! {
        #item

        /// What the network calls: `len` bytes of calldata; 0 success, 1 revert.
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code)] // the network finds it by its name
        #[unsafe(no_mangle)]
        pub extern "C" fn user_entrypoint(len: usize) -> usize {
            ::mintage_kit::entry::run(len, #payable, |selector, args| {
                #route(&mut <#contract as ::core::default::Default>::default(), selector, args)
            })
        }

        /// Answers calldata on the host in memory, for native tests: `Ok` what is returned, `Err` the data of the revert.
        ///
        /// # Errors
        /// The data of the revert, empty when the call was refused without data.
        #[cfg(not(target_arch = "wasm32"))]
        pub fn dispatch(
            calldata: &[u8],
        ) -> ::core::result::Result<::mintage_kit::Vec<u8>, ::mintage_kit::Vec<u8>> {
            ::mintage_kit::testing::dispatch(
                #payable,
                |selector, args| {
                    #route(&mut <#contract as ::core::default::Default>::default(), selector, args)
                },
                calldata,
            )
        }

        /// Prints the interface or the constructor, as `cargo stylus export-abi` and `cargo stylus constructor` ask for it.
        #[cfg(not(target_arch = "wasm32"))]
        pub fn print_from_args() {
            ::mintage_kit::export::print_from_args(#source, #constructor);
        }
    })
}

/// The item beside the trait that [`crate::interface`] made.
fn sibling(path: &Path, prefix: &str) -> Result<Path> {
    let mut path = path.clone();
    match path.segments.last_mut() {
        Some(last) => last.ident = format_ident!("{prefix}{}", last.ident),
        None => return Err(Error::new_spanned(path, "expected the interface's trait")),
    }
    Ok(path)
}
