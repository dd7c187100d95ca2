//! What a Solidity file says, in the few terms that the generators need. Reads syntax; writes no Rust.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Attribute;
use syn_solidity::{
    EventParameter, File, FunctionKind, Item, ItemContract, ItemFunction, Mutability, Parameters, Type,
};

use crate::names;

/// A Solidity type that can stand in an ABI.
#[derive(Clone, Debug)]
pub(crate) enum Ty {
    Uint(u16),
    Int(u16),
    Address,
    Bool,
    FixedBytes(u16),
    Bytes,
    String,
    Array(Box<Ty>),
    Fixed(Box<Ty>, usize),
    Struct(StructTy),
    Enum(String),
}

/// A struct: its name and its fields' types (the signature needs them all).
#[derive(Clone, Debug)]
pub(crate) struct StructTy {
    pub(crate) name: String,
    pub(crate) fields: Vec<(String, Ty)>,
}

/// A named, typed thing: a parameter, a return value, a field.
#[derive(Clone, Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) indexed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    View,
    Write,
    Payable,
}

pub(crate) struct Function {
    pub(crate) docs: Vec<Attribute>,
    pub(crate) rust_name: String,
    pub(crate) signature: String,
    pub(crate) params: Vec<Param>,
    pub(crate) returns: Vec<Param>,
    pub(crate) access: Access,
}

pub(crate) struct Named {
    pub(crate) docs: Vec<Attribute>,
    pub(crate) name: String,
    pub(crate) params: Vec<Param>,
    pub(crate) anonymous: bool,
}

pub(crate) struct EnumDef {
    pub(crate) docs: Vec<Attribute>,
    pub(crate) name: String,
    pub(crate) variants: Vec<String>,
}

pub(crate) struct Constructor {
    pub(crate) params: Vec<Param>,
    pub(crate) payable: bool,
    pub(crate) signature: String,
}

/// A whole file.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) interface: Option<String>,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) functions: Vec<Function>,
    pub(crate) events: Vec<Named>,
    pub(crate) errors: Vec<Named>,
    pub(crate) structs: Vec<(Vec<Attribute>, StructTy)>,
    pub(crate) enums: Vec<EnumDef>,
    pub(crate) constructor: Option<Constructor>,
    types: BTreeMap<String, Ty>,
}

type Parsed<T> = Result<T, String>;

impl Model {
    pub(crate) fn parse(tokens: TokenStream) -> Parsed<Self> {
        let file: File = syn_solidity::parse2(tokens).map_err(|error| error.to_string())?;
        let mut model = Self::default();
        let mut items: Vec<&Item> = Vec::new();
        for item in &file.items {
            match item {
                Item::Contract(contract) if contract.is_interface() => {
                    if model.interface.is_some() {
                        return Err("one interface a file".into());
                    }
                    model.interface = Some(contract.name.as_string());
                    model.docs = docs(&contract.attrs);
                    items.extend(&contract.body);
                }
                Item::Contract(contract) => model.read_contract(contract)?,
                other => items.push(other),
            }
        }
        model.read_types(&items)?;
        for item in &items {
            model.read_item(item)?;
        }
        // The constructor may use the file's types, so it is read last.
        for item in &file.items {
            if let Item::Contract(contract) = item
                && !contract.is_interface()
            {
                model.read_constructor(contract)?;
            }
        }
        model.name_overloads();
        Ok(model)
    }

    fn read_contract(&self, contract: &ItemContract) -> Parsed<()> {
        let only_constructor = contract
            .body
            .iter()
            .all(|item| matches!(item, Item::Function(f) if matches!(f.kind, FunctionKind::Constructor(_))));
        if only_constructor {
            Ok(())
        } else {
            Err(format!(
                "contract {}: only a constructor belongs here",
                contract.name
            ))
        }
    }

    fn read_constructor(&mut self, contract: &ItemContract) -> Parsed<()> {
        for item in &contract.body {
            let Item::Function(function) = item else { continue };
            if self.constructor.is_some() {
                return Err("one constructor a file".into());
            }
            let params = self.params(&function.parameters)?;
            let payable = matches!(function.attributes.mutability(), Some(Mutability::Payable(_)));
            let listed: Vec<String> = params
                .iter()
                .map(|p| format!("{} {}", p.ty.signature(), p.name))
                .collect();
            let tail = if payable { " payable" } else { "" };
            let signature = format!("constructor({}){tail}", listed.join(", "));
            self.constructor = Some(Constructor {
                params,
                payable,
                signature,
            });
        }
        Ok(())
    }

    /// Types first, in the order in which they can be resolved: a struct may use one that stands below it.
    fn read_types(&mut self, items: &[&Item]) -> Parsed<()> {
        for item in items {
            match item {
                Item::Enum(e) => {
                    let name = e.name.as_string();
                    let variants = e.variants.iter().map(|v| v.ident.as_string()).collect();
                    self.types.insert(name.clone(), Ty::Enum(name.clone()));
                    self.enums.push(EnumDef {
                        docs: docs(&e.attrs),
                        name,
                        variants,
                    });
                }
                Item::Udt(udt) => {
                    let ty = self.ty(&udt.ty)?;
                    self.types.insert(udt.name.as_string(), ty);
                }
                _ => {}
            }
        }
        let mut open: Vec<_> = items
            .iter()
            .filter_map(|item| if let Item::Struct(s) = item { Some(s) } else { None })
            .collect();
        while !open.is_empty() {
            let before = open.len();
            let mut failure = String::new();
            open.retain(|s| {
                let fields = s
                    .fields
                    .types_and_names()
                    .map(|(ty, name)| {
                        let name = name.map(|n| n.as_string()).unwrap_or_default();
                        Ok((name, self.ty(ty)?))
                    })
                    .collect::<Parsed<Vec<_>>>();
                match fields {
                    Ok(fields) => {
                        let ty = StructTy {
                            name: s.name.as_string(),
                            fields,
                        };
                        self.types.insert(ty.name.clone(), Ty::Struct(ty.clone()));
                        self.structs.push((docs(&s.attrs), ty));
                        false
                    }
                    Err(error) => {
                        failure = error;
                        true
                    }
                }
            });
            if open.len() == before {
                return Err(failure);
            }
        }
        Ok(())
    }

    fn read_item(&mut self, item: &Item) -> Parsed<()> {
        match item {
            Item::Function(function) => {
                let function = self.function(function)?;
                self.functions.push(function);
            }
            Item::Event(event) => {
                let params = event
                    .parameters
                    .iter()
                    .map(|p| self.event_param(p))
                    .collect::<Parsed<Vec<_>>>()?;
                self.events.push(Named {
                    docs: docs(&event.attrs),
                    name: event.name.as_string(),
                    params,
                    anonymous: event.is_anonymous(),
                });
            }
            Item::Error(error) => {
                let params = self.params(&error.parameters)?;
                let named = Named {
                    docs: docs(&error.attrs),
                    name: error.name.as_string(),
                    params,
                    anonymous: false,
                };
                self.errors.push(named);
            }
            Item::Struct(_) | Item::Enum(_) | Item::Udt(_) | Item::Pragma(_) => {}
            Item::Import(_) => return Err("an interface file stands alone: no imports".into()),
            Item::Contract(_) | Item::Using(_) | Item::Variable(_) => {
                return Err("only structs, enums, types, errors, events and functions belong here".into());
            }
        }
        Ok(())
    }

    fn function(&self, function: &ItemFunction) -> Parsed<Function> {
        if !matches!(function.kind, FunctionKind::Function(_)) {
            return Err("fallback and receive functions are not supported".into());
        }
        let name = function.name().as_string();
        let params = self.params(&function.parameters)?;
        let returns = match &function.returns {
            Some(returns) => self.params(&returns.returns)?,
            None => Vec::new(),
        };
        let access = match function.attributes.mutability() {
            Some(Mutability::Payable(_)) => Access::Payable,
            Some(_) => Access::View,
            None => Access::Write,
        };
        let signature = signature(&name, &params);
        Ok(Function {
            docs: docs(&function.attrs),
            rust_name: names::snake(&name),
            signature,
            params,
            returns,
            access,
        })
    }

    /// Overloads get `_0`, `_1`, … in the order of the file, as in alloy's bindings.
    fn name_overloads(&mut self) {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for function in &self.functions {
            let n = count.entry(function.rust_name.clone()).or_default();
            *n = n.saturating_add(1);
        }
        let mut next: BTreeMap<String, usize> = BTreeMap::new();
        for function in &mut self.functions {
            if count.get(&function.rust_name).is_some_and(|n| *n > 1) {
                let n = next.entry(function.rust_name.clone()).or_default();
                function.rust_name = format!("{}_{n}", function.rust_name);
                *n = n.saturating_add(1);
            }
        }
    }

    fn params<P>(&self, list: &Parameters<P>) -> Parsed<Vec<Param>> {
        list.types_and_names()
            .enumerate()
            .map(|(i, (ty, name))| {
                let name = name.map_or_else(|| format!("arg{i}"), |n| n.as_string());
                Ok(Param {
                    name,
                    ty: self.ty(ty)?,
                    indexed: false,
                })
            })
            .collect()
    }

    fn event_param(&self, p: &EventParameter) -> Parsed<Param> {
        let name = p
            .name
            .as_ref()
            .map(|n| n.as_string())
            .ok_or("an event's parameter needs a name")?;
        Ok(Param {
            name,
            ty: self.ty(&p.ty)?,
            indexed: p.is_indexed(),
        })
    }

    fn ty(&self, ty: &Type) -> Parsed<Ty> {
        Ok(match ty {
            Type::Address(..) => Ty::Address,
            Type::Bool(_) => Ty::Bool,
            Type::String(_) => Ty::String,
            Type::Bytes(_) => Ty::Bytes,
            Type::FixedBytes(_, n) => Ty::FixedBytes(n.get()),
            Type::Int(_, n) => Ty::Int(n.map_or(256, |n| n.get())),
            Type::Uint(_, n) => Ty::Uint(n.map_or(256, |n| n.get())),
            Type::Array(array) => {
                let inner = Box::new(self.ty(&array.ty)?);
                match (&array.size, array.size()) {
                    (None, _) => Ty::Array(inner),
                    (Some(_), Some(n)) => Ty::Fixed(inner, n),
                    (Some(_), None) => return Err("an array's length must be a number".into()),
                }
            }
            Type::Custom(path) => {
                let name = path.last().as_string();
                self.types
                    .get(&name)
                    .cloned()
                    .ok_or_else(|| format!("unknown type {name}"))?
            }
            Type::Tuple(_) | Type::Function(_) | Type::Mapping(_) => {
                return Err(format!("the type {ty} cannot stand in an interface"));
            }
        })
    }
}

/// `name(type,type)`.
pub(crate) fn signature(name: &str, params: &[Param]) -> String {
    let types: Vec<String> = params.iter().map(|p| p.ty.signature()).collect();
    format!("{name}({})", types.join(","))
}

fn docs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|a| a.path().is_ident("doc"))
        .cloned()
        .collect()
}

impl Ty {
    /// The canonical name that selectors are hashed from.
    pub(crate) fn signature(&self) -> String {
        match self {
            Self::Uint(n) => format!("uint{n}"),
            Self::Int(n) => format!("int{n}"),
            Self::Address => "address".into(),
            Self::Bool => "bool".into(),
            Self::FixedBytes(n) => format!("bytes{n}"),
            Self::Bytes => "bytes".into(),
            Self::String => "string".into(),
            Self::Array(t) => format!("{}[]", t.signature()),
            Self::Fixed(t, n) => format!("{}[{n}]", t.signature()),
            Self::Struct(s) => {
                let fields: Vec<String> = s.fields.iter().map(|(_, t)| t.signature()).collect();
                format!("({})", fields.join(","))
            }
            Self::Enum(_) => "uint8".into(),
        }
    }

    pub(crate) fn is_dynamic(&self) -> bool {
        match self {
            Self::Bytes | Self::String | Self::Array(_) => true,
            Self::Fixed(t, _) => t.is_dynamic(),
            Self::Struct(s) => s.is_dynamic(),
            _ => false,
        }
    }

    /// Bytes that the type takes in the head of a tuple.
    pub(crate) fn head(&self) -> usize {
        if self.is_dynamic() {
            return 32;
        }
        match self {
            Self::Fixed(t, n) => t.head().saturating_mul(*n),
            Self::Struct(s) => s
                .fields
                .iter()
                .fold(0, |sum, (_, t)| sum.saturating_add(t.head())),
            _ => 32,
        }
    }

    /// The type that the kit's `Decode` and `Encode` are implemented for.
    pub(crate) fn marker(&self) -> TokenStream {
        match self {
            Self::Uint(8 | 16 | 32 | 64 | 128 | 256) | Self::Int(8 | 16 | 32 | 64 | 128 | 256) => {
                self.value().unwrap_or_default()
            }
            Self::Uint(n) => {
                let n = usize::from(*n);
                quote!(::mintage_kit::abi::sol::Uint<#n>)
            }
            Self::Int(n) => {
                let n = usize::from(*n);
                quote!(::mintage_kit::abi::sol::Int<#n>)
            }
            Self::Address | Self::Bool | Self::FixedBytes(_) => self.value().unwrap_or_default(),
            Self::Bytes | Self::String => quote!(::mintage_kit::abi::sol::Bytes),
            Self::Array(t) => {
                let t = t.marker();
                quote!(::mintage_kit::abi::sol::Array<#t>)
            }
            Self::Fixed(t, n) => {
                let t = t.marker();
                quote!(::mintage_kit::abi::sol::Fixed<#t, #n>)
            }
            Self::Struct(s) => s.rust_type(&quote!('static)),
            Self::Enum(name) => {
                let name = format_ident!("{name}");
                quote!(::mintage_kit::abi::sol::Enum<#name>)
            }
        }
    }

    fn value(&self) -> Option<TokenStream> {
        Some(match self {
            Self::Uint(n) => match n {
                0..=8 => quote!(u8),
                9..=16 => quote!(u16),
                17..=32 => quote!(u32),
                33..=64 => quote!(u64),
                65..=128 => quote!(u128),
                _ => quote!(::mintage_kit::U256),
            },
            Self::Int(n) => match n {
                0..=8 => quote!(i8),
                9..=16 => quote!(i16),
                17..=32 => quote!(i32),
                33..=64 => quote!(i64),
                65..=128 => quote!(i128),
                _ => quote!(::mintage_kit::I256),
            },
            Self::Address => quote!(::mintage_kit::Address),
            Self::Bool => quote!(bool),
            Self::FixedBytes(n) => {
                let n = usize::from(*n);
                quote!(::mintage_kit::FixedBytes<#n>)
            }
            Self::Enum(name) => {
                let name = format_ident!("{name}");
                quote!(#name)
            }
            _ => return None,
        })
    }

    /// What a method receives: views into the calldata for dynamic types.
    pub(crate) fn arg(&self, lifetime: &TokenStream) -> TokenStream {
        match self {
            Self::Bytes | Self::String => quote!(&#lifetime [u8]),
            Self::Array(t) => {
                let t = t.marker();
                let lifetime = if lifetime.is_empty() {
                    quote!('_)
                } else {
                    lifetime.clone()
                };
                quote!(::mintage_kit::abi::Array<#lifetime, #t>)
            }
            Self::Fixed(t, n) => {
                let t = t.arg(lifetime);
                quote!([#t; #n])
            }
            Self::Struct(s) => s.rust_type(lifetime),
            _ => self.value().unwrap_or_default(),
        }
    }

    /// What a method returns: owned.
    pub(crate) fn ret(&self) -> TokenStream {
        match self {
            Self::Bytes | Self::String => quote!(::mintage_kit::Vec<u8>),
            Self::Array(t) => {
                let t = t.ret();
                quote!(::mintage_kit::Vec<#t>)
            }
            Self::Fixed(t, n) => {
                let t = t.ret();
                quote!([#t; #n])
            }
            Self::Struct(s) => s.rust_type(&quote!('static)),
            _ => self.value().unwrap_or_default(),
        }
    }

    /// What events, errors and outgoing calls take: borrowed.
    pub(crate) fn reference(&self, lifetime: &TokenStream) -> TokenStream {
        match self {
            Self::Bytes | Self::String => quote!(&#lifetime [u8]),
            Self::Array(t) => {
                let t = t.ret();
                quote!(&#lifetime [#t])
            }
            _ => self.arg(lifetime),
        }
    }
}

impl StructTy {
    pub(crate) fn is_dynamic(&self) -> bool {
        self.fields.iter().any(|(_, t)| t.is_dynamic())
    }

    pub(crate) fn rust_type(&self, lifetime: &TokenStream) -> TokenStream {
        let name = format_ident!("{}", self.name);
        match (self.is_dynamic(), lifetime.is_empty()) {
            (false, _) => quote!(#name),
            (true, true) => quote!(#name<'_>),
            (true, false) => quote!(#name<#lifetime>),
        }
    }
}
