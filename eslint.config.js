import tseslint from "typescript-eslint";
import importX from "eslint-plugin-import-x";

/** Which of our folders a folder may not import from; see docs/adr for the picture. */
const directions = [
  ["rules", ["!rules"]],
  ["context", ["!context", "!rules"]],
  ["oci", ["!oci", "!rules"]],
  ["provider", ["!provider", "!oci", "!rules"]],
  ["components", ["!components", "!context", "!rules", "!settings.ts", "!catalog.ts"]],
  ["engine", ["!engine", "!provider", "!oci", "!rules"]],
  ["local", ["!local", "!engine", "!provider", "!oci", "!context", "!rules"]],
];
const ours = [
  "rules",
  "context",
  "oci",
  "provider",
  "components",
  "engine",
  "local",
  "cli",
  "test",
  "bench",
  "settings.ts",
  "catalog.ts",
  "index.ts",
];
const zones = directions.map(([folder, allowed]) => ({
  target: `./${folder}`,
  from: ours.filter((name) => !allowed.includes(`!${name}`)).map((name) => `./${name}`),
  message: `${folder}/ may import only ${allowed.map((a) => a.slice(1)).join(", ")}.`,
}));

export default tseslint.config(
  { ignores: ["node_modules/", ".slipway/", "coverage/", "local/github/api.json"] },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { "import-x": importX },
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
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones }],
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "CallExpression[callee.property.name='apply'] NewExpression[callee.name!=/^(Error|UserError|Map|Set|URL|Date)$/]",
          message: "No resource inside apply: a preview with an unknown input would not show it.",
        },
      ],
      eqeqeq: ["error", "always"],
      curly: ["error", "multi-line"],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
);
