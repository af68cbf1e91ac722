// What is shown around the form and instead of it: the header, "check your email", closed, not loaded.
import { focusOn, make, makeButton, makeLink } from "./dom.js";

/** A bidi isolate, so that an address does not reorder the sentence around it. */
const isolate = (words) => `\u2068${words}\u2069`;

/** How many have signed, the goal, and how many days are left. */
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

/** Title, place, date and count; the text itself is behind a link. */
export function makeHead(data, say) {
  const { statement } = data;
  const { dateline, locale: lang, dir } = statement;
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

/** Replaces the form while signing is not possible; null if it is. */
export function makeNotice({ statement }, say) {
  const { state, opens, closes } = statement;
  if (state === "open") return null;
  const [fact, moment, date] =
    state === "closed" ? ["form.closed", "form.closed-on", closes] : ["form.not-yet-open", "form.opens-on", opens];
  const words = date ? `${say(fact)} ${say(moment, { date })}` : say(fact);
  return make("p", { part: "notice", class: "notice" }, words);
}

/** Replaces the form on a page that may not send signatures: says so, with a link to the hosted page. */
export const makeRefused = ({ page }, say) =>
  make("p", { part: "notice", class: "notice", role: "status" }, say("error.origin-refused"), " ", makeLink(page, say("form.elsewhere")));

/** The "check your email" panel; further actions come from the part "sent". */
export function makeSent(email, say) {
  return make(
    "div",
    { part: "sent", class: "sent" },
    make("h3", {}, say("sent.title")),
    make("p", {}, say("sent.to", { email: isolate(email) })),
    make("p", {}, make("strong", {}, say("sent.not-yet"))),
    make("p", { class: "hint" }, say("sent.nothing")),
  );
}

/** A retry button with built-in words, for when the server does not answer. */
export const makeAgain = ({ lang, again }, retry) => makeButton(again, retry, { lang });

/** Shown beside the link inside the tag: says that the form did not load. */
export function makeUnreachable(words, retry) {
  const said = make("p", {}, words.unreachable);
  return make("div", { part: "unreachable", class: "unreachable", role: "status", lang: words.lang }, said, makeAgain(words, retry));
}

/** Moves the focus to a panel that has replaced another. */
export const focusPanel = (panel) => focusOn(panel.querySelector("h3"));
