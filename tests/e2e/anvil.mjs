// The same requests to the node and to anvil: what the EVM decides must be the same field by field. Prices, hashes of blocks and what Arbitrum adds
// differ by nature and are left out by name.
import assert from "node:assert/strict";
import { encodeFunctionData, encodeDeployData, getContractAddress, pad, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { check, compile, keys, run, url } from "./common.mjs";

const anvil = process.env.MINTAGE_ANVIL_URL;
const { abi, bytecode } = compile("Playground.sol", "Playground");
const [alice, bob] = keys.map((key) => privateKeyToAccount(key).address.toLowerCase());
const play = getContractAddress({ from: alice, nonce: 0n }).toLowerCase();
const data = (functionName, ...args) => encodeFunctionData({ abi, functionName, args });

async function ask(endpoint, method, params) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(endpoint, { method: "POST", headers: { "content-type": "application/json" }, body });
  return response.json();
}

/** Both answers, reduced to `fields` if given, must be equal. */
async function same(method, params, fields) {
  const [ours, theirs] = await Promise.all([ask(url, method, params), ask(anvil, method, params)]);
  const reduced = (answer) => {
    // Texts of errors are each node's own; code and data are what clients decode.
    if (answer.error) return { error: { code: answer.error.code, data: answer.error.data } };
    if (!fields) return answer.result;
    const pick = (object) => Object.fromEntries(fields.map((field) => [field, object[field]]));
    return Array.isArray(answer.result) ? answer.result.map(pick) : pick(answer.result);
  };
  assert.deepEqual(reduced(ours), reduced(theirs), `${method} ${JSON.stringify(params)}\nours: ${JSON.stringify(ours)}\nanvil: ${JSON.stringify(theirs)}`);
  return ours.result;
}

const max = (a, b) => (a > b ? a : b);

/** The least gas of a transaction with these data under EIP-7623. */
function floor(data) {
  const bytes = data.slice(2).match(/../g) ?? [];
  return 21_000n + bytes.reduce((sum, byte) => sum + (byte === "00" ? 10n : 40n), 0n);
}

/** A transaction on both; the fields of the receipt that the EVM decides. */
async function send(fields) {
  const request = { from: alice, gas: "0x2dc6c0", ...fields };
  const hashes = [];
  for (const endpoint of [url, anvil]) {
    const { result, error } = await ask(endpoint, "eth_sendTransaction", [request]);
    assert.ok(result, JSON.stringify(error));
    hashes.push(result);
  }
  const receipts = [];
  for (const [i, endpoint] of [url, anvil].entries()) {
    let receipt = null;
    while (receipt === null) receipt = (await ask(endpoint, "eth_getTransactionReceipt", [hashes[i]])).result;
    receipts.push(receipt);
  }
  const [ours, theirs] = receipts.map((receipt, i) => ({
    status: receipt.status, contractAddress: receipt.contractAddress, from: receipt.from, to: receipt.to, type: receipt.type,
    blockNumber: receipt.blockNumber, transactionIndex: receipt.transactionIndex, logsBloom: receipt.logsBloom,
    // The L1 part is Arbitrum's; the floor of EIP-7623, which Arbitrum leaves off, is anvil's.
    gas: max(BigInt(receipt.gasUsed) - BigInt(receipt.gasUsedForL1 ?? 0), floor(request.data ?? "0x")),
    logs: receipt.logs.map(({ address, topics, data, logIndex, blockNumber, removed }) => ({ address, topics, data, logIndex, blockNumber, removed })),
  }));
  assert.deepEqual(ours, theirs, JSON.stringify(request));
}

check("transactions", async () => {
  await send({ data: encodeDeployData({ abi, bytecode, args: [7n] }) });
  await send({ to: play, data: data("set", 42n) });
  await send({ to: play, data: data("set", 1001n) });
  await send({ to: play, data: data("pay"), value: "0x5" });
  await send({ to: play, data: data("fill", 20n) });
  await send({ to: play, data: data("divide", 1n, 0n) });
  await send({ to: bob, value: "0x1" });
  await send({ to: bob, value: "0x1", data: "0x1234" });
  await send({ from: bob, to: play, data: data("set", 3n), type: "0x0", gasPrice: toHex(10_000_000_000) });
  await send({ to: play, data: data("number"), accessList: [{ address: play, storageKeys: [pad("0x0")] }] });
});

check("calls", async () => {
  for (const [name, ...args] of [["number"], ["divide", 10n, 3n], ["divide", 1n, 0n], ["set", 1001n], ["fail", "no luck"], ["fail", ""], ["chain"], ["sender"]]) {
    await same("eth_call", [{ from: alice, to: play, data: data(name, ...args) }, "latest"]);
  }
  await same("eth_call", [{ to: play, data: "0xdeadbeef" }, "latest"]);
  await same("eth_call", [{ to: bob }, "latest"]);
  await same("eth_call", [{ to: play, data: data("number") }, "0x1"]);
  await same("eth_call", [{ to: play, data: data("number") }, "latest", { [play]: { stateDiff: { [pad("0x0")]: pad("0x63") } } }]);
  await same("eth_call", [{ to: play, data: data("number") }, "latest", { [play]: { code: "0x60aa60005260206000f3" } }]);
  // Precompiles of Ethereum: hash, identity, recovery.
  for (const [address, input] of [["0x2", "0x1234"], ["0x4", "0xabcdef"], ["0x1", "0x"], ["0x5", "0x"]]) {
    await same("eth_call", [{ to: pad(address, { size: 20 }), data: input }, "latest"]);
  }
});

check("state", async () => {
  for (const block of ["latest", "0x0", "0x1", "0x5"]) {
    await same("eth_getCode", [play, block]);
    await same("eth_getStorageAt", [play, "0x0", block]);
    await same("eth_getTransactionCount", [alice, block]);
    await same("eth_getBalance", [play, block]);
  }
  await same("eth_getStorageAt", [play, toHex(0x10003), "latest"]);
});

check("logs, blocks, transactions", async () => {
  const fields = ["address", "topics", "data", "logIndex", "blockNumber", "transactionIndex", "removed"];
  for (const filter of [
    { fromBlock: "0x0", toBlock: "latest" },
    { fromBlock: "0x0", toBlock: "latest", address: play },
    { fromBlock: "0x0", toBlock: "latest", address: [bob] },
    { fromBlock: "0x2", toBlock: "0x2", topics: [null, pad(alice)] },
    { fromBlock: "0x0", toBlock: "latest", topics: [null, [pad(alice), pad(bob)], pad("0x7")] },
    {},
  ]) await same("eth_getLogs", [filter], fields);
  for (let n = 0; n <= 10; n++) {
    const number = toHex(n);
    await same("eth_getBlockTransactionCountByNumber", [number]);
    await same("eth_getTransactionByBlockNumberAndIndex", [number, "0x0"], n ? ["blockNumber", "from", "to", "input", "nonce", "value", "type", "transactionIndex", "gas"] : undefined);
    await same("eth_getBlockByNumber", [number, false], ["number", "sha3Uncles", "uncles", ...(n ? ["logsBloom"] : [])]);
  }
  assert.equal(BigInt((await ask(url, "eth_blockNumber", [])).result), 10n);
  await same("eth_blockNumber", []);
});

check("what is not there", async () => {
  const hash = pad("0xab");
  for (const [method, ...params] of [
    ["eth_getTransactionByHash", hash], ["eth_getTransactionReceipt", hash], ["eth_getBlockByHash", hash, false], ["eth_getBlockByNumber", "0xffff", false],
  ]) await same(method, params);
});

await run();
