/** The parts of a validation error of ajv that the wording needs (with ajv's option `verbose`). */
export interface Fault {
  readonly keyword: string;
  /** JSON pointer: `/requestBody/wait_timer`, `/query/page`. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
  readonly data?: unknown;
}

/**
 * What GitHub says to a request that does not fit its schema:
 * `Invalid request.\n\n"key_id" wasn't supplied.`
 *
 * One difference: a value of a secret is never repeated, while GitHub quotes what does not match the pattern.
 *
 * @see https://github.com/brandur/json_schema/blob/master/lib/json_schema/validator.rb the wording
 * @see https://github.com/github/rest-api-description/issues/419 an example of it
 */
export function invalidRequestMessage(all: readonly Fault[]): string {
  // What each of the possible forms says about a value that fits none is only noise.
  const choices = all.filter(({ keyword }) => keyword === "oneOf" || keyword === "anyOf");
  const faults = all.filter(
    (fault) =>
      choices.includes(fault) ||
      !choices.some(({ instancePath }) => fault.instancePath.startsWith(instancePath)),
  );
  const lines = [
    ...listed(faults, "required", "missingProperty", ["wasn't supplied.", "weren't supplied."]),
    ...listed(faults, "additionalProperties", "additionalProperty", [
      "is not a permitted key.",
      "are not permitted keys.",
    ]),
    ...faults.map(sentence).filter((line) => line !== undefined),
  ];
  return `Invalid request.\n\n${lines.join("\n")}`;
}

/** GitHub names all missing (or all unknown) keys of one object in one sentence. */
function listed(
  faults: readonly Fault[],
  keyword: string,
  parameter: string,
  [one, many]: readonly [string, string],
): string[] {
  const byObject = Map.groupBy(
    faults.filter((fault) => fault.keyword === keyword),
    (fault) => fault.instancePath,
  );
  return [...byObject.values()].map((group) => {
    const keys = group.map((fault) => `"${String(fault.params[parameter])}"`).sort();
    return `${keys.join(", ")} ${keys.length === 1 ? one : many}`;
  });
}

function sentence(fault: Fault): string | undefined {
  const { keyword, params, data } = fault;
  const key = fault.instancePath.split("/").at(-1) ?? "";
  const value = key === "encrypted_value" ? key : String(data);
  switch (keyword) {
    case "required":
    case "additionalProperties":
      return undefined;
    case "type":
      return `For 'properties/${key}', ${inspected(key, data)} is not ${typeList(params["type"])}.`;
    case "pattern":
      return `${value} does not match /${String(params["pattern"])}/.`;
    case "enum":
      return `${value} is not a member of ${JSON.stringify(params["allowedValues"])}.`;
    case "minimum":
      return `${value} must be greater than or equal to ${String(params["limit"])}.`;
    case "maximum":
      return `${value} must be less than or equal to ${String(params["limit"])}.`;
    case "oneOf":
    case "anyOf":
      return `Invalid property ${fault.instancePath.replace("/requestBody", "")}: data matches no possible input.`;
    case "maxItems":
      return `No more than ${String(params["limit"])} items are allowed; ${String((data as unknown[]).length)} were supplied.`;
    default:
      return `For 'properties/${key}', ${fault.message ?? keyword}.`;
  }
}

function inspected(key: string, data: unknown): string {
  if (key === "encrypted_value") return key;
  return data === null ? "nil" : JSON.stringify(data);
}

function typeList(type: unknown): string {
  const types = [type].flat().map(String);
  const list = types.join(" or ");
  return /^[aeiou]/.test(list) ? `an ${list}` : `a ${list}`;
}
