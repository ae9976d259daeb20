import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Configuration } from "../../../rules/configuration.ts";
import { isSameRepository } from "../../../rules/github-repository.ts";
import { pinnedDigestsFile } from "../../../rules/pins/pinned-digests.ts";
import { type HostedPin, pinsOfPlaces } from "../../../rules/pins/pins-of-places.ts";
import { type Protection, protection, unseenPins } from "../../../rules/pins/protection.ts";
import { printable } from "../../../rules/printable.ts";
import { UserError } from "../../../rules/problems.ts";
import { explaining } from "../../github-access.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { readStack, type Stack } from "../../stack.ts";
import { stackOrOwn } from "../../workflows/stack-of-run.ts";
import { DigestChecks } from "../digest-facts.ts";
import { knownImages } from "../known-images.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import { pinsGithub } from "../propose/pins-github.ts";
import { handedOutDigests } from "./handed-out.ts";
import { readPinnedFile, writePinnedFile } from "./pinned-digests-file.ts";
import {
  proposalSentence,
  proposeProtection,
  PROTECT_RIGHTS,
  type ProtectionProposal,
} from "./propose-protection.ts";
import { RemoteRepository } from "./remote-repository.ts";
import { type KnownDigests, knownDigests } from "./known-digests.ts";
import { absentPins, sortedPins, type SortedPins } from "./sorted-pins.ts";

export interface ProtectOptions {
  /** `OWNER/NAME` of each that is looked at besides the stack's own; without, those of its configuration. */
  readonly repo?: readonly string[];
  readonly stack?: string;
  /** Milliseconds. */
  readonly grace: number;
  /** Milliseconds. */
  readonly live: number;
  /** Whether the file is proposed in a pull request, and not written. */
  readonly propose: boolean;
  readonly json: boolean;
}

const SERVER = "https://github.com";

/** Writes or proposes what is pinned in repositories. Returns the exit code. */
export async function runProtect(options: ProtectOptions): Promise<number> {
  const stack = await readStack(await stackOrOwn(options.stack));
  refuseForeign(stack);
  const { configuration } = stack;
  // Who cannot propose waits for nothing.
  const github = options.propose ? await pinsGithub(configuration, PROTECT_RIGHTS) : undefined;
  const before = await readPinnedFile(stack.name);
  const heartbeat = new Heartbeat((line) => {
    if (!options.json) console.error(line);
  });
  const known = await knownImages(stack, { offline: false });
  const digests = knownDigests(known, before);
  const repositories = repositoriesOf(configuration, options.repo);
  const pins: HostedPin[] = [];
  const folder = await mkdtemp(join(tmpdir(), "slipway-protect-"));
  try {
    for (const [index, name] of repositories.entries()) {
      heartbeat.start(name);
      const repository = new RemoteRepository(name, join(folder, String(index)), server(), token());
      pins.push(...(await pinsOf(repository, stack, digests, options)));
      await rm(join(folder, String(index)), { recursive: true });
      heartbeat.end(name);
    }
    const checks = new DigestChecks({ stack, known });
    const { there, lost, elsewhere } = await sortedPins(pins, stack, checks);
    const absent = new Set(await absentPins(before, stack, checks));
    const result = protection({
      ...{ before, seen: there, grace: options.grace, absent: (pin) => absent.has(pin) },
      looked: options.repo === undefined ? "every" : new Set(repositories),
      handedOut: await handedOutDigests(known, stack, unseenPins(before, there)),
      today: new Date().toISOString().slice(0, "2026-11-21".length),
    });
    const file = pinnedDigestsFile(stack.name);
    const done =
      github === undefined
        ? { written: await writePinnedFile(stack.name, result.pins) }
        : await explaining(PROTECT_RIGHTS, async () => ({
            proposal: await proposeProtection(github, stack, { ...result, before, file, lost }),
          }));
    if (options.json) {
      const proposal = "proposal" in done ? { proposal: done.proposal } : {};
      console.log(JSON.stringify({ ...result, lost, elsewhere, ...proposal }, undefined, 2));
    } else {
      tell(result, { lost, elsewhere });
      console.log(sentenceOf(result, file, done));
    }
    return lost.length > 0 ? 1 : 0;
  } finally {
    heartbeat.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @throws UserError for a stack that owns no repository on a registry */
function refuseForeign({ name, configuration: { owns } }: Stack): void {
  if (owns === "all") return;
  throw new UserError(
    `stack ${name} owns images only; the stack that owns their repositories keeps what is pinned: name that one, e.g. --stack main`,
  );
}

/** The stack's own, and then the others, each once. */
function repositoriesOf(
  { owner, repository, pinRepositories }: Configuration,
  given: readonly string[] = pinRepositories,
): readonly string[] {
  const own = `${owner}/${repository}`;
  const all = [own, ...given];
  return all.filter((name, at) => all.findIndex((one) => isSameRepository(one, name)) === at);
}

/** What the default branch and the live release branches of a repository pin. */
async function pinsOf(
  repository: RemoteRepository,
  stack: Stack,
  known: KnownDigests,
  { live, json }: ProtectOptions,
): Promise<readonly HostedPin[]> {
  const [main, ...releases] = await branchesOf(repository);
  const pins: HostedPin[] = [];
  for (const branch of [main, ...releases]) {
    if (branch === undefined) continue;
    const { folder, committed } = await repository.checkOut(branch);
    if (branch !== main && Date.now() - committed > live) continue;
    const user = `${repository.name}@${branch.name}`;
    const { places, managed } = await pinsOfTree(folder, stack, known.images);
    const own = pinsOfPlaces(places, { user, placed: known.placed, managed });
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

/** The server of GitHub: in a workflow its own. */
function server(): string {
  return process.env["GITHUB_SERVER_URL"] ?? SERVER;
}

function token(): string | undefined {
  const { GITHUB_TOKEN = "" } = process.env;
  return GITHUB_TOKEN === "" ? undefined : GITHUB_TOKEN;
}

function tell(
  { added, released, gone, kept }: Protection,
  { lost, elsewhere }: Omit<SortedPins, "there">,
): void {
  for (const { image, digest } of added) console.log(`new       ${image} ${digest}`);
  for (const { image, digest } of released) console.log(`released  ${image} ${digest}`);
  for (const { image, digest, users } of gone) {
    const who = printable(users.join(", "), 300);
    console.log(`GONE      ${image} ${digest}: not on ECR any more; was pinned in ${who}`);
  }
  for (const { pin, why } of kept) console.log(`unseen    ${pin.image} ${pin.digest}: ${why}`);
  for (const [word, pins] of Object.entries({ LOST: lost, apart: elsewhere })) {
    for (const { pin, detail } of pins) {
      const { image, digest, user } = pin;
      const told = `${image} ${digest}, pinned in ${user}: ${printable(detail, 300)}`;
      console.log(`${word.padEnd(9)} ${told}`);
    }
  }
}

function sentenceOf(
  { pins }: Protection,
  file: string,
  done: { readonly written: boolean } | { readonly proposal: ProtectionProposal },
): string {
  if ("proposal" in done) return proposalSentence(done.proposal);
  return done.written
    ? `${pins.length} digests are protected by ${file}; review and commit it, slipway up names them`
    : `${pins.length} digests are protected; ${file} says so already`;
}
