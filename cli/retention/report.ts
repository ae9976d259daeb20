import { formatBytes } from "../../rules/byte-size.ts";
import { table } from "../print/table.ts";
import type { ListedImage } from "../../rules/retention-listing.ts";
import type { Removal } from "../../rules/lifecycle-simulation.ts";
import {
  type FamilySimulation,
  simulate,
  type Simulation,
  type SimulationOptions,
} from "./simulate.ts";

const DAY = 86_400_000;
const OTHER_REGISTRIES =
  "ghcr.io and docker.io have no such engine: nothing there goes by itself, and Slipway deletes nothing there.";

/** Says what retention would take. Returns the exit code: 1 when something that is needed would go. */
export async function simulateAndReport({
  json = false,
  ...options
}: SimulationOptions & { readonly json?: boolean }): Promise<number> {
  const now = Date.now();
  const say = json ? () => undefined : (line: string) => console.error(line);
  const simulation = await simulate(options, now, say);
  if (json) console.log(JSON.stringify(simulationJson(simulation), undefined, 2));
  else console.log([...simulationLines(simulation, now)].join("\n"));
  return simulation.families.some(({ endangered }) => endangered.length > 0) ? 1 : 0;
}

/** What `--json` prints. */
export function simulationJson({ at, source, policy, families, notes }: Simulation): unknown {
  const described = (image: ListedImage, removal: Removal) => ({
    digest: image.digest,
    tags: image.tags,
    pushedAt: new Date(image.pushedAt).toISOString(),
    ageDays: ageOf(image, at),
    bytes: image.size,
    action: removal.action,
    rulePriority: removal.rule.rulePriority,
  });
  return {
    at: new Date(at).toISOString(),
    source,
    policy,
    families: families.map(({ family, repository, images, gone, endangered }) => ({
      family,
      repository,
      images: images.length,
      gone: gone.map(({ image, removal }) => described(image, removal)),
      bytes: bytesOf(gone),
      refused: endangered.map(({ image, removal, needs }) => ({
        ...described(image, removal),
        needs,
      })),
    })),
    otherRegistries: OTHER_REGISTRIES,
    notes,
  };
}

/** @param now milliseconds since 1970 */
export function* simulationLines(simulation: Simulation, now: number): Generator<string> {
  const { at, source, policySource, families, notes } = simulation;
  const ahead = Math.round((at - now) / DAY);
  const when = ahead === 0 ? "today" : ahead > 0 ? `in ${ahead} days` : `${-ahead} days ago`;
  yield `On ${new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z")} (${when}), from ${source}, by ${policySource}:`;
  const rows = families.flatMap(({ family, gone }) =>
    gone.map(({ image, removal }) => rowOf(family, image, removal, at)),
  );
  if (rows.length > 0) yield table([["family", "image", "digest", "age", "size", "rule"], ...rows]);
  for (const family of families) yield totalOf(family);
  if (families.length === 0) yield "no family is on ECR: nothing goes";
  yield OTHER_REGISTRIES;
  for (const note of notes) yield `note: ${note}`;
  yield* refusalOf(families);
}

function rowOf(family: string, image: ListedImage, { rule, action }: Removal, at: number) {
  const verb = action === "expire" ? "" : " (archived)";
  return [
    family,
    nameOf(image),
    shortDigest(image),
    `${ageOf(image, at)} d`,
    formatBytes(image.size),
    `${rule.rulePriority}${verb} ${rule.description ?? ""}`.trimEnd(),
  ];
}

function totalOf({ repository, images, gone }: FamilySimulation): string {
  if (gone.length === 0) return `${repository}: all ${images.length} images stay`;
  return `${repository}: ${gone.length} of ${images.length} images go, and up to ${formatBytes(bytesOf(gone))} (layers that an image has which stays are not freed)`;
}

function* refusalOf(families: readonly FamilySimulation[]): Generator<string> {
  const endangered = families.flatMap(({ family, endangered }) =>
    endangered.map((entry) => ({ family, ...entry })),
  );
  if (endangered.length === 0) return;
  const count = endangered.length === 1 ? "1 image is" : `${endangered.length} images are`;
  yield `refused: ${count} needed and would go. Change the policy, or say that nobody needs them (docs/retention.md):`;
  for (const { family, image, removal, needs } of endangered) {
    const verb = removal.action === "expire" ? "goes" : "is archived";
    yield `  ${family} ${nameOf(image)} ${image.digest} ${verb} by rule ${removal.rule.rulePriority}; needed by ${needs.join(", ")}`;
  }
}

/** The name that says most: of a content, not the pin's digest once more. */
function nameOf({ tags }: ListedImage): string {
  return tags.find((tag) => !tag.startsWith("pin-")) ?? tags[0] ?? "(no name)";
}

function shortDigest({ digest }: ListedImage): string {
  return digest.slice(0, "sha256:".length + 12);
}

function ageOf({ pushedAt }: ListedImage, at: number): number {
  return Math.floor((at - pushedAt) / DAY);
}

function bytesOf(gone: FamilySimulation["gone"]): number {
  return gone.reduce((sum, { image }) => sum + image.size, 0);
}
