import { codeSpan, codeSpans } from "./markdown-text.ts";
import type {
  ReportedFailure,
  ReportedImage,
  ReportedName,
  ReportedResource,
  ReportedRetention,
} from "./preview-report.ts";

/** Shown of each list in a row. */
const MOST_TEXTS = 6;
const LONGEST = 160;
/** What loses something comes first. */
const ORDER: readonly ReportedResource["change"][] = ["delete", "replace", "update", "create"];

export function failureRows(failures: readonly ReportedFailure[]): readonly string[] {
  return failures.map(({ where, message }) => `- ${codeSpan(where)}: ${codeSpan(message, 1000)}`);
}

/** Rows of a table: image, content name now and then, why. */
export function imageRows(images: readonly ReportedImage[]): readonly string[] {
  return images.map(({ change, label, old, new: next, reasons, moreReasons }) => {
    const why = codeSpans(reasons, { most: MOST_TEXTS, more: moreReasons, longest: LONGEST });
    const [now, then, words] = {
      new: ["", known(next), "a new image"],
      changed: [known(old), known(next), why],
      gone: [known(old), "", "no longer declared"],
    }[change];
    return `| ${codeSpan(label)} | ${now} | ${then} | ${words} |`;
  });
}

/** Rows of a table: name, where it points now and then. */
export function nameRows(names: readonly ReportedName[]): readonly string[] {
  return names.map(({ change, name, from, to }) => {
    const [now, then] = {
      new: ["*a new name*", known(to)],
      moves: [known(from), known(to)],
      gone: [known(from), "*stays there, and moves no more*"],
    }[change];
    return `| ${codeSpan(name, 430)} | ${now} | ${then} |`;
  });
}

/** Content has no name while its base is unresolved. */
function known(content: string | undefined): string {
  return content === undefined ? "*not known yet*" : codeSpan(content);
}

/** Rows of a table: change, type, name, properties; what loses something first. */
export function resourceRows(resources: readonly ReportedResource[]): readonly string[] {
  return ORDER.flatMap((change) => resources.filter((one) => one.change === change)).map(
    ({ change, type, name, properties, moreProperties }) => {
      const lines = properties.map(
        ({ path, old, new: next }) => `${path}: ${old ?? "none"} → ${next ?? "none"}`,
      );
      const shown = codeSpans(lines, { most: MOST_TEXTS, more: moreProperties, longest: LONGEST });
      return `| ${change} | ${codeSpan(type)} | ${codeSpan(name)} | ${shown} |`;
    },
  );
}

export function retentionRows(effects: readonly ReportedRetention[]): readonly string[] {
  return effects.map((effect) => {
    switch (effect.kind) {
      case "rule":
        return `- ${codeSpan(effect.repository)}: a rule ${effect.change}: ${codeSpan(effect.rule)}`;
      case "repository":
        return `- ${codeSpan(effect.repository)} is no longer declared: ${effect.effect}`;
      case "content": {
        const places = codeSpans(effect.repositories, { most: MOST_TEXTS });
        const where = places === "" ? "" : ` in ${places}`;
        return `- ${codeSpan(effect.name)} of ${codeSpan(effect.label)}: no name leads to it any more; it stays until retention takes it${where}`;
      }
    }
  });
}
