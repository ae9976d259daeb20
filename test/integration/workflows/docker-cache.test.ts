/* The workflow that refreshes what runners keep: what starts it, what it may do, and whom it takes at their word. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Store } from "../../../cli/cache/store/store.ts";
import { sha256 } from "../../../oci/digest.ts";
import { ManifestDocument, OCI_MANIFEST } from "../../../oci/media-types.ts";
import { Registries } from "../../../oci/registries.ts";
import { type ImageList, imageListText } from "../../../rules/image-list.ts";
import { channelTag } from "../../../rules/names.ts";
import { assertUntouched, CANARY, runsFolder } from "./support/canary.ts";
import { ownStage } from "./support/own-stage.ts";
import { dispatchPayload, type EndedRun, workflowRunPayload } from "./support/payloads.ts";
import { jobOf, logOf, printTrace, ran, succeeded, type WorkflowTrace } from "./support/trace.ts";

const FAMILY = "ci-image";
const RUNNER = "linux.rocm.gfx942.docker-cache";
const JAMMY = `${FAMILY}/pytorch-linux-jammy-rocm-n-py3`;
const IMAGES = [JAMMY, `${FAMILY}/pytorch-linux-noble-rocm-n-py3`, `${JAMMY}-benchmarks`];
const REGISTRY = "ghcr.io";
const LINE = "release/2.10";

describe("the workflow docker-cache", function () {
  this.timeout(20 * 60_000);
  const stage = ownStage([FAMILY]);
  let store: string;
  let published: WorkflowTrace;

  before("publish main", async () => {
    store = join(stage().project.home, "kept-images");
    published = succeeded(await stage().pushed("refs/heads/main"));
  });

  const runners = () => ({ [RUNNER]: { SLIPWAY_CACHE_STORE: store } });
  /** Runs it for a run that has ended, as GitHub tells of that. */
  const after = async (change: Partial<EndedRun> = {}): Promise<WorkflowTrace> => {
    const { project } = stage();
    const run: EndedRun = {
      ...{ id: published.runId, conclusion: "success", event: "push", name: "up" },
      ...{ path: ".github/workflows/up.yml", headBranch: "main", headSha: published.sha },
      headRepository: project.repository,
      ...change,
    };
    const payload = workflowRunPayload(project, run);
    const call = { file: "docker-cache.yml", event: "workflow_run", payload, runners: runners() };
    return checked(await stage().run(call));
  };
  const dispatched = async (
    inputs: Readonly<Record<string, string>>,
    ref = "refs/heads/main",
  ): Promise<WorkflowTrace> => {
    const payload = dispatchPayload(stage().project, ref, "docker-cache.yml", inputs);
    const call = { file: "docker-cache.yml", event: "workflow_dispatch", payload };
    return checked(await stage().run({ ...call, runners: runners() }));
  };
  const checked = async (trace: WorkflowTrace): Promise<WorkflowTrace> => {
    await assertUntouched(printTrace(trace), runsFolder(stage().project));
    return trace;
  };
  const kept = async (channel: string): Promise<Readonly<Record<string, string>>> => {
    const images = await (await Store.open(store)).images(channel);
    return Object.fromEntries(images.map(({ label, descriptor }) => [label, descriptor.digest]));
  };
  const wanted = async (suffix: string): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries(
      await Promise.all(
        IMAGES.map(async (label) => {
          const digest = await stage().digest(REGISTRY, `${label.replace("/", ":")}-${suffix}`);
          assert.ok(digest !== undefined, `${label} of ${suffix}`);
          return [label, digest] as const;
        }),
      ),
    );
  /** Every file of the store but its locks, with what indexes hold. */
  const contents = async (): Promise<readonly string[]> => {
    const entries = await readdir(store, { withFileTypes: true, recursive: true });
    const files = entries.filter(
      (entry) => entry.isFile() && !/\/locks(?:\/|$)/.test(entry.parentPath),
    );
    const shown = files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      return name.endsWith(".json") ? `${path} ${await readFile(path, "utf8")}` : path;
    });
    return (await Promise.all(shown)).sort();
  };

  describe("after a publication", () => {
    it("brings each image of main to its runner, by the role that only reads", async () => {
      const trace = well(await after());
      assert.deepEqual(
        ran(trace),
        IMAGES.map((image) => `published (${RUNNER}, ${image})`),
      );
      for (const job of trace.jobs.filter(({ result }) => result !== "skipped")) {
        assert.deepEqual([job.runsOn, job.secrets, job.environment], [[RUNNER], [], undefined]);
        const rights = { actions: "read", contents: "read", "id-token": "write", packages: "read" };
        assert.deepEqual(job.permissions, rights);
        const [role, ...others] = job.roles;
        assert.match(role?.arn ?? "", /\/gha_workflow_s3_and_ecr_read_only$/);
        assert.deepEqual([role?.sessionSeconds, others], [18_000, []]);
        assert.deepEqual(job.outputs, {});
      }
      assert.deepEqual(await kept("main"), await wanted("main"));
    });

    it("brings a release line beside it, and leaves main as it is", async () => {
      const main = await kept("main");
      await stage().branch(LINE);
      await stage().slipway("channel", "create", LINE, "--from", "main");
      await stage().project.commit("Cut release 2.10");
      await stage().project.push(`refs/heads/${LINE}`);
      const { runId: id, sha: headSha } = succeeded(await stage().pushed(`refs/heads/${LINE}`));
      well(await after({ id, headSha, headBranch: LINE }));
      assert.deepEqual(await kept(LINE), await wanted("2.10"));
      assert.deepEqual(await kept("main"), main);
      assert.deepEqual(await (await Store.open(store)).channels(), ["main", LINE]);
    });

    const others: Readonly<Record<string, () => Partial<EndedRun>>> = {
      "that failed": () => ({ conclusion: "failure" }),
      "that was cancelled": () => ({ conclusion: "cancelled" }),
      "that was skipped": () => ({ conclusion: "skipped" }),
      "of a fork whose branch is called main": () => ({ headRepository: stage().project.fork }),
      "of a pull request of a fork whose branch is called main": () => ({
        event: "pull_request",
        headRepository: stage().project.fork,
      }),
      "of another workflow with its name": () => ({ path: ".github/workflows/copied.yml" }),
      "of a stage branch": () => ({ headBranch: "stage/docker/try" }),
      "of a release candidate": () => ({ headBranch: "v2.10.0-rc1" }),
      "that somebody dispatched": () => ({ event: "workflow_dispatch" }),
      "of a branch whose name would run": () => ({ headBranch: `main;touch\${IFS}${CANARY}` }),
    };
    for (const [what, change] of Object.entries(others)) {
      it(`takes no runner for a run ${what}`, async () => {
        const before = await contents();
        const trace = await after(change());
        assert.deepEqual([trace.conclusion, ran(trace)], ["skipped", []]);
        assert.deepEqual(await contents(), before);
      });
    }

    it("does not start for a run of another workflow", async () => {
      assert.equal((await after({ name: "plan" })).conclusion, undefined);
    });

    const told: Readonly<Record<string, readonly [change: object, says: RegExp]>> = {
      "failed, was dispatched, and is of another branch of a fork": [
        { conclusion: "failure", event: "workflow_dispatch", headRepository: "mallory/pytorch" },
        /did not succeed.*another repository/,
      ],
      "is of another file": [{ workflow: "ci.yml" }, /is of ".github\/workflows\/ci.yml"/],
      "is of a branch that is no channel": [
        { headBranch: `release/2.10/$(touch ${CANARY})\n::error::x` },
        /is no channel/,
      ],
    };
    for (const [what, [change, says]] of Object.entries(told)) {
      it(`takes nobody's word for a run that, as GitHub tells, ${what}`, async () => {
        const before = await contents();
        const id = await stage().hosting.machinery.putRun({
          ...{ workflow: "up.yml", name: "up", event: "push", status: "completed" },
          ...{ conclusion: "success", headSha: published.sha, headBranch: "main" },
          ...change,
        });
        const trace = await after({ id });
        assert.equal(trace.conclusion, "failure");
        for (const job of trace.jobs.filter(({ result }) => result !== "skipped")) {
          assert.match(logOf(job, "Refresh"), says);
        }
        assert.deepEqual(await contents(), before);
      });
    }
  });

  describe("by hand", () => {
    it("refreshes one image of a channel, and no other", async () => {
      for (const channel of ["main", LINE]) {
        const trace = well(await dispatched({ channel, image: JAMMY }));
        const refreshed = trace.jobs.flatMap(({ name, steps }) =>
          steps.some((step) => step.name === "Refresh" && step.result === "success") ? name : [],
        );
        assert.deepEqual(refreshed, [`dispatched (${RUNNER}, ${JAMMY})`]);
      }
    });

    it("is for all images of main unless something else is said", async () => {
      const trace = well(await dispatched({}));
      const logs = trace.jobs
        .filter(({ id }) => id === "dispatched")
        .map((job) => logOf(job, "Refresh"));
      assert.equal(logs.length, IMAGES.length);
      for (const log of logs) assert.match(log, /unchanged/);
    });

    for (const channel of [
      `main; $(touch ${CANARY})`,
      "stage/docker/try",
      "v2.10.0-rc1",
      "--json",
      `main\n::error::${CANARY}\n##[add-path]/tmp`,
    ]) {
      it(`refuses the channel ${JSON.stringify(channel)}`, async () => {
        const before = await contents();
        const trace = await dispatched({ channel, image: JAMMY });
        assert.equal(trace.conclusion, "failure");
        const job = jobOf(trace, `dispatched (${RUNNER}, ${JAMMY})`);
        assert.match(logOf(job, "Refresh"), /Only main and release lines are kept/);
        assert.deepEqual(await contents(), before);
      });
    }

    it("cannot choose what no runner keeps, nor say more", async () => {
      for (const inputs of [{ image: `$(touch ${CANARY})` }, { store: "/tmp" }]) {
        assert.equal((await dispatched(inputs)).conclusion, undefined);
      }
    });

    it("of another branch takes no runner, and of its own file gets no role", async () => {
      await stage().branch("greedy");
      await stage().project.push("refs/heads/greedy");
      const before = await contents();
      assert.deepEqual(ran(await dispatched({}, "refs/heads/greedy")), []);
      await stage().project.edit(".github/workflows/docker-cache.yml", (text) =>
        text.replace("      github.ref == 'refs/heads/main' &&\n", ""),
      );
      await stage().project.commit("Look at no branch");
      await stage().project.push("refs/heads/greedy");
      const trace = await dispatched({}, "refs/heads/greedy");
      assert.equal(trace.conclusion, "failure");
      for (const job of trace.jobs.filter(({ id }) => id === "dispatched")) {
        assert.deepEqual(job.roles, []);
        assert.match(logOf(job, "Assume the role that only reads"), /Not authorized/);
      }
      assert.deepEqual(await contents(), before);
    });
  });

  describe("where somebody else has written the list", () => {
    let good: ImageList;

    before(async () => {
      good = await stage().imageList("main");
    });
    afterEach(() => put(imageListText(good)));

    const put = async (text: string): Promise<void> => {
      const { host, username, password } = stage().cloud.registries[REGISTRY];
      const client = new Registries().repository(
        `${host}/pytorch/slipway-images`,
        { [host]: { username, password } },
        "push",
      );
      const [config, list] = await Promise.all(
        ["{}", text].map(async (content) => {
          const bytes = Buffer.from(content);
          const blob = { digest: sha256(bytes), size: bytes.length };
          await client.blobs.ensure(blob, { open: async () => Readable.from([bytes]) });
          return blob;
        }),
      );
      const document = {
        ...{ schemaVersion: 2, mediaType: OCI_MANIFEST },
        artifactType: "application/vnd.slipway.images.v1",
        config: { mediaType: "application/vnd.oci.empty.v1+json", ...config },
        layers: [{ mediaType: "application/json", ...list }],
      };
      const bytes = Buffer.from(JSON.stringify(document));
      await client.manifests.put(channelTag("main"), {
        ...{ mediaType: OCI_MANIFEST, digest: sha256(bytes), bytes },
        document: ManifestDocument.parse(document),
      });
    };
    const SPEECH = `$(touch ${CANARY})\\n::error::@everyone\\n##[add-path]/tmp`;
    const rows: Readonly<
      Record<string, readonly [change: (text: string) => string, says: RegExp]>
    > = {
      "a key too many": [(text) => text.replace("{", `{"${SPEECH}":1,`), /unknown key/],
      "a key twice": [(text) => text.replace("{", '{"channel":"main",'), /twice/],
      "10 MB of spaces": [(text) => text + " ".repeat(10_000_000), /\d+ bytes large/],
      "no JSON": [() => `$(touch ${CANARY})`, /no JSON/],
      "a path up in the name of an image": [
        (text) => text.replaceAll('"pytorch-linux-jammy-rocm-n-py3"', '"../../../tmp/x"'),
        /\.\.\/|accelerator/,
      ],
      "a name that speaks to the runner": [
        (text) => text.replaceAll('"pytorch-linux-jammy-rocm-n-py3"', `"${SPEECH}"`),
        /touch|accelerator/,
      ],
      "a digest that is a path": [
        (text) => text.replace(/sha256:[0-9a-f]{64}/, `sha256:${"../".repeat(20)}etc/passwd`),
        /64 hex digits/,
      ],
      "an image of another repository": [
        (text) => text.replaceAll("pytorch/ci-image@", "mallory/ci-image@"),
        /mallory/,
      ],
      "an image of another registry": [
        (text) => text.replace(/"[^"]*(\/pytorch\/ci-image@)/, '"evil.example$1'),
        /evil\.example/,
      ],
      "the list of another channel": [
        (text) => text.replace('"channel": "main"', '"channel": "release/2.10"'),
        /release\/2\.10/,
      ],
    };
    for (const [what, [change, says]] of Object.entries(rows)) {
      it(`takes nothing of it with ${what}`, async () => {
        const before = await contents();
        const text = imageListText(good);
        assert.notEqual(change(text), text);
        await put(change(text));
        const trace = await dispatched({ image: JAMMY });
        assert.equal(trace.conclusion, "failure");
        const job = jobOf(trace, `dispatched (${RUNNER}, ${JAMMY})`);
        assert.match(logOf(job, "Refresh"), says);
        assert.deepEqual(await contents(), before);
      });
    }
  });
});

/** A run that is printed already must have succeeded. */
function well(trace: WorkflowTrace): WorkflowTrace {
  assert.equal(trace.conclusion, "success");
  return trace;
}
