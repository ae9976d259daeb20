import { isRecord } from "../../../provider/property-values.ts";

/** Whether a fault of the AWS SDK is one of the named ones. */
export function isFault(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** The given value unless the service says that the thing does not exist. */
export async function unlessGone<T>(
  request: Promise<T>,
  ...names: readonly string[]
): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isFault(error, ...names)) return undefined;
    throw error;
  }
}

/** What a refusal by the service, or a service that does not answer, means to a user. */
export function explainAwsFault(error: unknown, endpoints: readonly string[]): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("$fault" in error) return `${error.name}: ${error.message}${hint(error.name)}`;
  const status = httpStatus(error);
  if (status !== undefined) {
    return `${endpoints.join(", ")} answered HTTP ${status} with something that is no answer of AWS; an emulator does so for requests that it does not implement (its log says which)`;
  }
  const code = "code" in error ? error.code : undefined;
  if (code === "ECONNREFUSED" || code === "ECONNRESET" || error.name === "TimeoutError") {
    return `nothing answers at ${endpoints.join(", ")}; start the local cloud: npm run local:up`;
  }
  return undefined;
}

/** The status of an answer that the SDK could not read. */
function httpStatus(error: Error): number | undefined {
  if (!("$metadata" in error) || !isRecord(error.$metadata)) return undefined;
  const { httpStatusCode } = error.$metadata;
  return typeof httpStatusCode === "number" ? httpStatusCode : undefined;
}

function hint(name: string): string {
  switch (name) {
    case "RepositoryNotEmptyException":
      return "; set forceDelete: true and apply that first, or delete the images";
    case "RepositoryAlreadyExistsException":
    case "EntityAlreadyExistsException":
    case "EntityAlreadyExists":
      return "; this stack has no record of it: delete it, or give the new one another name, and run again";
    default:
      return "";
  }
}
