// Compiles the contracts of this folder with the pinned solc and prints {"Contract": "init code in hex", ...}.
// They import the published interfaces (abi/solidity) as "mintage/I*.sol".
// Run by mintage_tests::solidity; node_modules at the repository's root comes from `npm ci`.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const sources = {};
function add(folder, prefix) {
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".sol")).sort()) {
    sources[prefix + file] = { content: fs.readFileSync(path.join(folder, file), "utf8") };
  }
}
add(__dirname, "");
add(path.join(__dirname, "../../abi/solidity"), "mintage/");
const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: "paris",
  outputSelection: { "*": { "*": ["evm.bytecode.object"] } },
};
const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings })));
const errors = (output.errors || []).filter((e) => e.severity === "error");
if (errors.length > 0) {
  for (const e of errors) console.error(e.formattedMessage);
  process.exit(1);
}
const codes = {};
for (const contracts of Object.values(output.contracts)) {
  for (const [name, c] of Object.entries(contracts)) {
    if (c.evm.bytecode.object !== "") codes[name] = c.evm.bytecode.object;
  }
}
process.stdout.write(JSON.stringify(codes));
