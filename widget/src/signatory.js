// One line of the list, as it stands there and as it will once it is confirmed.
import { make } from "./dom.js";

/** One signatory as people publish them: an organisation is a line, a person a name over title and affiliation. */
export function makeSignatory(one, say) {
  const shown = one.kind === "organisation" ? one.organisation : one.name;
  const name = make("bdi", { part: "name", class: "name" }, shown);
  const link = /^https?:/.test(one.website) && { href: one.website, part: "link", rel: "nofollow ugc noopener", target: "_blank" };
  const { title, affiliation } = one;
  const post = title && affiliation ? say("list.post", { title, affiliation }) : title || affiliation;
  const place = [one.city, one.country].filter(Boolean).join(", ");
  const lines = { post: one.kind !== "organisation" && post, place, comment: one.comment };
  const below = Object.entries(lines).map(([part, words]) => words && make("span", { part }, make("bdi", {}, words)));
  return make("li", { part: "signatory" }, link ? make("a", link, name) : name, ...below);
}
