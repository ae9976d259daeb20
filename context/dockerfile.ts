import { instructionsOf } from "./instructions.ts";
import { copyReads, mountReads, type Read } from "./reads.ts";

/** A Dockerfile as far as it decides what an image is made of. */
export interface Dockerfile {
  /** ARGs before the first FROM, in order; they alone can stand in a FROM. */
  readonly globalArgs: readonly (readonly [name: string, value: string | undefined])[];
  /** Names of all ARGs of the Dockerfile. */
  readonly args: ReadonlySet<string>;
  readonly stages: readonly Stage[];
  /** Image of its `# syntax=` line, which BuildKit would pull and let read the Dockerfile. */
  readonly frontend?: string;
  /** Something in it can read more than the instructions tell: a foreign frontend, a trigger for later builds. */
  readonly opaque: boolean;
}

export interface Stage {
  /** Lower case, as BuildKit compares it. */
  readonly name?: string;
  readonly from: string;
  readonly reads: readonly Read[];
  /** Whether it has a RUN. */
  readonly runs: boolean;
  /** Names of its ARGs before its first RUN; all of them without one. */
  readonly argsBeforeRun: ReadonlySet<string>;
}

interface ParsedStage extends Stage {
  readonly reads: Read[];
  readonly argsBeforeRun: Set<string>;
  runs: boolean;
}

/** Files or folders with all below them, or the whole context. */
export type Seen = "everything" | readonly string[];

/** What the build of one image reads. */
export interface View {
  readonly context: Seen;
  readonly scripts: Seen;
  /** Images that are named in the Dockerfile itself, so neither a stage nor a named context. */
  readonly images: readonly string[];
  /** Each stage that is built, and after it the stages that it stands on; absent when they cannot be told from the text. */
  readonly chains?: readonly (readonly Stage[])[];
}

/** Named build contexts of every build; they go before stages of the same name. */
const NAMED_CONTEXTS: ReadonlySet<string> = new Set(["base", "scripts"]);
const OWN_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?:[:@]|$)/;
const SYNTAX_DIRECTIVE = /^\s*(?:#|\/\/)\s*syntax\s*=\s*(\S+)/i;
/** A name, and after its "=" a value. */
const ARG = /^(\w+)(=(.*))?$/;
const COMMENT_OR_BLANK = /^\s*(?:#|\/\/|$)/;

export function parseDockerfile(text: string): Dockerfile {
  const { list, sure } = instructionsOf(text);
  const globalArgs: (readonly [string, string | undefined])[] = [];
  const args = new Set<string>();
  const stages: ParsedStage[] = [];
  const frontend = frontendOf(text);
  let opaque = !sure || (frontend !== undefined && !OWN_FRONTEND.test(frontend));

  for (const instruction of list) {
    const stage = stages.at(-1);
    const words = instruction.text.split(/[ \t\v\f\r]+/);
    switch (instruction.keyword) {
      case "FROM": {
        const [from = "", as, name] = words;
        const named = as?.toLowerCase() === "as" && name !== undefined;
        stages.push({
          ...(named && { name: name.toLowerCase() }),
          from,
          reads: [],
          runs: false,
          argsBeforeRun: new Set(),
        });
        break;
      }
      case "ARG":
        for (const word of words) {
          const [, name = "", , value] = ARG.exec(word) ?? [];
          // Whatever is quoted before its "=" or has blanks in its value is not cut into words here.
          if (name === "") opaque ||= stage === undefined;
          else {
            args.add(name);
            if (stage === undefined) globalArgs.push([name, value]);
            else if (!stage.runs) stage.argsBeforeRun.add(name);
          }
        }
        break;
      case "COPY":
      case "ADD":
        stage?.reads.push(...copyReads(instruction));
        break;
      case "RUN":
        if (stage !== undefined) stage.runs = true;
        stage?.reads.push(...mountReads(instruction));
        break;
      case "ONBUILD":
        opaque = true;
    }
  }
  return { globalArgs, args, stages, ...(frontend !== undefined && { frontend }), opaque };
}

/**
 * The image of the syntax directive. BuildKit takes `//` for `#` too; lines that only look like a directive to it are taken
 * as well, so that none is missed.
 * @see https://docs.docker.com/reference/dockerfile/#parser-directives
 */
function frontendOf(text: string): string | undefined {
  for (const line of text.replace(/^\uFEFF/, "").split("\n")) {
    const image = SYNTAX_DIRECTIVE.exec(line)?.[1];
    if (image !== undefined) return image;
    if (!COMMENT_OR_BLANK.test(line)) return undefined;
  }
  return undefined;
}

/**
 * What the build of a target reads with these build args: only what its stages, and the stages they stand on, copy, add or
 * mount. Everything of a context where the Dockerfile's text does not tell, e.g. with a wildcard or a variable.
 *
 * Instructions that a base image left for later builds (ONBUILD) are not seen: they are in its configuration, not here.
 * @param target name of a stage; the last one without it
 */
export function viewOf(
  dockerfile: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
  target?: string,
): View {
  const { stages } = dockerfile;
  const args = globalArgs(dockerfile, buildArgs);
  const seen: Record<"context" | "scripts", Set<string>> = {
    context: new Set(),
    scripts: new Set(),
  };
  const images = new Set<string>();
  /** What each stage that is built stands on. */
  const parents = new Map<number, number | undefined>();
  let undecided = dockerfile.opaque;

  function visit(index: number): void {
    const stage = stages[index];
    if (stage === undefined || parents.has(index)) return;
    parents.set(index, undefined);
    const from = expand(stage.from, args);
    if (from === undefined) undecided = true;
    else parents.set(index, use(from, ROOT, stageOf(from, index)));
    for (const read of stage.reads) {
      if (read.from === undefined) seen.context.add(read.path ?? ROOT);
      else {
        const number = /^[0-9]+$/.test(read.from) ? Number(read.from) : undefined;
        use(read.from, read.path ?? ROOT, number ?? stageOf(read.from, stages.length));
      }
    }
  }

  /** A stage by its name. Two of one name are not told apart. */
  function stageOf(source: string, before: number): number | undefined {
    const name = source.toLowerCase();
    if (stages.filter((stage) => stage.name === name).length > 1) undecided = true;
    return findStage(stages, name, before);
  }

  /** Returns the stage that the source is, if it is one. */
  function use(source: string, path: string, stage: number | undefined): number | undefined {
    const name = source.toLowerCase();
    if (name === "scripts") seen.scripts.add(path);
    else if (NAMED_CONTEXTS.has(name) || name === "scratch") return undefined;
    else if (stage !== undefined) {
      visit(stage);
      return stage;
    } else if (/[$"'\\`]/.test(source)) undecided = true;
    else images.add(source);
    return undefined;
  }

  function chain(index: number): readonly Stage[] {
    const parent = parents.get(index);
    const under = parent !== undefined && parent < index ? chain(parent) : [];
    return [stages[index] ?? [], under].flat();
  }

  const last = stages.length - 1;
  const start = target === undefined ? last : findStage(stages, target.toLowerCase(), last + 1);
  if (start === undefined) undecided = true;
  else visit(start);
  return {
    context: undecided || seen.context.has(ROOT) ? "everything" : [...seen.context].sort(),
    scripts: undecided || seen.scripts.has(ROOT) ? "everything" : [...seen.scripts].sort(),
    images: [...images].sort(),
    ...(!undecided && { chains: [...parents.keys()].map(chain) }),
  };
}

const ROOT = "";

function findStage(stages: readonly Stage[], name: string, before: number): number | undefined {
  const index = stages.slice(0, before).findLastIndex((stage) => stage.name === name);
  return index < 0 ? undefined : index;
}

function globalArgs(
  dockerfile: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, text] of dockerfile.globalArgs) {
    const given = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined;
    // Without a value it keeps the one of an earlier ARG.
    if (given === undefined && text === undefined) continue;
    const value = given ?? expand(text ?? "", values);
    if (value === undefined) values.delete(name);
    else values.set(name, value);
  }
  return values;
}

const VARIABLE = /\$(?:(\w+)|\{(\w+)\}|)/g;

/** Fills in `$NAME` and `${NAME}`; undefined where a value is not known or another form, a quote for one, is used. */
function expand(text: string, values: ReadonlyMap<string, string>): string | undefined {
  if (/["'\\`]/.test(text)) return undefined;
  const names = [...text.matchAll(VARIABLE)].map(([, bare, braced]) => bare ?? braced ?? "");
  if (!names.every((name) => values.has(name))) return undefined;
  return text.replace(
    VARIABLE,
    (_, bare?: string, braced?: string) => values.get(bare ?? braced ?? "") ?? "",
  );
}

/** The stages' names that a target can have. */
export function stageNames(dockerfile: Dockerfile): readonly string[] {
  return dockerfile.stages.flatMap((stage) => stage.name ?? []);
}
