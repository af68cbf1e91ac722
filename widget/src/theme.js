// The looks of an element: the page's attributes and custom properties, and the colours around the element.
import { isLight, over, readable, rgba, written } from "./colour.js";

const THEME = /^(light|dark)$/;
const COLOUR = /^#[\da-f]{6}$|^transparent$/;
const LENGTH = /^\d{1,2}(\.\d{1,3})?(px|rem|em)$/;
const FIRST_LENGTH = 6;
/** The style tokens that a page may set, as an attribute or as a custom property `--undersigned-<name>`. */
export const TOKENS = ["theme", "accent", "on-accent", "text", "background", "ground", "radius", "gap", "padding", "size"];
/** The valid syntax of each token; other values never get into a frame, whether by URL or by message. */
const SHAPES = new Map(TOKENS.map((name, at) => [name, at ? (at < FIRST_LENGTH ? COLOUR : LENGTH) : THEME]));

/** Says whether a message contains looks: a theme, and only known tokens with valid values. */
export const areLooks = (said) =>
  said?.theme && Object.entries(said).every(([name, value]) => typeof value === "string" && SHAPES.get(name)?.test(value));

/** Returns the parent of a node, across shadow roots and slots. */
export const aroundOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;

/** Returns the opaque colour behind a node; `base` is the colour behind the page, also used instead of images. */
function groundOf(node, base) {
  const { backgroundColor, backgroundImage } = node ? getComputedStyle(node) : {};
  if (backgroundImage !== "none") return base;
  const colour = rgba(backgroundColor);
  return over(colour, colour[3] === 1 ? base : groundOf(aroundOf(node), base));
}

/**
 * Writes the text colours of an element into its sheet, each with enough contrast to its background.  Returns the looks
 * for the frame: `{theme, ground, ...}`.
 */
export function wear(element, sheet) {
  const style = getComputedStyle(element);
  const say = (name) => style.getPropertyValue(`--undersigned-${name}`).trim();
  const ground = groundOf(element, rgba(say("ground") || (isLight(rgba(style.color)) ? "#121212" : "#fff")));
  const looks = {};
  for (const [name, shape] of SHAPES) {
    const value = say(name);
    const colour = rgba(value);
    const seen = shape === COLOUR && colour[3] ? written(`rgb(${over(colour, ground)})`) : value;
    if (shape.test(seen)) looks[name] = seen;
  }
  looks.ground = written(`rgb(${ground})`);
  if (!looks.theme) {
    looks.theme = isLight(ground) ? "light" : "dark";
    looks.background ??= "transparent";
  }
  const paper = over(rgba(element.localName === "undersigned-form" && looks.background), ground);
  const ink = readable(over(rgba(style.color), paper), paper);
  const accent = rgba(looks.accent ?? (looks.theme === "dark" ? "#9cc3e6" : "#1d4f7c"));
  const colours = {
    ink,
    quiet: readable(over(ink, paper, 0.74), paper),
    link: readable(accent, paper),
    wrong: readable(rgba(say("error") || "#b3261e"), paper),
    accent,
    "on-accent": readable(rgba(looks["on-accent"] ?? "#fff"), accent, 1),
  };
  const lines = Object.entries(colours).map(([name, colour]) => `--${name}:rgb(${colour});`);
  sheet.replaceSync(`:host{${lines.join("")}}:host>:not(slot){color-scheme:${looks.theme}}`);
  return looks;
}
