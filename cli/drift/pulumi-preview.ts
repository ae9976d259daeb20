import { execa } from "execa";
import { z } from "zod";
import { UserError } from "../../rules/problems.ts";
import { MISSING, pulumiArguments, pulumiBackendOf, pulumiEnvironment } from "../pulumi.ts";
import type { Previewed } from "./previewed.ts";

/** Bytes of what the Pulumi CLI prints: a hundred resources with their whole states take about one million. */
const LARGEST_DIGEST = 256 * 1024 * 1024;

/**
 * What `pulumi preview --json` prints, as far as it is read here; it holds the states of resources as well.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/display/display.go `PreviewDigest`
 */
const PreviewDigest = z.object({
  steps: z
    .array(
      z.object({
        op: z.string(),
        urn: z.string(),
        diffReasons: z.array(z.string()).nullish(),
        replaceReasons: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
  diagnostics: z.array(z.object({ message: z.string(), severity: z.string() })).nullish(),
  changeSummary: z.record(z.string(), z.number()).nullish(),
});

/** Operations that change nothing anywhere but in the state. */
const NOTHING: ReadonlySet<string> = new Set([
  "same",
  "read",
  "refresh",
  "discard",
  "read-discard",
]);
const NOTHING_SEEN = { changes: [], findings: [], types: new Set<string>() } as const;
/** A replacement is three operations: it is told once. */
const PART_OF_REPLACE: ReadonlySet<string> = new Set(["create-replacement", "delete-replaced"]);

/**
 * Previews a stack with the Pulumi CLI.
 * @param root the project's folder
 * @throws UserError without it
 */
export async function previewByPulumi(root: string, stack: string): Promise<Previewed> {
  const args = [...pulumiArguments("preview", { stack, json: true }), "--expect-no-changes"];
  const { exitCode, failed, code, stdout } = await execa("pulumi", [...args, "--non-interactive"], {
    cwd: root,
    stdin: "ignore",
    stderr: "inherit",
    reject: false,
    maxBuffer: LARGEST_DIGEST,
    env: pulumiEnvironment(await pulumiBackendOf(root, stack)),
  });
  if (code === "ENOENT") throw new UserError(MISSING);
  return previewedByPulumi(stdout, exitCode ?? (failed ? 1 : 0));
}

/**
 * What the Pulumi CLI's preview found. Only its word that nothing changes, and no step that would, makes it clean.
 * @param exitCode of a run with `--expect-no-changes`
 */
export function previewedByPulumi(stdout: string, exitCode: number): Previewed {
  const digest = PreviewDigest.safeParse(jsonOf(stdout)).data;
  if (digest === undefined) {
    const reason = `pulumi preview ended with code ${exitCode} and printed no preview; the log of the run has its errors`;
    return { ...NOTHING_SEEN, unasked: [reason] };
  }
  const { steps, diagnostics, changeSummary } = digest;
  const types = new Set((steps ?? []).map(({ urn }) => partsOf(urn).type));
  const changes = (steps ?? []).flatMap(({ op, urn, diffReasons, replaceReasons }) => {
    if (NOTHING.has(op) || PART_OF_REPLACE.has(op)) return [];
    const paths = [...new Set([...(diffReasons ?? []), ...(replaceReasons ?? [])])];
    return [{ change: op, ...partsOf(urn), paths }];
  });
  const errors = (diagnostics ?? []).flatMap(({ severity, message }) =>
    severity === "error" ? [message.trim().split("\n", 1)[0] ?? ""] : [],
  );
  const seen = { changes, findings: [], unasked: errors, types };
  if (exitCode === 0 || changes.length > 0) return seen;
  const counts = Object.entries(changeSummary ?? {}).filter(([op]) => !NOTHING.has(op));
  if (counts.length > 0) {
    const words = counts.map(([op, count]) => `${count} ${op}`).join(", ");
    const message = `the Pulumi CLI finds changes that it does not list: ${words}`;
    return { ...seen, findings: [{ subject: "preview", message }] };
  }
  const reason = `pulumi preview ended with code ${exitCode}; the log of the run has its errors`;
  return { ...seen, unasked: errors.length > 0 ? errors : [reason] };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` */
function partsOf(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}
