//! The real Uniswap v2 as a market: its factory and pair as the npm package @uniswap/v2-core ships them. The package is
//! GPL-3.0: it is read where the user has installed it and is no part of this repository.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, Bytes, hex};
use alloy_sol_types::{SolCall, SolValue, sol};

use crate::error::LabError;
use crate::world::World;

sol! {
    interface IUniswapV2Factory {
        function createPair(address tokenA, address tokenB) external returns (address pair);
        function getPair(address tokenA, address tokenB) external view returns (address pair);
    }
}

/// The version that scenarios are made for.
const VERSION: &str = "1.0.1";

/// Bytecode of the package. The pair's is inside the factory's, which creates it.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    factory_init_code: Vec<u8>,
}

impl Package {
    /// Reads the package below a folder of npm packages.
    pub(crate) fn load(node_modules: &Path) -> Result<Self, LabError> {
        let folder = node_modules.join("@uniswap/v2-core");
        let version = read_json(&folder.join("package.json"))?;
        if version.get("version").and_then(|v| v.as_str()) != Some(VERSION) {
            return Err(damaged(
                folder.join("package.json"),
                &format!("is not version {VERSION}"),
            ));
        }
        let path = folder.join("build/UniswapV2Factory.json");
        let code = read_json(&path)?
            .get("bytecode")
            .and_then(|b| b.as_str())
            .map(hex::decode);
        match code {
            Some(Ok(factory_init_code)) => Ok(Self { factory_init_code }),
            _ => Err(damaged(path, "has no bytecode")),
        }
    }
}

/// Deploys the factory and creates the pair.
pub(crate) fn deploy(
    world: &mut World,
    package: &Package,
    token0: Address,
    token1: Address,
) -> Result<Address, LabError> {
    let owner = world.sites.owner;
    // Constructor: who may switch the protocol's fee on. It stays off.
    let init_code = [package.factory_init_code.as_slice(), &owner.abi_encode()].concat();
    let factory = world.create(owner, "uniswap_factory", init_code)?;
    let call = IUniswapV2Factory::createPairCall {
        tokenA: token0,
        tokenB: token1,
    };
    let data = Bytes::from(call.abi_encode());
    world.set_up(
        owner,
        factory,
        IUniswapV2Factory::createPairCall::SIGNATURE,
        data,
        "creating the pair",
    )?;
    world.view(
        factory,
        IUniswapV2Factory::getPairCall {
            tokenA: token0,
            tokenB: token1,
        },
    )
}

fn read_json(path: &Path) -> Result<serde_json::Value, LabError> {
    let text = std::fs::read_to_string(path).map_err(|_| damaged(path.to_path_buf(), "is missing"))?;
    serde_json::from_str(&text).map_err(|e| damaged(path.to_path_buf(), &format!("is damaged ({e})")))
}

fn damaged(path: PathBuf, problem: &str) -> LabError {
    LabError::Uniswap {
        path,
        problem: problem.to_string(),
    }
}
