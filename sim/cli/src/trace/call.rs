//! What the user typed as a call: a method by name or signature with arguments, or calldata.

use super::scene::Accounts;
use alloy_dyn_abi::{DynSolType, DynSolValue, JsonAbiExt, Specifier};
use alloy_json_abi::{Function, JsonAbi, Param};
use mintage_chain::{Bytes, hex};

/// Calldata of `method` with these arguments.
pub(super) fn calldata(
    abi: &JsonAbi,
    method: &str,
    args: &[String],
    accounts: &mut impl Accounts,
) -> miette::Result<Bytes> {
    if method.starts_with("0x") {
        miette::ensure!(
            args.is_empty(),
            "`{method}` is calldata, which takes no arguments; name a method instead, such as 'transfer(address,uint256)'"
        );
        return hex::decode(method)
            .map(Bytes::from)
            .map_err(|error| miette::miette!("`{method}` is not calldata in hex: {error}"));
    }
    let function = function(abi, method)?;
    let values = values(&function.inputs, args, &signature(&function), accounts)?;
    let data = function.abi_encode_input(&values);
    data.map(Bytes::from)
        .map_err(|error| miette::miette!("{}: {error}", signature(&function)))
}

/// Values of these types, from text.
pub(super) fn values(
    inputs: &[Param],
    args: &[String],
    what: &str,
    accounts: &mut impl Accounts,
) -> miette::Result<Vec<DynSolValue>> {
    miette::ensure!(
        inputs.len() == args.len(),
        "{what} takes {} arguments, {} are given",
        inputs.len(),
        args.len()
    );
    let mut values = Vec::with_capacity(args.len());
    for (input, arg) in inputs.iter().zip(args) {
        let ty = input
            .resolve()
            .map_err(|error| miette::miette!("{what}: {error}"))?;
        values.push(value(&ty, arg, accounts).map_err(|problem| {
            miette::miette!("{what}: `{arg}` is no {} for `{}`{problem}", input.ty, input.name)
        })?);
    }
    Ok(values)
}

fn value(ty: &DynSolType, text: &str, accounts: &mut impl Accounts) -> Result<DynSolValue, String> {
    if *ty == DynSolType::Address
        && let Some(address) = accounts.named(text)
    {
        return Ok(DynSolValue::Address(address));
    }
    // An enum is a number and a string may be empty, which the reader of values wants in quotes.
    if *ty == DynSolType::String {
        return Ok(DynSolValue::String(text.to_owned()));
    }
    // The last line says what was expected; those before it draw an arrow.
    ty.coerce_str(text).map_err(|error| {
        let error = error.to_string();
        format!(": {}", error.lines().last().unwrap_or_default())
    })
}

/// The method of this name or signature.
fn function(abi: &JsonAbi, method: &str) -> miette::Result<Function> {
    if method.contains('(') {
        let parsed = Function::parse(method).map_err(|error| {
            miette::miette!("`{method}` is no method: {error}; write it as 'transfer(address,uint256)'")
        })?;
        let known = abi
            .functions()
            .find(|function| function.selector() == parsed.selector());
        return Ok(known.cloned().unwrap_or(parsed));
    }
    let overloads = abi.function(method).map_or(&[][..], Vec::as_slice);
    match overloads {
        [function] => Ok(function.clone()),
        [] if abi.functions.is_empty() => Err(miette::miette!(
            "the ABI of the program is not known, so `{method}` needs its parameters, such as '{method}(address,uint256)'; or name a file with --abi"
        )),
        [] => {
            let known: Vec<_> = abi.functions().map(signature).collect();
            Err(miette::miette!(
                help = format!("its methods: {}", known.join(", ")),
                "the program has no method `{method}`"
            ))
        }
        several => {
            let known: Vec<_> = several.iter().map(signature).collect();
            Err(miette::miette!(
                "there are several methods `{method}`; write one of {} in full",
                known.join(", ")
            ))
        }
    }
}

fn signature(function: &Function) -> String {
    function.signature()
}
