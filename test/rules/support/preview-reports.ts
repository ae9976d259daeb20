import fc from "fast-check";
import type { PreviewReport } from "../../../rules/preview-report.ts";

const COMMIT = "1a1b2c3d4e5f60718293a4b5c6d7e8f901234567";

/** A report in which nothing changes. */
export function emptyReport(): PreviewReport {
  return {
    version: 1,
    stack: "main",
    channel: "main",
    baseCommit: COMMIT,
    pullRequestCommit: COMMIT,
    comparedWith: { kind: "snapshot", commit: COMMIT },
    ...{ resources: [], images: [], names: [], access: [], retention: [], failures: [] },
    leftOut: { resources: 0, images: 0, names: 0, access: 0, retention: 0, failures: 0 },
  };
}

/**
 * A report with an entry of every kind.
 * @param text stands in the place of every text, whatever grammar that has
 */
export function fullReport(text?: string): PreviewReport {
  const t = (usual: string) => text ?? usual;
  const statement = {
    kind: "statement",
    policy: "permissions",
    holder: t("push"),
    effect: "Allow",
  } as const;
  const none = { actions: [], resources: [], principals: [], conditions: [] };
  return {
    version: 1,
    stack: t("main"),
    channel: t("main"),
    baseCommit: t(COMMIT),
    pullRequestCommit: t(COMMIT),
    comparedWith: { kind: "snapshot", commit: t(COMMIT) },
    resources: [
      {
        change: "create",
        type: t("aws:ecr/repository:Repository"),
        name: t("new"),
        properties: [],
        moreProperties: 0,
      },
      {
        change: "update",
        type: t("aws:iam/role:Role"),
        name: t("push"),
        properties: [{ path: t("maxSessionDuration"), old: t("3600"), new: t("7200") }],
        moreProperties: 3,
      },
      {
        change: "replace",
        type: t("aws:iam/role:Role"),
        name: t("other"),
        properties: [{ path: t("name") }],
        moreProperties: 0,
      },
      {
        change: "delete",
        type: t("aws:ecr/repository:Repository"),
        name: t("old"),
        properties: [],
        moreProperties: 0,
      },
    ],
    images: [
      {
        change: "changed",
        label: t("ci-image/cuda12.8"),
        old: t("cuda12.8-k1"),
        new: t("cuda12.8-k2"),
        reasons: [t("build arg CUDA_VERSION: 12.8.0 -> 12.8.1")],
        moreReasons: 2,
      },
      { change: "new", label: t("ci-image/new"), new: t("new-k1"), reasons: [], moreReasons: 0 },
      { change: "gone", label: t("ci-image/gone"), old: t("gone-k1"), reasons: [], moreReasons: 0 },
    ],
    names: [
      {
        change: "moves",
        name: t("ghcr.io/o/ci-image:cuda12.8"),
        from: t("cuda12.8-k1"),
        to: t("cuda12.8-k2"),
      },
      { change: "new", name: t("ghcr.io/o/ci-image:new"), to: t("new-k1") },
      { change: "gone", name: t("ghcr.io/o/ci-image:gone"), from: t("gone-k1") },
    ],
    access: [
      { kind: "token", change: "ceases", role: t("push"), token: t("push to main"), claims: {} },
      {
        kind: "setting",
        of: "environment",
        holder: t("docker-build"),
        setting: t("reviewers"),
        old: t("somebody"),
      },
      {
        ...statement,
        ...none,
        change: "loses",
        actions: [t("ecr:*")],
        principals: [t("AWS *")],
        conditions: [t("StringEquals a b")],
      },
      {
        ...statement,
        ...none,
        change: "loses",
        policy: "boundary",
        effect: "Deny",
        actions: [t("iam:*")],
      },
      { ...statement, ...none, change: "gains", actions: [t("ecr:PutImage")], resources: [t("*")] },
      {
        kind: "token",
        change: "begins",
        role: t("push"),
        token: t("own pull request"),
        claims: { sub: t("repo:o/r:pull_request") },
      },
    ],
    retention: [
      { kind: "rule", repository: t("o/ci-image"), change: "begins", rule: t("1: expires pin-*") },
      { kind: "repository", repository: t("ghcr.io/o/ci-image"), effect: "forgotten" },
      {
        kind: "content",
        label: t("ci-image"),
        name: t("k1"),
        repositories: [t("ghcr.io/o/ci-image")],
      },
    ],
    failures: [{ where: t("images/ci-image/image.yaml"), message: t("is no YAML") }],
    leftOut: { resources: 0, images: 0, names: 0, access: 0, retention: 0, failures: 0 },
  };
}

/** Reports of any numbers of entries, with any of these texts in every place. */
export function randomReport(text: fc.Arbitrary<string>, most = 5): fc.Arbitrary<PreviewReport> {
  const count = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(2000));
  return fc
    .record({
      texts: fc.array(text, { minLength: 1, maxLength: 5 }),
      repeats: fc.array(fc.nat(most), { minLength: 6, maxLength: 6 }),
      leftOut: fc.record({
        resources: count,
        images: count,
        names: count,
        access: count,
        retention: count,
        failures: count,
      }),
    })
    .map(({ texts, repeats, leftOut }) => {
      const reports = texts.map((one) => fullReport(one));
      const many = <
        Key extends "resources" | "images" | "names" | "access" | "retention" | "failures",
      >(
        key: Key,
        index: number,
      ) => {
        const all = reports.flatMap((report): readonly PreviewReport[Key][number][] => report[key]);
        return Array.from(
          { length: repeats[index]! },
          (_, at) => all[at % all.length]!,
        ) as PreviewReport[Key];
      };
      return {
        ...reports[0]!,
        resources: many("resources", 0),
        images: many("images", 1),
        names: many("names", 2),
        access: many("access", 3),
        retention: many("retention", 4),
        failures: many("failures", 5),
        leftOut,
      };
    });
}
