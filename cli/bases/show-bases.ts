import { join, relative } from "node:path";
import { createPatch } from "diff";
import { readCatalog } from "../../catalog.ts";
import { Registries } from "../../oci/registries.ts";
import { DIGEST, parseRepository } from "../../rules/image-reference.ts";
import { UserError } from "../../rules/problems.ts";
import { registryHost } from "../../rules/registry-place.ts";
import { dockerLogin } from "../docker-logins.ts";
import { Heartbeat } from "../print/heartbeat.ts";
import { table } from "../print/table.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readStack, registryLogins, type Stack } from "../stack.ts";
import { baseEntries, selectBases } from "./base-entries.ts";
import { planBump, writeBump } from "./bump-bases.ts";
import { type BaseFinding, checkBases, isFault } from "./check-bases.ts";
import { mirrorBases, type PinnedBase } from "./mirror-bases.ts";
import { type LoginOf, resolveBases } from "./resolve-bases.ts";

export interface BasesOptions {
  readonly json?: boolean;
}

export interface MirrorBasesOptions extends BasesOptions {
  readonly stack: string;
  readonly dryRun: boolean;
}

/** Prints what became of the bases' tags and digests. Returns the exit code. */
export async function showBaseCheck(
  wanted: readonly string[],
  { json }: BasesOptions,
): Promise<number> {
  const findings = await lookAtBases(wanted, sayUnless(json));
  if (json === true) console.log(JSON.stringify(findings, undefined, 2));
  else {
    const rows = findings.map(({ family, base, image, state, digest, newDigest }) => [
      `${family}/${base}`,
      state,
      image,
      newDigest === undefined ? short(digest) : `${short(digest)} -> ${short(newDigest)}`,
    ]);
    console.log(table(rows));
    for (const { family, base, note } of findings) {
      if (note !== undefined) console.log(`${family}/${base}: ${note}`);
    }
  }
  return findings.some(isFault) ? 1 : 0;
}

/** Asks the registries what each base's tag stands for, and whether its digest is there. */
export async function lookAtBases(
  wanted: readonly string[],
  say: (line: string) => void,
): Promise<readonly BaseFinding[]> {
  const { entries, resolutions } = await ask(wanted, say);
  return checkBases(entries, resolutions);
}

/** Pins bases to what their tags stand for, and prints the difference. Returns the exit code. */
export async function bumpBases(
  wanted: readonly string[],
  { json }: BasesOptions,
): Promise<number> {
  const { entries, resolutions } = await ask(wanted, sayUnless(json), true);
  const files = await planBump(entries, resolutions);
  await writeBump(files);
  const bases = files.flatMap((file) => file.bases);
  if (json === true) {
    const changes = bases.map(({ entry: { family, name, image, digest: old }, digest }) => {
      return { family, base: name, image, digest: old, newDigest: digest };
    });
    console.log(JSON.stringify(changes, undefined, 2));
    return 0;
  }
  for (const { file, old, new: now } of files) {
    process.stdout.write(
      createPatch(relative(PROJECT_ROOT, file), old, now, "", "", { context: 0 }),
    );
  }
  console.log(
    bases.length === 0
      ? `${entries.length} bases are up to date; nothing was written`
      : `${bases.length} of ${entries.length} bases have a new digest; what that rebuilds: slipway keys --diff HEAD`,
  );
  return 0;
}

/** Copies a stack's bases to its mirror. Returns the exit code. */
export async function showBaseMirror({
  stack: name,
  dryRun,
  json,
}: MirrorBasesOptions): Promise<number> {
  const stack = await readStack(name);
  const { baseMirror: repository } = stack.configuration;
  if (repository === "") {
    throw new UserError(
      `stack ${name} has no mirror; write a repository of your own into Pulumi.${name}.yaml, e.g. slipway:baseMirror: ghcr.io/${stack.configuration.owner.toLowerCase()}/bases`,
    );
  }
  const say = (line: string) => {
    if (json !== true) console.log(line);
  };
  const heartbeat = new Heartbeat(say);
  heartbeat.start("mirror");
  try {
    const mirrored = await mirrorBases(pinnedBases(stack), new Registries(), {
      repository,
      loginOf: mirrorLogins(stack, parseRepository(repository).host),
      dryRun,
      say,
    });
    if (json === true) console.log(JSON.stringify(mirrored, undefined, 2));
    else {
      console.log(
        table(
          mirrored.map(({ image, state, digest }) => [image, state, mirrorOf(repository, digest)]),
        ),
      );
      for (const { image, reason } of mirrored) {
        if (reason !== undefined) console.error(`error: ${image}: ${reason}`);
      }
    }
    return mirrored.some(({ state }) => state === "failed") ? 1 : 0;
  } finally {
    heartbeat.stop();
  }
}

/** What tells of progress: nothing, where JSON is printed. */
function sayUnless(json: boolean | undefined): (line: string) => void {
  return json === true ? () => undefined : (line) => console.error(line);
}

async function ask(wanted: readonly string[], say: (line: string) => void, inspect = false) {
  const catalog = await readCatalog(join(PROJECT_ROOT, "images"));
  const entries = selectBases(await baseEntries(catalog.values()), wanted);
  const heartbeat = new Heartbeat(say);
  heartbeat.start("asking the registries");
  try {
    const resolutions = await resolveBases(entries, new Registries(), once(dockerLogin), inspect);
    return { entries, resolutions };
  } finally {
    heartbeat.stop();
  }
}

/** Each distinct base of the stack's images. @throws UserError that lists those without a digest */
function pinnedBases({ families }: Stack): readonly PinnedBase[] {
  const bases = families.flatMap(({ name, images }) =>
    images.map(({ base }) => ({ family: name, image: base.image, digest: base.digest })),
  );
  const unresolved = bases.filter(({ digest }) => !DIGEST.test(digest));
  if (unresolved.length > 0) {
    const labels = new Set(unresolved.map(({ family, image }) => `${family}: ${image}`));
    throw new UserError(
      `${[...labels].join("\n")}\nhave no digest, and are copied by nothing else; pin them: slipway bases bump`,
    );
  }
  const distinct = new Map(bases.map(({ image, digest }) => [digest, { image, digest }]));
  return [...distinct.values()];
}

/** The stack's own login where the mirror lies on one of its registries, else what `docker login` left. */
function mirrorLogins(stack: Stack, mirror: string): LoginOf {
  return once(async (host) => {
    const own = (["ecr", "ghcr.io", "docker.io"] as const).filter(
      (registry) =>
        host === mirror && registryHost(registry, stack.configuration, stack.cloud) === host,
    );
    return (await registryLogins(stack, own))[host] ?? (await dockerLogin(host));
  });
}

/** A credential helper is a process: each host's is asked once. */
function once(ask: LoginOf): LoginOf {
  const asked = new Map<string, ReturnType<LoginOf>>();
  return (host) => {
    const login = asked.get(host) ?? ask(host);
    asked.set(host, login);
    return login;
  };
}

function mirrorOf(repository: string, digest: string): string {
  return `${repository}@${short(digest)}`;
}

function short(digest: string): string {
  return DIGEST.test(digest) ? digest.slice(0, 19) : digest;
}
