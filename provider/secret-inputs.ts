import { z } from "zod";
import { actionsNameProblems } from "../rules/actions-name.ts";
import { sealedBox } from "../rules/declared-secrets.ts";
import type { Problem } from "../rules/problems.ts";
import { ApiInput, EnvironmentName, inputProblems, Repository, wants } from "./input-problems.ts";
import { type Properties, UNKNOWN } from "./property-values.ts";

const place = {
  repository: Repository,
  environment: EnvironmentName,
  name: z.string(wants("the name of the secret")),
  api: ApiInput,
};
/** Never what was found: it is a secret. */
const VALUE = "missing, empty or not text; write value, or sealed: { keyId, value }";
const sealed = z.strictObject(
  { keyId: z.string("missing"), value: sealedBox("not a sealed box in base64") },
  VALUE,
);
/** What an `EnvironmentSecret` is told; see `components/environment-secret.ts` for what each means. */
export const SecretInputs = z
  .strictObject({
    ...place,
    value: z.string(VALUE).min(1, VALUE).exactOptional(),
    sealed: sealed.exactOptional(),
  })
  .superRefine(({ value, sealed: box }, context) => {
    if ((value === undefined) !== (box === undefined)) return;
    context.addIssue({ code: "custom", path: ["value"], message: `${VALUE}; one of them` });
  });
/** What an engine keeps of a secret. */
export const RecordedSecret = z.object({
  ...place,
  sealed: z.string(),
  keyId: z.string(),
  fingerprint: z.string().exactOptional(),
  repositoryId: z.number(),
  updatedAt: z.string(),
  remoteUpdatedAt: z.string(),
  /** No known token might look: it is as it was recorded before. */
  unverified: z.literal(true).exactOptional(),
});
export type RecordedSecret = z.output<typeof RecordedSecret>;
/** What is left of the inputs once the value is sealed. */
export const CheckedSecret = RecordedSecret.pick({
  repository: true,
  environment: true,
  name: true,
  api: true,
  sealed: true,
  keyId: true,
  fingerprint: true,
});

/** All faults of what a program wrote. */
export function secretProblems(inputs: Properties): readonly Problem[] {
  return [...inputProblems(SecretInputs, inputs), ...nameProblems(inputs["name"])];
}

function nameProblems(name: unknown): readonly Problem[] {
  if (typeof name !== "string" || name === UNKNOWN) return [];
  return actionsNameProblems([name], "name").map(({ message }) => ({ path: "name", message }));
}
