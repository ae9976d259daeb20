import { readFileSync } from "node:fs";
import { join } from "node:path";
import addFormats from "ajv-formats";
import { OpenAPIBackend } from "openapi-backend";
import type { Document, Operation } from "openapi-backend";
import type { Caller } from "./callers.ts";
import { fillGaps } from "./gaps.ts";
import type { ApiDescription } from "./gaps.ts";
import { GithubError } from "./github-error.ts";
import { invalidRequestMessage } from "./invalid-request.ts";
import { refuseWithoutPermission } from "./permissions.ts";

/** One request to one operation, already checked against GitHub's description. */
export interface Call {
  /** Values of the path template, decoded: `{ owner, repo, environment_name }`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; `{}` where the operation takes a body and none came. */
  readonly body: unknown;
  /** Where the client reaches the emulator: `http://127.0.0.1:4000`, with `/api/v3` if the client uses it. */
  readonly root: string;
  /** Path below `root`, as the client wrote it. */
  readonly path: string;
  readonly caller: Caller;
}

export interface Answer {
  /** HTTP status. */
  readonly status: number;
  /** What is sent as JSON; absent where GitHub sends no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Handlers by operation id of the description: `repos/get-environment`. */
export type Handlers = Readonly<Record<string, (call: Call) => Answer>>;

export interface Request {
  readonly method: string;
  readonly root: string;
  readonly path: string;
  /** Query string without `?`. */
  readonly search: string;
  readonly body: unknown;
  readonly caller: Caller;
}

const DOCUMENTATION = "https://docs.github.com/rest";

/**
 * Routes requests to handlers, and validates each request and each answer against GitHub's description.
 * An invalid request is a 422 in GitHub's words. An answer that does not fit the description is a 500 that says
 * where, because it is a fault of the emulator.
 */
export class Api {
  readonly #backend: OpenAPIBackend;
  readonly #handlers: Handlers;

  private constructor(backend: OpenAPIBackend, handlers: Handlers) {
    this.#backend = backend;
    this.#handlers = handlers;
  }

  /** @throws Error when an operation of the description has no handler, or a handler no operation. */
  static async create(handlers: Handlers): Promise<Api> {
    const backend = await (shared ??= readDescription());
    const described = backend.getOperations().map((operation) => operation.operationId ?? "");
    const differing = [
      ...described.filter((id) => !(id in handlers)),
      ...Object.keys(handlers).filter((id) => !described.includes(id)),
    ];
    if (differing.length > 0) {
      throw new Error(`No pair of operation and handler: ${differing.join(", ")}`);
    }
    return new Api(backend, handlers);
  }

  answer(request: Request): Answer {
    return this.#answered({ ...request, path: withWholeRef(request.path) });
  }

  #answered(request: Request): Answer {
    const { method, path } = request;
    const operation = this.#backend.matchOperation({ method, path, headers: {} });
    if (operation?.operationId === undefined) {
      return errorAnswer(
        new GithubError(501, `The GitHub emulator does not have ${method} ${path}.`),
      );
    }
    const answer = this.#answerOf(operation, operation.operationId, request);
    return this.#checked(operation, answer);
  }

  #answerOf(operation: Operation, id: string, request: Request): Answer {
    const documentation = operation.externalDocs?.url;
    try {
      refuseWithoutPermission(id, request.caller);
    } catch (error) {
      if (error instanceof GithubError) return errorAnswer(error, documentation);
      throw error;
    }
    const body = operation.requestBody === undefined ? undefined : (request.body ?? {});
    const validated = {
      method: request.method,
      path: request.path,
      query: request.search,
      headers: {},
      body,
    };
    const { errors } = this.#backend.validateRequest(validated, operation);
    if (errors?.length) {
      return errorAnswer(new GithubError(422, invalidRequestMessage(errors)), documentation);
    }
    try {
      const handler = this.#handlers[id];
      if (handler === undefined) throw new Error(`No handler for ${id}`);
      return handler({
        params: pathParameters(operation.path, request.path),
        query: new URLSearchParams(request.search),
        body,
        root: request.root,
        path: request.path,
        caller: request.caller,
      });
    } catch (error) {
      if (error instanceof GithubError) return errorAnswer(error, documentation);
      throw error;
    }
  }

  #checked(operation: Operation, answer: Answer): Answer {
    const { status, body = null } = answer;
    const declared = operation.responses?.[String(status)] !== undefined;
    const { errors } = this.#backend.validateResponse(body, operation, status);
    const faults = declared ? (errors ?? []) : [{ instancePath: "", message: "is not declared" }];
    if (faults.length === 0) return answer;
    const where = `${operation.operationId ?? operation.path}, status ${status}`;
    const what = faults.map((fault) => `${fault.instancePath} ${fault.message ?? ""}`.trim());
    return errorAnswer(
      new GithubError(
        500,
        `The emulator's answer does not fit GitHub's description (${where}): ${what.join("; ")}.`,
      ),
    );
  }
}

/** One for all emulators of a process: what it compiles at the first request of each kind takes longer than the request. */
let shared: Promise<OpenAPIBackend> | undefined;

async function readDescription(): Promise<OpenAPIBackend> {
  const text = readFileSync(join(import.meta.dirname, "api.json"), "utf8");
  const description = JSON.parse(text) as Document & ApiDescription;
  fillGaps(description);
  const backend = new OpenAPIBackend({
    definition: description,
    quick: true,
    strict: true,
    ajvOpts: { allErrors: true, strict: false, verbose: true },
    customizeAjv: (ajv) => {
      addFormats.default(ajv);
      // `owner/name`, of which only GitHub's description speaks.
      ajv.addFormat("repo.nwo", /^[^/]+\/[^/]+$/);
      return ajv;
    },
  });
  await backend.init();
  return backend;
}

/** The JSON body of an error, with the status as text as GitHub has it. */
export function errorAnswer(error: GithubError, documentation = DOCUMENTATION): Answer {
  const { message, errors, status } = error;
  return {
    status,
    body: {
      message,
      ...(errors.length > 0 && { errors }),
      documentation_url: documentation,
      status: String(status),
    },
  };
}

/** A ref or a file's path is one parameter, and clients write its slashes as they are: `/git/ref/heads/release/2.10`. */
function withWholeRef(path: string): string {
  return path.replace(/(?<=^\/repos\/[^/]+\/[^/]+\/(?:git\/refs?|contents)\/).+$/, (rest) =>
    rest.replaceAll("/", "%2F"),
  );
}

/** Both paths have the same number of segments: the router has matched them. */
function pathParameters(template: string, path: string): Record<string, string> {
  const values = path.split("/");
  const parameters: Record<string, string> = {};
  for (const [index, segment] of template.split("/").entries()) {
    const name = /^\{(?<name>.+)\}$/.exec(segment)?.groups?.["name"];
    if (name !== undefined) parameters[name] = decodeURIComponent(values[index] ?? "");
  }
  return parameters;
}
