import { DIGEST, parseImageReference, parseRepository, TAG } from "../rules/image-reference.ts";
import { parsePlatform } from "../rules/platform.ts";
import type { Problem } from "../rules/problems.ts";
import { holdsUnknown, isRecord, UNKNOWN, type Properties } from "./property-values.ts";

/** What an `ImageName` is told; see `components/image-name.ts` for what each means. */
export interface ImageNameInputs {
  /** At least one: `linux/amd64`. */
  readonly platforms: readonly string[];
  /** By platform: `host/path@sha256:...`. */
  readonly sources: Readonly<Record<string, string>>;
  readonly contentName: string;
  readonly aliases: readonly string[];
  readonly registries: readonly RegistryNames[];
  /** `sha256:...` */
  readonly float?: string;
  readonly credentials: Readonly<Record<string, { username: string; password: string }>>;
}

/** The names on one registry. */
export interface RegistryNames {
  /** `host/path` */
  readonly repository: string;
  readonly floatingNames: readonly string[];
}

/** The part of the inputs that says which names there are. */
export type WantedNames = Pick<ImageNameInputs, "contentName" | "aliases" | "registries">;

/** The tags of one repository that an `ImageName` is about, the content's name first. */
export function tagsOf(
  { contentName, aliases }: Pick<WantedNames, "contentName" | "aliases">,
  { floatingNames }: RegistryNames,
): readonly string[] {
  return [contentName, ...aliases, ...floatingNames];
}

/** Names of all inputs. */
export const INPUTS: readonly string[] = [
  "platforms",
  "sources",
  "contentName",
  "aliases",
  "registries",
  "float",
  "credentials",
];

/** All faults of the inputs at once. What is not known yet is taken for right; a credential's value never shows. */
export function imageNameProblems(inputs: Properties): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, message: string): void => void problems.push({ path, message });
  for (const key of Object.keys(inputs)) {
    if (!INPUTS.includes(key)) {
      add(key, `is not a property of ImageName; it has ${INPUTS.join(", ")}`);
    }
  }
  const { contentName, aliases } = inputs;
  checkPlatforms(inputs["platforms"], add);
  checkSources(inputs["sources"], inputs["platforms"], add);
  checkTag("contentName", contentName, add);
  checkNames("aliases", aliases, [contentName], add);
  const fixed = [contentName, ...(Array.isArray(aliases) ? (aliases as unknown[]) : [])];
  checkRegistries(inputs["registries"], fixed, add);
  checkFloat(inputs["float"], add);
  checkCredentials(inputs["credentials"], add);
  return problems;
}

/** Whether inputs are right and everything in them is known. */
export function isImageNameInputs(inputs: Properties): inputs is Properties & ImageNameInputs {
  return imageNameProblems(inputs).length === 0 && !holdsUnknown(inputs);
}

type Add = (path: string, message: string) => void;

function checkPlatforms(platforms: unknown, add: Add): void {
  if (platforms === UNKNOWN) return;
  if (!Array.isArray(platforms) || platforms.length === 0) {
    add("platforms", `${found(platforms)}; list at least one, e.g. linux/amd64`);
    return;
  }
  (platforms as unknown[]).forEach((platform, index) => {
    if (platform === UNKNOWN) return;
    if (typeof platform !== "string" || parsePlatform(platform) === undefined) {
      add(`platforms[${index}]`, `${found(platform)} is not a platform; write e.g. linux/amd64`);
    } else if (platforms.indexOf(platform) < index) {
      add(`platforms[${index}]`, `${found(platform)} is listed twice`);
    }
  });
}

function checkSources(sources: unknown, platforms: unknown, add: Add): void {
  if (sources === UNKNOWN) return;
  if (!isRecord(sources)) {
    add("sources", `${found(sources)}; write { platform: host/path@sha256:... }`);
    return;
  }
  const wanted: unknown[] = Array.isArray(platforms) ? platforms : [];
  for (const platform of wanted) {
    if (typeof platform !== "string" || platform === UNKNOWN) continue;
    if (!Object.hasOwn(sources, platform)) {
      add(`sources["${platform}"]`, "missing; write where it was pushed, host/path@sha256:...");
    }
  }
  for (const [platform, source] of Object.entries(sources)) {
    checkSource(`sources["${platform}"]`, source, add);
    if (Array.isArray(platforms) && !wanted.includes(platform) && !wanted.includes(UNKNOWN)) {
      add(`sources["${platform}"]`, "not one of the platforms");
    }
  }
}

function checkSource(path: string, source: unknown, add: Add): void {
  if (source === UNKNOWN) return;
  if (typeof source !== "string") {
    add(path, `${found(source)}; write where the content was pushed, host/path@sha256:...`);
    return;
  }
  try {
    const { digest } = parseImageReference(source);
    if (digest === undefined) {
      add(path, `${found(source)} has no digest; write host/path@sha256:...`);
    }
  } catch (error) {
    add(path, (error as Error).message);
  }
}

function checkFloat(float: unknown, add: Add): void {
  if (float === undefined || float === UNKNOWN) return;
  if (typeof float === "string" && DIGEST.test(float)) return;
  add(
    "float",
    `${found(float)} is not a digest (sha256: and 64 hex digits); leave it out for none`,
  );
}

function checkTag(path: string, tag: unknown, add: Add): void {
  if (tag === UNKNOWN || (typeof tag === "string" && TAG.test(tag))) return;
  const fault = tag === undefined ? "missing; write" : `${found(tag)} is not`;
  add(path, `${fault} a tag (letters, digits, "_ . -", at most 128, not first "." or "-")`);
}

function checkRegistries(registries: unknown, fixed: readonly unknown[], add: Add): void {
  if (registries === UNKNOWN) return;
  if (!Array.isArray(registries) || registries.length === 0) {
    add("registries", `${found(registries)}; list at least one { repository, floatingNames }`);
    return;
  }
  const seen = new Set<unknown>();
  (registries as unknown[]).forEach((entry, index) => {
    const path = `registries[${index}]`;
    if (entry === UNKNOWN) return;
    if (!isRecord(entry)) {
      add(path, `${found(entry)}; write { repository, floatingNames }`);
      return;
    }
    const { repository, floatingNames } = entry;
    checkRepository(`${path}.repository`, repository, add);
    if (typeof repository === "string" && repository !== UNKNOWN && seen.has(repository)) {
      add(`${path}.repository`, `${found(repository)} is listed twice; join the two entries`);
    }
    seen.add(repository);
    checkNames(`${path}.floatingNames`, floatingNames, fixed, add);
  });
}

function checkRepository(path: string, repository: unknown, add: Add): void {
  if (repository === UNKNOWN) return;
  if (typeof repository !== "string") {
    add(path, `${found(repository)}; write host/path`);
    return;
  }
  try {
    parseRepository(repository);
  } catch (error) {
    add(path, (error as Error).message);
  }
}

/** @param fixed names that are taken and never move */
function checkNames(path: string, names: unknown, fixed: readonly unknown[], add: Add): void {
  if (names === UNKNOWN) return;
  if (!Array.isArray(names)) {
    add(path, `${found(names)}; write a list of tags, [] for none`);
    return;
  }
  (names as unknown[]).forEach((name, index) => {
    checkTag(`${path}[${index}]`, name, add);
    if (name === UNKNOWN) return;
    if (names.indexOf(name) < index) add(`${path}[${index}]`, `${found(name)} is listed twice`);
    if (fixed.includes(name)) {
      add(`${path}[${index}]`, `${found(name)} is a name of the content itself, which never moves`);
    }
  });
}

function checkCredentials(credentials: unknown, add: Add): void {
  if (credentials === UNKNOWN) return;
  if (!isRecord(credentials)) {
    add("credentials", "not an object; write { host: { username, password } }, {} for none");
    return;
  }
  for (const [host, login] of Object.entries(credentials)) {
    if (login === UNKNOWN) continue;
    for (const key of ["username", "password"]) {
      const value = isRecord(login) ? login[key] : undefined;
      if (typeof value !== "string" || value === "") {
        add(
          `credentials["${host}"].${key}`,
          "missing or not text; a login has a username and a password",
        );
      }
    }
  }
}

/** What was found, for properties that are no secrets. */
function found(value: unknown): string {
  if (value === undefined || value === null) return "missing";
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}
