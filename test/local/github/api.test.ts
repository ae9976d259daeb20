import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Api } from "../../../local/github/api.ts";
import type { Answer, Handlers } from "../../../local/github/api.ts";

interface Description {
  info: { version: string; description: string };
  paths: Record<string, Record<string, { operationId: string }>>;
}

const text = readFileSync(new URL("../../../local/github/api.json", import.meta.url), "utf8");
const description = JSON.parse(text) as Description;
const operations = Object.values(description.paths).flatMap((methods) => Object.values(methods));

/** A handler for every operation; `id` answers `answer`, the others never run. */
function handlers(id: string, answer: Answer): Handlers {
  const unused = (): Answer => {
    throw new Error("not expected");
  };
  const all = Object.fromEntries(operations.map(({ operationId }) => [operationId, unused]));
  return { ...all, [id]: () => answer };
}

const caller = { login: "somebody" };
const ENVIRONMENT = "/repos/o/r/environments/e";

async function answerOf(id: string, answer: Answer, path: string, method = "GET", body?: object) {
  const api = await Api.create(handlers(id, answer));
  return api.answer({ method, root: "http://localhost", path, search: "", body, caller });
}

describe("the check against GitHub's description", () => {
  it("stands on an extract that names its source and version, of the operations that its script names", () => {
    assert.match(description.info.version, /^\d+\.\d+\.\d+$/);
    assert.ok(
      description.info.description.includes(`@octokit/openapi ${description.info.version}`),
    );
    const script = new URL("../../../local/github/extract-api.ts", import.meta.url);
    const named = readFileSync(script, "utf8").matchAll(/^ {2}"([a-z]+\/[a-z-]+)",$/gm);
    const ids = operations.map(({ operationId }) => operationId);
    assert.deepEqual(ids.sort(), Array.from(named, ([, id]) => id).sort());
  });

  it("lets an answer pass that fits", async () => {
    const time = "2026-11-21T03:45:00Z";
    const body = { name: "A", value: "", created_at: time, updated_at: time };
    const answer = { status: 200, body };
    const path = "/repos/o/r/actions/variables/A";
    assert.equal(await answerOf("actions/get-repo-variable", answer, path), answer);
  });

  it("makes a 500 that says where of an answer that does not fit", async () => {
    const body = { name: "A", value: 1, created_at: "yesterday" };
    const path = "/repos/o/r/actions/variables/A";
    const { status, body: error } = await answerOf(
      "actions/get-repo-variable",
      { status: 200, body },
      path,
    );
    assert.equal(status, 500);
    const { message } = error as { message: string };
    assert.match(
      message,
      /does not fit GitHub's description \(actions\/get-repo-variable, status 200\)/,
    );
    assert.match(message, /must have required property 'updated_at'/);
    assert.match(message, /\/value must be string/);
    assert.match(message, /\/created_at must match format "date-time"/);
    assert.ok(!message.includes("yesterday"));
  });

  it("makes a 500 of a status that the operation does not have, and of a body that it does not have", async () => {
    const id = "repos/delete-an-environment";
    for (const answer of [
      { status: 200, body: {} },
      { status: 204, body: { deleted: true } },
      { status: 409, body: { message: "Conflict" } },
    ]) {
      assert.equal((await answerOf(id, answer, ENVIRONMENT, "DELETE")).status, 500);
    }
    assert.equal((await answerOf(id, { status: 204 }, ENVIRONMENT, "DELETE")).status, 204);
  });

  it("checks can_admins_bypass of an environment, which GitHub does not describe", async () => {
    const id = "repos/create-or-update-environment";
    const put = (body: object) => answerOf(id, { status: 500 }, ENVIRONMENT, "PUT", body);
    const { body } = await put({ can_admins_bypass: "yes" });
    assert.equal(
      (body as { message: string }).message,
      `Invalid request.\n\nFor 'properties/can_admins_bypass', "yes" is not a boolean.`,
    );
  });

  it("never calls a handler with an invalid request", async () => {
    const id = "repos/create-or-update-environment";
    const all = handlers(id, { status: 200 });
    let called = false;
    const api = await Api.create({
      ...all,
      [id]: () => {
        called = true;
        return { status: 200 };
      },
    });
    const request = { method: "PUT", root: "", path: ENVIRONMENT, search: "", caller };
    assert.equal(api.answer({ ...request, body: { unknown: 1 } }).status, 422);
    assert.equal(called, false);
  });

  it("refuses handlers that are missing or too many", async () => {
    const { "repos/get": removed, ...missing } = handlers("repos/get", { status: 200 });
    assert.ok(removed);
    await assert.rejects(Api.create(missing), /No pair of operation and handler: repos\/get$/);
    const more = { ...handlers("repos/get", { status: 200 }), "repos/fork": removed };
    await assert.rejects(Api.create(more), /No pair of operation and handler: repos\/fork$/);
  });

  it("passes on a fault of a handler as it is", async () => {
    const api = await Api.create(handlers("repos/get", { status: 200 }));
    const request = { method: "GET", root: "", path: "/user", search: "", body: undefined, caller };
    assert.throws(() => api.answer(request), /^Error: not expected$/);
  });
});
