// Does not prove that the Pulumi CLI writes what is given here; test/live runs the CLI itself.
import assert from "node:assert/strict";
import { readPulumiExport } from "../../../cli/snapshot/pulumi-state.ts";
import { UserError } from "../../../rules/problems.ts";
import { SECRET } from "../../../rules/snapshot-value.ts";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET_MARK = { [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270" };
const ROLE = "aws:iam/role:Role";
const URN = `urn:pulumi:main::slipway::slipway:index:WorkflowRole$${ROLE}::push-role`;
const role = (inputs: object, more: object = {}) => ({
  ...{ urn: URN, type: ROLE, custom: true, inputs },
  ...more,
});
const exported = (deployment: object, version = 3) => JSON.stringify({ version, deployment });
const read = (...resources: readonly object[]) =>
  readPulumiExport("main", exported({ resources })).resources;

describe("the state that the Pulumi CLI exports", () => {
  it("gives type, name and inputs of every resource, and no component", () => {
    const component = {
      urn: "urn:pulumi:main::slipway::slipway:index:WorkflowRole::push",
      type: "slipway:index:WorkflowRole",
      custom: false,
    };
    assert.deepEqual(read(component, role({ name: "push" }, { outputs: { arn: "arn:x" } })), [
      { type: ROLE, name: "push-role", inputs: { name: "push" } },
    ]);
  });

  it("takes for secret what is encrypted, what is shown in clear, and whatever else is no plain value", () => {
    const [one] = read(
      role({
        encrypted: { ...SECRET_MARK, ciphertext: "v1:abc" },
        shown: { deep: [{ ...SECRET_MARK, plaintext: '"hunter2"' }] },
        asset: { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17", hash: "abc" },
      }),
    );
    assert.deepEqual(one?.inputs, { encrypted: SECRET, shown: { deep: [SECRET] }, asset: SECRET });
  });

  it("takes for secret what became so as an output alone, or by a name", () => {
    const plain = { name: "push", policy: "hunter2", tags: { a: "hunter2" }, path: "/" };
    const [one] = read(
      role(plain, {
        outputs: {
          policy: SECRET_MARK,
          tags: { a: { ...SECRET_MARK, ciphertext: "x" } },
          path: "/",
        },
        additionalSecretOutputs: ["name"],
      }),
    );
    assert.deepEqual(one?.inputs, { name: SECRET, policy: SECRET, tags: SECRET, path: "/" });
  });

  it("leaves away what a provider added by itself, at any depth", () => {
    const [one] = read(
      role({
        __defaults: ["forceDetachPolicies"],
        forceDetachPolicies: false,
        name: "push",
        rules: [{ __defaults: ["update"], update: false, creation: true }],
      }),
    );
    assert.deepEqual(one?.inputs, { name: "push", rules: [{ creation: true }] });
  });

  it("leaves away old copies, what was only read, and what waits for its replacement", () => {
    const found = read(
      role({}, { delete: true }),
      role({}, { external: true }),
      role({}, { pendingReplacement: true }),
    );
    assert.deepEqual(found, []);
  });

  it("tells what was under way when a run ended", () => {
    const pending = [{ resource: role({}), type: "creating" }];
    assert.deepEqual(readPulumiExport("main", exported({ pending_operations: pending })), {
      resources: [],
      pending: [URN],
    });
  });

  it("is empty for a stack that nothing was applied to", () => {
    const nothing = { resources: [], pending: [] };
    assert.deepEqual(readPulumiExport("main", exported({ resources: null })), nothing);
    assert.deepEqual(readPulumiExport("main", exported({}, 4)), nothing);
  });

  it("is refused in a form that nobody knows, without a word of what it holds", () => {
    for (const text of [
      "hunter2",
      exported({ hunter2: 1 }, 5),
      exported({ resources: "hunter2" }),
    ]) {
      assert.throws(
        () => readPulumiExport("main", text),
        (error: unknown) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, /pulumi stack export --stack main wrote/);
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        },
      );
    }
  });
});
