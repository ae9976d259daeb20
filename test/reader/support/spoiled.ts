import fc from "fast-check";

/**
 * The JSON of a document in which something was changed, added or taken away, at any place.
 * @param wrong what somebody may put in the place of anything
 * @param key what somebody may call anything
 */
export function spoiled(
  text: fc.Arbitrary<string>,
  wrong: fc.Arbitrary<unknown>,
  key: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  const kind = fc.constantFrom("set", "copy", "twice", "add", "remove", "rename");
  const changes = fc.array(fc.tuple(fc.nat(), kind, wrong), { minLength: 1, maxLength: 3 });
  return fc.tuple(text, changes, key).map(([json, changes, key]) => {
    const whole = JSON.parse(json) as object;
    for (const [at, kind, shared] of changes) {
      const value = structuredClone(shared);
      const places = placesOf(whole);
      const place = places[at % places.length];
      if (place === undefined) break;
      const [holder, name] = place;
      const held = holder[name];
      if (kind === "set") put(holder, name, value);
      else if (kind === "copy") put(holder, name, valueLike(places, name, at));
      else if (kind === "twice") {
        const lists = places.flatMap(([of, key]) => (Array.isArray(of[key]) ? [of[key]] : []));
        const list = lists[at % lists.length] as unknown[] | undefined;
        list?.push(structuredClone(list[0]));
      } else if (kind === "remove") {
        if (Array.isArray(holder)) holder.splice(Number(name), 1);
        else Reflect.deleteProperty(holder, name);
      } else if (kind === "add" && typeof held === "object" && held !== null) {
        put(held as Record<string, unknown>, key, value);
      } else if (!Array.isArray(holder)) {
        Reflect.deleteProperty(holder, name);
        put(holder, key, held);
      }
    }
    return JSON.stringify(whole);
  });
}

/** Sets a property of its own, `__proto__` too, and appends to a list. */
function put(holder: Record<string, unknown>, name: string, value: unknown): void {
  if (Array.isArray(holder) && !/^\d+$/.test(name)) holder.push(value);
  else {
    Object.defineProperty(holder, name, {
      ...{ value, writable: true, enumerable: true, configurable: true },
    });
  }
}

/** What another place of the same name holds: right in its form, and wrong where it comes to. */
function valueLike(places: readonly Place[], name: string, at: number): unknown {
  const alike = places.filter(([, other]) => other === name);
  const [holder, key] = alike[(at >> 3) % alike.length]!;
  return structuredClone(holder[key]);
}

type Place = readonly [holder: Record<string, unknown>, name: string];

/** Every place in a document: what holds it, and under which name. */
function placesOf(holder: object): Place[] {
  return Object.entries(holder).flatMap(([name, held]) => [
    [holder as Record<string, unknown>, name] as const,
    ...(typeof held === "object" && held !== null ? placesOf(held as object) : []),
  ]);
}
