import assert from "node:assert/strict";
import type { Configuration } from "../../rules/configuration.ts";
import { declaredSecrets, sealedValue, sourceKeys } from "../../rules/declared-secrets.ts";

const about = { owner: "infra", purpose: "Pushes.", users: ["up.yml"], expires: "never" };
const secrets: Configuration["secrets"] = {
  "docker-build": {
    ID: { ...about, source: { config: "dockerId" } },
    TOKEN: { ...about, source: { variable: "TOKEN" } },
  },
  "docker-deploy": {
    KEY: { ...about, source: "sealed" },
    HOOK: { ...about, source: { config: "hook" } },
  },
};

describe("declared secrets", () => {
  it("are each named by environment and name, in the order of the configuration", () => {
    const all = declaredSecrets({ secrets });
    assert.deepEqual(
      all.map(({ environment, name }) => `${environment} ${name}`),
      ["docker-build ID", "docker-build TOKEN", "docker-deploy KEY", "docker-deploy HOOK"],
    );
    assert.deepEqual(all[2], {
      environment: "docker-deploy",
      name: "KEY",
      ...about,
      source: "sealed",
    });
  });

  it("make secret keys of those that they come from", () => {
    assert.deepEqual(sourceKeys({ secrets }), ["dockerId", "hook"]);
  });

  it("have the sealed value of their own environment and name, if any", () => {
    const sealed = { keyId: "1", value: "AAAA", sealedOn: "2026-11-21" };
    const sealedSecrets = { "docker-deploy": { KEY: sealed } };
    const [id, , key, hook] = declaredSecrets({ secrets });
    assert.ok(id && key && hook);
    assert.deepEqual(sealedValue({ sealedSecrets }, key), sealed);
    assert.equal(sealedValue({ sealedSecrets }, hook), undefined);
    assert.equal(
      sealedValue({ sealedSecrets }, { ...key, environment: "docker-build" }),
      undefined,
    );
  });
});
