// Does not prove that GitHub matches patterns as documented: see test/support/ref-patterns.ts.
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Scheme } from "../../rules/names.ts";
import { refNames } from "../../rules/names.ts";
import { deploymentPolicies, publication, workflowTriggers } from "../../rules/refs.ts";
import { declaredRoles } from "../../rules/roles.ts";
import { GITHUB_ISSUER, trustPolicy } from "../../rules/trust-policy.ts";
import { ref as randomRef } from "../support/random-refs.ts";
import { filterMatch, fnmatch } from "../support/ref-patterns.ts";
import { EXAMPLE } from "./support/roles-example.ts";

const HOME = "pytorch/pytorch";
const SCHEMES: readonly Scheme[] = ["pytorch", "therock"];

/** Of a run in the repository itself. */
function published(scheme: Scheme, event: string, ref: string) {
  return publication(scheme, { event, ref, repository: HOME, headRepository: HOME }, HOME);
}

function policies(...schemes: Scheme[]) {
  return Object.fromEntries(
    [...deploymentPolicies(schemes)].map(([environment, patterns]) => [
      environment,
      patterns.map(({ kind, pattern }) => `${kind} ${pattern}`),
    ]),
  );
}

describe("refs that may enter an environment", () => {
  it("are main, release branches and release candidates for PyTorch", () => {
    assert.deepEqual(policies("pytorch"), {
      "docker-build": ["branch main", "branch release/*", "tag v*-rc*"],
    });
  });

  it("are main alone for TheRock where the secrets are, and any branch where none is", () => {
    assert.deepEqual(policies("therock"), {
      "docker-build": ["branch main"],
      "docker-stage": ["branch **/*"],
    });
  });

  it("are each named once where families of both schemes share a repository", () => {
    assert.deepEqual(policies("therock", "pytorch", "therock"), {
      "docker-build": ["branch main", "branch release/*", "tag v*-rc*"],
      "docker-stage": ["branch **/*"],
    });
  });

  it("are none where there is no family", () => {
    assert.deepEqual(policies(), {});
  });
});

describe("what starts a workflow", () => {
  it("is a push of what the scheme publishes, and a dispatch where it publishes any", () => {
    assert.deepEqual(workflowTriggers(["pytorch"]), {
      push: {
        branches: ["main", "release/*"],
        tags: ["v[0-9]+.[0-9]+.[0-9]+-rc[0-9]+"],
      },
      workflow_dispatch: false,
    });
    assert.deepEqual(workflowTriggers(["therock"]), {
      push: { branches: ["main", "stage/docker/**"], tags: [] },
      workflow_dispatch: true,
    });
    assert.deepEqual(workflowTriggers(["pytorch", "therock"]).push.branches, [
      "main",
      "release/*",
      "stage/docker/**",
    ]);
  });
});

/** `[environment, channel, whether the channel is a stack]`, or nothing where the run must not publish. */
type Row = readonly [string, string, string, string, ...(readonly [string, string, boolean] | [])];

describe("a workflow run", () => {
  const COMMIT = "0123456789abcdef0123456789abcdef01234567";
  const rows: readonly Row[] = [
    ["pytorch", "push", "refs/heads/main", "T T-main", "docker-build", "main", true],
    ["pytorch", "push", "refs/heads/release/2.10", "T-2.10", "docker-build", "release/2.10", true],
    [
      "pytorch",
      "push",
      "refs/heads/release/main",
      "T-main-hbd2c9f4679a0a037d25d",
      "docker-build",
      "release/main",
      true,
    ],
    [
      "pytorch",
      "push",
      "refs/tags/v2.10.0-rc1",
      "T-v2.10.0-rc1",
      "docker-build",
      "release/2.10",
      false,
    ],
    ["pytorch", "push", "refs/heads/release-foo", ""],
    ["pytorch", "push", "refs/heads/release/a/b", ""],
    ["pytorch", "push", "refs/heads/release", ""],
    ["pytorch", "push", "refs/heads/foo/main", ""],
    ["pytorch", "push", "refs/heads/Main", ""],
    ["pytorch", "push", "refs/heads/v2.10.0-rc1", ""],
    ["pytorch", "push", "refs/heads/stage/docker/x", ""],
    ["pytorch", "push", "refs/tags/main", ""],
    ["pytorch", "push", "refs/tags/release/2.10", ""],
    ["pytorch", "push", "refs/tags/v2.10.0", ""],
    ["pytorch", "push", "refs/tags/v2.10-rc1", ""],
    ["pytorch", "push", "refs/tags/v2.10.0-rc", ""],
    ["pytorch", "push", "refs/tags/v2.10.0-rc1-x", ""],
    ["pytorch", "push", "refs/tags/va.b.c-rc1", ""],
    ["pytorch", "push", "refs/tags/xv2.10.0-rc1", ""],
    ["pytorch", "push", "refs/tags/ciflow/nightly/1", ""],
    ["pytorch", "pull_request", "refs/pull/1/merge", ""],
    ["pytorch", "pull_request", "refs/heads/main", ""],
    ["pytorch", "pull_request_target", "refs/heads/main", ""],
    ["pytorch", "workflow_run", "refs/heads/main", ""],
    ["pytorch", "workflow_dispatch", "refs/heads/main", ""],
    ["pytorch", "workflow_dispatch", "refs/tags/v2.10.0-rc1", ""],
    ["pytorch", "schedule", "refs/heads/main", ""],
    ["therock", "push", "refs/heads/main", "latest main", "docker-build", "main", true],
    [
      "therock",
      "workflow_dispatch",
      "refs/heads/main",
      "latest main",
      "docker-build",
      "main",
      true,
    ],
    [
      "therock",
      "push",
      "refs/heads/stage/docker/foo",
      "stage-foo",
      "docker-stage",
      "stage/docker/foo",
      false,
    ],
    [
      "therock",
      "push",
      "refs/heads/stage/docker/a/b",
      "stage-a-b-h3d21800d554a911fe6dc",
      "docker-stage",
      "stage/docker/a/b",
      false,
    ],
    [
      "therock",
      "workflow_dispatch",
      "refs/heads/stage/docker/foo",
      "stage-foo",
      "docker-stage",
      "stage/docker/foo",
      false,
    ],
    [
      "therock",
      "workflow_dispatch",
      "refs/heads/new-compiler",
      "new-compiler",
      "docker-stage",
      "new-compiler",
      false,
    ],
    [
      "therock",
      "workflow_dispatch",
      "refs/heads/stage-foo",
      "stage-foo-h6427ae7faba0a12685bf",
      "docker-stage",
      "stage-foo",
      false,
    ],
    ["therock", "push", "refs/heads/new-compiler", ""],
    ["therock", "push", "refs/heads/stage/docker", ""],
    ["therock", "push", "refs/heads/stage/other/foo", ""],
    ["therock", "push", "refs/tags/v1.0.0-rc1", ""],
    ["therock", "workflow_dispatch", "refs/tags/v1.0.0-rc1", ""],
    ["therock", "workflow_dispatch", "refs/tags/main", ""],
    ["therock", "pull_request", "refs/pull/1/merge", ""],
    ["therock", "workflow_dispatch", "refs/pull/1/merge", ""],
    ["therock", "schedule", "refs/heads/main", ""],
  ];
  for (const [scheme, event, ref, names, environment, channel, hasStack] of rows) {
    const does = environment === undefined ? "does not publish" : `publishes in ${environment} as`;
    it(`of ${scheme} for ${event} of ${ref} ${does} ${names}`.trimEnd(), () => {
      const { reason, ...found } = published(scheme as Scheme, event, ref);
      assert.deepEqual(
        found,
        environment === undefined
          ? { publish: false, channel: null, environment: null }
          : { publish: true, channel, environment, hasStack },
      );
      assert.notEqual(reason, "");
      if (environment === undefined) return;
      const accelerator = scheme === "pytorch" ? "T" : undefined;
      assert.equal(refNames(scheme as Scheme, { ref }, accelerator).join(" "), names);
      const records = refNames(scheme as Scheme, { ref, commit: COMMIT }, accelerator).slice(
        names.split(" ").length,
      );
      const record = accelerator === undefined ? COMMIT : `${accelerator}-${COMMIT}`;
      assert.deepEqual(records, ref === "refs/heads/main" ? [record] : []);
    });
  }

  it("from a fork, another owner or another repository does not publish", () => {
    for (const scheme of SCHEMES) {
      for (const stranger of ["someone/pytorch", "pytorch/vision", "pytorch/pytorch2", ""]) {
        for (const run of [
          { repository: HOME, headRepository: stranger },
          { repository: stranger, headRepository: HOME },
          { repository: stranger, headRepository: stranger },
        ]) {
          const { publish, reason } = publication(
            scheme,
            { event: "push", ref: "refs/heads/main", ...run },
            HOME,
          );
          assert.equal(publish, false);
          assert.match(reason, /is not pytorch\/pytorch; forks and other repositories/);
        }
      }
    }
  });

  it("publishes whatever the case of the repository's name, which GitHub does not heed", () => {
    const run = { event: "push", ref: "refs/heads/main" };
    const name = { repository: "PyTorch/pytorch", headRepository: "pytorch/PYTORCH" };
    assert.equal(publication("pytorch", { ...run, ...name }, HOME).publish, true);
  });

  it("with a ref or an event that there is not does not publish", () => {
    for (const [event, ref, reason] of [
      ["push", "main", /is not a ref in full/],
      ["push", "refs/heads/main\nx", /control character/],
      ["pusj", "refs/heads/main", /is no event that starts a workflow \(did you mean "push"\?\)/],
    ] as const) {
      const found = published("pytorch", event, ref);
      assert.equal(found.publish, false);
      assert.match(found.reason, reason);
    }
  });

  it("that does not publish is told what would", () => {
    for (const [scheme, event, ref, reason] of [
      ["pytorch", "pull_request", "refs/pull/1/merge", "pull_request never publishes; push does"],
      [
        "therock",
        "schedule",
        "refs/heads/main",
        "schedule never publishes; push and workflow_dispatch do",
      ],
      [
        "pytorch",
        "push",
        "refs/heads/release-foo",
        "refs/heads/release-foo is none of main, release/ and one more level, tags vX.Y.Z-rcN",
      ],
      [
        "therock",
        "push",
        "refs/heads/foo",
        "push does not publish any other branch; workflow_dispatch does",
      ],
      [
        "therock",
        "workflow_dispatch",
        "refs/tags/v1",
        "refs/tags/v1 is none of main, stage/docker/**, any other branch",
      ],
    ] as const) {
      assert.equal(published(scheme, event, ref).reason, reason);
    }
  });
});

describe("the rule of refs", () => {
  const event = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("push", "workflow_dispatch") },
    fc.constantFrom("pull_request", "pull_request_target", "schedule", "workflow_run", "create"),
  );
  const run = fc.record({ scheme: fc.constantFrom(...SCHEMES), event, ref: randomRef });

  /** `branch` or `tag`, and the name below it; a pull request's ref is neither. */
  const split = (ref: string) => {
    const [, kind, name = ""] = /^refs\/(heads|tags)\/(.*)$/su.exec(ref) ?? [];
    return { kind: kind === "heads" ? "branch" : kind === "tags" ? "tag" : undefined, name };
  };
  const admits = (scheme: Scheme, environment: "docker-build" | "docker-stage", ref: string) => {
    const { kind, name } = split(ref);
    const patterns = deploymentPolicies([scheme]).get(environment) ?? [];
    return patterns.some((one) => one.kind === kind && fnmatch(one.pattern, name));
  };

  it("publishes only what the policies of its environment admit", () => {
    fc.assert(
      fc.property(run, ({ scheme, event, ref }) => {
        const found = published(scheme, event, ref);
        if (found.publish) assert.ok(admits(scheme, found.environment, ref), ref);
      }),
      { numRuns: 5000 },
    );
  });

  it("is as narrow as the policies, but for tags that fnmatch cannot tell and main in docker-stage", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCHEMES), randomRef, (scheme, ref) => {
        for (const environment of ["docker-build", "docker-stage"] as const) {
          if (!admits(scheme, environment, ref)) continue;
          const publishes = ["push", "workflow_dispatch"].some(
            (event) => published(scheme, event, ref).environment === environment,
          );
          if (publishes) continue;
          if (environment === "docker-stage") assert.equal(ref, "refs/heads/main");
          else assert.match(ref, /^refs\/tags\/v[^/]*-rc[^/]*$/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("publishes exactly the pushes that the workflow's triggers let through", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCHEMES), randomRef, (scheme, ref) => {
        const { kind, name } = split(ref);
        const { branches, tags } = workflowTriggers([scheme]).push;
        const started =
          (kind === "branch" && filterMatch(branches, name)) ||
          (kind === "tag" && filterMatch(tags, name));
        assert.equal(published(scheme, "push", ref).publish, started, ref);
      }),
      { numRuns: 5000 },
    );
  });

  it("publishes by dispatch where workflows have that trigger alone, and by no other event", () => {
    fc.assert(
      fc.property(run, ({ scheme, event, ref }) => {
        if (!published(scheme, event, ref).publish || event === "push") return;
        assert.equal(event, "workflow_dispatch");
        assert.ok(workflowTriggers([scheme]).workflow_dispatch);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives AWS's trust to what publishes in docker-build, and to nothing in docker-stage", () => {
    const repository = {
      owner: "pytorch",
      name: "pytorch",
      ownerId: 21003710,
      repositoryId: 65600975,
      subjectForm: "both",
    } as const;
    /** Whether a job that entered an environment gets the role. */
    const { grants } = declaredRoles(EXAMPLE).find(({ key }) => key === "push")!;
    const trusts = (environment: string) =>
      trustPolicy("arn:aws:iam::1:oidc-provider/x", { repository, grants }).Statement.some(
        ({ Condition }) => {
          const { StringLike, StringEquals } = Condition as Record<string, Record<string, unknown>>;
          assert.equal(StringLike, undefined);
          const subjects = StringEquals?.[`${GITHUB_ISSUER}:sub`] as string[];
          return (
            subjects.includes(`repo:pytorch/pytorch:environment:${environment}`) &&
            subjects.includes(
              `repo:pytorch@21003710/pytorch@65600975:environment:${environment}`,
            ) &&
            StringEquals?.[`${GITHUB_ISSUER}:environment`] === environment
          );
        },
      );
    fc.assert(
      fc.property(run, ({ scheme, event, ref }) => {
        const { environment } = published(scheme, event, ref);
        if (environment === null) return;
        assert.equal(trusts(environment), environment === "docker-build");
      }),
      { numRuns: 2000 },
    );
  });

  it("gives every ref that publishes a name, and no name to a ref that never does", () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    fc.assert(
      fc.property(fc.constantFrom(...SCHEMES), randomRef, (scheme, ref) => {
        const accelerator = scheme === "pytorch" ? "cpu" : undefined;
        const names = refNames(scheme, { ref, commit }, accelerator);
        const publishes = ["push", "workflow_dispatch"].some(
          (event) => published(scheme, event, ref).publish,
        );
        assert.equal(names.length > 0, publishes, ref);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives a branch the channel of its own name, and a release candidate that of its line", () => {
    fc.assert(
      fc.property(run, ({ scheme, event, ref }) => {
        const found = published(scheme, event, ref);
        if (!found.publish) return;
        const { kind, name } = split(ref);
        const line = /^v(\d+\.\d+)\./.exec(name)?.[1];
        assert.equal(found.channel, kind === "branch" ? name : `release/${line}`);
        // A stack's channel is written by whoever may push to a branch behind rulesets.
        assert.equal(found.hasStack, kind === "branch" && found.environment === "docker-build");
      }),
      { numRuns: 2000 },
    );
  });
});
