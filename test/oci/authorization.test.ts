import assert from "node:assert/strict";
import { Authorization } from "../../oci/authorization.ts";
import { UserError } from "../../rules/problems.ts";

const login = { username: "user", password: "marker" };
const scopes = ["repository:a:pull"];

interface Asked {
  readonly url: string;
  readonly authorization: string | undefined;
}

function authorization(
  origin: string,
  credentials: typeof login | undefined,
  answers: readonly object[] = [{ token: "t" }],
): { readonly asked: Asked[]; readonly subject: Authorization } {
  const asked: Asked[] = [];
  const subject = new Authorization(new URL(origin), credentials, async (url, header) => {
    asked.push({ url: url.href, authorization: header });
    return JSON.stringify(answers[asked.length - 1] ?? answers.at(-1));
  });
  return { asked, subject };
}

const basic = `Basic ${Buffer.from("user:marker").toString("base64")}`;

describe("authorization at a registry", () => {
  it("sends nothing before the registry asks", async () => {
    const { subject } = authorization("https://r.example.com", login);
    assert.equal(await subject.header(scopes), undefined);
  });

  it("answers a basic challenge with the login, and not a second time", async () => {
    const { subject } = authorization("https://r.example.com", login);
    assert.equal(await subject.challenged('Basic realm="x"', scopes, undefined), true);
    assert.equal(await subject.header(scopes), basic);
    assert.equal(await subject.challenged('Basic realm="x"', scopes, basic), false);
  });

  it("gives up where a login is wanted and there is none", async () => {
    const { subject } = authorization("https://r.example.com", undefined);
    assert.equal(await subject.challenged('Basic realm="x"', scopes, undefined), false);
  });

  it("gets a token for each set of scopes once, also for those who ask at the same time", async () => {
    const { asked, subject } = authorization("https://r.example.com", login);
    await subject.challenged(
      'Bearer realm="https://r.example.com/token?a=b",service="s"',
      scopes,
      undefined,
    );
    assert.deepEqual(await Promise.all([subject.header(scopes), subject.header(scopes)]), [
      "Bearer t",
      "Bearer t",
    ]);
    assert.equal(await subject.header(["repository:a:pull,push", "repository:b:pull"]), "Bearer t");
    assert.deepEqual(asked, [
      {
        url: "https://r.example.com/token?a=b&service=s&scope=repository%3Aa%3Apull",
        authorization: basic,
      },
      {
        url: "https://r.example.com/token?a=b&service=s&scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Ab%3Apull",
        authorization: basic,
      },
    ]);
  });

  it("gets another token when one has expired, or is refused before its time", async () => {
    const { asked, subject } = authorization("https://r.example.com", login, [
      { token: "short", expires_in: 5 },
      { access_token: "second" },
      { token: "third" },
    ]);
    const challenge = 'Bearer realm="https://r.example.com/token"';
    await subject.challenged(challenge, scopes, undefined);
    assert.equal(await subject.header(scopes), "Bearer short");
    assert.equal(await subject.header(scopes), "Bearer second");
    assert.equal(await subject.challenged(challenge, scopes, "Bearer second"), true);
    assert.equal(await subject.header(scopes), "Bearer third");
    assert.equal(asked.length, 3);
  });

  it("knows every token that it got as a secret, beside the password", async () => {
    const { subject } = authorization("https://r.example.com", login, [
      { token: "over", expires_in: 5 },
      { access_token: "bearer" },
    ]);
    await subject.challenged('Bearer realm="https://r.example.com/token"', scopes, undefined);
    await subject.header(scopes);
    await subject.header(scopes);
    const known = subject.secrets();
    for (const secret of ["over", "bearer", "marker", basic.slice("Basic ".length)]) {
      assert.ok(known.includes(secret), secret);
    }
  });

  it("sends the password to the registry's own host or a known token server alone", async () => {
    for (const [origin, realm] of [
      ["https://registry-1.docker.io", "https://auth.docker.io/token"],
      ["https://ghcr.io", "https://ghcr.io/token"],
      ["http://localhost:5001", "http://127.0.0.1:5002/token"],
    ] as const) {
      const { asked, subject } = authorization(origin, login);
      assert.equal(await subject.challenged(`Bearer realm="${realm}"`, scopes, undefined), true);
      await subject.header(scopes);
      assert.equal(asked[0]?.authorization, basic, realm);
    }
    for (const [origin, realm, why] of [
      ["https://ghcr.io", "https://ghcr.io.example.com/token", "another host"],
      ["https://ghcr.io", "https://auth.docker.io/token", "another host"],
      ["https://ghcr.io", "http://ghcr.io/token", "not https"],
      ["https://ghcr.io", "http://localhost:5001/token", "not https"],
      ["http://localhost:5001", "https://example.com/token", "another host"],
      ["https://ghcr.io", "https://me:it@ghcr.io/token", "with a login in it"],
      ["https://ghcr.io", "/token", "not a URL"],
    ] as const) {
      const { asked, subject } = authorization(origin, login);
      await assert.rejects(
        () => subject.challenged(`Bearer realm="${realm}"`, scopes, undefined),
        (error: unknown) =>
          error instanceof UserError &&
          error.message.includes(why) &&
          !error.message.includes("marker"),
      );
      assert.deepEqual(asked, []);
    }
  });

  it("asks any https token server anonymously, where there is nothing to lose", async () => {
    const { asked, subject } = authorization("https://registry.gitlab.com", undefined);
    await subject.challenged('Bearer realm="https://gitlab.com/jwt/auth"', scopes, undefined);
    assert.equal(await subject.header(scopes), "Bearer t");
    assert.equal(asked[0]?.authorization, undefined);
  });

  it("says so when the answer holds no token", async () => {
    const { subject } = authorization("https://r.example.com", login, [{}]);
    await subject.challenged('Bearer realm="https://r.example.com/token"', scopes, undefined);
    await assert.rejects(
      subject.header(scopes),
      /r\.example\.com: the token server's answer holds no token/,
    );
  });
});
