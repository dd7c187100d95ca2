// Installs what `npm ci` left out although it is for this machine: optional packages that name a newer Node.js than there is. Those of
// foundry hold programs that need no Node.js at all, and Debian 12 has Node.js 18. Run by scripts/setup.sh after `npm ci`.
//
// A package's archive must have the checksum of package-lock.json, or nothing of it is installed.
"use strict";
const { execFileSync } = require("child_process");
const { createHash } = require("crypto");
const fs = require("fs");
const os = require("os");
const path = require("path");

const root = path.dirname(__dirname);
const lock = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8"));

const fits = (list, own) => !list || list.includes(own);
const left = Object.entries(lock.packages).filter(
  ([place, entry]) =>
    entry.optional && fits(entry.os, process.platform) && fits(entry.cpu, process.arch) && !fs.existsSync(path.join(root, place)),
);
for (const [place, entry] of left) install(place, entry);
link();

function install(place, { version, integrity }) {
  const wanted = `${place.split("node_modules/").pop()}@${version}`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "npm-optional-"));
  try {
    const npm = ["pack", wanted, "--silent", "--pack-destination", folder];
    execFileSync("npm", npm, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
    const [name] = fs.readdirSync(folder);
    const archive = path.join(folder, name);
    const [algorithm] = integrity.split("-");
    const found = `${algorithm}-${createHash(algorithm).update(fs.readFileSync(archive)).digest("base64")}`;
    if (found !== integrity) throw new Error(`its archive has checksum ${found}, package-lock.json says ${integrity}`);
    const unpacked = path.join(root, `${place}.unpacking`);
    fs.rmSync(unpacked, { recursive: true, force: true });
    fs.mkdirSync(unpacked, { recursive: true });
    execFileSync("tar", ["-xzf", archive, "-C", unpacked, "--strip-components=1"]);
    fs.renameSync(unpacked, path.join(root, place));
    console.error(`setup: installed ${wanted}`);
  } catch (error) {
    console.error(`setup: ${wanted} cannot be installed: ${error.message}`);
    process.exitCode = 1;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

// npm leaves out the commands of a package too, if one that it left out has a command of the same name.
function link() {
  const { dependencies = {}, devDependencies = {} } = lock.packages[""];
  const commands = path.join(root, "node_modules/.bin");
  fs.mkdirSync(commands, { recursive: true });
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const { bin = {} } = lock.packages[`node_modules/${name}`];
    for (const [command, file] of Object.entries(bin)) {
      const link = path.join(commands, command);
      if (!fs.existsSync(link)) fs.symlinkSync(path.join("..", name, file), link);
    }
  }
}
