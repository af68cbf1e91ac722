// The styles of a part.

/** Returns a function that adds these styles to an element's root, once. */
export function styles(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return ({ adoptedStyleSheets }) => {
    if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
  };
}
