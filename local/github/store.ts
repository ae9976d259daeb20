import { readFileSync } from "node:fs";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { UserError } from "../../rules/problems.ts";
import { App, Token } from "./store-accounts.ts";
import { Artifact, WorkflowRun } from "./store-runs.ts";
import { CheckRun, CommitStatus } from "./store-checks.ts";
import { Comment, Issue, PullRequest } from "./store-issues.ts";
import { CommitHash } from "./store-names.ts";
import { timestamps } from "./store-times.ts";

const KeyPair = z.strictObject({
  /** What clients send along with a sealed value. */
  keyId: z.string(),
  publicKey: z.base64(),
  privateKey: z.base64(),
});

const Secret = z.strictObject({
  name: z.string(),
  /** Sealed to the scope's public key, as it came in; the clear value is never kept. */
  encryptedValue: z.base64(),
  ...timestamps,
});

const Variable = z.strictObject({ name: z.string(), value: z.string(), ...timestamps });

/** What workflows read: once for a repository, once for each of its environments. */
const actionsScope = {
  keyPair: KeyPair,
  secrets: z.array(Secret),
  variables: z.array(Variable),
};

const Environment = z.strictObject({
  id: z.int(),
  name: z.string(),
  ...timestamps,
  /** Minutes. */
  waitTimer: z.int(),
  reviewers: z.array(z.strictObject({ type: z.enum(["User", "Team"]), id: z.int() })),
  preventSelfReview: z.boolean(),
  canAdminsBypass: z.boolean(),
  /** `null`: every branch and tag may deploy. */
  deploymentBranchPolicy: z.enum(["protected", "custom"]).nullable(),
  deploymentPolicies: z.array(
    z.strictObject({ id: z.int(), name: z.string(), type: z.enum(["branch", "tag"]) }),
  ),
  ...actionsScope,
});

/** A ruleset of a repository; conditions, bypass actors and rules as the request had them. */
const Ruleset = z.strictObject({
  id: z.int(),
  name: z.string(),
  target: z.enum(["branch", "tag", "push"]),
  enforcement: z.enum(["disabled", "active", "evaluate"]),
  bypassActors: z.array(
    z.strictObject({
      actor_id: z.int().nullable(),
      actor_type: z.string(),
      bypass_mode: z.string(),
    }),
  ),
  conditions: z
    .strictObject({
      ref_name: z
        .strictObject({ include: z.array(z.string()), exclude: z.array(z.string()) })
        .optional(),
    })
    .optional(),
  rules: z.array(z.looseObject({ type: z.string() })),
  ...timestamps,
});

/** What somebody set for the subject of OIDC tokens; absent is not set. */
const SubjectSettings = z.strictObject({
  /** Of a repository: whether no template applies, its own or the organization's. */
  useDefault: z.boolean().default(true),
  claimKeys: z.array(z.string()).optional(),
  useImmutable: z.boolean().optional(),
});

/** `refs/tags/v1.0.0`, and the commit or the annotated tag that it points to. */
const Ref = z.strictObject({
  ref: z.string(),
  sha: CommitHash,
  type: z.enum(["commit", "tag"]),
});

/** An annotated tag: an object of its own, which points to a commit. */
const Tag = z.strictObject({ sha: CommitHash, name: z.string(), commit: CommitHash });

const Repository = z.strictObject({
  owner: z.string(),
  name: z.string(),
  // What follows with a default is absent from files of before there was any.
  createdAt: z.iso.datetime().default("2024-01-01T00:00:00Z"),
  subject: SubjectSettings.default({ useDefault: true }),
  rulesets: z.array(Ruleset).default([]),
  environments: z.array(Environment),
  runs: z.array(WorkflowRun).default([]),
  artifacts: z.array(Artifact).default([]),
  issues: z.array(Issue).default([]),
  pullRequests: z.array(PullRequest).default([]),
  /** On issues and pull requests. */
  comments: z.array(Comment).default([]),
  refs: z.array(Ref).default([]),
  tags: z.array(Tag).default([]),
  /** Absolute path of the bare repository with its git data; absent where there is none. */
  git: z.string().optional(),
  checkRuns: z.array(CheckRun).default([]),
  statuses: z.array(CommitStatus).default([]),
  ...actionsScope,
});

const State = z.strictObject({
  version: z.literal(1),
  /** The next id of anything that has one of its own; an id is never used twice. */
  nextId: z.int(),
  repositories: z.array(Repository),
  /** Of the organization. */
  subject: SubjectSettings.default({ useDefault: true }),
  apps: z.array(App).default([]),
  tokens: z.array(Token).default([]),
});

export type KeyPair = z.infer<typeof KeyPair>;
export type Environment = z.infer<typeof Environment>;
export type Ruleset = z.infer<typeof Ruleset>;
export type Repository = z.infer<typeof Repository>;
export type SubjectSettings = z.infer<typeof SubjectSettings>;
export type State = z.infer<typeof State>;
/** A repository or an environment, seen as the owner of secrets and variables. */
export type ActionsScope = Pick<Repository, "keyPair" | "secrets" | "variables">;

/**
 * The emulator's state in one JSON file, mode 0600.
 * A change is in the file, as a whole, before its request is answered: a killed process loses nothing that it had
 * acknowledged and leaves no half-written file.
 */
export class Store {
  readonly #file: string;
  #state: State;

  /** @throws UserError when the file exists and is not a state of this version. */
  constructor(file: string) {
    this.#file = file;
    this.#state = read(file);
  }

  /** For reading only: changes go through {@link change}. */
  get state(): State {
    return this.#state;
  }

  /** Applies `edit` to a copy, writes that copy, and only then makes it the state; an error changes nothing. */
  change<Result>(edit: (draft: State) => Result): Result {
    const draft = structuredClone(this.#state);
    const result = edit(draft);
    writeFileAtomic.sync(this.#file, `${JSON.stringify(draft, null, 1)}\n`, { mode: 0o600 });
    this.#state = draft;
    return result;
  }
}

function read(file: string): State {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return State.parse({ version: 1, nextId: 1001, repositories: [] });
    }
    throw error;
  }
  try {
    return State.parse(JSON.parse(text));
  } catch {
    // The reason is left out: it could quote the file, which holds private keys.
    throw new UserError(
      `${file}: not a state of the GitHub emulator, version 1; remove the file to start with an empty one`,
    );
  }
}
