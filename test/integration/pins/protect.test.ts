import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ECR } from "@aws-sdk/client-ecr";
import { execa } from "execa";
import { Registries } from "../../../oci/registries.ts";
import { pinnedDigestsText, readPinnedDigests } from "../../../rules/pins/pinned-digests.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { withCloud } from "../../support/cloud.ts";
import { push, sampleImage } from "../oci/sample-image.ts";

const FAMILY = "no_rocm_image_ubuntu24_04";
const TODAY = new Date().toISOString().slice(0, 10);

describe("slipway pins protect", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let project: ProjectCopy;
  let server: string;
  beforeEach(async () => {
    project = await ProjectCopy.make();
    server = await mkdtemp(join(tmpdir(), "server-"));
    await commit("pytorch/pytorch", "main", {});
  });
  afterEach(async () => {
    await project.remove();
    await rm(server, { recursive: true, force: true });
  });

  const registry = () => `${cloud().registries["ghcr.io"].host}/pytorch/${FAMILY}`;

  async function published(): Promise<string> {
    const { host, username, password } = cloud().registries["ghcr.io"];
    const to = new Registries().repository(registry(), { [host]: { username, password } }, "push");
    return push(sampleImage(), to);
  }

  /** Makes a repository on the local ECR. */
  async function onLocalEcr(repositoryName: string) {
    const { aws, registries: places } = cloud();
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const ecr = new ECR({ endpoint: aws.endpoint, region: "us-east-1", credentials });
    await ecr.createRepository({ repositoryName });
    const { host, ...login } = places.ecr;
    return {
      to: new Registries().repository(`${host}/${repositoryName}`, { [host]: login }, "push"),
      remove: async () => {
        await ecr.deleteRepository({ repositoryName, force: true });
        ecr.destroy();
      },
    };
  }

  /** Commits files to a branch of a repository on the server, whose default branch is main. */
  async function commit(
    name: string,
    branch: string,
    files: Readonly<Record<string, string>>,
    date = new Date().toISOString(),
  ): Promise<void> {
    const folder = join(server, `${name}.git`);
    const git = (...args: string[]) =>
      execa("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b", ...args], {
        env: { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
      });
    await mkdir(folder, { recursive: true });
    await git("init", "--quiet", "--initial-branch=main");
    await git("checkout", "--quiet", "-B", branch);
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    await git("add", "--all");
    await git("commit", "--quiet", "--allow-empty", "-m", "c");
    await git("checkout", "--quiet", "-B", "main", ...(branch === "main" ? [] : ["main"]));
  }

  function protect(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    return project.spawn(["pins", "protect", "--stack", "local", ...args], {
      SLIPWAY_HOME: cloud().folder,
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.file://${server}/.insteadOf`,
      GIT_CONFIG_VALUE_0: "https://github.com/",
      ...env,
    });
  }

  async function pinned() {
    const read = readPinnedDigests(await readFile(join(project.root, "Pins.local.yaml"), "utf8"));
    assert.ok("pinned" in read, JSON.stringify(read));
    return read.pinned.pins;
  }

  it("writes what default and live release branches pin, with the day and who does", async () => {
    const [main, line, old] = [await published(), await published(), await published()];
    await commit("ROCm/TheRock", "main", { "a.yml": `image: ${registry()}@${main}\n` });
    await commit("ROCm/TheRock", "release/1.0", { "a.yml": `image: ${registry()}@${line}\n` });
    await commit(
      "ROCm/TheRock",
      "release/0.1",
      { "a.yml": `${registry()}@${old}\n` },
      "2020-01-01T00:00:00Z",
    );
    await commit("ROCm/TheRock", "topic", { "a.yml": `${registry()}@${old}\n` });
    await commit("ROCm/rocm-systems", "main", { "b/c.py": `X = "${registry()}@${main}"\n` });
    const repos = ["--repo", "ROCm/TheRock", "--repo", "ROCm/rocm-systems"];
    const { exitCode, stdout, stderr } = await protect(repos);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /2 digests are protected by Pins\.local\.yaml/);
    const place = { repository: `pytorch/${FAMILY}`, image: FAMILY, seen: TODAY };
    const wanted = [
      { digest: main, ...place, users: ["ROCm/TheRock@main", "ROCm/rocm-systems@main"] },
      { digest: line, ...place, users: ["ROCm/TheRock@release/1.0"] },
    ];
    assert.deepEqual(new Set(await pinned()), new Set(wanted));
    const again = await protect(repos);
    assert.match(again.stdout, /2 digests are protected; Pins\.local\.yaml says so already/);
  });

  it("keeps what nobody pins any more for the grace time, and then lets it go", async () => {
    const digest = await published();
    await commit("ROCm/TheRock", "main", { "a.yml": `image: ${registry()}@${digest}\n` });
    await protect(["--repo", "ROCm/TheRock"]);
    await commit("ROCm/TheRock", "main", { "a.yml": "nothing\n" });
    const kept = await protect(["--repo", "ROCm/TheRock"]);
    assert.match(kept.stdout, /^unseen .*: its grace time ends on /m);
    assert.equal((await pinned()).length, 1);
    const file = join(project.root, "Pins.local.yaml");
    await writeFile(file, (await readFile(file, "utf8")).replaceAll(TODAY, "2026-01-01"));
    const released = await protect(["--repo", "ROCm/TheRock"]);
    assert.match(released.stdout, /^released /m);
    assert.deepEqual(await pinned(), []);
  });

  it("keeps a digest of which no list tells any more which of the family's images it is", async () => {
    const path = "pytorch/almalinux-builder";
    const { host, username, password } = cloud().registries["docker.io"];
    const to = new Registries().repository(
      `${host}/${path}`,
      { [host]: { username, password } },
      "push",
    );
    const onEcr = await onLocalEcr(path);
    try {
      const [bare, alone, unknown] = [sampleImage(), sampleImage(), sampleImage()];
      for (const image of [bare, alone, unknown]) {
        await push(image, to);
        await push(image, onEcr.to);
      }
      const text = [
        `- ${host}/${path}@${bare.manifest.digest}`,
        `DIGEST = "${alone.manifest.digest}"`,
        `- ${host}/${path}@${unknown.manifest.digest}`,
      ];
      await commit("pytorch/pytorch", "main", { "a.yml": text.join("\n") });
      const image = "almalinux-builder/cpu";
      const pin = { repository: path, image, seen: "2026-01-01", users: ["pytorch/pytorch@main"] };
      const before = [bare, alone].map(({ manifest: { digest } }) => ({ ...pin, digest }));
      await writeFile(join(project.root, "Pins.local.yaml"), pinnedDigestsText(before));
      const { exitCode, stdout, stderr } = await protect(["--json"]);
      assert.equal(exitCode, 0, stderr);
      const { added, released } = JSON.parse(stdout) as Record<string, readonly unknown[]>;
      const digest = unknown.manifest.digest;
      const wanted = { ...pin, seen: TODAY, image: "almalinux-builder", digest };
      assert.deepEqual([added, released], [[wanted], []]);
      assert.deepEqual(
        new Set(await pinned()),
        new Set([...before.map((one) => ({ ...one, seen: TODAY })), wanted]),
      );
    } finally {
      await onEcr.remove();
    }
  });

  it("takes a digest that only a name nearby tells of for a pin where the registry has it", async () => {
    const [digest, other] = [await published(), `sha256:${"7".repeat(64)}`];
    for (const [name, one] of Object.entries({ "a.yml": digest, "b.yml": other })) {
      await commit("ROCm/TheRock", "main", { [name]: `image: ${registry()}\ndigest: ${one}\n` });
    }
    const { exitCode, stdout } = await protect(["--repo", "ROCm/TheRock"]);
    assert.equal(exitCode, 0, stdout);
    const found = (await pinned()).map((pin) => [pin.repository, pin.digest]);
    assert.deepEqual(found, [[`pytorch/${FAMILY}`, digest]]);
  });

  it("looks at the stack's own repository, and those of its configuration unless others are named", async () => {
    const [own, configured, named] = [await published(), await published(), await published()];
    await commit("pytorch/pytorch", "main", { "a.yml": `image: ${registry()}@${own}\n` });
    await commit("ROCm/TheRock", "main", { "a.yml": `image: ${registry()}@${configured}\n` });
    await commit("ROCm/rocm-systems", "main", { "a.yml": `image: ${registry()}@${named}\n` });
    const file = join(project.root, "Pulumi.local.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, `${text}\n  slipway:pinRepositories: [ROCm/TheRock]\n`);
    const digests = async () => (await pinned()).map(({ digest }) => digest).sort();
    assert.equal((await protect([])).exitCode, 0);
    assert.deepEqual(await digests(), [own, configured].sort());
    await writeFile(join(project.root, "Pins.local.yaml"), "version: 1\npins: []\n");
    assert.equal((await protect(["--repo", "ROCm/rocm-systems"])).exitCode, 0);
    assert.deepEqual(await digests(), [own, named].sort());
  });

  it("tells of pins that lead nowhere, and protects the others", async () => {
    const [digest, lost] = [await published(), `sha256:${"7".repeat(64)}`];
    const text = `- ${registry()}@${digest}\n- ${registry()}@${lost}\n`;
    await commit("ROCm/TheRock", "main", { "a.yml": text });
    const { exitCode, stdout } = await protect(["--repo", "ROCm/TheRock"]);
    assert.equal(exitCode, 1);
    assert.match(stdout, new RegExp(`^LOST .*${lost}, pinned in ROCm/TheRock@main: missing`, "m"));
    assert.deepEqual(
      (await pinned()).map((pin) => pin.digest),
      [digest],
    );
  });

  it("protects what others pin when a branch cannot be read, and leaves that one's pins as they are", async () => {
    const [digest, old] = [await published(), await published()];
    await commit("ROCm/rocm-systems", "main", { "a.yml": `image: ${registry()}@${digest}\n` });
    const faulty = { "pins.yaml": "oldest: never\n", "a.yml": `image: ${registry()}@${digest}\n` };
    await commit("ROCm/TheRock", "main", faulty);
    const place = { repository: `pytorch/${FAMILY}`, image: FAMILY };
    const before = { digest: old, ...place, seen: "2026-01-01", users: ["ROCm/TheRock@main"] };
    await writeFile(join(project.root, "Pins.local.yaml"), pinnedDigestsText([before]));
    const repos = ["--repo", "ROCm/TheRock", "--repo", "ROCm/rocm-systems"];
    const { exitCode, stdout, stderr } = await protect(repos);
    assert.equal(exitCode, 1, stderr);
    assert.match(
      stdout,
      /^UNREAD {4}ROCm\/TheRock@main was not looked at, its pins stay: pins\.yaml: 1 problem oldest: /m,
    );
    const seen = { digest, ...place, seen: TODAY, users: ["ROCm/rocm-systems@main"] };
    assert.deepEqual(new Set(await pinned()), new Set([before, seen]));
    const { unread } = JSON.parse((await protect([...repos, "--json"])).stdout) as {
      readonly unread: readonly { readonly user: string }[];
    };
    assert.deepEqual(
      unread.map(({ user }) => user),
      ["ROCm/TheRock@main"],
    );
  });

  it("takes out what ECR does not have any more, and says who had it", async () => {
    const repositoryName = "pytorch/almalinux-builder";
    const onEcr = await onLocalEcr(repositoryName);
    try {
      const pin = { repository: repositoryName, image: "almalinux-builder/cpu", seen: TODAY };
      const gone = { digest: `sha256:${"7".repeat(64)}`, ...pin, users: ["ROCm/TheRock@main"] };
      await writeFile(join(project.root, "Pins.local.yaml"), pinnedDigestsText([gone]));
      const { exitCode, stdout, stderr } = await protect([]);
      assert.equal(exitCode, 0, stderr);
      assert.match(
        stdout,
        /^GONE .*7{64}: not on ECR any more; was pinned in ROCm\/TheRock@main$/m,
      );
      assert.deepEqual(await pinned(), []);
    } finally {
      await onEcr.remove();
    }
  });

  it("proposes nothing without a token, and says what it needs, before it looks", async () => {
    const { exitCode, stdout, stderr } = await project.spawn(
      ["pins", "protect", "--stack", "therock", "--propose"],
      { GITHUB_TOKEN: "", GITHUB_ACTIONS: "" },
    );
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.match(stderr, /GITHUB_TOKEN is not set.*to write Contents and Pull requests/);
  });

  it("writes nothing when a repository cannot be read", async () => {
    await commit("ROCm/TheRock", "main", { "a.yml": `${registry()}@${await published()}\n` });
    const repos = ["--repo", "ROCm/TheRock", "--repo", "ROCm/gone"];
    const { exitCode, stderr } = await protect(repos);
    assert.equal(exitCode, 1);
    assert.match(stderr, /ROCm\/gone cannot be read: .*Nothing was written/);
    await assert.rejects(pinned(), /ENOENT/);
  });

  it("gives git the token for GitHub alone, and where no list of processes shows it", async () => {
    await commit("ROCm/TheRock", "main", { "a.yml": "nothing\n" });
    const { stdout: real } = await execa("which", ["git"]);
    const bin = join(project.home, "bin");
    await mkdir(bin);
    const log = join(project.home, "git.log");
    const script = `#!/bin/sh\n{ echo "$@"; env | grep ^GIT_CONFIG_; } >> ${log}\nexec ${real} "$@"\n`;
    await writeFile(join(bin, "git"), script, { mode: 0o755 });
    const path = `${bin}:${process.env["PATH"] ?? ""}`;
    const env = { PATH: path, GITHUB_TOKEN: "ghs_secret" };
    const { exitCode, stdout, stderr } = await protect(["--repo", "ROCm/TheRock"], env);
    assert.equal(exitCode, 0, stderr);
    const text = await readFile(log, "utf8");
    const basic = Buffer.from("x-access-token:ghs_secret").toString("base64");
    assert.match(text, /^GIT_CONFIG_KEY_1=http\.https:\/\/github\.com\/\.extraHeader$/m);
    assert.match(text, new RegExp(`^GIT_CONFIG_VALUE_1=Authorization: Basic ${basic}$`, "m"));
    const shown = [...text.split("\n").filter((line) => !line.startsWith("GIT_")), stdout, stderr];
    for (const line of shown) assert.ok(!line.includes(basic) && !line.includes("ghs_"), line);
  });
});
