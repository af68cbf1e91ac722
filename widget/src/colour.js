// Colours as numbers: parsing of any CSS colour, blending, contrast.

const BLACK_IS_READ_ABOVE = 0.229; // on a background with a higher luminance, black text is easier to read than white
const LEAST_CONTRAST = 4.5; // WCAG AA
const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];

let pen;

/**
 * Returns a colour as the browser serialises it: `#rrggbb` unless it has an alpha or a newer syntax; an invalid colour
 * is transparent.
 */
export function written(colour) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.fillStyle = "#0000";
  pen.fillStyle = colour;
  return pen.fillStyle;
}

/**
 * Returns red, green and blue (0 to 255) and alpha. Newer syntaxes are drawn on a canvas and read back, which a few
 * browsers forbid.
 */
export function rgba(colour) {
  const said = written(colour);
  if (said[0] === "#") return [...said.match(/\w\w/g).map((pair) => +`0x${pair}`), 1];
  if (/^rgba/.test(said)) return said.match(/[\d.]+/g).map(Number);
  pen.clearRect(0, 0, 1, 1);
  pen.fillRect(0, 0, 1, 1);
  const [...parts] = pen.getImageData(0, 0, 1, 1).data;
  parts[3] /= 255;
  return parts;
}

/** Blends a colour over an opaque one, by its alpha or by the given share. */
export const over = (colour, ground, share = colour[3]) => ground.slice(0, 3).map((part, at) => colour[at] * share + part * (1 - share));

/** Returns the relative luminance of WCAG, plus 0.05 for the glare of screens. */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => (part > 10 ? ((part / 255 + 0.055) / 1.055) ** 2.4 : part / 3295));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
}

export const isLight = (colour) => luminance(colour) > BLACK_IS_READ_ABOVE;

/** Returns the colour, moved towards black or white until it has enough contrast with the background. */
export function readable(colour, ground, step = 0.1) {
  const end = isLight(ground) ? BLACK : WHITE;
  for (let share = 1; share > 0; share -= step) {
    const seen = over(colour, end, share).map(Math.round);
    const ratio = luminance(seen) / luminance(ground);
    if (ratio >= LEAST_CONTRAST || ratio <= 1 / LEAST_CONTRAST) return seen;
  }
  return end;
}
