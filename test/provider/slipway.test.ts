import assert from "node:assert/strict";
import { seal } from "../../github/seal.ts";
import { idOf } from "../../local/github/identifiers.ts";
import { slipwayProvider } from "../../provider/slipway.ts";
import type { RepositoryFacts } from "../../rules/preflight.ts";
import { REPO } from "../local/github/test-emulator.ts";
import { useStage } from "./support/github-stage.ts";

describe("Slipway's provider", () => {
  const provider = slipwayProvider();
  const urn = "urn:pulumi:s::p::slipway:index:Ship::x";

  it("has a schema for each type and function, and refuses others by name", async () => {
    const { resources, functions } = JSON.parse(provider.schema) as Record<string, object>;
    const types = Object.keys(resources!);
    for (const type of types) {
      const { inputs } = (await provider.check(`urn:pulumi:s::p::${type}::x`, {}, {})) as {
        inputs?: object;
      };
      assert.ok(inputs, type);
    }
    await assert.rejects(provider.create(urn, {}), {
      name: "UserError",
      message: /^slipway:index:Ship: Slipway's provider has no such resource type; it has /,
    });
    await assert.rejects(provider.create(urn, {}), (error: Error) =>
      types.every((type) => error.message.includes(type)),
    );
    assert.deepEqual(Object.keys(functions!), ["slipway:index:getRepositoryFacts"]);
    await assert.rejects(provider.invoke("slipway:index:getShip", {}), {
      name: "UserError",
      message: "slipway:index:getShip: Slipway's provider has no such function",
    });
  });

  it("imports nothing on GitHub", async () => {
    for (const type of ["GithubEnvironment", "EnvironmentSecret"]) {
      await assert.rejects(provider.read("x", `urn:pulumi:s::p::slipway:index:${type}::x`, {}), {
        name: "UserError",
        message: /cannot be imported: declare it and run up/,
      });
    }
  });
});

describe("the function getRepositoryFacts", () => {
  const stage = useStage();
  const ask = async (more: object = {}) =>
    (
      await slipwayProvider().invoke("slipway:index:getRepositoryFacts", {
        repository: "pytorch/pytorch",
        environments: ["there", "not/there"],
        api: stage.api,
        ...more,
      })
    ).outputs as RepositoryFacts;

  it("tells how GitHub writes subjects, its numbers, and the keys and secrets of environments that are there", async () => {
    const there = { ...REPO, environment_name: "there" };
    await stage.hand.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", there);
    const { data } = await stage.hand.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
      there,
    );
    await stage.hand.request(
      "PUT /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
      {
        ...there,
        secret_name: "TOKEN",
        key_id: data.key_id,
        encrypted_value: await seal("marker", data.key),
      },
    );
    const { subject, keys, secrets, numbers } = await ask();
    assert.deepEqual(keys, { there: data.key_id });
    assert.deepEqual(secrets, { there: ["TOKEN"] });
    assert.deepEqual(numbers, {
      ownerId: idOf("account", "pytorch"),
      repositoryId: idOf("repository", "pytorch/pytorch"),
    });
    assert.partialDeepStrictEqual(subject, { customised: null });
    await stage.hand.request("PUT /repos/{owner}/{repo}/actions/oidc/customization/sub", {
      ...REPO,
      use_default: false,
      include_claim_keys: ["repo", "actor"],
    });
    assert.partialDeepStrictEqual((await ask()).subject, { customised: ["repo", "actor"] });
  });

  it("takes a server that does not know the question for one that writes names", async () => {
    stage.fault = ({ path }) => (path.includes("/oidc/") ? { status: 404 } : undefined);
    assert.deepEqual((await ask()).subject, { immutable: false, customised: null, prefix: null });
  });

  it("takes no answer for one that it cannot read", async () => {
    stage.fault = ({ path }) =>
      path.includes("/oidc/") ? { status: 200, body: { message: "welcome" } } : undefined;
    await assert.rejects(ask(), { name: "UserError", message: /says nothing of use_default/ });
  });

  it("says what is wrong with the repository, the token and the arguments", async () => {
    await assert.rejects(ask({ repository: "pytorch/other" }), {
      name: "UserError",
      message: /shows no repository pytorch\/other to this token/,
    });
    await assert.rejects(ask({ api: { ...stage.api, token: "wrong" } }), {
      name: "UserError",
      message: /does not accept the token/,
    });
    await assert.rejects(ask({ repository: "pytorch", environments: "all" }), {
      name: "UserError",
      message: /arguments: 2 problems/,
    });
  });
});
