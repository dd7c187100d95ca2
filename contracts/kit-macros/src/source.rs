//! Where Solidity source comes from: a file, or the macro's own input.

use std::path::PathBuf;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Error, LitStr, Result};

use crate::model::Model;

pub(crate) struct Source {
    pub(crate) model: Model,
    /// The file's absolute path, if it came from one.
    pub(crate) path: Option<String>,
}

impl Source {
    pub(crate) fn read(input: TokenStream) -> Result<Self> {
        match syn::parse2::<LitStr>(input.clone()) {
            Ok(path) => Self::read_file(&path),
            Err(_) => {
                let model = Model::parse(input).map_err(|error| Error::new(Span::call_site(), error))?;
                Ok(Self { model, path: None })
            }
        }
    }

    fn read_file(literal: &LitStr) -> Result<Self> {
        let root = std::env::var_os("CARGO_MANIFEST_DIR")
            .map(PathBuf::from)
            .unwrap_or_default();
        let path = root.join(literal.value());
        let fail = |error: String| Error::new(literal.span(), format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
        let tokens: TokenStream = text.parse().map_err(|error| fail(format!("{error}")))?;
        let model = Model::parse(tokens).map_err(fail)?;
        Ok(Self {
            model,
            path: Some(path.display().to_string()),
        })
    }

    /// Makes cargo compile again when the file changes.
    pub(crate) fn tracked(&self) -> TokenStream {
        match &self.path {
            Some(path) => quote!(
                const _: &[u8] = include_bytes!(#path);
            ),
            None => TokenStream::new(),
        }
    }
}
