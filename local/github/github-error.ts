/**
 * An answer of GitHub that is not a success. Handlers throw it; api.ts writes the JSON body
 * `{ message, errors?, documentation_url, status }`.
 * @see https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export class GithubError extends Error {
  override readonly name = "GithubError";
  /** HTTP status. */
  readonly status: number;
  /** What is wrong, one sentence each, where GitHub lists it beside the message. */
  readonly errors: readonly string[];

  constructor(status: number, message: string, errors: readonly string[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** Something in the path does not exist; GitHub never says what. */
export function notFound(): GithubError {
  return new GithubError(404, "Not Found");
}

/** The request is well formed but breaks a rule. */
export function unprocessable(message: string): GithubError {
  return new GithubError(422, message);
}

/** The same with a list of what is wrong, as the younger operations answer. */
export function validationFailed(...errors: readonly string[]): GithubError {
  return new GithubError(422, "Validation Failed", errors);
}
