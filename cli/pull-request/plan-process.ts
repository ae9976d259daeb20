/*
 * The process that plans a project: `node plan-process.ts ROOT STACK`. One process a plan, since the program's module and
 * Pulumi's runtime are there once in each; and a process can be ended when hostile data keeps it busy. Prints one PlannedText.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { type Family, readCatalog } from "../../catalog.ts";
import { contentKeyInputs, type StandIns } from "../../context/content-keys.ts";
import { readStackFiles } from "../../context/stack-files.ts";
import { loadProject } from "../../engine/project.ts";
import type { Registration } from "../../engine/monitor.ts";
import { runStack } from "../../engine/run.ts";
import { stackSettings } from "../../rules/access-stack.ts";
import { checkedConfiguration } from "../../rules/configuration-faults.ts";
import { UserError } from "../../rules/problems.ts";
import { findCloud } from "../../settings-cloud.ts";
import { declaredResources } from "../snapshot/declared.ts";
import { type PlannedImage, type PlannedStack, plannedText } from "./planned-stack.ts";

const [root = "", stack = ""] = process.argv.slice(2);
// What the program logs is no part of the answer.
console.log = console.info = console.debug = console.error;

let planned: PlannedStack;
try {
  planned = await planStack();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  planned = { declared: [], images: [], failures: [{ message: error.message }] };
}
process.stdout.write(plannedText(planned));

async function planStack(): Promise<PlannedStack> {
  const project = await loadProject(root, stack);
  const registrations: Registration[] = [];
  const { failures } = await runStack({
    project,
    operation: "plan",
    program: () => import(pathToFileURL(join(root, "index.ts")).href) as Promise<unknown>,
    packages: {},
    stateFile: join(root, "no-state.json"),
    onDeclared: (one) => registrations.push(one),
  });
  const told = failures.map(({ name, message }) => ({
    message,
    ...(name !== undefined && { name }),
  }));
  const declared = declaredResources(registrations);
  return failures.length > 0
    ? { declared, images: [], failures: told }
    : { declared, failures: told, ...(await readStack(project.config)) };
}

/** What the plan does not tell of the stack: what its keys are made of, and settings that no resource has. */
async function readStack(
  config: Readonly<Record<string, string>>,
): Promise<Pick<PlannedStack, "images" | "settings">> {
  const catalog = await readCatalog(join(root, "images"));
  const setting = { stack, catalog, stacks: readStackFiles(root), dryRun: true };
  const { configuration } = checkedConfiguration(config, setting);
  if (configuration === undefined) return { images: [] };
  const standIns = configuration.standIns ? standInsOf() : undefined;
  const families = configuration.families.flatMap((name) => catalog.get(name) ?? []);
  const images = await Promise.all(families.map((family) => imagesOf(family, standIns)));
  const file: unknown = parse(await readFile(join(root, `Pulumi.${stack}.yaml`), "utf8"));
  return { images: images.flat(), settings: stackSettings(configuration, file) };
}

async function imagesOf(
  family: Family,
  standIns: StandIns | undefined,
): Promise<readonly PlannedImage[]> {
  const inputs = await contentKeyInputs(family, standIns);
  return [...inputs].map(([accelerator, input]) => ({
    family: family.name,
    ...(accelerator !== "" && { accelerator }),
    input,
  }));
}

function standInsOf(): StandIns | undefined {
  const found = findCloud(process.env["SLIPWAY_HOME"] ?? join(root, ".slipway"));
  if ("problem" in found) return undefined;
  return { base: found.cloud.standIns.base, scripts: join(root, "local/stand-ins/scripts") };
}
