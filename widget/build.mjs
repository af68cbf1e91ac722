// Bundles src/ into dist/<version>/undersigned.js; with --check it only says whether that file is fresh.
import { readFile, readdir, mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(await readFile(here("package.json"), "utf8"));
const bundle = here(`dist/${version}/undersigned.js`);

/** What must be said when the server cannot be asked for its words: a few for each language, with | between them. */
async function wordsWithoutServer() {
  const folder = here("../server/messages/");
  const words = {};
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".json")).sort()) {
    const messages = JSON.parse(await readFile(folder + file, "utf8")).public;
    const needed = ["widget.unreachable", "form.again", "widget.loading", "widget.frame"];
    words[file.slice(0, -".json".length)] = needed.map((key) => messages[key]).join("|");
  }
  return JSON.stringify(words);
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

const { outputFiles } = await build({
  absWorkingDir: here("."),
  entryPoints: ["src/index.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  write: false,
  plugins: [sheetAsText],
  define: { WORDS_WITHOUT_SERVER: await wordsWithoutServer(), VERSION: JSON.stringify(version) },
  banner: { js: `/* Undersigned ${version}, MIT */` },
});
const [{ text }] = outputFiles;

if (process.argv.includes("--check")) {
  const stored = await readFile(bundle, "utf8").catch(() => "");
  if (stored !== text) {
    console.error(`${bundle} is not what src/ builds: run "npm run build" and commit it.`);
    process.exit(1);
  }
} else {
  await mkdir(here(`dist/${version}`), { recursive: true });
  await writeFile(bundle, text);
}
