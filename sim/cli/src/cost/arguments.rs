//! With what a probe calls its function: a line of the table, or a value by the parameter's type and name.

use super::{
    error::CostError,
    functions::{Catalogue, Function, spelled},
};
use std::{collections::BTreeMap, fs, path::Path};
use syn::Type;

/// `module::function = function(..)`, a line each; `#` opens a comment.
pub(crate) struct Table(BTreeMap<String, String>);

impl Table {
    pub(crate) fn read(file: &Path) -> Result<Self, CostError> {
        let text = fs::read_to_string(file).map_err(|source| CostError::io("read", file, source))?;
        let mut calls = BTreeMap::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let problem = |problem: &str| CostError::Arguments {
                file: file.into(),
                problem: format!("{problem}: {line}"),
            };
            let (key, call) = line
                .split_once(" = ")
                .ok_or_else(|| problem("there is no ` = ` in"))?;
            if calls
                .insert(key.trim().to_owned(), call.trim().to_owned())
                .is_some()
            {
                return Err(problem("the second line for this function"));
            }
        }
        Ok(Self(calls))
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Lines for functions that there are not.
    pub(crate) fn strangers<'a>(&'a self, known: &'a dyn Fn(&str) -> bool) -> impl Iterator<Item = &'a str> {
        self.0.keys().map(String::as_str).filter(move |key| !known(key))
    }
}

/// The call by types and names alone, if they say enough.
pub(crate) fn default_call(function: &Function, catalogue: &Catalogue) -> Option<String> {
    let module = &function.module;
    let args: Vec<String> = function
        .params
        .iter()
        .map(|(name, ty)| value(name, ty, module, catalogue))
        .collect::<Option<_>>()?;
    let args = args.join(", ");
    let name = &function.name;
    Some(match (&function.of, function.is_method) {
        (None, _) => format!("{name}({args})"),
        (Some(of), false) => format!("{of}::{name}({args})"),
        (Some(of), true) => format!("{}.{name}({args})", literal(of, module, catalogue)?),
    })
}

/// `Terms { spot_wad: e18(1000), .. }` of a struct whose fields are public.
fn literal(name: &str, module: &str, catalogue: &Catalogue) -> Option<String> {
    let fields = catalogue.structs.get(&(module.to_owned(), name.to_owned()))?;
    let fields: Vec<String> = fields
        .iter()
        .map(|(field, ty)| Some(format!("{field}: {}", value(field, ty, module, catalogue)?)))
        .collect::<Option<_>>()?;
    Some(format!("{name} {{ {} }}", fields.join(", ")))
}

fn value(name: &str, ty: &Type, module: &str, catalogue: &Catalogue) -> Option<String> {
    if let Type::Reference(reference) = ty {
        let inner = value(name, &reference.elem, module, catalogue)?;
        return Some(if reference.mutability.is_some() {
            format!("&mut {inner}")
        } else {
            format!("&{inner}")
        });
    }
    if let Type::Slice(slice) = ty {
        let one = value(name, &slice.elem, module, catalogue)?;
        return Some(format!("[{one}, {one}, {one}]"));
    }
    let spelled = spelled(ty);
    if let Some(inner) = spelled.strip_prefix("Option<").and_then(|t| t.strip_suffix('>')) {
        let inner = syn::parse_str(inner).ok()?;
        return Some(format!("Some({})", value(name, &inner, module, catalogue)?));
    }
    let text = match spelled.as_str() {
        "U256" if name.ends_with("_ray") => "RAY",
        "U256" if name.contains("price") => "m18(1_500)",
        "U256" if name.contains("sigma") => "m18(800)",
        "U256" if name.ends_with("_wad") => "m18(900)",
        "U256" => "e18(1_000)",
        "u8" => "18",
        "u16" => "500",
        "u32" => "30",
        "u64" if name.starts_with("now") => "1_760_086_400",
        "u64" if name.starts_with("end") => "1_790_000_000",
        "u64" if name.ends_with("_ts") => "1_760_000_000",
        "u64" if name.ends_with("_secs") => "86_400",
        "u64" => "1_000",
        "usize" => "1",
        "i32" => "200_310",
        "i64" | "i128" => "50_000_000_000_000_000",
        "bool" => "true",
        "NonZeroU32" => "NonZeroU32::new(10_000).unwrap()",
        name => return literal(name, module, catalogue),
    };
    Some(text.to_owned())
}
