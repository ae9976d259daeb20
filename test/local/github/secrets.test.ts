import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { openSealedBox } from "../../../local/github/key-pairs.ts";
import { Store } from "../../../local/github/store.ts";
import { REPO, refusal, sealed, useEmulator } from "./test-emulator.ts";

const ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}";
const IN_ENVIRONMENT = { ...REPO, environment_name: "docker-build" };

describe("secrets of the GitHub emulator", () => {
  const emulator = useEmulator();
  before(() => emulator.octokit.request(`PUT ${ENVIRONMENT}`, IN_ENVIRONMENT));

  /** The same endpoints twice: for an environment and for the repository. */
  const scopes = {
    environment: {
      publicKey: async () =>
        (await emulator.octokit.request(`GET ${ENVIRONMENT}/secrets/public-key`, IN_ENVIRONMENT))
          .data,
      put: (secret_name: string, body: { encrypted_value: string; key_id: string }) =>
        emulator.octokit.request(`PUT ${ENVIRONMENT}/secrets/{secret_name}`, {
          ...IN_ENVIRONMENT,
          secret_name,
          ...body,
        }),
      get: (secret_name: string) =>
        emulator.octokit.request(`GET ${ENVIRONMENT}/secrets/{secret_name}`, {
          ...IN_ENVIRONMENT,
          secret_name,
        }),
      list: () => emulator.octokit.request(`GET ${ENVIRONMENT}/secrets`, IN_ENVIRONMENT),
      remove: (secret_name: string) =>
        emulator.octokit.request(`DELETE ${ENVIRONMENT}/secrets/{secret_name}`, {
          ...IN_ENVIRONMENT,
          secret_name,
        }),
      stored: () => new Store(emulator.stateFile).state.repositories[0]!.environments[0]!,
    },
    repository: {
      publicKey: async () =>
        (
          await emulator.octokit.request(
            "GET /repos/{owner}/{repo}/actions/secrets/public-key",
            REPO,
          )
        ).data,
      put: (secret_name: string, body: { encrypted_value: string; key_id: string }) =>
        emulator.octokit.request("PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}", {
          ...REPO,
          secret_name,
          ...body,
        }),
      get: (secret_name: string) =>
        emulator.octokit.request("GET /repos/{owner}/{repo}/actions/secrets/{secret_name}", {
          ...REPO,
          secret_name,
        }),
      list: () => emulator.octokit.request("GET /repos/{owner}/{repo}/actions/secrets", REPO),
      remove: (secret_name: string) =>
        emulator.octokit.request("DELETE /repos/{owner}/{repo}/actions/secrets/{secret_name}", {
          ...REPO,
          secret_name,
        }),
      stored: () => new Store(emulator.stateFile).state.repositories[0]!,
    },
  };

  for (const [kind, scope] of Object.entries(scopes)) {
    describe(`of the ${kind}`, () => {
      it("accepts a value that is sealed to the current key, and keeps the sealed form only", async () => {
        const body = sealed("hunter2-in-clear", await scope.publicKey());
        const { status, data } = await scope.put("docker_token", body);
        assert.equal(status, 201);
        assert.deepEqual(data, {});

        const { keyPair, secrets } = scope.stored();
        const secret = secrets.find(({ name }) => name === "DOCKER_TOKEN");
        assert.equal(secret?.encryptedValue, body.encrypted_value);
        const opened = openSealedBox(keyPair, body.encrypted_value);
        assert.equal(Buffer.from(opened!).toString(), "hunter2-in-clear");
        for (const file of [emulator.stateFile, emulator.logFile]) {
          const text = readFileSync(file, "utf8");
          assert.ok(!text.includes("hunter2-in-clear"), file);
          assert.ok(!text.includes(Buffer.from("hunter2-in-clear").toString("base64")), file);
        }
      });

      it("shows names and times, never a value", async () => {
        const key = await scope.publicKey();
        for (const name of ["LISTED_B", "LISTED_A"]) await scope.put(name, sealed("x", key));
        const { data } = await scope.get("listed_a");
        assert.deepEqual(Object.keys(data), ["name", "created_at", "updated_at"]);
        const { data: list } = await scope.list();
        assert.equal(list.total_count, list.secrets.length);
        assert.deepEqual(
          list.secrets.find(({ name }) => name === "LISTED_A"),
          data,
        );
        const names = list.secrets.map(({ name }) => name);
        assert.deepEqual(names, names.toSorted());
      });

      it("updates with 204, and shows a later updated_at even within the same second", async () => {
        const key = await scope.publicKey();
        await scope.put("UPDATED", sealed("one", key));
        const { data: before } = await scope.get("UPDATED");
        assert.equal((await scope.put("UPDATED", sealed("two", key))).status, 204);
        const { data: after } = await scope.get("UPDATED");
        assert.equal(after.created_at, before.created_at);
        assert.ok(Date.parse(after.updated_at) > Date.parse(before.updated_at));
      });

      it("refuses a value sealed to another key, even under the right key_id", async () => {
        const { key_id } = await scope.publicKey();
        const other = kind === "environment" ? scopes.repository : scopes.environment;
        const { key } = await other.publicKey();
        const refused = await refusal(scope.put("WRONG", sealed("x", { key, key_id })));
        assert.equal(refused.status, 422);
        assert.equal(
          refused.message,
          "Bad request - validation failed due to an improperly encrypted secret",
        );
        assert.equal((await refusal(scope.get("WRONG"))).status, 404);
      });

      it("refuses a key_id that is not the current one, a clear value and a cut-off one", async () => {
        const key = await scope.publicKey();
        const good = sealed("x", key);
        const bodies = [
          { ...good, key_id: "1" },
          { ...good, encrypted_value: Buffer.from("in clear").toString("base64") },
          { ...good, encrypted_value: good.encrypted_value.slice(4) },
          { ...good, encrypted_value: "" },
        ];
        for (const body of bodies) {
          assert.equal((await refusal(scope.put("WRONG", body))).status, 422);
        }
      });

      it("does not repeat a value that is no base64", async () => {
        const { key_id } = await scope.publicKey();
        const { status, message } = await refusal(
          scope.put("WRONG", { key_id, encrypted_value: "hunter2!" }),
        );
        assert.equal(status, 422);
        assert.match(message, /^Invalid request\.\n\nencrypted_value does not match \//);
        assert.ok(!message.includes("hunter2"));
      });

      it("refuses names that GitHub does not allow", async () => {
        const good = sealed("x", await scope.publicKey());
        const { message } = await refusal(scope.put("no-dash", good));
        assert.match(message, /^Secret names can only contain alphanumeric characters/);
        for (const name of ["1ST", "white space"]) {
          assert.equal((await refusal(scope.put(name, good))).status, 422);
        }
        assert.equal(
          (await refusal(scope.put("github_token", good))).message,
          "Secret names must not start with GITHUB_.",
        );
      });

      it("deletes a secret once", async () => {
        await scope.put("DELETED", sealed("x", await scope.publicKey()));
        assert.equal((await scope.remove("DELETED")).status, 204);
        assert.equal((await refusal(scope.remove("DELETED"))).status, 404);
        assert.equal((await refusal(scope.get("DELETED"))).status, 404);
      });
    });
  }

  it("has a key pair for each scope", async () => {
    const [one, other] = await Promise.all([
      scopes.environment.publicKey(),
      scopes.repository.publicKey(),
    ]);
    assert.notEqual(one.key, other.key);
    assert.notEqual(one.key_id, other.key_id);
    assert.equal(Buffer.from(one.key, "base64").length, 32);
  });
});
