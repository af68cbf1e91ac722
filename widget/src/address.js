// Addresses of the server, with what a page says in their queries.

/** Where this script came from: a cache plugin may have copied it. Known only while it runs for the first time. */
export const SCRIPT = document.currentScript?.src ?? "";

/** Adds facts to the query of an address; empty ones are left out. */
export function addTo(url, facts) {
  for (const [name, value] of Object.entries(facts)) if (value) url.searchParams.set(name, value);
  return url;
}

/** Returns the address of a path of the server, which may itself be in a folder of its host. */
export const under = (server, path) => new URL(path, server.replace(/\/*$/, "/"));

/** Returns the address of a statement under one of the server's paths. */
export const addressOf = (server, path, statement, facts) => addTo(under(server, path + encodeURIComponent(statement)), facts);
