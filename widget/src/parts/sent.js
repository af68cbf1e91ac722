// The steps after sending: correct the address, confirm with the email's code, share the statement.
import { make, makeButton, makeLink } from "../dom.js";
import signatoryCss from "./signatory.css";
import sentCss from "./sent.css";
import { makeSignatory } from "./signatory.js";
import { styles } from "./styles.js";

const addStyles = styles(sentCss + signatoryCss);

/** Completes the "check your email" panel: `correct` returns to the form, `form` takes the code. */
export function completeSent(root, panel, { line, form, correct }, say) {
  addStyles(root);
  panel.append(
    makeButton(say("sent.correct"), correct),
    make("h3", {}, say("code.title")),
    make("p", { part: "label" }, say("code.line")),
    ...(line ? [make("ul", { part: "line", class: "signatories", role: "list" }, makeSignatory(line, say))] : []),
    form.node,
  );
}

/** A text to copy, selected on focus; for services without a share link, such as Signal. */
function makeMessage({ message, hint, text, url }) {
  const area = make("textarea", { id: "share-message", readonly: true, rows: 3, dir: "auto", part: "input", "aria-describedby": "share-hint" });
  area.value = `${text}\n${url}`;
  area.addEventListener("focus", () => area.select());
  const label = make("label", { for: area.id, part: "label" }, message);
  return make("div", {}, label, area, make("p", { id: "share-hint", part: "hint", class: "hint" }, hint));
}

/** The outcome, and ways to share the statement: links, the device's share menu, a text to copy. */
export function makeDone({ title, text, share }) {
  const panel = make("div", { part: "done", class: "sent" }, make("h3", {}, title), make("p", {}, text));
  if (!share) return panel;
  const links = share.links.map(({ href, name }) => make("li", {}, makeLink(href, name)));
  panel.append(make("h3", {}, share.heading), make("ul", { part: "share", class: "share", role: "list" }, ...links));
  if (navigator.canShare?.(share)) {
    const { title, text, url } = share;
    panel.append(makeButton(share.device, () => navigator.share({ title, text, url }).catch(() => {})));
  }
  if (share.message) panel.append(makeMessage(share));
  return panel;
}
