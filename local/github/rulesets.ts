import { userById } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { notFound, validationFailed } from "./github-error.ts";
import { nodeIdOf } from "./identifiers.ts";
import { parameter, repositoryIn, sameName } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { mayDo } from "./permissions.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { Repository, Ruleset, State, Store } from "./store.ts";
import { teamById } from "./teams.ts";

type BypassActor = Ruleset["bypassActors"][number];

/** The body of a write, as the description has it; what an update leaves out stays as it is. */
interface RulesetRequest {
  readonly name?: string;
  readonly target?: Ruleset["target"];
  readonly enforcement?: Ruleset["enforcement"];
  readonly bypass_actors?: readonly (Pick<BypassActor, "actor_type"> & Partial<BypassActor>)[];
  readonly conditions?: {
    readonly ref_name?: { readonly include?: string[]; readonly exclude?: string[] };
  };
  readonly rules?: Ruleset["rules"];
}

/**
 * Rulesets of a repository. They are kept and have no effect, as nothing is pushed here; there are none of the
 * organization.
 * @see https://docs.github.com/rest/repos/rules
 */
export function rulesetHandlers(organization: string, store: Store): Handlers {
  return {
    "repos/get-repo-rulesets": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const targets = call.query.get("targets")?.split(",");
      const wanted = repository.rulesets.filter(({ target }) => targets?.includes(target) ?? true);
      const { items, headers } = pageOf(call, wanted, PAGES_OF_30);
      const body = items.map((ruleset) => summary(call.root, repository, ruleset));
      return { status: 200, headers, body };
    },
    "repos/get-repo-ruleset": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      return {
        status: 200,
        body: rulesetAnswer(call, repository, rulesetIn(repository, call)),
      };
    },
    "repos/create-repo-ruleset": (call: Call): Answer => {
      const created = store.change((draft) => {
        const now = timestamp();
        const ruleset: Ruleset = {
          id: draft.nextId++,
          name: "",
          target: "branch",
          enforcement: "active",
          bypassActors: [],
          rules: [],
          createdAt: now,
          updatedAt: now,
        };
        const { rulesets } = repositoryIn(draft, call);
        rulesets.push(ruleset);
        update(ruleset, rulesets, call.body as RulesetRequest, { organization, state: draft });
        return ruleset;
      });
      const repository = repositoryIn(store.state, call);
      return { status: 201, body: rulesetAnswer(call, repository, created) };
    },
    "repos/update-repo-ruleset": (call: Call): Answer => {
      const updated = store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const ruleset = rulesetIn(repository, call);
        ruleset.updatedAt = timestampAfter(ruleset.updatedAt);
        const context = { organization, state: draft };
        update(ruleset, repository.rulesets, call.body as RulesetRequest, context);
        return ruleset;
      });
      const repository = repositoryIn(store.state, call);
      return { status: 200, body: rulesetAnswer(call, repository, updated) };
    },
    "repos/delete-repo-ruleset": (call: Call): Answer => {
      store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const { rulesets } = repository;
        rulesets.splice(rulesets.indexOf(rulesetIn(repository, call)), 1);
      });
      return { status: 204 };
    },
  };
}

/** @throws GithubError 404 */
function rulesetIn({ rulesets }: Repository, call: Call): Ruleset {
  const found = rulesets.find(({ id }) => String(id) === parameter(call, "ruleset_id"));
  if (found === undefined) throw notFound();
  return found;
}

interface Context {
  readonly organization: string;
  readonly state: State;
}

/** @throws GithubError 422 for a name that is taken, a pattern that is no whole ref, an actor that does not exist. */
function update(
  ruleset: Ruleset,
  all: readonly Ruleset[],
  request: RulesetRequest,
  context: Context,
): void {
  ruleset.name = request.name ?? ruleset.name;
  ruleset.target = request.target ?? ruleset.target;
  ruleset.enforcement = request.enforcement ?? ruleset.enforcement;
  ruleset.rules = request.rules ?? ruleset.rules;
  if (request.bypass_actors !== undefined) {
    ruleset.bypassActors = request.bypass_actors.map((actor) => bypassActor(actor, context));
  }
  if (request.conditions !== undefined) {
    ruleset.conditions = conditions(request.conditions, ruleset.target);
  }
  if (all.some((other) => other !== ruleset && sameName(other.name, ruleset.name))) {
    throw validationFailed("Name must be unique");
  }
}

/**
 * Patterns are whole refs: `v*` alone is refused, and so is a list that is left out.
 * @see https://github.com/integrations/terraform-provider-github/pull/2660
 * @see https://github.com/github/docs/issues/33821
 */
function conditions(
  { ref_name: names }: NonNullable<RulesetRequest["conditions"]>,
  target: Ruleset["target"],
): NonNullable<Ruleset["conditions"]> {
  if (names === undefined) return {};
  const { include, exclude } = names;
  if (include === undefined || exclude === undefined) {
    throw validationFailed("Invalid target patterns: ''");
  }
  const special = target === "branch" ? ["~ALL", "~DEFAULT_BRANCH"] : ["~ALL"];
  const prefix = target === "branch" ? "refs/heads/" : "refs/tags/";
  const invalid = [...include, ...exclude].filter(
    (pattern) => !special.includes(pattern) && !pattern.startsWith(prefix),
  );
  if (invalid.length > 0) {
    throw validationFailed(`Invalid target patterns: '${invalid.join("', '")}'`);
  }
  return { ref_name: { include, exclude } };
}

/** Maintain, write and admin. */
const ROLE_IDS: readonly number[] = [2, 4, 5];

function bypassActor(
  { actor_id: id = null, actor_type, bypass_mode = "always" }: Partial<BypassActor>,
  { organization, state }: Context,
): BypassActor {
  const type = String(actor_type);
  const known: Record<string, boolean> = {
    Team: id !== null && teamById(organization, id) !== undefined,
    User: id !== null && userById(state, organization, id) !== undefined,
    RepositoryRole: id !== null && ROLE_IDS.includes(id),
  };
  if (known[type] === false) {
    throw validationFailed(
      `Invalid bypass actor: '{{actor_id: ${String(id ?? "")}}, {actor_type: ${type}}}'`,
    );
  }
  // GitHub ignores the id of those that have none.
  const hasId = type === "Integration" || type in known;
  return { actor_id: hasId ? id : null, actor_type: type, bypass_mode };
}

/** A ruleset in a list: without what it says. */
function summary(root: string, { owner, name }: Repository, ruleset: Ruleset): object {
  const fullName = `${owner}/${name}`;
  return {
    id: ruleset.id,
    node_id: nodeIdOf("RepositoryRuleset", ruleset.id),
    name: ruleset.name,
    target: ruleset.target,
    source_type: "Repository",
    source: fullName,
    enforcement: ruleset.enforcement,
    _links: {
      self: { href: `${root}/repos/${fullName}/rulesets/${ruleset.id}` },
      html: { href: `${root}/${fullName}/rules/${ruleset.id}` },
    },
    created_at: ruleset.createdAt,
    updated_at: ruleset.updatedAt,
  };
}

/** Who goes past it is told to those alone who may write it. */
function rulesetAnswer({ root, caller }: Call, repository: Repository, ruleset: Ruleset): object {
  return {
    ...summary(root, repository, ruleset),
    ...(ruleset.conditions && { conditions: ruleset.conditions }),
    ...(mayDo(caller, "administration", "write") && { bypass_actors: ruleset.bypassActors }),
    current_user_can_bypass: "never",
    rules: ruleset.rules,
  };
}
