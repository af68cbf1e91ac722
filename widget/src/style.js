// Gives every element one shared style sheet; constructed sheets need no permission from a page's policy.
import css from "./style.css";

let sheet;

export function makeSheet() {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}
