/*
 * What `slipway record` leaves on registries and in its list. Each test goes on from where the one before it ended.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { parseDocument } from "yaml";
import { ImageListTag } from "../../../cli/publishing/image-list-tag.ts";
import { type CredentialsByHost, Registries } from "../../../oci/registries.ts";
import { type ImageList, readImageList } from "../../../rules/image-list.ts";
import { parseImageReference } from "../../../rules/image-reference.ts";
import { LocalCloud } from "../../../rules/local-cloud.ts";
import { type CliResult, ProjectCopy } from "../../cli/support/project-copy.ts";

const FAMILIES = ["ci-image", "no_rocm_image_ubuntu24_04"];
const JAMMY = "pytorch-linux-jammy-rocm-n-py3";
const UP = ["up", "--stack", "local", "--engine", "embedded"];

describe("slipway record", function () {
  this.timeout(5 * 60_000);
  let project: ProjectCopy;
  let cloud: LocalCloud;
  let credentials: CredentialsByHost;
  const registries = new Registries();
  /** The list and its digest as the first record of main left them. */
  let first: ImageList;
  let firstText: string;

  before("apply a stack whose project has commits", async function () {
    this.timeout(15 * 60_000);
    project = await ProjectCopy.make();
    await project.edit("Pulumi.local.yaml", (text) => {
      const document = parseDocument(text);
      document.setIn(["config", "slipway:families"], FAMILIES);
      return document.toString();
    });
    await git("init", "-q", "-b", "main");
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n*.json\n");
    await commit("Begin");
    await succeed("local", "start");
    cloud = LocalCloud.parse(JSON.parse(await readFile(join(project.home, "cloud.json"), "utf8")));
    credentials = Object.fromEntries(
      Object.values(cloud.registries).map(({ host, username, password }) => [
        host,
        { username, password },
      ]),
    );
  });
  after(() => project.remove());

  const git = (...args: readonly string[]) => project.git(...args);
  const commit = (message: string) => project.commit(message);

  async function succeed(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await project.slipway(args);
    assert.equal(exitCode, 0, `slipway ${args.join(" ")}\n${stdout}\n${stderr}`);
    return stdout;
  }

  /** As a push of main, unless told otherwise. */
  function record(...args: readonly string[]): Promise<CliResult> {
    return project.slipway(["record", "--stack", "local", ...args]);
  }

  /** As a push of the tag v2.10.0-rc1. */
  function candidate(...args: readonly string[]): Promise<CliResult> {
    const run = ["record", "--stack", "release-2.10", "--ref", "refs/tags/v2.10.0-rc1"];
    return project.slipway([...run, ...args]);
  }

  /** Digest of `host/path:tag`. */
  async function resolve(name: string): Promise<string | undefined> {
    const colon = name.lastIndexOf(":");
    const client = registries.repository(name.slice(0, colon), credentials);
    return client.manifests.digest(name.slice(colon + 1));
  }

  function digest(registry: "ecr" | "ghcr.io", family: string, tag: string) {
    return resolve(`${cloud.registries[registry].host}/pytorch/${family}:${tag}`);
  }

  function published(tag = "main"): Promise<ImageList | undefined> {
    const repository = `${cloud.registries["ghcr.io"].host}/pytorch/slipway-images`;
    return new ImageListTag(repository, tag, registries, credentials).read();
  }

  const output = (name: string) => join(project.root, name);
  const file = (name: string) => readFile(output(name), "utf8");
  const entries = ({ families }: ImageList) =>
    Object.values(families).flatMap(({ images }) => Object.values(images));
  const head = () => git("rev-parse", "HEAD");
  const pin = (of: string) => of.replace("sha256:", "pin-");

  it("leaves out what was never recorded and is not there, and says so", async () => {
    const { exitCode, stdout } = await record("--output", output("empty.json"));
    assert.equal(exitCode, 1);
    assert.match(stdout, /ci-image\/pytorch-linux-noble-rocm-n-py3 .*not recorded, and never was/);
    assert.match(stdout, /! no_rocm_image_ubuntu24_04: k[0-9a-f]{40} is not on .*build --missing/);
    const read = readImageList(await file("empty.json"));
    assert.ok("list" in read);
    assert.deepEqual(read.list.families, {});
  });

  it("puts the commit's names after up, which lead where the channel's names lead", async () => {
    await succeed(...UP);
    const { exitCode, stdout, stderr } = await record("--output", output("images.json"));
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    for (const accelerator of [JAMMY, "pytorch-linux-noble-rocm-n-py3"]) {
      const recorded = await digest("ghcr.io", "ci-image", `${accelerator}-${await head()}`);
      assert.match(String(recorded), /^sha256:/);
      assert.equal(recorded, await digest("ghcr.io", "ci-image", `${accelerator}-main`));
      assert.equal(await digest("ecr", "ci-image", `${accelerator}-${await head()}`), undefined);
    }
    const single = await digest("ghcr.io", "no_rocm_image_ubuntu24_04", await head());
    assert.equal(single, await digest("ghcr.io", "no_rocm_image_ubuntu24_04", "latest"));
  });

  it("lists every image by digest, with names that all lead there, in the file and on the registry", async () => {
    firstText = await file("images.json");
    const read = readImageList(firstText);
    assert.ok("list" in read);
    first = read.list;
    assert.deepEqual(await published(), first);
    assert.equal(first.commit, await head());
    assert.deepEqual([first.channel, first.ref], ["main", "refs/heads/main"]);
    assert.deepEqual(Object.keys(first.families), FAMILIES);
    assert.equal(entries(first).length, 4);
    for (const image of entries(first)) {
      assert.equal(image.commit, first.commit);
      assert.equal(image.names.length, 3, "two of the channel, one of the commit");
      for (const name of image.names) assert.equal(await resolve(name), image.digest, name);
      for (const reference of Object.values(image.references)) {
        const { host, path, digest: by = "" } = parseImageReference(reference);
        const client = registries.repository(`${host}/${path}`, credentials);
        assert.equal(await client.manifests.digest(by), image.digest, reference);
      }
    }
  });

  it("pins on ECR what names lead to", async () => {
    for (const image of Object.values(first.families["ci-image"]!.images)) {
      assert.equal(await digest("ecr", "ci-image", pin(image.digest)), image.digest);
    }
  });

  it("changes nothing the second time", async () => {
    const { exitCode, stdout } = await record("--output", output("again.json"));
    assert.equal(exitCode, 0);
    assert.match(stdout, /slipway-images:main had this list already/);
    assert.equal(await file("again.json"), firstText);
  });

  it("refuses a release candidate of a line that is another stack's, and names that stack", async () => {
    const { exitCode, stderr } = await record("--ref", "refs/tags/v2.10.0-rc1");
    assert.equal(exitCode, 1);
    assert.match(stderr, /is of channel release\/2\.10, but stack local .*--stack release-2\.10/);
    assert.equal(await digest("ghcr.io", "ci-image", `${JAMMY}-v2.10.0-rc1`), undefined);
  });

  it("moves a stage branch's own names, and nothing else", async () => {
    const family = "no_rocm_image_ubuntu24_04";
    const latest = await digest("ghcr.io", family, "latest");
    const { exitCode, stdout } = await record("--ref", "refs/heads/stage/docker/try");
    assert.equal(exitCode, 0, stdout);
    assert.doesNotMatch(stdout, /ci-image/);
    assert.equal(await digest("ghcr.io", family, "stage-try"), latest);
    assert.equal(await digest("ghcr.io", family, "latest"), latest);
    assert.deepEqual(await published(), first);
  });

  it("refuses a file in a folder that is not there, before it records anything", async () => {
    const { exitCode, stderr } = await record("--output", "/nowhere/images.json");
    assert.equal(exitCode, 1);
    assert.match(stderr, /there is no folder \/nowhere; make it first/);
  });

  it("refuses what does not publish, with the reason", async () => {
    const { exitCode, stderr } = await record("--event", "pull_request");
    assert.equal(exitCode, 1);
    assert.match(stderr, /publishes nothing.*pull_request never publishes/);
  });

  it("keeps the last entry of an image that failed, and records the others", async () => {
    await project.edit("images/ci-image/image.yaml", (text) =>
      text.replace("PYTHON_VERSION: 3.12", "PYTHON_VERSION: 3.13"),
    );
    await project.edit("images/no_rocm_image_ubuntu24_04/Dockerfile", (text) =>
      text.replace(/^USER .*$/m, "RUN echo this step breaks && exit 3\n$&"),
    );
    const second = await commit("Break one image");
    assert.equal((await project.slipway(UP)).exitCode, 1);
    const { exitCode, stdout } = await record();
    assert.equal(exitCode, 1);
    assert.match(stdout, /no_rocm_image_ubuntu24_04 .*not recorded; stays as of/);
    const list = await published();
    assert.equal(list?.commit, second);
    const kept = list.families["no_rocm_image_ubuntu24_04"]!;
    assert.deepEqual(kept, first.families["no_rocm_image_ubuntu24_04"]);
    const noble = list.families["ci-image"]!.images["pytorch-linux-noble-rocm-n-py3"]!;
    assert.equal(noble.commit, second);
    assert.notEqual(
      noble.digest,
      first.families["ci-image"]!.images["pytorch-linux-noble-rocm-n-py3"]!.digest,
    );
  });

  it("does nothing for an older commit, nor does up, whichever way the commit is told", async () => {
    const list = await published();
    const latest = await head();
    const late = new RegExp(`commit ${first.commit} is older than ${latest}.*nothing is done`);
    const state = () => readFile(join(project.home, "state/local.json"), "utf8");
    const before = await state();
    assert.match(await succeed(...UP, "--commit", first.commit), late);
    assert.match(await succeed("record", "--stack", "local", "--commit", first.commit), late);
    await git("checkout", "-q", first.commit);
    assert.match(await succeed(...UP), late);
    assert.match(await succeed(...UP), /; if that is meant: slipway up --stack local --even-if-/);
    const json = JSON.parse(await succeed(...UP, "--json")) as { older: string };
    assert.match(json.older, late);
    assert.match(
      await succeed("record", "--stack", "local", "--output", output("late.json")),
      late,
    );
    await assert.rejects(file("late.json"), "no list of an older commit");
    await git("checkout", "-q", "main");
    assert.equal(await state(), before);
    assert.deepEqual(await published(), list);
  });

  it("previews an older commit all the same, and says that up would do nothing and why", async () => {
    await git("checkout", "-q", first.commit);
    const late = new RegExp(`^commit ${first.commit} is older than .*--even-if-older$`);
    const preview = ["preview", "--stack", "local", "--engine", "embedded"];
    const text = await succeed(...preview);
    assert.match(text, /\n\d+ to (?:update|replace|create).*\n/, "the preview itself");
    const line = text.split("\n").at(-1) ?? "";
    assert.ok(line.startsWith("up would do nothing: "), text);
    assert.match(line.slice("up would do nothing: ".length), late);
    const json = JSON.parse(await succeed(...preview, "--json")) as Record<string, unknown>;
    assert.match(String(json["older"]), late);
    assert.ok(Array.isArray(json["resources"]));
    await git("checkout", "-q", "main");
    assert.doesNotMatch((await project.slipway(preview)).stdout, /up would/);
  });

  it("goes on for an older commit where that is meant", async () => {
    const args = ["--commit", first.commit, "--even-if-older", "--json"];
    const { stdout } = await project.slipway([...UP, ...args]);
    const json = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(json["older"], undefined);
    assert.ok(Array.isArray(json["resources"]));
  });

  it("goes back by a revert, which is a newer commit", async () => {
    await git("-c", "user.name=Test", "revert", "--no-edit", "HEAD");
    await succeed(...UP);
    const { exitCode, stdout } = await record();
    assert.equal(exitCode, 0, stdout);
    const list = await published();
    assert.equal(list?.commit, await head());
    const digests = (of: ImageList) => entries(of).map((image) => image.digest);
    assert.deepEqual(digests(list), digests(first));
    for (const image of entries(first)) {
      for (const name of image.names) assert.equal(await resolve(name), image.digest, name);
    }
  });

  for (const engine of ["embedded", "pulumi"]) {
    it(`says after up by engine ${engine} that a later commit was published meanwhile, and what puts that right`, async () => {
      const list = await published();
      assert.ok(list);
      const early = await head();
      await git("-c", "user.name=Test", "commit", "-q", "--allow-empty", "-m", "Come meanwhile");
      const later = await head();
      // Stands for the Pulumi CLI, and ends when it is told to.
      const programs = join(project.home, "programs");
      const done = join(programs, `done-${engine}`);
      await mkdir(programs, { recursive: true });
      const script = `#!/bin/sh\n[ "$1" = version ] && exit\nuntil [ -e '${done}' ]; do sleep 0.1; done\n`;
      await writeFile(join(programs, "pulumi"), script, { mode: 0o755 });
      const up = project.spawn(["up", "--stack", "local", "--engine", engine, "--commit", early], {
        PATH: [programs, process.env["PATH"]].join(delimiter),
      });
      // It says so after its first look.
      for await (const line of up.iterable()) {
        if (!line.startsWith("up of stack local")) continue;
        const repository = `${cloud.registries["ghcr.io"].host}/pytorch/slipway-images`;
        const tag = new ImageListTag(repository, "main", registries, credentials);
        await tag.write({ ...list, commit: later });
        await writeFile(done, "");
      }
      const { exitCode, stderr } = await up;
      assert.equal(exitCode, 1);
      assert.match(
        stderr,
        new RegExp(
          `^error: channel main was published for the later commit ${later} while this ran for ${early}, .*: ` +
            `git checkout ${later} && slipway up --stack local$`,
          "m",
        ),
      );
    });
  }

  it("records what the channel is rolled back to by float", async () => {
    const noble = "pytorch-linux-noble-rocm-n-py3";
    const other = first.families["ci-image"]!.images[JAMMY]!.digest;
    await project.edit("images/ci-image/image.yaml", (text) =>
      text.replace(`${noble}: { `, `${noble}: { float: ${other}, `),
    );
    await commit("Roll noble back");
    const early = await record();
    assert.equal(early.exitCode, 1);
    assert.match(early.stdout, new RegExp(`${noble}-main leads to .*slipway up puts it there`));
    await succeed(...UP);
    const { exitCode, stdout } = await record();
    assert.equal(exitCode, 0, stdout);
    const entry = (await published())!.families["ci-image"]!.images[noble]!;
    assert.equal(entry.digest, other);
    assert.equal(entry.contentName, first.families["ci-image"]!.images[noble]!.contentName);
    assert.equal(await digest("ghcr.io", "ci-image", `${noble}-${await head()}`), other);
  });

  it("says on the local cloud what is not as committed, and goes on", async () => {
    await writeFile(join(project.root, "images/ci-image/new"), "new\n");
    const { exitCode, stdout } = await record();
    assert.equal(exitCode, 0, "no image sees that file");
    assert.match(stdout, /note: images\/ci-image\/new: not as committed/);
    await git("clean", "-qfd", "images");
  });

  it("writes one whole list when two runs record a channel at once", async () => {
    const runs = await Promise.all([record("--json"), record("--json")]);
    assert.deepEqual(
      runs.map(({ exitCode }) => exitCode),
      [0, 0],
      runs[0].stdout,
    );
    const lists = runs.map(({ stdout }) => (JSON.parse(stdout) as { list: ImageList }).list);
    assert.deepEqual(lists[0], lists[1]);
    assert.deepEqual(await published(), lists[0]);
  });

  it("records a release line that was cut from the stack, beside it", async () => {
    const main = await published();
    await git("checkout", "-q", "-b", "release/2.10");
    await succeed("channel", "create", "release/2.10", "--from", "local");
    await commit("Cut release 2.10");
    const up = ["up", "--stack", "release-2.10", "--engine", "embedded", "--json"];
    const { resources } = JSON.parse(await succeed(...up)) as { resources: { type: string }[] };
    assert.ok(resources.every(({ type }) => /Image|ImageName/.test(type)));
    const { exitCode, stdout } = await project.slipway(["record", "--stack", "release-2.10"]);
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /slipway-images:release-2\.10 has the list now/);
    const { digest: of } = first.families["ci-image"]!.images[JAMMY]!;
    assert.equal(await digest("ghcr.io", "ci-image", `${JAMMY}-2.10`), of);
    assert.equal(await digest("ghcr.io", "ci-image", `${JAMMY}-${await head()}`), undefined);
    assert.deepEqual(await published(), main);
  });

  it("records a release candidate's tag, and neither moves a floating name nor touches a list", async () => {
    const lists = await Promise.all([published(), published("release-2.10")]);
    const before = await digest("ghcr.io", "ci-image", `${JAMMY}-2.10`);
    const { exitCode, stdout } = await candidate("--json");
    assert.equal(exitCode, 0, stdout);
    const { list, published: where } = JSON.parse(stdout) as { list: ImageList; published: null };
    assert.equal(where, null);
    const { digest: of } = list.families["ci-image"]!.images[JAMMY]!;
    assert.equal(await digest("ghcr.io", "ci-image", `${JAMMY}-v2.10.0-rc1`), of);
    assert.equal(await digest("ghcr.io", "ci-image", `${JAMMY}-2.10`), before);
    assert.deepEqual(await Promise.all([published(), published("release-2.10")]), lists);
  });

  it("never moves a name that was recorded with other content", async () => {
    const name = "pytorch-linux-noble-rocm-n-py3-v2.10.0-rc1";
    const before = await digest("ghcr.io", "ci-image", name);
    await project.edit("images/ci-image/image.yaml", (text) =>
      text.replace(/float: sha256:[0-9a-f]{64}, /, ""),
    );
    await commit("Go on from where noble was rolled back");
    const { exitCode, stdout } = await candidate();
    assert.equal(exitCode, 1);
    assert.match(stdout, new RegExp(`${name} was recorded before, with ${before}, and stays so`));
    assert.equal(await digest("ghcr.io", "ci-image", name), before);
  });

  it("refuses a release candidate whose tag is another commit in this clone", async () => {
    await git("tag", "v2.10.0-rc1", "HEAD~1");
    const { exitCode, stderr } = await candidate();
    assert.equal(exitCode, 1);
    assert.match(stderr, /refs\/tags\/v2\.10\.0-rc1 is [0-9a-f]{40} in this clone, and not/);
  });
});
