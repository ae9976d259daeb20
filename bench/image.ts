import { join } from "node:path";
import { execa } from "execa";
import { Registries } from "../oci/registries.ts";
import { contentName } from "../rules/names.ts";
import { push, sampleImage } from "../test/integration/oci/sample-image.ts";
import { testCloud, testIdentity } from "../test/support/cloud.ts";
import { median } from "./measure.ts";

const LAUNCHER = join(import.meta.dirname, "../bin/launch.js");
const MAIN = join(import.meta.dirname, "../cli/main.ts");
const TIMES = 11;
const FAMILY = "almalinux-builder";
const ACCELERATOR = "cuda12.8";
const REGISTRY = "docker.io";

/**
 * `slipway image` of an image that is there, beside what it cannot be faster than: Node that does nothing, and one request
 * that asks the same registry for the name, by curl where there is one. All as whole processes and in turn, on a local
 * cloud of their own.
 */
export async function imageBenchmark(): Promise<string> {
  const { folder, registries } = await testCloud();
  const { host, username, password } = registries[REGISTRY];
  const env = { SLIPWAY_HOME: folder };
  const slipway = (...args: readonly string[]) =>
    execa(process.execPath, [LAUNCHER, MAIN, ...args], { env });

  const name = contentName(ACCELERATOR, await keyOf(slipway));
  const path = `${testIdentity.owner}/${FAMILY}`;
  const credentials = { [host]: { username, password } };
  await push(
    sampleImage(),
    new Registries().repository(`${host}/${path}`, credentials, "push"),
    name,
  );

  const url = `http://${host}/v2/${path}/manifests/${name}`;
  const accept = "accept: application/vnd.oci.image.manifest.v1+json";
  // Not as an argument, which every process of the machine may read.
  const login = `user = "${username}:${password}"\n`;
  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    "slipway image": () => slipway("image", FAMILY, ACCELERATOR, "--registry", REGISTRY),
    "node -e 0": () => execa(process.execPath, ["-e", "0"]),
    ...((await hasCurl()) && {
      "curl --head": () =>
        execa("curl", ["--config", "-", "--silent", "--fail", "--head", "--header", accept, url], {
          input: login,
        }),
    }),
  };
  const seconds = new Map(Object.keys(ways).map((way) => [way, [] as number[]]));
  // The first run of each warms the caches.
  for (let run = 0; run <= TIMES; run += 1) {
    for (const [way, start] of Object.entries(ways)) {
      const taken = await timed(start);
      if (run > 0) seconds.get(way)?.push(taken);
    }
  }
  return [
    `the reference by digest of ${FAMILY} ${ACCELERATOR} on a local registry, median of ${TIMES}`,
    ...[...seconds].map(([way, values]) => `  ${way.padEnd(15)} ${median(values).toFixed(3)} s`),
  ].join("\n");
}

async function keyOf(
  slipway: (...args: readonly string[]) => Promise<{ readonly stdout: string }>,
): Promise<string> {
  const { stdout } = await slipway("keys", FAMILY, "--stack", "local", "--json");
  const keys = JSON.parse(stdout) as readonly { accelerator?: string; key: string }[];
  const found = keys.find(({ accelerator }) => accelerator === ACCELERATOR);
  if (found === undefined) throw new Error(`${FAMILY} has no ${ACCELERATOR}`);
  return found.key;
}

async function hasCurl(): Promise<boolean> {
  const { failed } = await execa("curl", ["--version"], { reject: false });
  return !failed;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}
