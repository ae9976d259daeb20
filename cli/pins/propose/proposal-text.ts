import { type ProposalText, type ProposedMove } from "../../../rules/pins/proposal.ts";
import type { Stack } from "../../stack.ts";
import type { BumpPlan, ImageMove } from "../bump/plan.ts";
import { DigestChecks } from "../digest-facts.ts";
import type { KnownImages } from "../known-images.ts";
import { sourceChange } from "./source-changes.ts";

/** What a plan's proposal says, but for where its links lead. */
export async function proposalText(
  stack: Stack,
  known: KnownImages,
  { moves, left }: BumpPlan,
): Promise<Omit<ProposalText, "blobs">> {
  const checks = new DigestChecks({ stack, known });
  return {
    moves: await Promise.all(moves.map((move) => moveText(stack, known, checks, move))),
    left: left.map(({ place: { file, line }, why }) => ({ file, line, why })),
  };
}

async function moveText(
  stack: Stack,
  known: KnownImages,
  checks: DigestChecks,
  { image, from, to, places }: ImageMove,
): Promise<ProposedMove> {
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
