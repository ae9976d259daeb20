import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import replyFrom from "@fastify/reply-from";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import pLimit, { type LimitFunction } from "p-limit";
import { sha256 } from "../../oci/digest.ts";
import { DIGEST } from "../../rules/image-reference.ts";
import { EcrImages, type EcrRepository } from "./ecr-images.ts";
import { RegistryBehind, type SmallAnswer } from "./registry-behind.ts";
import { manifestUnknown, RegistryError, tagImmutable } from "./registry-error.ts";
import { REFERRERS_TYPE, referrersIndex, subjectOf } from "./referrers.ts";
import { registryPath } from "./registry-path.ts";
import { Revival } from "./revival.ts";
import { tagsPage } from "./tags-page.ts";

export interface EcrFrontOptions {
  /** Unix socket of the registry behind. */
  readonly socket: string;
  /** Root directory of that registry's file system. */
  readonly storage: string;
  /** JSON; made if absent. See {@link Revival}. */
  readonly stateFile: string;
  /** The ECR API, of an emulator. */
  readonly endpoint: string;
  readonly region: string;
}

/** Answered without a login, for health checks. */
export const HEALTH_PATH = "/_health";

/** Registries take manifests up to this size. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** How long a repository is taken to exist, in milliseconds, by requests for blobs, of which a push has many. */
const REPOSITORY_LIFETIME = 1_000;

/**
 * A registry that behaves like ECR where it matters to who pushes and pulls: the ECR API says which repositories there
 * are, whether a tag may move, which images there are and what is attached to them; what is pushed can be seen through it, and what is deleted
 * through it is gone. Logins, content and everything else are those of the registry behind. Blobs are streamed.
 *
 * What ECR does and this does not: expiring tokens, rights, policies, scans, limits, lifecycle (nothing expires), and
 * forgetting the blobs of deleted images.
 */
export async function createEcrFront(options: EcrFrontOptions): Promise<FastifyInstance> {
  const registry = new RegistryBehind(options.socket);
  const images = new EcrImages(options.endpoint, options.region);
  const revival = new Revival(options.stateFile, options.storage, images, registry);
  const known = new Map<string, number>();
  const turns = new Map<string, LimitFunction>();

  const app = fastify({ exposeHeadRoutes: false });
  await app.register(replyFrom, {
    base: "http://localhost",
    undici: registry.pool,
    disableCache: true,
    disableRequestLogging: true,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  app.addHook("onClose", async () => {
    images.close();
    await registry.close();
  });
  app.setErrorHandler((error: Error, request, reply) => {
    const fault = error instanceof RegistryError ? error : unavailable(error);
    if (fault.status >= 500) console.error(`${request.method} ${request.url}: ${fault.message}`);
    // What was not read of a refused upload must not be taken for the next request.
    if (!request.raw.complete) void reply.header("connection", "close");
    return reply.status(fault.status).send(fault.document);
  });

  /** The repository as it is now, with everything that is stored of it visible. */
  const current = async (name: string, authorization: string): Promise<EcrRepository> => {
    const repository = await images.repository(name);
    await revival.ensure(repository, authorization);
    known.set(name, Date.now() + REPOSITORY_LIFETIME);
    return repository;
  };

  const pull = async (name: string, reference: string, reply: FastifyReply) => {
    const image = await images.find(name, reference);
    if (image === undefined) throw manifestUnknown();
    // By digest: a tag may have been given through the API alone.
    return forward(reply, `/v2/${name}/manifests/${image.digest}`);
  };

  /** One after the other in a repository, so that of two pushes to a name one is refused. */
  const push = async (
    name: string,
    reference: string,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const bytes = await readManifest(request.body as Readable | undefined);
    const turn = turns.get(name) ?? pLimit(1);
    turns.set(name, turn);
    return turn(async () => {
      const { headers, url } = request;
      const repository = await current(name, headers.authorization ?? "");
      const digest = sha256(bytes);
      const tag = DIGEST.test(reference) ? undefined : reference;
      const holder = tag === undefined ? undefined : await images.find(name, tag);
      if (tag !== undefined && holder && holder.digest !== digest && repository.immutable) {
        throw tagImmutable(name, tag);
      }
      const answer = await registry.send("PUT", url, passedOn(headers), bytes);
      if (answer.status === 201) {
        const mediaType = headers["content-type"]?.split(";")[0] ?? "";
        const manifest = bytes.toString("utf8");
        await images.put(name, { digest, mediaType, manifest }, tag);
        const subject = subjectOf(manifest);
        if (subject !== undefined) reply.header("oci-subject", subject);
      }
      return answer;
    });
  };

  const remove = async (name: string, reference: string, request: FastifyRequest) => {
    const image = await images.find(name, reference);
    if (image === undefined || !(await images.delete(name, reference))) throw manifestUnknown();
    return registry.send("DELETE", request.url, passedOn(request.headers));
  };

  app.get(HEALTH_PATH, () => ({ status: "ok" }));
  app.all("/*", async (request, reply) => {
    const { authorization } = request.headers;
    const path = registryPath(request.url.split("?", 1)[0] ?? "");
    if (path === undefined) throw new RegistryError(404, "UNSUPPORTED", "404 page not found");
    if (
      path.kind === "registry" ||
      authorization === undefined ||
      !(await registry.accepts(authorization))
    ) {
      return forward(reply); // It asks for a login.
    }
    const { repository: name } = path;
    if (path.kind === "content") {
      if ((known.get(name) ?? 0) < Date.now()) await current(name, authorization);
      return forward(reply);
    }
    if (path.kind === "manifest" && request.method === "PUT") {
      return relay(reply, await push(name, path.reference, request, reply));
    }
    await current(name, authorization);
    if (path.kind === "referrers") {
      return reply.type(REFERRERS_TYPE).send(referrersIndex(path.digest, await images.all(name)));
    }
    if (path.kind === "tags") {
      const { tags } = await images.references(name);
      const { body, link } = tagsPage(name, tags, new URL(request.url, "http://localhost"));
      return (link === undefined ? reply : reply.header("link", link)).send(body);
    }
    return request.method === "DELETE"
      ? relay(reply, await remove(name, path.reference, request))
      : pull(name, path.reference, reply);
  });
  return app;
}

/** Streams the request to the registry behind, and its answer back. The host stays: addresses of uploads are made of it. */
function forward(reply: FastifyReply, path?: string): FastifyReply {
  return reply.from(path, {
    rewriteRequestHeaders: ({ headers: { host } }, headers) => ({
      ...without(headers, ["expect"]),
      host,
    }),
    onError: (failed, { error }) => void failed.send(error),
  });
}

function relay(reply: FastifyReply, { status, headers, body }: SmallAnswer): FastifyReply {
  return reply.status(status).headers(without(headers, OF_ONE_CONNECTION)).send(body);
}

const OF_ONE_CONNECTION = ["connection", "keep-alive", "transfer-encoding"];

/** The headers of a request whose body is sent anew, whole. */
function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return without(headers, [...OF_ONE_CONNECTION, "content-length", "expect"]);
}

function without<T extends object>(headers: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name))) as T;
}

/** @throws RegistryError when it is larger than a manifest may be */
async function readManifest(body: Readable | undefined): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > MANIFEST_LIMIT) {
      throw new RegistryError(
        413,
        "SIZE_INVALID",
        `a manifest has at most ${MANIFEST_LIMIT} bytes`,
      );
    }
  }
  return Buffer.concat(chunks);
}

function unavailable(error: Error): RegistryError {
  return new RegistryError(
    503,
    "UNAVAILABLE",
    `the registry behind does not answer: ${error.message}`,
  );
}
