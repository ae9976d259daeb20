/* As if no time passed before GitHub is asked again. */
import { type GithubAccess, GithubClient as Real } from "../../../../../github/client.ts";

export class GithubClient extends Real {
  constructor(access: GithubAccess) {
    super({ ...access, waitedSecond: 1 });
  }
}
