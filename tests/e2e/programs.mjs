// Deploying a program that `mintage build` has built, as cargo-stylus does: by StylusDeployer, which activates it and calls its constructor.
import { concat, encodeAbiParameters, getAddress, pad, parseAbi, parseEther, parseEventLogs, toHex } from "viem";
import { artifact } from "./common.mjs";

export const DEPLOYER = "0xcEcba2F1DC234f70Dd89F2041029807F8D03A990";
export const deployer = parseAbi([
  "function deploy(bytes bytecode, bytes initData, uint256 initValue, bytes32 salt) payable returns (address)",
  "event ContractDeployed(address deployedContract)",
]);

/** Init code that leaves `code`. */
export const initCode = (code) => concat(["0x7f", pad(toHex((code.length - 2) / 2)), "0x80602b6000396000f300", code]);

/** The constructor's calldata. */
export const constructorData = (program, args) => {
  const { inputs } = program.abi.find((item) => item.type === "constructor");
  return concat(["0x5585258d", encodeAbiParameters(inputs, args)]);
};

/** Deploys a program by its name; more value is sent than any data fee, and the rest comes back. */
export async function deployProgram(wallet, reader, name, args) {
  const program = artifact(name);
  const hash = await wallet.writeContract({
    address: DEPLOYER,
    abi: deployer,
    functionName: "deploy",
    args: [initCode(program.code), constructorData(program, args), 0n, pad("0x0")],
    value: parseEther("0.001"),
  });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  if (receipt.status !== "success") throw new Error(`${name} was not deployed: ${hash}`);
  const [event] = parseEventLogs({ abi: deployer, logs: receipt.logs });
  return { address: getAddress(event.args.deployedContract), abi: program.abi, receipt };
}
