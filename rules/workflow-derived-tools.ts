import type { Served } from "./workflow-derived.ts";
import { findingAt, mapOf, stepsOf, type TreeFile, type TreeFinding } from "./workflow-tree.ts";

/**
 * The Pulumi CLI is installed at the version of the SDK that the program runs with; without one, the action takes the
 * newest there is.
 * @see https://github.com/pulumi/actions#installation-only
 */
export function toolFindings(
  files: readonly TreeFile[],
  { pulumi }: Pick<Served, "pulumi">,
): readonly TreeFinding[] {
  return files.flatMap((file) =>
    stepsOf(file)
      .filter(({ uses = "" }) => uses.startsWith("pulumi/actions@"))
      .flatMap((step) => {
        const version = mapOf(step.value["with"])["pulumi-version"];
        if (version === pulumi) return [];
        const path = [...step.path, "with", "pulumi-version"];
        const found = version === undefined ? "no version" : JSON.stringify(version);
        return findingAt(
          file,
          path,
          {
            rule: "tools",
            message: `installs the Pulumi CLI at ${found}, and the program runs with the SDK ${pulumi}`,
            remedy: `write pulumi-version: ${pulumi}`,
          },
          [{ kind: "set", path, value: pulumi }],
        );
      }),
  );
}
