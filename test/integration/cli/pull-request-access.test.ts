// Does not prove that what follows from a setting is all there is to tell of it.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { planData } from "../../../cli/pull-request/plan-data.ts";
import { previewOf } from "../../../cli/pull-request/plan-preview.ts";
import { withDataOf } from "../../../cli/pull-request/plan-project.ts";
import { PROJECT_ROOT } from "../../../cli/project-root.ts";
import { KEYS_TOLD } from "../../../rules/access-configuration.ts";
import type { WholeReport } from "../../../rules/preview-report-fit.ts";
import { snapshotOf } from "../../../rules/snapshot-of.ts";
import {
  type Inputs,
  type InputValue,
  isList,
  isMap,
  UNKNOWN,
} from "../../../rules/snapshot-value.ts";
import { type Snapshot, snapshotText } from "../../../rules/snapshot.ts";

const ENVIRONMENT = "slipway:index:GithubEnvironment";
const BUILDERS = { "linux/amd64": "tcp://evil:1234" };
const BUILDERS_TOLD = "slipway:builders linux/amd64: none -> tcp://evil:1234";
/** Another value of each key that resources tell of. */
const OTHERS: Readonly<Record<string, unknown>> = {
  families: ["almalinux-builder"],
  readBuckets: ["evil"],
  pullAccounts: ["123456789012"],
  environments: { "docker-deploy": { users: ["evil"] } },
  "secrets.docker-build.EVIL": {
    ...{ owner: "evil", purpose: "Is one more.", users: ["up.yml"] },
    ...{ expires: "never", source: { config: "evil" } },
  },
  stateBucket: "evil",
  stateKmsKey: "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  deployApp: "Iv23lievilevilevilev",
  driftApp: "Iv23lievilevilevilev",
  pinsApp: "Iv23lievilevilevilev",
  forceDelete: true,
};

describe("access that a pull request's data changes", function () {
  this.timeout(120_000);
  let folder: string;
  let head: string;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "slipway-access-test-")));
    head = join(folder, "head");
    for (const path of ["images", "Pulumi.main.yaml", "Pulumi.therock.yaml", "Pulumi.local.yaml"]) {
      await cp(join(PROJECT_ROOT, path), join(head, path), { recursive: true });
    }
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function set(values: Readonly<Record<string, unknown>>): Promise<void> {
    const file = join(head, "Pulumi.main.yaml");
    const document = parseDocument(await readFile(file, "utf8"));
    for (const [key, value] of Object.entries(values)) {
      document.setIn(["config", ...`slipway:${key}`.split(".")], value);
    }
    await writeFile(file, document.toString());
  }

  /** What is applied of this tree, or what somebody says that is applied. */
  async function snapshotFile(
    checkout: string,
    forge: (one: Snapshot) => Snapshot,
  ): Promise<string> {
    const found = await withDataOf(checkout, (root) => planData(root, "main"));
    assert.ok("planned" in found, JSON.stringify(found));
    assert.deepEqual(found.failures, []);
    const applied = found.planned.declared.map(({ inputs, ...one }) => ({
      ...one,
      inputs: appliedInputs(inputs),
    }));
    const commit = "d".repeat(40);
    const place = { repository: "pytorch/pytorch", stack: "main", channel: "main", commit };
    const path = join(folder, "snapshot.json");
    await writeFile(path, snapshotText(forge(snapshotOf(place, applied))));
    return path;
  }

  const settingsOf = ({ access }: WholeReport) =>
    access.flatMap((one) =>
      one.kind === "setting"
        ? [`${one.setting}: ${one.old ?? "none"} -> ${one.new ?? "none"}`]
        : [],
    );

  it("is told of where builds go, whether or not there is a snapshot", async () => {
    await set({ builders: BUILDERS });
    const alone = await previewOf({ checkout: head, stack: "main" });
    assert.deepEqual(settingsOf(alone), [BUILDERS_TOLD]);
    const snapshot = await snapshotFile(PROJECT_ROOT, (one) => one);
    const beside = await previewOf({ checkout: head, stack: "main", snapshot });
    assert.deepEqual(beside.access, alone.access);
  });

  it("is left to resources by settings for these keys alone", () => {
    const keys = Object.entries(KEYS_TOLD).flatMap(([key, how]) =>
      how === "resources" ? [key] : [],
    );
    assert.deepEqual(
      Object.keys(OTHERS).map((path) => path.split(".")[0]),
      keys,
    );
  });

  for (const [path, value] of Object.entries(OTHERS)) {
    it(`is told by resources of ${path}`, async () => {
      // Where there is a key, there is a bucket.
      await set({ ...(path === "stateKmsKey" && { stateBucket: "evil" }), [path]: value });
      const { access, failures } = await previewOf({ checkout: head, stack: "main" });
      assert.deepEqual(failures, []);
      assert.ok(access.length > 0);
      if (path === "stateKmsKey") assert.ok(JSON.stringify(access).includes(String(value)));
    });
  }

  it("is told though a snapshot says that it is so already", async () => {
    await set({ environments: { "docker-deploy": { users: ["evil"] } } });
    const snapshot = await snapshotFile(head, (one) => one);
    const report = await previewOf({ checkout: head, stack: "main", snapshot });
    assert.deepEqual(report.comparedWith.kind, "snapshot");
    assert.deepEqual(report.resources, []);
    assert.ok(settingsOf(report).includes("reviewer (user): none -> evil"));
  });

  it("is compared with no snapshot that does not tell of a type, which is told", async () => {
    const snapshot = await snapshotFile(PROJECT_ROOT, ({ listed, resources, ...one }) => ({
      ...one,
      listed: Object.fromEntries(Object.entries(listed).filter(([type]) => type !== ENVIRONMENT)),
      resources: resources.filter(({ type }) => type !== ENVIRONMENT),
    }));
    const report = await previewOf({ checkout: head, stack: "main", snapshot });
    assert.deepEqual(report.comparedWith, { kind: "base" });
    assert.deepEqual(report.resources, []);
    assert.deepEqual(settingsOf(report), [
      `snapshot of what is applied: does not tell of ${ENVIRONMENT} -> not compared with`,
    ]);
  });

  it("is told of settings by changed code, too, where the base lies beside it", async () => {
    // The other way round: what lies beside has a builder that this checkout lacks.
    await set({ builders: BUILDERS });
    const snapshot = await snapshotFile(PROJECT_ROOT, (one) => one);
    const report = await previewOf({ checkout: PROJECT_ROOT, base: head, stack: "main", snapshot });
    assert.deepEqual(settingsOf(report), ["slipway:builders linux/amd64: tcp://evil:1234 -> none"]);
    await rm(join(head, "Pulumi.main.yaml"));
    const without = await previewOf({
      checkout: PROJECT_ROOT,
      base: head,
      stack: "main",
      snapshot,
    });
    assert.ok(settingsOf(without).includes("plan of the base: failed -> not compared with"));
  });
});

/** What an apply makes of values: a number where nobody knew one. */
function appliedInputs(inputs: Inputs): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, appliedValue(value)]),
  );
}

function appliedValue(value: InputValue): InputValue {
  if (value === UNKNOWN) return 7;
  if (isList(value)) return value.map(appliedValue);
  return isMap(value) ? appliedInputs(value) : value;
}
