import assert from "node:assert/strict";
import { type Properties, UNKNOWN } from "../../policy/policy.ts";
import { holdsSecretText } from "../../rules/secret-text.ts";
import { TYPES } from "../../policy/types.ts";
import { assertFires, assertOpen, assertSilent, resource } from "./support/judged.ts";

describe("policies on secrets", () => {
  it("know a secret by its form, or by its name and a value that is no address, path or word", () => {
    for (const [name, value] of [
      ["HARMLESS", `ghs_${"a1".repeat(18)}`],
      ["HARMLESS", `user:github_pat_${"a1_".repeat(10)}`],
      ["HARMLESS", "AKIAIOSFODNN7EXAMPLE"],
      ["HARMLESS", "-----BEGIN OPENSSH PRIVATE KEY-----"],
      ["DOCKER_TOKEN", "9f8a7b6c5d"],
      ["password", "Tr0ub4dor&3"],
    ] as const) {
      assert.ok(holdsSecretText(name, value), `${name} ${value}`);
    }
    for (const [name, value] of [
      ["SLIPWAY_READ_ROLE_ARN", "arn:aws:iam::308535385114:role/slipway/read"],
      ["SIGNING_KEY", "arn:aws:kms:us-east-1:308535385114:key/1234abcd"],
      ["TOKEN_URL", "9f8a7b6c5d"],
      ["APP_KEY", "https://example.org/key"],
      ["CACHE_KEY", "nightly-builds"],
      ["API_TOKEN", "12345678"],
      ["API_TOKEN", "none"],
      ["DIGEST", `sha256:${"a1".repeat(32)}`],
    ] as const) {
      assert.ok(!holdsSecretText(name, value), `${name} ${value}`);
    }
  });

  it("do not judge a variable whose name or value is not known", () => {
    const variable = (properties: Properties) => resource(TYPES.variable, properties);
    const name = "variable-holds-no-secret";
    assertSilent(name, variable({ variableName: "REGION", value: "us-east-1" }));
    assertOpen(
      name,
      "value is not known yet",
      variable({ variableName: "REGION", value: UNKNOWN }),
    );
    assertOpen(
      name,
      "variableName is not known yet",
      variable({ variableName: UNKNOWN, value: "x" }),
    );
  });

  it("ask for secret inputs to be marked, as far as the engine tells", () => {
    const name = "secret-inputs-are-marked";
    const of = (secrets: readonly string[] | undefined) =>
      resource(
        TYPES.environmentSecret,
        { value: "v" },
        { secrets: secrets === undefined ? undefined : new Set(secrets) },
      );
    assertSilent(name, of(["value"]));
    assertFires(name, "value is given in clear", of([]));
    assertOpen(name, "the engine does not tell whether value is a secret", of(undefined));
    assertSilent(name, resource(TYPES.environmentSecret, { sealed: { keyId: "1", value: "x" } }));
  });

  it("take a stock secret that is sealed before it is given", () => {
    const name = "secret-value-is-not-in-the-state";
    assertSilent(name, resource(TYPES.stockEnvironmentSecret, { valueEncrypted: "c2VhbGVk" }));
    assertFires(name, /^plaintextValue/, resource(TYPES.stockSecret, { plaintextValue: "v" }));
    assertOpen(name, "value is not known yet", resource(TYPES.stockSecret, { value: UNKNOWN }));
  });

  it("see a double of a secret whatever its letters, and leave other names alone", () => {
    const name = "secret-is-in-its-environment-alone";
    const placed = resource(TYPES.environmentSecret, { environment: "e", name: "TOKEN" });
    const double = (secretName: string) => resource(TYPES.stockSecret, { secretName });
    assertFires(name, "token is a secret of environment e, too", placed, double("token"));
    assertSilent(name, placed, double("OTHER"));
    assertSilent(name, double("TOKEN"));
    const open = resource(TYPES.environmentSecret, { environment: "e", name: UNKNOWN });
    assertOpen(name, "the name of a secret is not known yet", open, double("TOKEN"));
  });
});
