import { nameOf } from "./state.ts";

/** A resource as people are told of it: `ci (aws.ecr.Repository)`. */
export function resourceText(urn: string): string {
  return `${nameOf(urn)} (${shortType(typeOf(urn))})`;
}

/** `aws:ecr/repository:Repository` as people say it: `aws.ecr.Repository`. */
export function shortType(type: string): string {
  const [pack = "", module = "", name = ""] = type.split(":");
  const folder = module.split("/")[0] ?? "";
  return [pack, ...(folder === "index" ? [] : [folder]), name].join(".");
}

/** The type in a URN, without those of its parents. */
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}
