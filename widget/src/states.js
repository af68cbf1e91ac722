// What stands around the form, and in its place: the statement's head, "check your email", closed, not loaded.
import { focusOn, make, makeButton, makeLink } from "./dom.js";

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

/** Stands in the form's place outside its days; null while one can sign. */
export function makeNotice({ statement }, say) {
  const { state, opens, closes } = statement;
  if (state === "open") return null;
  const [fact, moment, date] =
    state === "closed" ? ["form.closed", "form.closed-on", closes] : ["form.not-yet-open", "form.opens-on", opens];
  const words = date ? `${say(fact)} ${say(moment, { date })}` : say(fact);
  return make("p", { part: "notice", class: "notice" }, words);
}

/** Stands in the form's place on a page that the server takes nothing from: says so, and where one can sign. */
export const makeRefused = ({ page }, say) =>
  make("p", { part: "notice", class: "notice", role: "status" }, say("error.origin-refused"), " ", makeLink(page, say("form.elsewhere")));

/** "Check your email"; what can be done besides comes from the part "sent". */
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

/** A button that tries once more, in words that need no server. */
export const makeAgain = ({ lang, again }, retry) => makeButton(again, retry, { lang });

/** Beside the link inside the tag: says that the form did not load. */
export function makeUnreachable(words, retry) {
  const said = make("p", {}, words.unreachable);
  return make("div", { part: "unreachable", class: "unreachable", role: "status", lang: words.lang }, said, makeAgain(words, retry));
}

/** Leads to a panel that has taken the place of another. */
export const focusPanel = (panel) => focusOn(panel.querySelector("h3"));
