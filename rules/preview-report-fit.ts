import type { z } from "zod";
import { LONGEST, MAX_REPORT_BYTES, MOST, PreviewReport } from "./preview-report.ts";
import { printable } from "./printable.ts";

type Lists = Pick<
  PreviewReport,
  "resources" | "images" | "names" | "access" | "retention" | "failures"
>;
/** A report before anything is cut. */
export type WholeReport = Omit<PreviewReport, "leftOut">;

/** In the order in which they are cut for the whole report's size: what matters least comes first. */
const LISTS = ["resources", "names", "images", "retention", "access", "failures"] as const;

/**
 * A report that its reader takes: every text printable and cut, every list and the whole of it within its limits, with a count of
 * what was left out.
 * @throws Error when a name in it has no form of its own; what is declared was checked by then
 */
export function fitReport(whole: WholeReport): PreviewReport {
  let lists: Lists = {
    resources: whole.resources.slice(0, MOST.resources).map(fitResource),
    images: whole.images.slice(0, MOST.images).map(fitImage),
    names: whole.names.slice(0, MOST.names),
    access: whole.access.slice(0, MOST.access).map(fitAccess),
    retention: whole.retention.slice(0, MOST.retention).map(fitRetention),
    failures: whole.failures.slice(0, MOST.failures).map(({ where, message }) => ({
      where: printable(where, LONGEST.path),
      message: printable(message, LONGEST.message),
    })),
  };
  for (const list of LISTS) {
    while (lists[list].length > 0 && bytesOf(counted(whole, lists)) > MAX_REPORT_BYTES) {
      lists = { ...lists, [list]: lists[list].slice(0, Math.floor(lists[list].length / 2)) };
    }
  }
  return PreviewReport.parse(counted(whole, lists));
}

/** The text of a report as {@link fitReport} measured it. */
export function previewReportText(report: z.input<typeof PreviewReport>): string {
  return `${JSON.stringify(report)}\n`;
}

function counted(whole: WholeReport, lists: Lists): PreviewReport {
  const left = (list: keyof Lists) => whole[list].length - lists[list].length;
  return {
    ...whole,
    ...lists,
    leftOut: {
      resources: left("resources"),
      images: left("images"),
      names: left("names"),
      access: left("access"),
      retention: left("retention"),
      failures: left("failures"),
    },
  };
}

function bytesOf(report: PreviewReport): number {
  return Buffer.byteLength(previewReportText(report));
}

function fitResource(resource: Lists["resources"][number]): Lists["resources"][number] {
  const { properties, moreProperties } = resource;
  const kept = properties.slice(0, MOST.properties);
  return {
    ...resource,
    name: printable(resource.name, LONGEST.name),
    properties: kept.map(({ path, old, new: news }) => ({
      path: printable(path, LONGEST.path),
      ...(old !== undefined && { old: printable(old, LONGEST.value) }),
      ...(news !== undefined && { new: printable(news, LONGEST.value) }),
    })),
    moreProperties: moreProperties + properties.length - kept.length,
  };
}

function fitImage(image: Lists["images"][number]): Lists["images"][number] {
  const { reasons, moreReasons } = image;
  const kept = reasons.slice(0, MOST.reasons);
  return {
    ...image,
    reasons: kept.map((reason) => printable(reason, LONGEST.value)),
    moreReasons: moreReasons + reasons.length - kept.length,
  };
}

function fitAccess(access: Lists["access"][number]): Lists["access"][number] {
  switch (access.kind) {
    case "token":
      return {
        ...access,
        role: printable(access.role, LONGEST.name),
        token: printable(access.token, LONGEST.path),
        claims: Object.fromEntries(
          Object.entries(access.claims)
            .slice(0, MOST.claims)
            .map(([name, value]) => [name, printable(value, LONGEST.path)]),
        ),
      };
    case "statement":
      return {
        ...access,
        holder: printable(access.holder, LONGEST.name),
        actions: fitTexts(access.actions),
        resources: fitTexts(access.resources),
        principals: fitTexts(access.principals),
        conditions: fitTexts(access.conditions),
      };
    case "setting":
      return {
        ...access,
        holder: printable(access.holder, LONGEST.name),
        setting: printable(access.setting, LONGEST.path),
        ...(access.old !== undefined && { old: printable(access.old, LONGEST.policyText) }),
        ...(access.new !== undefined && { new: printable(access.new, LONGEST.policyText) }),
      };
  }
}

/** The last of a list that was cut says so: what is not shown is allowed all the same. */
function fitTexts(texts: readonly string[]): string[] {
  const kept = texts.length > MOST.policyTexts ? texts.slice(0, MOST.policyTexts - 1) : texts;
  const more = texts.length - kept.length;
  const shown = kept.map((text) => printable(text, LONGEST.policyText));
  return more === 0 ? shown : [...shown, `and ${more} more`];
}

function fitRetention(retention: Lists["retention"][number]): Lists["retention"][number] {
  return retention.kind === "rule"
    ? {
        ...retention,
        repository: printable(retention.repository, LONGEST.name),
        rule: printable(retention.rule, LONGEST.policyText),
      }
    : retention;
}
