import { globSync } from "node:fs";
import tseslint from "typescript-eslint";

/** Which of our own folders and files each folder or file may import, besides itself; all may import packages. */
const directions = {
  rules: [],
  context: ["rules"],
  oci: ["rules"],
  github: ["rules"],
  provider: ["oci", "github", "rules"],
  components: ["context", "rules", "settings.ts", "catalog.ts"],
  engine: ["provider", "rules"],
  policy: ["rules"],
  local: ["provider", "oci", "github", "context", "rules"],
  "catalog.ts": ["context", "rules"],
  "settings-cloud.ts": ["rules"],
  "settings-pins.ts": ["rules"],
  "settings-secrets.ts": ["rules"],
  "settings.ts": [
    "settings-cloud.ts",
    "settings-pins.ts",
    "settings-secrets.ts",
    "catalog.ts",
    "rules",
  ],
  "index.ts": ["settings.ts", "catalog.ts", "components", "context", "rules"],
};
const ours = globSync(["*.ts", "*/"], { cwd: import.meta.dirname }).filter(
  (name) => !/^(node_modules|coverage|docs|images)$/.test(name),
);

const noResourceInApply = {
  selector:
    "CallExpression[callee.property.name='apply'] NewExpression[callee.name!=/^(Error|UserError|Map|Set|URL|Date)$/]",
  message: "No resource inside apply: a preview with an unknown input would not show it.",
};

/** Imports that would run against the direction, static and dynamic. */
const directionRules = Object.entries(directions).map(([place, allowed]) => {
  const isFile = place.endsWith(".ts");
  const forbidden = ours.filter((name) => name !== place && !allowed.includes(name));
  const names = forbidden.map((name) => name.replace(".", "\\."));
  const regex = `^(?:\\.\\.?/)+(?:${names.join("|")})(?:/|$)`;
  const message = `${place} may import of ours only ${[...(isFile ? [] : [place]), ...allowed].join(", ")}.`;
  return {
    files: [isFile ? place : `${place}/**/*.ts`],
    rules: {
      "no-restricted-imports": ["error", { patterns: [{ regex, message }] }],
      "no-restricted-syntax": [
        "error",
        noResourceInApply,
        {
          selector: `ImportExpression[source.value=/${regex.replaceAll("/", "\\u002F")}/]`,
          message,
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ["node_modules/", ".slipway/", "coverage/", "local/github/api.json"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/dot-notation": "off",
      "no-restricted-syntax": ["error", noResourceInApply],
      eqeqeq: ["error", "always"],
      curly: ["error", "multi-line"],
    },
  },
  ...directionRules,
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
);
