// Addresses of the server, with what a page says in their queries.

/** Adds facts to the query of an address; empty ones are left out. */
export function addTo(url, facts) {
  for (const [name, value] of Object.entries(facts)) if (value) url.searchParams.set(name, value);
  return url;
}

/** Returns the address of a statement under one of the server's paths. */
export const addressOf = (server, path, statement, facts) =>
  addTo(new URL(path + encodeURIComponent(statement), server.replace(/\/*$/, "/")), facts);
