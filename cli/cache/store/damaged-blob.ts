import { UserError } from "../../../rules/problems.ts";

/** What brings a damaged blob back: a refresh alone takes a file of the right size for whole. @param store its folder */
export function damageRemedy(store: string): string {
  return `slipway cache verify --discard-damaged --store ${store}, then slipway cache refresh`;
}

/** Content that is not what its digest or size says. */
export class DamagedBlob extends UserError {
  override readonly name: string = "DamagedBlob";
}
