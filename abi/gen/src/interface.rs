//! One interface file: what it must look like, and its JSON ABI.

use crate::types::Types;
use alloy_json_abi::{Constructor, Error as AbiError, Event, Function, JsonAbi, StateMutability};
use std::{path::Path, str::FromStr};
use syn_solidity::{FunctionAttributes, Item, ItemContract, ItemFunction, Mutability, Parameters, Spanned};

/// A parsed `I<Name>.sol`: the interface of one program and its constructor.
#[derive(Clone, Debug)]
pub struct Interface {
    /// The contract's name in Solidity, `PriceOracle`.
    pub contract: String,
    /// The program's name, which is its folder under `contracts/` and the name of its artifact: `price-oracle`.
    pub program: String,
    /// The file's text, unchanged.
    pub source: String,
    /// Functions, events, errors and the constructor.
    pub abi: JsonAbi,
}

/// Why a file is not an interface that this project can work with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{}: {problem}", line.map(|l| format!(":{l}")).unwrap_or_default())]
pub struct InterfaceError {
    /// The file's name as given to [`Interface::parse`].
    pub file: String,
    /// The line, counted from 1, where one is known.
    pub line: Option<usize>,
    /// What is wrong and what is expected there.
    pub problem: String,
}

impl InterfaceError {
    /// The problem with its line, for a message that names the file by itself.
    pub fn problem_at_line(&self) -> String {
        match self.line {
            Some(line) => format!("line {line}: {}", self.problem),
            None => self.problem.clone(),
        }
    }
}

/// A problem before the file's name is put to it.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) line: Option<usize>,
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn at(span: proc_macro2::Span, text: impl Into<String>) -> Self {
        Self {
            line: Some(span.start().line),
            text: text.into(),
        }
    }

    fn general(text: impl Into<String>) -> Self {
        Self {
            line: None,
            text: text.into(),
        }
    }
}

impl Interface {
    /// Parses `source`, the text of a file named `file` (`IToken.sol`; a folder before it is kept for messages only).
    ///
    /// # Errors
    /// When it is not Solidity, when it holds anything but `interface I<Name>` (with what it needs at file level) and
    /// `abstract contract <Name> is I<Name> { constructor(..) {} }`, or when a type in it has no ABI.
    pub fn parse(file: &str, source: &str) -> Result<Self, InterfaceError> {
        parse(file, source).map_err(|p| InterfaceError {
            file: file.into(),
            line: p.line,
            problem: p.text,
        })
    }
}

fn parse(file: &str, source: &str) -> Result<Interface, Problem> {
    let contract = contract_name(file)?;
    let tokens = proc_macro2::TokenStream::from_str(source)
        .map_err(|e| Problem::at(e.span(), format!("this is not Solidity: {e}")))?;
    let parsed = syn_solidity::parse2(tokens)
        .map_err(|e| Problem::at(e.span(), format!("this is not Solidity: {e}")))?;

    let mut interface = None;
    let mut constructor_holder = None;
    for item in &parsed.items {
        match item {
            Item::Contract(c) if c.is_interface() && c.name == format!("I{contract}") => interface = Some(c),
            Item::Contract(c) if c.is_abstract_contract() && c.name == contract.as_str() => {
                constructor_holder = Some(c)
            }
            Item::Pragma(_)
            | Item::Struct(_)
            | Item::Enum(_)
            | Item::Udt(_)
            | Item::Error(_)
            | Item::Event(_) => {}
            other => {
                return Err(Problem::at(
                    other.span(),
                    format!(
                        "unexpected item; the file holds `interface I{contract}` and `abstract contract {contract} is I{contract}`, without imports"
                    ),
                ));
            }
        }
    }
    let interface =
        interface.ok_or_else(|| Problem::general(format!("there is no `interface I{contract}` in it")))?;
    let holder = constructor_holder.ok_or_else(|| {
        Problem::general(format!(
            "there is no `abstract contract {contract} is I{contract} {{ constructor(..) {{}} }}` in it, which states the constructor"
        ))
    })?;

    let types = Types::new(&parsed.items, interface);
    let mut abi = JsonAbi::new();
    for item in parsed.items.iter().chain(&interface.body) {
        add_item(&mut abi, item, &types)?;
    }
    abi.constructor = Some(constructor(holder, &types)?);
    Ok(Interface {
        program: program_name(&contract),
        contract,
        source: source.into(),
        abi,
    })
}

/// `Token` of `some/where/IToken.sol`.
fn contract_name(file: &str) -> Result<String, Problem> {
    let name = Path::new(file)
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    name.strip_prefix('I')
        .and_then(|n| n.strip_suffix(".sol"))
        .filter(|n| n.starts_with(|c: char| c.is_ascii_uppercase()))
        .map(str::to_owned)
        .ok_or_else(|| Problem::general("the file is not named I<Name>.sol, like IToken.sol"))
}

/// `price-oracle` of `PriceOracle`.
fn program_name(contract: &str) -> String {
    let mut name = String::new();
    for (i, c) in contract.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn add_item(abi: &mut JsonAbi, item: &Item, types: &Types<'_>) -> Result<(), Problem> {
    match item {
        Item::Function(f) => {
            let name = f
                .name
                .as_ref()
                .ok_or_else(|| Problem::at(f.span(), "only named functions are allowed in an interface"))?;
            let function = Function {
                name: name.as_string(),
                inputs: params(&f.parameters, types)?,
                outputs: f
                    .returns
                    .as_ref()
                    .map(|r| params(&r.returns, types))
                    .transpose()?
                    .unwrap_or_default(),
                state_mutability: mutability(&f.attributes),
            };
            abi.functions
                .entry(function.name.clone())
                .or_default()
                .push(function);
        }
        Item::Event(e) => {
            e.assert_valid()
                .map_err(|err| Problem::at(err.span(), err.to_string()))?;
            let inputs = e
                .parameters
                .iter()
                .map(|p| types.event_param(p))
                .collect::<Result<_, _>>()?;
            let event = Event {
                name: e.name.as_string(),
                inputs,
                anonymous: e.is_anonymous(),
            };
            abi.events.entry(event.name.clone()).or_default().push(event);
        }
        Item::Error(e) => {
            let error = AbiError {
                name: e.name.as_string(),
                inputs: params(&e.parameters, types)?,
            };
            abi.errors.entry(error.name.clone()).or_default().push(error);
        }
        _ => {}
    }
    Ok(())
}

fn constructor(holder: &ItemContract, types: &Types<'_>) -> Result<Constructor, Problem> {
    let expected = format!(
        "expected only `constructor(..) {{}}` in `abstract contract {}`",
        holder.name
    );
    let [Item::Function(f)] = holder.body.as_slice() else {
        return Err(Problem::at(holder.name.span(), expected));
    };
    if !f.kind.is_constructor() {
        return Err(Problem::at(f.span(), expected));
    }
    for parameter in f.parameters.iter() {
        types.check_qualified(&parameter.ty)?;
    }
    Ok(Constructor {
        inputs: params(&f.parameters, types)?,
        state_mutability: constructor_mutability(f),
    })
}

fn constructor_mutability(f: &ItemFunction) -> StateMutability {
    match f.attributes.mutability() {
        Some(Mutability::Payable(_)) => StateMutability::Payable,
        _ => StateMutability::NonPayable,
    }
}

fn mutability(attributes: &FunctionAttributes) -> StateMutability {
    match attributes.mutability() {
        Some(Mutability::Pure(_) | Mutability::Constant(_)) => StateMutability::Pure,
        Some(Mutability::View(_)) => StateMutability::View,
        Some(Mutability::Payable(_)) => StateMutability::Payable,
        None => StateMutability::NonPayable,
    }
}

fn params<P>(list: &Parameters<P>, types: &Types<'_>) -> Result<Vec<alloy_json_abi::Param>, Problem> {
    list.iter().map(|p| types.param(p)).collect()
}
