/*
 * What does not fit GitHub is told before anything of the stack is touched, in order: each test begins where the one
 * before ended.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Octokit } from "@octokit/core";
import { seal } from "../../../github/seal.ts";
import { readRequestLog } from "../../support/request-log.ts";
import { appliedStack, changed, STACK } from "./support/local-stack.ts";
import { SIGNING_KEY, withSealed } from "./support/sealed-secret.ts";

const repository = { owner: "pytorch", repo: "pytorch" };
const deploy = { ...repository, environment_name: "docker-deploy" };
const all = ["create", "update", "replace", "delete"] as const;
describe("a stack that does not fit GitHub", function () {
  this.timeout(120_000);
  const stack = appliedStack();
  let github: Octokit;

  before(() => {
    const { endpoint, token } = stack().cloud.github;
    github = new Octokit({ baseUrl: endpoint, auth: token });
  });

  const edit = (change: (text: string) => string) =>
    stack().project.edit("Pulumi.local.yaml", change);
  /** Requests that change something on GitHub while something runs. */
  const writesDuring = async (action: () => Promise<unknown>) => {
    const log = () => readRequestLog(join(stack().project.home, "github/requests.jsonl"));
    const before = log().length;
    await action();
    return log()
      .slice(before)
      .filter(({ method }) => method !== "GET");
  };

  it("is warned of a sealed secret that nobody sealed yet, and goes on", async () => {
    await edit((text) => text.replace("  slipway:secrets:\n", SIGNING_KEY));
    const { exitCode, stdout, stderr } = await stack().slipway("up", ...STACK);
    assert.equal(exitCode, 0, stderr);
    assert.match(
      `${stdout}${stderr}`,
      /secret docker-deploy\.SIGNING_KEY has no value yet; seal one: slipway secrets set SIGNING_KEY --environment docker-deploy --stack local/,
    );
  });

  it("writes a sealed value as it is, and leaves it alone from then on", async () => {
    const { data: key } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
      deploy,
    );
    await edit(withSealed(key.key_id, await seal("marker-of-nobody", key.key)));
    assert.deepEqual(changed(await stack().up(), ...all), ["docker-deploy-secret-SIGNING_KEY"]);
    assert.deepEqual(changed(await stack().preview(), ...all), []);
  });

  it("is refused where a secret that GitHub has would be lost, for want of a sealed value", async () => {
    const putBack = await edit((text) => text.replace(/ {2}slipway:sealedSecrets:[^]*$/, ""));
    const writes = await writesDuring(async () => {
      const { exitCode, stderr, stdout } = await stack().slipway("up", ...STACK);
      assert.equal(exitCode, 1);
      assert.match(
        `${stdout}${stderr}`,
        /slipway:secrets\.docker-deploy\.SIGNING_KEY: is on GitHub .* seal one first: slipway secrets set SIGNING_KEY /,
      );
    });
    assert.deepEqual(writes, []);
    await putBack();
  });

  it("is refused where the environment has another key, before anything is written", async () => {
    await github.request("DELETE /repos/{owner}/{repo}/environments/{environment_name}", deploy);
    const writes = await writesDuring(async () => {
      const { exitCode, stderr, stdout } = await stack().slipway("up", ...STACK);
      assert.equal(exitCode, 1);
      assert.match(
        `${stdout}${stderr}`,
        /slipway:sealedSecrets\.docker-deploy\.SIGNING_KEY: sealed for environment docker-deploy, which is not on GitHub, .* slipway secrets set SIGNING_KEY --environment docker-deploy --stack local/,
      );
    });
    assert.deepEqual(writes, []);
  });

  it("is refused where the subject of tokens is customised, before anything is written", async () => {
    await edit((text) =>
      text
        .replace(/ {2}slipway:sealedSecrets:[^]*$/, "")
        .replace(SIGNING_KEY, "  slipway:secrets:\n"),
    );
    await github.request("PUT /repos/{owner}/{repo}/actions/oidc/customization/sub", {
      ...repository,
      use_default: false,
      include_claim_keys: ["repo", "actor"],
    });
    try {
      const writes = await writesDuring(async () => {
        const { exitCode, stderr, stdout } = await stack().slipway("up", ...STACK);
        assert.equal(exitCode, 1);
        assert.match(
          `${stdout}${stderr}`,
          /slipway:subjectForm: pytorch\/pytorch has a template of its own for subjects \(repo, actor\)/,
        );
      });
      assert.deepEqual(writes, []);
    } finally {
      await github.request("PUT /repos/{owner}/{repo}/actions/oidc/customization/sub", {
        ...repository,
        use_default: true,
      });
    }
  });

  it("is refused with a secret in clear in its file, whose value is not shown", async () => {
    const mend = await edit((text) => `${text}  slipway:dockerToken: marker-in-clear\n`);
    try {
      const { exitCode, stderr, stdout } = await stack().slipway("up", ...STACK);
      assert.equal(exitCode, 1);
      assert.match(
        `${stdout}${stderr}`,
        /slipway:dockerToken: in clear in Pulumi\.local\.yaml, .* pulumi config set --secret slipway:dockerToken --stack local/,
      );
      assert.doesNotMatch(`${stdout}${stderr}`, /marker/);
    } finally {
      await mend();
    }
  });

  it("is applied again once it fits", async () => {
    const up = await stack().up();
    assert.deepEqual(up.failures, []);
    assert.deepEqual(changed(await stack().preview(), ...all), []);
  });
});
