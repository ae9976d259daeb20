import { join, relative } from "node:path";
import { isFault, type PinFinding } from "../../rules/pins/finding-kind.ts";
import { errorLine } from "./for-log.ts";

/**
 * The lines by which a workflow's run shows findings beside the code; none elsewhere.
 * @param root absolute path of the tree
 */
export function pinsAnnotations(root: string, findings: readonly PinFinding[]): readonly string[] {
  const { GITHUB_ACTIONS, GITHUB_WORKSPACE = "" } = process.env;
  if (GITHUB_ACTIONS !== "true") return [];
  return findings.filter(isFault).map(({ kind, place, message, command, remedy }) => {
    const { file, line, column } = place;
    // GitHub looks for the file below the folder of the run's checkout.
    const path = GITHUB_WORKSPACE === "" ? file : relative(GITHUB_WORKSPACE, join(root, file));
    const isInside = !path.startsWith("..");
    const text = [message, command, remedy].filter((part) => part !== undefined).join("; ");
    return errorLine(`${kind}: ${text}`, { file: isInside ? path : file, line, column });
  });
}
