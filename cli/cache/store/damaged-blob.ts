import { UserError } from "../../../rules/problems.ts";

/** Content that is not what its digest or size says. */
export class DamagedBlob extends UserError {
  override readonly name: string = "DamagedBlob";
}
