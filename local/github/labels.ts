import { createHash } from "node:crypto";
import { nodeIdOf } from "./identifiers.ts";
import type { Repository } from "./store.ts";

/** Labels of an issue or pull request: there is one of every name, grey. */
export function labelAnswers(
  root: string,
  { owner, name: repository }: Repository,
  labels: readonly string[],
): object[] {
  return labels.map((name) => {
    const id = createHash("sha256").update(name).digest().readUInt32BE(0);
    return {
      id,
      node_id: nodeIdOf("Label", id),
      url: `${root}/repos/${owner}/${repository}/labels/${encodeURIComponent(name)}`,
      name,
      description: "",
      color: "ededed",
      default: false,
    };
  });
}
