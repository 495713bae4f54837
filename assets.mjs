// npm run build: copies the fonts, with their licences, to static/vendor (ignored by git), writes the stylesheet for them,
// and makes one file of the editor.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const FONTS = [
  // package, family, weight, style, file
  ["@fontsource-variable/source-serif-4", "Source Serif 4 Variable", "200 900", "normal", "source-serif-4-latin-opsz-normal"],
  ["@fontsource-variable/source-serif-4", "Source Serif 4 Variable", "200 900", "italic", "source-serif-4-latin-opsz-italic"],
  ["@fontsource/ibm-plex-sans", "IBM Plex Sans", "400", "normal", "ibm-plex-sans-latin-400-normal"],
  ["@fontsource/ibm-plex-sans", "IBM Plex Sans", "400", "italic", "ibm-plex-sans-latin-400-italic"],
  ["@fontsource/ibm-plex-sans", "IBM Plex Sans", "600", "normal", "ibm-plex-sans-latin-600-normal"],
  ["@fontsource/ibm-plex-mono", "IBM Plex Mono", "400", "normal", "ibm-plex-mono-latin-400-normal"],
  ["@fontsource/ibm-plex-mono", "IBM Plex Mono", "600", "normal", "ibm-plex-mono-latin-600-normal"],
  ["@fontsource/stix-two-math", "STIX Two Math", "400", "normal", "stix-two-math-latin-400-normal"],
  // names of people: Łukasz, Šimková
  ["@fontsource-variable/source-serif-4", "Source Serif 4 Variable", "200 900", "normal", "source-serif-4-latin-ext-opsz-normal"],
  ["@fontsource/ibm-plex-sans", "IBM Plex Sans", "400", "normal", "ibm-plex-sans-latin-ext-400-normal"],
  ["@fontsource/ibm-plex-sans", "IBM Plex Sans", "600", "normal", "ibm-plex-sans-latin-ext-600-normal"],
];
const LATIN_EXT = " unicode-range: U+0100-02FF, U+1E00-1E9F, U+1EF2-1EFF, U+2C60-2C7F, U+A720-A7FF;";
const OUT = new URL("static/vendor/", import.meta.url);

rmSync(OUT, { recursive: true, force: true });
mkdirSync(new URL("fonts/", OUT), { recursive: true });
const faces = FONTS.map(([from, family, weight, style, name]) => {
  copyFileSync(new URL(`node_modules/${from}/files/${name}.woff2`, import.meta.url), new URL(`fonts/${name}.woff2`, OUT));
  copyFileSync(new URL(`node_modules/${from}/LICENSE`, import.meta.url), new URL(`fonts/${from.split("/")[1]}-LICENSE.txt`, OUT));
  return `@font-face { font-family: "${family}"; font-weight: ${weight}; font-style: ${style}; font-display: swap; src: url("fonts/${name}.woff2") format("woff2");${name.includes("latin-ext") ? LATIN_EXT : ""} }`;
});
writeFileSync(new URL("fonts.css", OUT), faces.join("\n") + "\n");

const { metafile } = await build({
  entryPoints: ["static/js/editor.js"],
  outfile: "static/vendor/editor.js",
  bundle: true,
  format: "iife",
  globalName: "editor",
  minify: true,
  target: "es2022",
  legalComments: "none",
  metafile: true,
});
const packages = new Set(Object.keys(metafile.inputs).map((file) => file.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]));
const licences = [...packages].filter(Boolean).sort().map((name) => `${name}\n\n${readFileSync(`node_modules/${name}/LICENSE`, "utf8")}`);
writeFileSync(new URL("editor-LICENSES.txt", OUT), licences.join("\n\n"));
