import { chmod, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { BuildSource } from "../../local/providers/docker-build/buildctl-arguments.ts";
import { withDockerConfig } from "../../local/providers/docker-build/docker-config.ts";
import { runBuildctl } from "../../local/providers/docker-build/run-buildctl.ts";
import { CANDIDATE_FILE, type CandidateFile, candidateText } from "../../rules/candidate-file.ts";
import { LAYOUT_TEXT, layoutIndexText } from "../../rules/candidate-layout.ts";
import { DIGEST } from "../../rules/image-reference.ts";
import { layoutContext } from "../../rules/layout-context.ts";
import { contractSource } from "../contract-source.ts";
import { Heartbeat } from "../print/heartbeat.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { openBuilders } from "../publishing/build-builders.ts";
import { buildSource } from "../publishing/build-source.ts";
import type { Stack } from "../stack.ts";
import type { TreeImage } from "./tree.ts";

const Metadata = z.object({
  "containerimage.digest": z.string().regex(DIGEST),
  "containerimage.descriptor": z.object({ size: z.int() }),
});

/**
 * Builds an image into a folder, in the form in which it is published, and holds it against its contract.
 * @param folder absolute path; is not there, or empty
 * @throws UserError with the end of what the failing step printed, or with what breaks the contract
 */
export async function buildLayout(
  stack: Stack,
  image: TreeImage & { readonly platform: string },
  folder: string,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<CandidateFile> {
  const { label, platform, contentName, family } = image;
  // Those of slipway:builders build what is published, and keep what they built.
  const configuration = { ...stack.configuration, builders: {} };
  const builders = await openBuilders(
    { ...stack, configuration },
    [platform],
    (line) => say(`builder  ${line}`),
    // Steps of a pull request have no business with what listens on this machine.
    "own",
  );
  const heartbeat = new Heartbeat(say);
  heartbeat.start(label);
  // Without logins: bases are public, and what a pull request builds on is nobody's secret.
  const run = (source: BuildSource, outputs: readonly string[]): Promise<unknown> =>
    withDockerConfig([], (dockerConfig) =>
      runBuildctl(builders.buildctl, label, source, {
        folder: PROJECT_ROOT,
        address: builders.address(platform),
        ...{ outputs, dockerConfig, signal },
        print: (line) => heartbeat.buildLine(`${label}: ${line}`),
      }),
    );
  try {
    const output = ["type=oci", "tar=false", `dest=${folder}`, "oci-mediatypes=true"].join(",");
    const built = Metadata.parse(await run(buildSource(stack, image, platform), [output]));
    const digest = built["containerimage.digest"];
    if (family.contract !== undefined) {
      const source = contractSource(family.contract, {
        reference: `candidate@${digest}`,
        platform,
      });
      const named = { image: { location: layoutContext({ folder, digest }) } };
      await run({ ...source, context: { ...source.context, named } }, []);
    }
    const { size } = built["containerimage.descriptor"];
    const file = { version: 1 as const, image: label, contentName, digest, platforms: [platform] };
    await tidy(folder);
    await writeFile(join(folder, "oci-layout"), LAYOUT_TEXT);
    await writeFile(join(folder, "index.json"), layoutIndexText({ digest, size }));
    await writeFile(join(folder, CANDIDATE_FILE), candidateText(file));
    return file;
  } finally {
    heartbeat.stop();
  }
}

/** Takes away what BuildKit's store of content works with, and lets others delete its blobs. */
async function tidy(folder: string): Promise<void> {
  await rm(join(folder, "ingest"), { recursive: true, force: true });
  const blobs = join(folder, "blobs/sha256");
  for (const name of await readdir(blobs)) await chmod(join(blobs, name), 0o644);
}
