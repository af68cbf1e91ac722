// Builds nodes without parsing HTML strings, so that it works with Trusted Types.

/** Returns an element; attributes and children that are null, undefined or false are left out. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null && child !== false));
  return node;
}

/** Returns a secondary button. */
export function makeButton(words, act, attributes) {
  const button = make("button", { type: "button", part: "secondary-button", class: "secondary", ...attributes }, words);
  button.addEventListener("click", act);
  return button;
}

/** Returns a link that opens in a new window, so that the partner's page stays open. */
export const makeLink = (href, words) => make("a", { href, part: "link", target: "_blank", rel: "noopener" }, words);

/** Moves the focus to a heading, so that screen readers announce the change. */
export function focusOn(heading) {
  heading.tabIndex = -1;
  heading.focus();
}
