// A Stylus program on the node, by the calls that cargo-stylus 0.10 makes: check, deploy with and without a constructor, activate, cache;
// and the program used by viem.
import assert from "node:assert/strict";
import { createPublicClient, createWalletClient, defineChain, encodeFunctionData, getAddress, http, keccak256, parseAbi } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { artifact, check, keys, raw, rejection, run, url } from "./common.mjs";
import { DEPLOYER, deployProgram, initCode } from "./programs.mjs";

const ARB_WASM = "0x0000000000000000000000000000000000000071";
const ARB_WASM_CACHE = "0x0000000000000000000000000000000000000072";
const arbWasm = parseAbi([
  "function activateProgram(address program) payable returns (uint16 version, uint256 dataFee)",
  "function codehashVersion(bytes32 codehash) view returns (uint16 version)",
  "error ProgramNotActivated()",
]);
const arbWasmCache = parseAbi([
  "function allCacheManagers() view returns (address[] managers)",
  "function codehashIsCached(bytes32 codehash) view returns (bool)",
]);
const cacheManager = parseAbi([
  "function isPaused() view returns (bool)",
  "function queueSize() view returns (uint64)",
  "function cacheSize() view returns (uint64)",
  "function getMinBid(address program) view returns (uint192)",
  "function placeBid(address program) payable",
  "error AlreadyCached(bytes32 codehash)",
]);

const token = artifact("token");
const chainId = Number(await raw("eth_chainId"));
const chain = defineChain({ id: chainId, name: "mintage", nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 }, rpcUrls: { default: { http: [url] } } });
const alice = privateKeyToAccount(keys[0]);
const bob = privateKeyToAccount(keys[1]);
const settings = { chain, pollingInterval: 50, transport: http(url) };
const reader = createPublicClient(settings);
const wallet = createWalletClient({ ...settings, account: alice });
const mined = async (hash) => {
  const receipt = await reader.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, "success");
  return receipt;
};
let plain;
let fee;
let built;

check("activation is tried out in a call, with code and sender that exist only there", async () => {
  const program = "0x00000000000000000000000000000000000beef1";
  const nobody = "0x00000000000000000000000000000000000beef2";
  const data = encodeFunctionData({ abi: arbWasm, functionName: "activateProgram", args: [program] });
  const call = { from: nobody, to: ARB_WASM, value: "0xde0b6b3a7640000", input: data };
  const overrides = { [nobody]: { balance: `0x${"f".repeat(64)}` }, [program]: { code: token.code } };
  const answer = await raw("eth_call", [call, "latest", overrides]);
  fee = BigInt(`0x${answer.slice(66)}`);
  assert.equal(BigInt(answer.slice(0, 66)), 3n, "the version of Stylus");
  assert.ok(fee > 0n);
});

check("a program that was never activated says so", async () => {
  const hash = keccak256(token.code);
  const error = await rejection(reader.readContract({ address: ARB_WASM, abi: arbWasm, functionName: "codehashVersion", args: [hash] }));
  assert.match(error.message, /ProgramNotActivated/);
});

check("deploy, then activate", async () => {
  const receipt = await mined(await wallet.sendTransaction({ data: initCode(token.code) }));
  plain = getAddress(receipt.contractAddress);
  assert.equal(await reader.getCode({ address: plain }), token.code);
  const bumped = (fee * 120n) / 100n;
  const before = await reader.getBalance({ address: alice.address });
  const activated = await mined(await wallet.writeContract({ address: ARB_WASM, abi: arbWasm, functionName: "activateProgram", args: [plain], value: bumped }));
  const spent = before - (await reader.getBalance({ address: alice.address })) - activated.gasUsed * activated.effectiveGasPrice;
  assert.ok(spent > 0n && spent < bumped, "what the activation does not take comes back");
  const version = await reader.readContract({ address: ARB_WASM, abi: arbWasm, functionName: "codehashVersion", args: [keccak256(token.code)] });
  assert.equal(version, 3);
});

check("deploy with a constructor, in one transaction", async () => {
  const inputs = token.abi.find((item) => item.type === "constructor").inputs;
  const values = { name_: "Mint", symbol_: "MINT", decimals_: 18 };
  const args = inputs.map(({ name, type }) => values[name] ?? (type === "address" ? alice.address : type.startsWith("uint") ? 10n ** 24n : 0n));
  // The basis of the cap is an enum of two.
  inputs.forEach(({ internalType }, i) => { if (internalType?.startsWith("enum")) args[i] = 0; });
  const before = await reader.getBalance({ address: DEPLOYER });
  built = (await deployProgram(wallet, reader, "token", args)).address;
  assert.equal(await reader.getBalance({ address: DEPLOYER }), before, "the rest of the value went back");
  assert.equal(await reader.readContract({ address: built, abi: token.abi, functionName: "name" }), "Mint");
  assert.equal(await reader.readContract({ address: built, abi: token.abi, functionName: "symbol" }), "MINT");
});

check("errors of the program by name", async () => {
  const error = await rejection(reader.simulateContract({ address: built, abi: token.abi, functionName: "transfer", args: [bob.address, 1n], account: bob }));
  assert.match(error.message, /ERC20InsufficientBalance/);
});

check("the cache manager takes a bid and caches", async () => {
  const managers = await reader.readContract({ address: ARB_WASM_CACHE, abi: arbWasmCache, functionName: "allCacheManagers" });
  const address = managers.at(-1);
  const ask = (functionName, args) => reader.readContract({ address, abi: cacheManager, functionName, args });
  assert.equal(await ask("isPaused"), false);
  assert.equal(await ask("getMinBid", [plain]), 0n);
  const cached = () => reader.readContract({ address: ARB_WASM_CACHE, abi: arbWasmCache, functionName: "codehashIsCached", args: [keccak256(token.code)] });
  assert.equal(await cached(), false);
  await mined(await wallet.writeContract({ address, abi: cacheManager, functionName: "placeBid", args: [plain], value: 5n }));
  assert.equal(await cached(), true);
  assert.ok((await ask("queueSize")) > 0n);
  const error = await rejection(reader.simulateContract({ address, abi: cacheManager, functionName: "placeBid", args: [plain], account: alice }));
  assert.match(error.message, /AlreadyCached/);
});

check("a cached program costs less to call", async () => {
  const gas = await reader.estimateContractGas({ address: built, abi: token.abi, functionName: "approve", args: [bob.address, 1n], account: alice });
  const receipt = await mined(await wallet.writeContract({ address: built, abi: token.abi, functionName: "approve", args: [bob.address, 1n], gas }));
  assert.ok(receipt.gasUsed <= gas && receipt.gasUsed < 60_000n, `${receipt.gasUsed} gas`);
});

check("traces: the network's tracer by name and as the JavaScript of cargo-stylus", async () => {
  const hash = await wallet.writeContract({ address: built, abi: token.abi, functionName: "approve", args: [bob.address, 2n] });
  await mined(hash);
  const steps = await raw("debug_traceTransaction", [hash, { tracer: "stylusTracer" }]);
  assert.equal(steps[0].name, "user_entrypoint");
  assert.equal(steps.at(-1).name, "user_returned");
  assert.ok(steps.some((step) => step.name === "emit_log"));
  for (const step of steps) assert.ok(Number.isInteger(step.startInk) && step.endInk <= step.startInk, step.name);
  const script = '{ "hostio": function(info) { this.open.push(info); }, "result": function() { return this.open; }, "fault": function() {} }';
  assert.deepEqual(await raw("debug_traceTransaction", [hash, { tracer: script }]), steps);
  const refused = await rejection(raw("debug_traceTransaction", [hash, { tracer: "{ step: function() {} }" }]));
  assert.match(refused.message, /JavaScript/);
  const calls = await raw("debug_traceTransaction", [hash, { tracer: "callTracer", tracerConfig: { withLog: true } }]);
  assert.equal(calls.type, "CALL");
  assert.equal(getAddress(calls.to), built);
  assert.equal(calls.logs.length, 1);
  const receipt = await reader.getTransactionReceipt({ hash });
  assert.equal(BigInt(calls.gasUsed), receipt.gasUsed);
  const prestate = await raw("debug_traceTransaction", [hash, { tracer: "prestateTracer", tracerConfig: { diffMode: true } }]);
  assert.ok(prestate.post[built.toLowerCase()].storage);
  const data = encodeFunctionData({ abi: token.abi, functionName: "balanceOf", args: [alice.address] });
  const simulated = await raw("debug_traceCall", [{ from: alice.address, to: built, input: data }, "latest", { tracer: "stylusTracer" }]);
  assert.equal(simulated[0].name, "user_entrypoint");
});

await run();
