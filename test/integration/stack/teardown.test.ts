/* The end of a stack, in order. Image content is retention's to delete: a registry in use may need it. */
import assert from "node:assert/strict";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import {
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { Octokit } from "@octokit/core";
import { assertOrder, ENVIRONMENT, ROLE, RULESET } from "./support/access-order.ts";
import { appliedStack, changed, type Run, STACK } from "./support/local-stack.ts";

describe("destroy", function () {
  this.timeout(120_000);
  const stack = appliedStack();

  it("is refused without --yes, and says how to mean it", async () => {
    const { exitCode, stdout, stderr } = await stack().slipway("destroy", ...STACK);
    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      "error: destroy deletes everything that stack local declares; if that is meant: slipway destroy --stack local --yes",
    );
    assert.doesNotMatch(stdout, /delete /);
    const preview = await stack().preview();
    assert.deepEqual(changed(preview, "create", "update", "replace", "delete"), []);
  });

  it("and up are refused by the embedded engine for a stack that is not of the local cloud", async () => {
    for (const command of [["up"], ["refresh"], ["preview"], ["destroy", "--yes"]]) {
      const args = [...command, "--stack", "main", "--engine", "embedded"];
      const { exitCode, stderr } = await stack().slipway(...args);
      assert.equal(exitCode, 1, args.join(" "));
      assert.match(
        stderr,
        /^error: stack main is not one of the local cloud \(slipway:local is not true\)/,
      );
      assert.match(stderr, /use --engine pulumi/);
      assert.doesNotMatch(stderr, /^\s+at /m);
    }
  });

  it("deletes each declared resource, and the services have none of them left", async () => {
    stack().isApplied = false;
    const { exitCode, stdout } = await stack().slipway("destroy", ...STACK, "--yes", "--json");
    const result = JSON.parse(stdout) as Run;
    assert.deepEqual(result.failures, []);
    assert.equal(exitCode, 0);
    assert.equal(result.changes.delete, stack().first.resources.length);
    assert.equal(changed(result, "delete").length, stack().first.resources.length);
    assertOrder(result.resources, [ROLE, ENVIRONMENT, RULESET]);

    const { aws, github } = stack().cloud;
    const options = {
      endpoint: aws.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
    const { repositories } = await new ECRClient(options).send(new DescribeRepositoriesCommand());
    assert.deepEqual(repositories, []);
    const iam = new IAMClient(options);
    assert.deepEqual((await iam.send(new ListRolesCommand())).Roles, []);
    const policies = await iam.send(new ListPoliciesCommand({ Scope: "Local" }));
    assert.deepEqual(policies.Policies, []);
    const providers = await iam.send(new ListOpenIDConnectProvidersCommand());
    assert.deepEqual(providers.OpenIDConnectProviderList ?? [], []);

    const octokit = new Octokit({ baseUrl: github.endpoint, auth: github.token });
    const repository = { owner: "pytorch", repo: "pytorch" };
    const { data: environments } = await octokit.request(
      "GET /repos/{owner}/{repo}/environments",
      repository,
    );
    assert.deepEqual(environments.environments, []);
    const { data: variables } = await octokit.request(
      "GET /repos/{owner}/{repo}/actions/variables",
      repository,
    );
    assert.deepEqual(variables.variables, []);
    const { data: rulesets } = await octokit.request(
      "GET /repos/{owner}/{repo}/rulesets",
      repository,
    );
    assert.deepEqual(rulesets, []);
  });

  it("leaves the images on their registries, under their names; ECR's go with its repositories", async () => {
    const { images, registries } = stack().first.outputs;
    const names = Object.values(images)
      .flatMap((family) => Object.values(family))
      .flatMap((image) => Object.entries(image.names));
    assert.ok(names.length > 0);
    for (const [name, digest] of names) {
      const isGone = name.startsWith(`${registries["ecr"]!}/`);
      assert.equal(await stack().digestOf(name), isGone ? undefined : digest, name);
    }
  });

  it("leaves nothing to destroy, and no outputs", async () => {
    const again = await stack().slipway("destroy", ...STACK, "--yes", "--json");
    const { exitCode, stdout, stderr } = again;
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    assert.deepEqual((JSON.parse(stdout) as Run).resources, []);
    const outputs = await stack().slipway("outputs", ...STACK, "--json");
    assert.equal(outputs.exitCode, 1, outputs.stdout);
    assert.match(outputs.stderr, /^error: stack local has no outputs here/);
  });

  it("can be followed by an up that makes all of it again, with the images that are there", async () => {
    const result = await stack().up();
    assert.deepEqual(result.failures, []);
    assert.equal(result.changes.create, stack().first.resources.length);
    assert.deepEqual(result.outputs, stack().first.outputs);
    stack().isApplied = true;
  });
});
