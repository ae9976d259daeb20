import { z } from "zod";
import type { StackOutputs } from "../../engine/events.ts";

/** The output `images`: by family and accelerator. */
const Images = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      reference: z.string(),
      names: z.union([z.string(), z.record(z.string(), z.string())]),
    }),
  ),
);

/** Stack outputs for people: nested by indentation, images as their reference and the names that point to it. */
export function outputsText(outputs: StackOutputs): string {
  const lines: string[] = [];
  for (const [name, { value }] of Object.entries(outputs)) {
    const images = name === "images" ? Images.safeParse(value) : undefined;
    lines.push(images?.success === true ? imagesText(images.data) : nested(name, value, 0));
  }
  return lines.join("\n");
}

function imagesText(families: z.infer<typeof Images>): string {
  const lines = ["images:"];
  for (const [family, images] of Object.entries(families)) {
    lines.push(`  ${family}:`);
    for (const [accelerator, { reference, names }] of Object.entries(images)) {
      lines.push(`    ${accelerator}: ${reference}`);
      if (typeof names === "string") continue;
      for (const [repository, tags] of byRepository(Object.keys(names))) {
        lines.push(`      ${repository}: ${tags.join(", ")}`);
      }
    }
  }
  return lines.join("\n");
}

/** `host/path:tag` references as tags by `host/path`. */
function byRepository(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const tags = new Map<string, string[]>();
  for (const name of names) {
    const colon = name.lastIndexOf(":");
    const repository = name.slice(0, colon);
    tags.set(repository, [...(tags.get(repository) ?? []), name.slice(colon + 1)]);
  }
  return tags;
}

function nested(name: string, value: unknown, depth: number): string {
  const indent = "  ".repeat(depth);
  if (typeof value !== "object" || value === null) return `${indent}${name}: ${String(value)}`;
  const entries = Object.entries(value);
  if (entries.length === 0) return `${indent}${name}: none`;
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
    return `${indent}${name}: ${value.join(", ")}`;
  }
  return [`${indent}${name}:`, ...entries.map(([key, item]) => nested(key, item, depth + 1))].join(
    "\n",
  );
}
