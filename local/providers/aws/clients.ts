import { ECR } from "@aws-sdk/client-ecr";
import { IAM } from "@aws-sdk/client-iam";
import { STS } from "@aws-sdk/client-sts";
import { UserError } from "../../../rules/problems.ts";
import type { AwsConfig } from "./config.ts";

/** Clients of the services, all on the endpoints of the configuration. */
export class AwsClients {
  readonly region: string;
  /** What a fault of the connection names. */
  readonly endpoints: readonly string[];
  readonly ecr: ECR;
  readonly iam: IAM;
  readonly #sts: STS;
  readonly #allowedAccountIds: readonly string[];
  #account: Promise<void> | undefined;

  constructor(config: AwsConfig) {
    const [{ ecr, iam, sts }] = config.endpoints;
    const common = {
      region: config.region,
      credentials: { accessKeyId: config.accessKey, secretAccessKey: config.secretKey },
    };
    this.region = config.region;
    this.endpoints = [...new Set([ecr, iam, sts])];
    this.ecr = new ECR({ ...common, endpoint: ecr });
    this.iam = new IAM({ ...common, endpoint: iam });
    this.#sts = new STS({ ...common, endpoint: sts });
    this.#allowedAccountIds = config.allowedAccountIds;
  }

  /**
   * Makes sure, once, that the credentials belong to an allowed account.
   * @throws {UserError} when they do not
   */
  ready(): Promise<void> {
    this.#account ??= this.#checkAccount();
    return this.#account;
  }

  destroy(): void {
    this.ecr.destroy();
    this.iam.destroy();
    this.#sts.destroy();
  }

  async #checkAccount(): Promise<void> {
    if (this.#allowedAccountIds.length === 0) return;
    const { Account: account = "" } = await this.#sts.getCallerIdentity({});
    if (this.#allowedAccountIds.includes(account)) return;
    throw new UserError(
      `provider aws: the credentials belong to account ${account}, allowed is only ${this.#allowedAccountIds.join(" or ")}; ` +
        "change aws:allowedAccountIds or the credentials (moto takes its account from MOTO_ACCOUNT_ID)",
    );
  }
}
