import assert from "node:assert/strict";
import { basesLook } from "../../../cli/drift/bases-look.ts";
import { type PreviewContext, previewLook } from "../../../cli/drift/preview-judgement.ts";
import { previewedByEngine } from "../../../cli/drift/preview-look.ts";
import { retentionLook } from "../../../cli/drift/retention-look.ts";
import { secretsLook } from "../../../cli/drift/secrets-look.ts";
import type { Step } from "../../../engine/events.ts";
import { UserError } from "../../../rules/problems.ts";
import type { SecretFinding } from "../../../rules/secret-findings.ts";

const step: Step = {
  kind: "resource",
  change: "update",
  type: "aws:iam/role:Role",
  name: "push-role",
  urn: "urn:pulumi:main::slipway::aws:iam/role:Role::push-role",
  diff: [
    { path: "tags.a", old: "marker", new: "marker" },
    { path: "path", old: "marker", new: "marker" },
  ],
  seconds: 0,
};

describe("drift that a preview shows", () => {
  const look = (
    steps: readonly Partial<Step>[],
    more: Partial<Parameters<typeof previewedByEngine>[0]>,
    context: Partial<PreviewContext> = {},
  ) =>
    previewLook(
      previewedByEngine({
        ...{ steps: steps.map((one) => ({ ...step, ...one })), failures: [], skipped: [] },
        ...more,
      }),
      { hidesBypassActors: false, ...context },
    );

  it("is every resource that changes, by name, type and names of properties, with no value", () => {
    const { findings } = look([{}, { change: "create", name: "a", note: "gone" }], {});
    assert.deepEqual(findings, [
      { subject: "push-role", message: "up would update this aws.iam.Role: tags.a, path" },
      { subject: "a", message: "up would create this aws.iam.Role (gone)" },
    ]);
    assert.doesNotMatch(JSON.stringify(findings), /marker/);
  });

  it("is no component, no provider and nothing that stays", () => {
    const { findings, unasked } = look(
      [{ change: "same" }, { kind: "component" }, { kind: "provider" }],
      {},
    );
    assert.deepEqual([findings, unasked], [[], []]);
  });

  it("tells of no token and no login of the run, which differ each time, and of everything else", () => {
    const paths = ["waitTimer", "api.token", "apiary", "credentials", "credentials.x.password"];
    const diff = paths.map((path) => ({ path }));
    const told = (type: string) => look([{ type, diff }], {}).findings?.[0]?.message;
    assert.equal(
      told("slipway:index:Environment"),
      "up would update this slipway.Environment: waitTimer, apiary",
    );
    assert.match(told("aws:x/y:Z") ?? "", /: waitTimer, api\.token, apiary, credentials,/);
  });

  it("is no change that is only waiting to be applied, which is news with the commit that was", () => {
    const properties = [{ path: "tags.b" }, { path: "path" }];
    const changes = [{ change: "update", type: step.type, name: step.name, properties } as const];
    const { findings, notes } = look(
      [{}, { name: "a" }],
      {},
      {
        waiting: { since: "0a1b2c3", changes },
      },
    );
    assert.deepEqual(
      findings?.map(({ subject }) => subject),
      ["a"],
    );
    assert.deepEqual(notes, [
      {
        subject: "push-role",
        message:
          "waiting to be applied since 0a1b2c3: up would update this aws.iam.Role: tags.a, path",
      },
    ]);
  });

  it("is every change where no snapshot tells what waits, and says so", () => {
    const { findings, notes } = look([{}], {}, { waiting: { none: "none was published yet" } });
    assert.equal(findings?.length, 1);
    assert.match(notes?.[0]?.message ?? "", /cannot be told from drift: none was published yet$/);
  });

  it("is not who goes past a ruleset where GitHub does not tell that, and says that nobody knows", () => {
    const type = "github:index/repositoryRuleset:RepositoryRuleset";
    const diff = [{ path: "bypassActors[0]" }];
    const steps = [{ type, name: "refs", diff }];
    assert.equal(look(steps, {}).findings?.length, 1);
    const hidden = look(steps, {}, { hidesBypassActors: true });
    assert.deepEqual(hidden.findings, []);
    assert.match(hidden.notes?.[0]?.message ?? "", /^who goes past a ruleset could not be asked/);
    assert.match(hidden.notes?.[0]?.remedy ?? "", /slipway preview/);
  });

  it("names the first few of many properties", () => {
    const diff = Array.from({ length: 20 }, (_, index) => ({ path: `p${index}` }));
    const { findings } = look([{ diff: diff }], {});
    assert.match(findings?.[0]?.message ?? "", /: p0, .*, p11 and 8 more$/);
  });

  it("is not known where something failed or was not reached", () => {
    const { unasked } = look([], {
      failures: [
        { name: "a", message: "no answer", error: new UserError("no answer") },
        { message: "first\n    at stack", error: new Error("first") },
      ],
      skipped: [
        { type: "t", name: "b" },
        { type: "t", name: "b" },
      ],
    });
    assert.deepEqual(unasked, ["a: no answer", "first", "not reached: b"]);
  });
});

describe("drift of secrets", () => {
  const of = (kind: SecretFinding["kind"], severity: SecretFinding["severity"]): SecretFinding => ({
    ...{ kind, severity, subject: kind, message: "m", remedy: "r" },
  });

  it("is every fault, and what comes by time or by somebody's hand", () => {
    const { findings, notes } = secretsLook([
      of("expired", "fault"),
      of("expires-soon", "warning"),
      of("stray", "warning"),
      of("unused", "warning"),
      of("inherit", "warning"),
    ]);
    assert.deepEqual(
      [findings, notes].map((list) => list?.map(({ subject }) => subject)),
      [
        ["expired", "expires-soon", "stray"],
        ["unused", "inherit"],
      ],
    );
  });
});

describe("drift of bases", () => {
  it("is one that somebody must see to; one that moved is news, and one that nobody told of is not known", () => {
    const base = {
      family: "ci-image",
      image: "docker.io/library/ubuntu:24.04",
      digest: "sha256:1",
    };
    const look = basesLook([
      { ...base, base: "ok", state: "up to date" },
      { ...base, base: "moved", state: "moved", newDigest: "sha256:2" },
      { ...base, base: "gone", state: "gone", note: "take the new one" },
      { ...base, base: "silent", state: "not asked", note: "no answer" },
    ]);
    assert.deepEqual(look, {
      findings: [
        {
          subject: "ci-image/gone",
          message: "gone: docker.io/library/ubuntu:24.04; take the new one",
        },
      ],
      notes: [
        {
          subject: "ci-image/moved",
          message: "moved: docker.io/library/ubuntu:24.04, now sha256:2",
          remedy: "slipway bases bump ci-image/moved",
        },
      ],
      unasked: ["ci-image/silent: no answer"],
    });
  });
});

describe("drift of retention", () => {
  it("is an image that is needed and would go", () => {
    const image = { digest: "sha256:1" };
    const removal = { rule: { rulePriority: 3 } };
    const endangered = [{ image, removal, needs: ["channel main"] }];
    const families = [{ repository: "pytorch/ci-image", endangered }];
    const look = retentionLook({ families, notes: ["a note"] });
    assert.deepEqual(look, {
      findings: [
        {
          subject: "pytorch/ci-image@sha256:1",
          message: "goes within 30 days by rule 3; needed by channel main",
        },
      ],
      notes: [{ subject: "retention", message: "a note" }],
    });
  });
});
