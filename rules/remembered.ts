/**
 * A function that works out what it says of an object once, and forgets it with the object. Of equal arguments it must say the
 * same, and nobody may change what it returns.
 */
export function remembered<Of extends object, Result>(
  compute: (of: Of) => Result,
): (of: Of) => Result {
  const results = new WeakMap<Of, { readonly result: Result }>();
  return (of) => {
    const known = results.get(of);
    if (known !== undefined) return known.result;
    const result = compute(of);
    results.set(of, { result });
    return result;
  };
}
