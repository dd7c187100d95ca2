//! Structs, enums, errors and events.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, Result};

use crate::model::{EnumDef, Model, Named, Param, StructTy, Ty, signature};
use crate::names::{keccak, rust_ident, selector, words};
use crate::source::Source;

pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    Ok(all(&Source::read(input)?.model))
}

/// Every item of the file that is not a function.
pub(crate) fn all(model: &Model) -> TokenStream {
    let structs = model.structs.iter().map(|(docs, ty)| structure(docs, ty));
    let enums = model.enums.iter().map(enumeration);
    let events = model.events.iter().map(event);
    let errors = model.errors.iter().map(error);
    quote!(#(#structs)* #(#enums)* #(#events)* #(#errors)*)
}

pub(crate) fn structs_and_enums(model: &Model) -> TokenStream {
    let structs = model.structs.iter().map(|(docs, ty)| structure(docs, ty));
    let enums = model.enums.iter().map(enumeration);
    quote!(#(#structs)* #(#enums)*)
}

/// Documentation from NatSpec, or a sentence where there is none.
pub(crate) fn docs_or(docs: &[Attribute], otherwise: &str) -> TokenStream {
    if docs.is_empty() {
        quote!(#[doc = #otherwise])
    } else {
        quote!(#(#docs)*)
    }
}

fn structure(docs: &[Attribute], ty: &StructTy) -> TokenStream {
    let name = format_ident!("{}", ty.name);
    let marker = ty.rust_type(&quote!('static));
    let docs = docs_or(docs, &format!("The struct `{}` of the interface.", ty.name));
    let field_docs = ty.fields.iter().map(|(n, t)| format!("`{} {n}`", t.signature()));
    let idents: Vec<Ident> = ty.fields.iter().map(|(n, _)| rust_ident(n)).collect();
    let markers: Vec<TokenStream> = ty.fields.iter().map(|(_, t)| t.marker()).collect();
    let offsets = offsets(ty.fields.iter().map(|(_, t)| t));
    let dynamic = ty.is_dynamic();
    let lifetime = if dynamic { quote!('a) } else { TokenStream::new() };
    let generics = if dynamic { quote!(<'a>) } else { TokenStream::new() };
    let types = ty.fields.iter().map(|(_, t)| t.arg(&lifetime));
    let head: usize = if dynamic {
        32
    } else {
        ty.fields.iter().map(|(_, t)| t.head()).sum()
    };
    let frame = if dynamic {
        let tuple: usize = ty.fields.iter().map(|(_, t)| t.head()).sum();
        quote!(let (frame, at) = (::mintage_kit::abi::head(::mintage_kit::abi::tail(frame, at), #tuple), 0usize);)
    } else {
        TokenStream::new()
    };
    // A struct with dynamic fields is only ever an argument: nothing else needs it so far.
    let (owned, own) = if dynamic {
        (quote!(()), quote!(()))
    } else {
        (quote!(#name), quote!(arg))
    };
    let own_arg = if dynamic { quote!(_) } else { quote!(arg) };
    let encode = if dynamic {
        TokenStream::new()
    } else {
        quote! {
            impl ::mintage_kit::abi::Encode for #marker {
                type Ret = #name;
                type Ref<'a> = #name;
                #[inline]
                fn borrow(value: &#name) -> #name { *value }
                #[inline]
                fn put(value: &#name, head: &mut [::mintage_kit::word::Cell]) {
                    #(<#markers as ::mintage_kit::abi::Encode>::put(&value.#idents, &mut head[#offsets / 32..]);)*
                }
            }
        }
    };
    quote! {
        #docs
        #[derive(Clone, Copy, Debug)]
        pub struct #name #generics { #(#[doc = #field_docs] pub #idents: #types,)* }
        impl ::mintage_kit::abi::SolType for #marker {
            const HEAD: usize = #head;
            const DYNAMIC: bool = #dynamic;
        }
        #[allow(clippy::arithmetic_side_effects)]
        impl ::mintage_kit::abi::Decode for #marker {
            type Arg<'a> = #name #generics;
            type Owned = #owned;
            #[inline]
            fn decode<'a>(frame: &'a [u8], at: usize) -> Self::Arg<'a> {
                #frame
                #name { #(#idents: <#markers as ::mintage_kit::abi::Decode>::decode(frame, at + #offsets),)* }
            }
            fn own(#own_arg: Self::Arg<'_>) -> #owned { #own }
        }
        #[allow(clippy::indexing_slicing)]
        const _: () = { #encode };
    }
}

fn enumeration(def: &EnumDef) -> TokenStream {
    let name = format_ident!("{}", def.name);
    let docs = docs_or(&def.docs, &format!("The enum `{}` of the interface.", def.name));
    let variants: Vec<Ident> = def.variants.iter().map(|v| format_ident!("{v}")).collect();
    let numbers: Vec<u8> = (0..=u8::MAX).take(variants.len()).collect();
    let variant_docs = def.variants.iter().map(|v| format!("`{v}`"));
    quote! {
        #docs
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum #name { #(#[doc = #variant_docs] #variants = #numbers,)* }
        impl ::mintage_kit::abi::sol::SolEnum for #name {
            #[inline]
            fn from_number(number: u8) -> Option<Self> {
                match number { #(#numbers => Some(Self::#variants),)* _ => None }
            }
            #[inline]
            fn number(self) -> u8 { self as u8 }
        }
        impl ::mintage_kit::storage::Packed for #name {
            const BYTES: usize = 1;
            fn read(slot: &::mintage_kit::word::Word, offset: usize) -> Self {
                let number = <u8 as ::mintage_kit::storage::Packed>::read(slot, offset);
                match <Self as ::mintage_kit::abi::sol::SolEnum>::from_number(number) {
                    Some(value) => value,
                    None => ::mintage_kit::word::abort(),
                }
            }
            fn write(&self, slot: &mut ::mintage_kit::word::Word, offset: usize) {
                ::mintage_kit::storage::Packed::write(&(*self as u8), slot, offset);
            }
        }
        impl ::mintage_kit::storage::Key for #name {
            fn write_word(&self, cell: &mut ::mintage_kit::word::Cell) { ::mintage_kit::word::u64_into(cell, *self as u64); }
        }
    }
}

fn offsets<'t>(types: impl Iterator<Item = &'t Ty>) -> Vec<usize> {
    types
        .scan(0usize, |at, ty| {
            let here = *at;
            *at = at.saturating_add(ty.head());
            Some(here)
        })
        .collect()
}

/// The struct that carries the parameters of an event or an error.
fn carrier(item: &Named, kind: &str) -> (TokenStream, TokenStream, TokenStream) {
    let name = format_ident!("{}", item.name);
    let docs = docs_or(
        &item.docs,
        &format!("The {kind} `{}`.", signature(&item.name, &item.params)),
    );
    let borrows = item.params.iter().any(|p| p.ty.is_dynamic());
    let lifetime = if borrows { quote!('a) } else { TokenStream::new() };
    let generics = if borrows { quote!(<'a>) } else { TokenStream::new() };
    let idents = item.params.iter().map(|p| rust_ident(&p.name));
    let types = item.params.iter().map(|p| p.ty.reference(&lifetime));
    let field_docs = item
        .params
        .iter()
        .map(|p| format!("`{} {}`", p.ty.signature(), p.name));
    let body = if item.params.is_empty() {
        quote!(;)
    } else {
        quote!({ #(#[doc = #field_docs] pub #idents: #types,)* })
    };
    let definition = quote! {
        #docs
        #[derive(Clone, Copy, Debug)]
        pub struct #name #generics #body
    };
    (definition, quote!(#name #generics), generics)
}

/// Whether any of them is dynamic.
pub(crate) fn any_dynamic(params: &[Param]) -> bool {
    params.iter().any(|p| p.ty.is_dynamic())
}

/// Words that the heads of static parameters take.
pub(crate) fn words_of(params: &[Param]) -> usize {
    params
        .iter()
        .fold(0, |sum, p| sum.saturating_add(p.ty.head() / 32))
}

/// Statements that push static parameters into `words`.
pub(crate) fn pushes(params: &[Param], values: &[TokenStream]) -> TokenStream {
    let markers = params.iter().map(|p| p.ty.marker());
    quote!(#(words.push::<#markers>(&#values);)*)
}

/// Statements that make `buffer`, a `Buffer` with the parameters, some dynamic, behind `base` bytes.
pub(crate) fn buffered(params: &[Param], base: usize, values: &[TokenStream]) -> TokenStream {
    let markers: Vec<TokenStream> = params.iter().map(|p| p.ty.marker()).collect();
    let offsets = offsets(params.iter().map(|p| &p.ty));
    let heads = params.iter().fold(base, |sum, p| sum.saturating_add(p.ty.head()));
    quote! {
        let tails = 0usize #(.saturating_add(<#markers as ::mintage_kit::abi::Encode>::tail_len(&#values)))*;
        let mut buffer = ::mintage_kit::abi::Buffer::new(#heads, tails);
        #(<#markers as ::mintage_kit::abi::Encode>::encode(&#values, &mut buffer, #base, #offsets);)*
    }
}

fn fields(params: &[Param]) -> Vec<TokenStream> {
    params
        .iter()
        .map(|p| {
            let ident = rust_ident(&p.name);
            quote!(self.#ident)
        })
        .collect()
}

fn event(item: &Named) -> TokenStream {
    let (definition, ty, generics) = carrier(item, "event");
    let (indexed, data): (Vec<Param>, Vec<Param>) = item.params.iter().cloned().partition(|p| p.indexed);
    let own_topic = usize::from(!item.anonymous);
    let topics = indexed.len().saturating_add(own_topic);
    let signature_topic = (!item.anonymous).then(|| {
        let [a, b, c, d] = words(keccak(&signature(&item.name, &item.params)));
        quote!(words.constant(#a, #b, #c, #d);)
    });
    let topic_pushes = indexed.iter().map(|p| {
        let ident = rust_ident(&p.name);
        let marker = p.ty.marker();
        if matches!(p.ty, Ty::Array(_) | Ty::Fixed(..) | Ty::Struct(_) | Ty::Bytes | Ty::String) {
            quote! {
                words.push::<::mintage_kit::B256>(&<#marker as ::mintage_kit::abi::Encode>::topic(&self.#ident));
            }
        } else {
            quote!(words.push::<#marker>(&self.#ident);)
        }
    });
    let values = fields(&data);
    let body = if any_dynamic(&data) {
        let base = topics.saturating_mul(32);
        let encode = buffered(&data, base, &values);
        quote! {
            let mut room = ::mintage_kit::abi::room::<#topics>();
            let mut words = ::mintage_kit::abi::Words::new(&mut room);
            #signature_topic
            #(#topic_pushes)*
            #encode
            buffer.front(words.bytes());
            ::mintage_kit::host::log(buffer.bytes(), #topics);
        }
    } else {
        let size = topics.saturating_add(words_of(&data));
        let encode = pushes(&data, &values);
        quote! {
            let mut room = ::mintage_kit::abi::room::<#size>();
            let mut words = ::mintage_kit::abi::Words::new(&mut room);
            #signature_topic
            #(#topic_pushes)*
            #encode
            words.log(#topics);
        }
    };
    quote! {
        #definition
        impl #generics ::mintage_kit::abi::Event for #ty {
            #[inline]
            fn emit(&self) { #body }
        }
    }
}

fn error(item: &Named) -> TokenStream {
    let (definition, ty, generics) = carrier(item, "error");
    let values = fields(&item.params);
    let body = if any_dynamic(&item.params) {
        let encode = buffered(&item.params, 4, &values);
        quote! {
            #encode
            buffer.selector(Self::SELECTOR);
            f(buffer.bytes())
        }
    } else {
        let size = words_of(&item.params).saturating_add(1);
        let encode = pushes(&item.params, &values);
        quote! {
            let mut room = ::mintage_kit::abi::room::<#size>();
            let mut words = ::mintage_kit::abi::Words::selector(&mut room, Self::SELECTOR);
            #encode
            f(words.data())
        }
    };
    let selector = selector(&signature(&item.name, &item.params));
    quote! {
        #definition
        impl #generics ::mintage_kit::abi::Error for #ty {
            const SELECTOR: u32 = #selector;
            #[allow(unused_mut)]
            #[inline(always)]
            fn encoded<__R>(&self, f: impl FnOnce(&[u8]) -> __R) -> __R { #body }
        }
    }
}
