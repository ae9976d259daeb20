import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Answer, Call, Handlers } from "./api.ts";
import { GithubError, notFound, unprocessable } from "./github-error.ts";
import { idOf, nodeIdOf } from "./identifiers.ts";
import { findByNumber, repositoryIn, repositoryNamed } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { Artifact } from "./store-runs.ts";
import { timestamp } from "./store-times.ts";
import type { Repository, Store } from "./store.ts";

/** GitHub keeps an artifact for 90 days if nobody says otherwise; in milliseconds. */
const KEPT = 90 * 86_400_000;

/**
 * What runs kept. Nothing runs here: {@link ArtifactFiles} puts it there. A name may be there twice in one run, as after a second attempt.
 * @see https://docs.github.com/rest/actions/artifacts
 */
export function artifactHandlers(store: Store, files: ArtifactFiles): Handlers {
  const artifactAt = (call: Call): [Repository, Artifact] => {
    const repository = repositoryIn(store.state, call);
    return [repository, findByNumber(repository.artifacts, ({ id }) => id, call, "artifact_id")];
  };
  return {
    "actions/list-workflow-run-artifacts": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const run = findByNumber(repository.runs, ({ id }) => id, call, "run_id");
      const name = call.query.get("name");
      const backwards = call.query.get("direction") === "asc" ? 1 : -1;
      const wanted = repository.artifacts
        .filter((one) => one.run === run.id && (name === null || one.name === name))
        .sort((one, other) => backwards * (one.id - other.id));
      const { items, headers } = pageOf(call, wanted, PAGES_OF_30);
      const artifacts = items.map((one) => artifactAnswer(call.root, repository, one));
      return { status: 200, headers, body: { total_count: wanted.length, artifacts } };
    },
    "actions/get-artifact": (call: Call): Answer => {
      const [repository, artifact] = artifactAt(call);
      return { status: 200, body: artifactAnswer(call.root, repository, artifact) };
    },
    "actions/download-artifact": (call: Call): Answer => {
      if (call.params["archive_format"] !== "zip") throw notFound();
      const [, artifact] = artifactAt(call);
      if (artifact.expired) throw new GithubError(410, "Artifact has expired");
      const location = `${new URL(call.root).origin}${files.offer(artifact.id)}`;
      return { status: 302, headers: { location } };
    },
  };
}

const Kept = z.strictObject({
  /** `owner/name` */
  repository: z.string(),
  run: z.string().regex(/^\d+$/).transform(Number),
  name: Artifact.shape.name,
  /** Whether GitHub has thrown the bytes away already. */
  expired: z.stringbool().default(false),
});

/** Where an offered artifact is read: the path before the secret word of its URL. */
export const DOWNLOADS_PATH = "/_emulator/downloads/";

/** The bytes of artifacts, and the URLs that give them away. */
export class ArtifactFiles {
  readonly #store: Store;
  readonly #folder: string;
  /** Secret words of URLs that nobody has used yet. They are gone after a restart, as they are after a minute at GitHub. */
  readonly #offered = new Map<string, number>();

  /** @param folder made when the first artifact comes */
  constructor(store: Store, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  /**
   * Keeps the bytes, whatever they are, as an artifact of a run.
   * @param query `{ repository, run, name, expired? }`
   * @returns its id
   * @throws GithubError 404 without the repository or the run, 422 when the query does not fit
   */
  keep(query: unknown, bytes: Buffer): number {
    const parsed = Kept.safeParse(query);
    if (!parsed.success) throw unprocessable(z.prettifyError(parsed.error));
    const { repository: fullName, run, name, expired } = parsed.data;
    return this.#store.change((draft) => {
      const repository = repositoryNamed(draft, fullName);
      if (!repository.runs.some(({ id }) => id === run)) throw notFound();
      const id = draft.nextId++;
      const now = timestamp();
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      const size = bytes.length;
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(this.#fileOf(id), bytes, { mode: 0o600 });
      repository.artifacts.push({
        ...{ id, run, name, size, digest, expired, createdAt: now, updatedAt: now },
      });
      return id;
    });
  }

  /** The path of a new URL that gives the bytes once, to whoever knows it. */
  offer(id: number): string {
    const word = randomBytes(16).toString("hex");
    this.#offered.set(word, id);
    return `${DOWNLOADS_PATH}${word}`;
  }

  /** @throws GithubError 404 when there is no such URL, or it was used */
  take(word: string): Buffer {
    const id = this.#offered.get(word);
    if (id === undefined) throw notFound();
    this.#offered.delete(word);
    return readFileSync(this.#fileOf(id));
  }

  #fileOf(id: number): string {
    return join(this.#folder, `${id}.zip`);
  }
}

function artifactAnswer(root: string, repository: Repository, artifact: Artifact): object {
  const { id, name, size, digest, expired, createdAt, updatedAt } = artifact;
  const fullName = `${repository.owner}/${repository.name}`;
  const url = `${root}/repos/${fullName}/actions/artifacts/${id}`;
  const run = repository.runs.find((one) => one.id === artifact.run);
  const head = run?.headRepository === undefined ? fullName : run.headRepository;
  return {
    id,
    node_id: nodeIdOf("Artifact", id),
    name,
    size_in_bytes: size,
    digest,
    url,
    archive_download_url: `${url}/zip`,
    expired,
    created_at: createdAt,
    updated_at: updatedAt,
    expires_at: new Date(Date.parse(createdAt) + KEPT).toISOString().replace(/\.\d+Z$/, "Z"),
    workflow_run: run && {
      id: run.id,
      repository_id: idOf("repository", fullName),
      ...(head !== null && { head_repository_id: idOf("repository", head) }),
      ...(run.headBranch !== null && { head_branch: run.headBranch }),
      head_sha: run.headSha,
    },
  };
}
