import assert from "node:assert/strict";
import { explaining } from "../../../cli/github-access.ts";
import { findSecrets, removeStray } from "../../../cli/secrets/github-secrets.ts";
import { GithubClient } from "../../../github/client.ts";
import {
  OWNER,
  REPO,
  REPOSITORY,
  sealed,
  TOKEN,
  useEmulator,
} from "../../local/github/test-emulator.ts";

const BUILD = "docker-build";

describe("secrets on GitHub", () => {
  const emulator = useEmulator();
  const github = (token = TOKEN) =>
    new GithubClient({ owner: OWNER, token, baseUrl: emulator.url });
  const at = { ...REPO, environment_name: BUILD };

  before("an environment with more variables than a page holds", async () => {
    const { octokit } = emulator;
    await octokit.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", at);
    const { data: key } = await octokit.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
      at,
    );
    for (const name of ["TOKEN", "OLD"]) {
      await octokit.request(
        "PUT /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
        { ...at, secret_name: name, ...sealed("hunter2", key) },
      );
    }
    for (let index = 0; index < 61; index++) {
      await octokit.request(
        "POST /repos/{owner}/{repo}/environments/{environment_name}/variables",
        {
          ...at,
          ...{ name: `V${index}`, value: "hunter2" },
        },
      );
    }
    const { data: own } = await octokit.request(
      "GET /repos/{owner}/{repo}/actions/secrets/public-key",
      REPO,
    );
    await octokit.request("PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}", {
      ...{ ...REPO, secret_name: "TOKEN" },
      ...sealed("hunter2", own),
    });
    await octokit.request("POST /repos/{owner}/{repo}/actions/variables", {
      ...REPO,
      ...{ name: "TOKEN", value: "hunter2" },
    });
  });

  it("are found on every page, by name and time, without a value", async () => {
    const found = await findSecrets(github(), REPOSITORY, [BUILD, "docker-deploy"]);
    assert.deepEqual(Object.keys(found.environments), [BUILD]);
    const build = found.environments[BUILD]!;
    assert.deepEqual(
      build.secrets.map(({ name }) => name),
      ["OLD", "TOKEN"],
    );
    assert.equal(new Set(build.variables.map(({ name }) => name)).size, 61);
    assert.match(build.secrets[0]!.updatedAt, /^\d{4}-\d\d-\d\dT[\d:]+Z$/);
    assert.match(build.keyId, /^\d+$/);
    assert.deepEqual(
      [found.repository.secrets, found.repository.variables].map((list) => list.length),
      [1, 1],
    );
    assert.doesNotMatch(JSON.stringify(found), /hunter2/);
  });

  it("are removed from where they are and from nowhere else, also when they are gone already", async () => {
    for (const stray of [
      { kind: "secret", environment: BUILD, name: "OLD" },
      { kind: "variable", environment: BUILD, name: "V1" },
      { kind: "secret", environment: null, name: "TOKEN" },
      { kind: "variable", environment: null, name: "TOKEN" },
    ] as const) {
      for (const time of [1, 2]) {
        await removeStray(github(), REPOSITORY, { ...stray, updatedAt: String(time) });
      }
    }
    const found = await findSecrets(github(), REPOSITORY, [BUILD]);
    assert.deepEqual(
      found.environments[BUILD]!.secrets.map(({ name }) => name),
      ["TOKEN"],
    );
    assert.equal(found.environments[BUILD]!.variables.length, 60);
    assert.deepEqual(found.repository, { secrets: [], variables: [] });
  });

  it("are told of to nobody without a right, and the error names it", async () => {
    for (const [client, repository, message] of [
      [github("other"), REPOSITORY, /does not accept the token/],
      [github(), "nowhere", /HTTP 404: .*; the token needs to read Secrets of the repository$/],
    ] as const) {
      await assert.rejects(
        explaining("to read Secrets", () => findSecrets(client, repository, [])),
        { name: "UserError", message },
      );
    }
  });
});
