import {
  decide,
  type PermissionRequest,
  type RoleDocuments,
} from "../../rules/iam-permission-evaluation.ts";
import type { PolicyDocument, PolicyStatement } from "../../rules/policy-document.ts";
import { ADMINISTRATOR } from "../rules/support/roles-example.ts";
import type { Mutant } from "./mutations.ts";
import { type Expected, type Questions, requests } from "./questions.ts";

/** A document that decides about permissions, and what it must say. */
export interface PermissionDocument {
  /** `permissions of push`, `boundary workflow` */
  readonly name: string;
  readonly document: PolicyDocument;
  /** A boundary is asked together with a policy that allows everything: what is left is what it admits. */
  readonly isBoundary: boolean;
  readonly expected: Expected;
}

/** Every request that a document answers in another way than it must, in words. */
export function* permissionFaults(of: PermissionDocument, questions: Questions): Generator<string> {
  const { Statement } = of.document;
  // What no statement is about is refused, and is asked only where something else is expected.
  yield* faultsIn(
    of,
    requests(
      questions,
      () => true,
      (action) => of.expected.mentions(action) || Statement.some((one) => hasAction(one, action)),
    ),
  );
}

function* faultsIn(
  { document, isBoundary, expected }: PermissionDocument,
  asked: Iterable<PermissionRequest>,
): Generator<string> {
  const documents: RoleDocuments = isBoundary
    ? { permissions: [ADMINISTRATOR], boundary: document }
    : { permissions: [document] };
  for (const request of asked) {
    const { action, resource } = request;
    const isAsked = document.Statement.some(
      (one) => hasAction(one, action) && hasResource(one, resource),
    );
    const wanted = expected.answer(request);
    const found = isAsked ? decide(documents, request) : "refused";
    if (wanted === found) continue;
    yield `${action} on ${resource} in ${JSON.stringify(request.context)}: ${found}, not ${wanted}`;
  }
}

/** Whether a question tells a mutant from the document that it was made of. */
export function isNoticed(
  { document, touched }: Mutant,
  of: PermissionDocument,
  questions: Questions,
): boolean {
  const [before, after] = touched;
  const sameConditions =
    after !== undefined &&
    before?.Effect === after.Effect &&
    JSON.stringify(before.Condition ?? {}) === JSON.stringify(after.Condition ?? {});
  // No answer changes but to a request that one form of the statement is about, and to one that both are about only by
  // what else they say.
  const asked = requests(
    questions,
    (action, resource) => {
      const about = touched.map((one) => hasAction(one, action) && hasResource(one, resource));
      return about.includes(true) && !(sameConditions && about[0] === about[1]);
    },
    (action) => touched.some((one) => hasAction(one, action)),
  );
  const mutated = { ...of, document: document as PolicyDocument };
  return faultsIn(mutated, asked).next().done === false;
}

function hasAction({ Action }: PolicyStatement, action: string): boolean {
  return [Action].flat().some((pattern) => answer(ACTIONS, pattern, action));
}

function hasResource({ Resource = [] }: PolicyStatement, resource: string): boolean {
  return [Resource].flat().some((pattern) => answer(RESOURCES, pattern, resource));
}

type Answers = Map<string, Map<string, boolean>>;
/** Answers by pattern and text: the same few patterns are asked about every action and resource. */
const ACTIONS: Answers = new Map();
const RESOURCES: Answers = new Map();

function answer(answers: Answers, pattern: string, text: string): boolean {
  let ofPattern = answers.get(pattern);
  if (ofPattern === undefined) answers.set(pattern, (ofPattern = new Map<string, boolean>()));
  let known = ofPattern.get(text);
  if (known === undefined) {
    const isAction = answers === ACTIONS;
    const statement = isAction
      ? { Action: pattern, Resource: "*" }
      : { Action: "*", Resource: pattern };
    const request = isAction
      ? { action: text, resource: "*" }
      : { action: "s3:GetObject", resource: text };
    const document: PolicyDocument = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", ...statement }],
    };
    known = decide({ permissions: [document] }, request) === "allowed";
    ofPattern.set(text, known);
  }
  return known;
}
