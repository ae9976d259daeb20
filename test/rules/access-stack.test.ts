import assert from "node:assert/strict";
import { KEYS_TOLD } from "../../rules/access-configuration.ts";
import {
  type StackSettings,
  stackSettingChanges,
  stackSettings,
} from "../../rules/access-stack.ts";
import {
  type Configuration,
  CONFIGURATION_KEYS,
  readConfiguration,
} from "../../rules/configuration.ts";
import { isWider } from "../../rules/preview-markdown-access.ts";

const SOURCE = { owner: "ci", purpose: "Pushes.", users: ["up.yml"], expires: "never" };
const SECRETS = {
  "docker-build": { DOCKER_TOKEN: { ...SOURCE, source: { config: "dockerToken" } } },
};
const BASE = {
  ...{ "slipway:owner": "pytorch", "slipway:repository": "pytorch" },
  ...{ "slipway:families": '["ci-image"]', "slipway:secrets": JSON.stringify(SECRETS) },
};
/** Another value of each key that is told as a setting. */
const OTHERS = {
  ...{ owner: "evil", repository: "evil", ownerId: "7", repositoryId: "7", subjectForm: "both" },
  ...{ channel: "release/2.10", owns: "images", awsAccountId: "123456789012" },
  ...{ awsRegion: "us-west-1", baseMirror: "evil.example/bases" },
  oidcProvider: "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com",
  builders: '{"linux/amd64":"tcp://evil:1234"}',
  refCreators: '["evil"]',
  candidates: "false",
  pinRepositories: '["evil/evil"]',
  ...{ protect: "false", local: "true", standIns: "true" },
} as const;

function configurationOf(values: Readonly<Record<string, string>>): Configuration {
  const read = readConfiguration({ ...BASE, ...values });
  assert.ok("configuration" in read, JSON.stringify(read));
  return read.configuration;
}

function settingsOf(values: Readonly<Record<string, string>>, file: unknown = {}): StackSettings {
  return stackSettings(configurationOf(values), file);
}

/** `OF HOLDER, SETTING: OLD -> NEW` */
const changesOf = (old: StackSettings, now: StackSettings) =>
  stackSettingChanges("main", old, now).map(
    ({ of, holder, setting, old: was, new: is }) =>
      `${of} ${holder}, ${setting}: ${was ?? "none"} -> ${is ?? "none"}`,
  );

describe("settings of a stack that no resource tells", () => {
  it("are decided on for every key of the configuration", () => {
    assert.deepEqual(Object.keys(KEYS_TOLD), Object.keys(CONFIGURATION_KEYS));
    const settings = Object.entries(KEYS_TOLD).filter(([, how]) => how === "setting");
    assert.deepEqual(settings.map(([key]) => key).sort(), Object.keys(OTHERS).sort());
  });

  for (const [key, value] of Object.entries(OTHERS)) {
    it(`tell of another ${key}, and that it is taken back`, () => {
      const [old, now] = [settingsOf({}), settingsOf({ [`slipway:${key}`]: value })];
      assert.equal(changesOf(old, now).length, 1);
      assert.equal(changesOf(now, old).length, 1);
      assert.deepEqual(changesOf(now, now), []);
    });
  }

  it("are told with their values, a list and a map one by one", () => {
    const old = settingsOf({ "slipway:refCreators": '["infra"]' });
    const now = settingsOf({
      "slipway:builders": OTHERS.builders,
      "slipway:refCreators": '["evil","infra"]',
      "slipway:protect": "false",
    });
    assert.deepEqual(changesOf(old, now), [
      "stack main, slipway:builders linux/amd64: none -> tcp://evil:1234",
      "stack main, makes refs that publish (team): none -> evil",
      "stack main, protected from deletion: yes -> no",
    ]);
  });

  it("count as opening, as a secret does whose text is another", () => {
    const builders = { "slipway:builders": OTHERS.builders };
    const [change] = stackSettingChanges("main", settingsOf({}), settingsOf(builders));
    assert.ok(change !== undefined && isWider(change));
    assert.ok(isWider({ ...change, of: "secret", setting: "value", old: "set", new: "replaced" }));
    assert.ok(!isWider({ ...change, of: "secret", setting: "source" }));
  });

  it("are all new where there is no stack to compare with", () => {
    const told = stackSettingChanges("main", undefined, settingsOf({})).map(
      ({ setting, new: is }) => [setting, is],
    );
    assert.deepEqual(told.slice(0, 2), [
      ["slipway:owner", "pytorch"],
      ["slipway:repository", "pytorch"],
    ]);
  });
});

describe("texts of a stack's file", () => {
  const sealed = { keyId: "1", value: "OLDBOX", sealedOn: "2026-01-01" };
  const file = {
    secretsprovider: "awskms://alias/oldtext",
    encryptedkey: "oldtext",
    encryptionsalt: "v1:oldtext",
    config: {
      "slipway:owner": "pytorch",
      "slipway:sealedSecrets": { "docker-deploy": { SLIPWAY_APP_KEY: sealed } },
      "slipway:dockerToken": { secure: "v1:oldtext" },
      "slipway:githubToken": { secure: "v1:oldtext" },
      "aws:profile": "oldtext",
    },
  };
  const changed = (edit: object, config: object = {}): readonly string[] => {
    const other = { ...file, ...edit, config: { ...file.config, ...config } };
    const told = changesOf(settingsOf({}, file), settingsOf({}, other));
    assert.doesNotMatch(told.join(), /oldtext|newtext|BOX/);
    return told;
  };

  it("change nothing where they are the same", () => {
    assert.deepEqual(changed({}), []);
  });

  it("tell a sealed value that is swapped under the same key and day, and one that comes or goes", () => {
    const of = (value: object) =>
      changed({}, { "slipway:sealedSecrets": { "docker-deploy": value } });
    const name = "secret docker-deploy/SLIPWAY_APP_KEY, sealed value";
    assert.deepEqual(of({ SLIPWAY_APP_KEY: { ...sealed, value: "NEWBOX" } }), [
      `${name}: set -> replaced`,
    ]);
    assert.deepEqual(of({}), [`${name}: set -> none`]);
    assert.deepEqual(of({ SLIPWAY_APP_KEY: sealed, MORE: sealed }), [
      "secret docker-deploy/MORE, sealed value: none -> set",
    ]);
  });

  it("tell an encrypted key that is swapped, and the secret that comes from it", () => {
    const secure = { secure: "v1:newtext" };
    assert.deepEqual(changed({}, { "slipway:dockerToken": secure }), [
      "secret docker-build/DOCKER_TOKEN, value: set -> replaced",
      "stack main, value of slipway:dockerToken: set -> replaced",
    ]);
    assert.deepEqual(changed({}, { "slipway:githubToken": secure }), [
      "stack main, value of slipway:githubToken: set -> replaced",
    ]);
    // A plan that cannot decrypt it would take it for empty.
    assert.deepEqual(changed({}, { "slipway:baseMirror": secure }), [
      "stack main, value of slipway:baseMirror: none -> set",
    ]);
  });

  it("tell what encrypts, what is imported, and the keys of other providers", () => {
    for (const key of ["secretsprovider", "encryptedkey", "encryptionsalt"]) {
      assert.deepEqual(changed({ [key]: "newtext" }), [`stack main, ${key}: set -> replaced`]);
    }
    assert.deepEqual(changed({ environment: ["newtext/evil"] }), [
      "stack main, environment: none -> set",
    ]);
    assert.deepEqual(changed({}, { "aws:profile": "newtext" }), [
      "stack main, value of aws:profile: set -> replaced",
    ]);
  });
});
