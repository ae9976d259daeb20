import { type HostedPin, pinsOfPlaces } from "../../../rules/pins/pins-of-places.ts";
import { UserError } from "../../../rules/problems.ts";
import type { Stack } from "../../stack.ts";
import { pinsOfTree } from "../pins-of-tree.ts";
import type { KnownDigests } from "./known-digests.ts";
import type { RemoteBranch, RemoteRepository } from "./remote-repository.ts";

/** A branch that was looked at. */
export interface ReadBranch {
  /** `OWNER/NAME@BRANCH` */
  readonly user: string;
  readonly pins: readonly HostedPin[];
}

/** A branch of which nobody knows what it pins, and why. */
export interface UnreadBranch {
  /** `OWNER/NAME@BRANCH` */
  readonly user: string;
  readonly detail: string;
}

/**
 * What the default branch and the live release branches of a repository pin.
 * @param live milliseconds since a release branch's newest commit
 * @throws UserError when the repository cannot be read
 */
export async function* pinsOfRepository(
  repository: RemoteRepository,
  stack: Stack,
  known: KnownDigests,
  live: number,
): AsyncGenerator<ReadBranch | UnreadBranch, void> {
  const [main, ...releases] = await branchesOf(repository);
  for (const branch of [main, ...releases]) {
    if (branch === undefined) continue;
    const { folder, committed } = await repository.checkOut(branch);
    if (branch !== main && Date.now() - committed > live) continue;
    const user = `${repository.name}@${branch.name}`;
    yield { user, ...(await pinsOfBranch(folder, user, stack, known)) };
  }
}

/** A tree that its owners have to mend leaves what others pin alone. */
async function pinsOfBranch(
  folder: string,
  user: string,
  stack: Stack,
  { images, placed }: KnownDigests,
): Promise<Pick<ReadBranch, "pins"> | Pick<UnreadBranch, "detail">> {
  try {
    const { places, managed } = await pinsOfTree(folder, stack, images);
    return { pins: pinsOfPlaces(places, { user, placed, managed }) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { detail: error.message.replaceAll(`${folder}/`, "") };
  }
}

/** The default branch first. */
async function branchesOf(repository: RemoteRepository): Promise<readonly RemoteBranch[]> {
  const branches = await repository.branches();
  return [...branches].sort(
    (a, b) => Number(a.name.startsWith("release/")) - Number(b.name.startsWith("release/")),
  );
}
