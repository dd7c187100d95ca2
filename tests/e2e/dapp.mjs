// A dApp's Solidity contract (tests/solidity/Patron.sol) and the programs it uses, by viem: deploy the economy, hold its token, pay with a
// permit signed as typed data, start a buyback, catch the programs' own errors. In-process the same is asked in tests/integration/dapp.rs.
import assert from "node:assert/strict";
import { createPublicClient, createWalletClient, defineChain, encodeFunctionData, getAddress, http, parseEther, parseEventLogs, parseSignature, toFunctionSelector, zeroAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { check, compile, keys, raw, rejection, run, url } from "./common.mjs";
import { deployProgram } from "./programs.mjs";

const HOP_SECS = 11_635n;
const LOT = parseEther("10000");
const FLOOR = parseEther("250000");

const chainId = Number(await raw("eth_chainId"));
const chain = defineChain({ id: chainId, name: "mintage", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: { default: { http: [url] } } });
const owner = privateKeyToAccount(keys[0]);
const member = privateKeyToAccount(keys[1]);
const thief = privateKeyToAccount(`0x${"7".repeat(64)}`);
const settings = { chain, pollingInterval: 50, transport: http(url) };
const reader = createPublicClient(settings);
const wallets = new Map([owner, member, thief].map((account) => [account, createWalletClient({ ...settings, account })]));

/** Sends to a contract and gives the receipt; gas is what the node estimates. */
async function send(account, contract, functionName, args = []) {
  const hash = await wallets.get(account).writeContract({ ...contract, functionName, args });
  const receipt = await reader.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success", functionName);
  return receipt;
}
const read = (contract, functionName, args = []) => reader.readContract({ ...contract, functionName, args });
const balance = (of, account) => read(of, "balanceOf", [account]);
const now = async () => (await reader.getBlock()).timestamp;

/** Why a call of the contract reverts, decoded by viem from the ABIs of the contract and of what it calls. */
async function refused(contract, functionName, args = []) {
  const error = await rejection(reader.simulateContract({ ...contract, functionName, args, account: member }));
  const { data } = error.walk((cause) => cause.data?.errorName) ?? {};
  assert.ok(data, error.message);
  return data;
}

let token, asset, pair, oracle, treasury, buyback, patron;

check("the economy is deployed and wired", async () => {
  const wallet = wallets.get(owner);
  const deploy = (name, ...args) => deployProgram(wallet, reader, name, args);
  await raw("anvil_setBalance", [thief.address, "0xde0b6b3a7640000"]);
  const me = owner.address;
  token = await deploy("token", "Mint", "MINT", 18, me, zeroAddress, parseEther("100000000"), 0, me, parseEther("50000000"));
  asset = await deploy("token", "Cash", "CASH", 18, me, zeroAddress, 2n ** 128n - 1n, 0, me, parseEther("1000000000"));
  const [token0, token1] = [token.address, asset.address].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
  pair = await deploy("pair", zeroAddress, token0, token1);
  await send(owner, asset, "transfer", [pair.address, parseEther("1000000")]);
  await send(owner, token, "transfer", [pair.address, parseEther("20000000")]);
  await send(owner, pair, "mint", [me]);
  oracle = await deploy("price-oracle", pair.address, token.address, 3_600n, 900n, 300n, 3_600n, 1_000);
  treasury = await deploy("treasury", me, zeroAddress, 172_800n, 0n);
  buyback = await deploy("buyback", me, zeroAddress, treasury.address, pair.address, oracle.address, token.address, HOP_SECS, LOT, 0n, parseEther("0.98"));
  await send(owner, treasury, "setFloor", [asset.address, FLOOR]);
  await send(owner, treasury, "setSpendLimit", [asset.address, buyback.address, 8n * LOT, 8n * LOT]);
  await send(owner, asset, "transfer", [treasury.address, parseEther("500000")]);
  await send(owner, treasury, "record", [asset.address]);
  await send(owner, token, "transfer", [member.address, parseEther("100")]);
});

check("the Solidity contract is deployed with viem and reads through the programs", async () => {
  const { abi, bytecode } = compile("Patron.sol", "Patron");
  const hash = await wallets.get(owner).deployContract({ abi, bytecode, args: [token.address, buyback.address] });
  const { contractAddress } = await reader.waitForTransactionReceipt({ hash });
  // With the errors of the programs, which go through it, and none of their functions.
  const errors = [...token.abi, ...buyback.abi].filter((item) => item.type === "error" && !abi.some((own) => own.type === "error" && own.name === item.name));
  patron = { address: getAddress(contractAddress), abi: [...abi, ...errors] };
  assert.equal(await read(patron, "token"), token.address);
  assert.equal(await read(patron, "buyback"), buyback.address);
});

/** The member's permit to the contract by its next nonce: the arguments of `payIn`. */
async function permitted(value, deadline) {
  const signature = await wallets.get(member).signTypedData({
    domain: { name: "Mint", version: "1", chainId, verifyingContract: token.address },
    types: { Permit: [["owner", "address"], ["spender", "address"], ["value", "uint256"], ["nonce", "uint256"], ["deadline", "uint256"]].map(([name, type]) => ({ name, type })) },
    primaryType: "Permit",
    message: { owner: member.address, spender: patron.address, value, nonce: await read(token, "nonces", [member.address]), deadline },
  });
  const { v, r, s } = parseSignature(signature);
  return [value, deadline, Number(v), r, s];
}

check("a permit signed as typed data pays in, and what was paid in comes out", async () => {
  const value = parseEther("40");
  const receipt = await send(member, patron, "payIn", await permitted(value, (await now()) + 60n));
  const [paid] = parseEventLogs({ abi: patron.abi, eventName: "PaidIn", logs: receipt.logs });
  assert.deepEqual(paid.args, { member: member.address, value });
  const [moved] = parseEventLogs({ abi: token.abi, eventName: "Transfer", logs: receipt.logs });
  assert.deepEqual(moved.args, { from: member.address, to: patron.address, value });
  assert.equal(await balance(token, patron.address), value);
  const { errorName, args } = await refused(patron, "payOut", [value + 1n]);
  assert.deepEqual([errorName, args], ["NotEnoughPaidIn", [value, value + 1n]]);
  await send(member, patron, "payOut", [value]);
  assert.equal(await balance(token, member.address), parseEther("100"));
});

check("a permit that somebody handed in first is caught, and the payment goes on", async () => {
  const value = parseEther("7");
  const [, deadline, v, r, s] = await permitted(value, (await now()) + 60n);
  await send(thief, token, "permit", [member.address, patron.address, value, deadline, v, r, s]);
  const receipt = await send(member, patron, "payIn", [value, deadline, v, r, s]);
  const [failed] = parseEventLogs({ abi: patron.abi, eventName: "PermitFailed", logs: receipt.logs });
  assert.equal(failed.args.reason, toFunctionSelector("ERC2612InvalidSigner(address,address)"));
  assert.equal(await balance(token, patron.address), value);
});

check("the token's own errors reach the client by name, with their arguments", async () => {
  const late = (await now()) - 1n;
  const expired = await refused(patron, "payIn", await permitted(1n, late));
  assert.deepEqual([expired.errorName, expired.args], ["ERC2612ExpiredSignature", [late]]);
  const have = await balance(token, member.address);
  const poor = await refused(patron, "payIn", await permitted(have + 1n, (await now()) + 60n));
  assert.deepEqual([poor.errorName, poor.args], ["ERC20InsufficientBalance", [member.address, have, have + 1n]]);
});

/** Lets time pass as a keeper sees it: an observation in each period of the oracle's window at the end. */
async function warpObserved(secs) {
  await raw("evm_increaseTime", [Number(secs) - 4_500]);
  const data = encodeFunctionData({ abi: oracle.abi, functionName: "observe" });
  for (let passed = 0; passed < 4_500; passed += 300) {
    await raw("evm_increaseTime", [300]);
    const hash = await raw("eth_sendTransaction", [{ from: owner.address, to: oracle.address, data }]);
    assert.equal((await reader.getTransactionReceipt({ hash })).status, "success", "observe");
  }
}

/** Has the contract kick; the one event that it emits itself. */
async function kick(eventName) {
  const receipt = await send(member, patron, "kick");
  const [event] = parseEventLogs({ abi: patron.abi, eventName, logs: receipt.logs });
  assert.ok(event, `no ${eventName}`);
  return event.args;
}

check("a kick buys back and burns, or the contract says when it will", async () => {
  await warpObserved(4n * HOP_SECS);
  const supply = await read(token, "totalSupply");
  const { bought } = await kick("Kicked");
  assert.ok(bought > 0n);
  assert.equal(supply - (await read(token, "totalSupply")), bought);
  const { nextTs } = await kick("KickTooSoon");
  assert.ok(nextTs > (await now()));
});

check("a treasury at its floor starves the kick, and a stopped buyback's error is passed on", async () => {
  const held = await balance(asset, treasury.address);
  await send(owner, treasury, "setFloor", [asset.address, held - parseEther("1")]);
  await warpObserved(HOP_SECS);
  assert.equal((await kick("KickStarved")).missing, LOT - parseEther("1"));
  await send(owner, buyback, "stop");
  assert.equal((await refused(patron, "kick")).errorName, "BuybackStopped");
});

await run();
