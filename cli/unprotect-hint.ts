import type { RunOptions } from "../engine/run.ts";

/** How to delete something that a stack protects, in terms of its file and of this command. */
export function unprotectHint(stack: string): NonNullable<RunOptions["unprotectHint"]> {
  const file = `Pulumi.${stack}.yaml`;
  const up = `slipway up --stack ${stack}`;
  return {
    destroy:
      `Set slipway:protect: false in ${file}, run ${up}, and run this again.\n` +
      `What ${file} no longer makes the program declare has to be declared again before that up.`,
    undeclared:
      `Declare them again, set slipway:protect: false in ${file} and run ${up}; ` +
      "then take the declaration out again and run this again.",
    replacement:
      `Take back the change that calls for it, set slipway:protect: false in ${file} and run ${up}; ` +
      "then make the change again and run this again.",
  };
}
