/*
 * What people change by hand, or a service loses, comes back: in order, as each test begins where the one before ended.
 */
import assert from "node:assert/strict";
import { IAM } from "@aws-sdk/client-iam";
import { Octokit } from "@octokit/core";
import { stopDaemon } from "../../../local/daemon.ts";
import { boundaryArn, roleName } from "../../../rules/role-names.ts";
import { appliedStack, changed } from "./support/local-stack.ts";

const repository = { owner: "pytorch", repo: "pytorch" };
const place = { ...repository, environment_name: "docker-build" };
const account = { accountId: "308535385114", region: "us-east-1" };
const PUSH_ROLE = roleName("push");
const BOUNDARY = boundaryArn("workflow", account);
/** What the first test changes by hand. */
const CHANGED = [
  "almalinux-builder/cuda12.6-name",
  "docker-build-environment",
  "docker-build-variable-SLIPWAY_FAMILIES",
  "push-role",
  "refs-version-tags",
  "workflow-boundary-policy",
];

describe("what is not as declared", function () {
  this.timeout(120_000);
  const stack = appliedStack();
  const first = () => stack().first.outputs;
  const all = ["create", "update", "replace", "delete"] as const;
  let github: Octokit;
  let moved: string;

  before(() => {
    const { endpoint, token } = stack().cloud.github;
    github = new Octokit({ baseUrl: endpoint, auth: token });
    moved = `${first().registries["docker.io"]!}/pytorch/almalinux-builder:cuda12.6`;
  });

  const variable = { ...place, name: "SLIPWAY_FAMILIES" };
  const valueOfVariable = async () =>
    (
      await github.request(
        "GET /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
        variable,
      )
    ).data.value;
  const policies = async () =>
    (
      await github.request(
        "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
        place,
      )
    ).data.branch_policies;
  let value: string;

  it("is named by a preview, each with what it was and what it will be", async () => {
    value = await valueOfVariable();
    await github.request(
      "PATCH /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
      { ...variable, value: "changed by hand" },
    );
    const release = (await policies()).find(({ name }) => name === "release/*");
    await github.request(
      "DELETE /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}",
      { ...place, branch_policy_id: release!.id! },
    );
    const iam = new IAM({
      endpoint: stack().cloud.aws.endpoint,
      region: account.region,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    await iam.deleteRolePermissionsBoundary({ RoleName: PUSH_ROLE });
    await iam.createPolicyVersion({
      PolicyArn: BOUNDARY,
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
      }),
      SetAsDefault: true,
    });
    const { data: rulesets } = await github.request(
      "GET /repos/{owner}/{repo}/rulesets",
      repository,
    );
    const tags = rulesets.find(({ name }) => name.endsWith("version-tags"));
    const everybodyWhoWrites = { actor_id: 4, actor_type: "RepositoryRole" } as const;
    await github.request("PUT /repos/{owner}/{repo}/rulesets/{ruleset_id}", {
      ...{ ...repository, ruleset_id: tags!.id, bypass_actors: [everybodyWhoWrites] },
    });
    const repositoryOfName = stack().repository(moved.replace(/:cuda12\.6$/, ""));
    const other = first().images["almalinux-builder"]!["cpu"]!.reference.split("@")[1]!;
    await repositoryOfName.manifests.put("cuda12.6", await repositoryOfName.manifests.get(other));

    const preview = await stack().preview();
    assert.deepEqual(changed(preview, "update"), CHANGED);
    assert.deepEqual(changed(preview, "create", "replace", "delete"), []);
    const diffOf = (name: string) =>
      preview.resources.find((resource) => resource.name === name)?.diff ?? [];
    assert.deepEqual(diffOf("docker-build-variable-SLIPWAY_FAMILIES"), [
      { path: "value", old: "changed by hand", new: value },
    ]);
    const paths = (name: string) => [
      ...new Set(diffOf(name).map(({ path }) => /^\w+/.exec(path)?.[0])),
    ];
    assert.deepEqual(paths("docker-build-environment"), ["policies"]);
    assert.deepEqual(paths("push-role"), ["permissionsBoundary"]);
    assert.deepEqual(paths("refs-version-tags"), ["bypassActors"]);
    assert.deepEqual(paths("workflow-boundary-policy"), ["policy"]);
    const digest = first().images["almalinux-builder"]!["cuda12.6"]!.names[moved]!;
    assert.ok(
      diffOf("almalinux-builder/cuda12.6-name").some(
        (change) => change.old === other && change.new === digest && change.path.includes(moved),
      ),
      JSON.stringify(diffOf("almalinux-builder/cuda12.6-name")),
    );
    assert.equal(await valueOfVariable(), "changed by hand", "a preview changes nothing");
    assert.equal(await stack().digestOf(moved), other);
  });

  it("is repaired by an up, which builds nothing", async () => {
    const { result, builds } = await stack().buildsDuring(() => stack().up());
    assert.deepEqual(result.failures, []);
    assert.deepEqual(changed(result, ...all), CHANGED);
    assert.equal(builds, 0);
    assert.equal(await valueOfVariable(), value);
    assert.deepEqual((await policies()).map(({ name }) => name).sort(), [
      ...["main", "release/*", "v*-rc*"],
    ]);
    assert.deepEqual(result.outputs, first());
    await stack().assertNames(first());
    assert.deepEqual(changed(await stack().preview(), ...all), []);
  });

  it("is made again when AWS has lost everything, and the rest stays", async () => {
    await stopDaemon(stack().project.home, "moto");
    await stack().startServices();
    const { result, builds } = await stack().buildsDuring(() => stack().up());
    assert.deepEqual(result.failures, []);
    // A rule about the role's policies is nothing of its own: it holds again once the role does.
    const aws = result.resources.filter(({ type }) => /^aws:(?!.*Exclusive$)/.test(type));
    assert.ok(aws.length > 5);
    assert.deepEqual(changed(result, "create"), aws.map(({ name }) => name).sort());
    assert.deepEqual(changed(result, "update", "replace", "delete"), []);
    assert.equal(builds, 0);
    assert.deepEqual(result.outputs, first());
    await stack().assertNames(first());
    assert.deepEqual(changed(await stack().preview(), ...all), []);
  });
});
