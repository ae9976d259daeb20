// The component, the provider and the embedded engine together, against the emulator.
import assert from "node:assert/strict";
import { Provider as GithubProvider } from "@pulumi/github/provider.js";
import { DeploymentEnvironment } from "../../components/deployment-environment.ts";
import { repositoryFacts } from "../../components/repository-facts.ts";
import { githubProvider } from "../../local/providers/github.ts";
import { slipwayProvider } from "../../provider/slipway.ts";
import { step, steps, TestStack } from "../engine/support/stack.ts";
import { REPO } from "../local/github/test-emulator.ts";
import { useStage } from "./support/github-stage.ts";

const MARKER = "marker-of-a-value";
const NAMED = "/repos/{owner}/{repo}/environments/{environment_name}";

describe("environments under the embedded engine", () => {
  const stage = useStage();
  let stack: TestStack;
  before(async () => {
    stack = await TestStack.make();
  });
  after(() => stack.remove());
  const at = { ...REPO, environment_name: "docker-build" };
  let secrets: Record<string, { value: string }> = { A: { value: MARKER }, B: { value: MARKER } };

  const run = (operation: "plan" | "preview" | "up" | "destroy", patterns = ["main"]) =>
    stack.good(
      operation,
      async () => {
        const { api } = stage;
        const facts = await repositoryFacts({
          repository: "pytorch/pytorch",
          environments: ["docker-build"],
          api,
        });
        const provider = new GithubProvider("github", { owner: "pytorch", ...api });
        new DeploymentEnvironment(
          "docker-build",
          {
            environment: {
              name: "docker-build",
              policies: patterns.map((pattern) => ({ kind: "branch", pattern })),
              users: ["alice"],
              teams: [],
              waitTimer: 0,
              preventSelfReview: true,
            },
            repository: "pytorch/pytorch",
            api,
            secrets,
            variables: { V: "v" },
          },
          { provider },
        );
        return { known: facts !== undefined };
      },
      operation === "plan"
        ? { packages: {} }
        : {
            packages: {
              slipway: () => slipwayProvider(),
              github: (config) => githubProvider(config),
            },
          },
    );
  const all = (change: string) =>
    ["environment", "secret-A", "secret-B", "variable-V"].map((n) => `${change} docker-build-${n}`);

  it("are planned without a question, previewed before they are there, and made", async () => {
    assert.deepEqual(steps(await run("plan")), all("create"));
    assert.deepEqual(stage.seen, []);
    assert.deepEqual(steps(await run("preview")), all("create"));
    assert.deepEqual(steps(await run("up")), all("create"));
    assert.deepEqual(steps(await run("up")), all("same"));
  });

  it("leave no value in the state, in no request and in no event", async () => {
    const kept = [await stack.stateText(), JSON.stringify([stage.seen, stack.events])].join();
    assert.ok(kept.includes("docker-build"));
    assert.ok(!kept.includes(MARKER));
    assert.ok(!kept.includes("token-of-the-tests"));
  });

  it("show by name what was changed by hand, and are set right", async () => {
    await stage.hand.request(`PUT ${NAMED}`, { ...at, reviewers: null });
    await stage.hand.request(`POST ${NAMED}/deployment-branch-policies`, { ...at, name: "**/*" });
    await stage.hand.request(`DELETE ${NAMED}/secrets/{secret_name}`, { ...at, secret_name: "A" });
    const preview = await run("preview");
    assert.deepEqual(
      step(preview, "docker-build-environment").diff.map(({ path }) => path),
      ["policies[1]", "users[0]", "preventSelfReview"],
    );
    assert.equal(step(preview, "docker-build-secret-A").change, "create");
    await run("up");
    assert.deepEqual(steps(await run("preview")), all("same"));
  });

  it("come back with secrets that the new key opens", async () => {
    await stage.hand.request(`DELETE ${NAMED}`, at);
    assert.deepEqual(steps(await run("up")), all("create"));
    assert.deepEqual(steps(await run("preview")), all("same"));
  });

  it("lose a secret that is no longer declared, and go with all they hold", async () => {
    secrets = { A: { value: MARKER } };
    const changed = steps(await run("up", ["release/*"])).filter(
      (line) => !line.startsWith("same"),
    );
    assert.deepEqual(changed, ["delete docker-build-secret-B", "update docker-build-environment"]);
    stage.changes();
    await run("destroy");
    assert.deepEqual(stage.changes(), ["DELETE docker-build"]);
  });

  it("were never without a policy while they held a secret", () => {
    const held = stage.log.flatMap(({ environment, method }) =>
      environment && environment.secrets > 0 ? [{ ...environment, method }] : [],
    );
    assert.ok(held.length > 10);
    assert.deepEqual(
      held.filter(({ branchPolicy, policies }) => branchPolicy !== "custom" || policies === 0),
      [],
    );
  });
});
