import { candidateRepository } from "./rules/build-cache.ts";
import type { RegistryName } from "./rules/image-file-schema.ts";
import {
  type PinnedDigest,
  pinnedDigestsFile,
  readPinnedDigests,
} from "./rules/pins/pinned-digests.ts";
import { type Problem, ProblemsError } from "./rules/problems.ts";
import { repositoryPath } from "./rules/registry-place.ts";
import { suggestion } from "./rules/suggestion.ts";

/**
 * The digests of a stack's file of pins that a name on ECR keeps; those of families on other registries need none, since nothing
 * is deleted there. Without the file there are none.
 * @param text of the file; undefined where there is none
 * @throws ProblemsError that lists every fault of the file
 */
export function ecrPins(
  text: string | undefined,
  { stack, owns, repository: { owner }, families }: SettingsOfPins,
): readonly PinnedDigest[] {
  if (text === undefined) return [];
  const file = pinnedDigestsFile(stack);
  const read = readPinnedDigests(text);
  if ("problems" in read) throw new ProblemsError(file, read.problems);
  const { pins } = read.pinned;
  const placesOf = ({ name }: SettingsOfPins["families"][number]) => {
    const path = repositoryPath(owner, name);
    return [path, candidateRepository(path)];
  };
  const known = families.flatMap(placesOf);
  const problems = [
    ...(owns === "images" ? [FOREIGN] : []),
    ...pins.flatMap(({ repository }, index): readonly Problem[] => {
      if (known.includes(repository)) return [];
      const message = `${JSON.stringify(repository)} is no repository of this stack${suggestion(repository, known)}; there are ${known.join(", ")}: take the pin out`;
      return [{ path: `pins[${index}].repository`, message }];
    }),
  ];
  if (problems.length > 0) throw new ProblemsError(file, problems);
  const onEcr = families.filter(({ registries }) => registries.includes("ecr")).flatMap(placesOf);
  return pins.filter(({ repository }) => onEcr.includes(repository));
}

/** What of a stack's settings its pins are held against. */
interface SettingsOfPins {
  readonly stack: string;
  readonly owns: "all" | "images";
  readonly repository: { readonly owner: string };
  readonly families: readonly {
    readonly name: string;
    readonly registries: readonly RegistryName[];
  }[];
}

const FOREIGN: Problem = {
  path: "(file)",
  message:
    "a file of a stack that owns images only; the stack that owns their repositories keeps what is pinned: delete it",
};
