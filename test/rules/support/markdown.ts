import fc from "fast-check";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import type { Nodes, Root } from "mdast";

/** A text as GitHub's Markdown has it. */
export function parse(markdown: string): Root {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

/** A node and all below it. */
export function nodesOf(node: Nodes): readonly Nodes[] {
  return [node, ...("children" in node ? node.children.flatMap((child) => nodesOf(child)) : [])];
}

/** The kinds of nodes as they lie within one another, and all texts but those in code. */
export function outline(markdown: string): unknown {
  const of = (node: Nodes): unknown => {
    if ("children" in node) return [node.type, ...node.children.map(of)];
    if (node.type === "inlineCode") return node.type;
    return "value" in node ? [node.type, node.value] : node.type;
  };
  return of(parse(markdown));
}

/** Texts that mean something to Markdown, HTML, GitHub, a terminal or a shell. */
export const HOSTILE: readonly string[] = [
  "@octocat",
  "@pytorch/everybody",
  "#1",
  "GH-1",
  "octocat/hello#1",
  "fixes #1",
  "closes https://github.com/o/r/issues/1",
  "https://example.com",
  "www.example.com",
  "mail@example.com",
  "mailto:a@b.c",
  "[x](https://example.com)",
  "![x](https://example.com/x.png)",
  "[x]",
  "[^1]",
  "[^1]: x",
  "[x]: https://example.com",
  "<b>",
  "</details>",
  "<!--",
  "-->",
  "<script>alert(1)</script>",
  "<img src=x>",
  "&lt;",
  "&#64;octocat",
  "`",
  "``",
  "` @octocat `",
  "```",
  "~~~",
  "~~x~~",
  "**x**",
  "_x_",
  "***",
  "---",
  "===",
  "# x",
  "> x",
  "- x",
  "1. x",
  "- [ ] x",
  "|",
  "\\|",
  "\\\\|",
  "\\`",
  "\\",
  "|---|",
  "$x$",
  "$`x`$",
  "$$x$$",
  ":smile:",
  "\n",
  "\n\n# x\n",
  "\r",
  "\r\n| x |",
  "\t",
  "\u2028",
  "\u001b[31m",
  "\u0000",
  "\u202e",
  "\u200b",
  "\ud800",
  "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
  "<!-- slipway preview -->",
  "$(id)",
  "'; id; '",
  "EOF\nx=y",
  " ",
  "",
  "é",
  "e\u0301",
  "漢字",
  "👩‍👩‍👧",
];

/** Texts of such pieces, and any others. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ maxLength: 4 })), { maxLength: 6 })
    .map((pieces) => pieces.join("")),
  fc.string({ unit: "binary", maxLength: 40 }),
);
