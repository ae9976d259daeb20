import { z } from "zod";
import type { RefPattern } from "../rules/refs.ts";
import { ApiInput, EnvironmentName, Repository, wants } from "./input-problems.ts";

/** Users and teams together. @see https://docs.github.com/en/rest/deployments/environments */
const MOST_REVIEWERS = 6;
const LONGEST_WAIT = 43_200;
const MINUTES = wants(`whole minutes from 0 to ${LONGEST_WAIT}`);

const names = (what: string) =>
  z
    .array(z.string(wants(what)).min(1, `empty; write ${what}`), wants(`a list, each ${what}`))
    .superRefine((list, context) => {
      list.forEach((name, index) => {
        if (list.findIndex((other) => isSameName(other, name)) < index) {
          context.addIssue({ code: "custom", path: [index], message: `${name} is listed twice` });
        }
      });
    });

const policy = z.strictObject(
  {
    kind: z.enum(["branch", "tag"], wants("branch or tag")),
    pattern: z.string(wants("a pattern of refs")).min(1, "empty; write a pattern of refs"),
  },
  wants("{ kind, pattern }"),
);

/** What a `GithubEnvironment` is told; see `components/github-environment.ts` for what each means. */
export const EnvironmentInputs = z
  .strictObject({
    repository: Repository,
    environment: EnvironmentName,
    policies: z
      .array(policy, wants("a list, each { kind, pattern }"))
      .min(1, "empty: no job could enter; add e.g. { kind: branch, pattern: main }")
      .superRefine((list, context) => {
        list.forEach((one, index) => {
          if (list.findIndex((other) => policyKey(other) === policyKey(one)) < index) {
            const message = `${policyKey(one)} is listed twice`;
            context.addIssue({ code: "custom", path: [index, "pattern"], message });
          }
        });
      }),
    users: names("the login of a reviewer"),
    teams: names("the slug of a team"),
    waitTimer: z.int(MINUTES).min(0, MINUTES).max(LONGEST_WAIT, MINUTES),
    preventSelfReview: z.boolean(wants("true or false")),
    api: ApiInput,
  })
  .superRefine(({ users, teams, preventSelfReview }, context) => {
    const count = users.length + teams.length;
    if (count > MOST_REVIEWERS) {
      const message = `${count} with teams; GitHub takes at most ${MOST_REVIEWERS} users and teams together`;
      context.addIssue({ code: "custom", path: ["users"], message });
    }
    if (preventSelfReview && count === 0) {
      const message = "true without a reviewer, which GitHub refuses; name users or teams";
      context.addIssue({ code: "custom", path: ["preventSelfReview"], message });
    }
  });
export type EnvironmentInputs = z.output<typeof EnvironmentInputs>;

/** `branch release/*`: equal for the same policy. */
export function policyKey({ kind, pattern }: RefPattern): string {
  return `${kind} ${pattern}`;
}

/** GitHub takes no notice of the case of logins, slugs, environments and repositories. */
export function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
