/** `slipway:index:ImageName` of `urn:pulumi:main::slipway::parent$slipway:index:ImageName::cuda12.8`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").pop() ?? "";
}

/** `cuda12.8 (slipway:index:ImageName)`. */
export function labelOf(urn: string): string {
  return `${urn.split("::").slice(3).join("::")} (${typeOf(urn)})`;
}

/** `main` of `urn:pulumi:main::...`. */
export function stackOf(urn: string): string {
  return urn.split("::")[0]?.split(":").pop() ?? "";
}
