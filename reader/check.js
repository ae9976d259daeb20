/* What the readers have in common: all faults of a document at once, each with its place. */

/** What is wrong with a document. */
export class ReaderError extends Error {
  /**
   * @param {string} what the document
   * @param {readonly { path: string, message: string }[]} problems
   */
  constructor(what, problems) {
    const lines = problems.map(({ path, message }) => `\n  ${path}: ${message}`);
    super(
      `${what}: ${problems.length} problem${problems.length === 1 ? "" : "s"}${lines.join("")}`,
    );
    this.name = "ReaderError";
    // The message says all of them: a second time they would only be shown by who prints the error with its properties.
    Object.defineProperty(this, "problems", { value: problems, enumerable: false });
  }
}

/** Looks through a document and collects what is wrong with it. */
export class Check {
  /** @type {{ path: string, message: string }[]} */
  problems = [];

  /**
   * @param {string} path
   * @param {string} message
   */
  fault(path, message) {
    this.problems.push({ path: path === "" ? "(file)" : path, message });
  }

  /** Text of a form; `is` says what it is, `example` what to write. Returns it, or undefined after a fault. */
  text(value, path, { pattern, is, example }) {
    if (typeof value === "string" && pattern.test(value)) return value;
    this.#wrong(value, path, is, example);
    return undefined;
  }

  /** A list, each item looked at by `item`; its items, none after a fault. */
  list(value, path, { is, example }, item) {
    if (!Array.isArray(value)) {
      this.#wrong(value, path, is, example);
      return [];
    }
    value.forEach((one, index) => item(one, `${path}.${index}`));
    return value;
  }

  /** A map with any keys of a form, each value looked at by `item`; its entries, none after a fault. */
  map(value, path, { is, keys, keyRule, example }, item) {
    if (!isMap(value)) {
      this.#wrong(value, path, is, example);
      return [];
    }
    for (const [key, one] of Object.entries(value)) {
      const place = below(path, key);
      if (key === "__proto__" || !keys.test(key)) this.fault(place, `${show(key)} ${keyRule}`);
      else item(one, place, key);
    }
    return Object.entries(value);
  }

  /** A map with exactly these keys; `optional` ones may be absent. Its values, none after a fault. */
  fields(value, path, is, fields, { optional = false } = {}) {
    if (!isMap(value)) {
      this.#wrong(value, path, is, "{ ... }");
      return {};
    }
    const known = Object.keys(fields);
    for (const key of Object.keys(value)) {
      if (!Object.hasOwn(fields, key)) {
        const message = `unknown key; the keys here are ${known.join(", ")}`;
        this.fault(below(path, key), message);
      }
    }
    for (const [key, look] of Object.entries(fields)) {
      if (optional && !Object.hasOwn(value, key)) continue;
      look(Object.hasOwn(value, key) ? value[key] : undefined, below(path, key));
    }
    return value;
  }

  #wrong(value, path, is, example) {
    const message =
      value === undefined
        ? `missing; ${is}, e.g. ${example}`
        : `${show(value)} is not ${is}; it should be e.g. ${example}`;
    this.fault(path, message);
  }
}

/**
 * Reads JSON of one version; a document of another is told so and nothing else is said of it.
 * @param {string} what the document: `images.json`
 * @param {string} json
 * @param {number} version that the reader knows
 */
export function parsed(what, json, version) {
  let raw;
  try {
    raw = JSON.parse(json);
  } catch {
    // The parser's own words would quote a document that may be any.
    const message = "is no JSON; was all of it fetched, and nothing else?";
    throw new ReaderError(what, [{ path: "(file)", message }]);
  }
  const found = isMap(raw) && Object.hasOwn(raw, "version") ? raw["version"] : undefined;
  if (isMap(raw) && found !== version) {
    const message =
      found === undefined
        ? `missing, so that this is no ${what} of Slipway`
        : `${show(found)} is none that this reader knows, which is ${version}; take the reader of the Slipway that wrote it`;
    throw new ReaderError(what, [{ path: "version", message }]);
  }
  return raw;
}

/** A value as an error quotes it: on one line, and not at any length. */
export function show(value) {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a map";
  const text = JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 160)}...` : text;
}

/** A value that was looked up by a name, or the names that there are. */
export function own(map, key) {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function isMap(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function below(path, key) {
  return path === "" ? key : `${path}.${key}`;
}
