// Builds and packs the npm package: abi/npm/src, the ABIs of abi/json as literal types (viem infers arguments, results, events and errors
// from them), and the programs that `mintage build` left in target/stylus. Everything is made under target/npm, and nothing is published;
// prints the archive's path.
"use strict";
const { execFileSync } = require("child_process");
const fs = require("fs");
const path = require("path");

const root = path.dirname(__dirname);
const source = path.join(root, "abi/npm");
const programs = path.join(root, "target/stylus");
const stage = path.join(root, "target/npm/package");

function fail(message) {
  console.error(`pack-npm: ${message}`);
  process.exit(2);
}

function run(command, args, cwd) {
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  } catch (error) {
    if (error.stdout) console.error(error.stdout);
    return fail(`${path.basename(command)} failed`);
  }
}

const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

function readArtifact(name) {
  const file = path.join(programs, `${name}.json`);
  if (!fs.existsSync(file)) fail(`${file} is missing: run \`make build\``);
  return JSON.parse(fs.readFileSync(file, "utf8"));
}

function abiModule(name, contract) {
  const abi = fs.readFileSync(path.join(root, "abi/json", `${contract}.json`), "utf8").trim();
  return `export const ${camelCase(name)}Abi = ${abi} as const;\n`;
}

function artifactModule(name, artifact) {
  return `import { ${camelCase(name)}Abi } from "../abi/${name}.js";

/** ${artifact.contract}: ${artifact.compressed_size} bytes of code, ${artifact.toolchain.rustc}, ${artifact.toolchain.wasm_opt}. */
export const ${camelCase(name)} = {
  name: "${name}",
  abi: ${camelCase(name)}Abi,
  code: "${artifact.code}",
  wasmHash: "${artifact.wasm_hash}",
  dataFeeWei: ${artifact.data_fee_wei}n,
} as const;
`;
}

const typescript = path.join(root, "node_modules/typescript/package.json");
if (!fs.existsSync(typescript)) fail("typescript is not installed: run `npm ci` in the project's folder");
const tsc = path.join(path.dirname(typescript), JSON.parse(fs.readFileSync(typescript, "utf8")).bin.tsc);

fs.rmSync(path.dirname(stage), { recursive: true, force: true });
fs.cpSync(source, stage, { recursive: true });
for (const folder of ["abi", "artifacts"]) fs.mkdirSync(path.join(stage, "src", folder));
const kebabCase = (contract) => contract.replace(/(?<!^)[A-Z]/g, "-$&").toLowerCase();
const contracts = fs.readdirSync(path.join(root, "abi/json")).sort().map((f) => path.basename(f, ".json"));
const names = contracts.map(kebabCase);
contracts.forEach((contract, i) => {
  fs.writeFileSync(path.join(stage, `src/abi/${names[i]}.ts`), abiModule(names[i], contract));
  fs.writeFileSync(path.join(stage, `src/artifacts/${names[i]}.ts`), artifactModule(names[i], readArtifact(names[i])));
});
const index = names.map((name) => `export { ${camelCase(name)}Abi } from "./${name}.js";\n`);
fs.writeFileSync(path.join(stage, "src/abi/index.ts"), index.join(""));
for (const folder of ["json", "solidity"]) fs.cpSync(path.join(root, "abi", folder), path.join(stage, folder), { recursive: true });
for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) fs.copyFileSync(path.join(root, licence), path.join(stage, licence));

run(process.execPath, [tsc, "--project", stage], stage);
// As a user's code sees it: through the package's own exports.
run(process.execPath, [tsc, "--project", path.join(stage, "example")], stage);
const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", path.dirname(stage)], stage));
console.error(`${packed.name} ${packed.version}: ${names.length} programs, ${packed.entryCount} files, ${packed.size} bytes packed`);
console.log(path.join(path.dirname(stage), packed.filename));
