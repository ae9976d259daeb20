/* A fault of Slipway's own, where it has a value in its hands. */
export async function seal(value: string): Promise<string> {
  if (value !== "") throw new TypeError("a fault in the middle");
  return value;
}
