/**
 * An answer of GitHub that is not a success. Handlers throw it; api.ts writes the JSON body
 * `{ message, errors?, documentation_url, status }`.
 * @see https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
 */
export class GithubError extends Error {
  override readonly name = "GithubError";
  /** HTTP status. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
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
