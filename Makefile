# The commands that people and CI use. `make` alone lists them.
# demo and test set up a fresh machine by themselves; what is there already costs a second.

.DEFAULT_GOAL := help
.PHONY: help setup build demo test check bench soak fuzz cost mutants abi npm snapshots models models-check

# The contracts are built by one program at a time through the command itself; their tests run on the host.
# From here and not from contracts/, so that a host without the exact toolchain of contracts/rust-toolchain.toml can run them.
CONTRACTS := --manifest-path contracts/Cargo.toml
MINTAGE   := cargo run --quiet --locked --package mintage --
DEMO      := sim/lab/scenarios/halving-buyback.toml

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing: C compiler, Rust, Node.js packages, wasm toolchain
	@scripts/setup.sh

build: setup ## compile the contracts to target/stylus
	@$(MINTAGE) build

demo: build ## build everything, run a year of a token economy, leave a report
	@$(MINTAGE) run $(DEMO)

test: build ## build everything, run every test
	@scripts/cargo-stylus.sh --version >/dev/null
	cargo test --locked --workspace $(CONTRACTS)
	cargo test --locked --workspace

check: build ## formatting, lints, documentation, licences, generated files, sizes and gas
	cargo fmt --all --check
	cargo fmt --all --check $(CONTRACTS)
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo clippy --locked --workspace --all-targets $(CONTRACTS) -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps $(CONTRACTS)
	cargo run --quiet --locked --package mintage-abi-gen -- --check
	node scripts/check-solidity.js
	node scripts/pack-npm.js
	scripts/check-reproducible.sh
	scripts/cargo-deny.sh
	cargo test --locked --workspace --test cost
	scripts/check-bare.sh
	@$(MINTAGE) cost --inspect

bench: build cost ## measure transactions per second, the node beside anvil, sizes and ink of the rules
	cargo bench --locked --workspace --bench transfer --bench demo --bench anvil

soak: build ## run the random tests for longer, and a million calls: hours
	MINTAGE_NODE_MUTATIONS=1000000 cargo test --locked --workspace --test rpc mutations
	PROPTEST_CASES=100000 cargo test --locked --workspace $(CONTRACTS)
	PROPTEST_CASES=20000 cargo test --locked --workspace
	MINTAGE_FUZZ_MODULES=20000 MINTAGE_EVM_TRANSACTIONS=1000000 cargo test --locked --workspace \
		--test metering --test engines --test hostile --test accepted --test evm_differential
	MINTAGE_SOAK_CALLS=1000000 cargo test --locked --workspace --test soak -- --nocapture

fuzz: ## run the fuzz targets, FUZZ_SECS seconds each (default 600); needs a nightly compiler and cargo-fuzz
	@scripts/fuzz.sh

models: ## write the vectors of the rules' second models anew (Python 3.11 and mpmath)
	python3 contracts/mechanism/models/make.py

models-check: ## prove that the committed vectors are what the second models make
	python3 contracts/mechanism/models/make.py --check

cost: setup ## measure bytes and ink of every function of the mathematics and the rules
	@$(MINTAGE) cost

mutants: ## change the rules in thousands of places and see whether a test notices (hours)
	scripts/mutants.sh

abi: setup ## generate abi/ from contracts/interfaces
	@cargo run --quiet --locked --package mintage-abi-gen

npm: build ## build and pack the npm package of ABIs and programs under target/npm
	@node scripts/pack-npm.js

snapshots: build ## write the committed sizes and gas anew
	MINTAGE_UPDATE_SNAPSHOTS=1 cargo test --locked --workspace --test cost
