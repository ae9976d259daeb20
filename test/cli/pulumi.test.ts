// Does not prove that the Pulumi CLI takes these arguments: test/live does, where there is one.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pulumiArguments, pulumiBackend, runPulumi } from "../../cli/pulumi.ts";
import { callsOf, fakeProgram } from "../support/fake-program.ts";

describe("the arguments for the Pulumi CLI", () => {
  const stack = "main";

  it("look at what is really there, run the program for it, and go on after a failed image", () => {
    assert.deepEqual(pulumiArguments("up", { stack }), [
      ...["up", "--stack", "main", "--refresh", "--run-program", "--continue-on-error"],
    ]);
    assert.deepEqual(pulumiArguments("preview", { stack }), [
      ...["preview", "--stack", "main", "--refresh", "--run-program"],
    ]);
    assert.deepEqual(pulumiArguments("refresh", { stack }), [
      ...["refresh", "--stack", "main", "--run-program"],
    ]);
    assert.deepEqual(pulumiArguments("destroy", { stack }), [
      ...["destroy", "--stack", "main", "--run-program", "--continue-on-error"],
    ]);
  });

  it("leave the look out when told to believe the state", () => {
    for (const operation of ["up", "preview"] as const) {
      const args = pulumiArguments(operation, { stack, refresh: false });
      assert.ok(!args.includes("--refresh") && !args.includes("--run-program"), args.join(" "));
    }
  });

  it("pass --yes on to what asks, and never to a preview, which would not know it", () => {
    for (const operation of ["up", "refresh", "destroy"] as const) {
      assert.ok(pulumiArguments(operation, { stack, yes: true }).includes("--yes"));
      assert.ok(!pulumiArguments(operation, { stack, yes: false }).includes("--yes"));
    }
    assert.ok(!pulumiArguments("preview", { stack, yes: true }).includes("--yes"));
  });

  it("pass --expect-no-changes on to a preview alone, which alone knows it", () => {
    const expectNoChanges = true;
    assert.ok(
      pulumiArguments("preview", { stack, expectNoChanges }).includes("--expect-no-changes"),
    );
    assert.ok(!pulumiArguments("preview", { stack }).includes("--expect-no-changes"));
    for (const operation of ["up", "refresh", "destroy"] as const) {
      const args = pulumiArguments(operation, { stack, expectNoChanges });
      assert.ok(!args.includes("--expect-no-changes"), args.join(" "));
    }
  });

  it("exclude what up and preview are to leave as it is, each by its URN, and nothing else of its own accord", () => {
    const exclude = [
      "urn:pulumi:main::slipway::a:b:C::x",
      "urn:pulumi:main::slipway::a:b:C$d:e:F::y",
    ];
    for (const operation of ["up", "preview"] as const) {
      const args = pulumiArguments(operation, { stack, exclude });
      const at = args.indexOf("--exclude");
      assert.deepEqual(
        args.slice(at, at + 4),
        exclude.flatMap((urn) => ["--exclude", urn]),
      );
      assert.ok(!args.includes("--exclude-dependents"));
      assert.ok(!pulumiArguments(operation, { stack, exclude: [] }).includes("--exclude"));
    }
    for (const operation of ["refresh", "destroy"] as const) {
      assert.ok(!pulumiArguments(operation, { stack, exclude }).includes("--exclude"));
    }
  });

  it("pass --json on", () => {
    assert.ok(pulumiArguments("preview", { stack, json: true }).includes("--json"));
    assert.ok(!pulumiArguments("preview", { stack }).includes("--json"));
  });

  it("give a stack's name as one argument, whatever is in it", () => {
    assert.ok(pulumiArguments("up", { stack: "a b; c" }).includes("a b; c"));
  });
});

describe("the backend of the Pulumi CLI", () => {
  const config = {
    "slipway:stateBucket": "example-state/slipway",
    "slipway:awsRegion": "us-west-2",
  };

  it("is the stack's bucket, with the folder in it and the region", () => {
    const url = "s3://example-state/slipway?region=us-west-2";
    assert.deepEqual(pulumiBackend(config, {}), { url, told: `state in ${url}` });
    assert.equal(
      pulumiBackend({ ...config, "slipway:stateBucket": "example-state" }, {}).url,
      "s3://example-state?region=us-west-2",
    );
  });

  it("is what the variable says where that is set, of which nothing is told", () => {
    const PULUMI_BACKEND_URL = "postgres://me:marker@example/state";
    assert.deepEqual(pulumiBackend(config, { PULUMI_BACKEND_URL }), {
      told: "state where PULUMI_BACKEND_URL says",
    });
    assert.notEqual(pulumiBackend(config, { PULUMI_BACKEND_URL: "" }).url, undefined);
  });

  it("is that of the CLI's own login without a bucket, and of a stack of the local cloud", () => {
    const told = "state where pulumi login says";
    assert.deepEqual(pulumiBackend({ ...config, "slipway:stateBucket": "" }, {}), { told });
    assert.deepEqual(pulumiBackend({}, {}), { told });
    assert.deepEqual(pulumiBackend({ ...config, "slipway:local": "true" }, {}), { told });
  });

  describe("in the CLI's environment", () => {
    let folder: string;
    const earlier = { PATH: process.env["PATH"], url: process.env["PULUMI_BACKEND_URL"] };
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), "slipway-pulumi-"));
      process.env["PATH"] = `${folder}${delimiter}${earlier.PATH ?? ""}`;
      Reflect.deleteProperty(process.env, "PULUMI_BACKEND_URL");
      await fakeProgram(folder, "pulumi", `echo "$PULUMI_BACKEND_URL" > ${folder}/url; exit 3`);
    });
    afterEach(async () => {
      process.env["PATH"] = earlier.PATH;
      if (earlier.url !== undefined) process.env["PULUMI_BACKEND_URL"] = earlier.url;
      await rm(folder, { recursive: true });
    });
    const given = async () => (await readFile(join(folder, "url"), "utf8")).trim();

    it("is set where the stack has one, and the exit code is passed on", async () => {
      const backend = pulumiBackend(config, process.env);
      assert.equal(await runPulumi(folder, ["preview", "--stack", "main"], backend), 3);
      assert.equal(await given(), "s3://example-state/slipway?region=us-west-2");
      assert.deepEqual(await callsOf(folder, "pulumi"), ["preview --stack main"]);
    });

    it("is left as it is where somebody set it, and unset where nobody did", async () => {
      await runPulumi(folder, ["preview"], pulumiBackend({}, process.env));
      assert.equal(await given(), "");
      process.env["PULUMI_BACKEND_URL"] = "file:///state";
      await runPulumi(folder, ["preview"], pulumiBackend(config, process.env));
      assert.equal(await given(), "file:///state");
      Reflect.deleteProperty(process.env, "PULUMI_BACKEND_URL");
    });

    it("takes a passphrase and a token that are empty, as undeclared secrets of a workflow are, for none", async () => {
      await fakeProgram(
        folder,
        "pulumi",
        `echo "\${PULUMI_CONFIG_PASSPHRASE-none} \${PULUMI_ACCESS_TOKEN-none}" > ${folder}/url`,
      );
      const names = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_ACCESS_TOKEN"];
      const before = names.map((name) => process.env[name]);
      try {
        for (const name of names) process.env[name] = "";
        await runPulumi(folder, ["version"], { told: "" });
        assert.equal(await readFile(join(folder, "url"), "utf8"), "none none\n");
        for (const name of names) process.env[name] = "given";
        await runPulumi(folder, ["version"], { told: "" });
        assert.equal(await readFile(join(folder, "url"), "utf8"), "given given\n");
      } finally {
        for (const [index, name] of names.entries()) {
          if (before[index] === undefined) Reflect.deleteProperty(process.env, name);
          else process.env[name] = before[index];
        }
      }
    });
  });
});
