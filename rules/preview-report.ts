import { z } from "zod";
import { documentProblems, mapOf, toldProblems } from "./document-problems.ts";
import { Access } from "./preview-report-access.ts";
import {
  commit,
  content,
  contentName,
  count,
  form,
  fullName,
  label,
  list,
  LONGEST,
  MOST,
  oneOf,
  repository,
  text,
} from "./preview-report-form.ts";
import { shapeProblems } from "./preview-report-shape.ts";
import { isPrintable } from "./printable.ts";
import type { Problem } from "./problems.ts";

export { LONGEST, MOST } from "./preview-report-form.ts";

/**
 * The largest report that is read or written, in bytes: what GitHub shows of it is 65,536 characters, and whoever sends more
 * does not want it read.
 */
export const MAX_REPORT_BYTES = 1_048_576;

/** One changed place of a resource; a secret is shown as `[secret]`, what is not known yet as `[unknown]`. */
const PropertyChange = mapOf(
  {
    /** `policy.Statement[0].Effect` */
    path: text(LONGEST.path),
    /** Cut, as JSON; absent where there was nothing. */
    old: text(LONGEST.value).optional(),
    /** Cut, as JSON; absent where nothing is left. */
    new: text(LONGEST.value).optional(),
  },
  "a map",
);

const Resource = mapOf(
  {
    change: oneOf(["create", "update", "replace", "delete"]),
    /** In full: `aws:ecr/repository:Repository`. */
    type: form(/^(?=.{1,200}$)[\w-]+:[\w./-]*:\w+$/, "a type, e.g. aws:ecr/repository:Repository"),
    /** In the stack. */
    name: text(LONGEST.name),
    properties: list(PropertyChange, MOST.properties),
    /** Properties that changed and are not listed. */
    moreProperties: count(),
  },
  "a map",
);

/**
 * An image whose content changes. A new or changed one will be built, unless the registry has that content already; one that
 * is gone is no longer declared, and not built.
 */
const Image = mapOf(
  {
    /** `ci-image/cuda12.8`; of a family with one image `ci-image`. */
    label: label(),
    change: oneOf(["new", "changed", "gone"]),
    /** Absent for an image that is new, and while its base is unresolved, for there is no content name yet. */
    old: contentName().optional(),
    /** Absent for an image that is gone, and while its base is unresolved. */
    new: contentName().optional(),
    /** `build arg CUDA_VERSION: 12.8.0 -> 12.8.1`; none for an image that is new or gone. */
    reasons: list(text(LONGEST.value), MOST.reasons),
    /** Reasons that are not listed. */
    moreReasons: count(),
  },
  "a map",
);

/**
 * A floating name that points to something else once the change is applied. One that is gone is no longer declared: it stays
 * on the registry where it is, and moves no more.
 */
const Name = mapOf(
  {
    /** `ghcr.io/pytorch/ci-image:cuda12.8` */
    name: fullName(),
    change: oneOf(["new", "moves", "gone"]),
    /** Where it points now: a content name, or the digest of a rollback. Absent for a name that is new or while that is not known. */
    from: content().optional(),
    /** Where it will point. Absent for a name that is gone, and while that is not known (its image's base is unresolved). */
    to: content().optional(),
  },
  "a map",
);

const Retention = z.discriminatedUnion(
  "kind",
  [
    /** A rule of a repository's lifecycle policy that comes or goes, in words. */
    mapOf(
      {
        kind: z.literal("rule"),
        repository: text(LONGEST.name),
        change: oneOf(["begins", "ceases"]),
        /** `1: expires tagged pin-* 36500 days after their push` */
        rule: text(LONGEST.policyText),
      },
      "a map",
    ),
    /** A repository of images that is no longer declared: on ECR it is deleted, elsewhere forgotten. */
    mapOf(
      {
        kind: z.literal("repository"),
        repository: repository(),
        /** Whether ECR deletes it with all that is in it, or refuses while there is something. */
        effect: oneOf(["deleted with its images", "deleted when empty", "forgotten", "protected"]),
      },
      "a map",
    ),
    /** Content that the channel no longer has a use for. It stays until a lifecycle takes it. */
    mapOf(
      {
        kind: z.literal("content"),
        label: label(),
        name: contentName(),
        repositories: list(repository(), 10),
      },
      "a map",
    ),
  ],
  "a retention effect of kind rule, repository or content",
);

/** Why the plan failed, one fault an entry. */
const Failure = mapOf(
  {
    /** The file, the resource or the part of the checkout: `images/ci-image/image.yaml`. */
    where: text(LONGEST.path),
    message: text(LONGEST.message),
  },
  "a map",
);

const ComparedWith = z.discriminatedUnion(
  "kind",
  [
    /** The state that was applied last, published for a commit. */
    mapOf({ kind: z.literal("snapshot"), commit: commit() }, "a map"),
    /** No snapshot was there: a plan of the base branch's own data took its place. */
    mapOf({ kind: z.literal("base") }, "a map"),
    /** Neither was there, for a checkout that planned itself: everything that it declares is listed. */
    mapOf({ kind: z.literal("nothing") }, "a map"),
  ],
  "{ kind: snapshot, commit }, { kind: base } or { kind: nothing }",
);

const LeftOut = mapOf(
  {
    resources: count(),
    images: count(),
    names: count(),
    access: count(),
    retention: count(),
    failures: count(),
  },
  "a map",
);

/** What a pull request would change in a stack, as `slipway pull-request plan` writes it and the comment shows it. */
export const PreviewReport = mapOf(
  {
    version: z.literal(1, "1, the version that this program knows"),
    stack: form(/^[\w.-]{1,100}$/, "a stack's name"),
    /** The line of development: `main`, `release/2.10`. */
    channel: form(/^[^\p{C}\p{Z}~^:?*[\\]{1,255}$/u, "a branch").refine(isPrintable, "a branch"),
    /** The commit whose code planned; absent where no git repository tells. */
    baseCommit: commit().optional(),
    /** The commit whose data was planned: the merge that GitHub made for the pull request; absent where nothing tells. */
    pullRequestCommit: commit().optional(),
    comparedWith: ComparedWith,
    resources: list(Resource, MOST.resources),
    images: list(Image, MOST.images),
    names: list(Name, MOST.names),
    access: list(Access, MOST.access),
    retention: list(Retention, MOST.retention),
    /** None when the plan succeeded; where there is one, the rest may be empty or incomplete. */
    failures: list(Failure, MOST.failures),
    /** How many entries of each list did not fit into the report. */
    leftOut: LeftOut,
  },
  "a map",
);
export type PreviewReport = z.infer<typeof PreviewReport>;
export type ReportedResource = PreviewReport["resources"][number];
export type ReportedImage = PreviewReport["images"][number];
export type ReportedName = PreviewReport["names"][number];
export type ReportedAccess = PreviewReport["access"][number];
export type ReportedRetention = PreviewReport["retention"][number];
export type ReportedFailure = PreviewReport["failures"][number];

/**
 * Reads a report that anybody may have written, or says everything that is wrong with it, in texts that can be printed. Time
 * and memory are bounded by {@link MAX_REPORT_BYTES}.
 */
export function readPreviewReport(
  json: string,
): { readonly report: PreviewReport } | { readonly problems: readonly Problem[] } {
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_REPORT_BYTES) {
    const message = `${bytes} bytes; a report has at most ${MAX_REPORT_BYTES}`;
    return { problems: [{ path: "(file)", message }] };
  }
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    // The parser's own words would quote a file that may be any.
    const message = "is no JSON; write what slipway pull-request plan made";
    return { problems: [{ path: "(file)", message }] };
  }
  const misshapen = shapeProblems(json);
  if (misshapen.length > 0) return { problems: toldProblems(misshapen) };
  const read = PreviewReport.safeParse(raw);
  return read.success
    ? { report: read.data }
    : { problems: toldProblems(documentProblems(read.error, raw)) };
}
