import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  changesText,
  failureText,
  progressLine,
  stepLine,
  summaryText,
} from "../../../cli/print/run-text.ts";
import { runJson } from "../../../cli/print/run-json.ts";
import { UserError } from "../../../rules/problems.ts";
import { failure, plain, result, step } from "../support/results.ts";

describe("the print of a run", () => {
  it("writes a step as a line, with its note, and its time from a second on", () => {
    assert.equal(
      plain(stepLine(step({ note: "gone", seconds: 1.26 }))),
      `+ create  ${"aws.ecr.Repository".padEnd(36)} ci  (gone)  1.3 s`,
    );
    assert.equal(
      plain(stepLine(step({ change: "delete", seconds: 0.99 }))),
      `- delete  ${"aws.ecr.Repository".padEnd(36)} ci`,
    );
  });

  it("puts a note that has no room in 100 columns below, and fits the longest names without one", () => {
    const secret = {
      type: "slipway:index:EnvironmentSecret",
      name: "docker-build-secret-DOCKER_TOKEN",
    };
    const event = { ...step(secret), resource: "resource" as const, kind: "resource" as const };
    const lines = (more: object): string[] =>
      plain(progressLine({ ...event, phase: "done", seconds: 0, ...more }) ?? "").split("\n");
    const words = "slipway.EnvironmentSecret            docker-build-secret-DOCKER_TOKEN";
    assert.deepEqual(lines({ change: "delete", note: "already gone" }), [
      `  - delete  ${words}  (already gone)`,
    ]);
    const diff = [
      { path: "remoteUpdatedAt", old: "2031-01-01T10:42:05Z", new: "2031-01-01T10:37:09Z" },
    ];
    assert.deepEqual(lines({ change: "update", diff, seconds: 1.5 }), [
      `  ~ update  ${words}  1.5 s`,
      "            (somebody else wrote it; it is written again)",
    ]);
    const [longest] = lines({
      type: "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
      name: "docker-build-variable-SLIPWAY_PUSH_ROLE_ARN",
    });
    assert.ok((longest ?? "").length <= 100, longest);
  });

  it("says of a secret that somebody overwrote what that is, with both times whole", () => {
    const diff = [
      { path: "remoteUpdatedAt", old: "2031-01-01T10:42:05Z", new: "2031-01-01T10:37:09Z" },
    ];
    const secret = step({ type: "slipway:index:EnvironmentSecret", change: "update", diff });
    const text = plain(changesText(result([secret]), { properties: false })).split("\n");
    assert.match(text[0] ?? "", / ci {2}\(somebody else wrote it; it is written again\)$/);
    assert.equal(
      text[1]?.trim(),
      'remoteUpdatedAt: "2031-01-01T10:42:05Z" -> "2031-01-01T10:37:09Z"',
    );
    const { resources } = JSON.parse(runJson(result([secret]), "embedded")) as {
      resources: { note?: string; diff: unknown }[];
    };
    assert.deepEqual(resources[0]?.diff, diff);
    assert.equal(resources[0].note, "somebody else wrote it; it is written again");
  });

  it("says that of no secret that the stack itself changes, makes or deletes", () => {
    const type = "slipway:index:EnvironmentSecret";
    const sealed = [{ path: "sealed", old: "a", new: "b" }];
    const steps = [
      step({ type, change: "update", diff: sealed }),
      step({ type, diff: [{ path: "sealed", new: "b" }] }),
      step({ type, change: "delete" }),
    ];
    for (const one of steps) assert.doesNotMatch(stepLine(one), /somebody/);
  });

  it("shows the properties of what changes, and those of new resources only when asked", () => {
    const made = step({ diff: [{ path: "name", new: "pytorch/ci" }] });
    const changed = step({
      name: "variable",
      change: "update",
      diff: [{ path: "value", old: "by hand", new: "a" }],
    });
    const quiet = [step({ name: "same", change: "same" }), step({ name: "c", kind: "component" })];
    const run = result([made, changed, ...quiet]);
    const lines = (properties: boolean) =>
      plain(changesText(run, { properties }))
        .split("\n")
        .map((line) => line.trim().replaceAll(/ +/g, " "));
    const update = ["~ update aws.ecr.Repository variable", 'value: "by hand" -> "a"'];
    assert.deepEqual(lines(false), ["+ create aws.ecr.Repository ci", ...update]);
    assert.deepEqual(lines(true), [
      "+ create aws.ecr.Repository ci",
      'name: "pytorch/ci"',
      ...update,
    ]);
  });

  it("says under a new image what it stands on, and that a base without a digest is refused", () => {
    const image = (location: string) =>
      step({
        type: "docker-build:index:Image",
        diff: [{ path: "context", new: { location: "images/a", named: { base: { location } } } }],
      });
    const text = (location: string) =>
      plain(changesText(result([image(location)]), { properties: false }))
        .split("\n")[1]
        ?.trim();
    assert.equal(
      text("docker-image://docker.io/library/ubuntu:24.04@sha256:1"),
      "on docker.io/library/ubuntu:24.04@sha256:1",
    );
    assert.equal(
      text("docker-image://docker.io/library/ubuntu:24.04@unresolved"),
      "on docker.io/library/ubuntu:24.04, whose digest is unresolved: up refuses it until image.yaml names it",
    );
  });

  it("says under new names which registry gets which", () => {
    const names = step({
      type: "slipway:index:ImageName",
      diff: [
        { path: "contentName", new: "cpu-k1" },
        {
          path: "registries",
          new: [
            { repository: "a.example/ci", floatingNames: [] },
            { repository: "docker.io/pytorch/ci", floatingNames: ["cpu", "cpu-main"] },
          ],
        },
      ],
    });
    assert.equal(
      plain(changesText(result([names]), { properties: false }))
        .split("\n")[1]
        ?.trim(),
      "a.example/ci: cpu-k1; docker.io/pytorch/ci: cpu-k1, cpu, cpu-main",
    );
  });

  it("tells of an operation under way what is done, noted or failed, and nothing else", () => {
    const event = { ...step(), resource: "resource" as const, kind: "resource" as const };
    const lines = [
      progressLine({ ...event, phase: "planned" }),
      progressLine({ ...event, phase: "start" }),
      progressLine({ ...event, phase: "done", change: "same" }),
      progressLine({ ...event, phase: "done", resource: "component" }),
    ];
    assert.deepEqual(lines, [undefined, undefined, undefined, undefined]);
    const done = progressLine({ ...event, phase: "done", seconds: 2 });
    assert.match(plain(done ?? ""), /^ {2}\+ create {2}aws\.ecr\.Repository +ci {2}2\.0 s$/);
    const noted = progressLine({ kind: "note", message: "ci is gone" });
    assert.equal(plain(noted ?? ""), "  ci is gone");
    const failed = progressLine({ kind: "failure", failure: failure(new UserError("no")) });
    assert.equal(plain(failed ?? ""), "  ! ci (aws.ecr.Repository): no");
  });

  it("tells a user's fault in its own words alone, and any other with where it came from", () => {
    const mended = new UserError("line one\nline two");
    assert.equal(
      plain(failureText(failure(mended))),
      "! ci (aws.ecr.Repository): line one\n    line two",
    );
    const ended = new pulumi.RunError("wrong configuration");
    assert.equal(
      plain(failureText({ message: ended.message, error: ended })),
      "! wrong configuration",
    );
    assert.match(
      plain(failureText(failure(new TypeError("broken")))),
      /^! ci \(aws\.ecr\.Repository\): TypeError: broken\n +at /,
    );
  });

  it("tells a resource's name and type once, whoever began with them", () => {
    for (const start of ["ci", "ci (aws.ecr.Repository)"]) {
      assert.equal(
        plain(failureText(failure(new UserError(`${start}: 1 problem`)))),
        "! ci (aws.ecr.Repository): 1 problem",
      );
    }
  });

  it("sums up a plan as what is to come, and a failed run with what it did not reach", () => {
    const steps = [step(), step({ name: "b", change: "same" })];
    assert.equal(
      plain(summaryText(result(steps, { operation: "plan" }), 1.04)),
      "1 to create, 1 unchanged (1.0 s)",
    );
    const failed = result(steps, {
      ok: false,
      failures: [failure(new UserError("no"))],
      skipped: [
        { type: "slipway:index:ImageName", name: "a" },
        { type: "slipway:index:ImageName", name: "b" },
      ],
    });
    assert.equal(
      plain(summaryText(failed, 62)),
      [
        "1 created, 1 unchanged (62.0 s)",
        "1 failed, 2 not reached; what is whole was kept, and the next run goes on from there",
        "not reached, because something they need failed: a, b",
      ].join("\n"),
    );
  });
});
