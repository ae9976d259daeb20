/** Takes the values of an option that may be given more than once, one value each time. */
export function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
