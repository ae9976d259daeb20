import { DIGEST, parseRepository, TAG } from "./image-reference.ts";

/** What a request asks a registry for. */
export type RegistryRoute =
  | { readonly kind: "base" }
  | { readonly kind: "manifest"; readonly path: string; readonly reference: string }
  | { readonly kind: "blob"; readonly path: string; readonly digest: string }
  | { readonly kind: "tags"; readonly path: string };

const ROUTE = /^\/v2\/(?<path>.+)\/(?:(?<kind>manifests|blobs)\/(?<reference>[^/]+)|tags\/list)$/;

/**
 * Reads the path of a request to a registry; undefined for every other. Names keep the grammar of references, so that none leads
 * anywhere on a disk.
 * @param pathname as it was sent, percent-encoded
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */
export function registryRoute(pathname: string): RegistryRoute | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (decoded === "/v2/" || decoded === "/v2") return { kind: "base" };
  const { path, kind, reference = "" } = ROUTE.exec(decoded)?.groups ?? {};
  if (path === undefined || !isRepositoryPath(path)) return undefined;
  if (kind === undefined) return { kind: "tags", path };
  if (kind === "blobs") {
    return DIGEST.test(reference) ? { kind: "blob", path, digest: reference } : undefined;
  }
  const isReference = DIGEST.test(reference) || TAG.test(reference);
  return isReference ? { kind: "manifest", path, reference } : undefined;
}

function isRepositoryPath(path: string): boolean {
  try {
    parseRepository(`localhost/${path}`);
    return true;
  } catch {
    return false;
  }
}

/** A part of a file: bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of a file that a request's `Range` asks for: the whole of it (undefined) where the header is not there, not
 * understood or of several parts, which a server may answer so; `unsatisfiable` where the file has none of it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range
 */
export function byteRange(
  header: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const { first, last } =
    /^bytes=(?<first>[0-9]{0,16})-(?<last>[0-9]{0,16})$/i.exec(header ?? "")?.groups ?? {};
  if (first === undefined || last === undefined || (first === "" && last === "")) return undefined;
  if (first === "") {
    const start = Math.max(0, size - Number(last));
    return start < size ? { start, end: size } : "unsatisfiable";
  }
  const start = Number(first);
  const end = last === "" ? size : Math.min(size, Number(last) + 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start < size ? { start, end } : "unsatisfiable";
}
