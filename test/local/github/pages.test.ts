import assert from "node:assert/strict";
import { useEmulator } from "./test-emulator.ts";

describe("pages of lists in the GitHub emulator", () => {
  const emulator = useEmulator();
  const path = "/repos/pytorch/pytorch/actions/variables";
  const names = Array.from({ length: 35 }, (_, n) => `V${String(n).padStart(2, "0")}`);
  before(async () => {
    for (const name of names) {
      const body = JSON.stringify({ name, value: "" });
      await emulator.fetch(path, { method: "POST", body });
    }
  });

  const list = async (query: string) => {
    const response = await emulator.fetch(`${path}${query}`);
    assert.equal(response.status, 200);
    const body = (await response.json()) as { total_count: number; variables: { name: string }[] };
    assert.equal(body.total_count, names.length);
    const links = (response.headers.get("link") ?? "").split(", ").filter((link) => link !== "");
    return {
      names: body.variables.map(({ name }) => name),
      links: links.map((link) => link.replace(`${emulator.url}${path}`, "")),
    };
  };

  it("has 10 variables on a page and 30 at most, as GitHub has", async () => {
    assert.deepEqual((await list("")).names, names.slice(0, 10));
    assert.deepEqual((await list("?per_page=1000")).names, names.slice(0, 30));
  });

  it("has 30 environments on a page", async () => {
    for (let n = 0; n < 31; n++) {
      await emulator.fetch(`/repos/pytorch/pytorch/environments/e${n}`, { method: "PUT" });
    }
    const response = await emulator.fetch("/repos/pytorch/pytorch/environments");
    const body = (await response.json()) as { total_count: number; environments: unknown[] };
    assert.deepEqual([body.total_count, body.environments.length], [31, 30]);
  });

  it("links the pages around, in GitHub's order, and keeps the rest of the query", async () => {
    const first = await list("?per_page=15");
    assert.deepEqual(first.links, [
      '<?per_page=15&page=2>; rel="next"',
      '<?per_page=15&page=3>; rel="last"',
    ]);
    const second = await list("?per_page=15&page=2");
    assert.deepEqual(second.names, names.slice(15, 30));
    assert.deepEqual(second.links, [
      '<?per_page=15&page=1>; rel="prev"',
      '<?per_page=15&page=3>; rel="next"',
      '<?per_page=15&page=3>; rel="last"',
      '<?per_page=15&page=1>; rel="first"',
    ]);
    const last = await list("?per_page=15&page=3");
    assert.deepEqual(last.names, names.slice(30));
    assert.deepEqual(last.links, [
      '<?per_page=15&page=2>; rel="prev"',
      '<?per_page=15&page=1>; rel="first"',
    ]);
  });

  it("gives links below /api/v3 to who asks there", async () => {
    const response = await emulator.fetch(`/api/v3${path}`);
    const next = /<(?<url>[^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.groups;
    assert.equal(next?.["url"], `${emulator.url}/api/v3${path}?page=2`);
    const followed = await emulator.fetch(next["url"].replace(emulator.url, ""));
    assert.equal(followed.status, 200);
  });

  it("gives an empty page beyond the last, with a way back", async () => {
    const { names: none, links } = await list("?per_page=30&page=9");
    assert.deepEqual(none, []);
    assert.deepEqual(links, [
      '<?per_page=30&page=2>; rel="prev"',
      '<?per_page=30&page=1>; rel="first"',
    ]);
  });

  it("takes the default for a number below one, and refuses what is no number", async () => {
    assert.deepEqual((await list("?per_page=0&page=0")).names, names.slice(0, 10));
    assert.equal((await emulator.fetch(`${path}?per_page=all`)).status, 422);
    assert.equal((await emulator.fetch(`${path}?perpage=3`)).status, 422);
  });

  it("gives no link where everything is on one page", async () => {
    const response = await emulator.fetch("/repos/pytorch/pytorch/actions/secrets");
    assert.equal(response.headers.get("link"), null);
  });
});
