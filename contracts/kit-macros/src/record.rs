//! `#[record]`: a plain struct that lies in whole slots.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Error, Field, Fields, ItemStruct, LitInt, Result};

struct Part {
    name: syn::Ident,
    ty: syn::Type,
    /// Bytes, when the attribute says so.
    bytes: Option<usize>,
}

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attr.is_empty() {
        return Err(Error::new_spanned(attr, "record takes no arguments"));
    }
    let mut item: ItemStruct = syn::parse2(item)?;
    let Fields::Named(fields) = &mut item.fields else {
        return Err(Error::new_spanned(&item.ident, "a record has named fields"));
    };
    let parts = fields.named.iter_mut().map(part).collect::<Result<Vec<_>>>()?;
    let name = &item.ident;
    let layout = format_ident!("__LAYOUT_{name}");
    let count = parts.len();
    let extents = parts.iter().map(|part| {
        let ty = &part.ty;
        let bytes = match part.bytes {
            Some(bytes) => quote!(#bytes),
            None => quote!(<#ty as ::mintage_kit::storage::Packed>::BYTES),
        };
        quote!(::mintage_kit::storage::Extent { bytes: #bytes, slots: 1, alone: false })
    });
    let reads = parts.iter().enumerate().map(|(i, part)| {
        let (ident, ty) = (&part.name, &part.ty);
        let slot = quote!(&slots[#layout.0[#i].0 as usize]);
        let offset = quote!(#layout.0[#i].1);
        match part.bytes {
            Some(bytes @ ..=8) => {
                quote!(#ident: ::mintage_kit::storage::read_small(#slot, #offset, #bytes) as #ty)
            }
            Some(bytes @ 17..) => quote!(#ident: ::mintage_kit::storage::read_wide(#slot, #offset, #bytes)),
            Some(bytes) => quote!(#ident: ::mintage_kit::storage::read_uint(#slot, #offset, #bytes) as #ty),
            None => quote!(#ident: <#ty as ::mintage_kit::storage::Packed>::read(#slot, #offset)),
        }
    });
    let writes = parts.iter().enumerate().map(|(i, part)| {
        let ident = &part.name;
        let slot = quote!(&mut slots[#layout.0[#i].0 as usize]);
        let offset = quote!(#layout.0[#i].1);
        match part.bytes {
            Some(bytes @ 17..) => {
                quote!(::mintage_kit::storage::write_wide(#slot, #offset, #bytes, &self.#ident);)
            }
            Some(bytes) => {
                quote!(::mintage_kit::storage::write_uint(#slot, #offset, #bytes, u128::from(self.#ident));)
            }
            None => quote!(::mintage_kit::storage::Packed::write(&self.#ident, #slot, #offset);),
        }
    });
    Ok(quote! {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #item

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        const #layout: ([(u32, usize); #count], u32) = ::mintage_kit::storage::layout([#(#extents),*]);

        #[allow(clippy::indexing_slicing)]
        impl ::mintage_kit::storage::Value for #name {
            const BYTES: usize = 32;
            const SLOTS: u32 = #layout.1;
            const ALONE: bool = true;
            #[inline(never)]
            fn load(key: &::mintage_kit::word::Word, _: usize) -> Self {
                const SLOTS: usize = #layout.1 as usize;
                let mut slots: [::mintage_kit::word::Word; SLOTS] = [[0; 32]; SLOTS];
                ::mintage_kit::storage::load_all(key, &mut slots);
                Self { #(#reads,)* }
            }
            #[inline(never)]
            fn store(&self, key: &::mintage_kit::word::Word, _: usize) {
                const SLOTS: usize = #layout.1 as usize;
                let mut slots: [::mintage_kit::word::Word; SLOTS] = [[0; 32]; SLOTS];
                #(#writes)*
                ::mintage_kit::storage::store_all(key, &slots);
            }
        }
    })
}

/// Reads a field and takes `#[bits(n)]` off it.
fn part(field: &mut Field) -> Result<Part> {
    let mut bytes = None;
    if let Some(i) = field.attrs.iter().position(|a| a.path().is_ident("bits")) {
        let attr = field.attrs.remove(i);
        let bits: LitInt = attr.parse_args()?;
        let value: usize = bits.base10_parse()?;
        if value == 0 || value > 248 || !value.is_multiple_of(8) {
            return Err(Error::new_spanned(
                bits,
                "bits: a multiple of 8 up to 248, above 128 for a U256",
            ));
        }
        bytes = Some(value / 8);
    }
    match &field.ident {
        Some(name) => Ok(Part {
            name: name.clone(),
            ty: field.ty.clone(),
            bytes,
        }),
        None => Err(Error::new_spanned(field, "a record has named fields")),
    }
}
