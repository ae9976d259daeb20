import type { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream";
import { UserError } from "../rules/problems.ts";
import { readBytes } from "./bodies.ts";
import { isRange, NoRangeFault, RangeContent } from "./blob-range.ts";
import { VerifiedContent } from "./digest.ts";
import { RegistryFault } from "./faults.ts";
import type { Descriptor } from "./media-types.ts";
import { retry, TransientFault, type RetryPolicy } from "./retry.ts";
import { scope, type Access } from "./scopes.ts";
import type { RegistryRequest, Transport } from "./transport.ts";

/** Where a blob's bytes come from. */
export interface BlobSource {
  /** Called for each attempt; may throw a `TransientFault`, as {@link Blobs.open} does. */
  open(): Promise<Readable>;
  /** Path of another repository of the same registry that has the blob. */
  readonly mountFrom?: string;
}

type Size = Pick<Descriptor, "digest" | "size">;

/** The blobs (layers and configurations) of one repository. */
export class Blobs {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #access: Access;
  readonly #uploads = new Map<string, Promise<void>>();

  constructor(transport: Transport, path: string, access: Access) {
    this.#transport = transport;
    this.#path = path;
    this.#access = access;
  }

  /** How often a caller that tries again itself does so. */
  get policy(): RetryPolicy {
    return this.#transport.policy;
  }

  async has(digest: string): Promise<boolean> {
    const answer = await this.#transport.send({
      ...this.#request("HEAD", `blobs/${digest}`, `look up blob ${digest}`),
      expected: [200, 404],
    });
    await answer.body.dump();
    return answer.status === 200;
  }

  /** Streams a blob; the stream fails at its end when the bytes are not those of the digest. */
  async get(blob: Size): Promise<Readable> {
    return retry(this.#transport.policy, () => this.open(blob));
  }

  /**
   * A small blob, whole; one that breaks off is asked for again.
   * @param limit bytes
   * @throws UserError when it is larger
   */
  async bytes(blob: Size, limit: number): Promise<Buffer> {
    if (blob.size > limit) {
      throw new UserError(
        `${this.#transport.host}/${this.#path}: blob ${describe(blob)} is larger than is read here (${limit})`,
      );
    }
    return retry(this.#transport.policy, async () => readBytes(await this.open(blob), limit));
  }

  /**
   * Streams a blob, tried once, for a caller that tries again itself.
   * @throws TransientFault, from the stream too, when another attempt may succeed
   */
  async open(blob: Size): Promise<Readable> {
    const sent: RegistryRequest = {
      ...this.#request("GET", `blobs/${blob.digest}`, `get blob ${describe(blob)}`),
      expected: [200],
    };
    const { body } = await this.#transport.attempt(sent);
    const origin = `${this.#transport.host}/${this.#path}`;
    return this.#passed(sent, body, new VerifiedContent({ ...blob, origin }));
  }

  /**
   * Streams the bytes of a blob from `start` up to, not including, `end`, tried once: the length is checked, the content
   * is not. The whole is asked for as such, which every registry can do.
   * @throws NoRangeFault when the registry does not send just that part
   * @throws TransientFault, from the stream too, when another attempt may succeed
   */
  async range(blob: Size, start: number, end: number): Promise<Readable> {
    const isWhole = start === 0 && end === blob.size;
    const part = isWhole ? "" : `, bytes ${start} to ${end - 1}`;
    const sent: RegistryRequest = {
      ...this.#request("GET", `blobs/${blob.digest}`, `get blob ${describe(blob)}${part}`),
      ...(!isWhole && { headers: { range: `bytes=${start}-${end - 1}` } }),
      expected: isWhole ? [200] : [200, 206, 416],
    };
    const answer = await this.#transport.attempt(sent);
    const { status, body } = answer;
    const said = answer.header("content-range");
    const what = `${this.#transport.host}/${this.#path}: ${sent.action}`;
    if (!isWhole && !(status === 206 && isRange(said, start, end, blob.size))) {
      // The connection goes with it: what follows may be the whole blob.
      body.on("error", () => undefined).destroy();
      const range = JSON.stringify(said?.slice(0, 100) ?? "");
      const found = status === 206 ? `the range ${range}` : `HTTP ${status}`;
      throw new NoRangeFault(`${what}: the registry answered with ${found}`);
    }
    return this.#passed(sent, body, new RangeContent(what, end - start, this.policy.patience));
  }

  #passed(sent: RegistryRequest, body: Readable, content: Transform): Readable {
    // The reader is told what broke in words, and in time: pipeline would destroy it with the bare error first.
    body.on("error", (error) => content.destroy(asError(this.#transport.interrupted(sent, error))));
    pipeline(body, content, () => undefined);
    return content;
  }

  /**
   * Makes sure that the repository has a blob: found, mounted from a sibling repository, or uploaded. Callers that ask for
   * the same blob at the same time share one upload.
   */
  async ensure(blob: Size, source: BlobSource): Promise<void> {
    const running = this.#uploads.get(blob.digest);
    if (running !== undefined) return running;
    const upload = this.#ensure(blob, source).finally(() => this.#uploads.delete(blob.digest));
    this.#uploads.set(blob.digest, upload);
    return upload;
  }

  async #ensure(blob: Size, source: BlobSource): Promise<void> {
    if (await this.has(blob.digest)) return;
    await retry(this.#transport.policy, async () => {
      const location = await this.#start(blob, source.mountFrom);
      if (location !== undefined) await this.#upload(location, blob, source);
    });
  }

  /** Address to upload to; undefined when the registry mounted the blob instead. */
  async #start(blob: Size, mountFrom: string | undefined): Promise<URL | undefined> {
    const action = `start upload of blob ${describe(blob)}`;
    const request = this.#request("POST", "blobs/uploads/", action);
    const plain = { ...request, scopes: [scope(this.#path, "push")], expected: [202] };
    const mounting = async (from: string): Promise<ReturnType<Transport["attempt"]>> => {
      try {
        const query = new URLSearchParams({ mount: blob.digest, from });
        return await this.#transport.attempt({
          ...plain,
          url: `${request.url}?${query.toString()}`,
          scopes: [scope(this.#path, "push"), scope(from, "pull")],
          expected: [201, 202],
        });
      } catch (error) {
        // Some registries refuse a mount they cannot do, where others answer with an upload.
        if (!(error instanceof RegistryFault)) throw error;
        return this.#transport.attempt(plain);
      }
    };
    const answer = await (mountFrom === undefined
      ? this.#transport.attempt(plain)
      : mounting(mountFrom));
    await answer.body.dump();
    if (answer.status === 201) return undefined;
    return this.#transport.ownUrl(answer.header("location"), this.#path, action);
  }

  /** One PUT with the length told: several registries take no chunked body. */
  async #upload(location: URL, blob: Size, source: BlobSource): Promise<void> {
    const content = await source.open();
    // When the upload fails, the HTTP library ends the stream with its own error: only the source's words are kept.
    let broken: unknown;
    content.on("error", (error) => {
      if (error instanceof TransientFault || error instanceof UserError) broken = error;
    });
    // The state in the address is the registry's own: it is not parsed and written anew.
    const mark = location.search === "" ? "?" : "&";
    try {
      const answer = await this.#transport.attempt({
        ...this.#request("PUT", "", `upload blob ${describe(blob)}`),
        url: `${location.href}${mark}digest=${encodeURIComponent(blob.digest)}`,
        scopes: [scope(this.#path, "push")],
        headers: {
          "content-type": "application/octet-stream",
          "content-length": String(blob.size),
        },
        body: content,
        expected: [201],
      });
      await answer.body.dump();
    } catch (error) {
      throw broken === undefined ? error : asError(broken);
    } finally {
      content.destroy();
    }
  }

  #request(
    method: RegistryRequest["method"],
    below: string,
    action: string,
  ): Omit<RegistryRequest, "expected"> {
    return {
      method,
      url: `/v2/${this.#path}/${below}`,
      repository: this.#path,
      action,
      scopes: [scope(this.#path, this.#access)],
    };
  }
}

function describe({ digest, size }: Size): string {
  return `${digest} (${size} bytes)`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
