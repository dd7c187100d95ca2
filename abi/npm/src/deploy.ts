/** Deploying a Stylus program in one transaction: StylusDeployer creates it, activates it and runs its constructor. */
import {
  type Abi,
  type Address,
  type ContractConstructorArgs,
  type Hex,
  concatHex,
  decodeEventLog,
  encodeAbiParameters,
  numberToHex,
  size,
  zeroHash,
} from "viem";

/** Where StylusDeployer stands on Arbitrum's networks and on development nodes. */
export const STYLUS_DEPLOYER: Address = "0xcEcba2F1DC234f70Dd89F2041029807F8D03A990";

/** What is used of StylusDeployer. */
export const stylusDeployerAbi = [
  {
    type: "function",
    name: "deploy",
    stateMutability: "payable",
    inputs: [
      { name: "bytecode", type: "bytes" },
      { name: "initData", type: "bytes" },
      { name: "initValue", type: "uint256" },
      { name: "salt", type: "bytes32" },
    ],
    outputs: [{ name: "", type: "address" }],
  },
  { type: "event", name: "ContractDeployed", inputs: [{ name: "deployedContract", type: "address", indexed: false }] },
  { type: "error", name: "ContractDeploymentError", inputs: [{ name: "bytecode", type: "bytes" }] },
  {
    type: "error",
    name: "ContractInitializationError",
    inputs: [
      { name: "newContract", type: "address" },
      { name: "data", type: "bytes" },
    ],
  },
  { type: "error", name: "EmptyBytecode", inputs: [] },
  { type: "error", name: "InitValueButNotInitData", inputs: [] },
  { type: "error", name: "RefundExcessValueError", inputs: [{ name: "excessValue", type: "uint256" }] },
] as const;

/** A built program, as the modules under `artifacts/` export it. */
export interface StylusArtifact<abi extends Abi = Abi> {
  /** The program's name, like `price-oracle`. */
  readonly name: string;
  readonly abi: abi;
  /** The code that is deployed: prefix and compressed WASM. */
  readonly code: Hex;
  /** What activation costs at the network's default parameters, in wei. */
  readonly dataFeeWei: bigint;
}

export interface DeploymentOptions {
  /** For an address that depends on nothing but this, the code and the arguments; zero: an address by nonce. */
  salt?: Hex;
  /** Wei for a payable constructor. */
  value?: bigint;
  /** Wei to pay activation with. What is not needed comes back. By default a fifth more than the artifact states. */
  dataFeeWei?: bigint;
  /** Where StylusDeployer stands, if not at its usual address. */
  deployer?: Address;
}

/** Selector of `stylus_constructor()`, which a program's constructor is called by. */
const CONSTRUCTOR: Hex = "0x5585258d";

/** Init code that returns `code`: push its length, copy what follows these 43 bytes, return it. */
export function initCode(code: Hex): Hex {
  return concatHex(["0x7f", numberToHex(size(code), { size: 32 }), "0x80602b6000396000f300", code]);
}

/**
 * The parameters of viem's `writeContract` that deploy, activate and construct a program in one transaction.
 *
 * ```ts
 * const hash = await wallet.writeContract(stylusDeployment(token, args));
 * const address = deployedAddress(await client.waitForTransactionReceipt({ hash }));
 * ```
 */
export function stylusDeployment<const abi extends Abi>(
  artifact: StylusArtifact<abi>,
  args: ContractConstructorArgs<abi>,
  options: DeploymentOptions = {},
) {
  const constructor = artifact.abi.find((item) => item.type === "constructor");
  const inputs = constructor?.type === "constructor" ? constructor.inputs : [];
  const value = options.value ?? 0n;
  const dataFee = options.dataFeeWei ?? (artifact.dataFeeWei * 120n) / 100n;
  const initData = concatHex([CONSTRUCTOR, encodeAbiParameters(inputs, args as readonly unknown[])]);
  return {
    address: options.deployer ?? STYLUS_DEPLOYER,
    abi: stylusDeployerAbi,
    functionName: "deploy",
    args: [initCode(artifact.code), initData, value, options.salt ?? zeroHash],
    value: value + dataFee,
  } as const;
}

/**
 * The address that a deployment's receipt tells.
 *
 * @throws if the receipt holds no deployment
 */
export function deployedAddress(receipt: {
  logs: readonly { address: Address; topics: readonly Hex[]; data: Hex }[];
}, deployer: Address = STYLUS_DEPLOYER): Address {
  for (const log of receipt.logs) {
    if (log.address.toLowerCase() !== deployer.toLowerCase()) continue;
    const topics = log.topics as [Hex, ...Hex[]];
    const event = decodeEventLog({ abi: stylusDeployerAbi, topics, data: log.data });
    return event.args.deployedContract;
  }
  throw new Error(`the receipt holds no ContractDeployed event of StylusDeployer (${deployer}): did the transaction succeed?`);
}
