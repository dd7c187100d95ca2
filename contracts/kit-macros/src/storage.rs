//! `#[storage]`: a struct of state.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Error, Fields, ItemStruct, Result};

pub(crate) fn expand(attr: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !attr.is_empty() {
        return Err(Error::new_spanned(attr, "storage takes no arguments"));
    }
    let item: ItemStruct = syn::parse2(item)?;
    if !item.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &item.generics,
            "a struct of state has no generics of its own",
        ));
    }
    let Fields::Named(fields) = &item.fields else {
        return Err(Error::new_spanned(
            &item.ident,
            "a struct of state has named fields",
        ));
    };
    let (attrs, vis, name) = (&item.attrs, &item.vis, &item.ident);
    let idents: Vec<&Ident> = fields.named.iter().filter_map(|f| f.ident.as_ref()).collect();
    let places: Vec<Ident> = idents
        .iter()
        .map(|field| format_ident!("__{name}_{field}"))
        .collect();
    let types: Vec<_> = fields.named.iter().map(|f| &f.ty).collect();
    let visibilities = fields.named.iter().map(|f| &f.vis);
    let field_attrs: Vec<_> = fields.named.iter().map(|f| &f.attrs).collect();
    let indices: Vec<usize> = (0..idents.len()).collect();
    let count = idents.len();
    let layout = format_ident!("__LAYOUT_{name}");
    Ok(quote! {
        #(#attrs)*
        #vis struct #name<P: ::mintage_kit::storage::Place = ::mintage_kit::storage::Root> {
            #(#(#field_attrs)* #visibilities #idents:
                <#types as ::mintage_kit::storage::Layout>::At<::mintage_kit::storage::At<P, #places>>,)*
        }

        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        const #layout: ([(u32, usize); #count], u32) =
            ::mintage_kit::storage::layout([#(::mintage_kit::storage::Extent::of::<#types>()),*]);

        #(
            #[doc(hidden)]
            #[allow(non_camel_case_types)]
            #[derive(Debug)]
            #vis struct #places;
            #[allow(clippy::indexing_slicing)]
            impl ::mintage_kit::storage::Relative for #places {
                const SLOT: u32 = #layout.0[#indices].0;
                const OFFSET: usize = #layout.0[#indices].1;
            }
        )*

        impl ::mintage_kit::storage::Layout for #name {
            const BYTES: usize = 32;
            const SLOTS: u32 = #layout.1;
            const ALONE: bool = true;
            type At<P: ::mintage_kit::storage::Place> = #name<P>;
            #[inline(always)]
            fn at<P: ::mintage_kit::storage::Place>(place: P) -> #name<P> {
                #name {
                    #(#idents: <#types as ::mintage_kit::storage::Layout>::at(
                        ::mintage_kit::storage::At::<P, #places>::new(place)
                    ),)*
                }
            }
        }

        impl ::core::default::Default for #name {
            #[inline(always)]
            fn default() -> Self {
                <Self as ::mintage_kit::storage::Layout>::at(::mintage_kit::storage::Root)
            }
        }

        impl<P: ::mintage_kit::storage::Place> ::core::fmt::Debug for #name<P> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(stringify!(#name))
            }
        }
    })
}
