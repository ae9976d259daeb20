import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import { type ProposalText, type ProposedMove } from "../../../rules/pins/proposal.ts";
import type { Stack } from "../../stack.ts";
import type { BumpPlan, ImageMove } from "../bump/plan.ts";
import { DigestChecks } from "../digest-facts.ts";
import type { KnownImages } from "../known-images.ts";
import { readPinnedFile } from "../protect/pinned-digests-file.ts";
import { sourceChange } from "./source-changes.ts";

/** What a plan's proposal says, but for where its links lead. */
export async function proposalText(
  stack: Stack,
  known: KnownImages,
  { moves, left }: BumpPlan,
): Promise<Omit<ProposalText, "blobs">> {
  const checks = new DigestChecks({ stack, known });
  const pinned = await readPinnedFile(stack.name);
  const text = async (move: ImageMove): Promise<ProposedMove> => {
    return { ...(await moveText(stack, known, checks, move)), users: usersOf(stack, move, pinned) };
  };
  return {
    moves: await Promise.all(moves.map(text)),
    left: left.map(({ place: { file, line }, why }) => ({ file, line, why })),
  };
}

/** Who has an old digest by the stack's file, besides the branch that the proposal is for. */
function usersOf(
  { configuration: { owner, repository, channel } }: Stack,
  { from, to }: ImageMove,
  pinned: readonly PinnedDigest[],
): readonly string[] {
  const own = `${owner}/${repository}@${channel}`.toLowerCase();
  const all = pinned
    .filter(({ digest }) => digest !== to && from.includes(digest))
    .flatMap(({ users }) => users)
    .filter((user) => user.toLowerCase() !== own);
  return [...new Set(all)].sort();
}

async function moveText(
  stack: Stack,
  known: KnownImages,
  checks: DigestChecks,
  { image, from, to, places }: ImageMove,
): Promise<Omit<ProposedMove, "users">> {
  const repository = places.find((place) => place.repository !== undefined)?.repository;
  const sized = async (digest: string) => {
    const facts =
      repository === undefined
        ? undefined
        : await checks.facts({ host: repository.host, path: repository.path, digest });
    const size = facts?.state === "there" ? facts.size : undefined;
    return { digest, ...(size !== undefined && { size }) };
  };
  const family = stack.families.find(
    ({ name }) => image === name || image.startsWith(`${name}/`),
  )?.name;
  return {
    image,
    from: await Promise.all(from.map(sized)),
    to: await sized(to),
    places: places.map(({ file, line }) => ({ file, line })),
    source: await sourceChange({ image, family, from, to }, known),
  };
}
