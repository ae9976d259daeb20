import type { Problem } from "./problems.ts";
import { suggestion } from "./suggestion.ts";

/**
 * The labels that a name may mean: the one that it is, else those of accelerators that are called so. `rocm-n-py3` is
 * `ci-image/rocm-n-py3` where no other family has one.
 */
export function labelsNamed(name: string, labels: readonly string[]): readonly string[] {
  const distinct = [...new Set(labels)];
  if (distinct.includes(name)) return [name];
  return distinct.filter((label) => label.endsWith(`/${name}`));
}

/** The labels that names mean, each once; or of each name that means none or several, what is wrong. */
export function chooseLabels(
  names: readonly string[],
  labels: readonly string[],
): { readonly labels: readonly string[] } | { readonly problems: readonly Problem[] } {
  const distinct = [...new Set(labels)].sort();
  const chosen = new Set<string>();
  const problems: Problem[] = [];
  for (const name of names) {
    const [label, ...others] = labelsNamed(name, distinct);
    if (label !== undefined && others.length === 0) chosen.add(label);
    else problems.push({ path: "--image", message: problem(name, [label, ...others], distinct) });
  }
  return problems.length > 0 ? { problems } : { labels: [...chosen] };
}

function problem(
  name: string,
  found: readonly (string | undefined)[],
  labels: readonly string[],
): string {
  const quoted = JSON.stringify(name);
  if (found.length > 1) return `${quoted} may be ${found.join(", ")}; write one of these`;
  const has = labels.join(", ") || "none";
  return `there is no image ${quoted}; there are ${has}${suggestion(name, labels)}`;
}
