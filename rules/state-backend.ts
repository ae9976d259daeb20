/** Where Pulumi keeps the stacks' state on S3. */
export interface StateBackend {
  readonly bucket: string;
  /** Folder of the state in the bucket, without slashes at its ends; empty for all of the bucket. */
  readonly prefix: string;
  /** The key of the stacks' secrets provider (`awskms://`); absent where they are encrypted by a passphrase. */
  readonly kmsKeyArn?: string;
}
