//! Calls to other contracts.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, Result};

use crate::interface::result_type;
use crate::items;
use crate::model::{Access, Function, Param};
use crate::names::{rust_ident, selector};
use crate::source::Source;

pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    let source = Source::read(input)?;
    let model = &source.model;
    let fail = |text: &str| Error::new(proc_macro2::Span::call_site(), text);
    let name = model
        .interface
        .as_deref()
        .ok_or_else(|| fail("there is no interface here"))?;
    let ident = format_ident!("{name}");
    let docs = items::docs_or(
        &model.docs,
        &format!("A contract with the interface `{name}`, to be called."),
    );
    let methods = model.functions.iter().map(method);
    let items = items::structs_and_enums(model);
    let tracked = source.tracked();
    Ok(quote! {
        #tracked
        #items
        #docs
        #[derive(Clone, Copy, Debug)]
        pub struct #ident(::mintage_kit::call::Target);
        #[allow(dead_code)]
        impl #ident {
            /// The contract at an address.
            #[inline(always)]
            pub const fn at(address: ::mintage_kit::Address) -> Self {
                Self(::mintage_kit::call::Target::new(address))
            }
            /// Sends wei with the next call of a payable method.
            #[inline(always)]
            pub const fn with_value(self, value: ::mintage_kit::U256) -> Self {
                Self(self.0.with_value(value))
            }
            /// Limits the gas that the call may use.
            #[inline(always)]
            pub const fn with_gas(self, gas: u64) -> Self {
                Self(self.0.with_gas(gas))
            }
            #(#methods)*
        }
    })
}

fn method(function: &Function) -> TokenStream {
    let docs = items::docs_or(&function.docs, &format!("Calls `{}`.", function.signature));
    let name = rust_ident(&function.rust_name);
    let params = function.params.iter().map(|p| {
        let (ident, ty) = (rust_ident(&p.name), p.ty.reference(&TokenStream::new()));
        quote!(#ident: #ty)
    });
    let values: Vec<TokenStream> = function
        .params
        .iter()
        .map(|p| {
            let ident = rust_ident(&p.name);
            quote!(#ident)
        })
        .collect();
    let selector = selector(&function.signature);
    let (encode, data) = if items::any_dynamic(&function.params) {
        let encode = items::buffered(&function.params, 4, &values);
        (
            quote!(#encode buffer.selector(#selector);),
            quote!(buffer.bytes()),
        )
    } else {
        let size = items::words_of(&function.params).saturating_add(1);
        let encode = items::pushes(&function.params, &values);
        let words = quote!(::mintage_kit::abi::Words::selector(&mut room, #selector));
        let room = quote!(let mut room = ::mintage_kit::abi::room::<#size>(););
        (
            quote!(#room let mut words = #words; #encode),
            quote!(words.data()),
        )
    };
    let result = result_type(&function.returns);
    let kind = match function.access {
        Access::View => quote!(read),
        Access::Write => quote!(write),
        Access::Payable => quote!(pay),
    };
    // Solidity asks for code only where the absence of returned data would not show that there is none.
    let code = function
        .returns
        .is_empty()
        .then(|| quote!(self.0.require_code()?;));
    let decode = decode(&function.returns);
    quote! {
        #docs
        #[doc = ""]
        #[doc = "# Errors"]
        #[doc = "What the other contract reverted with. Data that is not what the interface says reverts without data."]
        #[allow(unused_mut, clippy::too_many_arguments)]
        pub fn #name(&self #(, #params)*) -> ::mintage_kit::Result<#result> {
            #code
            #encode
            let len = self.0.#kind(#data)?;
            #decode
        }
    }
}

fn decode(returns: &[Param]) -> TokenStream {
    if returns.is_empty() {
        return quote!(let _ = len; Ok(()));
    }
    let heads: usize = returns.iter().map(|p| p.ty.head()).sum();
    let dynamic = returns.iter().any(|p| p.ty.is_dynamic());
    let mut at = 0usize;
    let values: Vec<TokenStream> = returns
        .iter()
        .map(|p| {
            let (marker, here) = (p.ty.marker(), at);
            at = at.saturating_add(p.ty.head());
            quote! {
                <#marker as ::mintage_kit::abi::Decode>::own(<#marker as ::mintage_kit::abi::Decode>::decode(frame, #here))
            }
        })
        .collect();
    let value = if let [one] = values.as_slice() {
        quote!(#one)
    } else {
        quote!((#(#values),*))
    };
    if dynamic {
        quote! {
            let data = ::mintage_kit::call::returned_all(len);
            let frame = ::mintage_kit::abi::head(&data, #heads);
            Ok(#value)
        }
    } else {
        quote! {
            let mut data = [0u8; #heads];
            ::mintage_kit::call::returned(&mut data, len);
            let frame: &[u8] = &data;
            Ok(#value)
        }
    }
}
