import { BlockList, isIPv4, isIPv6 } from "node:net";
import { hasVariable, matchesPattern, type Pattern, plainText } from "./iam-pattern.ts";
import { suggestion } from "./suggestion.ts";

/** How a condition compares: `ForAllValues:StringNotLikeIfExists` in four parts. */
export interface IamOperator {
  /** As the policy has it. */
  readonly written: string;
  readonly name: OperatorName;
  readonly set?: "ForAllValues" | "ForAnyValue";
  readonly ifExists: boolean;
  /** Whether it holds for values that match none of the policy's. */
  readonly negated: boolean;
}

/** How one value of a request compares with one of the policy, before any negation. */
interface Comparison {
  readonly matches: (wanted: Pattern, found: string) => boolean;
  /** What the policy's value must be, where not any text will do. */
  readonly valid?: { readonly is: string; readonly test: (value: string) => boolean };
  /** Whether values may hold policy variables. */
  readonly variables: boolean;
}

const ofText = (matches: Comparison["matches"]): Comparison => ({ matches, variables: true });
const exact = ofText((wanted, found) => plainText(wanted) === found);
const ignoringCase = ofText((wanted, found) => lower(plainText(wanted)) === lower(found));
const like = ofText(matchesPattern);
const arn = ofText(matchesArn);

/** Integers and decimals. */
function numeric(holds: (found: number, wanted: number) => boolean): Comparison {
  return {
    matches: (wanted, found) => holds(number(found), number(plainText(wanted))),
    valid: { is: "a number", test: (value) => !Number.isNaN(number(value)) },
    variables: false,
  };
}

/** ISO 8601, or seconds since 1970. */
function date(holds: (found: number, wanted: number) => boolean): Comparison {
  return {
    matches: (wanted, found) => holds(moment(found), moment(plainText(wanted))),
    valid: {
      is: "a date of ISO 8601 or seconds since 1970",
      test: (value) => !Number.isNaN(moment(value)),
    },
    variables: false,
  };
}

const equal = (a: number, b: number) => a === b;
const truth: Comparison = {
  matches: (wanted, found) => lower(plainText(wanted)) === lower(found),
  valid: {
    is: "true or false",
    test: (value) => hasVariable(value) || /^(?:true|false)$/i.test(value),
  },
  variables: true,
};
const address: Comparison = {
  matches: (wanted, found) => inRange(plainText(wanted), found),
  valid: {
    is: "an IP address or a range, e.g. 203.0.113.0/24",
    test: (v) => range(v) !== undefined,
  },
  variables: false,
};
const absence: Comparison = {
  matches: (wanted, found) => lower(plainText(wanted)) === found,
  valid: { is: "true or false", test: (value) => /^(?:true|false)$/i.test(value) },
  variables: false,
};

/**
 * Every operator but `BinaryEquals`, whose keys no trust policy knows.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
const COMPARISONS = {
  StringEquals: exact,
  StringNotEquals: exact,
  StringEqualsIgnoreCase: ignoringCase,
  StringNotEqualsIgnoreCase: ignoringCase,
  StringLike: like,
  StringNotLike: like,
  NumericEquals: numeric(equal),
  NumericNotEquals: numeric(equal),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: date(equal),
  DateNotEquals: date(equal),
  DateLessThan: date((a, b) => a < b),
  DateLessThanEquals: date((a, b) => a <= b),
  DateGreaterThan: date((a, b) => a > b),
  DateGreaterThanEquals: date((a, b) => a >= b),
  Bool: truth,
  IpAddress: address,
  NotIpAddress: address,
  ArnEquals: arn,
  ArnLike: arn,
  ArnNotEquals: arn,
  ArnNotLike: arn,
  Null: absence,
} as const satisfies Record<string, Comparison>;

export type OperatorName = keyof typeof COMPARISONS;

const NAMES = Object.keys(COMPARISONS);

/** An operator as a policy writes it, or what is wrong with it. */
export function readOperator(written: string): IamOperator | { readonly problem: string } {
  const [, set, base = "", exists] =
    /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/s.exec(written) ?? [];
  if (!isOperator(base)) {
    return {
      problem: `${JSON.stringify(written)} is no operator that is known here${suggestion(base, NAMES)}`,
    };
  }
  if (base === "Null" && (set !== undefined || exists !== undefined)) {
    return { problem: `${written} asks whether a key is there; write Null alone` };
  }
  return {
    written,
    name: base,
    ...((set === "ForAllValues" || set === "ForAnyValue") && { set }),
    ifExists: exists !== undefined,
    negated: base.includes("Not"),
  };
}

function isOperator(name: string): name is OperatorName {
  return Object.hasOwn(COMPARISONS, name);
}

/** What a value of a policy must be to be compared by an operator; undefined when it is that. */
export function valueProblem(name: OperatorName, value: string): string | undefined {
  const { valid, variables }: Comparison = COMPARISONS[name];
  if (!variables && hasVariable(value)) {
    return `${JSON.stringify(value)} is a variable, which ${name} knows none of`;
  }
  if (valid === undefined || valid.test(value)) return undefined;
  return `${JSON.stringify(value)} is not ${valid.is}`;
}

/** Whether one value of the request is one of the policy, whatever the operator makes of it. */
export function compares(name: OperatorName, wanted: Pattern, found: string): boolean {
  return COMPARISONS[name].matches(wanted, found);
}

function lower(text: string): string {
  return text.toLowerCase();
}

function number(text: string): number {
  return text.trim() === "" ? NaN : Number(text);
}

function moment(text: string): number {
  return /^\d+(?:\.\d+)?$/.test(text) && !/^\d{4}$/.test(text)
    ? Number(text) * 1000
    : Date.parse(text);
}

/** Component by component, so that no wildcard reaches over a colon. */
function matchesArn(wanted: Pattern, found: string): boolean {
  const patterns = split(wanted);
  const texts = components(found);
  if (patterns.length !== 6 || texts.length !== 6) return false;
  return patterns.every((pattern, index) => matchesPattern(pattern, texts[index] ?? ""));
}

/** The first five colons divide an ARN; what follows them is one component. */
function components(text: string): readonly string[] {
  const parts = text.split(":");
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

function split(pattern: Pattern): readonly Pattern[] {
  const divided: Pattern[number][][] = [[]];
  for (const part of pattern) {
    if (typeof part === "string") {
      divided.at(-1)?.push(part);
      continue;
    }
    const [first = "", ...others] = part.text.split(":");
    divided.at(-1)?.push({ text: first });
    for (const text of others) {
      if (divided.length < 6) divided.push([{ text }]);
      else divided.at(-1)?.push({ text: `:${text}` });
    }
  }
  return divided;
}

function range(text: string): { readonly base: string; readonly bits: number } | undefined {
  const [base = "", bits, ...others] = text.split("/");
  const longest = isIPv4(base) ? 32 : isIPv6(base) ? 128 : undefined;
  const length = bits === undefined ? longest : /^\d+$/.test(bits) ? Number(bits) : undefined;
  if (longest === undefined || length === undefined || length > longest || others.length > 0) {
    return undefined;
  }
  return { base, bits: length };
}

function inRange(wanted: string, found: string): boolean {
  const within = range(wanted);
  const family = (text: string) => (isIPv4(text) ? "ipv4" : "ipv6");
  if (within === undefined || range(found) === undefined) return false;
  const list = new BlockList();
  list.addSubnet(within.base, within.bits, family(within.base));
  return list.check(found, family(found));
}
