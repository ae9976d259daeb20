import assert from "node:assert/strict";
import { accessFaults } from "../../rules/configuration-access-faults.ts";
import { checkedConfiguration, type ConfiguredFamily } from "../../rules/configuration-faults.ts";
import {
  type Configuration,
  readConfiguration,
  secretKeys,
  SECRET_KEYS,
} from "../../rules/configuration.ts";

const BASE = {
  "slipway:owner": "pytorch",
  "slipway:repository": "pytorch",
  "slipway:families": '["builder"]',
};
const SECRET = {
  owner: "ci-infra",
  purpose: "Pushes to docker.io.",
  users: ["build.yml"],
  expires: "2027-01-31",
  source: { config: "dockerToken" },
};
/** The shortest box that there is: 49 bytes. */
const BOX = `${"A".repeat(66)}==`;
const SEALED = { keyId: "1", value: BOX, sealedOn: "2026-11-21" };

function family(more: Partial<ConfiguredFamily> = {}): ConfiguredFamily {
  return { name: "builder", scheme: "pytorch", registries: ["ghcr.io"], images: [], ...more };
}

/** Values by key without its namespace, as YAML has them. */
function text(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      `slipway:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

function configuration(values: Readonly<Record<string, unknown>>): Configuration {
  const read = readConfiguration({ ...BASE, ...text(values) });
  assert.ok("configuration" in read, JSON.stringify(read));
  return read.configuration;
}

/** `key: message` of what reading finds wrong. */
function unread(values: Readonly<Record<string, unknown>>): readonly string[] {
  const read = readConfiguration({ ...BASE, ...text(values) });
  return "problems" in read ? read.problems.map(({ path, message }) => `${path}: ${message}`) : [];
}

/** The same of what is wrong with values that could be read, in a stack whose deploys somebody reviews. */
function faults(
  values: Readonly<Record<string, unknown>>,
  families: readonly ConfiguredFamily[] = [family()],
): readonly string[] {
  const environments = { "docker-deploy": { users: ["alice"] }, ...(values["environments"] ?? {}) };
  return accessFaults(configuration({ ...values, environments }), families).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

describe("the configuration of environments and secrets", () => {
  it("is nothing where nothing is written", () => {
    const { environments, secrets, sealedSecrets, refCreators, stateBucket, stateKmsKey } =
      configuration({});
    assert.deepEqual(
      [environments, secrets, sealedSecrets, refCreators, stateBucket, stateKmsKey],
      [{}, {}, {}, [], "", ""],
    );
  });

  it("is read with what is left out as nobody, nothing and no wait", () => {
    const { environments } = configuration({ environments: { gpu: { branches: ["main"] } } });
    assert.deepEqual(environments, {
      gpu: {
        users: [],
        teams: [],
        waitTimer: 0,
        preventSelfReview: false,
        branches: ["main"],
        tags: [],
      },
    });
  });

  it("is refused value by value, each with its place and what it must be", () => {
    const secret = { ...SECRET, users: [], expires: "2027-02-30", source: { confg: "x" }, more: 1 };
    assert.deepEqual(
      unread({
        environments: {
          gpu: { users: ["@alice"], teams: ["pytorch/infra"], waitTimer: 43_201, reviewers: [] },
        },
        secrets: { "docker-build": { DOCKER_TOKEN: secret } },
        sealedSecrets: { "docker-build": { KEY: { ...SEALED, keyId: 1, value: "not base64!" } } },
        refCreators: ["Release Engineers"],
        pinRepositories: ["pytorch"],
        readBuckets: ["bucket/*"],
        pullAccounts: [391835788720],
      }),
      [
        'slipway:readBuckets[0]: "bucket/*" is not an S3 bucket, or BUCKET/PREFIX without a slash at its end',
        "slipway:pullAccounts[0]: 391835788720 is not an account of twelve digits, in quotes",
        'slipway:environments.gpu.users[0]: "@alice" is not a GitHub login, without @',
        'slipway:environments.gpu.teams[0]: "pytorch/infra" is not the slug of a team of the repository\'s owner, e.g. release-engineers',
        "slipway:environments.gpu.waitTimer: 43201 is not a whole number of minutes from 0 to 43200",
        "slipway:environments.gpu.reviewers: unknown key; the keys here are users, teams, waitTimer, preventSelfReview, branches, tags",
        "slipway:secrets.docker-build.DOCKER_TOKEN.users: [] is not a list of at least one workflow file: a secret that nothing uses is one too many",
        'slipway:secrets.docker-build.DOCKER_TOKEN.expires: "2027-02-30" is not a day of the calendar in quotes, e.g. "2027-01-31", or never',
        "slipway:secrets.docker-build.DOCKER_TOKEN.source: a map is not { config: KEY }, { variable: ENVIRONMENT VARIABLE } or sealed",
        "slipway:secrets.docker-build.DOCKER_TOKEN.more: unknown key; the keys here are owner, purpose, users, expires, source",
        "slipway:sealedSecrets.docker-build.KEY.keyId: a number is not the id of an environment's key in quotes, which slipway secrets set writes",
        "slipway:sealedSecrets.docker-build.KEY.value: a text is not what slipway secrets set writes; renew a secret that stands here in clear where it was issued, and then set it so",
        'slipway:refCreators[0]: "Release Engineers" is not the slug of a team of the repository\'s owner, e.g. release-engineers',
        'slipway:pinRepositories[0]: "pytorch" is not OWNER/NAME of a repository on GitHub, e.g. ROCm/rocm-systems',
      ],
    );
  });

  it("tells of no value where a secret could stand, whatever was written there", () => {
    const clear = "hunter2-clear-text";
    const secret = { ...SECRET, source: "sealed" };
    for (const values of [
      ...[clear, [clear], { "docker-build": clear }, { "docker-build": { KEY: clear } }].flatMap(
        (value) => [{ sealedSecrets: value }, { secrets: value }],
      ),
      ...[clear, [clear], { more: clear }].map((value) => ({
        sealedSecrets: { "docker-build": { KEY: { ...SEALED, value } } },
      })),
      ...["keyId", "sealedOn", "more"].map((key) => ({
        sealedSecrets: { "docker-build": { KEY: { ...SEALED, [key]: clear } } },
      })),
      ...[clear, [clear], { value: clear }, { variable: [clear] }].map((source) => ({
        secrets: { "docker-build": { KEY: { ...secret, source } } },
      })),
      { secrets: { "docker-build": { KEY: { ...secret, value: clear } } } },
    ]) {
      const found = unread(values);
      assert.ok(found.length > 0, JSON.stringify(values));
      assert.doesNotMatch(found.join("\n"), /hunter2/);
    }
  });

  it("takes for sealed what is as long as a box that holds a byte, and no other base64", () => {
    const at = (value: string) => ({
      sealedSecrets: { "docker-build": { KEY: { ...SEALED, value } } },
    });
    assert.deepEqual(unread(at(BOX)), []);
    for (const value of ["AKIAABCDEFGHIJKLMNOP", "A".repeat(64), "", `${BOX}A`, BOX.slice(0, -1)]) {
      assert.match(
        unread(at(value)).join(),
        /^slipway:sealedSecrets\.docker-build\.KEY\.value: /,
        value,
      );
    }
  });

  it("takes buckets with a prefix, and no pattern, dot folder or slash at an end", () => {
    for (const good of ["state", "state/slipway", "state/a/b-c.d"]) {
      assert.equal(configuration({ stateBucket: good, awsAccountId: "" }).stateBucket, good);
      assert.deepEqual(configuration({ readBuckets: [good] }).readBuckets, [good]);
    }
    for (const bad of ["S", "state/", "/state", "state//a", "state/*", "state/${aws:username}"]) {
      assert.match(unread({ stateBucket: bad }).join(), /stateBucket: .* is not an S3 bucket/, bad);
      assert.match(unread({ readBuckets: [bad] }).join(), /readBuckets\[0\]: /, bad);
    }
  });

  it("takes the client ids of GitHub Apps, old and new, and no number or key of one", () => {
    for (const deployApp of ["Iv23liabcdefghijklmn", "Iv1.8a61f9b3a7aba766", ""]) {
      assert.equal(configuration({ deployApp }).deployApp, deployApp);
    }
    for (const driftApp of ["123456", "-----BEGIN RSA PRIVATE KEY-----", "Iv23li abc", "client"]) {
      assert.match(unread({ driftApp }).join(), /is not the client id of a GitHub App/, driftApp);
    }
  });

  it("takes the ARN of a KMS key, and of no alias", () => {
    const arn = "arn:aws:kms:us-east-1:308535385114:";
    const key = `${arn}key/1234abcd-12ab-34cd-56ef-1234567890ab`;
    assert.equal(configuration({ stateKmsKey: key }).stateKmsKey, key);
    const multi = `${arn}key/mrk-1234abcd12ab34cd56ef1234567890ab`;
    assert.equal(configuration({ stateKmsKey: multi }).stateKmsKey, multi);
    for (const bad of [
      `${arn}alias/state`,
      `${arn}key/*`,
      "1234abcd-12ab-34cd-56ef-1234567890ab",
    ]) {
      assert.match(unread({ stateKmsKey: bad }).join(), /is not the ARN of a KMS key/, bad);
    }
  });

  it("makes a key that a source names one that is known, and a secret one", () => {
    const secrets = { "docker-build": { HOOK: { ...SECRET, source: { config: "webhook" } } } };
    assert.deepEqual(unread({ secrets, webhook: "https://example.com/marker" }), []);
    assert.deepEqual(secretKeys(configuration({ secrets })), [...SECRET_KEYS, "webhook"]);
    assert.deepEqual(unread({ webhook: "https://example.com/marker" }), [
      "slipway:webhook: unknown key",
    ]);
  });
});

describe("faults of environments", () => {
  it("are names that are one to GitHub, none that is taken, or of a scheme that the stack has not", () => {
    const main = { branches: ["main"] };
    assert.deepEqual(
      faults({
        environments: { "Docker-Build": main, "a b": main, "docker-stage": {}, x: main, X: main },
      }),
      [
        "slipway:environments.Docker-Build: the same environment as docker-build to GitHub, whatever the case; keep one",
        "slipway:environments.a b: not a name that is taken here: at most 255 letters, digits, ., _ and -",
        "slipway:environments.docker-stage: no family of this stack publishes in docker-stage; leave it out",
        "slipway:environments.X: the same environment as x to GitHub, whatever the case; keep one",
      ],
    );
  });

  it("are refs of an environment whose refs follow from the rule, and none where they do not", () => {
    assert.deepEqual(
      faults({ environments: { "docker-build": { branches: ["x"], tags: ["y"] }, gpu: {} } }),
      [
        "slipway:environments.docker-build.branches: docker-build admits the refs that follow from the rule; leave it out",
        "slipway:environments.docker-build.tags: docker-build admits the refs that follow from the rule; leave it out",
        "slipway:environments.gpu: admits no ref, so that no job could enter; add e.g. branches: [main]",
      ],
    );
  });

  it("are more reviewers than GitHub takes, one named twice, and a ban of self-review where nobody reviews", () => {
    const users = ["a", "b", "c", "d"];
    assert.deepEqual(
      faults({
        environments: {
          gpu: { branches: ["main"], users: [...users, "A"], teams: ["e", "f"] },
          six: { branches: ["main"], users, teams: ["e", "f"] },
          self: { branches: ["main"], preventSelfReview: true },
        },
      }),
      [
        "slipway:environments.gpu: has 7 reviewers, and GitHub takes 6 users and teams; name a team instead of its members",
        'slipway:environments.gpu.users: "A" is named twice; keep one',
        "slipway:environments.self.preventSelfReview: true, but nobody reviews; name users or teams, or leave it out",
      ],
    );
  });

  it("are deploys that nobody reviews, but not on the local cloud", () => {
    const none = { environments: { "docker-deploy": {} } };
    assert.deepEqual(faults(none), [
      "slipway:environments.docker-deploy: has no reviewers, and its jobs apply the stack, roles and secrets included; name some, e.g. environments.docker-deploy: { teams: [release-engineers] }",
    ]);
    assert.deepEqual(faults({ ...none, local: true }), []);
  });

  it("are candidates that nobody reviews, where they are named apart from deploys", () => {
    const reviewed = { "docker-deploy": { teams: ["release-engineers"] } };
    const none = { environments: { ...reviewed, "docker-candidate": { waitTimer: 5 } } };
    assert.deepEqual(faults(none), [
      "slipway:environments.docker-candidate: has no reviewers, and its jobs push what pull requests built; name some, e.g. environments.docker-candidate: { teams: [release-engineers] }; or write slipway:candidates: false",
    ]);
    assert.deepEqual(faults({ ...none, local: true }), []);
    assert.deepEqual(faults({ ...none, candidates: false }), []);
    assert.deepEqual(faults({ environments: reviewed }), []);
  });
});

describe("faults of secrets", () => {
  it("are environments that the stack has not, and those that any branch may enter", () => {
    const therock = [family({ scheme: "therock" })];
    const secrets = {
      "docker-biuld": { A: SECRET },
      "docker-stage": { B: { ...SECRET, source: "sealed" } },
      any: { C: { ...SECRET, source: { variable: "C" } } },
    };
    const environments = { any: { branches: ["**"] } };
    assert.deepEqual(faults({ environments, secrets }, therock), [
      'slipway:secrets.docker-biuld: no environment of this stack (did you mean "docker-build"?); there are: docker-build, docker-stage, docker-deploy, docker-drift, docker-candidate, docker-pins, any',
      "slipway:secrets.docker-stage: any branch may enter docker-stage, so that whoever may push could read them; declare them in another environment",
      "slipway:secrets.any: any branch may enter any, so that whoever may push could read them; declare them in another environment",
    ]);
  });

  it("are names that GitHub refuses", () => {
    const sealed = { ...SECRET, source: "sealed" };
    assert.deepEqual(faults({ secrets: { "docker-build": { token: sealed, GITHUB_X: sealed } } }), [
      "slipway:secrets.docker-build.token: not a name that GitHub Actions keeps as it is: capital letters, digits and _, no digit first",
      "slipway:secrets.docker-build.GITHUB_X: begins with GITHUB_, which GitHub keeps for itself",
    ]);
  });

  it("are one source for two secrets, and a setting as a source", () => {
    const secrets = {
      "docker-build": { A: SECRET, B: { ...SECRET, source: { config: "owner" } } },
      "docker-deploy": {
        A: SECRET,
        C: { ...SECRET, source: "sealed" },
        D: { ...SECRET, source: "sealed" },
      },
    };
    assert.deepEqual(faults({ secrets }), [
      "slipway:secrets.docker-build.B.source.config: slipway:owner is a setting and no secret; name a key of its own, e.g. dockerToken",
      "slipway:secrets.docker-deploy.A.source: the same as that of docker-build.A; give each secret a source of its own, so that one can be renewed without the other",
    ]);
  });

  it("are sealed values of secrets that are not declared as sealed", () => {
    const values = { "docker-build": { A: SEALED, B: SEALED, C: SEALED } };
    const secrets = { "docker-build": { A: { ...SECRET, source: "sealed" }, B: SECRET } };
    assert.deepEqual(faults({ secrets, sealedSecrets: values }), [
      "slipway:sealedSecrets.docker-build.B: a sealed value, but secret docker-build.B has another source than sealed in slipway:secrets; declare it with source: sealed, or take this out",
      "slipway:sealedSecrets.docker-build.C: a sealed value, but secret docker-build.C is not declared in slipway:secrets; declare it with source: sealed, or take this out",
    ]);
  });

  it("are not those that nobody sealed yet", () => {
    assert.deepEqual(
      faults({ secrets: { "docker-build": { A: { ...SECRET, source: "sealed" } } } }),
      [],
    );
  });

  it("are the login that a family on docker.io lacks", () => {
    const families = [family({ registries: ["ghcr.io", "docker.io"] })];
    const secrets = { "docker-build": { DOCKER_TOKEN: SECRET } };
    assert.deepEqual(faults({ secrets }, families), [
      "slipway:secrets.docker-build.DOCKER_ID: missing, but family builder is on docker.io, which workflows log in to with it; declare it, e.g. with source: { config: dockerId }",
    ]);
  });
});

describe("faults of what else the access side is told", () => {
  it("are a key without a state, and a state where no role could use it", () => {
    const stateKmsKey =
      "arn:aws:kms:us-east-1:308535385114:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    assert.deepEqual(faults({ stateKmsKey }), [
      "slipway:stateBucket: missing beside slipway:stateKmsKey; write the state's bucket",
    ]);
    assert.deepEqual(faults({ stateBucket: "state" }), [
      "slipway:stateBucket: given, but without slipway:awsAccountId there is no role that could use it; leave it out",
    ]);
  });

  it("are one App that both applies and looks for drift", () => {
    const deployApp = "Iv23liabcdefghijklmn";
    assert.deepEqual(faults({ deployApp, driftApp: deployApp }), [
      "slipway:driftApp: the same App as slipway:deployApp, whose key may change environments and secrets; make one that may only read",
    ]);
    assert.deepEqual(faults({ deployApp, driftApp: "Iv23lizyxwvutsrqponm" }), []);
    assert.deepEqual(faults({}), []);
  });

  it("are an App that proposes pins and has another key, too", () => {
    const [deployApp, driftApp] = ["Iv23liabcdefghijklmn", "Iv23lizyxwvutsrqponm"];
    const message = (other: string) =>
      `slipway:pinsApp: the same App as slipway:${other}; make one that may write contents, pull requests and workflows, read checks, and nothing else`;
    assert.deepEqual(faults({ deployApp, driftApp, pinsApp: deployApp }), [message("deployApp")]);
    assert.deepEqual(faults({ deployApp, driftApp, pinsApp: driftApp }), [message("driftApp")]);
    assert.deepEqual(faults({ deployApp, driftApp, pinsApp: "Iv23lipinspinspinspi" }), []);
  });

  it("are a team that makes refs twice", () => {
    assert.deepEqual(faults({ refCreators: ["a", "b", "a"] }), [
      'slipway:refCreators: "a" is named twice; keep one',
    ]);
  });

  it("are the stack's own repository among those whose pins are looked for, and one twice", () => {
    const pinRepositories = [
      "pytorch/vision",
      "PyTorch/pytorch",
      "pytorch/audio",
      "pytorch/Vision",
    ];
    assert.deepEqual(faults({ pinRepositories }), [
      "slipway:pinRepositories[1]: PyTorch/pytorch is the stack's own, which is always looked at; leave it out",
      "slipway:pinRepositories[3]: pytorch/Vision stands at pinRepositories[0] already; keep one",
    ]);
  });

  it("are all of it in the stack of a release line, which owns none", () => {
    const values = {
      owns: "images",
      environments: { gpu: { branches: ["main"] } },
      secrets: { gpu: { A: SECRET } },
      sealedSecrets: { gpu: { A: SEALED } },
      refCreators: ["a"],
      stateBucket: "state",
      stateKmsKey: "arn:aws:kms:us-east-1:308535385114:key/1234abcd-12ab-34cd-56ef-1234567890ab",
      deployApp: "Iv23liabcdefghijklmn",
      driftApp: "Iv23lizyxwvutsrqponm",
      pinsApp: "Iv23lipinspinspinspi",
      candidates: false,
      pinRepositories: ["pytorch/vision"],
    };
    const keys = accessFaults(configuration(values), [family()]).map(({ path }) => path);
    const { owns, ...owned } = values;
    assert.equal(owns, "images");
    assert.deepEqual(
      keys,
      Object.keys(owned).map((key) => `slipway:${key}`),
    );
    assert.deepEqual(accessFaults(configuration({ owns: "images" }), [family()]), []);
  });
});

describe("all faults of a configuration", () => {
  const check = (values: Readonly<Record<string, unknown>>) => {
    const catalog = new Map([["builder", family()]]);
    const setting = { stack: "main", catalog, stacks: [], dryRun: true };
    return checkedConfiguration({ ...BASE, ...text(values) }, setting);
  };
  const paths = (values: Readonly<Record<string, unknown>>) =>
    check(values).problems.map(({ path }) => path.replace("slipway:", ""));

  it("are told at once: values, unknown keys, and keys together that could be read", () => {
    assert.deepEqual(
      paths({
        protect: "sometimes",
        ownr: "pytorch",
        families: ["builder", "bilder"],
        awsRegion: "us-east-1",
        standIns: true,
        secrets: { "docker-build": { token: { ...SECRET, source: "sealed" } } },
        sealedSecrets: { "docker-build": { OTHER: SEALED } },
      }),
      [
        "protect",
        "ownr",
        "families",
        "awsAccountId",
        "standIns",
        "environments.docker-deploy",
        "secrets.docker-build.token",
        "sealedSecrets.docker-build.OTHER",
      ],
    );
  });

  it("are not guessed from keys that could not be read", () => {
    const environments = { "docker-deploy": { users: ["alice"] }, "docker-stage": {} };
    const secrets = { "docker-build": { HOOK: { ...SECRET, source: { config: "webhook" } } } };
    assert.deepEqual(paths({ environments, secrets, families: "builder" }), ["families"]);
    assert.deepEqual(paths({ environments: { x: { waitTimer: -1 } }, secrets }), [
      "environments.x.waitTimer",
    ]);
    const broken = { ...secrets, x: { A: { ...SECRET, expires: "soon" } } };
    assert.deepEqual(
      paths({
        environments: { "docker-deploy": { users: ["alice"] } },
        secrets: broken,
        webhook: "marker",
      }),
      ["secrets.x.A.expires"],
    );
    assert.deepEqual(paths({ owns: "nothing", environments: {}, refCreators: ["a", "a"] }), [
      "owns",
    ]);
  });

  it("leave the keys that hold a secret known", () => {
    const secrets = {
      "docker-build": { HOOK: { ...SECRET, expires: 1, source: { config: "webhook" } } },
    };
    assert.deepEqual(check({ secrets }).secretKeys, [...SECRET_KEYS, "webhook"]);
    assert.deepEqual(
      check({ secrets: { "docker-build": { HOOK: { ...SECRET, source: { variable: "X" } } } } })
        .secretKeys,
      SECRET_KEYS,
    );
  });
});
