import assert from "node:assert/strict";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

const ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}";
const IN_ENVIRONMENT = { ...REPO, environment_name: "docker-build" };

describe("variables of the GitHub emulator", () => {
  const emulator = useEmulator();
  before(() => emulator.octokit.request(`PUT ${ENVIRONMENT}`, IN_ENVIRONMENT));

  /** The same endpoints twice: for an environment and for the repository. */
  const scopes = {
    environment: {
      list: () => emulator.octokit.request(`GET ${ENVIRONMENT}/variables`, IN_ENVIRONMENT),
      create: (variable: { name: string; value: string }) =>
        emulator.octokit.request(`POST ${ENVIRONMENT}/variables`, {
          ...IN_ENVIRONMENT,
          ...variable,
        }),
      get: (name: string) =>
        emulator.octokit.request(`GET ${ENVIRONMENT}/variables/{name}`, {
          ...IN_ENVIRONMENT,
          name,
        }),
      update: (name: string, data: { name?: string; value?: string }) =>
        emulator.octokit.request(`PATCH ${ENVIRONMENT}/variables/${name}`, {
          ...IN_ENVIRONMENT,
          data,
        }),
      remove: (name: string) =>
        emulator.octokit.request(`DELETE ${ENVIRONMENT}/variables/{name}`, {
          ...IN_ENVIRONMENT,
          name,
        }),
    },
    repository: {
      list: () => emulator.octokit.request("GET /repos/{owner}/{repo}/actions/variables", REPO),
      create: (variable: { name: string; value: string }) =>
        emulator.octokit.request("POST /repos/{owner}/{repo}/actions/variables", {
          ...REPO,
          ...variable,
        }),
      get: (name: string) =>
        emulator.octokit.request("GET /repos/{owner}/{repo}/actions/variables/{name}", {
          ...REPO,
          name,
        }),
      update: (name: string, data: { name?: string; value?: string }) =>
        emulator.octokit.request(`PATCH /repos/{owner}/{repo}/actions/variables/${name}`, {
          ...REPO,
          data,
        }),
      remove: (name: string) =>
        emulator.octokit.request("DELETE /repos/{owner}/{repo}/actions/variables/{name}", {
          ...REPO,
          name,
        }),
    },
  };

  for (const [kind, scope] of Object.entries(scopes)) {
    describe(`of the ${kind}`, () => {
      it("creates a variable in upper case and gives it back", async () => {
        const { status, data } = await scope.create({ name: "aws_region", value: "us-east-1" });
        assert.equal(status, 201);
        assert.deepEqual(data, {});
        const { data: got } = await scope.get("Aws_Region");
        assert.partialDeepStrictEqual(got, { name: "AWS_REGION", value: "us-east-1" });
        const { data: list } = await scope.list();
        assert.equal(list.total_count, list.variables.length);
        assert.deepEqual(
          list.variables.find(({ name }) => name === "AWS_REGION"),
          got,
        );
      });

      it("answers 409 for a name that exists, when creating and when renaming", async () => {
        await scope.create({ name: "TAKEN", value: "1" });
        await scope.create({ name: "OTHER", value: "2" });
        const requests = [
          scope.create({ name: "taken", value: "3" }),
          scope.update("OTHER", { name: "TAKEN" }),
        ];
        for (const refused of await Promise.all(requests.map(refusal))) {
          assert.partialDeepStrictEqual(refused, {
            status: 409,
            message: "Already exists - Variable already exists",
          });
        }
        assert.equal((await scope.get("TAKEN")).data.value, "1");
      });

      it("changes the value, the name or both", async () => {
        await scope.create({ name: "CHANGED", value: "1" });
        const { data: before } = await scope.get("CHANGED");
        assert.equal((await scope.update("CHANGED", { value: "2" })).status, 204);
        const { data: after } = await scope.get("CHANGED");
        assert.equal(after.value, "2");
        assert.equal(after.created_at, before.created_at);
        assert.ok(Date.parse(after.updated_at) > Date.parse(before.updated_at));
        await scope.update("CHANGED", { name: "RENAMED" });
        assert.equal((await scope.get("RENAMED")).data.value, "2");
        assert.equal((await refusal(scope.get("CHANGED"))).status, 404);
        await scope.update("RENAMED", { name: "renamed", value: "3" });
        assert.equal((await scope.get("RENAMED")).data.value, "3");
      });

      it("deletes a variable once and knows it no longer", async () => {
        await scope.create({ name: "DELETED", value: "1" });
        assert.equal((await scope.remove("DELETED")).status, 204);
        const requests = [
          scope.remove("DELETED"),
          scope.get("DELETED"),
          scope.update("DELETED", { value: "2" }),
        ];
        for (const refused of await Promise.all(requests.map(refusal))) {
          assert.equal(refused.status, 404);
        }
      });

      it("refuses a name that GitHub does not allow, and a missing or wrong value", async () => {
        const refuse = (variable: object) =>
          refusal(scope.create(variable as { name: string; value: string }));
        assert.match(
          (await refuse({ name: "a-b", value: "" })).message,
          /^Variable names can only/,
        );
        assert.equal(
          (await refuse({ name: "GITHUB_X", value: "" })).message,
          "Variable names must not start with GITHUB_.",
        );
        assert.equal(
          (await refuse({ name: "A" })).message,
          `Invalid request.\n\n"value" wasn't supplied.`,
        );
        assert.equal(
          (await refuse({ name: "A", value: 1 })).message,
          "Invalid request.\n\nFor 'properties/value', 1 is not a string.",
        );
      });
    });
  }
});
