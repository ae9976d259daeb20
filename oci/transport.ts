import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, request, type Dispatcher } from "undici";
import { isLoopback } from "../rules/loopback.ts";
import { UserError } from "../rules/problems.ts";
import { Authorization, type Login } from "./authorization.ts";
import { readBytes } from "./bodies.ts";
import {
  addressFaultOf,
  connectionFaultOf,
  faultOf,
  isConnectionFault,
  type Asked,
} from "./faults.ts";
import { parseRetryAfter, PATIENCE, retry, TransientFault, type RetryPolicy } from "./retry.ts";

/** One request to a registry. */
export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  /** Below the registry's origin, or a URL of the same origin. */
  readonly url: string;
  /** Path of the repository. */
  readonly repository: string;
  /** In words, for errors. */
  readonly action: string;
  /** `repository:PATH:pull`. */
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable;
  /** Statuses that are an answer; every other is thrown as a fault. */
  readonly expected: readonly number[];
}

/** What a registry answered; the body must be read or dumped. */
export interface RegistryResponse {
  readonly status: number;
  /** Where it came from, after redirects. */
  readonly origin: string;
  header(name: string): string | undefined;
  readonly body: Dispatcher.ResponseData["body"];
}

/** Milliseconds: an upload's answer may take as long as the registry needs to store a large layer. */
const UPLOAD_TIMEOUT = 600_000;
/** Our own: the process-wide one is that of the undici inside Node, of whatever version. Idle connections end no wait. */
const connections = new Agent({ connect: { timeout: 10_000 } });
const MOST_REDIRECTS = 5;
const ERROR_LIMIT = 64 * 1024;
/** How a store of blobs answers to a signed address that is over. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const ADDRESS_REFUSED = [400, 401, 403];

/** Requests to one registry: login, retries, redirects, and refusals as errors that a user can act on. */
export class Transport {
  /** As in image references. */
  readonly host: string;
  readonly origin: URL;
  readonly policy: RetryPolicy;
  readonly #login: boolean;
  readonly #authorization: Authorization;
  /** When the registry may be asked again; milliseconds, as `performance.now()` counts. */
  #quietUntil = 0;

  constructor(host: string, login: Login | undefined, policy: RetryPolicy) {
    this.host = host;
    this.origin = apiOrigin(host);
    this.policy = policy;
    this.#login = login !== undefined;
    this.#authorization = new Authorization(this.origin, login, (url, authorization) =>
      this.#fetchToken(url, authorization),
    );
  }

  /** Sends a request whose body, if any, can be sent again; retries what may be gone at the next attempt. */
  async send(sent: RegistryRequest): Promise<RegistryResponse> {
    return retry(this.policy, () => this.attempt(sent));
  }

  /**
   * The same, with the whole body of the answer: a body that breaks off is asked for again.
   * @param limit bytes
   */
  async read(
    sent: RegistryRequest,
    limit: number,
  ): Promise<{ readonly answer: RegistryResponse; readonly bytes: Buffer }> {
    return retry(this.policy, async () => {
      const answer = await this.attempt(sent);
      return { answer, bytes: await this.#bytes(answer, limit, this.#asked(sent)) };
    });
  }

  /**
   * Sends a request once, and a second time when the registry asks for a login, or says that the one used is over. Waits
   * first where the registry told any request to come back later.
   * @throws TransientFault for 408, 429, 5xx and connections that fail; to be called inside `retry`
   */
  async attempt(sent: RegistryRequest): Promise<RegistryResponse> {
    const asked = this.#asked(sent);
    for (let challenges = 0; ; challenges++) {
      await this.#quiet();
      const authorization = await this.#authorization.header(sent.scopes);
      const answer = await this.#exchange(sent, asked, authorization);
      if (sent.expected.includes(answer.status)) return answer;
      const body = await this.#errorBody(answer);
      const again =
        challenges < 2 &&
        answer.origin === this.origin.origin &&
        (await this.#mayAskAgain(answer, body, sent.scopes, authorization));
      if (!again) throw this.#refusal(answer, body, asked);
      const fault = faultOf(asked, answer.status, body);
      // A stream is used up; whoever made it makes another one, and then the login is known.
      if (isStream(sent.body)) throw new TransientFault(fault, 0);
    }
  }

  async #mayAskAgain(
    answer: RegistryResponse,
    body: string,
    scopes: readonly string[],
    used: string | undefined,
  ): Promise<boolean> {
    if (answer.status === 401) {
      const challenge = answer.header("www-authenticate") ?? "";
      return this.#authorization.challenged(challenge, scopes, used);
    }
    // ECR's words: "DENIED: Your authorization token has expired. Reauthenticate and try again."
    const isOver = answer.status === 403 && /expired/i.test(body);
    return isOver && used !== undefined && this.#authorization.renewed(used);
  }

  /** A registry's `Retry-After` is meant for all that this process asks of it. */
  async #quiet(): Promise<void> {
    for (let left; (left = this.#quietUntil - performance.now()) > 0;) await sleep(left);
  }

  /** Resolves what a registry said to go on with. @throws UserError when it leads to another origin */
  ownUrl(location: string | undefined, repository: string, action: string): URL {
    const url = URL.canParse(location ?? "", this.origin.href)
      ? new URL(location ?? "", this.origin)
      : undefined;
    if (location !== undefined && url?.origin === this.origin.origin) return url;
    const found = location === undefined ? "nowhere" : `to ${url?.origin ?? "a broken address"}`;
    throw new UserError(
      `${this.host}/${repository}: ${action}: the registry sends the upload ${found}, not to ${this.origin.origin}; ` +
        `nothing was sent there. Mend the registry's external address (behind a proxy, e.g. X-Forwarded-Proto)`,
    );
  }

  async #exchange(
    sent: RegistryRequest,
    asked: Asked,
    authorization: string | undefined,
  ): Promise<RegistryResponse> {
    let url = new URL(sent.url, this.origin);
    for (let redirects = 0; ; redirects++) {
      // What a redirect leads to (a store of blobs) is signed in its address and is not told the login.
      const login = url.origin === this.origin.origin ? authorization : undefined;
      const answer = await this.#once(sent, url, asked, login);
      const reading = sent.method === "GET" || sent.method === "HEAD";
      if (!reading || ![301, 302, 303, 307, 308].includes(answer.status)) return answer;
      await answer.body.dump();
      const location = answer.header("location") ?? "";
      const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
      const safe =
        next?.protocol === "https:" ||
        (isLoopback(this.origin.hostname) && isLoopback(next?.hostname ?? ""));
      if (next === undefined || !safe || redirects >= MOST_REDIRECTS) {
        throw new UserError(
          `${asked.host}/${asked.repository}: ${asked.action}: redirected ` +
            (redirects >= MOST_REDIRECTS
              ? `more than ${MOST_REDIRECTS} times`
              : "to no https address"),
        );
      }
      url = next;
    }
  }

  async #once(
    sent: Pick<RegistryRequest, "method" | "headers" | "body">,
    url: URL,
    asked: Asked,
    authorization: string | undefined,
  ): Promise<RegistryResponse> {
    const { patience = PATIENCE } = this.policy;
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: connections,
        method: sent.method,
        headers: { ...sent.headers, ...(authorization !== undefined && { authorization }) },
        headersTimeout: isStream(sent.body) ? UPLOAD_TIMEOUT : patience,
        bodyTimeout: patience,
        ...(sent.body !== undefined && { body: sent.body }),
      });
      const header = (name: string): string | undefined => {
        const value = headers[name];
        return Array.isArray(value) ? value.join(", ") : value;
      };
      return { status: statusCode, origin: url.origin, header, body };
    } catch (error) {
      throw this.#connectionFault(asked, error);
    }
  }

  /** Error of a body that broke off, in words; others unchanged. */
  #connectionFault(asked: Asked, error: unknown): unknown {
    const fault = connectionFaultOf(asked, error);
    if (fault === undefined) return error;
    return isConnectionFault(error) ? new TransientFault(fault) : fault;
  }

  /** The same for a caller that reads a body itself. */
  interrupted(sent: Pick<RegistryRequest, "repository" | "action">, error: unknown): unknown {
    return this.#connectionFault(this.#asked(sent), error);
  }

  async #fetchToken(url: URL, authorization: string | undefined): Promise<string> {
    const asked = this.#asked({
      repository: (url.searchParams.get("scope") ?? "").split(":")[1] ?? "",
      action: `log in at ${url.host}`,
    });
    return retry(this.policy, async () => {
      const answer = await this.#once({ method: "GET" }, url, asked, authorization);
      if (answer.status === 200) {
        return (await this.#bytes(answer, ERROR_LIMIT, asked)).toString("utf8");
      }
      const body = await this.#errorBody(answer);
      throw this.#transient(answer, faultOf(asked, answer.status, body));
    });
  }

  async #bytes(answer: RegistryResponse, limit: number, asked: Asked): Promise<Buffer> {
    try {
      return await readBytes(answer.body, limit);
    } catch (error) {
      throw this.#connectionFault(asked, error);
    }
  }

  #refusal(answer: RegistryResponse, body: string, asked: Asked): Error {
    const { status, origin } = answer;
    const isForeign = origin !== this.origin.origin;
    if (isForeign && ADDRESS_REFUSED.includes(status)) {
      // The registry signs another address for the next attempt.
      return new TransientFault(addressFaultOf(asked, new URL(origin).host, status));
    }
    const fault = this.#transient(answer, faultOf(asked, status, body));
    const wait = fault instanceof TransientFault ? (fault.retryAfter ?? 0) : 0;
    if (!isForeign && wait <= this.policy.longestRetryAfter) {
      this.#quietUntil = Math.max(this.#quietUntil, performance.now() + wait);
    }
    return fault;
  }

  #transient(answer: RegistryResponse, fault: UserError): Error {
    if (![408, 429].includes(answer.status) && (answer.status < 500 || answer.status === 501)) {
      return fault;
    }
    return new TransientFault(fault, parseRetryAfter(answer.header("retry-after"), Date.now()));
  }

  async #errorBody(answer: RegistryResponse): Promise<string> {
    try {
      return this.#withoutSecrets((await readBytes(answer.body, ERROR_LIMIT)).toString("utf8"));
    } catch {
      return ""; // cut off or endless: the status says enough
    }
  }

  /** A server that quotes the request must not bring the login into a log. */
  #withoutSecrets(text: string): string {
    return this.#authorization
      .secrets()
      .reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text);
  }

  #asked({ repository, action }: Pick<RegistryRequest, "repository" | "action">): Asked {
    return { host: this.host, repository, action, login: this.#login };
  }
}

/**
 * Where a registry's API is: Docker Hub's images are called `docker.io/...` but served elsewhere, and only this machine is
 * spoken to without TLS.
 */
export function apiOrigin(host: string): URL {
  const { hostname } = new URL(`https://${host}`);
  if (isLoopback(hostname)) return new URL(`http://${host}`);
  return new URL(`https://${host === "docker.io" ? "registry-1.docker.io" : host}`);
}

function isStream(body: RegistryRequest["body"]): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}
