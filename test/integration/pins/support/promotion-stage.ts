/*
 * A project on a cloud of its own, in which pull requests with candidates are merged:
 *
 *   const stage = await PromotionStage.start(project);
 *   const digest = await stage.candidate();
 *   const merged = await stage.merge(digest);
 *   await stage.signed(digest, merged.number);
 *   await stage.promote(merged.commit);
 */
import assert from "node:assert/strict";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ECR } from "@aws-sdk/client-ecr";
import { parseDocument } from "yaml";
import { GithubClient } from "../../../../github/client.ts";
import {
  type CredentialsByHost,
  Registries,
  type RepositoryClient,
} from "../../../../oci/registries.ts";
import { LocalCloud } from "../../../../rules/local-cloud.ts";
import { runInvocation, type CandidateProvenance } from "../../../../rules/pins/provenance.ts";
import type { ProjectCopy } from "../../../cli/support/project-copy.ts";
import { EmulatedGithub } from "../../../support/emulator.ts";
import { issuerOf, type IssuedJob } from "../../../support/oidc-issuer.ts";
import { push, sampleImage, type SampleImage } from "../../oci/sample-image.ts";
import { attachAsJob } from "./job-signature.ts";

/** The image that is looked at with all others of its family. */
export const LABEL = "ci-image/pytorch-linux-jammy-rocm-n-py3";
export const FAMILY = "ci-image";
export const REGISTRIES = ["ecr", "ghcr.io"] as const;
const HEAD = "a".repeat(40);

/** What `--json` tells of an image. */
interface Told {
  readonly image: string;
  readonly contentName: string;
  readonly state: string;
  readonly digest: string | null;
  readonly reasons: readonly string[];
}

/** What `--json` tells of the image {@link LABEL}, and of all. */
interface Promoted extends Told {
  readonly reason: string;
  readonly images: readonly Told[];
}

/** A pull request that was merged: its number, and the commits it ended with. */
export interface Merge {
  readonly head?: string;
  readonly commit: string;
  readonly number: number;
}

/** What a stage is made of once its cloud has started. */
interface StartedProject {
  readonly project: ProjectCopy;
  readonly cloud: LocalCloud;
  readonly github: GithubClient;
  readonly ids: { readonly repositoryId: number; readonly ownerId: number };
  readonly contentName: string;
}

export class PromotionStage {
  readonly cloud: LocalCloud;
  readonly github: GithubClient;
  /** The numbers of the repository on GitHub. */
  readonly ids: StartedProject["ids"];
  /** Of {@link LABEL}, as the project begins. */
  readonly contentName: string;
  readonly #project: ProjectCopy;
  readonly #machinery: EmulatedGithub;
  readonly #credentials: CredentialsByHost;
  readonly #registries = new Registries();
  #runs = 100;

  private constructor({ project, cloud, github, ids, contentName }: StartedProject) {
    this.cloud = cloud;
    this.github = github;
    this.ids = ids;
    this.contentName = contentName;
    this.#project = project;
    this.#machinery = new EmulatedGithub(cloud.github);
    this.#credentials = Object.fromEntries(
      Object.values(cloud.registries).map(({ host, username, password }) => [
        host,
        { username, password },
      ]),
    );
  }

  /** Starts the cloud of a project, which the caller removes with the project. */
  static async start(project: ProjectCopy): Promise<PromotionStage> {
    await project.edit("Pulumi.local.yaml", (text) => {
      const document = parseDocument(text);
      document.setIn(["config", "slipway:families"], [FAMILY]);
      // As a stack whose numbers GitHub alone knows.
      document.deleteIn(["config", "slipway:repositoryId"]);
      document.deleteIn(["config", "slipway:ownerId"]);
      return document.toString();
    });
    await project.git("init", "-q", "-b", "main");
    await writeFile(join(project.root, ".git/info/exclude"), "node_modules\n.slipway\n");
    await project.commit("Begin");
    const started = await project.slipway(["local", "start"]);
    assert.equal(started.exitCode, 0, started.stderr);
    const cloud = LocalCloud.parse(
      JSON.parse(await readFile(join(project.home, "cloud.json"), "utf8")),
    );
    const { endpoint, token } = cloud.github;
    const github = new GithubClient({ owner: "pytorch", token, baseUrl: endpoint });
    const ids = await github.repositoryNumbers("pytorch");
    await createRepositories(cloud);
    const { contentName } = await promote(project, await project.commit("Look"));
    return new PromotionStage({ project, cloud, github, ids, contentName });
  }

  client(registry: (typeof REGISTRIES)[number], name: string): RepositoryClient {
    return this.#registries.repository(
      `${this.cloud.registries[registry].host}/pytorch/${name}`,
      this.#credentials,
      "push",
    );
  }

  /** What the command tells of the image, which it looks at with all others. */
  async promote(commit: string): Promise<Promoted> {
    return promote(this.#project, commit);
  }

  /** Every name that the family has on every registry. */
  async names(): Promise<readonly (readonly string[])[]> {
    return Promise.all(REGISTRIES.map((registry) => this.client(registry, FAMILY).tags()));
  }

  async candidateNames(registry: (typeof REGISTRIES)[number]): Promise<readonly string[]> {
    return this.client(registry, `${FAMILY}-candidate`).tags();
  }

  /** Merges a pull request that pins a digest as candidate, or none, and whose own checks passed. */
  async merge(digest: string | undefined, head = HEAD, isChecked = true): Promise<Merge> {
    if (isChecked) await this.check(head, "lint", { conclusion: "success" });
    const { host } = this.cloud.registries["ghcr.io"];
    const pin =
      digest === undefined ? "" : `image: ${host}/pytorch/${FAMILY}-candidate@${digest}\n`;
    await writeFile(join(this.#project.root, "job.yaml"), pin);
    const commit = await this.#project.commit("Merge");
    const headRef = `topic-${commit.slice(0, 8)}`;
    const number = await this.#machinery.putPullRequest({
      ...{ headRef, headSha: head, merged: true, mergeCommitSha: commit },
    });
    return { commit, number, head };
  }

  /** Pushes a candidate to where candidates are. */
  async candidate(image: SampleImage = sampleImage()): Promise<string> {
    for (const registry of REGISTRIES) {
      await push(image, this.client(registry, `${FAMILY}-candidate`));
    }
    return image.manifest.digest;
  }

  /** Gives an image a name in the family's repository, as a run does that takes a candidate over. */
  async publish(
    registry: (typeof REGISTRIES)[number],
    image: SampleImage,
    name: string,
  ): Promise<void> {
    const client = this.client(registry, FAMILY);
    await push(image, client);
    await client.manifests.put(name, await client.manifests.get(image.manifest.digest));
  }

  /** Signs it as the job of a run of candidate.yml does, unless told otherwise. */
  async signed(
    digest: string,
    number: number,
    other: { provenance?: Partial<CandidateProvenance>; job?: Partial<IssuedJob> } = {},
  ): Promise<void> {
    const { cloud, contentName, ids } = this;
    const run = ++this.#runs;
    const job: IssuedJob = {
      ...ids,
      ...{ repository: "pytorch/pytorch", workflow: "candidate.yml", ref: "refs/heads/main" },
      ...{ sha: "b".repeat(40), event: "workflow_run", run, environment: "docker-candidate" },
      ...other.job,
    };
    const provenance: CandidateProvenance = {
      ...{ image: LABEL, contentName, digest, pullRequest: number, head: HEAD },
      ...{ merge: "c".repeat(40), base: "d".repeat(40), repository: "pytorch/pytorch" },
      ...{ repositoryId: ids.repositoryId, run: runInvocation("pytorch/pytorch", run, 1) },
      ...other.provenance,
    };
    const issuer = await issuerOf(cloud);
    const repositories = REGISTRIES.map((registry) => this.client(registry, `${FAMILY}-candidate`));
    await attachAsJob(repositories, provenance, { cloud, issuer, job });
  }

  async check(
    sha: string,
    name: string,
    fields: { status?: "in_progress"; conclusion?: "success" | "failure"; externalId?: string },
  ): Promise<void> {
    const { status, conclusion, externalId } = fields;
    await this.github.octokit.request("POST /repos/{owner}/{repo}/check-runs", {
      ...{ owner: "pytorch", repo: "pytorch", name, head_sha: sha },
      ...(status && { status }),
      ...(conclusion && { conclusion, status: "completed" as const }),
      ...(externalId !== undefined && { external_id: externalId }),
    });
  }

  /** Takes the first layer of an image from the disks of all registries. */
  async loseLayer({ manifest }: SampleImage): Promise<void> {
    const hex = manifest.document.layers?.[0]?.digest.slice("sha256:".length) ?? "none";
    const folder = join(this.#project.home, "registries");
    const files = await readdir(folder, { recursive: true });
    const lost = files.filter((file) => file.endsWith(`${hex}/data`));
    assert.equal(lost.length, REGISTRIES.length);
    for (const file of lost) await rm(join(folder, file));
  }
}

async function createRepositories(cloud: LocalCloud): Promise<void> {
  const ecr = new ECR({
    endpoint: cloud.aws.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  for (const name of [FAMILY, `${FAMILY}-candidate`]) {
    await ecr.createRepository({
      repositoryName: `pytorch/${name}`,
      imageTagMutability: "IMMUTABLE",
    });
  }
  ecr.destroy();
}

async function promote(project: ProjectCopy, commit: string): Promise<Promoted> {
  const args = ["pins", "promote", "--stack", "local", "--commit", commit, "--json"];
  const { exitCode, stdout, stderr } = await project.slipway(args);
  assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
  const { images, reason } = JSON.parse(stdout) as { images: Told[]; reason: string | null };
  const told = images.find(({ image }) => image === LABEL);
  assert.ok(told !== undefined, stdout);
  return { ...told, reason: reason ?? "", images };
}
