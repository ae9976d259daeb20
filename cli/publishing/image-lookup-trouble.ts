import { UserError } from "../../rules/problems.ts";

/** A service could not be asked just now; it may answer when it is asked again. */
export class Trouble extends UserError {
  /** Milliseconds that it asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(message: string, retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}
