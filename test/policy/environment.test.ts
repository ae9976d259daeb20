import { type Properties, UNKNOWN } from "../../policy/policy.ts";
import { TYPES } from "../../policy/types.ts";
import { assertFires, assertOpen, assertSilent, resource } from "./support/judged.ts";

const own = (properties: Properties) => resource(TYPES.environment, properties);
const stock = (properties: Properties) => resource(TYPES.stockEnvironment, properties);
const CUSTOM = { customBranchPolicies: true, protectedBranches: false };

describe("policies on environments", () => {
  it("ask for deployment policies in both kinds of environment", () => {
    const name = "environment-has-a-policy";
    assertSilent(name, own({ policies: [{ kind: "branch", pattern: "main" }] }));
    assertFires(name, "has no deployment policy", own({}));
    assertOpen(name, "policies is not known yet", own({ policies: UNKNOWN }));
    assertSilent(name, stock({ deploymentBranchPolicy: CUSTOM }));
    const none = { customBranchPolicies: false, protectedBranches: false };
    assertFires(name, "has no deployment policy", stock({ deploymentBranchPolicy: none }));
    assertOpen(
      name,
      "deploymentBranchPolicy is not known yet",
      stock({ deploymentBranchPolicy: UNKNOWN }),
    );
  });

  it("ask for administrators to be bound where the default is that they are not", () => {
    const name = "environment-binds-administrators";
    assertSilent(name, own({}));
    assertFires(name, /^administrators enter it/, own({ canAdminsBypass: true }));
    assertSilent(name, stock({ canAdminsBypass: false }));
    assertFires(name, /^administrators enter it/, stock({}));
    assertOpen(name, "canAdminsBypass is not known yet", stock({ canAdminsBypass: UNKNOWN }));
  });

  it("ask for reviewers where stacks are applied", () => {
    const name = "deploy-environment-has-reviewers";
    const environment = "docker-deploy";
    assertSilent(name, own({ environment, users: ["alice"], teams: [] }));
    assertFires(name, "has no reviewers", own({ environment, users: [], teams: [] }));
    assertOpen(
      name,
      "who reviews is not known yet",
      own({ environment, users: UNKNOWN, teams: [] }),
    );
    assertSilent(name, own({ environment: "docker-stage" }));
    assertSilent(name, stock({ environment, reviewers: [{ teams: [7] }] }));
    assertFires(name, "has no reviewers", stock({ environment }));
  });

  it("let main alone apply the stack", () => {
    const name = "deploy-environment-admits-main-alone";
    const of = (kind: string) =>
      own({ environment: "docker-deploy", policies: [{ kind, pattern: "main" }] });
    assertSilent(name, of("branch"));
    assertFires(name, 'admits "tag" "main"', of("tag"));
    assertOpen(name, "environment is not known yet", own({ environment: UNKNOWN }));
  });

  it("keep secrets out of what any branch may enter, whichever resources declare it", () => {
    const name = "open-environment-holds-no-secret";
    const environment = "open";
    const secret = resource(TYPES.environmentSecret, { environment, name: "TOKEN" });
    const stockSecret = resource(TYPES.stockEnvironmentSecret, { environment, secretName: "KEY" });
    const open = own({ environment, policies: [{ kind: "branch", pattern: "**/*" }] });
    assertSilent(name, open);
    assertFires(name, "open admits any branch and holds TOKEN", open, secret);
    assertSilent(
      name,
      own({ environment, policies: [{ kind: "branch", pattern: "x/*" }] }),
      secret,
    );
    const policy = (branchPattern: string) =>
      resource(TYPES.stockDeploymentPolicy, { environment, branchPattern });
    const custom = stock({ environment, deploymentBranchPolicy: CUSTOM });
    assertFires(name, "open admits any branch and holds KEY", custom, policy("*"), stockSecret);
    assertSilent(name, custom, policy("main"), stockSecret);
    assertFires(name, /holds KEY$/, stock({ environment }), stockSecret);
  });

  it("do not judge what any branch may enter while nobody knows where a secret is", () => {
    const name = "open-environment-holds-no-secret";
    const open = own({ environment: "open", policies: [{ kind: "branch", pattern: "*" }] });
    const secret = resource(TYPES.environmentSecret, { environment: UNKNOWN, name: "TOKEN" });
    assertOpen(name, "the environment of a secret is not known yet", open, secret);
  });
});
