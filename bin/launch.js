// Starts a script of this project on a Node that runs TypeScript, after installing what is missing.
// Plain JavaScript with no dependency: it has to work on Node 20 and before anything is installed.
//
//   node bin/launch.js cli/main.ts plan --stack main
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import module from "node:module";

const OLDEST_NODE = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installed = join(root, "node_modules", ".slipway-installed");

/** Whether this Node strips types by itself. */
function isNewEnough(version) {
  return Number(version.split(".")[0]) >= OLDEST_NODE;
}

/** What node_modules must have been installed from. */
function wanted() {
  const hash = createHash("sha256");
  for (const file of ["package.json", "package-lock.json", ".npmrc"])
    hash.update(readFileSync(join(root, file)));
  return `${hash.digest("hex")} ${process.platform}-${process.arch}\n`;
}

function isInstalled() {
  return existsSync(installed) && readFileSync(installed, "utf8") === wanted();
}

/** Runs `npm ci` unless node_modules is already what the lockfile says; two at once take turns. */
async function install() {
  if (isInstalled()) return;
  const lock = join(root, ".slipway", "install.lock");
  mkdirSync(dirname(lock), { recursive: true });
  while (!take(lock)) await new Promise((wake) => setTimeout(wake, 300));
  try {
    if (isInstalled()) return;
    const started = Date.now();
    process.stderr.write("install    npm ci ...\n");
    await npmCi();
    writeFileSync(installed, wanted());
    process.stderr.write(`install    done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** A lock is a folder that names its holder; one left by a dead process is taken over. */
function take(lock) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, "pid"), String(process.pid));
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  try {
    process.kill(Number(readFileSync(join(lock, "pid"), "utf8")), 0);
  } catch (error) {
    const died = error.code === "ESRCH";
    const diedBeforeItWroteItsName = error.code === "ENOENT" && age(lock) > 10_000;
    if (died || diedBeforeItWroteItsName) rmSync(lock, { recursive: true, force: true });
  }
  return false;
}

/** Milliseconds since a path was made; 0 when it is gone. */
function age(path) {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

function npmCi() {
  return new Promise((done, failed) => {
    const npm = spawn("npm", ["ci", "--ignore-scripts", "--no-progress"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    npm.stdout.on("data", (data) => (output += data));
    npm.stderr.on("data", (data) => (output += data));
    npm.on("error", () =>
      failed(new Error("npm was not found on PATH; it comes with Node.js (20 or newer)")),
    );
    npm.on("close", (code) => {
      if (code === 0) return done();
      const said = output
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith("npm warn"));
      failed(
        new Error(`npm ci failed with exit code ${code}:\n    ${said.slice(0, 15).join("\n    ")}`),
      );
    });
  });
}

/** The Node of the optional dependencies, for machines whose own is too old. */
function bundledNode() {
  return join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
}

async function launch(script, args) {
  await install();
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, "node_modules", ".cache", "node");
  if (isNewEnough(process.versions.node)) {
    module.enableCompileCache(cache);
    process.argv.splice(1, process.argv.length - 1, script, ...args);
    await import(pathToFileURL(script).href);
    return;
  }
  const node = bundledNode();
  if (!existsSync(node)) {
    throw new Error(
      `Node ${process.versions.node} is too old and no Node comes with the packages for ${process.platform}-${process.arch}: install Node ${OLDEST_NODE} or newer`,
    );
  }
  const child = spawn(node, [script, ...args], {
    stdio: "inherit",
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: cache,
      PATH: `${dirname(node)}:${process.env.PATH ?? ""}`,
    },
  });
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // A terminal sends an interrupt to both; a second one would mean "at once" to the child.
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("close", (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  process.stderr.write("usage: node bin/launch.js SCRIPT [ARGUMENT...]\n");
  process.exit(2);
}
try {
  await launch(resolve(root, script), args);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
