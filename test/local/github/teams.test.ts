import assert from "node:assert/strict";
import { refusal, useEmulator } from "./test-emulator.ts";

describe("teams of the GitHub emulator", () => {
  const emulator = useEmulator();
  const find = (team_slug: string, org = "pytorch") =>
    emulator.octokit.request("GET /orgs/{org}/teams/{team_slug}", { org, team_slug });

  it("are those of the organization", async () => {
    const list = (org: string) => emulator.octokit.request("GET /orgs/{org}/teams", { org });
    const { data } = await list("PyTorch");
    assert.deepEqual(
      data.map(({ slug }) => slug),
      ["ci-infra", "release-engineers", "observers"],
    );
    assert.equal((await refusal(list("octocat"))).status, 404);
  });

  it("are found by slug, with an id of their own that stays", async () => {
    const { data } = await find("CI-Infra");
    assert.partialDeepStrictEqual(data, {
      slug: "ci-infra",
      name: "CI infra",
      privacy: "closed",
      repos_count: 1,
      organization: { login: "pytorch" },
    });
    const { data: other } = await find("release-engineers");
    assert.notEqual(other.id, data.id);
    await emulator.restart();
    assert.equal((await find("ci-infra")).data.id, data.id);
  });

  it("are not found under another name or owner", async () => {
    for (const refused of [find("ci"), find("ci-infra", "octocat")]) {
      assert.partialDeepStrictEqual(await refusal(refused), { status: 404, message: "Not Found" });
    }
  });
});
