import assert from "node:assert/strict";
import fc from "fast-check";
import type { DeclaredSecret } from "../../rules/declared-secrets.ts";
import type { SecretFinding } from "../../rules/secret-findings.ts";
import {
  type FoundItem,
  type FoundPlace,
  type FoundSecrets,
  type Inventory,
  type InventoryArgs,
  secretInventory,
} from "../../rules/secret-inventory.ts";
import type { SecretUse, SecretUses } from "../../rules/secret-uses.ts";

const TODAY = "2026-11-21";
const ENVIRONMENTS = ["docker-build", "docker-deploy"];
const SEALED = { keyId: "1", value: "c2VhbGVk", sealedOn: "2026-11-01" };

function secret(change: Partial<DeclaredSecret> = {}): DeclaredSecret {
  return {
    environment: "docker-build",
    name: "TOKEN",
    owner: "ci-infra",
    purpose: "Pushes to docker.io.",
    users: ["build.yml"],
    expires: "never",
    source: { config: "token" },
    ...change,
  };
}

function item(name: string, updatedAt = "2026-11-11T23:59:59Z"): FoundItem {
  return { name, updatedAt };
}

function place(secrets: readonly string[] = [], variables: readonly string[] = []): FoundPlace {
  return {
    secrets: secrets.map((name) => item(name)),
    variables: variables.map((name) => item(name)),
  };
}

function inventory(change: Partial<InventoryArgs> = {}): Inventory {
  return secretInventory({
    stack: "main",
    environments: ENVIRONMENTS,
    secrets: [secret()],
    sealed: {},
    clear: [],
    variables: {},
    today: TODAY,
    ...change,
  });
}

/** GitHub with one environment. */
function found(build: FoundPlace, repository: FoundPlace = place()): FoundSecrets {
  return { environments: { "docker-build": { ...build, keyId: "1" } }, repository };
}

function use(change: Partial<SecretUse> = {}): SecretUse {
  const there = { file: "build.yml", job: "build", name: "TOKEN", handed: false };
  return { ...there, environments: ["docker-build"], ...change };
}

function uses(...list: readonly SecretUse[]): SecretUses {
  return { uses: list, inherits: [], inActions: [], unreadable: [] };
}

function kinds({ findings }: Inventory): readonly SecretFinding["kind"][] {
  return findings.map(({ kind }) => kind);
}

describe("the inventory of secrets", () => {
  describe("of a secret that GitHub holds", () => {
    it("tells its age in whole days and finds nothing wrong", () => {
      const { secrets, findings } = inventory({ found: found(place(["TOKEN"])) });
      assert.deepEqual(findings, []);
      assert.partialDeepStrictEqual(secrets, [{ state: "there", ageDays: 10, daysLeft: null }]);
    });

    it("tells no age below none where GitHub's clock is ahead", () => {
      const ahead = { secrets: [item("TOKEN", "2026-11-22T00:00:01Z")], variables: [] };
      assert.equal(inventory({ found: found(ahead) }).secrets[0]?.ageDays, 0);
    });
  });

  describe("of a secret that is not there", () => {
    it("is a fault that up mends", () => {
      const { findings, secrets } = inventory({ found: found(place()) });
      assert.equal(secrets[0]?.state, "missing");
      assert.deepEqual(findings, [
        {
          ...{ kind: "missing", severity: "fault", subject: "docker-build/TOKEN" },
          ...{ message: "not on GitHub", remedy: "slipway up --stack main" },
        },
      ]);
    });

    it("says so where the whole environment is gone", () => {
      const { findings } = inventory({ found: { environments: {}, repository: place() } });
      assert.equal(findings[0]?.message, "environment docker-build is not on GitHub");
    });

    it("is no finding where GitHub was not asked", () => {
      const { findings, secrets } = inventory();
      assert.deepEqual(findings, []);
      assert.equal(secrets[0]?.state, "unknown");
    });

    it("is a fault without GitHub when it is sealed and its value is not there", () => {
      const { findings } = inventory({ secrets: [secret({ source: "sealed" })] });
      assert.deepEqual(
        findings.map(({ severity, remedy }) => [severity, remedy]),
        [["fault", "slipway secrets set TOKEN --environment docker-build --stack main"]],
      );
    });
  });

  describe("of a secret that is in clear in the stack's file", () => {
    it("is a fault, of what it is declared for where it is declared", () => {
      const { findings } = inventory({ clear: ["token", "githubToken"] });
      assert.deepEqual(
        findings.map(({ kind, severity, subject }) => [kind, severity, subject]),
        [
          ["in-clear", "fault", "docker-build/TOKEN"],
          ["in-clear", "fault", "slipway:githubToken"],
        ],
      );
      assert.match(
        findings[0]?.remedy ?? "",
        /^renew it .*: pulumi config set --secret slipway:token --stack main$/,
      );
    });
  });

  describe("of a sealed secret", () => {
    const sealed = { "docker-build": { TOKEN: SEALED } };
    const args = { secrets: [secret({ source: "sealed" })], sealed };

    it("finds nothing wrong while its key is the environment's", () => {
      const fine = inventory({ ...args, found: found(place(["TOKEN"])) });
      assert.deepEqual(fine.findings, []);
      assert.equal(fine.secrets[0]?.sealedOn, "2026-11-01");
    });

    it("names a key that the environment no longer has", () => {
      const other = { "docker-build": { TOKEN: { ...SEALED, keyId: "2" } } };
      const old = inventory({ ...args, sealed: other, found: found(place(["TOKEN"])) });
      assert.deepEqual(kinds(old), ["other-key"]);
      assert.equal(old.findings[0]?.severity, "fault");
    });

    it("is sealed anew where its environment is gone, and so is the key", () => {
      const { findings } = inventory({ ...args, found: { environments: {}, repository: place() } });
      const [gone] = findings.filter(({ kind }) => kind === "missing");
      assert.match(gone?.remedy ?? "", /^slipway secrets set TOKEN --environment docker-build /);
    });

    it("names a value that was sealed after GitHub's was written", () => {
      const later = { "docker-build": { TOKEN: { ...SEALED, sealedOn: "2026-11-12" } } };
      const old = inventory({ ...args, sealed: later, found: found(place(["TOKEN"])) });
      assert.deepEqual(kinds(old), ["not-applied"]);
    });
  });

  describe("of a secret that ends", () => {
    const on = (expires: string) => inventory({ secrets: [secret({ expires })] });

    it("is a warning from two weeks before, and a fault from the day after", () => {
      for (const [expires, daysLeft, expected] of [
        ["2026-12-06", 15, []],
        ["2026-12-05", 14, ["expires-soon"]],
        ["2026-11-21", 0, ["expires-soon"]],
        ["2026-11-20", -1, ["expired"]],
      ] as const) {
        assert.deepEqual(kinds(on(expires)), expected, expires);
        assert.equal(on(expires).secrets[0]?.daysLeft, daysLeft);
      }
      assert.equal(on("2026-11-20").findings[0]?.severity, "fault");
      assert.equal(on("2026-11-21").findings[0]?.severity, "warning");
    });

    it("names who renews it and where the new value goes, by its source", () => {
      const remedies = ([{ config: "token" }, { variable: "TOKEN" }, "sealed"] as const).map(
        (source) => {
          const sealed = { "docker-build": { TOKEN: SEALED } };
          const expired = secret({ source, expires: "2026-11-20" });
          return inventory({ secrets: [expired], sealed }).findings[0]?.remedy ?? "";
        },
      );
      assert.ok(remedies.every((remedy) => remedy.startsWith("ci-infra renews it")));
      assert.match(remedies[0]!, /: pulumi config set --secret slipway:token --stack main$/);
      assert.match(remedies[1]!, /: slipway up --stack main with the new value in TOKEN$/);
      assert.match(
        remedies[2]!,
        /: slipway secrets set TOKEN --environment docker-build --stack main$/,
      );
    });

    it("never works again once it is over", () => {
      const day = fc
        .date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10));
      fc.assert(
        fc.property(day, day, day, (expires, one, other) => {
          const [earlier, later] = one < other ? [one, other] : [other, one];
          const at = (today: string) => inventory({ secrets: [secret({ expires })], today });
          assert.equal(kinds(at(earlier)).includes("expired"), earlier > expires);
          if (kinds(at(earlier)).includes("expired")) {
            assert.ok(kinds(at(later)).includes("expired"));
          }
        }),
      );
    });
  });

  describe("of what nobody declared", () => {
    it("names secrets and variables in the stack's environments", () => {
      const build = place(["TOKEN", "OLD"], ["SLIPWAY_FAMILIES", "TOKEN"]);
      const variables = { "docker-build": ["SLIPWAY_FAMILIES"] };
      const { strays, findings } = inventory({ found: found(build), variables });
      assert.deepEqual(
        strays.map(({ kind, environment, name }) => [kind, environment, name]),
        [
          ["secret", "docker-build", "OLD"],
          ["variable", "docker-build", "TOKEN"],
        ],
      );
      assert.deepEqual(
        findings.map(({ kind, severity }) => [kind, severity]),
        [
          ["stray", "warning"],
          ["stray", "warning"],
        ],
      );
    });

    it("counts a variable that belongs to another environment", () => {
      const variables = { "docker-deploy": ["SLIPWAY_DEPLOY_ROLE_ARN"] };
      const build = place(["TOKEN"], ["SLIPWAY_DEPLOY_ROLE_ARN"]);
      assert.equal(inventory({ found: found(build), variables }).strays.length, 1);
    });

    it("counts of the repository's own only the doubles of environment secrets", () => {
      const repository = place(["TOKEN", "SLACK"], ["TOKEN", "SLIPWAY_AWS_REGION"]);
      const { strays, findings } = inventory({ found: found(place(["TOKEN"]), repository) });
      assert.deepEqual(
        strays.map(({ kind, environment, name }) => [kind, environment, name]),
        [
          ["secret", null, "TOKEN"],
          ["variable", null, "TOKEN"],
        ],
      );
      assert.deepEqual(
        findings.map(({ kind, subject }) => [kind, subject]),
        [
          ["double", "repository/TOKEN"],
          ["double", "repository/TOKEN"],
        ],
      );
    });
  });

  describe("of uses", () => {
    const of = (...list: readonly SecretUse[]) => inventory({ uses: uses(...list) });

    it("finds nothing wrong with a declared user that reads it in its environment", () => {
      const fine = of(use());
      assert.deepEqual(fine.findings, []);
      assert.deepEqual(fine.secrets[0]?.usedBy, ["build.yml"]);
    });

    it("takes a job whose environment only GitHub knows for one that may read it", () => {
      assert.deepEqual(kinds(of(use({ environments: null }))), []);
      assert.deepEqual(kinds(of(use({ environments: ["", "Docker-Build"] }))), []);
    });

    it("names a secret that nothing reads once, and no user of it besides", () => {
      assert.deepEqual(kinds(of()), ["unused"]);
    });

    it("names users that do not read it, and readers that are no users", () => {
      const { findings } = of(use({ file: "other.yml" }));
      assert.deepEqual(
        findings.map(({ kind, message }) => [kind, message.split(": ")[1]]),
        [
          ["user-without-use", "build.yml"],
          ["use-not-declared", "other.yml"],
        ],
      );
    });

    it("names a job that reads it outside of its environment, where it is empty", () => {
      const outside = of(use(), use({ job: "test", environments: [] }));
      assert.deepEqual(kinds(outside), ["outside-environment"]);
      assert.match(outside.findings[0]!.message, /^job test reads secrets\.TOKEN outside/);
      assert.deepEqual(kinds(of(use(), use({ environments: ["docker-deploy"] }))), [
        "outside-environment",
      ]);
    });

    it("says a matter once, however often a job reads it", () => {
      assert.equal(
        of(use(), ...Array<SecretUse>(3).fill(use({ environments: [] }))).findings.length,
        1,
      );
    });

    it("names a job of the stack's environments that reads what they do not declare", () => {
      const slack = of(use(), use({ name: "SLACK" }));
      assert.deepEqual(kinds(slack), ["secret-not-declared"]);
      for (const change of [
        { name: "GITHUB_TOKEN" },
        { name: "SLACK", environments: [] },
        { name: "SLACK", environments: ["elsewhere"] },
        { name: "SLACK", handed: true },
      ]) {
        assert.deepEqual(kinds(of(use(), use(change))), [], JSON.stringify(change));
      }
    });

    it("lets the project's own workflows read for every stack what one of them needs", () => {
      const name = "PULUMI_ACCESS_TOKEN";
      for (const file of ["up.yml", "drift.yml"]) {
        assert.deepEqual(kinds(of(use(), use({ file, name }))), []);
      }
      assert.deepEqual(kinds(of(use(), use({ name }))), ["secret-not-declared"]);
      assert.deepEqual(kinds(of(use(), use({ file: "up.yml", name: "SLACK" }))), [
        "secret-not-declared",
      ]);
    });

    it("names jobs that read or hand on every secret, and actions that read any", () => {
      const { findings } = inventory({
        uses: {
          uses: [use(), use({ name: null })],
          inherits: [{ file: "a.yml", job: "call", to: "./b.yml" }],
          inActions: [{ file: "action.yml", name: "TOKEN" }],
          unreadable: [{ file: "c.yml", message: "line 1: bad" }],
        },
      });
      assert.deepEqual(
        findings.map(({ kind, subject }) => [kind, subject]),
        [
          ["all-secrets", "build.yml"],
          ["inherit", "a.yml"],
          ["in-action", "action.yml"],
          ["unreadable", "c.yml"],
        ],
      );
    });

    it("says nothing of uses where there are no workflows to read", () => {
      assert.equal(inventory().secrets[0]?.usedBy, null);
    });
  });

  describe("for whatever is declared and found", () => {
    const name = fc.constantFrom("TOKEN", "DOCKER_ID", "KEY", "PASSWORD");
    const names = fc.uniqueArray(name);
    const environment = fc.constantFrom(...ENVIRONMENTS);
    const declared = fc.uniqueArray(
      fc.record({
        environment,
        name,
        expires: fc.constantFrom("never", "2026-11-20", "2026-11-25"),
      }),
      { selector: (one) => `${one.environment}/${one.name}` },
    );
    const places = fc.tuple(names, names).map(([secrets, variables]) => place(secrets, variables));
    const github = fc.record({
      environments: fc.dictionary(
        environment,
        places.map((one) => ({ ...one, keyId: "1" })),
      ),
      repository: places,
    });
    const args = fc
      .tuple(declared, github, fc.dictionary(environment, names))
      .map(([secrets, held, variables]) => ({
        secrets: secrets.map((change) => secret(change)),
        found: held,
        variables,
      }));

    it("has a row for each declared secret, in their order", () => {
      fc.assert(
        fc.property(args, (given) => {
          const rows = inventory(given).secrets;
          assert.deepEqual(
            rows.map((row) => [row.environment, row.name]),
            given.secrets.map((one) => [one.environment, one.name]),
          );
        }),
      );
    });

    it("takes each secret of an environment for declared or stray, and for one of them only", () => {
      fc.assert(
        fc.property(args, (given) => {
          const { secrets, strays } = inventory(given);
          for (const [where, held] of Object.entries(given.found.environments)) {
            for (const one of held.secrets) {
              const is = (row: { environment: string | null; name: string }) =>
                row.environment === where && row.name === one.name;
              const row = secrets.filter((each) => is(each) && each.state === "there");
              const stray = strays.filter((each) => is(each) && each.kind === "secret");
              assert.equal(row.length + stray.length, 1, `${where}/${one.name}`);
            }
          }
        }),
      );
    });

    it("has a fault exactly where a secret is expired or missing", () => {
      fc.assert(
        fc.property(args, (given) => {
          const { secrets, findings } = inventory(given);
          const bad = secrets.flatMap(({ environment: where, name: own, state, daysLeft }) => [
            ...(daysLeft !== null && daysLeft < 0 ? [`${where}/${own} expired`] : []),
            ...(state === "missing" ? [`${where}/${own} missing`] : []),
          ]);
          const faults = findings.filter(({ severity }) => severity === "fault");
          assert.deepEqual(
            faults.map(({ subject, kind }) => `${subject} ${kind}`),
            bad,
          );
        }),
      );
    });

    it("has no stray left once those that it names are gone, and takes nothing declared for one", () => {
      fc.assert(
        fc.property(args, (given) => {
          const { strays, secrets } = inventory(given);
          const left = (where: string | null, held: FoundPlace): FoundPlace => {
            const gone = (kind: string, { name: own }: FoundItem) =>
              strays.some(
                (one) => one.kind === kind && one.environment === where && one.name === own,
              );
            return {
              secrets: held.secrets.filter((one) => !gone("secret", one)),
              variables: held.variables.filter((one) => !gone("variable", one)),
            };
          };
          const after = inventory({
            ...given,
            found: {
              repository: left(null, given.found.repository),
              environments: Object.fromEntries(
                Object.entries(given.found.environments).map(([where, held]) => [
                  where,
                  { ...left(where, held), keyId: held.keyId },
                ]),
              ),
            },
          });
          assert.deepEqual(after.strays, []);
          assert.deepEqual(after.secrets, secrets);
        }),
      );
    });
  });
});
