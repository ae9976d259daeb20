import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { daemonObstacle } from "./buildkit-daemon.ts";
import { dockerObstacle } from "./buildkit-docker.ts";
import { atLeast, findOnPath, versionIn } from "./executables.ts";
import { goNeeded } from "./go-tools.ts";
import type { Obstacle } from "./obstacle.ts";
import { findPython } from "./python-tools.ts";

/** One thing that Slipway uses on a machine. */
export interface Check {
  /** `go`, `docker buildx`, `free disk`. */
  readonly name: string;
  /** `ok`; `missing`: something does not work without it; `absent`: it would be used if it were there. */
  readonly state: "ok" | "missing" | "absent";
  /** What was found: a version and a path, or why it does not do. */
  readonly found: string;
  /** What it is for, and the least that does. */
  readonly needed: string;
  /** How to get it; empty when the state is `ok`. */
  readonly how: string;
}

/** What this machine has and lacks for the local cloud and the stack. Starts and installs nothing. */
export async function examineMachine(): Promise<Check[]> {
  const goVersion = await goNeeded(join(import.meta.dirname, "go"));
  const checks = await Promise.all([
    program({
      name: "git",
      purpose: "the project's own history",
      how: "apt-get install git",
    }),
    node(),
    program({
      name: "npm",
      purpose: "installs the project's packages",
      how: "comes with Node.js (https://nodejs.org)",
    }),
    program({
      name: "go",
      args: ["version"],
      purpose: "builds the registries and BuildKit of the local cloud",
      least: goVersion,
      how: `install Go ${goVersion} or newer (https://go.dev/dl/)`,
    }),
    python(),
    buildkitWays(),
    freeDisk(),
    program({
      name: "pulumi",
      args: ["version"],
      purpose: "runs the stack on real accounts (the embedded engine does without)",
      how: "https://www.pulumi.com/docs/install/",
      optional: true,
    }),
  ]);
  return checks.flat();
}

interface Program {
  readonly name: string;
  readonly args?: readonly string[];
  readonly purpose: string;
  readonly least?: string;
  readonly how: string;
  readonly optional?: true;
}

async function program(wanted: Program): Promise<Check> {
  const least = wanted.least === undefined ? "" : `, ${wanted.least} or newer`;
  const needed = `${wanted.purpose}${least}`;
  const without = wanted.optional === true ? "absent" : "missing";
  const path = await findOnPath(wanted.name);
  if (path === undefined) {
    return { name: wanted.name, state: without, found: "not on PATH", needed, how: wanted.how };
  }
  const asked = await execa(path, wanted.args ?? ["--version"], { reject: false, timeout: 15_000 });
  const version = asked.failed ? undefined : versionIn(asked.stdout);
  const isOk = version !== undefined && atLeast(version, versionIn(wanted.least ?? "0.0") ?? []);
  return {
    name: wanted.name,
    state: isOk ? "ok" : without,
    found: version === undefined ? `${path} does not work` : `${version.join(".")} (${path})`,
    needed,
    how: isOk ? "" : wanted.how,
  };
}

async function node(): Promise<Check> {
  const isOk = atLeast(versionIn(process.versions.node) ?? [], [24, 0]);
  return {
    name: "node",
    state: isOk ? "ok" : "missing",
    found: `${process.versions.node} (${process.execPath})`,
    needed: "runs Slipway, 24.0 or newer",
    how: isOk ? "" : "npm ci brings one; else install Node.js 24 (https://nodejs.org)",
  };
}

async function python(): Promise<Check> {
  const needed =
    "runs the AWS stand-in and the checks of scripts and workflows, 3.10 or newer with venv";
  const python = await findPython();
  if ("how" in python) return { name: "python", state: "missing", needed, ...python };
  const found = `${python.version} (${python.path})`;
  return { name: "python", state: "ok", found, needed, how: "" };
}

/** The ways to a BuildKit, of which one is enough. */
async function buildkitWays(): Promise<Check[]> {
  const address = process.env["BUILDKIT_HOST"] ?? "";
  const ways: [name: string, found: string | Obstacle][] = [
    [
      "BUILDKIT_HOST",
      address === ""
        ? { found: "not set", how: "set it to the address of a running buildkitd" }
        : address,
    ],
    ["docker buildx", (await dockerObstacle()) ?? "works"],
    ["buildkitd", (await runtimeObstacle()) ?? (await daemonPrograms())],
  ];
  const hasWay = ways.some(([, found]) => typeof found === "string");
  const needed = "builds images; one of BUILDKIT_HOST, docker buildx and buildkitd is enough";
  return ways.map(([name, found]) =>
    typeof found === "string"
      ? { name, state: "ok", found, needed, how: "" }
      : { name, state: hasWay ? "absent" : "missing", needed, ...found },
  );
}

async function runtimeObstacle(): Promise<Obstacle | undefined> {
  const obstacle = await daemonObstacle();
  if (obstacle !== undefined) return obstacle;
  for (const name of ["runc", "gcc", "cc"]) if ((await findOnPath(name)) !== undefined) return;
  return {
    found: "there is neither runc nor a C compiler to build it with",
    how: "apt-get install runc",
  };
}

async function daemonPrograms(): Promise<string> {
  const buildkitd = (await findOnPath("buildkitd")) ?? "built here from Go modules";
  const runc = (await findOnPath("runc")) ?? "built here from Go modules";
  return `root, buildkitd (${buildkitd}), runc (${runc})`;
}

const neededDiskBytes = 6 * 1024 ** 3;

async function freeDisk(): Promise<Check> {
  const disk = await statfs(join(import.meta.dirname, ".."));
  const free = disk.bavail * disk.bsize;
  const isOk = free >= neededDiskBytes;
  return {
    name: "free disk",
    state: isOk ? "ok" : "missing",
    found: `${(free / 1024 ** 3).toFixed(1)} GiB`,
    needed: "tools, their build caches and images: 6 GiB",
    how: isOk ? "" : "free some room on this disk",
  };
}
