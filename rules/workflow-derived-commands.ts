import { COMMAND_NAMES } from "./command-names.ts";
import { parseImageLabel } from "./image-label.ts";
import { suggestion } from "./suggestion.ts";
import type { Served } from "./workflow-derived.ts";
import {
  type Edit,
  findingAt,
  stepsOf,
  type TreeFile,
  type TreeFinding,
  type TreeStep,
} from "./workflow-tree.ts";

/** Where a shell begins a command, `slipway` by any path, and its words up to what ends it. */
const CALL = /(?:^|[\n;&|({])[ \t]*(?:[\w"$./{}-]*\/)?slipway[ \t]+([^\n;&|)}#]*)/g;
/** A word that no shell makes another of. */
const PLAIN = /^[\w@%+=:,./-]+$/;
/** Options before a family that take no value; any other is taken for one that does. */
const SWITCHES = new Set(["--stand-ins", "--json", "--missing"]);

type Fault = Pick<TreeFinding, "message" | "remedy"> & { readonly edit?: Edit };

/** Steps run commands that Slipway has, for stacks that the project has and images that the catalogue has. */
export function commandFindings(
  files: readonly TreeFile[],
  served: Pick<Served, "catalogue" | "stackFiles">,
): readonly TreeFinding[] {
  return files.flatMap((file) =>
    stepsOf(file).flatMap((step) =>
      callsIn(step.run ?? "").flatMap((words) =>
        [
          ...commandFaults(words),
          ...stackFaults(words, served.stackFiles),
          ...imageFaults(words, step, served.catalogue),
        ].map(({ edit, ...fault }) =>
          findingAt(
            file,
            [...step.path, "run"],
            { rule: "commands", ...fault },
            edit === undefined ? [] : [edit],
          ),
        ),
      ),
    ),
  );
}

/** The words of each call of Slipway in a script. */
function callsIn(script: string): readonly (readonly string[])[] {
  const joined = script.replace(/\\\n/g, " ").replace(/^[ \t]*#.*$/gm, "");
  return [...joined.matchAll(CALL)].map(([, rest = ""]) => rest.trim().split(/\s+/));
}

function commandFaults([name = "", below = ""]: readonly string[]): readonly Fault[] {
  if (!PLAIN.test(name) || name.startsWith("-")) return [];
  const known = Object.keys(COMMAND_NAMES);
  const own = Object.hasOwn(COMMAND_NAMES, name) ? COMMAND_NAMES[name] : undefined;
  if (own === undefined) return [unknown(name, known)];
  const isWord = PLAIN.test(below) && !below.startsWith("-");
  if (own.length === 0 || !isWord || own.includes(below)) return [];
  return [
    unknown(
      `${name} ${below}`,
      own.map((one) => `${name} ${one}`),
    ),
  ];
}

function unknown(name: string, known: readonly string[]): Fault {
  return {
    message: `runs slipway ${name}, which is no command`,
    remedy: `write one of ${known.join(", ")}${suggestion(name, known)}`,
  };
}

function stackFaults(words: readonly string[], stacks: readonly string[]): readonly Fault[] {
  return words.flatMap((word, index) => {
    const given = word === "--stack" ? words[index + 1] : /^--stack=(.*)$/.exec(word)?.[1];
    const name = given?.replace(/^(["'])(.*)\1$/, "$2");
    if (name === undefined || !PLAIN.test(name) || stacks.includes(name)) return [];
    return {
      message: `runs slipway for stack ${name}, and there is no Pulumi.${name}.yaml`,
      remedy: `name one of ${stacks.join(", ") || "your stacks, of which there is none yet"}${suggestion(name, stacks)}`,
    };
  });
}

/** An image that is built or asked for by its family and accelerator, or by its label. */
function imageFaults(
  words: readonly string[],
  { run = "", path }: TreeStep,
  catalogue: readonly string[],
): readonly Fault[] {
  const [command = "", ...others] = words;
  if (!["build", "image", "run"].includes(command)) return [];
  const [family = "", accelerator] = argumentsOf(others);
  if (!PLAIN.test(family)) return [];
  const images = catalogue.flatMap((label) => parseImageLabel(label) ?? []);
  const own = images.filter((image) => image.family === family);
  const isPlain = accelerator !== undefined && PLAIN.test(accelerator);
  const isThere =
    own.length > 0 && (!isPlain || own.some((image) => image.accelerator === accelerator));
  if (isThere) return [];
  const labels = [
    ...new Set(images.map((image) => [image.family, image.accelerator ?? []].flat().join(" "))),
  ];
  const written = `slipway ${command} ${family}${isPlain ? ` ${accelerator}` : ""}`;
  // The images without a GPU's tools are the ones that build on any machine.
  const instead = labels.find((label) => label.endsWith(" cpu"));
  const isAlone = run.trim().startsWith(written) && !run.trim().includes("\n");
  const canWrite = command === "build" && isAlone && instead !== undefined;
  return [
    {
      message: `runs ${written}, and the catalogue has no such image`,
      remedy: canWrite
        ? `write slipway build ${instead}, or another image of the catalogue`
        : `name one of ${labels.join(", ")}${suggestion(family, labels)}`,
      ...(canWrite && {
        edit: {
          kind: "set",
          path: [...path, "run"],
          value: run.trim().replace(written, `slipway build ${instead}`),
        },
      }),
    },
  ];
}

/** What stands in no option. */
function argumentsOf(words: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) found.push(word);
    else if (!word.includes("=") && !SWITCHES.has(word)) index++;
  }
  return found;
}

/** Whether a step runs what is no command, of which nobody knows what it needs. */
export function runsUnknownCommand({ run = "" }: TreeStep): boolean {
  return callsIn(run).some((words) => commandFaults(words).length > 0);
}
