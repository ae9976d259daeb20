/*
 * aws-actions/configure-aws-credentials: the job's token against the role's trust policy as IAM has it, judged by our own
 * evaluator, since moto lets everybody in; then moto's STS.
 * @see https://github.com/aws-actions/configure-aws-credentials
 */
import { IAM } from "@aws-sdk/client-iam";
import { STS } from "@aws-sdk/client-sts";
import { trustDocument } from "../../../../../cli/trust/check-trust.ts";
import { readIamPolicy } from "../../../../../rules/iam-document.ts";
import { ASSUME_BY_TOKEN, evaluate } from "../../../../../rules/iam-evaluation.ts";
import { GITHUB_ISSUER } from "../../../../../rules/trust-policy.ts";
import type { SubjectJob } from "../../../../../rules/trust-subject.ts";
import { type Claims, contextOf, tokenOf } from "../../../../../rules/trust-tokens.ts";
import { required, type StandIn } from "../action-call.ts";
import type { JobSpace } from "../job-space.ts";
import { workflowRef } from "../run-context.ts";

export const configureAwsCredentials: StandIn = {
  action: "aws-actions/configure-aws-credentials",
  inputs: { "role-to-assume": "", "role-duration-seconds": "3600", "aws-region": "" },
  run: async ({ inputs, job, say }) => {
    const arn = required(inputs, "role-to-assume");
    const region = required(inputs, "aws-region");
    const sessionSeconds = Number(required(inputs, "role-duration-seconds"));
    if (job.permissions["id-token"] !== "write") {
      throw new Error("Credentials could not be loaded: the job has no permission id-token: write");
    }
    const { hosting } = job.run;
    if (hosting === undefined) throw new Error("a role needs a cloud that has it");
    const claims = claimsOf(job);
    const subject = claims["sub"] ?? "";
    const common = {
      ...{ region, endpoint: hosting.cloud.aws.endpoint },
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
    const iam = new IAM(common);
    const sts = new STS(common);
    try {
      const { Role } = await iam.getRole({ RoleName: arn.split("/").at(-1) });
      const account = arn.split(":")[4] ?? "";
      const provider = `arn:aws:iam::${account}:oidc-provider/${GITHUB_ISSUER}`;
      const document = trustDocument(JSON.stringify({ Role }), arn);
      const read = readIamPolicy(document);
      if ("problems" in read) throw new Error(`${arn}: its trust policy cannot be read`);
      const request = { provider, action: ASSUME_BY_TOKEN, context: contextOf(claims) };
      if (Role?.Arn !== arn || !evaluate(read.policy, request).allowed) {
        throw new Error(`Not authorized to perform ${ASSUME_BY_TOKEN}: ${subject} for ${arn}`);
      }
      if (sessionSeconds > (Role.MaxSessionDuration ?? 3600)) {
        throw new Error(
          "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        );
      }
      const { Credentials } = await sts.assumeRoleWithWebIdentity({
        ...{ RoleArn: arn, RoleSessionName: "GitHubActions", DurationSeconds: sessionSeconds },
        WebIdentityToken: unsigned(claims),
      });
      if (Credentials === undefined) throw new Error("STS gave no credentials");
      const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials;
      for (const secret of [AccessKeyId, SecretAccessKey, SessionToken]) job.masks.add(secret);
      const variables = {
        ...{ AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey },
        ...{ AWS_SESSION_TOKEN: SessionToken, AWS_REGION: region, AWS_DEFAULT_REGION: region },
      };
      for (const [name, value] of Object.entries(variables)) job.exported.set(name, value);
    } finally {
      iam.destroy();
      sts.destroy();
    }
    job.roles.push({ arn, sessionSeconds, subject });
    say(`assumed ${arn} as ${subject} for ${sessionSeconds} s`);
    return { "aws-account-id": arn.split(":")[4] ?? "" };
  },
};

/** Of the token that GitHub gives the job. @see https://docs.github.com/en/actions/reference/security/oidc */
function claimsOf({ run, environment }: JobSpace): Claims {
  const { owner, name, ownerId, id: repositoryId } = run.project.repository;
  const { ref } = run;
  const job = subjectJob(ref, environment);
  return tokenOf(
    { owner, name, ownerId, repositoryId, job, ref, jobWorkflowRef: workflowRef(run) },
    "name",
  );
}

function subjectJob(ref: string, environment: string | undefined): SubjectJob {
  if (environment !== undefined) return { kind: "environment", name: environment };
  const [, kind, name = ""] = /^refs\/(heads|tags|pull)\/(.+)$/s.exec(ref) ?? [];
  if (kind === "pull") return { kind: "pull request" };
  return { kind: kind === "tags" ? "tag" : "branch", name };
}

/** moto looks at no signature. */
function unsigned(claims: Claims): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.none`;
}
