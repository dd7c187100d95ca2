//! The probe programs as one crate: for each function an entry that calls it, and one that only makes its arguments.
//!
//! The crate stands with copies of the two crates in a workspace of its own under contracts/target, with the manifest, the
//! lock file and so the profile of contracts/. All probes are compiled at once; the linker then takes one out at a time.

use super::{
    error::CostError,
    functions::{Answer, Function},
};
use crate::build::write_atomically;
use quote::ToTokens;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use syn::Expr;

/// The crates whose functions are measured: folder in contracts/, name in Rust.
pub(crate) const CRATES: [(&str, &str); 2] = [("math", "mintage_math"), ("mechanism", "mintage_mechanism")];

/// As long as `user_entrypoint`, so that the name can be replaced in the linked module.
pub(crate) fn probe_name(index: usize) -> String {
    format!("probe_{index:09}")
}

/// The same arguments, and no call.
pub(crate) fn frame_name(index: usize) -> String {
    format!("frame_{index:09}")
}

const HEAD: &str = "\
#![allow(unused, clippy::all)]
use core::hint::black_box;
use core::num::NonZeroU32;
use mintage_math::U256;
const fn scaled(n: u128, zeros: u32) -> U256 {
    let scale = 10u128.pow(zeros);
    // n below 2^64 and two factors below 2^64: the carries fit
    let (high, low) = if zeros > 18 { (10u64.pow(zeros - 18), 10u64.pow(18)) } else { (1, scale as u64) };
    let first = n * low as u128;
    let (l, h) = ((first as u64) as u128 * high as u128, (first >> 64) * high as u128);
    let middle = (l >> 64) + (h as u64) as u128;
    U256::from_limbs([l as u64, middle as u64, ((middle >> 64) + (h >> 64)) as u64, 0])
}
/// n
#[inline(always)] const fn n(n: u64) -> U256 { scaled(n as u128, 0) }
/// n·10^18
#[inline(always)] const fn e18(n: u64) -> U256 { scaled(n as u128, 18) }
/// n·10^15, a thousandth of a wad
#[inline(always)] const fn m18(n: u64) -> U256 { scaled(n as u128, 15) }
/// n·10^27
#[inline(always)] const fn e27(n: u64) -> U256 { scaled(n as u128, 27) }
/// n·10^24, a thousandth of a ray
#[inline(always)] const fn m27(n: u64) -> U256 { scaled(n as u128, 24) }
/// For Merkle proofs: a hash that only copies, since on chain the host hashes.
fn stand_in(bytes: &[u8]) -> [u8; 32] {
    let mut node = [0u8; 32];
    for (to, from) in node.iter_mut().zip(bytes) { *to = *from; }
    node
}
/// n·2^96
#[inline(always)] fn q96(n: u64) -> U256 { U256::from_limbs([0, n << 32, n >> 32, 0]) }
";

/// Source of the probe crate: `calls` are the functions with what to call.
pub(crate) fn source(calls: &[(&'static str, &Function, String)]) -> Result<String, CostError> {
    let mut text = HEAD.to_owned();
    for (index, (krate, function, call)) in calls.iter().enumerate() {
        let split = Split::of(call).map_err(|problem| CostError::Arguments {
            file: PathBuf::from(function.key()),
            problem: format!("{problem}: {call}"),
        })?;
        let uses = if function.module.is_empty() {
            format!("use {krate}::*;")
        } else {
            format!(
                "use {krate}::{}::*; use {krate}::*; use mintage_math::{{MathError, RAD, RAY, WAD}};",
                function.module
            )
        };
        let done = match function.answer {
            Answer::Plain => "0",
            Answer::Result => "answer.is_err() as usize",
            Answer::Option => "answer.is_none() as usize",
        };
        let (lets, call) = (&split.lets, &split.call);
        let _ = write!(
            text,
            "
#[unsafe(no_mangle)] pub extern \"C\" fn {}(_: usize) -> usize {{ {uses}
    {lets}
    let answer = {call};
    black_box(&answer);
    {done}
}}
#[unsafe(no_mangle)] pub extern \"C\" fn {}(_: usize) -> usize {{ {uses}
    {lets}
    let for_the_types_alone = || {call};
    0
}}
",
            probe_name(index),
            frame_name(index)
        );
    }
    Ok(text)
}

/// A call taken apart: each argument in a variable that the compiler knows nothing about, and the call with the variables.
struct Split {
    lets: String,
    call: String,
}

impl Split {
    fn of(call: &str) -> Result<Self, String> {
        let mut split = Self {
            lets: String::new(),
            call: String::new(),
        };
        let (head, args) = match syn::parse_str::<Expr>(call).map_err(|e| e.to_string())? {
            Expr::Call(expr) => (expr.func.to_token_stream().to_string(), expr.args),
            Expr::MethodCall(expr) => {
                let receiver = split.hide(&expr.receiver);
                (format!("{receiver}.{}", expr.method), expr.args)
            }
            _ => return Err("not a call".into()),
        };
        let args: Vec<String> = args.iter().map(|arg| split.hide(arg)).collect();
        split.call = format!("{head}({})", args.join(", "));
        Ok(split)
    }

    /// What stands for `value` in the call.
    fn hide(&mut self, value: &Expr) -> String {
        match value {
            Expr::Closure(closure) => closure.to_token_stream().to_string(),
            Expr::Reference(reference) => {
                let name = self.variable(&reference.expr);
                let mutable = if reference.mutability.is_some() {
                    "mut "
                } else {
                    ""
                };
                format!("&{mutable}{name}")
            }
            _ => self.variable(value),
        }
    }

    fn variable(&mut self, value: &Expr) -> String {
        let name = format!("a{}", self.lets.lines().count());
        let _ = writeln!(
            self.lets,
            "let mut {name} = black_box({});",
            value.to_token_stream()
        );
        name
    }
}

/// Writes the workspace: copies of the crates, and the probe crate with this source. Nothing is touched that is right already.
pub(crate) fn write_workspace(contracts: &Path, folder: &Path, source: &str) -> Result<(), CostError> {
    let members: Vec<&str> = CRATES.iter().map(|(name, _)| *name).chain(["probe"]).collect();
    let manifest = edited(&contracts.join("Cargo.toml"), |table| {
        if let Some(toml::Value::Table(workspace)) = table.get_mut("workspace") {
            workspace.insert("members".into(), members.clone().into());
        }
    })?;
    put(&folder.join("Cargo.toml"), manifest.as_bytes())?;
    copy(
        &contracts.join("Cargo.lock"),
        &folder.join("Cargo.lock.contracts"),
    )?;
    if !folder.join("Cargo.lock").is_file() {
        copy(&contracts.join("Cargo.lock"), &folder.join("Cargo.lock"))?;
    }
    for (name, _) in CRATES {
        let manifest = edited(&contracts.join(name).join("Cargo.toml"), |table| {
            table.remove("dev-dependencies");
        })?;
        put(&folder.join(name).join("Cargo.toml"), manifest.as_bytes())?;
        copy(
            &contracts.join(name).join("README.md"),
            &folder.join(name).join("README.md"),
        )?;
        copy_folder(&contracts.join(name).join("src"), &folder.join(name).join("src"))?;
    }
    put(&folder.join("probe/Cargo.toml"), PROBE_MANIFEST.as_bytes())?;
    put(&folder.join("probe/src/lib.rs"), source.as_bytes())
}

const PROBE_MANIFEST: &str = "\
[package]
name = \"probe\"
version = \"0.0.0\"
edition = \"2024\"
publish = false
[lib]
crate-type = [\"staticlib\"]
[dependencies]
mintage-math.workspace = true
mintage-mechanism.workspace = true
";

fn edited(file: &Path, edit: impl FnOnce(&mut toml::Table)) -> Result<String, CostError> {
    let text = fs::read_to_string(file).map_err(|source| CostError::io("read", file, source))?;
    let mut table: toml::Table = toml::from_str(&text).map_err(|e| CostError::Arguments {
        file: file.into(),
        problem: e.to_string(),
    })?;
    edit(&mut table);
    Ok(table.to_string())
}

fn put(file: &Path, content: &[u8]) -> Result<(), CostError> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|source| CostError::io("create", folder, source))?;
    }
    write_atomically(file, content).map_err(|source| CostError::io("write", file, source))
}

fn copy(from: &Path, to: &Path) -> Result<(), CostError> {
    let content = fs::read(from).map_err(|source| CostError::io("read", from, source))?;
    put(to, &content)
}

/// Makes `to` the same as `from`: what is no longer there goes.
fn copy_folder(from: &Path, to: &Path) -> Result<(), CostError> {
    let names = |folder: &Path| -> Result<Vec<std::ffi::OsString>, CostError> {
        let entries = fs::read_dir(folder).map_err(|source| CostError::io("read", folder, source))?;
        Ok(entries.flatten().map(|entry| entry.file_name()).collect())
    };
    fs::create_dir_all(to).map_err(|source| CostError::io("create", to, source))?;
    for name in names(from)? {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            copy(&from, &to)?;
        }
    }
    for name in names(to)? {
        let stale = to.join(&name);
        if !from.join(&name).exists() && stale.is_file() {
            fs::remove_file(&stale).map_err(|source| CostError::io("remove", &stale, source))?;
        }
    }
    Ok(())
}
