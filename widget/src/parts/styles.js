// The styles that a part brings with it.

/** Returns what adds these styles to an element's own, once. */
export function styles(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return ({ adoptedStyleSheets }) => {
    if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
  };
}
