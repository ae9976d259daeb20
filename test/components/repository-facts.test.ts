import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { repositoryFacts } from "../../components/repository-facts.ts";
import { runInEngine } from "../support/engine.ts";

const args = {
  repository: "pytorch/pytorch",
  environments: ["docker-build"],
  api: { baseUrl: "https://api.github.com/", token: "token" },
};
const facts = {
  subject: { immutable: true, customised: null, prefix: "repo:pytorch@1/pytorch@2" },
  numbers: { ownerId: 1, repositoryId: 2 },
  keys: { "docker-build": "7" },
  secrets: { "docker-build": ["TOKEN"] },
};
const functions = { "slipway:index:getRepositoryFacts": () => facts };

describe("what GitHub says of a repository", () => {
  it("is asked before anything is declared", async () => {
    const run = await runInEngine(() => repositoryFacts(args), { functions });
    assert.deepEqual(run.result, facts);
    assert.deepEqual(run.calls[0]?.arguments, args);
  });

  it("is unknown in a plan, and while the token is", async () => {
    const plan = await runInEngine(() => repositoryFacts(args), { functions, preview: true });
    assert.equal(plan.result, undefined);
    // The SDK types its sentinel as itself, and it stands for a value of any type.
    const unknown = pulumi.output(pulumi.unknown as unknown as string);
    const api = { ...args.api, token: unknown };
    const run = await runInEngine(() => repositoryFacts({ ...args, api }), {
      functions,
      preview: true,
    });
    assert.equal(run.result, undefined);
    assert.deepEqual(run.calls, []);
  });
});
