import { UNKNOWN } from "../../policy/policy.ts";
import { TYPES } from "../../policy/types.ts";
import { assertFires, assertOpen, assertSilent, judgedBy, resource } from "./support/judged.ts";
import assert from "node:assert/strict";
import { githubProviderArn } from "../../rules/role-names.ts";
import { trustPolicy } from "../../rules/trust-policy.ts";

const PROVIDER = githubProviderArn("308535385114", "us-east-1");
const trust = trustPolicy(PROVIDER, {
  repository: { owner: "pytorch", name: "pytorch", subjectForm: "name" },
  grants: [{ environment: "docker-build" }],
});
const role = (assumeRolePolicy: string) => resource(TYPES.role, { assumeRolePolicy });

describe("policies on trust", () => {
  it("read a document that is given as a text, and one that is given as it is", () => {
    assertSilent("trust-has-no-hole", role(JSON.stringify(trust)));
    const given = JSON.parse(JSON.stringify(trust)) as Record<string, string>;
    assertSilent("trust-has-no-hole", resource(TYPES.role, { assumeRolePolicy: given }));
  });

  it("refuse a role whose trust is missing, no JSON or no policy", () => {
    assertFires("trust-has-no-hole", "assumeRolePolicy is missing", resource(TYPES.role, {}));
    assertFires("trust-has-no-hole", "assumeRolePolicy is no JSON", role("{"));
    assertFires("trust-has-no-hole", /Statement.*missing/, role("{}"));
  });

  it("do not judge a trust that is not known", () => {
    const why = "assumeRolePolicy is not known yet";
    const open = resource(TYPES.role, { assumeRolePolicy: UNKNOWN });
    assertOpen("trust-has-no-hole", why, open);
    const environment = resource(TYPES.environment, { repository: "pytorch/pytorch" });
    assertOpen("trust-is-in-the-stacks-repository", why, environment, open);
  });

  it("say each hole of a trust", () => {
    const text = JSON.stringify(trust)
      .replace("StringEquals", "ForAllValues:StringEquals")
      .replace("docker-build", "*");
    const { violations } = judgedBy("trust-has-no-hole", role(text));
    assert.ok(violations.length > 1);
  });

  it("compare with the repository of the stack's environments only where there is one", () => {
    const other = resource(TYPES.environment, { repository: "ROCm/TheRock" });
    const name = "trust-is-in-the-stacks-repository";
    assertSilent(name, role(JSON.stringify(trust)));
    assertFires(
      name,
      /pytorch\/pytorch is not a repository that is meant; the stack's is ROCm\/TheRock/,
      other,
      role(JSON.stringify(trust)),
    );
    const unknown = resource(TYPES.environment, { repository: UNKNOWN });
    assertOpen(name, "repository is not known yet", unknown, role(JSON.stringify(trust)));
  });

  it("let an OIDC provider be for AWS, without thumbprints", () => {
    const good = resource(TYPES.oidcProvider, { clientIdLists: ["sts.amazonaws.com"] });
    assertSilent("oidc-provider-is-for-aws-alone", good);
    assertSilent("oidc-provider-has-no-thumbprint", good);
    const bad = resource(TYPES.oidcProvider, { thumbprintLists: ["f".repeat(40)] });
    assertFires("oidc-provider-has-no-thumbprint", "names thumbprints", bad);
  });
});
