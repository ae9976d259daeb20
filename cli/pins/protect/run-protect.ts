import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseImageLabel } from "../../../rules/image-label.ts";
import type { ManagedImages } from "../../../rules/pins/managed-images.ts";
import { pinnedDigestsFile } from "../../../rules/pins/pinned-digests.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { type Protection, protection, type SeenPin } from "../../../rules/pins/protection.ts";
import { printable } from "../../../rules/printable.ts";
import { registryHost } from "../../../rules/registry-place.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { readStack, type Stack } from "../../stack.ts";
import { stackOrOwn } from "../../workflows/stack-of-run.ts";
import { DigestChecks } from "../digest-facts.ts";
import { type KnownImages, knownImages } from "../known-images.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import { readPinnedFile, writePinnedFile } from "./pinned-digests-file.ts";
import { RemoteRepository } from "./remote-repository.ts";

export interface ProtectOptions {
  /** `OWNER/NAME`, at least one. */
  readonly repo: readonly string[];
  readonly stack?: string;
  /** Milliseconds. */
  readonly grace: number;
  /** Milliseconds. */
  readonly live: number;
  readonly json: boolean;
}

/** A pin, and the registry's host that it names; of a digest alone the image's first one. */
interface HostedPin extends SeenPin {
  readonly host: string;
}

/** A pin that is not in the file, and why. */
interface LeftPin {
  readonly pin: SeenPin;
  readonly detail: string;
}

/** Every pin that was found, by what becomes of it. */
interface SortedPins {
  readonly there: readonly SeenPin[];
  /** Those that lead nowhere. */
  readonly lost: readonly LeftPin[];
  /** Those that are on their own registry and not on ECR, where there is nothing to keep then. */
  readonly elsewhere: readonly LeftPin[];
}

const SERVER = "https://github.com";

/** Writes what is pinned in other repositories into the stack's file. Returns the exit code. */
export async function runProtect(options: ProtectOptions): Promise<number> {
  const stack = await readStack(await stackOrOwn(options.stack));
  const before = await readPinnedFile(stack.name);
  const heartbeat = new Heartbeat((line) => {
    if (!options.json) console.error(line);
  });
  const known = await knownImages(stack, { offline: false });
  const pins: HostedPin[] = [];
  const folder = await mkdtemp(join(tmpdir(), "slipway-protect-"));
  try {
    for (const [index, name] of [...new Set(options.repo)].entries()) {
      heartbeat.start(name);
      const repository = new RemoteRepository(name, join(folder, String(index)), server(), token());
      pins.push(...(await pinsOf(repository, stack, known, options)));
      await rm(join(folder, String(index)), { recursive: true });
      heartbeat.end(name);
    }
    const { there, lost, elsewhere } = await sorted(pins, stack, known);
    const result = protection({
      ...{ before, seen: there, looked: new Set(options.repo), grace: options.grace },
      handedOut: new Set(known.all.map(({ digest }) => digest)),
      today: new Date().toISOString().slice(0, "2026-11-21".length),
    });
    const written = await writePinnedFile(stack.name, result.pins);
    if (options.json) console.log(JSON.stringify({ ...result, lost, elsewhere }, undefined, 2));
    else tell(stack.name, result, { lost, elsewhere }, written);
    return lost.length > 0 ? 1 : 0;
  } finally {
    heartbeat.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the default branch and the live release branches of a repository pin. */
async function pinsOf(
  repository: RemoteRepository,
  stack: Stack,
  known: KnownImages,
  { live, json }: ProtectOptions,
): Promise<readonly HostedPin[]> {
  const [main, ...releases] = await branchesOf(repository);
  const pins: HostedPin[] = [];
  for (const branch of [main, ...releases]) {
    if (branch === undefined) continue;
    const { folder, committed } = await repository.checkOut(branch);
    if (branch !== main && Date.now() - committed > live) continue;
    const user = `${repository.name}@${branch.name}`;
    const found = await pinsOfTree(folder, stack, known);
    const own = found.places.flatMap((place) => pinOf(place, user, found.managed));
    if (!json) console.error(`${printable(user, 300)}: ${own.length} pins`);
    pins.push(...own);
  }
  return pins;
}

/** The default branch first. */
async function branchesOf(repository: RemoteRepository) {
  const branches = await repository.branches();
  return [...branches].sort(
    (a, b) => Number(a.name.startsWith("release/")) - Number(b.name.startsWith("release/")),
  );
}

/** A place as a pin of an image that the stack publishes; none where it is another's or nobody's. */
function pinOf(
  { digest, image, repository }: Place,
  user: string,
  { repositories }: ManagedImages,
): readonly HostedPin[] {
  if (digest === undefined || image === undefined) return [];
  const family = parseImageLabel(image)?.family;
  const own = repository ?? repositories.find((one) => one.family === family);
  if (own?.family === undefined) return [];
  return [{ digest: digest.text, image, repository: own.path, user, host: own.host }];
}

/** Asks the registries. What could not be looked at is taken for being there. */
async function sorted(
  pins: readonly HostedPin[],
  stack: Stack,
  known: KnownImages,
): Promise<SortedPins> {
  const checks = new DigestChecks({ stack, known });
  const ecr = registryHost("ecr", stack.configuration, stack.cloud);
  const families = new Map(stack.families.map((family) => [family.name, family]));
  const there: SeenPin[] = [];
  const lost: LeftPin[] = [];
  const elsewhere: LeftPin[] = [];
  await Promise.all(
    pins.map(async ({ host, ...pin }) => {
      const { repository: path, digest, image } = pin;
      const isOnEcr = families
        .get(parseImageLabel(image)?.family ?? "")
        ?.registries.includes("ecr");
      const named = await checks.facts({ host, path, digest });
      const kept = isOnEcr === true ? await checks.facts({ host: ecr, path, digest }) : named;
      if ("detail" in named) lost.push({ pin, detail: `${named.state}: ${named.detail}` });
      else if ("detail" in kept) elsewhere.push({ pin, detail: `not on ECR: ${kept.detail}` });
      else there.push(pin);
    }),
  );
  return { there, lost, elsewhere };
}

/** The server of GitHub: in a workflow its own. */
function server(): string {
  return process.env["GITHUB_SERVER_URL"] ?? SERVER;
}

function token(): string | undefined {
  const { GITHUB_TOKEN = "" } = process.env;
  return GITHUB_TOKEN === "" ? undefined : GITHUB_TOKEN;
}

function tell(
  stack: string,
  { pins, added, released, kept }: Protection,
  { lost, elsewhere }: Omit<SortedPins, "there">,
  written: boolean,
): void {
  for (const { image, digest } of added) console.log(`new       ${image} ${digest}`);
  for (const { image, digest } of released) console.log(`released  ${image} ${digest}`);
  for (const { pin, why } of kept) console.log(`unseen    ${pin.image} ${pin.digest}: ${why}`);
  for (const { pin, detail } of lost) {
    console.log(
      `LOST      ${pin.image} ${pin.digest}, pinned in ${pin.user}: ${printable(detail, 300)}`,
    );
  }
  for (const { pin, detail } of elsewhere) {
    console.log(
      `apart     ${pin.image} ${pin.digest}, pinned in ${pin.user}: ${printable(detail, 300)}`,
    );
  }
  const file = pinnedDigestsFile(stack);
  console.log(
    written
      ? `${pins.length} digests are protected by ${file}; review and commit it, slipway up names them`
      : `${pins.length} digests are protected; ${file} says so already`,
  );
}
