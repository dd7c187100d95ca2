#!/bin/sh
# Finds, or installs, the Rust toolchain that compiles the contracts to WebAssembly, and prints the environment of that
# build as NAME=value lines on stdout. `mintage build` runs `print`; `make` runs `install`. Everything else is on stderr.
#
#   scripts/wasm-toolchain.sh print             what is there (never installs, needs no network); exit 1 when there is nothing
#   scripts/wasm-toolchain.sh print --shell     the same, quoted for eval in a shell
#   scripts/wasm-toolchain.sh install           the same as print after installing what is missing
#
# Three toolchains do, the first that is there is used (MINTAGE_WASM_TOOLCHAIN=<name> insists on one of them):
#   rustup-buildstd   rustup, the version of contracts/rust-toolchain.toml (else the active one, if it is new enough), with the
#                     sources of the standard library
#   debian-buildstd   Debian's rustc, cargo, library sources and lld
#   rustup-prebuilt   rustup, the same versions, with its ready-made wasm32 library: works, but programs come out larger
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
target=wasm32-unknown-unknown
std_sources=src/rust/library/std/Cargo.toml
wanted=${MINTAGE_WASM_TOOLCHAIN:-}
minimum=95 # the minor version of Rust 1.x that the contracts need
channel=$(sed -n 's/^channel *= *"\(.*\)".*/\1/p' "$root/contracts/rust-toolchain.toml")

# Neither a look at the toolchain nor this script's own rustup calls may start a download by themselves.
RUSTUP_AUTO_INSTALL=0
# Where the server cannot be reached, that is known soon: there are other ways to a toolchain.
RUSTUP_MAX_RETRIES=${RUSTUP_MAX_RETRIES:-1}
export RUSTUP_AUTO_INSTALL RUSTUP_MAX_RETRIES

say() { printf '%s\n' "wasm-toolchain: $*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
allows() { [ -z "$wanted" ] || [ "$wanted" = "$1" ]; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif have sudo; then sudo -n "$@"
    else say "needs root for: $*"; return 1
    fi
}

# The minor version of a 1.x rustc, 0 when it does not run.
minor_of() {
    "$1" --version 2>/dev/null | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p' | grep . || echo 0
}

pinned_sysroot() {
    have rustup && rustup run "$channel" rustc --print sysroot 2>/dev/null
}

# The sysroots of rustup's toolchains that will do, one a line: the pinned version, then the one that is in use anyway.
rustup_sysroots() {
    have rustup || return 1
    pinned_sysroot || true
    active=$(cd / && rustup which rustc 2>/dev/null) || return 0
    if [ "$(minor_of "$active")" -ge $minimum ]; then dirname "$(dirname "$active")"; fi
}

# The first of them that holds the file or folder $1.
rustup_sysroot_with() {
    rustup_sysroots | while IFS= read -r candidate; do
        if [ -e "$candidate/lib/rustlib/$1" ]; then printf '%s\n' "$candidate"; break; fi
    done | grep .
}

line() {
    if [ "${form:-}" = --shell ]; then printf "%s='%s'\n" "$1" "$2"; else printf '%s=%s\n' "$1" "$2"; fi
}

small_env() {
    grep -E '^[A-Z0-9_]+=' "$root/contracts/small.env" | while IFS= read -r setting; do
        line "${setting%%=*}" "${setting#*=}"
    done
}

rustup_buildstd() {
    sysroot=$(rustup_sysroot_with "$std_sources") || return 1
    line MINTAGE_WASM_TOOLCHAIN rustup-buildstd
    line CARGO "$sysroot/bin/cargo"
    line RUSTC "$sysroot/bin/rustc"
    small_env
}

debian_buildstd() {
    [ "$(minor_of /usr/bin/rustc)" -ge $minimum ] || return 1
    [ -x /usr/bin/cargo ] && have wasm-ld || return 1
    sysroot=$(/usr/bin/rustc --print sysroot)
    [ -e "$sysroot/lib/rustlib/$std_sources" ] || return 1
    line MINTAGE_WASM_TOOLCHAIN debian-buildstd
    line CARGO /usr/bin/cargo
    line RUSTC /usr/bin/rustc
    line CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER wasm-ld
    small_env
}

rustup_prebuilt() {
    sysroot=$(rustup_sysroot_with "$target/lib") || return 1
    line MINTAGE_WASM_TOOLCHAIN rustup-prebuilt
    line CARGO "$sysroot/bin/cargo"
    line RUSTC "$sysroot/bin/rustc"
    # Panic messages stay in, and with them the paths of dependencies: the same bytes on every machine need the same paths.
    cargo_home=${CARGO_HOME:-$HOME/.cargo}
    case $cargo_home in
        *' '*) ;; # cargo splits the flags at spaces
        *) line CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS "--remap-path-prefix=$cargo_home=/cargo" ;;
    esac
}

found() {
    if allows rustup-buildstd && rustup_buildstd; then return 0; fi
    if allows debian-buildstd && debian_buildstd; then return 0; fi
    if allows rustup-prebuilt && rustup_prebuilt; then return 0; fi
    return 1
}

install_with_rustup() {
    have rustup || return 1
    if [ -z "$(pinned_sysroot)" ]; then
        say "installing Rust $channel with rustup"
        rustup toolchain install "$channel" --profile minimal --component rustfmt,clippy --no-self-update >&2 || return 1
    fi
    say "adding $target and the library sources to Rust $channel with rustup"
    rustup target add "$target" --toolchain "$channel" >&2 || say "rustup could not add the target $target"
    rustup component add rust-src --toolchain "$channel" >&2 || say "rustup could not add the library sources (rust-src)"
}

# Debian carries a current Rust beside its old one, for browsers: rustc-web. Newer releases need no second one.
debian_packages() {
    for suffix in -web ''; do
        version=$(apt-cache policy "rustc$suffix" 2>/dev/null | sed -n 's/^ *Candidate: *\([0-9].*\)/\1/p')
        minor=$(printf '%s' "$version" | sed -n 's/^1\.\([0-9]*\)\..*/\1/p')
        if [ "${minor:-0}" -ge $minimum ]; then
            echo "rustc$suffix cargo$suffix rust$suffix-src lld"
            return 0
        fi
    done
    return 1
}

install_with_apt() {
    have apt-get || return 1
    packages=$(debian_packages) || {
        as_root apt-get -qq update >&2 || say "apt-get update failed; going on with the lists that are there"
        packages=$(debian_packages) || { say "apt has no rustc 1.$minimum or newer"; return 1; }
    }
    say "installing $packages"
    # shellcheck disable=SC2086 # a list of packages
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends $packages >&2 && return 0
    # Old lists name package files that the mirror has since replaced.
    as_root apt-get -qq update >&2 || return 1
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends $packages >&2
}

nothing_found() {
    say "there is no Rust toolchain that compiles for $target${wanted:+ ($wanted was asked for)}. One of these provides it:"
    say "  with rustup (https://rustup.rs):  rustup toolchain install $channel -c rust-src,rustfmt,clippy -t $target"
    say "  on Debian 12 or newer, as root:   apt-get update && apt-get install rustc-web cargo-web rust-web-src lld"
    say "then run: scripts/wasm-toolchain.sh print"
    exit 1
}

prebuilt_note() {
    say "using the ready-made standard library: programs come out larger, and every call of them costs more."
    say "For the small build: rustup component add rust-src --toolchain $channel"
}

install() {
    if allows rustup-buildstd && rustup_buildstd; then return; fi
    if allows rustup-buildstd; then
        install_with_rustup || true
        if rustup_buildstd; then return; fi
    fi
    if allows debian-buildstd; then
        if debian_buildstd; then return; fi
        install_with_apt || true
        if debian_buildstd; then return; fi
    fi
    if [ "$wanted" = rustup-prebuilt ]; then install_with_rustup || true; fi
    if allows rustup-prebuilt && rustup_prebuilt; then prebuilt_note; return; fi
    nothing_found
}

form=${2:-}
case ${1:-} in
    print) found || nothing_found ;;
    install) install ;;
    *) sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0" >&2; [ "${1:-}" = help ] || exit 2 ;;
esac
