import type { Family } from "../catalog.ts";
import { refProblem } from "../rules/git-ref.ts";
import { ONLY_IMAGE } from "../rules/image-list.ts";
import { OBJECT_ID, refNames, type Scheme } from "../rules/names.ts";
import { type Problem, ProblemsError } from "../rules/problems.ts";
import { publication } from "../rules/refs.ts";
import { eventProblem } from "../rules/workflow-event.ts";
import { chooseFamily } from "./names-family.ts";
import { namesMarkdown, namesText } from "./print/names-text.ts";

export interface NamesOptions {
  readonly event: string;
  readonly scheme?: Scheme;
  readonly family?: string;
  readonly stack?: string;
  readonly commit?: string;
  readonly json: boolean;
  readonly markdown: boolean;
}

/** What becomes of one ref. */
export interface RefAnswer {
  readonly ref: string;
  readonly event: string;
  readonly publish: boolean;
  readonly channel: string | null;
  readonly environment: string | null;
  /** By accelerator, `default` in a family with one image; nothing when nothing is published. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  /** One sentence. */
  readonly reason: string;
}

/** An answer with what people read instead of every accelerator's names. */
export interface PrintedAnswer {
  readonly answer: RefAnswer;
  /** Its names with `T` in the place of the accelerator. */
  readonly pattern: readonly string[];
}

/** Stands for every accelerator of a family; none has a capital letter. */
const ANY_ACCELERATOR = "T";

/** Prints what becomes of some refs. */
export async function showNames(refs: readonly string[], options: NamesOptions): Promise<void> {
  const { event, commit, json, markdown } = options;
  const problems = inputProblems(refs, event, commit);
  if (problems.length > 0) throw new ProblemsError("slipway names", problems);
  const family = await chooseFamily(options);
  const answers = refs.map((ref) => answerOf(family, ref, event, commit));
  if (json) {
    const objects = answers.map(({ answer }) => answer);
    console.log(JSON.stringify(objects, undefined, 2));
  } else {
    console.log(markdown ? namesMarkdown(answers) : namesText(answers, family));
  }
}

function inputProblems(
  refs: readonly string[],
  event: string,
  commit: string | undefined,
): readonly Problem[] {
  const found = [
    ...refs.map((ref) => ({ path: "ref", message: refProblem(ref) })),
    { path: "--event", message: eventProblem(event) },
    { path: "--commit", message: commit === undefined ? undefined : commitProblem(commit) },
  ];
  return found.flatMap(({ path, message }) => (message === undefined ? [] : { path, message }));
}

function commitProblem(commit: string): string | undefined {
  if (OBJECT_ID.test(commit)) return undefined;
  return `${JSON.stringify(commit)} is no commit; write its 40 hex digits in lower case, e.g. what git rev-parse HEAD prints`;
}

function answerOf(
  family: Family,
  ref: string,
  event: string,
  commit: string | undefined,
): PrintedAnswer {
  const { scheme, images } = family;
  // The question is about the repository itself: forks and others never publish.
  const home = "owner/repository";
  const run = { event, ref, repository: home, headRepository: home };
  const { publish, channel, environment, reason } = publication(scheme, run, home);
  const namesOf = (accelerator: string | undefined) =>
    publish ? refNames(scheme, { ref, ...(commit !== undefined && { commit }) }, accelerator) : [];
  const names = (publish ? images : []).map(
    ({ accelerator }) => [accelerator ?? ONLY_IMAGE, namesOf(accelerator)] as const,
  );
  return {
    answer: { ref, event, publish, channel, environment, names: Object.fromEntries(names), reason },
    pattern: namesOf(images[0]?.accelerator && ANY_ACCELERATOR),
  };
}
