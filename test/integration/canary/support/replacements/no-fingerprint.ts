/* As if somebody kept the value to compare with. */
export async function fingerprint(value: string): Promise<string> {
  return value;
}

export async function hasFingerprint(value: string, print: string): Promise<boolean> {
  return value === print;
}
