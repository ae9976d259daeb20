import type { Answer, Call, Handlers } from "./api.ts";
import { validationFailed } from "./github-error.ts";
import { idOf } from "./identifiers.ts";
import { repositoryIn, sameName } from "./lookup.ts";
import type { Repository, State, Store, SubjectSettings } from "./store.ts";
import { requireOrganization } from "./teams.ts";

/** The body of a write, as the description has it; what is absent stays as it is. */
interface SubjectRequest {
  /** Of a repository only. */
  readonly use_default?: boolean;
  readonly include_claim_keys?: string[];
  readonly use_immutable_subject?: boolean;
}

/** The template of an organization that has none. */
const DEFAULT_CLAIM_KEYS: readonly string[] = ["repo", "context"];
/** Repositories made from then on have the immutable subject unless somebody sets another. */
const IMMUTABLE_FROM = Date.parse("2026-07-15T00:00:00Z");

/**
 * What the subject of a workflow's OIDC token looks like.
 *
 * The prefix is what tokens have. `use_immutable_subject` says only whether somebody switched it on: a repository made
 * from 15 July 2026 on has the prefix with numbers although the answer says `false`.
 * @see https://docs.github.com/rest/actions/oidc
 * @see https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/
 * @see https://github.com/Azure/azure-dev/pull/9430 the prefix is what counts
 */
export function oidcSubjectHandlers(organization: string, store: Store): Handlers {
  return {
    "oidc/get-oidc-custom-sub-template-for-org": (call: Call): Answer => {
      requireOrganization(call, organization);
      const { claimKeys = DEFAULT_CLAIM_KEYS, useImmutable = false } = store.state.subject;
      return {
        status: 200,
        body: { include_claim_keys: claimKeys, use_immutable_subject: useImmutable },
      };
    },
    "oidc/update-oidc-custom-sub-template-for-org": (call: Call): Answer => {
      requireOrganization(call, organization);
      store.change((draft) => update(draft.subject, call.body as SubjectRequest));
      return { status: 201, body: {} };
    },
    "actions/get-custom-oidc-sub-claim-for-repo": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const { useDefault, claimKeys } = repository.subject;
      const isImmutable = chosen(store.state, organization, repository);
      return {
        status: 200,
        body: {
          use_default: useDefault,
          ...(!useDefault && claimKeys && { include_claim_keys: claimKeys }),
          use_immutable_subject: isImmutable ?? false,
          sub_claim_prefix: prefix(repository, isImmutable),
        },
      };
    },
    "actions/set-custom-oidc-sub-claim-for-repo": (call: Call): Answer => {
      store.change((draft) =>
        update(repositoryIn(draft, call).subject, call.body as SubjectRequest),
      );
      return { status: 201, body: {} };
    },
  };
}

/** @throws GithubError 422 for a claim key that is none, or is there twice; its words were not seen anywhere. */
function update(subject: SubjectSettings, request: SubjectRequest): void {
  const { include_claim_keys: keys = [] } = request;
  if (keys.some((key) => !/^[A-Za-z0-9_]+$/.test(key)) || new Set(keys).size < keys.length) {
    throw validationFailed("Include claim keys is invalid");
  }
  if (request.use_default === true) delete subject.claimKeys;
  else if (request.include_claim_keys !== undefined) subject.claimKeys = keys;
  subject.useDefault = request.use_default ?? subject.useDefault;
  if (request.use_immutable_subject !== undefined) {
    subject.useImmutable = request.use_immutable_subject;
  }
}

/** Whether somebody chose the immutable subject for the repository or, where not, for its organization. */
function chosen(
  state: State,
  organization: string,
  { owner, subject }: Repository,
): boolean | undefined {
  const inherited = sameName(owner, organization) ? state.subject.useImmutable : undefined;
  return subject.useImmutable ?? inherited;
}

function prefix({ owner, name, createdAt }: Repository, isChosen: boolean | undefined): string {
  const isImmutable = isChosen ?? Date.parse(createdAt) >= IMMUTABLE_FROM;
  if (!isImmutable) return `repo:${owner}/${name}`;
  const [ownerId, id] = [idOf("account", owner), idOf("repository", `${owner}/${name}`)];
  return `repo:${owner}@${ownerId}/${name}@${id}`;
}
