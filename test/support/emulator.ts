/*
 * What tests put into the emulator of GitHub, as people, git and GitHub's own machinery would:
 *
 *   const github = new EmulatedGithub(cloud().github);
 *   const run = await github.putRun({ workflow: "plan.yml", headSha, headBranch: "topic", event: "pull_request",
 *     headRepository: "somebody/pytorch", status: "completed", conclusion: "success" });
 *   await github.putArtifact({ run, name: "preview", bytes: zip });
 */
import { createSign, generateKeyPairSync } from "node:crypto";
import type { RecordedApp, RecordedToken } from "../../local/github/accounts-put-there.ts";
import type { GivenGit } from "../../local/github/git-repositories.ts";
import type { RecordedRef } from "../../local/github/git-refs.ts";
import { idOf } from "../../local/github/identifiers.ts";
import type { PushedRef } from "../../local/github/pushes.ts";
import type { RecordedPullRequest } from "../../local/github/pull-requests.ts";
import type { RecordedRun } from "../../local/github/workflow-runs.ts";

/** The repository that a call is about, if not the one that the helper was made for. */
type InRepository<Recorded> = Omit<Recorded, "repository"> & { readonly repository?: string };

/** An app that was put there, and what its owner keeps. */
export interface EmulatedApp {
  readonly id: number;
  readonly installationId: number;
  readonly clientId: string;
  /** PEM. */
  readonly privateKey: string;
}

/** The emulator at an address, as whoever holds its own token. */
export class EmulatedGithub {
  readonly #endpoint: string;
  readonly #token: string;
  readonly #repository: string;

  /** @param repository what calls are about if they do not say */
  constructor(
    { endpoint, token }: { readonly endpoint: string; readonly token: string },
    repository = "pytorch/pytorch",
  ) {
    this.#endpoint = endpoint;
    this.#token = token;
    this.#repository = repository;
  }

  /** Puts a run of a workflow there. @returns its id */
  async putRun(run: Omit<InRepository<RecordedRun>, "id">): Promise<number> {
    return (await this.#post<{ id: number }>("runs", run)).id;
  }

  /** Moves a run on, or makes of it what it never was. */
  async changeRun(run: InRepository<RecordedRun> & { readonly id: number }): Promise<void> {
    await this.#post("runs", run);
  }

  /** Keeps bytes, a zip archive or not, as an artifact of a run. @returns its id */
  async putArtifact({
    run,
    name,
    bytes,
    expired = false,
    repository = this.#repository,
  }: {
    readonly run: number;
    readonly name: string;
    readonly bytes: Uint8Array;
    readonly expired?: boolean;
    readonly repository?: string;
  }): Promise<number> {
    const query = new URLSearchParams({
      ...{ repository, run: String(run), name, expired: String(expired) },
    });
    const body = new Uint8Array(bytes);
    return (await this.#send<{ id: number }>(`artifacts?${query.toString()}`, body)).id;
  }

  /** Puts an open pull request there, if nothing else is said. @returns its number */
  async putPullRequest(pull: Omit<InRepository<RecordedPullRequest>, "number">): Promise<number> {
    return (await this.#post<{ number: number }>("pull-requests", pull)).number;
  }

  async changePullRequest(
    pull: InRepository<RecordedPullRequest> & { readonly number: number },
  ): Promise<void> {
    await this.#post("pull-requests", pull);
  }

  /** Registers an app with a new key and installs it. */
  async putApp(app: Omit<RecordedApp, "publicKey">): Promise<EmulatedApp> {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const ids = await this.#send<Pick<EmulatedApp, "id" | "installationId">>(
      "apps",
      JSON.stringify({ ...app, publicKey }),
    );
    return { ...ids, clientId: app.clientId, privateKey };
  }

  /** Registers a token: `GITHUB_TOKEN` of a job with `permissions`, if nothing else is said. */
  async putToken(token: RecordedToken = {}): Promise<string> {
    return (await this.#send<{ token: string }>("tokens", JSON.stringify(token))).token;
  }

  /** Makes a token one that has expired. */
  async expireToken(token: string): Promise<void> {
    await this.putToken({ token, expiresAt: "2024-01-01T00:00:00Z" });
  }

  /** Puts a branch or tag there, of any repository, or moves it. */
  async putRef(ref: InRepository<RecordedRef>): Promise<void> {
    await this.#post("refs", ref);
  }

  /** Lets a bare repository on this machine hold a repository's git data: what is pushed there is pushed to GitHub. */
  async giveGit(git: InRepository<GivenGit>): Promise<void> {
    await this.#post("git", git);
  }

  /** Tells of a branch that git pushed to a bare repository that was given: pull requests of it go on. */
  async push(pushed: InRepository<PushedRef>): Promise<void> {
    await this.#post("pushes", pushed);
  }

  async #post<Answer>(path: string, body: object): Promise<Answer> {
    return this.#send(path, JSON.stringify({ repository: this.#repository, ...body }));
  }

  async #send<Answer>(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Answer> {
    const answer = await fetch(`${this.#endpoint}/_emulator/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#token}` },
      body,
    });
    if (!answer.ok) throw new Error(`/_emulator/${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }
}

/** The id that the emulator gives a repository, also a fork that nobody put there: `owner/name`. */
export function repositoryId(fullName: string): number {
  return idOf("repository", fullName);
}

/** What an app shows to be given a token: a JWT that lives nine minutes, signed with RS256. */
export function appJwt({
  clientId,
  privateKey,
}: Pick<EmulatedApp, "clientId" | "privateKey">): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: now - 60, exp: now + 540, iss: clientId })}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`;
}
