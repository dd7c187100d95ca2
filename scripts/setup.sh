#!/bin/sh
# Installs, or says how to install, everything that `make demo` and `make test` need: a C compiler (as linker), Rust, Node.js with
# the pinned npm packages, the wasm toolchain. Where everything is there it takes a second and changes nothing.
#
#   scripts/setup.sh          all of that
#   scripts/setup.sh TOOL     what compiling the cargo tool of this name needs beside it
#
# Debian and Ubuntu: missing packages come from apt (as root, or with sudo without a password). Elsewhere it says what to do.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
minimum_rust=95 # Rust 1.95
minimum_node=18
needed_kib=10000000

say() { printf '%s\n' "setup: $*" >&2; }
stop() { say "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif have sudo && sudo -n true 2>/dev/null; then sudo -n "$@"
    else return 1
    fi
}

lists_fresh=no
apt_install() {
    have apt-get || return 1
    if [ $lists_fresh = no ]; then
        as_root apt-get -qq update >&2 || return 1
        lists_fresh=yes
    fi
    say "installing with apt: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" >&2
}

# A disk that fills up in the middle of a build stops it with an error of the compiler.
disk() {
    [ -d "$root/target" ] && return
    free_kib=$(df -Pk "$root" 2>/dev/null | awk 'NR == 2 { print $4 }')
    [ "${free_kib:-$needed_kib}" -ge $needed_kib ] ||
        say "only $((free_kib / 1024)) MiB are free in $root: make demo takes about 4 GB, make test 10 GB (7 with CARGO_INCREMENTAL=0)"
}

c_compiler() {
    have cc && return
    apt_install gcc libc6-dev && return
    case $(uname -s) in
        Darwin) stop "there is no C compiler, which Rust links with. Run: xcode-select --install" ;;
        *) stop "there is no C compiler, which Rust links with. On Debian or Ubuntu run: sudo apt-get install gcc libc6-dev" ;;
    esac
}

rust_minor() {
    { "$1" --version 2>/dev/null || true; } | sed -n 's/^[a-z]* 1\.\([0-9]*\)\..*/\1/p'
}

rust_is_there() {
    have cargo && have rustc || return 1
    cargo_minor=$(rust_minor cargo)
    rustc_minor=$(rust_minor rustc)
    [ "${cargo_minor:-0}" -ge $minimum_rust ] && [ "${rustc_minor:-0}" -ge $minimum_rust ]
}

rust() {
    rust_is_there && return
    if have rustup; then
        say "Rust 1.$minimum_rust or newer is needed; updating stable with rustup"
        rustup toolchain install stable --profile default --no-self-update >&2 || true
        rust_is_there && return
        stop "cargo is still $(cargo --version 2>/dev/null || echo missing). Run: rustup default stable && rustup update stable"
    fi
    # Debian keeps a current Rust for browsers beside its old one.
    if have apt-cache && ! have cargo; then
        apt_install ca-certificates rustc-web cargo-web rustfmt-web rust-web-clippy ||
            apt_install ca-certificates rustc cargo rustfmt rust-clippy || true
        rust_is_there && return
    fi
    stop "Rust 1.$minimum_rust or newer is needed (found: $(cargo --version 2>/dev/null || echo none)).
  Install it with rustup, which works on Linux and macOS: https://rustup.rs
  If Rust comes from your system's packages, remove those or put ~/.cargo/bin first in PATH."
}

node_is_there() {
    have node && have npm || return 1
    node_major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
    [ "${node_major:-0}" -ge $minimum_node ]
}

# Without Node.js programs are built without wasm-opt; that is worth a message, not a stop.
node_packages() {
    if ! node_is_there; then
        apt_install nodejs npm || true
    fi
    if ! node_is_there; then
        say "Node.js $minimum_node or newer with npm is missing: contracts are built without wasm-opt (larger; a call of the token costs"
        say "about 2,500 gas more while it is not cached), and the tests against the real Uniswap v2 cannot run. Install it from https://nodejs.org or your system's packages."
        return
    fi
    stamp=$root/node_modules/.installed-lock.json
    cmp -s "$root/package-lock.json" "$stamp" && return
    say "installing the pinned npm packages"
    (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2) || stop "npm ci failed in $root (see above). It needs the npm registry, or a cache that has the packages of package-lock.json."
    node "$here/npm-optional.js" || stop "not all npm packages could be installed (see above)"
    cp "$root/package-lock.json" "$stamp"
}

wasm_toolchain() {
    sh "$here/wasm-toolchain.sh" print >/dev/null 2>&1 && return
    sh "$here/wasm-toolchain.sh" install >/dev/null || exit 1
}

# cargo-stylus takes the system's TLS, which on Linux is OpenSSL.
openssl() {
    [ "$(uname -s)" = Linux ] || return 0
    have pkg-config && pkg-config --exists openssl && return
    apt_install pkg-config libssl-dev && return
    stop "OpenSSL's headers and pkg-config are missing, which cargo-stylus needs to compile. On Debian or Ubuntu run: sudo apt-get install pkg-config libssl-dev
  On Fedora: sudo dnf install pkgconf openssl-devel"
}

case ${1:-} in
    cargo-stylus) openssl ;;
    cargo-*) ;;
    '')
        disk
        c_compiler
        rust
        node_packages
        wasm_toolchain
        ;;
    *) stop "unknown argument: $1 (nothing, or the name of a cargo tool)" ;;
esac
