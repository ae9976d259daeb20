/* Pull requests with candidates that nobody may take over. */
import { Registries } from "../../../../oci/registries.ts";
import { runInvocation } from "../../../../rules/pins/provenance.ts";
import { issuerOf } from "../../../support/oidc-issuer.ts";
import { push, sampleImage } from "../../oci/sample-image.ts";
import { attachAsJob } from "../../pins/support/job-signature.ts";
import type { HostedChanges } from "./hosted-changes.ts";
import type { PinnedImage } from "./pinned-image.ts";
import { succeeded } from "./trace.ts";
import { fullName } from "./workflow-project.ts";
import type { WorkflowStage } from "./workflow-stage.ts";

/** A work tree in which the image was changed, and the branch that is to have it. */
interface Changed {
  readonly stage: WorkflowStage;
  readonly changes: HostedChanges;
  readonly image: PinnedImage;
  readonly branch: string;
}

/** How a pull request comes to be refused, which is opened by it, and what is told then. */
type Refused = readonly [what: string, open: (changed: Changed) => Promise<number>, why: RegExp];

export const REFUSED: readonly Refused[] = [
  [
    "a check that failed",
    async (changed) => {
      const number = await withCandidate(changed);
      const { head } = await changed.changes.commits(number);
      await changed.changes.check(head.sha, "failure");
      return number;
    },
    /not passed: "tests" \(failure\)/,
  ],
  ["no check of anything", async (changed) => withCandidate(changed), /nothing was checked/],
  [
    "a merge that makes another tree than was built",
    async (changed) => {
      const number = await checked(changed, await withCandidate(changed));
      await changed.stage.branch("main");
      await changed.image.changeElsewhere(changed.branch);
      await changed.changes.push("main", "Set another variable");
      return number;
    },
    /the content ".*", not "/,
  ],
  [
    "a provenance that another workflow signed",
    async (changed) => {
      const contentName = await changed.image.contentName();
      const digest = await pushed(changed);
      const number = await checked(changed, await withPin(changed, digest));
      await forge(changed, { digest, number, contentName });
      return number;
    },
    /certificate is of .*jobs\.yml/,
  ],
  [
    "no provenance at all",
    async (changed) => checked(changed, await withPin(changed, await pushed(changed))),
    /it has no provenance/,
  ],
];

/** Lets its own checks pass. */
async function checked({ changes }: Changed, number: number): Promise<number> {
  const { head } = await changes.commits(number);
  await changes.check(head.sha, "success");
  return number;
}

/** Lets the workflows build, push and pin its candidate. */
async function withCandidate({ changes, branch }: Changed): Promise<number> {
  await changes.push(branch, "Change the image");
  const number = await changes.open(branch);
  succeeded(await changes.makeCandidates(succeeded(await changes.checkPins(number)), number));
  return number;
}

/** Pins what somebody with a right to push put among the candidates. */
async function withPin({ changes, image, branch }: Changed, digest: string): Promise<number> {
  await image.pin(image.candidates, digest);
  await changes.push(branch, "Change the image, and pin another one");
  return changes.open(branch);
}

async function pushed(changed: Changed): Promise<string> {
  const sample = sampleImage();
  await push(sample, candidatesOf(changed));
  return sample.manifest.digest;
}

/** Signs what is true but for one thing: it is a job of the pull request's own workflow that says it. */
async function forge(
  changed: Changed,
  {
    digest,
    number,
    contentName,
  }: { readonly digest: string; readonly number: number; readonly contentName: string },
): Promise<void> {
  const { changes, image, stage } = changed;
  const { base, head, merge } = await changes.commits(number);
  const { id: repositoryId, ownerId } = stage.project.repository;
  const repository = fullName(stage.project.repository);
  const run = 999_999;
  const provenance = {
    ...{ image: image.family, contentName, digest, pullRequest: number },
    ...{ head: head.sha, merge, base: base.sha, repository, repositoryId },
    run: runInvocation(repository, run, 1),
  };
  const job = {
    ...{ repository, repositoryId, ownerId, workflow: "jobs.yml", ref: "refs/heads/main" },
    ...{ sha: base.sha, event: "workflow_run", run, environment: "docker-candidate" },
  };
  const { cloud } = stage;
  await attachAsJob([candidatesOf(changed)], provenance, {
    ...{ cloud, job, issuer: await issuerOf(cloud) },
  });
}

function candidatesOf({ stage, image }: Changed) {
  const { host, username, password } = stage.cloud.registries["ghcr.io"];
  return new Registries().repository(image.candidates, { [host]: { username, password } }, "push");
}
