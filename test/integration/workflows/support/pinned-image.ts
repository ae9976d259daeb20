/* A family with one image that a project pins, in a workflow and in a string of a script. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { candidateRepository } from "../../../../rules/build-cache.ts";
import type { WorkflowStage } from "./workflow-stage.ts";

const WORKFLOW = ".github/workflows/jobs.yml";
const SCRIPT = "tools/run_in_image.py";

export class PinnedImage {
  readonly family: string;
  /** `host/path`, where it is published. */
  readonly repository: string;
  readonly #stage: WorkflowStage;

  constructor(stage: WorkflowStage, family: string) {
    const { host } = stage.cloud.registries["ghcr.io"];
    this.family = family;
    this.repository = `${host}/${stage.project.repository.owner.toLowerCase()}/${family}`;
    this.#stage = stage;
  }

  /** `host/path`, where its candidates are. */
  get candidates(): string {
    return candidateRepository(this.repository);
  }

  /** Writes a pin into every file that has it. Its job tells the round of the image that it runs in. */
  async pin(repository: string, digest: string): Promise<void> {
    const files = {
      [WORKFLOW]: `name: jobs
on:
  pull_request:
permissions: {}
concurrency:
  group: jobs-\${{ github.ref }}
  cancel-in-progress: true
jobs:
  run:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: {}
    container: ${repository}@${digest}
    steps:
      - name: Tell
        run: echo "$ROUND"
`,
      [SCRIPT]: `IMAGE = (\n    "${repository}"\n    "@${digest}"\n)\n`,
    };
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.#stage.project.root, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }

  /** What the files of a commit or branch pin: `host/path@sha256:...`. */
  async pins(commit: string): Promise<readonly string[]> {
    const texts = await Promise.all(
      [WORKFLOW, SCRIPT].map((file) => this.#stage.project.fileAt(commit, file)),
    );
    return texts.map((text) => {
      const whole = text.replace(/"\n *"/g, "");
      return /[^\s"]+@sha256:[0-9a-f]{64}/.exec(whole)?.[0] ?? text;
    });
  }

  /** Changes the image to another one, whose containers tell this round. */
  async change(round: number): Promise<void> {
    await this.#edit((text) =>
      text.replace(/(?:ENV ROUND=\d+\n)?WORKDIR/, `ENV ROUND=${round}\nWORKDIR`),
    );
  }

  /** Changes it where the round does not stand. */
  async changeElsewhere(word: string): Promise<void> {
    await this.#edit((text) => text.replace(/^FROM .*$/m, `$&\nENV ELSEWHERE=${word}`));
  }

  /** Name that its content has as it stands in the work tree. */
  async contentName(): Promise<string> {
    const printed = await this.#stage.slipway("keys", this.family, "--stack", "main", "--json");
    const [{ key } = { key: "" }] = JSON.parse(printed) as { key: string }[];
    return `k${key}`;
  }

  async #edit(change: (text: string) => string): Promise<void> {
    await this.#stage.project.edit(`images/${this.family}/Dockerfile`, change);
  }
}
