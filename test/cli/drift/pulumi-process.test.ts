import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { previewByPulumi } from "../../../cli/drift/pulumi-preview.ts";
import { callsOf, fakeProgram } from "../../support/fake-program.ts";

describe("the Pulumi CLI that looks for drift", () => {
  const earlier = { PATH: process.env["PATH"], url: process.env["PULUMI_BACKEND_URL"] };
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-drift-"));
    process.env["PATH"] = `${folder}${delimiter}${earlier.PATH ?? ""}`;
    Reflect.deleteProperty(process.env, "PULUMI_BACKEND_URL");
    await writeFile(join(folder, "Pulumi.yaml"), "name: slipway\nruntime: nodejs\n");
    await writeFile(
      join(folder, "Pulumi.example.yaml"),
      "config:\n  slipway:stateBucket: example-state/slipway\n  slipway:awsRegion: us-west-2\n",
    );
    await fakeProgram(
      folder,
      "pulumi",
      `printf '%s\\n%s\\n' "$PULUMI_BACKEND_URL" "$PATH" > ${folder}/environment; echo '{"steps": []}'`,
    );
  });
  afterEach(async () => {
    process.env["PATH"] = earlier.PATH;
    Reflect.deleteProperty(process.env, "PULUMI_BACKEND_URL");
    if (earlier.url !== undefined) process.env["PULUMI_BACKEND_URL"] = earlier.url;
    await rm(folder, { recursive: true });
  });
  const environment = async () =>
    (await readFile(join(folder, "environment"), "utf8")).trimEnd().split("\n");

  it("is told where the stack's state is, and to refresh, change nothing and ask nobody", async () => {
    const { changes, findings, unasked } = await previewByPulumi(folder, "example");
    assert.deepEqual([changes, findings, unasked], [[], [], []]);
    const [backend, path = ""] = await environment();
    assert.equal(backend, "s3://example-state/slipway?region=us-west-2");
    // Its program takes the Node that runs this.
    assert.equal(path.split(delimiter)[0], dirname(process.execPath));
    assert.deepEqual(await callsOf(folder, "pulumi"), [
      "preview --stack example --refresh --run-program --json --expect-no-changes --non-interactive",
    ]);
  });

  it("keeps the place that somebody set", async () => {
    process.env["PULUMI_BACKEND_URL"] = "file:///state";
    await previewByPulumi(folder, "example");
    assert.equal((await environment())[0], "file:///state");
  });
});
