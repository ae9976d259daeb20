import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { ensureRepositories } from "../../../local/github/repositories.ts";
import { Store } from "../../../local/github/store.ts";
import { timestampAfter } from "../../../local/github/store-times.ts";
import { UserError } from "../../../rules/problems.ts";
import { REPO, sealed, useEmulator } from "./test-emulator.ts";

describe("the state of the GitHub emulator", () => {
  const emulator = useEmulator();
  const scope = { ...REPO, environment_name: "kept" };
  const ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}";

  it("survives a restart: environments, policies, keys, secrets and variables", async () => {
    const request = emulator.octokit.request.bind(emulator.octokit);
    await request(`PUT ${ENVIRONMENT}`, {
      ...scope,
      wait_timer: 5,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await request(`POST ${ENVIRONMENT}/deployment-branch-policies`, { ...scope, name: "main" });
    await request(`POST ${ENVIRONMENT}/variables`, { ...scope, name: "A", value: "1" });
    const { data: key } = await request(`GET ${ENVIRONMENT}/secrets/public-key`, scope);
    const secret = { ...scope, secret_name: "S" };
    await request(`PUT ${ENVIRONMENT}/secrets/{secret_name}`, { ...secret, ...sealed("1", key) });

    const everything = async () => {
      const paths = [
        "",
        "/deployment-branch-policies",
        "/variables",
        "/secrets",
        "/secrets/public-key",
      ];
      const bodies = paths.map(async (path) => {
        const response = await emulator.fetch(`/repos/pytorch/pytorch/environments/kept${path}`);
        const text = await response.text();
        return text.replaceAll(emulator.url, "");
      });
      return Promise.all(bodies);
    };
    const before = await everything();
    await emulator.restart();
    assert.deepEqual(await everything(), before);

    // A value that was sealed before the restart to the key of then is still accepted.
    const again = await emulator.octokit.request(`PUT ${ENVIRONMENT}/secrets/{secret_name}`, {
      ...secret,
      ...sealed("2", key),
    });
    assert.equal(again.status, 204);
  });

  it("is readable for its owner only, and leaves no other file", () => {
    assert.equal(statSync(emulator.stateFile).mode & 0o777, 0o600);
    assert.equal(statSync(emulator.logFile).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(emulator.folder).sort(), ["requests.jsonl", "state.json"]);
  });

  it("is untouched by a change that fails", () => {
    const store = new Store(emulator.stateFile);
    const before = readFileSync(emulator.stateFile, "utf8");
    const state = store.state;
    assert.throws(() =>
      store.change((draft) => {
        draft.repositories = [];
        throw new Error("refused");
      }),
    );
    assert.equal(store.state, state);
    assert.equal(readFileSync(emulator.stateFile, "utf8"), before);
  });

  it("keeps a repository that is no longer named, and its keys", () => {
    const file = `${emulator.folder}/renamed.json`;
    const named = (...names: string[]) => {
      const store = new Store(file);
      ensureRepositories(
        store,
        "pytorch",
        names.map((name) => ({ name })),
      );
      return store.state.repositories;
    };
    const [first] = named("vision");
    const repositories = named("audio", "Audio");
    assert.deepEqual(
      repositories.map(({ owner, name }) => `${owner}/${name}`),
      ["pytorch/vision", "pytorch/audio"],
    );
    assert.deepEqual(repositories[0], first);
  });

  it("takes a file of before there were rulesets, settings of OIDC subjects, runs and issues", async () => {
    const { version, nextId, repositories } = JSON.parse(
      readFileSync(emulator.stateFile, "utf8"),
    ) as { version: 1; nextId: number; repositories: Record<string, unknown>[] };
    const old = repositories.map(({ owner, name, environments, keyPair, secrets, variables }) => ({
      ...{ owner, name, environments, keyPair, secrets, variables },
    }));
    writeFileSync(emulator.stateFile, JSON.stringify({ version, nextId, repositories: old }));
    await emulator.restart();
    for (const path of [
      "rulesets",
      "actions/oidc/customization/sub",
      "environments/kept",
      "issues",
      "pulls",
    ]) {
      assert.equal((await emulator.fetch(`/repos/pytorch/pytorch/${path}`)).status, 200, path);
    }
  });

  it("refuses a file that is no state, names it, and quotes nothing of it", () => {
    const file = `${emulator.folder}/broken.json`;
    for (const text of ["{", '{"version":1,"privateKey":"abc"}', '{"version":2}']) {
      writeFileSync(file, text);
      assert.throws(
        () => new Store(file),
        (error) =>
          error instanceof UserError &&
          error.message.startsWith(`${file}: not a state of the GitHub emulator, version 1;`) &&
          !error.message.includes("abc"),
      );
      assert.equal(readFileSync(file, "utf8"), text, "the file is left as it is");
    }
  });

  it("gives a changed object a time that is later than the one before", () => {
    assert.equal(timestampAfter("2999-01-01T00:00:00Z"), "2999-01-01T00:00:01Z");
    assert.ok(Math.abs(Date.parse(timestampAfter("2020-01-01T00:00:00Z")) - Date.now()) < 10_000);
  });
});
