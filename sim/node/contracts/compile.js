// Compiles the contracts of this folder with the pinned solc and prints {"Contract": "runtime code in hex", ...}.
// `node sim/node/contracts/compile.js > sim/node/contracts/built.json` after a change; a test compares.
"use strict";
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const sources = {};
for (const file of fs.readdirSync(__dirname).filter((name) => name.endsWith(".sol")).sort()) {
  sources[file] = { content: fs.readFileSync(path.join(__dirname, file), "utf8") };
}
const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: "paris",
  // Without the hash of the sources the code depends on nothing but its meaning.
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["evm.deployedBytecode.object"] } },
};
const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
const problems = output.errors || [];
if (problems.length > 0) {
  for (const problem of problems) console.error(problem.formattedMessage);
  process.exit(1);
}
const codes = {};
for (const contracts of Object.values(output.contracts)) {
  for (const [name, contract] of Object.entries(contracts)) {
    if (contract.evm.deployedBytecode.object !== "") codes[name] = contract.evm.deployedBytecode.object;
  }
}
process.stdout.write(JSON.stringify(codes, null, 2) + "\n");
