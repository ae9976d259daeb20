import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { actionsNameProblems } from "../../rules/actions-name.ts";
import {
  ACTIONS_VARIABLES,
  declaredVariables,
  ROLE_VARIABLES,
  stackOutputsJsonSchema,
  variablesAt,
} from "../../rules/stack-outputs.ts";

const SCHEMA = join(import.meta.dirname, "../../docs/outputs.schema.json");
const WRITE_SCHEMA =
  "node cli/main.ts outputs --describe --json > docs/outputs.schema.json && npx prettier --write docs/outputs.schema.json";

describe("the variables of a place", () => {
  it("are text, and data as JSON; what a stack does not have is left out", () => {
    const later = { apply: (use: (value: string) => void) => use("arn:later") };
    const variables = variablesAt("repository", {
      SLIPWAY_REGISTRIES: { ecr: "localhost:1" },
      SLIPWAY_AWS_REGION: undefined,
      SLIPWAY_READ_ROLE_ARN: later,
      SLIPWAY_ECR_REGISTRY: "localhost:1",
    });
    assert.deepEqual(variables, {
      SLIPWAY_REGISTRIES: '{"ecr":"localhost:1"}',
      SLIPWAY_READ_ROLE_ARN: later,
      SLIPWAY_ECR_REGISTRY: "localhost:1",
    });
    const inside = variablesAt("docker-build", { SLIPWAY_FAMILIES: ["ci-image"] });
    assert.deepEqual(inside, { SLIPWAY_FAMILIES: '["ci-image"]' });
  });

  it("do not compile with a name that is none of the place, nor with a value of another shape", () => {
    // @ts-expect-error a slip of the pen
    variablesAt("repository", { SLIPWAY_REGISTRIE: {} });
    // @ts-expect-error a variable of the repository
    variablesAt("docker-build", { SLIPWAY_AWS_REGION: "us-east-1" });
    // @ts-expect-error a registry that no image.yaml can name
    variablesAt("repository", { SLIPWAY_REGISTRIES: { quay: "quay.io" } });
    // @ts-expect-error JSON already
    variablesAt("repository", { SLIPWAY_REGISTRIES: "{}" });
  });

  it("have names that GitHub keeps, are told to somebody, and hold what their shape says", () => {
    assert.deepEqual(actionsNameProblems(Object.keys(ACTIONS_VARIABLES), "variables"), []);
    for (const [name, { description, readers }] of Object.entries(ACTIONS_VARIABLES)) {
      assert.match(description, /\.$/, name);
      assert.ok(readers.length > 0, name);
    }
    for (const name of Object.values(ROLE_VARIABLES)) {
      assert.ok(ACTIONS_VARIABLES[name].shape.safeParse("arn:aws:iam::1:role/a").success);
      assert.ok(!ACTIONS_VARIABLES[name].shape.safeParse("a").success);
    }
  });

  it("are declared as far as the stack has an account, ECR, candidates, the Apps and the environment", () => {
    const environments = ["build", "deploy", "drift", "candidate", "pins"].map(
      (name) => `docker-${name}`,
    );
    const apps = { candidates: true, deployApp: true, driftApp: true, pinsApp: true };
    const whole = { aws: true, ecr: true, ...apps, environments };
    assert.deepEqual(declaredVariables(whole), Object.keys(ACTIONS_VARIABLES));
    assert.deepEqual(
      declaredVariables({
        ...whole,
        aws: false,
        candidates: false,
        deployApp: false,
        driftApp: false,
        pinsApp: false,
      }),
      ["SLIPWAY_REGISTRIES", "SLIPWAY_FAMILIES"],
    );
    assert.deepEqual(declaredVariables({ ...whole, ecr: false, environments: [] }), [
      "SLIPWAY_REGISTRIES",
      "SLIPWAY_AWS_REGION",
      "SLIPWAY_READ_ROLE_ARN",
      "SLIPWAY_CANDIDATES",
    ]);
    assert.deepEqual(declaredVariables({ ...whole, aws: false, environments: ["docker-drift"] }), [
      "SLIPWAY_REGISTRIES",
      "SLIPWAY_CANDIDATES",
      "SLIPWAY_DRIFT_APP_CLIENT_ID",
    ]);
  });
});

describe("the JSON Schema of the outputs", () => {
  it("lies in the documents as the schema makes it", async () => {
    const written: unknown = JSON.parse(await readFile(SCHEMA, "utf8"));
    assert.deepEqual(written, JSON.parse(JSON.stringify(stackOutputsJsonSchema())), WRITE_SCHEMA);
  });
});
