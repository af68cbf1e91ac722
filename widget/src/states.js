// What stands around the form, and in its place: the statement's head, "check your email", closed, not loaded.
import { focusOn, make, makeButton, makeLink } from "./dom.js";
import { makeSignatory } from "./signatory.js";

/** Keeps an address from turning the sentence around it, whatever way either is written. */
const isolate = (words) => `\u2068${words}\u2069`;

/** How many have signed, of how many, and how many days are left. */
export function makeCount({ counts, statement }, say) {
  const words = make("p", { part: "count", class: "count" }, make("strong", {}, counts.text));
  const days = counts.days_left_text && make("p", { part: "days-left", class: "hint" }, counts.days_left_text);
  if (!statement.goal || counts.confirmed == null) return [words, days];
  if (counts.goal_text) words.append(` ${counts.goal_text}`);
  const progress = make("progress", {
    part: "progress",
    max: statement.goal,
    value: Math.min(counts.confirmed, statement.goal),
    "aria-label": say("form.progress"),
  });
  return [words, progress, days];
}

/** Title, place, date and count; the text itself is a link away. */
export function makeHead(data, say) {
  const { statement } = data;
  const { locale: lang, dir } = statement;
  const dateline = [statement.place, statement.date].filter(Boolean).join(", ");
  return make(
    "header",
    { part: "header" },
    dateline && make("p", { part: "dateline", class: "dateline", lang, dir }, dateline),
    make("h2", { part: "title", lang, dir }, statement.title),
    statement.eligibility && make("p", { part: "eligibility", class: "eligibility", lang, dir }, statement.eligibility),
    make("p", { class: "read" }, makeLink(statement.page, say("form.read"))),
    ...makeCount(data, say),
  );
}

/** Stands in the form's place outside its days; null while one can sign. */
export function makeNotice({ statement }, say) {
  const { state, opens, closes } = statement;
  if (state === "open") return null;
  const [fact, moment, date] =
    state === "closed" ? ["form.closed", "form.closed-on", closes] : ["form.not-yet-open", "form.opens-on", opens];
  const words = date ? `${say(fact)} ${say(moment, { date })}` : say(fact);
  return make("p", { part: "notice", class: "notice" }, words);
}

/** "Check your email", or sign by its code: `correct` is called by whoever mistyped the address. */
export function makeSent({ line, email, form }, say, correct) {
  return make(
    "div",
    { part: "sent", class: "sent" },
    make("h3", {}, say("sent.title")),
    make("p", {}, say("sent.to", { email: isolate(email) })),
    make("p", {}, make("strong", {}, say("sent.not-yet"))),
    make("p", { class: "hint" }, say("sent.nothing")),
    makeButton(say("sent.correct"), correct),
    make("h3", {}, say("code.title")),
    make("p", { part: "label" }, say("code.line")),
    line && make("ul", { part: "line", class: "signatories", role: "list" }, makeSignatory(line, say)),
    form.node,
  );
}

/** What became of the signature, and ways to pass the statement on: plain links, and the device's own. */
export function makeDone({ title, text, share }) {
  const panel = make("div", { part: "done", class: "sent" }, make("h3", {}, title), make("p", {}, text));
  if (!share) return panel;
  const links = share.links.map(({ href, name }) => make("li", {}, makeLink(href, name)));
  panel.append(make("h3", {}, share.heading), make("ul", { part: "share", class: "share", role: "list" }, ...links));
  if (navigator.share) {
    const { title, text, url } = share;
    panel.append(makeButton(share.device, () => navigator.share({ title, text, url }).catch(() => {})));
  }
  return panel;
}

/** What must be said before the server has answered, in the language that comes nearest. */
export function wordsWithoutServer(locale) {
  const language = locale.toLowerCase().split("-")[0];
  const lang = language in WORDS_WITHOUT_SERVER ? language : "en";
  const [unreachable, again, loading, frame] = WORDS_WITHOUT_SERVER[lang].split("|");
  return { lang, unreachable, again, loading, frame };
}

/** Says to screen readers that the form will be here. */
export const loadingSaid = ({ lang, loading }) => ({ role: "status", "aria-label": loading, lang });

/** A button that tries once more, in words that need no server. */
export const makeAgain = ({ lang, again }, retry) => makeButton(again, retry, { lang });

/** Beside the link inside the tag: says that the form did not load. */
export function makeUnreachable(words, retry) {
  const said = make("p", {}, words.unreachable);
  return make("div", { part: "unreachable", class: "unreachable", role: "status", lang: words.lang }, said, makeAgain(words, retry));
}

/** Leads to a panel that has taken the place of another. */
export const focusPanel = (panel) => focusOn(panel.querySelector("h3"));
