import { parseImageReference, parseRepository, TAG } from "../rules/image-reference.ts";
import type { Problem } from "../rules/problems.ts";
import { holdsUnknown, isRecord, UNKNOWN, type Properties } from "./property-values.ts";

/** What an `ImageName` is told; see `components/image-name.ts` for what each means. */
export interface ImageNameInputs {
  /** `host/path@sha256:...` */
  readonly source: string;
  readonly contentName: string;
  readonly registries: readonly RegistryNames[];
  readonly credentials: Readonly<Record<string, { username: string; password: string }>>;
}

/** The names on one registry. */
export interface RegistryNames {
  /** `host/path` */
  readonly repository: string;
  readonly floatingNames: readonly string[];
}

/** The tags of one repository that an `ImageName` is about, the content's name first. */
export function tagsOf(
  { contentName }: Pick<ImageNameInputs, "contentName">,
  { floatingNames }: RegistryNames,
): readonly string[] {
  return [contentName, ...floatingNames];
}

const PROPERTIES = ["source", "contentName", "registries", "credentials"];

/** All faults of the inputs at once. What is not known yet is taken for right; a credential's value never shows. */
export function imageNameProblems(inputs: Properties): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (path: string, message: string): void => void problems.push({ path, message });
  for (const key of Object.keys(inputs)) {
    if (!PROPERTIES.includes(key)) {
      add(key, `is not a property of ImageName; it has ${PROPERTIES.join(", ")}`);
    }
  }
  checkSource(inputs["source"], add);
  checkTag("contentName", inputs["contentName"], add);
  checkRegistries(inputs["registries"], inputs["contentName"], add);
  checkCredentials(inputs["credentials"], add);
  return problems;
}

/** Whether inputs are right and everything in them is known. */
export function isImageNameInputs(inputs: Properties): inputs is Properties & ImageNameInputs {
  return imageNameProblems(inputs).length === 0 && !holdsUnknown(inputs);
}

type Add = (path: string, message: string) => void;

function checkSource(source: unknown, add: Add): void {
  if (source === UNKNOWN) return;
  if (typeof source !== "string") {
    add("source", `${found(source)}; write where the content was pushed, host/path@sha256:...`);
    return;
  }
  try {
    const { digest } = parseImageReference(source);
    if (digest === undefined) {
      add("source", `${found(source)} has no digest; write host/path@sha256:...`);
    }
  } catch (error) {
    add("source", (error as Error).message);
  }
}

function checkTag(path: string, tag: unknown, add: Add): void {
  if (tag === UNKNOWN || (typeof tag === "string" && TAG.test(tag))) return;
  const fault = tag === undefined ? "missing; write" : `${found(tag)} is not`;
  add(path, `${fault} a tag (letters, digits, "_ . -", at most 128, not first "." or "-")`);
}

function checkRegistries(registries: unknown, contentName: unknown, add: Add): void {
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
    checkFloatingNames(`${path}.floatingNames`, floatingNames, contentName, add);
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

function checkFloatingNames(path: string, names: unknown, contentName: unknown, add: Add): void {
  if (names === UNKNOWN) return;
  if (!Array.isArray(names)) {
    add(path, `${found(names)}; write a list of tags, [] for none`);
    return;
  }
  (names as unknown[]).forEach((name, index) => {
    checkTag(`${path}[${index}]`, name, add);
    if (name === UNKNOWN) return;
    if (names.indexOf(name) < index) add(`${path}[${index}]`, `${found(name)} is listed twice`);
    if (name === contentName) {
      add(`${path}[${index}]`, `${found(name)} is the content's own name, which never moves`);
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
