import type { BigIntStats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { byteRange, registryRoute } from "../../../rules/registry-route.ts";
import type { AskedRepository } from "../../../rules/cache-repository.ts";
import type { Descriptor } from "../../../oci/media-types.ts";
import { MemorySweep } from "../download/memory-sweep.ts";
import { DamagedBlob } from "../store/damaged-blob.ts";
import { codeOf, ifThere } from "../store/disk-faults.ts";
import { openCounted } from "../store/open-for-reading.ts";
import { MANIFEST_LIMIT } from "../store/read-blob.ts";
import type { Store } from "../store/store.ts";
import type { BlobTrust } from "./blob-trust.ts";
import { contentNames, type KeptImages } from "./kept-images.ts";

/** A request, and what it is answered from. */
interface Exchange {
  readonly store: Store;
  readonly images: KeptImages;
  readonly trust: BlobTrust;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Of a file at once, for each request that is under way. */
const READ_BYTES = 64 * 1024;
/** Of all answers together. */
const memory = new MemorySweep(0);
/** A host that is this machine: a page of the web whose name leads here is not answered. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?$/i;
const MOST_TAGS = 1000;

/**
 * Answers one request as a registry does that only reads.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export async function answer(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  try {
    await route(exchange);
  } catch (error) {
    // Who went away, or whose answer broke off in the middle, is told nothing more.
    if (response.headersSent || request.destroyed) response.destroy();
    else {
      refuse(response, 500, "UNKNOWN", "the store cannot be read; slipway cache verify says why");
    }
    if (!isOfClient(error)) console.error(`${request.method} ${request.url}: ${text(error)}`);
  }
}

async function route(exchange: Exchange): Promise<void> {
  const { images, request, response } = exchange;
  response.setHeader("Docker-Distribution-API-Version", "registry/2.0");
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (!LOOPBACK_HOST.test(request.headers.host ?? "")) {
    refuse(response, 421, "DENIED", "this registry is for its own machine: ask 127.0.0.1");
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.setHeader("Allow", "GET, HEAD");
    refuse(response, 405, "UNSUPPORTED", "this registry is read only");
    return;
  }
  const { pathname, query } = partsOf(request.url ?? "/");
  const found = registryRoute(pathname);
  if (found === undefined) {
    refuse(response, 404, "NAME_UNKNOWN", "no such page");
    return;
  }
  if (found.kind === "base") {
    sendJson(response, {});
    return;
  }
  const host = query.get("ns");
  const asked: AskedRepository = { path: found.path, ...(host !== null && { host }) };
  const repository = await images.repository(asked);
  if (repository === undefined) {
    refuse(response, 404, "NAME_UNKNOWN", "no image of this repository is kept here");
    return;
  }
  if (found.kind === "tags") {
    sendTags(response, found.path, [...contentNames(repository.tags).keys()], query);
    return;
  }
  const isManifest = found.kind === "manifest";
  const content = isManifest
    ? await images.manifest(repository, found.reference)
    : await images.blob(repository, found.digest);
  const unknown = isManifest ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN";
  if (content === undefined) {
    refuse(response, 404, unknown, "the images of this repository that are kept here have none");
    return;
  }
  try {
    await send(exchange, content.descriptor, unknown);
  } finally {
    content.done();
  }
}

/** Sends a blob, or the part of it that is asked for. */
async function send(
  { store, trust, request, response }: Exchange,
  descriptor: Descriptor,
  unknown: string,
): Promise<void> {
  const { digest, size, mediaType } = descriptor;
  const file = await ifThere(() => openCounted(store.blobPath(digest)));
  try {
    const stats = await file?.stat({ bigint: true });
    const isThere = stats?.isFile() === true && stats.size === BigInt(size);
    if (file === undefined || !isThere || !(await mayBeSent(trust, descriptor, stats, file))) {
      refuse(response, 404, unknown, "it is not whole here; ask its registry");
      return;
    }
    const tag = `"${digest}"`;
    response.setHeader("ETag", tag);
    response.setHeader("Docker-Content-Digest", digest);
    response.setHeader("Accept-Ranges", "bytes");
    if (
      request.headers["if-none-match"]
        ?.split(/\s*,\s*/)
        .some((one) => one === tag || one === "*") === true
    ) {
      response.writeHead(304).end();
      return;
    }
    const ifRange = request.headers["if-range"];
    const isSame = ifRange === undefined || ifRange === tag;
    const range = isSame ? byteRange(request.headers.range, size) : undefined;
    if (range === "unsatisfiable") {
      response.setHeader("Content-Range", `bytes */${size}`);
      refuse(response, 416, "SIZE_INVALID", `it has ${size} bytes`);
      return;
    }
    const { start, end } = range ?? { start: 0, end: size };
    response.setHeader("Content-Type", mediaType);
    response.setHeader("Content-Length", end - start);
    if (range !== undefined) {
      response.setHeader("Content-Range", `bytes ${start}-${end - 1}/${size}`);
    }
    response.writeHead(range === undefined ? 200 : 206);
    if (request.method === "HEAD" || end === start) {
      response.end();
      return;
    }
    const bytes = piecesOf(file, start, end);
    const isUnread = trust.of(descriptor, stats) === undefined;
    // Of a part nothing can be told; a client that takes parts alone finds out at its end, as from any registry.
    const isChecked = isUnread && end - start === size;
    await pipeline(isChecked ? trust.checked(descriptor, stats, bytes) : bytes, response);
  } finally {
    await file?.close();
  }
}

/**
 * Whether nothing is known against a blob. A manifest or a configuration is read first, so that the client can ask its registry at
 * once; a layer while it is sent.
 */
async function mayBeSent(
  trust: BlobTrust,
  descriptor: Descriptor,
  stats: BigIntStats,
  file: FileHandle,
): Promise<boolean> {
  const known = trust.of(descriptor, stats);
  if (known !== undefined || descriptor.size > MANIFEST_LIMIT) return known !== false;
  try {
    const checked = trust.checked(descriptor, stats, piecesOf(file, 0, descriptor.size));
    const pieces = checked[Symbol.asyncIterator]();
    while ((await pieces.next()).done !== true);
    return true;
  } catch (error) {
    if (!(error instanceof DamagedBlob)) throw error;
    console.error(error.message);
    return false;
  }
}

async function* piecesOf(file: FileHandle, start: number, end: number): AsyncIterable<Buffer> {
  if (start === end) return;
  const options = { start, end: end - 1, highWaterMark: READ_BYTES, autoClose: false };
  for await (const piece of file.createReadStream(options) as AsyncIterable<Buffer>) {
    memory.came(piece.length);
    yield piece;
  }
}

function sendTags(
  response: ServerResponse,
  path: string,
  all: readonly string[],
  query: URLSearchParams,
): void {
  const last = query.get("last") ?? "";
  const asked = /^[0-9]{1,6}$/.test(query.get("n") ?? "") ? Number(query.get("n")) : MOST_TAGS;
  const count = Math.min(asked, MOST_TAGS);
  const rest = [...all].sort().filter((tag) => tag > last);
  const tags = rest.slice(0, count);
  const end = tags.at(-1);
  if (rest.length > count && end !== undefined) {
    const next = new URLSearchParams({ n: String(count), last: end });
    const host = query.get("ns");
    if (host !== null) next.set("ns", host);
    response.setHeader("Link", `</v2/${path}/tags/list?${next.toString()}>; rel="next"`);
  }
  sendJson(response, { name: path, tags });
}

/** The form of an error in the distribution specification. */
function refuse(response: ServerResponse, status: number, code: string, message: string): void {
  response.statusCode = status;
  sendJson(response, { errors: [{ code, message }] });
}

function sendJson(response: ServerResponse, document: unknown): void {
  const body = Buffer.from(JSON.stringify(document));
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Content-Length", body.length);
  response.end(body);
}

/** Not by URL, which takes dots and double slashes out of a path before it can be refused. */
function partsOf(url: string): { readonly pathname: string; readonly query: URLSearchParams } {
  const mark = url.indexOf("?");
  const pathname = mark < 0 ? url : url.slice(0, mark);
  return { pathname, query: new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1)) };
}

/** Whether a client went away. */
function isOfClient(error: unknown): boolean {
  return ["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"].includes(codeOf(error) ?? "");
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
