/* Expressions of workflows, judged by GitHub's own evaluator. A context or function that a place does not have is an error. */
import { type data, Evaluator, Lexer, Parser } from "@actions/expressions";
import {
  BooleanData,
  type Dictionary,
  type ExpressionData,
  StringData,
} from "@actions/expressions/data/index";
import { type Expr, FunctionCall } from "@actions/expressions/ast";
import { reviver } from "@actions/expressions/data/reviver";
import { replacer } from "@actions/expressions/data/replacer";
import { truthy } from "@actions/expressions/result";
import type { FunctionDefinition } from "@actions/expressions/funcs/info";
import { embedded } from "../../../../cli/outputs/expression.ts";

/** How things stand where a condition is asked, for `success()` and its like. */
export interface Status {
  readonly success: boolean;
  readonly failure: boolean;
  readonly cancelled: boolean;
}

/** What an expression may read, by context: `{ github: { ref: "refs/heads/main" } }`. */
export type Contexts = Readonly<Record<string, unknown>>;

/** A value of an expression as JSON. */
export type Value =
  string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** The value of one expression, without `${{ }}`. */
export function evaluate(expression: string, contexts: Contexts, status?: Status): Value {
  return toJson(dataOf(expression, contexts, status));
}

/** A text with the values of its `${{ }}`. */
export function interpolate(text: string, contexts: Contexts): string {
  const { parts } = split(text);
  return parts
    .map((part) =>
      typeof part === "string" ? part : dataOf(part.expression, contexts).coerceString(),
    )
    .join("");
}

/** The value of a field that may be one expression as a whole, as in `matrix: ${{ fromJSON(...) }}`. */
export function fieldValue(field: unknown, contexts: Contexts): Value {
  if (typeof field !== "string") return field as Value;
  const { parts } = split(field);
  const filled = parts.filter((part) => part !== "");
  const [only] = filled;
  if (filled.length === 1 && only !== undefined && typeof only !== "string") {
    return evaluate(only.expression, contexts);
  }
  return interpolate(field, contexts);
}

/**
 * Whether an `if` holds. One that asks for no status holds only while all went well.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/expressions#status-check-functions
 */
export function holds(condition: string | undefined, contexts: Contexts, status: Status): boolean {
  if (condition === undefined) return status.success;
  const { parts } = split(condition);
  const filled = parts.filter((part) => typeof part !== "string" || part.trim() !== "");
  const [only] = filled;
  if (filled.length > 1) {
    // GitHub takes it as a text, which is never empty: it always holds.
    throw new Error(`if: ${condition}: an expression and text beside it always holds`);
  }
  const expression = typeof only === "object" ? only.expression : condition;
  const tree = parse(expression, contexts, status);
  if (!status.success && !asksStatus(tree)) return false;
  return truthy(new Evaluator(tree, dictionary(contexts), functions(status)).evaluate());
}

interface Embedded {
  readonly expression: string;
}

function split(text: string): { readonly parts: readonly (string | Embedded)[] } {
  const faults: { offset: number; message: string }[] = [];
  const parts: (string | Embedded)[] = [];
  let end = 0;
  for (const source of embedded(text, faults)) {
    parts.push(text.slice(end, source.offset - 3), { expression: source.text });
    end = source.offset + source.text.length + 2;
  }
  const [fault] = faults;
  if (fault !== undefined) throw new Error(`${text}: ${fault.message}`);
  return { parts: [...parts, text.slice(end)] };
}

function dataOf(expression: string, contexts: Contexts, status?: Status): ExpressionData {
  const tree = parse(expression, contexts, status);
  return new Evaluator(tree, dictionary(contexts), functions(status)).evaluate();
}

function parse(expression: string, contexts: Contexts, status?: Status): Expr {
  try {
    const { tokens } = new Lexer(expression).lex();
    return new Parser(tokens, Object.keys(contexts), [...functions(status).values()]).parse();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${expression.trim()}: ${why}`, { cause: error });
  }
}

function functions(status: Status | undefined): Map<string, FunctionDefinition> {
  if (status === undefined) return new Map();
  const answers = { ...status, always: true };
  return new Map(
    Object.entries(answers).map(([name, holding]) => [
      name,
      { name, minArgs: 0, maxArgs: 0, call: () => new BooleanData(holding) },
    ]),
  );
}

function asksStatus(tree: unknown): boolean {
  if (tree instanceof FunctionCall) {
    const name = tree.functionName.lexeme.toLowerCase();
    if (["always", "cancelled", "failure", "success"].includes(name)) return true;
  }
  if (typeof tree !== "object" || tree === null) return false;
  return Object.values(tree).some((value: unknown) => asksStatus(value));
}

function dictionary(contexts: Contexts): Dictionary {
  return JSON.parse(JSON.stringify(contexts), reviver) as Dictionary;
}

function toJson(value: ExpressionData): Value {
  if (value instanceof StringData) return value.value;
  return JSON.parse(JSON.stringify(value, replacer)) as Value;
}

export type { data };
