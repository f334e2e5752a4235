import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";
import { soleText } from "./eslint/sole-text.js";

const features = [
  "account",
  "check-in",
  "checkout",
  "events",
  "orders",
  "organizer",
  "tickets",
  "watch",
];

/** Which folders a folder may not import from: arrows point from app to features to ui, api and lib. */
const zone = (files, forbidden, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group: forbidden, message }] }] },
});

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/schema.d.ts"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
      globals: globals.browser,
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-misused-promises": [
        "error",
        { checksVoidReturn: { attributes: false } },
      ],
      "no-console": "error",
    },
  },
  {
    files: ["src/**/*.tsx"],
    extends: [jsxA11y.flatConfigs.strict],
    plugins: { "react-hooks": reactHooks, shop: { rules: { "sole-text": soleText } } },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "shop/sole-text": "error",
    },
  },
  ...features.map((name) =>
    zone(
      [`src/features/${name}/**`],
      ["@/app/*", ...features.filter((other) => other !== name).map((o) => `@/features/${o}/*`)],
      "Features never import the app or each other.",
    ),
  ),
  zone(["src/ui/**"], ["@/app/*", "@/features/*", "@/api/*"], "ui draws; it fetches nothing."),
  zone(["src/lib/**", "src/api/**"], ["@/app/*", "@/features/*", "@/ui/*"], "Lower layers."),
  {
    files: ["src/**/*.{ts,tsx}"],
    ignores: ["src/shared/order/place-order.tsx"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "CallExpression[arguments.length>1]:matches([callee.name='mutate'], [callee.property.name='mutate'])",
          message: "React Query drops these callbacks after an unmount: use @/lib/on-success.",
        },
      ],
    },
  },
  {
    // `Intl` and `toISOString` throw for what they cannot read: lib/format and lib/time never do.
    files: ["src/**/*.{ts,tsx}"],
    ignores: ["src/lib/format.ts", "src/lib/time.ts", "src/**/*.test.{ts,tsx}", "src/test/**"],
    rules: {
      "no-restricted-globals": ["error", { name: "Intl", message: "Use @/lib/format." }],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "parse", message: "Use instant() of @/lib/time." },
        { property: "toISOString", message: "Use isoInstant() of @/lib/time." },
        { property: "toLocaleString", message: "Use @/lib/format." },
        { property: "toLocaleDateString", message: "Use @/lib/format." },
        { property: "toLocaleTimeString", message: "Use @/lib/format." },
      ],
    },
  },
  {
    files: ["**/*.test.{ts,tsx}", "src/test/**"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
);
