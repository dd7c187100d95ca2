// The pinned wasm-opt for hundreds of small modules in one process: starting it for each would take most of the time.
// It is the same program as `npx wasm-opt`, run again and again with its WebAssembly compiled once.
//
//   node scripts/wasm-opt-many.cjs    each line of stdin: the arguments of one run, a tab between them
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const file = path.join(__dirname, "..", "node_modules", "binaryen", "bin", "wasm-opt");
const source = fs.readFileSync(file, "utf8").replace(/^#!.*\n/, "");
const script = new vm.Script(`(function (Module, require, __dirname, __filename, module) {${source}\n})`, {
  filename: file,
});
const start = script.runInThisContext();
let compiled;

// The script decodes its WebAssembly from its own text and gives it to WebAssembly.instantiate.
const instantiate = WebAssembly.instantiate;
WebAssembly.instantiate = async (binary, imports) => {
  compiled ??= await WebAssembly.compile(binary);
  return { instance: await instantiate(compiled, imports), module: compiled };
};

function run(args) {
  return new Promise((resolve) => {
    process.argv = [process.argv[0], file, ...args];
    const stay = (status) => {
      process.exitCode = 0;
      resolve(status);
    };
    start({ onExit: stay, postRun: [() => stay(0)] }, require, path.dirname(file), file, undefined);
  });
}

async function main() {
  for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const status = await run(line.split("\t"));
    if (status !== 0) {
      console.error(`wasm-opt ended with ${status}: ${line}`);
      process.exit(1);
    }
  }
}

main();
