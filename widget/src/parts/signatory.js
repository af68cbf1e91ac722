// A line of the list, in the list itself and in the preview before confirming.
import { make } from "../dom.js";

/** A signatory: a line, with details below it; signers without a visible name have everything on one line. */
export function makeSignatory(one, say) {
  const { title, affiliation, city, country, withdrawn } = one;
  const name = make(withdrawn ? "s" : "bdi", { part: "name", class: "name", dir: "auto" }, one.shown);
  const link = /^https?:/.test(one.website) && { href: one.website, part: "link", rel: "nofollow ugc noopener", target: "_blank" };
  const post = title && affiliation ? say("list.post", { title, affiliation }) : title || affiliation;
  const place = city && country ? say("list.place", { city, country }) : city || country;
  const lines = { withdrawn, version: one.signed_version_text, ...(one.visibility !== "country" && { post, place, comment: one.comment }) };
  const below = Object.entries(lines).map(([part, words]) => words && make("span", { part }, make("bdi", {}, words)));
  return make("li", { part: "signatory" }, link ? make("a", link, name) : name, ...below);
}
