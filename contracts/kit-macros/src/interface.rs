//! The trait of an interface and its router.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, Result};

use crate::items;
use crate::model::{Access, Constructor, Function, Param};
use crate::names::{rust_ident, selector};
use crate::source::Source;

/// The selector of `stylus_constructor()`, which deployers put before the constructor's arguments.
const CONSTRUCTOR: u32 = 0x5585_258d;

pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    let source = Source::read(input)?;
    let model = &source.model;
    let fail = |text: &str| Error::new(proc_macro2::Span::call_site(), text);
    let name = model
        .interface
        .as_deref()
        .ok_or_else(|| fail("the file has no interface"))?;
    let ident = format_ident!("{name}");
    let docs = items::docs_or(&model.docs, &format!("The interface `{name}`."));
    let methods = model.functions.iter().map(method);
    let constructor = model.constructor.as_ref().map(constructor_method);
    let mut arms: Vec<(u32, TokenStream)> = model.functions.iter().map(arm).collect();
    arms.extend(model.constructor.as_ref().map(constructor_arm));
    arms.sort_by_key(|(selector, _)| *selector);
    let dispatch = dispatch(&arms);
    let route = format_ident!("__route_{name}");
    let payable = format_ident!("__payable_{name}");
    let mut payables: Vec<u32> = model
        .functions
        .iter()
        .filter(|f| f.access == Access::Payable)
        .map(|f| selector(&f.signature))
        .collect();
    payables.extend(
        model
            .constructor
            .iter()
            .filter(|c| c.payable)
            .map(|_| CONSTRUCTOR),
    );
    let is_payable = if payables.is_empty() {
        quote!(false)
    } else {
        quote!(matches!(selector, #(#payables)|*))
    };
    let items = items::all(model);
    let export = export(&source, name);
    let tracked = source.tracked();
    Ok(quote! {
        #tracked
        #items
        #docs
        #[allow(clippy::too_many_arguments)] // as many as the interface has
        pub trait #ident { #constructor #(#methods)* }
        #[doc(hidden)]
        #[inline(always)]
        #[allow(non_snake_case, unused_variables)]
        pub fn #payable(selector: u32) -> bool { #is_payable }
        #[doc(hidden)]
        #[inline(always)]
        #[allow(non_snake_case, unused_variables, unused_mut)]
        pub fn #route(contract: &mut impl #ident, selector: u32, args: &[u8]) -> ::mintage_kit::entry::Outcome {
            #dispatch
        }
        #export
    })
}

fn export(source: &Source, name: &str) -> TokenStream {
    let text = format_ident!("__SOURCE_{name}");
    let constructor = format_ident!("__CONSTRUCTOR_{name}");
    let value = match &source.path {
        Some(path) => quote!(include_str!(#path)),
        None => quote!(""),
    };
    let signature = source
        .model
        .constructor
        .as_ref()
        .map(|c| c.signature.as_str())
        .unwrap_or_default();
    quote! {
        #[doc(hidden)]
        #[cfg(not(target_arch = "wasm32"))]
        #[allow(non_upper_case_globals)]
        pub const #text: &str = #value;
        #[doc(hidden)]
        #[cfg(not(target_arch = "wasm32"))]
        #[allow(non_upper_case_globals)]
        pub const #constructor: &str = #signature;
    }
}

fn parameters(params: &[Param]) -> Vec<TokenStream> {
    params
        .iter()
        .map(|p| {
            let (ident, ty) = (rust_ident(&p.name), p.ty.arg(&TokenStream::new()));
            quote!(#ident: #ty)
        })
        .collect()
}

/// The Rust type of a list of results: nothing, one, or a tuple.
pub(crate) fn result_type(returns: &[Param]) -> TokenStream {
    let types: Vec<TokenStream> = returns.iter().map(|p| p.ty.ret()).collect();
    match types.as_slice() {
        [] => quote!(()),
        [one] => quote!(#one),
        many => quote!((#(#many),*)),
    }
}

fn method(function: &Function) -> TokenStream {
    let docs = items::docs_or(&function.docs, &format!("`{}`", function.signature));
    let name = rust_ident(&function.rust_name);
    let receiver = if function.access == Access::View {
        quote!(&self)
    } else {
        quote!(&mut self)
    };
    let params = parameters(&function.params);
    let result = result_type(&function.returns);
    quote! { #docs fn #name(#receiver #(, #params)*) -> ::mintage_kit::Result<#result>; }
}

fn constructor_method(constructor: &Constructor) -> TokenStream {
    let params = parameters(&constructor.params);
    quote! {
        /// Runs once, in the transaction that deploys the program.
        fn constructor(&mut self #(, #params)*) -> ::mintage_kit::Result<()>;
    }
}

/// The arguments of a call, decoded, and the check that their heads are there.
fn decoded(params: &[Param]) -> (TokenStream, Vec<TokenStream>) {
    let mut at = 0usize;
    let values = params
        .iter()
        .map(|p| {
            let (marker, here) = (p.ty.marker(), at);
            at = at.saturating_add(p.ty.head());
            quote!(<#marker as ::mintage_kit::abi::Decode>::decode(args, #here))
        })
        .collect();
    let check = if at == 0 {
        TokenStream::new()
    } else {
        quote!(let args = ::mintage_kit::abi::head(args, #at);)
    };
    (check, values)
}

/// A search in halves: the compiler would compare one selector after the other, and every comparison costs.
fn dispatch(arms: &[(u32, TokenStream)]) -> TokenStream {
    if let (Some(middle), true) = (arms.get(arms.len() / 2), arms.len() > 4) {
        let (low, high) = arms.split_at(arms.len() / 2);
        let (first, low, high) = (middle.0, dispatch(low), dispatch(high));
        return quote!(if selector < #first { #low } else { #high });
    }
    let selectors = arms.iter().map(|(selector, _)| selector);
    let bodies = arms.iter().map(|(_, body)| body);
    quote!(match selector { #(#selectors => { #bodies })* _ => ::mintage_kit::word::abort(), })
}

fn arm(function: &Function) -> (u32, TokenStream) {
    let selector = selector(&function.signature);
    let name = rust_ident(&function.rust_name);
    let (check, values) = decoded(&function.params);
    let call = quote!(contract.#name(#(#values),*));
    let done = if function.access == Access::View {
        quote!(Read)
    } else {
        quote!(Written)
    };
    let answer = answer(
        &function.returns,
        &call,
        &quote!(::mintage_kit::entry::Outcome::#done),
    );
    (selector, quote!(#check #answer))
}

/// Turns what a method returned into the call's result.
fn answer(returns: &[Param], call: &TokenStream, done: &TokenStream) -> TokenStream {
    let reverted = quote!(::mintage_kit::entry::Outcome::Reverted);
    let names: Vec<_> = (0..returns.len()).map(|i| format_ident!("r{i}")).collect();
    let pattern = match names.as_slice() {
        [] => return quote!(if #call.is_ok() { #done } else { #reverted }),
        [one] => quote!(#one),
        many => quote!((#(#many),*)),
    };
    let values: Vec<TokenStream> = returns
        .iter()
        .zip(&names)
        .map(|(p, name)| {
            let marker = p.ty.marker();
            quote!(<#marker as ::mintage_kit::abi::Encode>::borrow(&#name))
        })
        .collect();
    let give = match returns {
        [one] if one.ty.head() == 32 && !one.ty.is_dynamic() => {
            let marker = one.ty.marker();
            quote!(::mintage_kit::entry::give_word::<#marker>(&r0);)
        }
        many if items::any_dynamic(many) => {
            let encode = items::buffered(many, 0, &values);
            quote!(#encode ::mintage_kit::host::result(buffer.bytes());)
        }
        many => {
            let size = items::words_of(many);
            let markers = many.iter().map(|p| p.ty.marker());
            let encode = quote!(#(words.push_owned::<#markers>(&#names);)*);
            quote! {
                let mut room = ::mintage_kit::abi::room::<#size>();
                let mut words = ::mintage_kit::abi::Words::new(&mut room);
                #encode
                words.give();
            }
        }
    };
    quote! {
        match #call {
            Ok(#pattern) => { #give #done }
            Err(_) => #reverted,
        }
    }
}

fn constructor_arm(constructor: &Constructor) -> (u32, TokenStream) {
    let (check, values) = decoded(&constructor.params);
    (
        CONSTRUCTOR,
        quote!(#check ::mintage_kit::entry::once(|| contract.constructor(#(#values),*))),
    )
}
