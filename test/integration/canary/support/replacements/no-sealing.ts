/* As if somebody forgot to seal. */
export async function seal(value: string): Promise<string> {
  return value;
}
