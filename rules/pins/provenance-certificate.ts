import { CANDIDATE_ENVIRONMENT } from "../refs.ts";
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

/**
 * Why a certificate is not that of the job which may sign the provenance, in words; none when it is. The owner and the name of the
 * repository are the same in whatever letters, as on GitHub; their numbers tell which ones they are.
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
    [23, "environment", CANDIDATE_ENVIRONMENT],
  ];
  const problems = wanted.flatMap(([number, what, value]) => {
    const found = extensions.get(number) ?? [];
    if (found.length === 1 && isSame(found[0], value)) return [];
    const words =
      found.length === 0 ? "not there" : found.map((one) => JSON.stringify(one)).join(" and ");
    return [`the certificate's ${what} is ${words}, not ${JSON.stringify(value)}`];
  });
  return isSame(subject, builder)
    ? problems
    : [
        `the certificate is of ${JSON.stringify(subject ?? "nobody")}, not of ${builder}`,
        ...problems,
      ];

  function isSame(found: string | undefined, value: string): boolean {
    return found !== undefined && inLetters(found, repository) === inLetters(value, repository);
  }
}

/** An address on GitHub with the repository in given letters, where it is one of that repository. */
function inLetters(text: string, repository: string): string {
  const own = `https://github.com/${repository}`;
  const begins = text.slice(0, own.length).toLowerCase() === own.toLowerCase();
  return begins ? `${own}${text.slice(own.length)}` : text;
}
