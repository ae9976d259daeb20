import { APP_TOKEN } from "./workflow-safety-credentials.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  textsOf,
  type TreeFile,
  type TreeFinding,
} from "./workflow-tree.ts";

/** An app's token lives for an hour, so that what needs it comes next, and may do what it is named for. */
export function tokenFindings(file: TreeFile): readonly TreeFinding[] {
  return jobsOf(file).flatMap((job) =>
    job.steps.flatMap((step, index) => {
      if (step.uses?.startsWith(APP_TOKEN) !== true) return [];
      const reads = `steps.${String(step.value["id"])}.outputs.token`;
      const next = job.steps[index + 1];
      const isNext = textsOf(next?.value).some(({ text }) => text.includes(reads));
      const isBounded = Object.keys(mapOf(step.value["with"])).some((key) =>
        key.startsWith("permission-"),
      );
      return [
        ...(isNext
          ? []
          : [
              findingAt(file, step.path, {
                rule: "early-token",
                message: `job ${job.name} makes a token of the GitHub App that its next step does not read (\${{ ${reads} }}); the token lives an hour`,
                remedy: "make it right before the step that needs it",
              }),
            ]),
        ...(isBounded
          ? []
          : [
              findingAt(file, step.path, {
                rule: "early-token",
                message: `job ${job.name} makes a token with every permission of the GitHub App`,
                remedy: "name those that it needs: permission-environments: write, ...",
              }),
            ]),
      ];
    }),
  );
}
