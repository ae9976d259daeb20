import type { IncomingHttpHeaders } from "node:http";
import { Pool } from "undici";
import type { EcrImage } from "./ecr-images.ts";

export interface SmallAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The registry that keeps the content, on a unix socket. */
export class RegistryBehind {
  /** No time limit: the registry may take long to store a large layer, and a client that went away ends its request. */
  readonly pool: Pool;
  readonly #accepted = new Set<string>();

  constructor(socket: string) {
    this.pool = new Pool("http://localhost", {
      socketPath: socket,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** Whether it lets in who sends this header. Logins never change. */
  async accepts(authorization: string): Promise<boolean> {
    if (this.#accepted.has(authorization)) return true;
    const { status } = await this.send("GET", "/v2/", { authorization });
    if (status === 200) this.#accepted.add(authorization);
    return status === 200;
  }

  /** A request and an answer that fit in memory. */
  async send(
    method: "GET" | "PUT" | "DELETE",
    path: string,
    headers: IncomingHttpHeaders,
    body?: Buffer,
  ): Promise<SmallAnswer> {
    const answer = await this.pool.request({ method, path, headers, body: body ?? null });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: Buffer.from(await answer.body.arrayBuffer()),
    };
  }

  /** The manifest of a digest; undefined when its content is gone. */
  async manifest(
    repository: string,
    digest: string,
    authorization: string,
  ): Promise<EcrImage | undefined> {
    const accept = [
      "application/vnd.oci.image.index.v1+json",
      "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.docker.distribution.manifest.list.v2+json",
      "application/vnd.docker.distribution.manifest.v2+json",
    ].join(", ");
    const { status, headers, body } = await this.send(
      "GET",
      `/v2/${repository}/manifests/${digest}`,
      { authorization, accept },
    );
    if (status !== 200) return undefined;
    const mediaType = headers["content-type"] ?? "";
    return { digest, mediaType, manifest: body.toString("utf8") };
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }
}
