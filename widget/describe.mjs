// Describes the elements for editors and type checkers, from the comments above their classes and from their styles:
// a custom-elements manifest (https://github.com/webcomponents/custom-elements-manifest) and types.
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const SRC = fileURLToPath(new URL("src/", import.meta.url));
const BASE = { file: "embedded.js", className: "Embedded" };
const ELEMENTS = [
  { tag: "undersigned-form", file: "element.js", className: "UndersignedForm" },
  { tag: "undersigned-signatories", file: "list.js", className: "UndersignedSignatories" },
  { tag: "undersigned-count", file: "count.js", className: "UndersignedCount" },
];
const TAG = /^@(\w+)(?: \{(.*)\})?(?: ([\w:()-]+))? - (.*)$|^@(\w+) - (.*)$/;

/** Returns the words above a class, and its tags: kind, type, name, words. */
async function readComment({ file, className }) {
  const source = await readFile(SRC + file, "utf8");
  const [, comment] = source.match(new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*export class ${className}\\b`));
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\*?\s*/, "").trim());
  const tags = lines.filter((line) => line.startsWith("@")).map((line) => {
    const [, kind, type, name = "", words] = line.match(TAG) ?? [];
    if (!kind) throw new Error(`${file}: cannot read "${line}"`);
    return { kind, type, name, description: words };
  });
  return { description: lines.filter((line) => line && !line.startsWith("@")).join(" "), tags };
}

/** Every name that the pattern finds in our sources, once and sorted. */
async function namesIn(pattern, extension) {
  const files = (await readdir(SRC, { recursive: true })).filter((name) => name.endsWith(extension));
  const texts = await Promise.all(files.map((name) => readFile(SRC + name, "utf8")));
  return [...new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => name)))].sort();
}

async function readElements() {
  const base = await readComment(BASE);
  const properties = (await readFile(SRC + BASE.file, "utf8")).match(/const NAMED = \[(.*)\]/)[1].match(/[\w-]+/g);
  return Promise.all(
    ELEMENTS.map(async (element) => {
      const own = await readComment(element);
      const of = (kind) => [...own.tags, ...base.tags].filter((tag) => tag.kind === kind);
      const attributes = of("attr");
      const isProperty = ({ name }) => name === "inline" || properties.includes(name);
      const [events, methods, slots] = ["fires", "method", "slot"].map(of);
      return { ...element, description: own.description, attributes, properties: attributes.filter(isProperty), events, methods, slots };
    }),
  );
}

function manifestOf(elements, parts, styles) {
  const module = "undersigned.js";
  const declarations = elements.map(({ tag, className, description, attributes, properties, events, methods, slots }) => ({
    kind: "class",
    customElement: true,
    name: className,
    tagName: tag,
    description,
    superclass: { name: "HTMLElement" },
    attributes: attributes.map(({ name, type, description }) => ({
      name,
      description,
      type: { text: type },
      ...(properties.some((one) => one.name === name) && { fieldName: name }),
    })),
    members: [
      ...properties.map(({ name, type, description }) => ({
        kind: "field",
        name,
        description,
        type: { text: type },
        attribute: name,
        reflects: true,
      })),
      ...methods.map(({ name, type, description }) => ({
        kind: "method",
        name: name.replace("()", ""),
        description,
        return: { type: { text: type } },
      })),
    ],
    events: events.map(({ name, type, description }) => ({ name, description, type: { text: `CustomEvent<${type}>` } })),
    slots: slots.map(({ description }) => ({ name: "", description })),
    cssParts: parts.map((name) => ({ name })),
    cssProperties: styles.map((name) => ({ name })),
  }));
  const exports = elements.map(({ tag, className }) => ({
    kind: "custom-element-definition",
    name: tag,
    declaration: { name: className, module },
  }));
  return { schemaVersion: "2.1.0", modules: [{ kind: "javascript-module", path: module, declarations, exports }] };
}

function typesOf(elements, version) {
  const lines = (list, write) => list.map((one) => `  /** ${one.description} */\n  ${write(one)}`).join("\n");
  const quoted = (name) => (/^\w+$/.test(name) ? name : `"${name}"`);
  const typeOf = (type) => (type === "boolean" ? 'boolean | ""' : type);
  const isRequired = ({ description }) => description.endsWith("must be given");
  const classOf = ({ className, description, attributes, properties, methods, events }) => `
export interface ${className}Events {
${lines(events, ({ name, type }) => `"${name}": CustomEvent<${type}>;`)}
}

/** ${description} */
export interface ${className} extends HTMLElement {
${lines(properties, ({ name, type }) => `${name}: ${type.startsWith('"') ? `${type} | ""` : type};`)}
${lines(methods, ({ name, type }) => `${name}: ${type};`)}
  addEventListener<K extends keyof ${className}Events>(
    type: K,
    listener: (this: ${className}, event: ${className}Events[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener<K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (this: ${className}, event: HTMLElementEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

export interface ${className}Attributes extends UndersignedCommon {
${lines(attributes, (one) => `${quoted(one.name)}${isRequired(one) ? "" : "?"}: ${typeOf(one.type)};`)}
${lines(events, ({ name }) => `"on${name}"?: (event: ${className}Events["${name}"]) => void;`)}
}
`;
  return `// Types of the elements of Undersigned ${version}; built from the source, like the script beside it.
//
// React 19 looks for elements in its own module, so add this to a file of yours:
//   import type { UndersignedElements } from "./undersigned";
//   declare module "react" { namespace JSX { interface IntrinsicElements extends UndersignedElements {} } }

/** What every element in JSX may have besides. */
export interface UndersignedCommon {
  children?: unknown;
  class?: string;
  className?: string;
  id?: string;
  key?: string | number;
  lang?: string;
  ref?: unknown;
  slot?: string;
  style?: unknown;
}
${elements.map(classOf).join("")}
export interface UndersignedElements {
${elements.map(({ tag, className }) => `  "${tag}": ${className}Attributes;`).join("\n")}
}

declare global {
  interface HTMLElementTagNameMap {
${elements.map(({ tag, className }) => `    "${tag}": ${className};`).join("\n")}
  }
  namespace JSX {
    interface IntrinsicElements extends UndersignedElements {}
  }
}
`;
}

/** Returns the text of each file that describes the elements, by its name. */
export async function describe(version) {
  const elements = await readElements();
  const parts = await namesIn(/\bpart: "([a-z-]+)"/g, ".js");
  const styles = await namesIn(/(--undersigned-[a-z-]+)/g, ".css");
  return {
    "custom-elements.json": `${JSON.stringify(manifestOf(elements, parts, styles), null, 2)}\n`,
    "undersigned.d.ts": typesOf(elements, version),
  };
}
