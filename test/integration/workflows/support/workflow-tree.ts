/*
 * A workflow or action file as a tree. What the runner does not do is no key here, and a file with such a key is refused
 * by name: nothing is left out silently.
 */
import { parseDocument } from "yaml";
import { z } from "zod";

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const texts = z.record(z.string(), text);
const list = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
/** A number, or an expression that gives one. */
const number = z.union([z.number(), z.string()]);

const Permissions = z.record(z.string(), z.enum(["read", "write", "none"]));
const Concurrency = z.union([
  z.string().transform((group) => ({ group, "cancel-in-progress": false as boolean | string })),
  z.strictObject({
    group: z.string(),
    "cancel-in-progress": z.union([z.boolean(), z.string()]).default(false),
    queue: z.enum(["single", "max"]).optional(),
  }),
]);

const common = {
  id: z.string().optional(),
  name: z.string().optional(),
  if: text.optional(),
  env: texts.optional(),
  "continue-on-error": z.union([z.boolean(), z.string()]).optional(),
  "timeout-minutes": number.optional(),
};
const Run = z.strictObject({
  ...common,
  run: z.string(),
  shell: z.literal("bash").optional(),
  "working-directory": z.string().optional(),
});
const Uses = z.strictObject({ ...common, uses: z.string(), with: texts.optional() });
const Step = z.union([Run, Uses]);

const Job = z.strictObject({
  name: z.string().optional(),
  "runs-on": z.union([z.string(), z.array(z.string())]),
  needs: list.default([]),
  if: text.optional(),
  permissions: Permissions.optional(),
  environment: z
    .union([
      z.string().transform((name) => ({ name })),
      z.strictObject({ name: z.string(), deployment: z.boolean().optional() }),
    ])
    .optional(),
  concurrency: Concurrency.optional(),
  /** By its digest. */
  container: z.string().optional(),
  outputs: texts.optional(),
  env: texts.optional(),
  strategy: z
    .strictObject({
      "fail-fast": z.literal(false),
      "max-parallel": z.number().optional(),
      matrix: z.union([
        z.string(),
        z.record(z.string(), z.union([z.string(), z.array(z.unknown())])),
      ]),
    })
    .optional(),
  "timeout-minutes": number,
  steps: z.array(Step),
});

const filters = {
  branches: z.array(z.string()).optional(),
  "branches-ignore": z.array(z.string()).optional(),
  paths: z.array(z.string()).optional(),
};
const Input = z.strictObject({
  description: z.string().optional(),
  default: text.optional(),
  required: z.boolean().optional(),
  type: z.enum(["string", "choice"]).optional(),
  options: z.array(text).optional(),
});
const Events = z.strictObject({
  push: z.strictObject({ ...filters, tags: z.array(z.string()).optional() }).nullish(),
  pull_request: z.strictObject({ ...filters, types: z.array(z.string()).optional() }).nullish(),
  workflow_run: z
    .strictObject({
      workflows: z.array(z.string()),
      types: z.array(z.string()).optional(),
      branches: filters.branches,
    })
    .optional(),
  workflow_dispatch: z.strictObject({ inputs: z.record(z.string(), Input).optional() }).nullish(),
  schedule: z.array(z.strictObject({ cron: z.string() })).optional(),
});

const Workflow = z.strictObject({
  name: z.string().optional(),
  "run-name": z.string().optional(),
  on: Events,
  permissions: Permissions,
  env: texts.optional(),
  concurrency: Concurrency.optional(),
  defaults: z
    .strictObject({ run: z.strictObject({ shell: z.literal("bash").optional() }) })
    .optional(),
  jobs: z.record(z.string(), Job),
});

const Action = z.strictObject({
  name: z.string(),
  description: z.string(),
  author: z.string().optional(),
  inputs: z
    .record(
      z.string(),
      z.strictObject({
        description: z.string().optional(),
        required: z.boolean().optional(),
        default: text.optional(),
      }),
    )
    .default({}),
  outputs: z
    .record(z.string(), z.strictObject({ description: z.string().optional(), value: z.string() }))
    .default({}),
  runs: z.strictObject({ using: z.literal("composite"), steps: z.array(Step) }),
});

export type Workflow = z.infer<typeof Workflow>;
export type Job = z.infer<typeof Job>;
export type Step = z.infer<typeof Step>;
export type Action = z.infer<typeof Action>;
export type Events = z.infer<typeof Events>;

export function readWorkflow(yaml: string, file: string): Workflow {
  return read(Workflow, yaml, file);
}

/** @throws Error for any action but a composite one */
export function readAction(yaml: string, file: string): Action {
  return read(Action, yaml, file);
}

function read<T extends z.ZodType>(schema: T, yaml: string, file: string): z.infer<T> {
  const document = parseDocument(yaml, { uniqueKeys: true, version: "1.2" });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(`${file}: ${error.message}`);
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) {
    throw new Error(
      `${file}: the runner of the tests does not know this:\n${z.prettifyError(parsed.error)}`,
    );
  }
  return parsed.data;
}
