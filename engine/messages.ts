/** Text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Says that an option or feature is refused, and what to do. */
export function unsupportedText(what: string): string {
  return `${what}: the embedded engine does not support this; leave it out, or use the Pulumi CLI (--engine pulumi)`;
}
