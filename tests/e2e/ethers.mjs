// ethers 6 against the node: batches, contracts, events, errors, typed data, WebSocket, and real Uniswap v2.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import {
  Contract, ContractFactory, JsonRpcProvider, NonceManager, Wallet, WebSocketProvider, ZeroAddress, dataSlice, getCreateAddress, id, isError, keccak256,
  parseEther, verifyMessage,
} from "ethers";
import { check, compile, keys, rejection, root, run, until, url, wsUrl } from "./common.mjs";

const { abi, bytecode } = compile("Playground.sol", "Playground");
const provider = new JsonRpcProvider(url, undefined, { pollingInterval: 50, cacheTimeout: -1 });
const alice = new Wallet(keys[0], provider);
const bob = new Wallet(keys[1], provider);
let play;

check("network and blocks", async () => {
  const network = await provider.getNetwork();
  assert.equal(Number(network.chainId), Number(await provider.send("eth_chainId", [])));
  const block = await provider.getBlock("latest", true);
  assert.equal(block.number, await provider.getBlockNumber());
});

check("a transfer with a receipt", async () => {
  const before = await provider.getBalance(bob.address);
  const response = await alice.sendTransaction({ to: bob.address, value: parseEther("1") });
  const receipt = await response.wait();
  assert.equal(receipt.status, 1);
  assert.equal(receipt.hash, response.hash);
  assert.equal((await provider.getBalance(bob.address)) - before, parseEther("1"));
  const found = await provider.getTransaction(response.hash);
  assert.equal(keccak256(found.hash), keccak256(response.hash));
  assert.equal(found.from, alice.address);
  assert.equal((await provider.getBlock(receipt.blockNumber)).transactions[0], response.hash);
});

check("deployment", async () => {
  const nonce = await alice.getNonce();
  const factory = new ContractFactory(abi, bytecode, alice);
  play = await factory.deploy(7n, { value: 5n });
  await play.waitForDeployment();
  assert.equal(await play.getAddress(), getCreateAddress({ from: alice.address, nonce }));
  assert.equal(await play.number(), 7n);
  assert.equal(await provider.getBalance(play), 5n);
});

check("many calls in one", async () => {
  const multicall = new Contract("0xcA11bde05977b3631167028862bE2a173976CA11", [
    "function aggregate((address target, bytes callData)[] calls) payable returns (uint256 blockNumber, bytes[] returnData)",
    "function tryBlockAndAggregate(bool requireSuccess, (address target, bytes callData)[] calls) payable returns (uint256 blockNumber, bytes32 blockHash, (bool success, bytes returnData)[] returnData)",
    "function aggregate3((address target, bool allowFailure, bytes callData)[] calls) payable returns ((bool success, bytes returnData)[] returnData)",
    "function aggregate3Value((address target, bool allowFailure, uint256 value, bytes callData)[] calls) payable returns ((bool success, bytes returnData)[] returnData)",
    "function getEthBalance(address addr) view returns (uint256 balance)",
    "function getChainId() view returns (uint256 chainid)",
    "function getBlockNumber() view returns (uint256 blockNumber)",
  ], alice);
  const target = await play.getAddress();
  const good = play.interface.encodeFunctionData("number");
  const bad = "0xffffffff";
  const [at, values] = await multicall.aggregate.staticCall([{ target, callData: good }]);
  assert.equal(at, await multicall.getBlockNumber());
  assert.equal(BigInt(values[0]), 7n);
  assert.match((await rejection(multicall.aggregate.staticCall([{ target, callData: bad }]))).message, /Multicall3: call failed/);
  const [, , tried] = await multicall.tryBlockAndAggregate.staticCall(false, [{ target, callData: good }, { target, callData: bad }]);
  assert.deepEqual(tried.map(({ success }) => success), [true, false]);
  const three = [{ target, allowFailure: true, callData: bad }, { target, allowFailure: false, callData: good }];
  assert.deepEqual((await multicall.aggregate3.staticCall(three)).map(({ success }) => success), [false, true]);
  const gift = [{ target: bob.address, allowFailure: false, value: 3n, callData: "0x" }];
  assert.match((await rejection(multicall.aggregate3Value.staticCall(gift, { value: 4n }))).message, /Multicall3: value mismatch/);
  const before = await provider.getBalance(bob.address);
  await (await multicall.aggregate3Value(gift, { value: 3n })).wait();
  assert.equal(await multicall.getEthBalance(bob.address), before + 3n);
  assert.equal(await multicall.getChainId(), (await provider.getNetwork()).chainId);
});

check("write, event, logs", async () => {
  const receipt = await (await play.set(42n)).wait();
  const [event] = receipt.logs.map((log) => play.interface.parseLog(log));
  assert.deepEqual([...event.args], [alice.address, 7n, 42n]);
  const found = await play.queryFilter(play.filters.NumberSet(alice.address), 0);
  assert.equal(found.length, 1);
  assert.equal((await play.queryFilter(play.filters.NumberSet(bob.address), 0)).length, 0);
  assert.equal((await provider.getLogs({ blockHash: receipt.blockHash, topics: [[id("A()"), id("NumberSet(address,uint256,uint256)")]] })).length, 1);
});

check("errors of contracts", async () => {
  const custom = await rejection(play.set.staticCall(1001n));
  assert.ok(isError(custom, "CALL_EXCEPTION"));
  assert.equal(custom.revert.name, "TooLarge");
  assert.deepEqual([...custom.revert.args], [1001n, 1000n]);
  assert.equal((await rejection(play.fail("no luck"))).reason, "no luck");
  assert.match((await rejection(play.divide(1n, 0n))).reason, /DIVIDE_BY_ZERO/);
  const estimated = await rejection(play.set(1001n));
  assert.equal(play.interface.parseError(estimated.data).name, "TooLarge");
});

check("an included transaction that reverts", async () => {
  const response = await play.set(1001n, { gasLimit: 200_000n });
  const error = await rejection(response.wait());
  assert.ok(isError(error, "CALL_EXCEPTION"));
  assert.equal(error.receipt.status, 0);
});

check("errors of transactions", async () => {
  assert.ok(isError(await rejection(alice.sendTransaction({ to: bob.address, value: parseEther("1000000000") })), "INSUFFICIENT_FUNDS"));
  assert.ok(isError(await rejection(alice.sendTransaction({ to: bob.address, nonce: 0, gasLimit: 30_000 })), "NONCE_EXPIRED"));
});

check("typed data and messages", async () => {
  const domain = { name: "Playground", version: "1", chainId: (await provider.getNetwork()).chainId, verifyingContract: await play.getAddress() };
  const types = { Order: [{ name: "to", type: "address" }, { name: "amount", type: "uint256" }] };
  const value = { to: bob.address, amount: 5n };
  const here = await alice.signTypedData(domain, types, value);
  const signer = await provider.getSigner(0);
  assert.equal(await signer.signTypedData(domain, types, value), here);
  const hash = await play.orderHash(bob.address, 5n);
  const parts = [Number(dataSlice(here, 64)), dataSlice(here, 0, 32), dataSlice(here, 32, 64)];
  assert.equal(await play.signer(hash, ...parts), alice.address);
  assert.equal(verifyMessage("hi", await signer.signMessage("hi")), alice.address);
});

check("accounts of the node", async () => {
  const signers = await provider.listAccounts();
  assert.equal(signers.length, 10);
  const receipt = await (await signers[1].sendTransaction({ to: alice.address, value: 1n })).wait();
  assert.equal(receipt.from, bob.address);
});

check("events by polling", async () => {
  const seen = [];
  await play.on("NumberSet", (by, previous, current) => seen.push(current));
  await new Promise((resolve) => setTimeout(resolve, 200));
  await (await play.set(43n)).wait();
  await until("the event", () => seen.includes(43n));
  await play.removeAllListeners();
});

check("events over WebSocket", async () => {
  const socket = new WebSocketProvider(wsUrl);
  const heads = [];
  const seen = [];
  await socket.on("block", (number) => heads.push(number));
  const listening = new Contract(await play.getAddress(), abi, socket);
  await listening.on("NumberSet", (by, previous, current) => seen.push(current));
  // Subscriptions stand once the socket has answered what was asked after them.
  await socket.getBlockNumber();
  await new Promise((resolve) => setTimeout(resolve, 200));
  await (await play.set(44n)).wait();
  await until("the event", () => seen.includes(44n));
  await until("the head", () => heads.length > 0);
  assert.equal(await listening.number(), 44n);
  await socket.destroy();
});

check("many at once", async () => {
  const sender = new NonceManager(new Wallet(keys[1], provider));
  const responses = await Promise.all(Array.from({ length: 20 }, () => sender.sendTransaction({ to: ZeroAddress, value: 1n })));
  const receipts = await Promise.all(responses.map((response) => response.wait()));
  assert.ok(receipts.every((receipt) => receipt.status === 1));
  const balances = await Promise.all(Array.from({ length: 150 }, () => provider.getBalance(ZeroAddress)));
  assert.ok(balances.every((wei) => wei === balances[0]));
});

check("Uniswap v2: factory, router, liquidity, trade", async () => {
  const build = (name, folder) => JSON.parse(fs.readFileSync(path.join(root, "node_modules/@uniswap", folder, "build", `${name}.json`)));
  const deploy = async ({ abi, evm, bytecode }, ...args) => {
    const code = evm ? `0x${evm.bytecode.object}` : bytecode;
    const contract = await new ContractFactory(abi, code, alice).deploy(...args);
    return contract.waitForDeployment();
  };
  const factory = await deploy(build("UniswapV2Factory", "v2-core"), alice.address);
  const weth = await deploy(build("WETH9", "v2-periphery"));
  const router = await deploy(build("UniswapV2Router02", "v2-periphery"), factory, weth);
  const testToken = compile("TestToken.sol", "TestToken");
  const token = await deploy({ abi: testToken.abi, bytecode: testToken.bytecode }, 18);
  await (await token.setBalance(alice.address, parseEther("1000"))).wait();
  await (await token.approve(router, parseEther("1000"))).wait();
  const deadline = (await provider.getBlock("latest")).timestamp + 86_400;
  await (await router.addLiquidityETH(token, parseEther("1000"), 0n, 0n, alice.address, deadline, { value: parseEther("10") })).wait();
  const pair = await factory.getPair(token, weth);
  assert.notEqual(pair, ZeroAddress);
  const [, out] = await router.getAmountsOut(parseEther("1"), [weth, token]);
  // What the pair writes depends on whether a second has passed since its last trade, so that an exact estimate may be too low.
  await (await router.swapExactETHForTokens(out, [weth, token], bob.address, deadline, { value: parseEther("1"), gasLimit: 300_000n })).wait();
  assert.equal(await token.balanceOf(bob.address), out);
  const late = await rejection(router.swapExactETHForTokens.staticCall(0n, [weth, token], bob.address, 1n, { value: 1n }));
  assert.equal(late.reason, "UniswapV2Router: EXPIRED");
});

await run();
