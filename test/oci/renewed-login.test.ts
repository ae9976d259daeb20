import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { RenewedLogin, type EndingLogin } from "../../oci/renewed-login.ts";

interface Subject {
  readonly login: RenewedLogin;
  /** What was refused when it was asked for each. */
  readonly asked: (string | undefined)[];
}

/** Gives these logins, the last one again and again; undefined gives none. */
function subject(...logins: readonly (EndingLogin | undefined)[]): Subject {
  const asked: (string | undefined)[] = [];
  const login = new RenewedLogin(async (refused) => {
    asked.push(refused?.password);
    await sleep(1);
    return logins[Math.min(asked.length, logins.length) - 1];
  });
  return { login, asked };
}
const ending = (password: string, expires?: number): EndingLogin => ({
  credentials: { username: "AWS", password },
  expires,
});

describe("a login that ends", () => {
  it("is asked for when it is needed, once for all who need it", async () => {
    const { login, asked } = subject(ending("a"));
    assert.deepEqual(asked, []);
    const all = await Promise.all([login.current(), login.current(), login.current()]);
    assert.deepEqual(
      all.map((one) => one?.password),
      ["a", "a", "a"],
    );
    assert.deepEqual(asked, [undefined]);
  });

  it("is not asked for again while more than a tenth of its life is left", async () => {
    const { login, asked } = subject(ending("a", Date.now() + 3_600_000), ending("b"));
    for (let index = 0; index < 3; index++) assert.equal((await login.current())?.password, "a");
    assert.equal(asked.length, 1);
  });

  it("is asked for again at its end, where it is not a clock's fault", async () => {
    const { login } = subject(ending("a", Date.now() + 100), ending("b"));
    assert.equal((await login.current())?.password, "a");
    await sleep(120);
    assert.equal((await login.current())?.password, "b");
  });

  it("is asked for once when a registry refuses it to several requests", async () => {
    const { login, asked } = subject(ending("a"), ending("b"));
    const first = await login.current();
    const all = await Promise.all([login.current(first), login.current(first)]);
    assert.deepEqual(
      [...all, await login.current(first)].map((one) => one?.password),
      ["b", "b", "b"],
    );
    assert.deepEqual(asked, [undefined, "a"]);
  });

  it("stays the same when it is refused and there is no other", async () => {
    const { login } = subject(ending("a"), undefined);
    const first = await login.current();
    assert.equal(await login.current(first), first);
  });

  it("is none where nobody has one, which is not asked at every request", async () => {
    const { login, asked } = subject(undefined);
    assert.equal(await login.current(), undefined);
    assert.equal(await login.current(), undefined);
    assert.equal(asked.length, 1);
  });

  it("is asked for once more after an error", async () => {
    let fails = true;
    const login = new RenewedLogin(async () => {
      if (fails) throw new Error("unreadable");
      return ending("a");
    });
    await assert.rejects(login.current(), /unreadable/);
    fails = false;
    assert.equal((await login.current())?.password, "a");
  });
});
