import { GITHUB_ISSUER } from "../trust-policy.ts";
import {
  candidateBuilder,
  type CandidateProvenance,
  type ExpectedProvenance,
} from "./provenance.ts";

/** What a certificate says of the job that it was given to. */
export interface CertificateIdentity {
  /** Subject alternative name, a URI. */
  readonly subject?: string;
  /** The texts of Fulcio's extensions by the last number of their identifier; several where one stands twice. */
  readonly extensions: ReadonlyMap<number, readonly string[]>;
}

/** The environment whose reviewers let candidates be signed. */
const ENVIRONMENT = "docker-candidate";

/** Extensions that a certificate may be without: Fulcio writes this one for jobs of an environment since 2025. */
const OPTIONAL = new Set([23]);

/**
 * Why a certificate is not that of the job which may sign the provenance, in words; none when it is.
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 */
export function certificateProblems(
  { subject, extensions }: CertificateIdentity,
  { repository, repositoryId, ownerId }: ExpectedProvenance,
  { run }: Pick<CandidateProvenance, "run">,
): readonly string[] {
  const builder = candidateBuilder(repository);
  const wanted: readonly (readonly [number, string, string])[] = [
    [8, "issuer", `https://${GITHUB_ISSUER}`],
    [9, "workflow of the job", builder],
    [11, "runner", "github-hosted"],
    [12, "repository", `https://github.com/${repository}`],
    [14, "ref", "refs/heads/main"],
    [15, "repository number", String(repositoryId)],
    [17, "number of the repository's owner", String(ownerId)],
    [18, "workflow", builder],
    [20, "event", "workflow_run"],
    [21, "run", run],
    [23, "environment", ENVIRONMENT],
  ];
  const problems = wanted.flatMap(([number, what, value]) => {
    const found = extensions.get(number) ?? [];
    if (found.length === 0 && OPTIONAL.has(number)) return [];
    if (found.length === 1 && found[0] === value) return [];
    const words =
      found.length === 0 ? "not there" : found.map((one) => JSON.stringify(one)).join(" and ");
    return [`the certificate's ${what} is ${words}, not ${JSON.stringify(value)}`];
  });
  return subject === builder
    ? problems
    : [
        `the certificate is of ${JSON.stringify(subject ?? "nobody")}, not of ${builder}`,
        ...problems,
      ];
}
