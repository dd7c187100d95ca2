//! The chain on which a call is traced: programs, storage, the transactions before it.

use super::{
    TraceArgs,
    abi::Names,
    call,
    code::{Code, read},
    words,
};
use crate::build::{Project, current_dir};
use alloy_dyn_abi::DynSolValue;
use alloy_json_abi::JsonAbi;
use mintage_chain::{Address, Bytes, Chain, ChainError, Receipt, U256};
use std::{collections::BTreeMap, path::PathBuf};

/// Turns names into addresses.
pub(super) trait Accounts {
    /// The address of a name; `None` where the text is an address.
    fn named(&mut self, text: &str) -> Option<Address>;
}

/// A chain with everything on it, and the call to make.
pub(super) struct Scene {
    chain: Chain,
    from: Address,
    program: Address,
    data: Bytes,
    value_wei: U256,
    gas: Option<u64>,
    note: Option<String>,
    /// Program and method.
    pub(super) title: String,
    pub(super) names: Names,
}

struct Stage {
    chain: Chain,
    /// Programs by name.
    programs: BTreeMap<String, (Address, JsonAbi)>,
}

impl Accounts for Stage {
    fn named(&mut self, text: &str) -> Option<Address> {
        if text.starts_with("0x") || text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit())
        {
            return None;
        }
        Some(match self.programs.get(text) {
            Some((address, _)) => *address,
            None => self.chain.account(text),
        })
    }
}

impl Stage {
    fn who(&mut self, text: &str) -> miette::Result<Address> {
        match self.named(text) {
            Some(address) => Ok(address),
            None => text
                .parse()
                .map_err(|error| miette::miette!("`{text}` is neither a name nor an address: {error}")),
        }
    }

    /// Puts a program on the chain: constructed where there are arguments, with empty storage otherwise.
    fn add(&mut self, code: Code, constructor: Option<&str>) -> miette::Result<Address> {
        let Code {
            name,
            artifact,
            symbols,
        } = code;
        let address = match constructor {
            Some(text) => {
                let args = words::split(text)?;
                let inputs = artifact
                    .abi
                    .constructor
                    .as_ref()
                    .map_or(&[][..], |c| c.inputs.as_slice());
                let what = format!("the constructor of {name} ({})", parameters(inputs));
                let values = call::values(inputs, &args, &what, self)?;
                let encoded = DynSolValue::Tuple(values).abi_encode_params();
                let deployer = self.chain.account("deployer");
                let deploy = self.chain.deploy(&artifact).from(deployer);
                let deploy = if inputs.is_empty() {
                    deploy
                } else {
                    deploy.raw_args(encoded)
                };
                deploy
                    .send()
                    .map_err(|error| failed(&format!("deploying {name}"), &error))?
                    .address
            }
            None => {
                let address = mintage_chain::account_of_name(&format!("program {name}"));
                let put = self.chain.set_program(address, &artifact);
                put.map_err(|error| miette::miette!("{error}"))?;
                address
            }
        };
        self.chain.label(address, name.clone());
        if let Some(symbols) = symbols {
            self.chain.set_symbols(address, symbols);
        }
        self.programs.insert(name, (address, artifact.abi));
        Ok(address)
    }

    /// Runs `[who:] [name.]method arguments`.
    fn setup(&mut self, text: &str, program: &str) -> miette::Result<()> {
        let mut words = words::split(text)?;
        let mut from = "caller".to_owned();
        if let Some(who) = words.first().and_then(|word| word.strip_suffix(':')) {
            from = who.to_owned();
            words.remove(0);
        }
        miette::ensure!(!words.is_empty(), "--setup '{text}' names no method");
        let method = words.remove(0);
        let head = method.split('(').next().unwrap_or_default();
        let (target, method) = match head.split_once('.') {
            Some((target, _)) => (target.to_owned(), method[target.len() + 1..].to_owned()),
            None => (program.to_owned(), method),
        };
        let Some((to, abi)) = self.programs.get(&target).cloned() else {
            let known: Vec<_> = self.programs.keys().map(String::as_str).collect();
            miette::bail!(
                "--setup '{text}': there is no program `{target}` here, only {}; add it with --with",
                known.join(", ")
            );
        };
        let data = call::calldata(&abi, &method, &words, self)?;
        let from = self.who(&from)?;
        let sent = self.chain.tx(from, to).data(data).send();
        sent.map(drop)
            .map_err(|error| failed(&format!("--setup '{text}'"), &error))
    }
}

impl Scene {
    pub(super) fn set_up(args: &TraceArgs) -> miette::Result<Self> {
        let chain = Chain::builder().arbos_version(args.arbos.number()).build();
        let mut stage = Stage {
            chain: chain.map_err(|error| miette::miette!("{error}"))?,
            programs: BTreeMap::new(),
        };
        let project = current_dir()
            .ok()
            .and_then(|folder| Project::around(&folder).ok());
        for other in &args.others {
            let (name, rest) = other
                .split_once('=')
                .ok_or_else(|| miette::miette!("--with '{other}' is not of the form name=program"))?;
            let (program, constructor) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let mut code = Code::load(program, None, project.as_ref(), args.arbos)?;
            code.name = name.to_owned();
            let constructor = (!constructor.trim().is_empty()).then_some(constructor);
            stage.add(code, constructor)?;
        }
        let code = Code::load(&args.program, args.names.as_deref(), project.as_ref(), args.arbos)?;
        let (name, abi, has_names) = (
            code.name.clone(),
            code.artifact.abi.clone(),
            code.symbols.is_some(),
        );
        let wants = code
            .artifact
            .abi
            .constructor
            .as_ref()
            .is_some_and(|c| !c.inputs.is_empty());
        let program = stage.add(code, args.constructor.as_deref())?;
        for slot in &args.storage {
            let (key, value) = slot_value(slot)?;
            stage.chain.set_storage(program, key, value);
        }
        for setup in &args.setup {
            stage.setup(setup, &name)?;
        }
        if args.cached {
            let cached = stage.chain.cache_program(program, true);
            cached.map_err(|error| miette::miette!("{error}"))?;
        }
        let from = stage.who(&args.from)?;
        let extra = extra_abi(&args.abi)?;
        let mut abi_of_call = abi;
        for known in &extra {
            merge(&mut abi_of_call, known);
        }
        let data = match &args.method {
            Some(method) => call::calldata(&abi_of_call, method, &args.args, &mut stage)?,
            None => Bytes::new(),
        };
        let names = Names::new(
            &stage.chain,
            &stage.programs,
            extra,
            project.as_ref(),
            &args.label,
        )?;
        let method = args.method.as_deref().unwrap_or("(empty calldata)");
        Ok(Self {
            title: format!("{name} {method}"),
            from,
            program,
            data,
            value_wei: U256::from_str_radix(&args.value, 10).map_err(|error| {
                miette::miette!("--value {}: {error}; write whole wei in digits", args.value)
            })?,
            gas: args.gas,
            note: notes(wants && args.constructor.is_none(), has_names, args, &name),
            names,
            chain: stage.chain,
        })
    }

    /// What the user may want to know before the result.
    pub(super) fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Makes the call.
    pub(super) fn run(&mut self, profiled: bool) -> miette::Result<Receipt> {
        let mut tx = self
            .chain
            .tx(self.from, self.program)
            .value(self.value_wei)
            .data(self.data.clone())
            .traced();
        if profiled {
            tx = tx.profiled();
        }
        if let Some(gas) = self.gas {
            tx = tx.gas(gas);
        }
        tx.include()
            .map_err(|error| miette::miette!("the call cannot be made: {error}"))
    }
}

fn extra_abi(files: &[PathBuf]) -> miette::Result<Vec<JsonAbi>> {
    let parse = |file: &PathBuf| -> miette::Result<JsonAbi> {
        let text = read(file)?;
        let value: serde_json::Value = serde_json::from_slice(&text)
            .map_err(|error| miette::miette!("{} is not JSON: {error}", file.display()))?;
        let abi = value.get("abi").cloned().unwrap_or(value);
        serde_json::from_value(abi)
            .map_err(|error| miette::miette!("{} holds no ABI: {error}", file.display()))
    };
    files.iter().map(parse).collect()
}

/// Adds the functions of `other` that `abi` does not have.
fn merge(abi: &mut JsonAbi, other: &JsonAbi) {
    for (name, functions) in &other.functions {
        abi.functions
            .entry(name.clone())
            .or_insert_with(|| functions.clone());
    }
}

fn slot_value(text: &str) -> miette::Result<(U256, U256)> {
    let problem =
        || miette::miette!("--storage {text} is not of the form SLOT=VALUE, such as 0x0=0x1 or 7=100");
    let (key, value) = text.split_once('=').ok_or_else(problem)?;
    let number = |text: &str| text.parse::<U256>().map_err(|_| problem());
    Ok((number(key)?, number(value)?))
}

fn failed(what: &str, error: &ChainError) -> miette::Report {
    miette::miette!("{what} failed: {error}")
}

fn parameters(inputs: &[alloy_json_abi::Param]) -> String {
    let list: Vec<_> = inputs
        .iter()
        .map(|input| format!("{} {}", input.ty, input.name))
        .collect();
    list.join(", ")
}

fn notes(unconstructed: bool, has_names: bool, args: &TraceArgs, name: &str) -> Option<String> {
    let mut notes = Vec::new();
    if unconstructed {
        notes.push(format!(
            "note: {name} is not constructed, its storage is empty; see --constructor"
        ));
    }
    if !has_names && (args.profile || args.flamegraph.is_some()) {
        notes.push(format!(
            "note: the names of its functions are not known; `mintage build --force {name}` writes {name}.debug.wasm, or see --names"
        ));
    }
    (!notes.is_empty()).then(|| notes.join("\n"))
}
