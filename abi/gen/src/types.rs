//! Solidity types as the JSON ABI writes them: canonical name, tuple components, and the name in the source (`internalType`),
//! all as solc prints them.

use crate::interface::Problem;
use alloy_json_abi::{EventParam, InternalType, Param};
use std::collections::BTreeMap;
use syn_solidity::{EventParameter, Item, ItemContract, SolPath, Spanned, Type, VariableDeclaration};

/// The user-defined types that a file declares, by name.
pub(crate) struct Types<'a> {
    /// Name, the contract that it stands in (`None`: file level), declaration.
    declared: BTreeMap<String, (Option<String>, &'a Item)>,
}

/// A type with everything that the JSON ABI says of it.
struct Described {
    ty: String,
    internal: InternalType,
    components: Vec<Param>,
}

impl<'a> Types<'a> {
    /// The types at file level and in `interface`; those in the interface win, as in Solidity.
    pub(crate) fn new(file: &'a [Item], interface: &'a ItemContract) -> Self {
        let at_file = file.iter().map(|item| (None, item));
        let in_interface = interface
            .body
            .iter()
            .map(|item| (Some(interface.name.as_string()), item));
        let declared = at_file
            .chain(in_interface)
            .filter(|(_, item)| matches!(item, Item::Struct(_) | Item::Enum(_) | Item::Udt(_)))
            .filter_map(|(scope, item)| Some((item.name()?.as_string(), (scope, item))))
            .collect();
        Self { declared }
    }

    /// A parameter, return value or struct field.
    pub(crate) fn param(&self, declaration: &VariableDeclaration) -> Result<Param, Problem> {
        let Described {
            ty,
            internal,
            components,
        } = self.describe(&declaration.ty, 0)?;
        let name = declaration
            .name
            .as_ref()
            .map(|n| n.as_string())
            .unwrap_or_default();
        Ok(Param {
            ty,
            name,
            components,
            internal_type: Some(internal),
        })
    }

    /// A parameter of an event.
    pub(crate) fn event_param(&self, parameter: &EventParameter) -> Result<EventParam, Problem> {
        let Param {
            ty,
            name,
            components,
            internal_type,
        } = self.param(&parameter.as_param())?;
        Ok(EventParam {
            ty,
            name,
            indexed: parameter.is_indexed(),
            components,
            internal_type,
        })
    }

    /// Refuses the short name of a type that the contract inherits from its interface: solc knows it there, `sol!` does not.
    pub(crate) fn check_qualified(&self, ty: &Type) -> Result<(), Problem> {
        let Type::Custom(path) = ty.peel_arrays() else {
            return Ok(());
        };
        match self.declared.get(&path.last().as_string()) {
            Some((Some(interface), _)) if path.len() == 1 => Err(Problem::at(
                path.span(),
                format!(
                    "write `{interface}.{path}` in the constructor: the Rust bindings do not resolve inherited names"
                ),
            )),
            _ => Ok(()),
        }
    }

    fn describe(&self, ty: &Type, depth: usize) -> Result<Described, Problem> {
        // A struct that contains itself has no ABI; solc refuses it as well.
        if depth > 16 {
            return Err(Problem::at(
                ty.span(),
                format!("`{ty}` is nested too deeply, or contains itself"),
            ));
        }
        match ty {
            Type::Custom(path) => self.describe_custom(path, depth),
            Type::Array(array) => {
                let element = self.describe(&array.ty, depth)?;
                let suffix = match (&array.size, array.size()) {
                    (None, _) => "[]".to_owned(),
                    (Some(_), Some(size)) => format!("[{size}]"),
                    (Some(_), None) => {
                        return Err(Problem::at(
                            ty.span(),
                            "write the length of an array as a plain number",
                        ));
                    }
                };
                Ok(Described {
                    ty: element.ty + &suffix,
                    internal: append(element.internal, &suffix),
                    components: element.components,
                })
            }
            Type::Address(_, Some(_)) => Ok(Described {
                ty: "address".into(),
                internal: InternalType::AddressPayable("address payable".into()),
                components: vec![],
            }),
            Type::Mapping(_) | Type::Function(_) | Type::Tuple(_) => Err(Problem::at(
                ty.span(),
                format!("`{ty}` cannot stand in an interface"),
            )),
            elementary => Ok(plain(elementary)),
        }
    }

    fn describe_custom(&self, path: &SolPath, depth: usize) -> Result<Described, Problem> {
        let name = path.last().as_string();
        let Some((contract, item)) = self.declared.get(&name) else {
            return Err(Problem::at(
                path.span(),
                format!(
                    "the type `{path}` is not declared in this file (contracts are written as `address`)"
                ),
            ));
        };
        let contract = contract.clone();
        match item {
            Item::Struct(s) => {
                let fields = s.fields.iter();
                let components = fields
                    .map(|f| self.field(f, depth + 1))
                    .collect::<Result<Vec<_>, _>>()?;
                Ok(Described {
                    ty: "tuple".into(),
                    internal: InternalType::Struct { contract, ty: name },
                    components,
                })
            }
            Item::Enum(_) => Ok(Described {
                ty: "uint8".into(),
                internal: InternalType::Enum { contract, ty: name },
                components: vec![],
            }),
            Item::Udt(udt) => {
                let Described { ty, .. } = self.describe(&udt.ty, depth + 1)?;
                Ok(Described {
                    ty,
                    internal: InternalType::Other { contract, ty: name },
                    components: vec![],
                })
            }
            _ => unreachable!("only structs, enums and value types are collected"),
        }
    }

    fn field(&self, declaration: &VariableDeclaration, depth: usize) -> Result<Param, Problem> {
        let Described {
            ty,
            internal,
            components,
        } = self.describe(&declaration.ty, depth)?;
        let name = declaration
            .name
            .as_ref()
            .map(|n| n.as_string())
            .unwrap_or_default();
        Ok(Param {
            ty,
            name,
            components,
            internal_type: Some(internal),
        })
    }
}

/// A type of the language. `uint` and `int` are short for their 256-bit forms.
fn plain(ty: &Type) -> Described {
    let name = match ty {
        Type::Uint(_, None) => "uint256".to_owned(),
        Type::Int(_, None) => "int256".to_owned(),
        other => other.to_string(),
    };
    Described {
        ty: name.clone(),
        internal: InternalType::Other {
            contract: None,
            ty: name,
        },
        components: vec![],
    }
}

fn append(internal: InternalType, suffix: &str) -> InternalType {
    match internal {
        InternalType::AddressPayable(ty) => InternalType::AddressPayable(ty + suffix),
        InternalType::Contract(ty) => InternalType::Contract(ty + suffix),
        InternalType::Enum { contract, ty } => InternalType::Enum {
            contract,
            ty: ty + suffix,
        },
        InternalType::Struct { contract, ty } => InternalType::Struct {
            contract,
            ty: ty + suffix,
        },
        InternalType::Other { contract, ty } => InternalType::Other {
            contract,
            ty: ty + suffix,
        },
    }
}
