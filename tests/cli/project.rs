//! A small project of its own for the build tests: the layout of this one, programs of a few lines, and a standard library of
//! which only `core` is built, so that a cold build takes seconds.

use mintage_tests::root;
use std::{
    fs,
    path::{Path, PathBuf},
};

const ENTRYPOINT: &str = r#"
#[unsafe(no_mangle)]
pub extern "C" fn mark_used() {
    unsafe { pay_for_memory_grow(0) }
}

#[unsafe(no_mangle)]
pub extern "C" fn user_entrypoint(len: usize) -> usize {
    unsafe { write_result(DATA.as_ptr(), DATA.len().min(len)) };
    0
}
"#;

/// The head of every program; `data` is in its data section.
fn head(data: &[u8]) -> String {
    format!(
        r#"#![no_std]
#[link(wasm_import_module = "vm_hooks")]
unsafe extern "C" {{
    fn pay_for_memory_grow(pages: u16);
    fn write_result(data: *const u8, len: usize);
}}
static DATA: [u8; {}] = {data:?};
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {{
    loop {{}}
}}
"#,
        data.len()
    )
}

/// Source of a program that the network takes.
pub(crate) fn good_source() -> String {
    head(b"hello") + ENTRYPOINT
}

/// Source of a program without an entrypoint.
pub(crate) fn refused_source() -> String {
    head(b"hello") + &ENTRYPOINT.replace("user_entrypoint", "some_other_name")
}

/// Source of a program whose data no compression makes fit: 30,000 bytes of a generator's output.
pub(crate) fn large_source() -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let data: Vec<u8> = (0..30_000)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect();
    head(&data) + ENTRYPOINT
}

/// A project under `folder` with these programs (name and source); each has an interface without functions.
pub(crate) fn create(folder: &Path, programs: &[(&str, &str)]) -> PathBuf {
    let contracts = folder.join("contracts");
    let names: Vec<_> = programs.iter().map(|(name, _)| *name).collect();
    write(&contracts.join("Cargo.toml"), &workspace(&names));
    write(&contracts.join("Cargo.lock"), &lock(&names));
    write(&contracts.join("Stylus.toml"), "[workspace]\n");
    write(&contracts.join("small.env"), &small_env());
    for file in [
        "contracts/rust-toolchain.toml",
        "contracts/.cargo/config.toml",
        "scripts/wasm-toolchain.sh",
    ] {
        write(
            &folder.join(file),
            &fs::read_to_string(root().join(file)).unwrap(),
        );
    }
    for (name, source) in programs {
        let crate_folder = contracts.join(name);
        write(&crate_folder.join("Cargo.toml"), &manifest(name));
        write(&crate_folder.join("Stylus.toml"), "[contract]\n");
        write(&crate_folder.join("src/lib.rs"), source);
        let contract = name[..1].to_uppercase() + &name[1..];
        let interface = format!(
            "interface I{contract} {{}}\nabstract contract {contract} is I{contract} {{ constructor() {{}} }}\n"
        );
        write(&contracts.join(format!("interfaces/I{contract}.sol")), &interface);
    }
    folder.to_owned()
}

/// Writes a file with its folders.
pub(crate) fn write(file: &Path, content: &str) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

fn workspace(names: &[&str]) -> String {
    format!(
        "[workspace]\nresolver = \"2\"\nmembers = {names:?}\n\n\
         [profile.release]\nopt-level = \"z\"\nlto = \"fat\"\ncodegen-units = 1\npanic = \"abort\"\nstrip = true\n"
    )
}

fn manifest(name: &str) -> String {
    format!(
        "[package]\nname = \"small-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n"
    )
}

fn lock(names: &[&str]) -> String {
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    let packages = sorted
        .iter()
        .map(|n| format!("\n[[package]]\nname = \"small-{n}\"\nversion = \"0.0.0\"\n"));
    format!("version = 4\n{}", packages.collect::<String>())
}

fn small_env() -> String {
    let ours = fs::read_to_string(root().join("contracts/small.env")).unwrap();
    let std = "CARGO_UNSTABLE_BUILD_STD=std,panic_abort";
    assert!(ours.contains(std), "the settings changed; so must this test");
    ours.replace(std, "CARGO_UNSTABLE_BUILD_STD=core,compiler_builtins")
}
