import { createHash } from "node:crypto";
import { type DriftReport, isClean } from "./drift-report.ts";

/** How a job of a workflow ended, in GitHub's words. */
export const JOB_RESULTS = ["success", "failure", "cancelled", "skipped"] as const;
export type JobResult = (typeof JOB_RESULTS)[number];

/** A build of an image on its real base that did not succeed. */
export interface FailedBuild {
  /** `cancelled` by a person, or by its time limit. */
  readonly result: "failure" | "cancelled";
  /** Page of the run that built it. */
  readonly runUrl: string;
}

/** What a night's run knows. */
export interface DriftNews {
  readonly look: JobResult;
  /** What the look wrote, why there is nothing to read, or, where this run did not look, what the one before found. */
  readonly found:
    { readonly report: DriftReport } | { readonly absent: string } | { readonly before: LastLook };
  /** The last build on a real base, where it failed. */
  readonly failedBuild: FailedBuild | undefined;
  /** Page of the run that tells. */
  readonly runUrl: string;
}

/** The last look, as an issue tells of it. */
export interface LastLook {
  /** Fingerprints of what it told; none where no issue is open. */
  readonly known: ReadonlySet<string>;
  /** Its part of the text; empty where no look wrote one. */
  readonly text: string;
}

/** What an issue remembers from one night to the next, in lines of its text that nobody sees. */
export interface DriftMemory {
  readonly failedBuild: FailedBuild | undefined;
  /** Fingerprints of everything that was told. */
  readonly known: ReadonlySet<string>;
  /** The part of the text that tells of the look. */
  readonly look: string;
}

/** The first line of the text. */
export const DRIFT_MARKER = "<!-- slipway drift -->";
/** The line before what the look found: what comes after stays as it is where a run did not look. */
export const LOOK_MARKER = "<!-- look -->";
const BUILD_TROUBLE = ["real base", "the build failed"] as const;
const BUILD =
  /^<!-- real base (?<result>failure|cancelled) (?<runUrl>https?:\/\/[\w.:[\]/-]+\/actions\/runs\/\d{1,20}) -->$/;
const KNOWN = /^<!-- known(?<known>(?: [0-9a-f]{8})*) -->$/;

/** What an issue's text remembers; undefined for the text of any other issue. */
export function memoryOf(body: string): DriftMemory | undefined {
  const all = body.split(/\r?\n/);
  const [marker, ...lines] = all.slice(0, 3);
  if (marker !== DRIFT_MARKER) return undefined;
  const start = all.indexOf(LOOK_MARKER);
  const build = firstMatch(BUILD, lines);
  const { result, runUrl } = build ?? {};
  const isFailed = (result === "failure" || result === "cancelled") && runUrl !== undefined;
  return {
    failedBuild: isFailed ? { result, runUrl } : undefined,
    known: new Set(firstMatch(KNOWN, lines)?.["known"]?.split(" ").slice(1)),
    look:
      start < 0
        ? ""
        : all
            .slice(start + 1)
            .join("\n")
            .trim(),
  };
}

/** What an issue tells of the last look, for a run that did not look. @param before of the issue that is open */
export function lastLook(before: DriftMemory | undefined): LastLook {
  const known = new Set(before?.known);
  known.delete(fingerprintOf(BUILD_TROUBLE.join("\n")));
  return { known, text: before?.look ?? "" };
}

function firstMatch(pattern: RegExp, lines: readonly string[]) {
  for (const line of lines) {
    const groups = pattern.exec(line)?.groups;
    if (groups !== undefined) return groups;
  }
  return undefined;
}

/** The lines that {@link memoryOf} reads. */
export function memoryLines(news: DriftNews): readonly string[] {
  const { failedBuild } = news;
  const known = [...troublesOf(news).keys()].map((fingerprint) => ` ${fingerprint}`).join("");
  return [
    DRIFT_MARKER,
    ...(failedBuild ? [`<!-- real base ${failedBuild.result} ${failedBuild.runUrl} -->`] : []),
    `<!-- known${known} -->`,
  ];
}

/**
 * The last build on a real base where it failed: that of this run, or what is remembered where this run made none.
 * @param before of the issue that is open
 */
export function failedBuild(
  result: JobResult,
  runUrl: string,
  before: DriftMemory | undefined,
): FailedBuild | undefined {
  if (result === "skipped") return before?.failedBuild;
  return result === "success" ? undefined : { result, runUrl };
}

/**
 * Everything that somebody must see to, in a few words by fingerprint. The words of a finding are no part of it: they count
 * days, and name the digest of the day.
 */
export function troublesOf(news: DriftNews): ReadonlyMap<string, string> {
  const troubles = new Map<string, string>();
  const add = (kind: string, what: string) =>
    troubles.set(fingerprintOf(`${kind}\n${what}`), `${kind}: ${what}`);
  const { found, look } = news;
  if ("absent" in found) add("look", "no report");
  else if ("before" in found) {
    // Told already: the words of these are needed no more.
    for (const fingerprint of found.before.known) troubles.set(fingerprint, "");
  } else {
    for (const { check, findings, unasked } of found.report.checks) {
      for (const { subject } of findings) add(check, subject);
      if (unasked.length > 0) add(check, "could not be asked");
    }
    if (isClean(found.report) && look !== "success") add("look", "did not end well");
  }
  if (news.failedBuild !== undefined) add(...BUILD_TROUBLE);
  return troubles;
}

function fingerprintOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

/** What is told for the first time, in a few words each. */
export function newTroubles(news: DriftNews, { known }: DriftMemory): readonly string[] {
  return [...troublesOf(news)].flatMap(([fingerprint, words]) =>
    known.has(fingerprint) ? [] : [words],
  );
}
