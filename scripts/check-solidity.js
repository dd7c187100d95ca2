// Compiles every interface of abi/solidity with solc and compares what it says of the ABI with abi/json.
// solc prints no constructor for an abstract contract, so the constructor's parameters come from its syntax tree.
"use strict";
const fs = require("fs");
const path = require("path");

const root = path.dirname(__dirname);
let solc;
try {
  solc = require(path.join(root, "node_modules/solc"));
} catch {
  console.error("solc is not installed: install Node.js 18 or newer and run `npm ci` in the project's folder");
  process.exit(2);
}

const folder = path.join(root, "abi/solidity");
const files = fs.readdirSync(folder).sort();
const input = {
  language: "Solidity",
  sources: Object.fromEntries(files.map((f) => [f, { content: fs.readFileSync(path.join(folder, f), "utf8") }])),
  settings: { outputSelection: { "*": { "*": ["abi"], "": ["ast"] } } },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));

const problems = (output.errors || []).map((e) => e.formattedMessage.trim());
const canonical = (items) => items.map((item) => JSON.stringify(item, Object.keys(flatten(item)).sort())).sort();

function flatten(value, keys = {}) {
  if (value && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      if (!Array.isArray(value)) keys[key] = true;
      flatten(inner, keys);
    }
  }
  return keys;
}

function constructorTypes(file, contract) {
  const definition = output.sources[file].ast.nodes.find((n) => n.nodeType === "ContractDefinition" && n.name === contract);
  const constructor = definition.nodes.find((n) => n.kind === "constructor");
  const type = (p) => p.typeDescriptions.typeString.replace(/ memory$/, "");
  return constructor.parameters.parameters.map((p) => `${type(p)} ${p.name}`);
}

for (const file of problems.length ? [] : files) {
  const contract = path.basename(file, ".sol").slice(1);
  const ours = JSON.parse(fs.readFileSync(path.join(root, "abi/json", `${contract}.json`), "utf8"));
  const constructor = ours.find((item) => item.type === "constructor");
  const mine = canonical(ours.filter((item) => item !== constructor));
  const theirs = canonical(output.contracts[file][contract].abi);
  for (const item of mine.filter((i) => !theirs.includes(i))) problems.push(`${contract}: not what solc says: ${item}`);
  for (const item of theirs.filter((i) => !mine.includes(i))) problems.push(`${contract}: missing: ${item}`);
  const [have, want] = [constructor.inputs.map((p) => `${p.internalType} ${p.name}`), constructorTypes(file, contract)];
  if (String(have) !== String(want)) problems.push(`${contract}: constructor(${have}) should be (${want})`);
}

for (const problem of problems) console.error(problem);
console.error(`${files.length} interfaces compiled with solc ${solc.version()}, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
