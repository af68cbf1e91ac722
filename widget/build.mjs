// Bundles src/ into dist/<version>/: undersigned.js, the parts that it loads later, whose hashes it carries, and beside
// them what describes the elements.
// With --check it only says whether those files are fresh.
import { createHash } from "node:crypto";
import { readFile, readdir, mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { minify } from "terser";
import { describe } from "./describe.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(await readFile(here("package.json"), "utf8"));
const dist = here(`dist/${version}/`);
const PARTS = ["list", "rare", "sent"];

/** What must be said when the server cannot be asked for its words: a few for each language, with | between them. */
async function wordsWithoutServer() {
  const folder = here("../server/messages/");
  const words = {};
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".json")).sort()) {
    const messages = JSON.parse(await readFile(folder + file, "utf8")).public;
    const needed = ["widget.unreachable", "form.again"];
    words[file.slice(0, -".json".length)] = needed.map((key) => messages[key]).join("|");
  }
  return words;
}

/** Lets a module import a sheet as its minified text. */
const sheetAsText = {
  name: "sheet-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      // The spaces that are left stand in custom properties, where esbuild cannot know that they say nothing.
      return { contents: code.trim().replace(/([,:]) /g, "$1"), loader: "text" };
    });
  },
};

/** Lets the parts use what the script that loads them has already, so that nobody fetches it twice. */
const sharedWithParts = {
  name: "shared-with-parts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/(dom|messages)\.js$/ }, () => ({ path: "shared", namespace: "shared" }));
    onLoad({ filter: /./, namespace: "shared" }, () => ({
      contents: `export const { focusOn, make, makeButton, makeLink, speaker } = customElements.get("undersigned-form").shared;`,
    }));
  },
};

async function bundle(entry, format, define = {}) {
  const { outputFiles } = await build({
    absWorkingDir: here("."),
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format,
    target: "es2022",
    charset: "utf8",
    write: false,
    plugins: format === "esm" ? [sheetAsText, sharedWithParts] : [sheetAsText],
    define: { VERSION: JSON.stringify(version), ...define },
  });
  // What esbuild leaves, terser makes smaller by another three in a hundred.
  const { code } = await minify(outputFiles[0].text, {
    module: format === "esm",
    compress: { reduce_funcs: false }, // functions that stay apart compress better
    format: { ecma: 2022, preamble: `/* Undersigned ${version}, MIT */` },
  });
  return `${code}\n`;
}

const integrityOf = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

const files = await describe(version);
const hashes = {};
const words = await wordsWithoutServer();
const define = { WORDS_WITHOUT_SERVER: JSON.stringify(words) };
for (const name of PARTS) {
  files[`${name}.js`] = await bundle(`src/parts/${name}.js`, "esm", define);
  hashes[name] = integrityOf(files[`${name}.js`]);
}
const [unreachable, again] = words.en.split("|");
files["undersigned.js"] = await bundle("src/index.js", "iife", {
  ENGLISH: JSON.stringify({ lang: "en", unreachable, again }),
  PARTS: JSON.stringify(hashes),
});

if (process.argv.includes("--check")) {
  for (const [name, text] of Object.entries(files)) {
    if ((await readFile(dist + name, "utf8").catch(() => "")) === text) continue;
    console.error(`${dist}${name} is not what src/ builds: run "npm run build" and commit it.`);
    process.exitCode = 1;
  }
} else {
  await mkdir(dist, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(dist + name, text);
}
