import type { Octokit } from "@octokit/core";

/** The text of a file, its bytes, or nothing for one that goes. */
export type FileContent = string | Buffer | null;

/** What tests write into a repository of the emulator by GitHub's own API, as anybody who may do everything. */
export class EmulatedRepository {
  readonly #octokit: Octokit;
  readonly #place: { readonly owner: string; readonly repo: string };

  constructor(octokit: Octokit, place: { readonly owner: string; readonly repo: string }) {
    this.#octokit = octokit;
    this.#place = place;
  }

  /**
   * Makes a commit of some files, on top of another if one is given.
   * @param branch that is made, or moved by force, to the commit
   */
  async commit(
    files: Readonly<Record<string, FileContent>>,
    parent?: string,
    branch?: string,
    message = "A commit",
  ): Promise<{ readonly sha: string; readonly tree: string }> {
    const entries = Object.entries(files).map(async ([path, content]) => ({
      path,
      mode: "100644" as const,
      type: "blob" as const,
      sha: content === null ? null : await this.#blob(content),
    }));
    const { data: tree } = await this.#octokit.request("POST /repos/{owner}/{repo}/git/trees", {
      ...{ ...this.#place, tree: await Promise.all(entries) },
      ...(parent !== undefined && { base_tree: parent }),
    });
    const { data } = await this.#octokit.request("POST /repos/{owner}/{repo}/git/commits", {
      ...{ ...this.#place, message, tree: tree.sha },
      parents: parent === undefined ? [] : [parent],
    });
    if (branch !== undefined) await this.setBranch(branch, data.sha);
    return { sha: data.sha, tree: tree.sha };
  }

  /** The commit of a branch; undefined where there is none. */
  async branch(name: string): Promise<string | undefined> {
    try {
      const { data } = await this.#octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
        ...{ ...this.#place, ref: `heads/${name}` },
      });
      return data.object.sha;
    } catch (error) {
      if (error instanceof Error && "status" in error && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Makes a branch, or moves it by force. */
  async setBranch(name: string, sha: string): Promise<void> {
    if ((await this.branch(name)) === undefined) {
      await this.#octokit.request("POST /repos/{owner}/{repo}/git/refs", {
        ...{ ...this.#place, ref: `refs/heads/${name}`, sha },
      });
      return;
    }
    await this.#octokit.request("PATCH /repos/{owner}/{repo}/git/refs/{ref}", {
      ...{ ...this.#place, ref: `heads/${name}`, sha, force: true },
    });
  }

  async deleteBranch(name: string): Promise<void> {
    await this.#octokit.request("DELETE /repos/{owner}/{repo}/git/refs/{ref}", {
      ...{ ...this.#place, ref: `heads/${name}` },
    });
  }

  /** A file of a branch or a commit. */
  async file(path: string, ref: string): Promise<string> {
    const { data } = await this.#octokit.request("GET /repos/{owner}/{repo}/contents/{path}", {
      ...{ ...this.#place, path, ref },
    });
    if (Array.isArray(data) || !("content" in data)) throw new Error(`${path} is no file`);
    return Buffer.from(data.content, "base64").toString("utf8");
  }

  async #blob(content: string | Buffer): Promise<string> {
    const { data } = await this.#octokit.request("POST /repos/{owner}/{repo}/git/blobs", {
      ...{ ...this.#place, encoding: "base64" },
      content: Buffer.from(content).toString("base64"),
    });
    return data.sha;
  }
}
