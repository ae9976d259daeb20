import { z } from "zod";
import { DIGEST } from "../rules/image-reference.ts";
import type { Problem } from "../rules/problems.ts";
import { inputProblems, wants } from "./input-problems.ts";
import type { Properties } from "./property-values.ts";

const ACCOUNT = "{ accountId, region }, e.g. 308535385114 in us-east-1";
const PATH = "the path of a repository on ECR, e.g. pytorch/ci-image";
const PINNED = "a digest: sha256: and 64 hex digits";

/** What a `PinName` is told; see `components/pin-name.ts` for what each means. */
export const PinInputs = z.strictObject(
  {
    account: z.strictObject(
      {
        accountId: z.string(wants(ACCOUNT)).regex(/^\d{12}$/, wants("twelve digits")),
        region: z.string(wants(ACCOUNT)).min(1, wants(ACCOUNT)),
        endpoint: z.url(wants("where the cloud of this machine is")).exactOptional(),
      },
      wants(ACCOUNT),
    ),
    repository: z.string(wants(PATH)).regex(/^[a-z0-9][a-z0-9._/-]*$/, wants(PATH)),
    digest: z.string(wants(PINNED)).regex(DIGEST, wants(PINNED)),
  },
  "not an object; write { account, repository, digest }",
);
export type PinInputs = z.output<typeof PinInputs>;

/** What an engine kept of a `PinName`. */
export const RecordedPin = PinInputs.extend({
  /** Digests that the pin keeps: what an index lists, and last the pinned digest itself; none where that is not there. */
  contents: z.array(z.string().regex(DIGEST)),
  /** Those of them whose `pin-` name was there. */
  pinned: z.array(z.string().regex(DIGEST)),
});
export type RecordedPin = z.output<typeof RecordedPin>;

/** All faults of the inputs at once. What is not known yet is taken for right. */
export function pinProblems(inputs: Properties): readonly Problem[] {
  return inputProblems(PinInputs, inputs);
}
