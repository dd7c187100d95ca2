/** Deploys `token` and transfers one of it. Run it against `mintage node`, or with RPC_URL and PRIVATE_KEY against a network. */
import { deployedAddress, stylusDeployment } from "@mintage/contracts";
import { token } from "@mintage/contracts/artifacts/token";
import { createWalletClient, getContract, http, parseEther, publicActions, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const { RPC_URL = "http://localhost:8547", PRIVATE_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80" } = process.env;
const account = privateKeyToAccount(PRIVATE_KEY as Hex);
const client = createWalletClient({ account, transport: http(RPC_URL) }).extend(publicActions);

const args = ["Mint", "MINT", 18, account.address, account.address, parseEther("1000"), 0, account.address, parseEther("100")] as const;
const deployment = await client.writeContract({ ...stylusDeployment(token, args), chain: null });
const address = deployedAddress(await client.waitForTransactionReceipt({ hash: deployment }));

const coin = getContract({ address, abi: token.abi, client });
const bob = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const hash = await coin.write.transfer([bob, parseEther("1")], { chain: null });
const { gasUsed } = await client.waitForTransactionReceipt({ hash });
console.log(JSON.stringify({ address, balance: String(await coin.read.balanceOf([bob])), gasUsed: String(gasUsed) }));
