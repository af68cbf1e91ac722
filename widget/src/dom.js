// Builds nodes without ever parsing a string as HTML, so that it works where Trusted Types are required.

/** Returns an element; attributes that are null, undefined or false are left out, and so are such children. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

/** Returns a button beside the one that sends the form. */
export function makeButton(words, act, attributes) {
  const button = make("button", { type: "button", part: "secondary-button", class: "secondary", ...attributes }, words);
  button.addEventListener("click", act);
  return button;
}

/** Returns a link that leaves the partner's page open. */
export const makeLink = (href, words) => make("a", { href, part: "link", target: "_blank", rel: "noopener" }, words);

/** Moves the focus to a heading, so that a screen reader reads what has changed. */
export function focusOn(heading) {
  heading.tabIndex = -1;
  heading.focus();
}
