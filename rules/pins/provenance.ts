import { z } from "zod";
import { repeatedKeys } from "../repeated-keys.ts";

/** What a candidate is: which image, of which pull request, made by which run. */
export interface CandidateProvenance {
  /** Label of the image: `ci-image/rocm`. */
  readonly image: string;
  /** The name that the content gets when the pull request is merged: `rocm-k<key>`. */
  readonly contentName: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly pullRequest: number;
  /** Newest commit of the pull request's branch, 40 hex digits. */
  readonly head: string;
  /** The commit that was built: the pull request merged into its base. */
  readonly merge: string;
  /** Commit of the base branch that it was merged into. */
  readonly base: string;
  /** `OWNER/NAME` of the repository that the pull request is for, in GitHub's own letters. */
  readonly repository: string;
  /** Its number on GitHub, which a new repository of the same name does not have. */
  readonly repositoryId: number;
  /** The run that pushed it, as {@link runInvocation} writes it: that of the job whose token signs. */
  readonly run: string;
}

/** What a candidate must be to be taken. */
export interface ExpectedProvenance extends Pick<
  CandidateProvenance,
  "image" | "contentName" | "pullRequest" | "repository" | "repositoryId"
> {
  /** Number of the repository's owner on GitHub. */
  readonly ownerId: number;
}

/** @see https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
const STATEMENT = "https://in-toto.io/Statement/v1";
/** @see https://slsa.dev/spec/v1.0/provenance */
export const PREDICATE = "https://slsa.dev/provenance/v1";
/** Says what the parameters mean: those of this file. */
const BUILD_TYPE = "urn:slipway:candidate:v1";
/** Media type of a statement in its envelope. */
export const STATEMENT_TYPE = "application/vnd.in-toto+json";

/**
 * A run of a workflow as GitHub's certificates name it.
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md (1.3.6.1.4.1.57264.1.21)
 */
export function runInvocation(repository: string, run: number, attempt: number): string {
  return `https://github.com/${repository}/actions/runs/${run}/attempts/${attempt}`;
}

/** The one workflow that makes candidates, on the one branch whose code does. */
export function candidateBuilder(repository: string): string {
  return `https://github.com/${repository}/.github/workflows/candidate.yml@refs/heads/main`;
}

/** The statement that is signed of a candidate, as JSON: the same words give the same bytes. */
export function provenanceStatement(provenance: CandidateProvenance): string {
  const { image, contentName, digest, pullRequest, head, merge, base } = provenance;
  const { repository, repositoryId, run } = provenance;
  const source = (ref: string, commit: string): object => ({
    uri: `git+https://github.com/${repository}@${ref}`,
    digest: { gitCommit: commit },
  });
  return JSON.stringify({
    _type: STATEMENT,
    subject: [{ name: image, digest: { sha256: digest.slice("sha256:".length) } }],
    predicateType: PREDICATE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: { image, contentName, pullRequest, head, merge, base },
        internalParameters: { repository, repositoryId },
        resolvedDependencies: [source(`refs/pull/${pullRequest}/merge`, merge)],
      },
      runDetails: {
        builder: { id: candidateBuilder(repository) },
        metadata: { invocationId: run },
      },
    },
  });
}

const COMMIT = z.string().regex(/^[0-9a-f]{40}$/);
const NUMBER = z.int().positive();

const Statement = z.strictObject({
  _type: z.literal(STATEMENT),
  subject: z.tuple([
    z.strictObject({
      name: z.string(),
      digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    }),
  ]),
  predicateType: z.literal(PREDICATE),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: z.literal(BUILD_TYPE),
      externalParameters: z.strictObject({
        image: z.string(),
        contentName: z.string(),
        pullRequest: NUMBER,
        head: COMMIT,
        merge: COMMIT,
        base: COMMIT,
      }),
      internalParameters: z.strictObject({ repository: z.string(), repositoryId: NUMBER }),
      resolvedDependencies: z.array(z.unknown()),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({ id: z.string() }),
      metadata: z.strictObject({ invocationId: z.string() }),
    }),
  }),
});

/**
 * Reads a statement that {@link provenanceStatement} wrote.
 * @returns why it is none, else what it says: nothing of it is true before its signature is verified
 */
export function readStatement(json: string): CandidateProvenance | { readonly fault: string } {
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch {
    return { fault: "the statement is not JSON" };
  }
  if (repeatedKeys(json).length > 0) return { fault: "the statement has a key twice" };
  const parsed = Statement.safeParse(document);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.map(String).join(".") ?? "";
    return {
      fault: `the statement is none of a candidate: ${path || "the whole"} is not as it must be`,
    };
  }
  const [subject] = parsed.data.subject;
  const { buildDefinition, runDetails } = parsed.data.predicate;
  const provenance: CandidateProvenance = {
    ...buildDefinition.externalParameters,
    digest: `sha256:${subject.digest.sha256}`,
    ...buildDefinition.internalParameters,
    run: runDetails.metadata.invocationId,
  };
  // All else follows from it: one form, and no second place that says something else.
  return JSON.stringify(document) === provenanceStatement(provenance)
    ? provenance
    : { fault: "the statement says of itself two different things" };
}

/** Why a provenance is not the expected one of an image, in words; none when it is. Repositories are named in whatever letters. */
export function provenanceProblems(
  found: CandidateProvenance,
  digest: string,
  expected: ExpectedProvenance,
): readonly string[] {
  const { image, contentName, pullRequest, repository, repositoryId } = expected;
  const wanted = { digest, image, contentName, pullRequest, repository, repositoryId };
  return (Object.keys(wanted) as (keyof typeof wanted)[]).flatMap((name) =>
    inOneCase(name, found[name]) === inOneCase(name, wanted[name])
      ? []
      : [
          `the statement is of ${WORDS[name]} ${JSON.stringify(found[name])}, not ${JSON.stringify(wanted[name])}`,
        ],
  );
}

/** On GitHub no two repositories differ in the case of letters alone. */
function inOneCase(name: string, value: string | number): string | number {
  return name === "repository" ? String(value).toLowerCase() : value;
}

const WORDS = {
  digest: "the digest",
  image: "the image",
  contentName: "the content",
  pullRequest: "pull request",
  repository: "the repository",
  repositoryId: "the repository number",
} as const;
