import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Configuration } from "../../../rules/configuration.ts";
import { isSameRepository } from "../../../rules/github-repository.ts";
import { pinnedDigestsFile } from "../../../rules/pins/pinned-digests.ts";
import type { HostedPin } from "../../../rules/pins/pins-of-places.ts";
import { type Protection, protection, unseenPins } from "../../../rules/pins/protection.ts";
import { printable } from "../../../rules/printable.ts";
import { UserError } from "../../../rules/problems.ts";
import { explaining } from "../../github-access.ts";
import { forLog } from "../../print/for-log.ts";
import { Heartbeat } from "../../print/heartbeat.ts";
import { readStack, type Stack } from "../../stack.ts";
import { stackOrOwn } from "../../workflows/stack-of-run.ts";
import { DigestChecks } from "../digest-facts.ts";
import { knownImages } from "../known-images.ts";
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
import { knownDigests } from "./known-digests.ts";
import { pinsOfRepository, type ReadBranch, type UnreadBranch } from "./pins-of-repository.ts";
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
  const unread: UnreadBranch[] = [];
  const folder = await mkdtemp(join(tmpdir(), "slipway-protect-"));
  try {
    for (const [index, name] of repositories.entries()) {
      heartbeat.start(name);
      const repository = new RemoteRepository(name, join(folder, String(index)), server(), token());
      for await (const branch of pinsOfRepository(repository, stack, digests, options.live)) {
        if ("detail" in branch) unread.push(branch);
        else pins.push(...branch.pins);
        if (!options.json) console.error(foundLine(branch));
      }
      await rm(join(folder, String(index)), { recursive: true });
      heartbeat.end(name);
    }
    const checks = new DigestChecks({ stack, known });
    const { there, lost, elsewhere } = await sortedPins(pins, stack, checks);
    const absent = new Set(await absentPins(before, stack, checks));
    const result = protection({
      ...{ before, seen: there, grace: options.grace, absent: (pin) => absent.has(pin) },
      looked: options.repo === undefined ? "every" : new Set(repositories),
      unread: new Set(unread.map(({ user }) => user)),
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
      console.log(
        JSON.stringify({ ...result, lost, elsewhere, unread, ...proposal }, undefined, 2),
      );
    } else {
      tell(result, { lost, elsewhere, unread });
      console.log(sentenceOf(result, file, done));
    }
    return lost.length > 0 || unread.length > 0 ? 1 : 0;
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

/** The server of GitHub: in a workflow its own. */
function server(): string {
  return process.env["GITHUB_SERVER_URL"] ?? SERVER;
}

function token(): string | undefined {
  const { GITHUB_TOKEN = "" } = process.env;
  return GITHUB_TOKEN === "" ? undefined : GITHUB_TOKEN;
}

function foundLine(branch: ReadBranch | UnreadBranch): string {
  const found = "detail" in branch ? "not looked at" : `${branch.pins.length} pins`;
  return `${printable(branch.user, 300)}: ${found}`;
}

function tell(
  { added, released, gone, kept }: Protection,
  {
    lost,
    elsewhere,
    unread,
  }: Omit<SortedPins, "there"> & { readonly unread: readonly UnreadBranch[] },
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
  for (const { user, detail } of unread) {
    const why = forLog(printable(detail, 300));
    console.log(`UNREAD    ${printable(user, 300)} was not looked at, its pins stay: ${why}`);
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
