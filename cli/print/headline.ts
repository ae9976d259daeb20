import { z } from "zod";
import type { Step } from "../../engine/events.ts";

const Context = z.object({ named: z.object({ base: z.object({ location: z.string() }) }) });
const Registries = z.array(
  z.object({ repository: z.string(), floatingNames: z.array(z.string()) }),
);

/** What a person wants to know of a new resource beyond its name; undefined where the name says it all. */
export function headline({ type, diff }: Pick<Step, "type" | "diff">): string | undefined {
  const property = (path: string): unknown => diff.find((change) => change.path === path)?.new;
  switch (type) {
    case "docker-build:index:Image": {
      const context = Context.safeParse(property("context"));
      return context.success ? baseText(context.data.named.base.location) : undefined;
    }
    case "slipway:index:ImageName": {
      const registries = Registries.safeParse(property("registries"));
      if (!registries.success) return undefined;
      const content = property("contentName");
      return registries.data
        .map(
          ({ repository, floatingNames }) =>
            `${repository}: ${[content, ...floatingNames].join(", ")}`,
        )
        .join("; ");
    }
    default:
      return undefined;
  }
}

function baseText(location: string): string {
  const base = location.replace("docker-image://", "");
  if (!base.endsWith("@unresolved")) return `on ${base}`;
  return `on ${base.replace(/@unresolved$/, "")}, whose digest is unresolved: up refuses it until image.yaml names it`;
}
