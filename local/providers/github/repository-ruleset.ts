import { z } from "zod";
import type { GithubClient } from "../../../github/client.ts";
import { unlessGone } from "../../../github/faults.ts";
import type { Problem } from "../../../rules/problems.ts";
import { resourceType, type ResourceType } from "../resource-type.ts";
import { parseId } from "./ids.ts";

const PER_PAGE = 100;

const Names = z.array(z.string());
const inputs = z.strictObject({
  repository: z.string(),
  name: z.string().min(1).max(100),
  target: z.enum(["branch", "tag"]),
  enforcement: z.enum(["disabled", "active", "evaluate"]),
  bypassActors: z
    .array(
      z.strictObject({
        /** Of a team, a user, a role, an app; the others have none. */
        actorId: z.int().optional(),
        actorType: z.enum([
          "RepositoryRole",
          "Team",
          "Integration",
          "OrganizationAdmin",
          "DeployKey",
          "User",
        ]),
        bypassMode: z.enum(["always", "pull_request", "exempt"]),
      }),
    )
    .default([]),
  conditions: z
    .strictObject({ refName: z.strictObject({ includes: Names, excludes: Names }) })
    .optional(),
  // Loose, as somebody may have added any rule by hand; `faults` refuses the others in a program.
  rules: z.looseObject({
    creation: z.boolean().default(false),
    deletion: z.boolean().default(false),
    nonFastForward: z.boolean().default(false),
    update: z.boolean().default(false),
    updateAllowsFetchAndMerge: z.boolean().default(false),
  }),
});
const outputs = z.object({ etag: z.string(), nodeId: z.string(), rulesetId: z.number() });
type Inputs = z.output<typeof inputs>;

/**
 * A ruleset of a repository: who alone may create, move and delete some of its refs; its id is GitHub's number, with
 * `repository:` before it when one is adopted.
 *
 * Every rule and every actor that somebody adds is seen; only the rules without a list of their own can be declared.
 * @see https://www.pulumi.com/registry/packages/github/api-docs/repositoryruleset/
 * @see https://docs.github.com/en/rest/repos/rules
 */
export function repositoryRuleset(github: GithubClient): ResourceType {
  const { octokit, owner } = github;

  async function find({ repository, name }: Inputs): Promise<string | undefined> {
    for (let page = 1; ; page++) {
      const found = await unlessGone(
        octokit.request("GET /repos/{owner}/{repo}/rulesets", {
          ...{ owner, repo: repository, includes_parents: false, per_page: PER_PAGE, page },
        }),
      );
      const rulesets = found?.data ?? [];
      const same = rulesets.find((ruleset) => ruleset.name === name);
      if (same !== undefined) return String(same.id);
      if (rulesets.length < PER_PAGE) return undefined;
    }
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["nodeId", "rulesetId"],
    replaceOn: ["repository"],
    faults: ({ rules }) => ruleFaults(rules),
    same: { bypassActors: (a, b) => sortedActors(a) === sortedActors(b) },
    async create(wanted) {
      const { data, headers } = await octokit.request("POST /repos/{owner}/{repo}/rulesets", {
        ...{ owner, repo: wanted.repository },
        ...toRequest(wanted),
      });
      return { id: String(data.id), outputs: outputsOf(data, headers) };
    },
    idOf: find,
    async read(id, known) {
      const [repo, number] =
        known.repository === undefined
          ? parseId(id, ["repository", "rulesetId"])
          : ([known.repository, id] as const);
      const found = await unlessGone(
        octokit.request("GET /repos/{owner}/{repo}/rulesets/{ruleset_id}", {
          ...{ owner, repo, ruleset_id: Number(number.split(":").pop()), includes_parents: false },
        }),
      );
      if (found === undefined) return undefined;
      return {
        repository: repo,
        ...fromGithub(found.data),
        ...outputsOf(found.data, found.headers),
      };
    },
    async update(_id, { repository, rulesetId }, wanted) {
      const { data, headers } = await octokit.request(
        "PUT /repos/{owner}/{repo}/rulesets/{ruleset_id}",
        { owner, repo: repository, ruleset_id: rulesetId, ...toRequest(wanted) },
      );
      return outputsOf(data, headers);
    },
    async delete(_id, { repository, rulesetId }) {
      await unlessGone(
        octokit.request("DELETE /repos/{owner}/{repo}/rulesets/{ruleset_id}", {
          ...{ owner, repo: repository, ruleset_id: rulesetId },
        }),
      );
    },
  });
}

/** Types of the rules that have no parameters, by their names in Pulumi. */
const PLAIN_RULES = {
  creation: "creation",
  deletion: "deletion",
  nonFastForward: "non_fast_forward",
} as const;

function ruleFaults(rules: Inputs["rules"]): Problem[] {
  const known = Object.keys(inputs.shape.rules.shape);
  const others = Object.keys(rules).filter((rule) => !known.includes(rule));
  const problems = others.map((rule) => ({
    path: `rules.${rule}`,
    message: "the local github provider does not implement this property; leave it out",
  }));
  if (rules.updateAllowsFetchAndMerge && !rules.update) {
    const message = "means nothing without update: true; leave it out, or add that";
    problems.push({ path: "rules.updateAllowsFetchAndMerge", message });
  }
  return problems;
}

function toRequest({ name, target, enforcement, bypassActors, conditions, rules }: Inputs) {
  const plain = Object.entries(PLAIN_RULES).filter(([rule]) => rules[rule] === true);
  return {
    name,
    target,
    enforcement,
    bypass_actors: bypassActors.map(({ actorId, actorType, bypassMode }) => ({
      actor_id: actorId ?? null,
      actor_type: actorType,
      bypass_mode: bypassMode,
    })),
    ...(conditions && {
      conditions: {
        ref_name: { include: conditions.refName.includes, exclude: conditions.refName.excludes },
      },
    }),
    rules: [
      ...plain.map(([, type]) => ({ type })),
      ...(rules.update
        ? [
            {
              type: "update" as const,
              parameters: { update_allows_fetch_and_merge: rules.updateAllowsFetchAndMerge },
            },
          ]
        : []),
    ],
  };
}

/** As much of GitHub's ruleset as the resource tells. */
const Ruleset = z.object({
  name: z.string(),
  target: inputs.shape.target,
  enforcement: inputs.shape.enforcement,
  // GitHub shows them to those alone who may change the ruleset.
  bypass_actors: z
    .array(
      z.object({
        actor_id: z.int().nullish(),
        actor_type: z.string(),
        bypass_mode: z.string().default("always"),
      }),
    )
    .default([]),
  conditions: z
    .object({
      ref_name: z.object({ include: Names.default([]), exclude: Names.default([]) }).optional(),
    })
    .nullish(),
  rules: z
    .array(z.object({ type: z.string(), parameters: z.record(z.string(), z.unknown()).optional() }))
    .default([]),
});

function fromGithub(data: unknown): Omit<Inputs, "repository"> {
  const { name, target, enforcement, bypass_actors, conditions, rules } = Ruleset.parse(data);
  const names = conditions?.ref_name;
  const found = rules.map(({ type, parameters = {} }) =>
    type === "update"
      ? {
          update: true,
          updateAllowsFetchAndMerge: parameters["update_allows_fetch_and_merge"] === true,
        }
      : { [camelCase(type)]: Object.keys(parameters).length === 0 || parameters },
  );
  return {
    name,
    target,
    enforcement,
    bypassActors: inputs.shape.bypassActors.parse(
      bypass_actors.map(({ actor_id, actor_type, bypass_mode }) => ({
        ...(typeof actor_id === "number" && { actorId: actor_id }),
        actorType: actor_type,
        bypassMode: bypass_mode,
      })),
    ),
    ...(names && { conditions: { refName: { includes: names.include, excludes: names.exclude } } }),
    rules: inputs.shape.rules.parse(Object.assign({}, ...found)),
  };
}

/** `non_fast_forward` is `nonFastForward`. */
function camelCase(name: string): string {
  return name.replace(/_(?<letter>[a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function outputsOf(
  { id, node_id: nodeId = "" }: { id: number; node_id?: string | undefined },
  { etag = "" }: { etag?: string | undefined },
): z.output<typeof outputs> {
  return { etag, nodeId, rulesetId: id };
}

/** GitHub has an order of its own. */
function sortedActors(actors: Inputs["bypassActors"]): string {
  const texts = actors.map(({ actorType, actorId = null, bypassMode }) =>
    JSON.stringify([actorType, actorId, bypassMode]),
  );
  return texts.sort().join("\n");
}
