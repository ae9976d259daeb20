import { Option } from "commander";
import { chooseLabels } from "../../../rules/cache-labels.ts";
import { ProblemsError } from "../../../rules/problems.ts";

/** `--image`: which images a command is about. */
export function imageOption(): Option {
  return new Option(
    "--image <label...>",
    "only these images: labels, or accelerators that are one image's alone",
  );
}

/**
 * The labels that are meant by `--image`.
 * @param labels of the images that there are
 * @param where what has them, for errors
 * @throws ProblemsError with every name that is none of theirs, or of several
 */
export function chosenLabels(
  names: readonly string[],
  labels: readonly string[],
  where: string,
): readonly string[] {
  const chosen = chooseLabels(names, labels);
  if ("problems" in chosen) throw new ProblemsError(where, chosen.problems);
  return chosen.labels;
}
