/*
 * What an applied stack is, read back from AWS and GitHub by their own clients. None of the tests changes anything.
 * What this does not prove: anything about real AWS or GitHub.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  DescribeRepositoriesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { Octokit } from "@octokit/core";
import { readCatalog } from "../../../catalog.ts";
import { openSealedBox } from "../../../local/github/key-pairs.ts";
import { FORGET_UNNAMED_CACHE } from "../../../rules/build-cache.ts";
import { KEEP_PINNED_CANDIDATES, lifecyclePolicy } from "../../../rules/lifecycle.ts";
import { declaredRulesets } from "../../../rules/rulesets.ts";
import { appliedStack } from "./support/local-stack.ts";

const repository = { owner: "pytorch", repo: "pytorch" };
const place = { ...repository, environment_name: "docker-build" };

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), "utf8"));
}

describe("stack local, applied", function () {
  this.timeout(60_000);
  const stack = appliedStack();

  it("makes ECR repositories that are immutable, scanned, cleaned up and open to the pulling accounts", async () => {
    const ecr = new ECRClient(awsOptions());
    const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand());
    const onEcr = [...(await readCatalog()).values()].filter(({ registries }) =>
      registries.includes("ecr"),
    );
    assert.deepEqual(
      repositories.map(({ repositoryName }) => repositoryName).sort(),
      onEcr
        .flatMap(({ name }) => ["", "-cache", "-candidate"].map((end) => `pytorch/${name}${end}`))
        .sort(),
    );
    for (const { repositoryName, ...repository } of repositories) {
      const isCache = repositoryName?.endsWith("-cache") === true;
      assert.equal(repository.imageTagMutability, isCache ? "MUTABLE" : "IMMUTABLE");
      // Nothing in a cache is an image that could be scanned.
      assert.equal(repository.imageScanningConfiguration?.scanOnPush, !isCache);
      assert.match(repository.repositoryArn!, /^arn:aws:ecr:us-east-1:308535385114:repository\//);
      const lifecycle = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
      const kept = isCache
        ? lifecyclePolicy(FORGET_UNNAMED_CACHE)
        : repositoryName?.endsWith("-candidate") === true
          ? lifecyclePolicy(KEEP_PINNED_CANDIDATES)
          : golden("lifecycle-policy");
      assert.deepEqual(JSON.parse(lifecycle.lifecyclePolicyText!), kept);
      const policy = await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }));
      const open = JSON.stringify(golden("repository-policy"));
      // Only the account itself, which builds, reads caches.
      const own = open.replace(',"arn:aws:iam::391835788720:root"', "");
      assert.deepEqual(JSON.parse(policy.policyText!), JSON.parse(isCache ? own : open));
    }
  });

  it("makes the environment with its policies, secret names and variables, and the repository's variables", async () => {
    const github = octokit();
    const { data: environment } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}",
      place,
    );
    assert.deepEqual(environment.deployment_branch_policy, {
      protected_branches: false,
      custom_branch_policies: true,
    });
    const { data: policies } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
      place,
    );
    assert.deepEqual(
      policies.branch_policies.map(({ type, name }) => `${type ?? ""} ${name ?? ""}`).sort(),
      ["branch main", "branch release/*", "tag v*-rc*"],
    );
    const { data: secrets } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets",
      place,
    );
    assert.deepEqual(secrets.secrets.map(({ name }) => name).sort(), ["DOCKER_ID", "DOCKER_TOKEN"]);
    const { data: own } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/variables",
      place,
    );
    const inside = Object.fromEntries(own.variables.map(({ name, value }) => [name, value]));
    assert.deepEqual(Object.keys(inside).sort(), ["SLIPWAY_FAMILIES", "SLIPWAY_PUSH_ROLE_ARN"]);
    assert.equal(
      inside["SLIPWAY_PUSH_ROLE_ARN"],
      stack().first.outputs.roleArns["gha_workflow_docker_push"],
    );
    const families = JSON.parse(inside["SLIPWAY_FAMILIES"]!) as string[];
    assert.deepEqual(families.sort(), Object.keys(stack().first.outputs.images).sort());
    const { data: all } = await github.request(
      "GET /repos/{owner}/{repo}/actions/variables",
      repository,
    );
    const variables = Object.fromEntries(all.variables.map(({ name, value }) => [name, value]));
    const { registries, roleArns, variables: names } = stack().first.outputs;
    assert.deepEqual(Object.keys(variables).sort(), [...names].sort());
    assert.deepEqual(JSON.parse(variables["SLIPWAY_REGISTRIES"]!), registries);
    assert.equal(variables["SLIPWAY_ECR_REGISTRY"], registries["ecr"]);
    assert.equal(variables["SLIPWAY_AWS_REGION"], "us-east-1");
    assert.equal(variables["SLIPWAY_READ_ROLE_ARN"], roleArns["gha_workflow_s3_and_ecr_read_only"]);
  });

  it("makes rulesets that leave the refs which publish to the creators of refs", async () => {
    const github = octokit();
    const { data: team } = await github.request("GET /orgs/{org}/teams/{team_slug}", {
      org: repository.owner,
      team_slug: "release-engineers",
    });
    const creators = [{ actor_id: team.id, actor_type: "Team", bypass_mode: "always" }];
    const { data: all } = await github.request("GET /repos/{owner}/{repo}/rulesets", repository);
    const rulesets = await Promise.all(
      all.map(({ id }) =>
        github.request("GET /repos/{owner}/{repo}/rulesets/{ruleset_id}", {
          ...repository,
          ruleset_id: id,
        }),
      ),
    );
    const main = "refs/heads/main";
    const restricted: string[] = [];
    for (const { data } of rulesets) {
      assert.equal(data.enforcement, "active");
      assert.ok(data.conditions && "ref_name" in data.conditions);
      const { include = [], exclude } = data.conditions.ref_name ?? {};
      const types = (data.rules ?? []).map(({ type }) => type).sort();
      assert.deepEqual(exclude, []);
      if (include.includes(main)) {
        assert.deepEqual(
          [include, types, data.bypass_actors],
          [...[[main], ["deletion", "non_fast_forward"], []]],
        );
      } else {
        assert.deepEqual(types, ["creation", "deletion", "non_fast_forward", "update"]);
        assert.deepEqual(data.bypass_actors, creators);
        restricted.push(...include);
      }
    }
    const declared = declaredRulesets(["pytorch", "therock"], ["release-engineers"]);
    assert.deepEqual(
      restricted.sort(),
      declared
        .filter((ruleset) => ruleset.restricted)
        .flatMap(({ kind, patterns }) =>
          patterns.map((pattern) => `refs/${kind === "tag" ? "tags" : "heads"}/${pattern}`),
        )
        .sort(),
    );
  });

  it("makes an environment for stage branches that any branch may enter and that holds nothing", async () => {
    const github = octokit();
    const stage = { ...repository, environment_name: "docker-stage" };
    const { data: policies } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
      stage,
    );
    assert.deepEqual(
      policies.branch_policies.map(({ type, name }) => `${type ?? ""} ${name ?? ""}`),
      ["branch **/*"],
    );
    const { data: secrets } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets",
      stage,
    );
    const { data: variables } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/variables",
      stage,
    );
    assert.deepEqual([secrets.secrets, variables.variables], [[], []]);
  });

  it("seals secrets that open to the login of docker.io, with the key that only the receiver has", () => {
    const file = join(stack().project.home, "github/state.json");
    const { repositories } = JSON.parse(readFileSync(file, "utf8")) as {
      repositories: {
        environments: {
          name: string;
          keyPair: Parameters<typeof openSealedBox>[0];
          secrets: { name: string; encryptedValue: string }[];
        }[];
      }[];
    };
    const environment = repositories[0]!.environments.find(({ name }) => name === "docker-build")!;
    const opened = environment.secrets.map(({ name, encryptedValue }) => {
      const bytes = openSealedBox(environment.keyPair, encryptedValue);
      return [name, Buffer.from(bytes!).toString()];
    });
    const { username, password } = stack().cloud.registries["docker.io"];
    assert.deepEqual(Object.fromEntries(opened), {
      DOCKER_ID: username,
      DOCKER_TOKEN: password,
    });
  });

  function awsOptions() {
    return {
      endpoint: stack().cloud.aws.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
  }

  function octokit(): Octokit {
    const { endpoint, token } = stack().cloud.github;
    return new Octokit({ baseUrl: endpoint, auth: token });
  }
});
