// What the client suites share: one check after the other with its name, contracts compiled by the pinned solc, and where the node is.
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
export const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
export const url = process.env.MINTAGE_NODE_URL;
export const wsUrl = process.env.MINTAGE_NODE_WS_URL;
if (!url || !wsUrl) throw new Error("MINTAGE_NODE_URL and MINTAGE_NODE_WS_URL say where the node is; the Rust test sets them");

/** The well-known keys of the mnemonic "test ... junk". */
export const keys = [
  "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
  "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
];

const checks = [];
/** Registers a check. They run in order, each on what the ones before left. */
export function check(name, body) {
  checks.push({ name, body });
}

/** Runs all checks; the first failure ends the process with 1. */
export async function run() {
  for (const { name, body } of checks) {
    const timer = setTimeout(() => {
      console.error(`FAILED ${name}: no answer within 60 s`);
      process.exit(1);
    }, 60_000);
    try {
      await body();
    } catch (error) {
      console.error(`FAILED ${name}: ${error?.stack ?? error}`);
      process.exit(1);
    }
    clearTimeout(timer);
    console.log(`ok ${name}`);
  }
  console.log(`${checks.length} checks passed`);
  process.exit(0);
}

/** A contract of tests/solidity: { abi, bytecode }. It may import the published interfaces as "mintage/I*.sol". */
export function compile(file, contract) {
  const solc = require("solc");
  const read = (...parts) => ({ content: fs.readFileSync(path.join(root, ...parts), "utf8") });
  const interfaces = fs.readdirSync(path.join(root, "abi/solidity")).filter((name) => name.endsWith(".sol"));
  const published = interfaces.map((name) => [`mintage/${name}`, read("abi/solidity", name)]);
  const input = {
    language: "Solidity",
    sources: { [file]: read("tests/solidity", file), ...Object.fromEntries(published) },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: "paris",
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const errors = (output.errors ?? []).filter((e) => e.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join("\n"));
  const { abi, evm } = output.contracts[file][contract];
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

/** A program that `mintage build` has built: its artifact. */
export function artifact(program) {
  return JSON.parse(fs.readFileSync(path.join(root, `target/stylus/${program}.json`), "utf8"));
}

/** The error that a promise ends with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("an error was expected");
}

export async function raw(method, params = []) {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }) });
  const answer = await response.json();
  if (answer.error) throw Object.assign(new Error(answer.error.message), answer.error);
  return answer.result;
}

export async function until(what, condition) {
  for (let i = 0; i < 100; i++) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited in vain for ${what}`);
}
