#!/bin/sh
# Licences, bans and sources of both workspaces' dependencies, by cargo-deny (settings in deny.toml).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
deny=$(CARGO_PROFILE_DEV_OPT_LEVEL=1 "$here/cargo-tool.sh" cargo-deny 0.20.2 --no-default-features)

# The database of advisories is not part of it: a check must give the same answer on the same sources, offline too.
for workspace in "$root" "$root/contracts"; do
    "$deny" --manifest-path "$workspace/Cargo.toml" --config "$root/deny.toml" --locked check \
        --hide-inclusion-graph licenses bans sources
done
