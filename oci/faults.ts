import { z } from "zod";
import { packageAccessAdvice } from "../rules/package-access.ts";
import { UserError } from "../rules/problems.ts";

/** What was asked of a registry, in words for an error. */
export interface Asked {
  /** As in image references: `docker.io`, not the host of its API. */
  readonly host: string;
  /** Path of the repository. */
  readonly repository: string;
  /** `get manifest cuda12.8`, `upload blob sha256:... (12 bytes)`. */
  readonly action: string;
  /** Whether a login for the registry is configured. */
  readonly login: boolean;
}

/** A registry said no. */
export class RegistryFault extends UserError {
  override readonly name: string = "RegistryFault";
  /** HTTP status. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** A name that may not move has other content already. */
export class ImmutableNameFault extends RegistryFault {
  override readonly name = "ImmutableNameFault";
}

/** What a registry has is not what it, or the digest it was asked for by, says it is. */
export class DamagedContentFault extends UserError {
  override readonly name = "DamagedContentFault";
}

const ErrorDocument = z.object({
  errors: z.array(z.object({ code: z.string().optional(), message: z.string().optional() })),
});

/**
 * Words the answer of a registry that did not do as asked.
 * @param body of the answer; `{"errors": [{code, message}]}` is quoted, anything else (a proxy's page) is not
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
export function faultOf(asked: Asked, status: number, body: string): RegistryFault {
  const said = errorText(body);
  const what = `${asked.host}/${asked.repository}: ${asked.action}: HTTP ${status}`;
  const message = `${what}${said === "" ? "" : ` (${said})`}; ${packageAccessAdvice(said) ?? advice(asked, status)}`;
  // ECR says 400 TAG_INVALID, Docker Hub 400 or 403 for its immutable tags, Harbor 412.
  if (
    asked.action.startsWith("put manifest") &&
    /immutable|already exists|cannot be overwritten/i.test(said)
  ) {
    return new ImmutableNameFault(
      `${what} (${said}); the name exists there with other content and the repository is immutable: ` +
        `use another name, or delete that one by hand`,
      status,
    );
  }
  return new RegistryFault(message, status);
}

/**
 * Words what a store of blobs answered that a registry led to with a signed address.
 * @param place its host
 */
export function addressFaultOf(asked: Asked, place: string, status: number): UserError {
  return new UserError(
    `${asked.host}/${asked.repository}: ${asked.action}: HTTP ${status} from ${place}, where ${asked.host} keeps it; ` +
      `the address that ${asked.host} signed is over or was not taken: check this machine's clock, and run the command again`,
  );
}

/** Whether a login that is absent, wrong, expired or without the right is the cause. */
export function isLoginFault(error: unknown): error is RegistryFault {
  return error instanceof RegistryFault && (error.status === 401 || error.status === 403);
}

function advice({ host, repository, login }: Asked, status: number): string {
  // A client does not know which of the two it was made with.
  const source = `commands take this machine's (docker login ${host}), a stack's resources that of its configuration`;
  switch (status) {
    case 401:
      return login
        ? `the login configured for ${host} was refused: check that it is right and not expired; ${source}`
        : `${host} wants a login and none is configured for it: ${source}`;
    case 403:
      return login
        ? `the account configured for ${host} may not do this: give it the right on ${repository}, or log in with another; ${source}`
        : `${host} does not allow this without a login: ${source}`;
    case 404:
      return `${host} does not have that, or hides it from this login: check the name ${repository}, and create the repository where the registry does not do so by itself (ECR)`;
    case 413:
      return `${host}, or a proxy before it, takes no request body of this size: raise its limit, or make the layer smaller`;
    case 429:
      return `${host} limits how often it may be asked: wait, or log in with an account that has a higher limit`;
    default:
      return status >= 500
        ? `${host} is in trouble: run the command again later`
        : `${host} refuses the request`;
  }
}

function errorText(body: string): string {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return "";
  }
  const parsed = ErrorDocument.safeParse(document);
  if (!parsed.success) return "";
  return parsed.data.errors
    .map(({ code, message }) => [code, message].filter(Boolean).join(": "))
    .join("; ")
    .replaceAll(/[^\x21-\x7e]+/g, " ")
    .slice(0, 400);
}

const CONNECTION_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  "UND_ERR_SOCKET",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
]);

/** Code of an error of the system or of the HTTP library, of its causes or of the attempts it collects. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  if (error instanceof AggregateError) {
    return (error.errors as unknown[]).map(codeOf).find((found) => found !== undefined);
  }
  return codeOf(error.cause);
}

/** Whether a connection failed in a way that the next one may not. */
export function isConnectionFault(error: unknown): boolean {
  return CONNECTION_CODES.has(codeOf(error) ?? "");
}

/** Words a connection that failed; undefined when the error is of another kind. */
export function connectionFaultOf(asked: Asked, error: unknown): UserError | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  const what = `${asked.host}/${asked.repository}: ${asked.action}: `;
  if (code === "ENOTFOUND") {
    return new UserError(
      `${what}no host ${asked.host} is found (${code}); check its name, and that this machine has a network`,
    );
  }
  if (/^(?:CERT|ERR_TLS|DEPTH|SELF_SIGNED|UNABLE_TO)/.test(code)) {
    return new UserError(
      `${what}${asked.host} could not prove who it is (${code}); check its certificate`,
    );
  }
  if (!isConnectionFault(error)) return undefined;
  // A server that refuses a large body often closes before its 413 can be read.
  const size = asked.action.startsWith("upload blob")
    ? ", and that it, or a proxy before it, takes a request body of this size"
    : "";
  return new UserError(
    `${what}the connection failed (${code}); check that ${asked.host} runs and can be reached from here${size}`,
  );
}
