//! The public functions of a crate, found in its sources: what a probe has to call, and with what.

use super::error::CostError;
use quote::ToTokens;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::{FnArg, ImplItem, Item, Pat, ReturnType, Signature, Type, UseTree, Visibility};

/// A crate's functions and the structs that can be written down from outside.
#[derive(Default)]
pub(crate) struct Catalogue {
    pub(crate) functions: Vec<Function>,
    /// Structs whose fields are all public: name to fields with their types, for each module.
    pub(crate) structs: BTreeMap<(String, String), Vec<(String, Type)>>,
}

/// A public function or method.
pub(crate) struct Function {
    /// Path of its module in the crate, `emission` or nothing for the root.
    pub(crate) module: String,
    /// The type that it is a method of.
    pub(crate) of: Option<String>,
    pub(crate) name: String,
    /// Whether it takes `self`.
    pub(crate) is_method: bool,
    /// Parameters without `self`.
    pub(crate) params: Vec<(String, Type)>,
    pub(crate) answer: Answer,
}

/// What the probe asks of the answer: whether the function did its work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Plain,
    Result,
    Option,
}

impl Function {
    /// `swap::amount_out_down`, `black_scholes::Terms::prices`.
    pub(crate) fn key(&self) -> String {
        [
            self.module.as_str(),
            self.of.as_deref().unwrap_or_default(),
            &self.name,
        ]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("::")
    }
}

/// Reads the crate whose sources are in `folder`.
pub(crate) fn read(folder: &Path) -> Result<Catalogue, CostError> {
    let mut catalogue = Catalogue::default();
    visit(&folder.join("lib.rs"), folder, "", None, &mut catalogue)?;
    Ok(catalogue)
}

/// Walks a file and the modules that it declares. `visible` is what of it can be named from outside; `None` is everything.
fn visit(
    file: &Path,
    children: &Path,
    module: &str,
    visible: Option<&BTreeSet<String>>,
    catalogue: &mut Catalogue,
) -> Result<(), CostError> {
    let text = fs::read_to_string(file).map_err(|source| CostError::io("read", file, source))?;
    let syntax = syn::parse_file(&text).map_err(|source| CostError::Syntax {
        file: file.into(),
        source,
    })?;
    let mut exports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in &syntax.items {
        if let Item::Use(item) = item
            && is_public(&item.vis)
        {
            collect_exports(&item.tree, &mut exports);
        }
    }
    let seen = |name: &str| visible.is_none_or(|names| names.contains(name));
    for item in &syntax.items {
        match item {
            Item::Mod(child) if child.content.is_none() && !is_for_tests(&child.attrs) => {
                let name = child.ident.to_string();
                let (path, below) = file_of(children, &name);
                if is_public(&child.vis) {
                    visit(&path, &below, &join(module, &name), None, catalogue)?;
                } else {
                    let names = exports.remove(&name).unwrap_or_default();
                    visit(&path, &below, module, Some(&names), catalogue)?;
                }
            }
            Item::Fn(function) if is_public(&function.vis) && seen(&function.sig.ident.to_string()) => {
                catalogue.functions.push(function_of(module, None, &function.sig));
            }
            Item::Struct(item) if is_public(&item.vis) => {
                let fields: Option<Vec<_>> = item
                    .fields
                    .iter()
                    .map(|f| {
                        Some((f.ident.as_ref()?.to_string(), f.ty.clone())).filter(|_| is_public(&f.vis))
                    })
                    .collect();
                if let Some(fields) = fields {
                    catalogue
                        .structs
                        .insert((module.to_owned(), item.ident.to_string()), fields);
                }
            }
            Item::Impl(block) if block.trait_.is_none() => {
                let of = spelled(&block.self_ty);
                for method in &block.items {
                    if let ImplItem::Fn(method) = method
                        && is_public(&method.vis)
                        && seen(&of)
                    {
                        catalogue
                            .functions
                            .push(function_of(module, Some(of.clone()), &method.sig));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn function_of(module: &str, of: Option<String>, signature: &Signature) -> Function {
    let params = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Receiver(_) => None,
        FnArg::Typed(typed) => {
            let name = match &*typed.pat {
                Pat::Ident(ident) => ident.ident.to_string(),
                _ => String::new(),
            };
            Some((name, (*typed.ty).clone()))
        }
    });
    let answer = match &signature.output {
        ReturnType::Type(_, ty) if spelled(ty).starts_with("Result<") => Answer::Result,
        ReturnType::Type(_, ty) if spelled(ty).starts_with("Option<") => Answer::Option,
        _ => Answer::Plain,
    };
    Function {
        module: module.to_owned(),
        of,
        name: signature.ident.to_string(),
        is_method: signature.receiver().is_some(),
        params: params.collect(),
        answer,
    }
}

/// A type as people write it: without the spaces between tokens.
pub(crate) fn spelled(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(' ', "")
}

/// `pub use child::{A, b}`: child to names.
fn collect_exports(tree: &UseTree, exports: &mut BTreeMap<String, BTreeSet<String>>) {
    if let UseTree::Path(path) = tree {
        let names = exports.entry(path.ident.to_string()).or_default();
        collect_names(&path.tree, names);
    }
}

fn collect_names(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Name(name) => {
            names.insert(name.ident.to_string());
        }
        UseTree::Group(group) => group.items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes
        .iter()
        .any(|a| a.path().is_ident("cfg") && a.meta.to_token_stream().to_string().contains("test"))
}

/// The file of a module and the folder of its own modules.
fn file_of(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let below = folder.join(name);
    let nested = below.join("mod.rs");
    if nested.is_file() {
        (nested, below)
    } else {
        (folder.join(format!("{name}.rs")), below)
    }
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() {
        name.to_owned()
    } else {
        format!("{module}::{name}")
    }
}
