import {
  Binary,
  ContextAccess,
  type Expr,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from "@actions/expressions/ast";
import type { FunctionInfo } from "@actions/expressions/funcs/info";
import { Lexer, type Token } from "@actions/expressions/lexer";
import { Parser } from "@actions/expressions/parser";

/** A word of an expression and where it begins in the text that holds the expression. */
export interface Word {
  readonly text: string;
  readonly offset: number;
}

/** A property that an expression reads: `vars.NAME`, or `fromJSON(vars.NAME).key`. */
export interface Read {
  /** The context, in lower case: `vars`, `env`. */
  readonly context: string;
  /** The context's property. */
  readonly name: Word;
  /** What is read of the JSON that the property holds; ends where a key is not written down. */
  readonly keys: readonly Word[];
}

/** What a text's expressions read, and where one is none. */
export interface Reads {
  readonly reads: readonly Read[];
  readonly faults: readonly { readonly offset: number; readonly message: string }[];
}

/** @see https://docs.github.com/en/actions/reference/workflows-and-actions/contexts */
const CONTEXTS = [
  "env",
  "github",
  "inputs",
  "job",
  "jobs",
  "matrix",
  "needs",
  "runner",
  "secrets",
  "steps",
  "strategy",
  "vars",
];
/** What the parser does not know by itself. */
const FUNCTIONS = ["always", "cancelled", "failure", "hashFiles", "success"].map(
  (name): FunctionInfo => ({ name, minArgs: 0, maxArgs: 255 }),
);

/** An expression with its place in the text around it. */
interface Source {
  readonly text: string;
  readonly offset: number;
}

/**
 * What the expressions in a text read.
 * @param bare whether the whole text is an expression, as behind `if:`; one in `${{ }}` is found there, too
 */
export function readsOf(text: string, bare = false): Reads {
  const reads: Read[] = [];
  const faults: Reads["faults"][number][] = [];
  const sources = embedded(text, faults);
  for (const source of bare && sources.length === 0 ? [{ text, offset: 0 }] : sources) {
    try {
      const expression = parse(source.text);
      if (expression !== undefined) reads.push(...readsIn(expression, source));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      faults.push({ offset: source.offset, message: why });
    }
  }
  return { reads, faults };
}

/**
 * The texts that a value can become: its strings where they are written down, as in
 * `${{ github.ref == 'refs/heads/main' && 'docker-build' || 'docker-stage' }}`. Undefined where one is not.
 */
export function possibleTexts(text: string): readonly string[] | undefined {
  const sources = embedded(text, []);
  const [source] = sources;
  if (source === undefined) return [text];
  if (text.trim() !== `\${{${source.text}}}`) return undefined;
  try {
    const expression = parse(source.text);
    return expression === undefined ? undefined : results(expression);
  } catch {
    return undefined;
  }
}

/** The expressions in `${{ }}`; `}}` inside a string of theirs ends none. */
export function embedded(text: string, faults: Reads["faults"][number][]): readonly Source[] {
  const found: Source[] = [];
  let open = text.indexOf("${{");
  while (open >= 0) {
    const begin = open + 3;
    let inString = false;
    let end = begin;
    while (end < text.length && (inString || !text.startsWith("}}", end))) {
      if (text[end] === "'") inString = !inString;
      end += 1;
    }
    if (end >= text.length) {
      faults.push({ offset: open, message: "${{ without its }}" });
      break;
    }
    found.push({ text: text.slice(begin, end), offset: begin });
    open = text.indexOf("${{", end + 2);
  }
  return found;
}

function parse(text: string): Expr | undefined {
  const { tokens } = new Lexer(text).lex();
  // Of an empty expression there is no tree, whatever the parser's types say.
  return new Parser(tokens, CONTEXTS, FUNCTIONS).parse();
}

function readsIn(expression: Expr, source: Source): Read[] {
  const inside = (...parts: readonly Expr[]) => parts.flatMap((part) => readsIn(part, source));
  if (expression instanceof IndexAccess) {
    const { base, indexes } = chainOf(expression);
    const read = readBy(base, indexes, source);
    return [...(read === undefined ? inside(base) : [read]), ...inside(...indexes)];
  }
  if (expression instanceof FunctionCall || expression instanceof Logical) {
    return inside(...expression.args);
  }
  if (expression instanceof Binary) return inside(expression.left, expression.right);
  if (expression instanceof Unary) return inside(expression.expr);
  if (expression instanceof Grouping) return inside(expression.group);
  return [];
}

/** What a chain of accesses begins with, and its indexes from there. */
function chainOf(access: Expr): { readonly base: Expr; readonly indexes: readonly Expr[] } {
  const indexes: Expr[] = [];
  let base = access;
  while (base instanceof IndexAccess || base instanceof Grouping) {
    if (base instanceof IndexAccess) indexes.unshift(base.index);
    base = base instanceof IndexAccess ? base.expr : base.group;
  }
  return { base, indexes };
}

/** The property that a chain of accesses reads, when it begins at a context or at the JSON in one. */
function readBy(base: Expr, indexes: readonly Expr[], source: Source): Read | undefined {
  const words = indexes.map((index) => wordOf(index, source));
  if (base instanceof ContextAccess) {
    const [name] = words;
    return name && { context: base.name.lexeme.toLowerCase(), name, keys: [] };
  }
  if (!(base instanceof FunctionCall) || base.functionName.lexeme.toLowerCase() !== "fromjson") {
    return undefined;
  }
  const [text] = base.args;
  if (text === undefined) return undefined;
  const json = chainOf(text);
  if (!(json.base instanceof ContextAccess) || json.indexes.length !== 1) return undefined;
  const read = readBy(json.base, json.indexes, source);
  const dynamic = words.indexOf(undefined);
  const keys = (dynamic < 0 ? words : words.slice(0, dynamic)).filter((key) => key !== undefined);
  return read && { ...read, keys };
}

function wordOf(index: Expr, { text, offset }: Source): Word | undefined {
  if (!(index instanceof Literal)) return undefined;
  return { text: index.literal.coerceString(), offset: offset + offsetOf(index.token, text) };
}

/** Of a token's word, behind its quote. */
function offsetOf({ range, lexeme }: Token, text: string): number {
  const lines = text.split("\n").slice(0, range.start.line);
  const before = lines.reduce((sum, line) => sum + line.length + 1, 0);
  return before + range.start.column + (lexeme.startsWith("'") ? 1 : 0);
}

/** What an expression is in the end, as far as it is one of several strings. */
function results(expression: Expr): readonly string[] | undefined {
  if (expression instanceof Grouping) return results(expression.group);
  if (expression instanceof Literal) return [expression.literal.coerceString()];
  if (!(expression instanceof Logical)) return undefined;
  // Of `a && b` the last is what counts as true; of `a || b` any.
  const parts = expression.operator.lexeme === "&&" ? expression.args.slice(-1) : expression.args;
  const texts = parts.map(results);
  return texts.includes(undefined) ? undefined : texts.flatMap((each) => each ?? []);
}
