// viem 2 against the node: reads, writes, errors, filters, subscriptions, typed data, overrides, and its test client.
import assert from "node:assert/strict";
import {
  BaseError, ContractFunctionRevertedError, FeeCapTooLowError, InsufficientFundsError, IntrinsicGasTooLowError,
  NonceTooLowError, TipAboveFeeCapError, createPublicClient, createTestClient, createWalletClient, defineChain,
  encodeFunctionData, getAddress, getContractAddress, hexToBigInt, http, keccak256, pad, parseEther, parseGwei, parseSignature, toHex, webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { check, compile, keys, raw, rejection, run, until, url, wsUrl } from "./common.mjs";

const { abi, bytecode } = compile("Playground.sol", "Playground");
const chainId = Number(await raw("eth_chainId"));
const chain = defineChain({
  id: chainId,
  name: "mintage",
  nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
  rpcUrls: { default: { http: [url], webSocket: [wsUrl] } },
  contracts: { multicall3: { address: "0xcA11bde05977b3631167028862bE2a173976CA11" } },
});
const [alice, bob] = keys.map((key) => privateKeyToAccount(key));
const fast = { chain, pollingInterval: 50 };
const reader = createPublicClient({ ...fast, transport: http(url) });
const socket = createPublicClient({ ...fast, transport: webSocket(wsUrl) });
const wallet = createWalletClient({ ...fast, account: alice, transport: http(url) });
const dev = createTestClient({ ...fast, mode: "anvil", transport: http(url) });
let address;
const play = () => ({ address, abi });
const mined = (hash) => reader.waitForTransactionReceipt({ hash });

check("chain id, client version, block number", async () => {
  assert.equal(await reader.getChainId(), chainId);
  assert.match(await reader.request({ method: "web3_clientVersion" }), /^mintage/);
  assert.equal(typeof (await reader.getBlockNumber()), "bigint");
});

check("a transfer with a receipt", async () => {
  const before = await reader.getBalance({ address: bob.address });
  const hash = await wallet.sendTransaction({ to: bob.address, value: parseEther("1") });
  const receipt = await mined(hash);
  assert.equal(receipt.status, "success");
  assert.equal(receipt.transactionHash, hash);
  assert.ok(receipt.gasUsed >= 21000n);
  assert.ok("gasUsedForL1" in receipt && "l1BlockNumber" in receipt);
  assert.equal((await reader.getBalance({ address: bob.address })) - before, parseEther("1"));
  const transaction = await reader.getTransaction({ hash });
  assert.equal(getAddress(transaction.from), alice.address);
  assert.equal(transaction.blockHash, receipt.blockHash);
  const block = await reader.getBlock({ blockHash: receipt.blockHash, includeTransactions: true });
  assert.equal(block.transactions[0].hash, hash);
  assert.equal(block.number, receipt.blockNumber);
});

check("deployment", async () => {
  const nonce = await reader.getTransactionCount({ address: alice.address });
  const hash = await wallet.deployContract({ abi, bytecode, args: [7n] });
  const receipt = await mined(hash);
  address = getAddress(receipt.contractAddress);
  assert.equal(address, getContractAddress({ from: alice.address, nonce: BigInt(nonce) }));
  assert.equal(await reader.readContract({ ...play(), functionName: "number" }), 7n);
});

check("write, event, logs", async () => {
  const hash = await wallet.writeContract({ ...play(), functionName: "set", args: [42n] });
  const receipt = await mined(hash);
  assert.equal(receipt.logs.length, 1);
  const events = await reader.getContractEvents({ ...play(), eventName: "NumberSet", fromBlock: 0n });
  assert.deepEqual(events.at(-1).args, { by: alice.address, previous: 7n, current: 42n });
  const none = await reader.getContractEvents({ ...play(), eventName: "NumberSet", args: { previous: 99n }, fromBlock: 0n });
  assert.equal(none.length, 0);
  const one = await reader.getLogs({ address, blockHash: receipt.blockHash });
  assert.equal(one.length, 1);
});

check("simulation, custom error with its values", async () => {
  const { result } = await reader.simulateContract({ ...play(), functionName: "divide", args: [10n, 3n] });
  assert.equal(result, 3n);
  const error = await rejection(reader.simulateContract({ ...play(), functionName: "set", args: [1001n], account: alice }));
  const revert = error.walk((e) => e instanceof ContractFunctionRevertedError);
  assert.equal(revert.data.errorName, "TooLarge");
  assert.deepEqual(revert.data.args, [1001n, 1000n]);
});

check("revert reason and panic", async () => {
  const reason = await rejection(reader.readContract({ ...play(), functionName: "fail", args: ["no luck"] }));
  assert.equal(reason.walk((e) => e instanceof ContractFunctionRevertedError).reason, "no luck");
  const panic = await rejection(reader.readContract({ ...play(), functionName: "divide", args: [1n, 0n] }));
  assert.match(panic.walk((e) => e instanceof ContractFunctionRevertedError).reason, /[Dd]ivision/);
});

check("a write that reverts fails at its estimate, with its reason", async () => {
  const error = await rejection(wallet.writeContract({ ...play(), functionName: "set", args: [5000n] }));
  assert.ok(error instanceof BaseError);
  assert.match(error.message, /TooLarge/);
});

check("an included transaction that reverts", async () => {
  const hash = await wallet.writeContract({ ...play(), functionName: "set", args: [5000n], gas: 200_000n });
  const receipt = await mined(hash);
  assert.equal(receipt.status, "reverted");
  assert.ok(receipt.gasUsed < 200_000n);
});

check("an estimate is enough", async () => {
  for (const count of [0n, 1n, 20n]) {
    const gas = await reader.estimateContractGas({ ...play(), functionName: "fill", args: [count], account: alice });
    const receipt = await mined(await wallet.writeContract({ ...play(), functionName: "fill", args: [count], gas }));
    assert.equal(receipt.status, "success", `fill ${count} with ${gas} gas`);
  }
});

check("errors of transactions by their class", async () => {
  const cases = [
    [InsufficientFundsError, { value: parseEther("1000000000") }],
    [NonceTooLowError, { nonce: 0, gas: 30_000n, maxFeePerGas: parseGwei("1"), maxPriorityFeePerGas: 0n }],
    [FeeCapTooLowError, { maxFeePerGas: 1n, maxPriorityFeePerGas: 0n, gas: 30_000n }],
    [IntrinsicGasTooLowError, { gas: 20_000n }],
    [TipAboveFeeCapError, { gas: 30_000n, maxFeePerGas: 1n, maxPriorityFeePerGas: 2n }],
  ];
  for (const [kind, request] of cases) {
    const error = await rejection(wallet.sendTransaction({ to: bob.address, value: 1n, ...request }));
    assert.ok(error.walk((e) => e instanceof kind), `${kind.name}: ${error.message}`);
  }
});

check("missing things are null", async () => {
  const missing = keccak256("0x1234");
  for (const method of ["eth_getTransactionByHash", "eth_getTransactionReceipt"]) {
    assert.equal(await raw(method, [missing]), null);
  }
  assert.equal(await raw("eth_getBlockByHash", [missing, false]), null);
  assert.equal(await raw("eth_getBlockByNumber", ["0xffffff", false]), null);
});

check("legacy, access list and set-code transactions", async () => {
  const legacy = await mined(await wallet.sendTransaction({ to: bob.address, value: 1n, type: "legacy", gasPrice: parseGwei("1") }));
  assert.equal(legacy.type, "legacy");
  const listed = await mined(await wallet.sendTransaction({
    to: address, data: encodeFunctionData({ abi, functionName: "set", args: [9n] }), type: "eip2930",
    gasPrice: parseGwei("1"), accessList: [{ address, storageKeys: [pad("0x0")] }],
  }));
  assert.equal(listed.type, "eip2930");
  const authorization = await wallet.signAuthorization({ contractAddress: address, executor: "self" });
  // The network's estimate leaves the L1 bytes of authorizations out: gas is given.
  const gas = 200_000n;
  const delegated = await mined(await wallet.sendTransaction({
    gas, to: alice.address, data: encodeFunctionData({ abi, functionName: "number" }), authorizationList: [authorization],
  }));
  assert.equal(delegated.type, "eip7702");
  assert.equal((await reader.getCode({ address: alice.address })).toLowerCase(), `0xef0100${address.slice(2).toLowerCase()}`);
  const undo = await wallet.signAuthorization({ contractAddress: "0x0000000000000000000000000000000000000000", executor: "self" });
  await mined(await wallet.sendTransaction({ gas, to: alice.address, authorizationList: [undo] }));
  assert.equal(await reader.getCode({ address: alice.address }), undefined);
});

check("typed data signed here and by the node", async () => {
  const message = { to: bob.address, amount: 5n };
  const typed = {
    domain: { name: "Playground", version: "1", chainId, verifyingContract: address },
    types: { Order: [{ name: "to", type: "address" }, { name: "amount", type: "uint256" }] },
    primaryType: "Order",
    message,
  };
  const here = await alice.signTypedData(typed);
  const unlocked = createWalletClient({ ...fast, account: alice.address, transport: http(url) });
  assert.equal(await unlocked.signTypedData(typed), here);
  assert.equal(await unlocked.signMessage({ message: "hi" }), await alice.signMessage({ message: "hi" }));
  const hash = await reader.readContract({ ...play(), functionName: "orderHash", args: [bob.address, 5n] });
  const { v, r, s } = parseSignature(here);
  const signer = await reader.readContract({ ...play(), functionName: "signer", args: [hash, Number(v), r, s] });
  assert.equal(signer, alice.address);
  assert.ok(await reader.verifyTypedData({ ...typed, address: alice.address, signature: here }));
  assert.ok(await reader.verifyMessage({ address: alice.address, message: "hi", signature: await alice.signMessage({ message: "hi" }) }));
});

check("unlocked accounts send through the node", async () => {
  const unlocked = createWalletClient({ ...fast, account: bob.address, transport: http(url) });
  const receipt = await mined(await unlocked.sendTransaction({ to: alice.address, value: 3n }));
  assert.equal(getAddress(receipt.from), bob.address);
});

check("state and block overrides", async () => {
  const slot = pad("0x0");
  const value = await reader.call({
    to: address, data: encodeFunctionData({ abi, functionName: "number" }),
    stateOverride: [{ address, stateDiff: [{ slot, value: pad("0x63") }] }],
  });
  assert.equal(hexToBigInt(value.data), 99n);
  const rich = "0x00000000000000000000000000000000000abcde";
  const gas = await reader.estimateGas({
    account: rich, to: bob.address, value: parseEther("5"), stateOverride: [{ address: rich, balance: parseEther("10") }],
  });
  assert.ok(gas >= 21000n);
  const time = await raw("eth_call", [{ to: address, data: encodeFunctionData({ abi, functionName: "time" }) }, "latest", {}, { time: "0x77359400" }]);
  assert.equal(hexToBigInt(time), 2_000_000_000n);
});

check("a call without a contract", async () => {
  const { data } = await reader.call({ code: "0x6960ff60005260206000f3600052600a6016f3", data: "0x12345678" });
  assert.equal(hexToBigInt(data), 255n);
});

check("gas price, fee history, fees", async () => {
  const block = await reader.getBlock();
  assert.ok((await reader.getGasPrice()) >= block.baseFeePerGas);
  assert.equal(await reader.estimateMaxPriorityFeePerGas(), 0n);
  const history = await reader.getFeeHistory({ blockCount: 3, rewardPercentiles: [20, 80] });
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1);
  assert.equal(history.reward[0].length, 2);
  const fees = await reader.estimateFeesPerGas();
  assert.ok(fees.maxFeePerGas >= block.baseFeePerGas);
});

check("filters", async () => {
  const blocks = await reader.createBlockFilter();
  const pending = await reader.createPendingTransactionFilter();
  const logs = await reader.createContractEventFilter({ ...play(), eventName: "NumberSet" });
  const hash = await wallet.writeContract({ ...play(), functionName: "set", args: [11n] });
  const receipt = await mined(hash);
  assert.deepEqual(await reader.getFilterChanges({ filter: blocks }), [receipt.blockHash]);
  assert.deepEqual(await reader.getFilterChanges({ filter: pending }), [hash]);
  const found = await reader.getFilterChanges({ filter: logs });
  assert.equal(found.length, 1);
  assert.equal(found[0].args.current, 11n);
  assert.deepEqual(await reader.getFilterChanges({ filter: logs }), []);
  assert.equal((await reader.getFilterLogs({ filter: logs })).length, 1);
  assert.equal(await reader.uninstallFilter({ filter: blocks }), true);
  assert.match((await rejection(reader.getFilterChanges({ filter: blocks }))).message, /filter not found/);
});

check("subscriptions over WebSocket", async () => {
  const heads = [];
  const events = [];
  const pending = [];
  const stops = [
    socket.watchBlocks({ onBlock: (block) => heads.push(block) }),
    socket.watchContractEvent({ ...play(), eventName: "NumberSet", onLogs: (logs) => events.push(...logs) }),
    socket.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes), poll: false }),
  ];
  // The first block tells that the subscriptions stand.
  await until("a head", async () => {
    await dev.mine({ blocks: 1 });
    return heads.length > 0;
  });
  const hash = await wallet.writeContract({ ...play(), functionName: "set", args: [12n] });
  await until("the event", () => events.some((log) => log.args.current === 12n));
  await until("the transaction", () => pending.includes(hash));
  for (const stop of stops) stop();
});

check("polling watchers over HTTP", async () => {
  const events = [];
  const stop = reader.watchContractEvent({ ...play(), eventName: "NumberSet", onLogs: (logs) => events.push(...logs) });
  await new Promise((resolve) => setTimeout(resolve, 200));
  await wallet.writeContract({ ...play(), functionName: "set", args: [13n] });
  await until("the event", () => events.some((log) => log.args.current === 13n));
  stop();
});

check("batched requests", async () => {
  const batching = createPublicClient({ ...fast, transport: http(url, { batch: true }) });
  const answers = await Promise.all([
    batching.getBlockNumber(), batching.getChainId(), batching.getBalance({ address: bob.address }),
    batching.readContract({ ...play(), functionName: "number" }),
    rejection(batching.readContract({ ...play(), functionName: "fail", args: ["in a batch"] })),
  ]);
  assert.equal(answers[1], chainId);
  assert.equal(answers[3], 13n);
  assert.match(answers[4].message, /in a batch/);
});

check("snapshot and revert", async () => {
  const id = await dev.snapshot();
  const number = await reader.getBlockNumber({ cacheTime: 0 });
  await mined(await wallet.writeContract({ ...play(), functionName: "set", args: [500n] }));
  await dev.revert({ id });
  assert.equal(await reader.readContract({ ...play(), functionName: "number" }), 13n);
  assert.equal(await reader.getBlockNumber({ cacheTime: 0 }), number);
});

check("blocks and time by hand", async () => {
  const before = await reader.getBlock();
  await dev.mine({ blocks: 3 });
  assert.equal(await reader.getBlockNumber({ cacheTime: 0 }), before.number + 3n);
  await dev.increaseTime({ seconds: 86_400 });
  await dev.mine({ blocks: 1 });
  const after = await reader.getBlock();
  assert.ok(after.timestamp >= before.timestamp + 86_400n);
  await dev.setNextBlockTimestamp({ timestamp: after.timestamp + 1000n });
  await dev.mine({ blocks: 1 });
  assert.equal((await reader.getBlock()).timestamp, after.timestamp + 1000n);
  await dev.mine({ blocks: 2, interval: 60 });
  const last = await reader.getBlock();
  const previous = await reader.getBlock({ blockNumber: last.number - 1n });
  assert.equal(last.timestamp - previous.timestamp, 60n);
});

check("accounts changed by hand", async () => {
  const who = "0x00000000000000000000000000000000000beef1";
  await dev.setBalance({ address: who, value: 123n });
  assert.equal(await reader.getBalance({ address: who }), 123n);
  await dev.setNonce({ address: who, nonce: 5 });
  assert.equal(await reader.getTransactionCount({ address: who }), 5);
  await dev.setCode({ address: who, bytecode: "0x60ff60005260206000f3" });
  assert.equal(await reader.getCode({ address: who }), "0x60ff60005260206000f3");
  await dev.setStorageAt({ address: who, index: 2, value: pad("0x7") });
  assert.equal(await reader.getStorageAt({ address: who, slot: "0x2" }), pad("0x7"));
});

check("impersonation", async () => {
  const whale = getAddress("0x000000000000000000000000000000000000dEaD");
  await dev.setBalance({ address: whale, value: parseEther("5") });
  const refused = createWalletClient({ ...fast, account: whale, transport: http(url) });
  await rejection(refused.sendTransaction({ to: bob.address, value: 1n }));
  await dev.impersonateAccount({ address: whale });
  const receipt = await mined(await refused.sendTransaction({ to: bob.address, value: 1n }));
  assert.equal(getAddress(receipt.from), whale);
  await dev.stopImpersonatingAccount({ address: whale });
  await rejection(refused.sendTransaction({ to: bob.address, value: 1n }));
});

check("the pool without automatic blocks", async () => {
  await dev.setAutomine(false);
  const nonce = await reader.getTransactionCount({ address: alice.address });
  const hash = await wallet.sendTransaction({ to: bob.address, value: 1n });
  const waiting = await reader.getTransaction({ hash });
  assert.equal(waiting.blockNumber, null);
  assert.equal((await dev.getTxpoolStatus()).pending, 1);
  assert.equal(await reader.getTransactionCount({ address: alice.address, blockTag: "pending" }), nonce + 1);
  const second = await wallet.sendTransaction({ to: bob.address, value: 2n });
  await dev.dropTransaction({ hash: second });
  await dev.mine({ blocks: 1 });
  assert.equal((await mined(hash)).status, "success");
  await rejection(reader.getTransaction({ hash: second }));
  await dev.setAutomine(true);
});

check("blocks by interval", async () => {
  const before = await reader.getBlockNumber({ cacheTime: 0 });
  await dev.setIntervalMining({ interval: 1 });
  const hash = await wallet.sendTransaction({ to: bob.address, value: 1n });
  assert.equal((await mined(hash)).status, "success");
  await until("an empty block", async () => (await reader.getBlockNumber({ cacheTime: 0 })) > before + 1n);
  await dev.setIntervalMining({ interval: 0 });
  await dev.setAutomine(true);
});

check("what a wallet fills in", async () => {
  const request = await wallet.prepareTransactionRequest({ to: bob.address, value: 1n });
  assert.ok(request.gas >= 21000n && request.maxFeePerGas > 0n);
  const { tx, raw: text } = await raw("eth_fillTransaction", [{ from: alice.address, to: bob.address, value: "0x1" }]);
  assert.equal(tx.chainId, toHex(chainId));
  assert.match(text, /^0x02/);
});

check("many calls in one", async () => {
  const contracts = [
    { ...play(), functionName: "number" },
    { address: bob.address, abi, functionName: "number" },
    { ...play(), functionName: "number" },
  ];
  const found = await reader.multicall({ contracts });
  assert.deepEqual(found.map(({ status }) => status), ["success", "failure", "success"]);
  assert.equal(found[0].result, await reader.readContract({ ...play(), functionName: "number" }));
  const batched = createPublicClient({ ...fast, batch: { multicall: true }, transport: http(url) });
  const [one, two] = await Promise.all([0, 1].map(() => batched.readContract({ ...play(), functionName: "number" })));
  assert.equal(one, two);
});

check("access list", async () => {
  const { accessList, gasUsed } = await reader.createAccessList({
    account: alice, to: address, data: encodeFunctionData({ abi, functionName: "set", args: [1n] }),
  });
  assert.ok(gasUsed > 21000n);
  assert.ok(accessList.some((item) => getAddress(item.address) === address && item.storageKeys.length === 1));
});

check("reset", async () => {
  await dev.reset();
  assert.equal(await reader.getBlockNumber({ cacheTime: 0 }), 0n);
  assert.equal(await reader.getBalance({ address: alice.address }), parseEther("10000"));
});

await run();
