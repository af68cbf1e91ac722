// The looks that a page wants: tokens as attributes or custom properties, and what follows from the ink around.

/** What a page may say, as an attribute of the element or as `--undersigned-` and its name. */
export const TOKENS = ["accent", "on-accent", "text", "background", "radius", "gap", "padding", "size"];

const DARK_BELOW = 128;
const HEX = /^#([\da-f]{3}){1,2}$/i;

/** How light a colour is to the eye, from 0 to 255; black for what cannot be read. */
function lightness(colour) {
  const digits = colour.length === 4 ? colour.replace(/\w/g, "$&$&") : colour;
  const parts = HEX.test(colour) ? digits.match(/\w\w/g).map((pair) => `0x${pair}`) : (colour.match(/[\d.]+/g) ?? []);
  const [red = 0, green = 0, blue = 0] = parts;
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** Returns the tokens that an element was given; ink for the accent is chosen where only the accent was. */
export function tokensOf(element) {
  const style = getComputedStyle(element);
  const said = {};
  for (const name of TOKENS) {
    const value = element.getAttribute(name) ?? style.getPropertyValue(`--undersigned-${name}`).trim();
    if (value) said[name] = value;
  }
  if (HEX.test(said.accent)) said["on-accent"] ??= lightness(said.accent) > DARK_BELOW ? "#000" : "#fff";
  return said;
}

/** Returns "light" or "dark": what was asked for, else what suits the ink that the page around would write in. */
export function themeOf(element) {
  const theme = element.getAttribute("theme");
  if (/^(light|dark)$/.test(theme)) return theme;
  return lightness(getComputedStyle(element).color) > DARK_BELOW ? "dark" : "light";
}

/** Puts an element's tokens onto it, where the page's own styles do not say the same; its policy has no say in that. */
export function wear(element) {
  const style = getComputedStyle(element);
  for (const [name, value] of Object.entries(tokensOf(element))) {
    const property = `--undersigned-${name}`;
    if (style.getPropertyValue(property).trim() !== value) element.style.setProperty(property, value);
  }
}
