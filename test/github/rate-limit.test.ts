import assert from "node:assert/strict";
import { rateLimitWait } from "../../github/rate-limit.ts";

const wait = (status: number, headers: Record<string, string> = {}) =>
  rateLimitWait({ status, response: { headers } }, 1_000_000_000);

describe("the wait that GitHub asks for at a rate limit", () => {
  it("is what it names", () => {
    assert.equal(wait(429, { "retry-after": "7" }), 7);
    assert.equal(wait(403, { "retry-after": "7" }), 7);
    const used = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000030" };
    assert.equal(wait(403, used), 31);
    assert.equal(wait(429, { ...used, "x-ratelimit-reset": "999000" }), 0);
  });

  it("is a minute where it names none", () => {
    assert.equal(wait(429), 60);
    assert.equal(rateLimitWait({ status: 429 }), 60);
  });

  it("is none for a refusal of another kind", () => {
    assert.equal(wait(403), undefined);
    assert.equal(wait(403, { "x-ratelimit-remaining": "12" }), undefined);
    assert.equal(wait(404, { "retry-after": "7" }), undefined);
    assert.equal(wait(500), undefined);
  });
});
