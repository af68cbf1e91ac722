// The frame's page on websites without our script: WordPress's height messages, links where no window may open, and a
// way on where the form is longer than its box.
(() => {
  const { text, page, blocked, copy, copied, selected, more } = document.currentScript.dataset;
  const WORDPRESS_HIGHEST_PX = 1000;
  const ROUNDING_PX = 8;
  const SECRET = /^[a-zA-Z0-9]+$/;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .way-on {
      position: fixed; inset-block-end: .5rem; inset-inline: 0; z-index: 1;
      inline-size: max-content; max-inline-size: calc(100% - 2rem); min-block-size: 2.75rem; margin-inline: auto; padding: .5rem 1.25rem;
      border: 1px solid var(--on-accent); border-radius: 2rem; background: var(--accent); color: var(--on-accent); font: inherit; cursor: pointer;
    }
    .way-on::after { content: " \\2193" / ""; }
    .instead { margin-block: .75rem; padding: 1rem; border: 1px solid color-mix(in srgb, currentColor 35%, transparent); border-radius: .375rem; }
    .instead > * + * { margin-block-start: .75rem; }
    .instead .letter > * + * { margin-block-start: .75em; }
    .instead blockquote { margin-inline: 1rem 0; }
    .instead :is(ul, ol) { padding-inline-start: 1.5em; }
    .instead label { display: block; font-size: .875em; font-weight: 400; }
    .instead textarea { display: block; inline-size: 100%; font: inherit; }
  `);
  document.adoptedStyleSheets.push(sheet);

  const make = (tag, properties, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  // How high the form is. WordPress gives its frames a secret and takes heights from 200 to 1,000 px.
  let secret = new URLSearchParams(location.hash.replace(/^#\??/, "")).get("secret");
  let isSizedByElement = false;

  function tellHeight() {
    if (parent === window || !SECRET.test(secret ?? "")) return;
    parent.postMessage({ message: "height", value: Math.ceil(document.body.getBoundingClientRect().height), secret }, "*");
  }

  // The button that says that there is more below, and leads there.
  const wayOn = make("button", { type: "button", className: "way-on", textContent: more, hidden: true });
  wayOn.addEventListener("click", () => scrollBy({ top: innerHeight * 0.8, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" }));
  document.querySelector("[role=main]").append(wayOn);

  function offerWayOn() {
    const { scrollHeight } = document.documentElement;
    const willGrow = isSizedByElement || (secret && scrollHeight <= WORDPRESS_HIGHEST_PX);
    wayOn.hidden = willGrow || scrollHeight - scrollY - innerHeight < ROUNDING_PX;
    // What has the focus is scrolled to a place above the button.
    document.documentElement.style.scrollPaddingBlockEnd = willGrow ? "" : "4rem";
  }

  for (const type of ["scroll", "resize"]) addEventListener(type, offerWayOn);
  // WordPress clips the frame away until it has told a height, and browsers call no ResizeObserver where nothing is seen.
  for (const type of ["load", "undersigned:ready", "undersigned:failed"]) addEventListener(type, tellHeight);
  new ResizeObserver(() => {
    tellHeight();
    offerWayOn();
  }).observe(document.body);
  addEventListener("message", ({ source, data }) => {
    if (source !== parent || !data) return;
    if (data.type === "undersigned:welcome") isSizedByElement = true;
    if (data.message === "ready" && SECRET.test(data.secret ?? "")) secret = data.secret;
    tellHeight();
    offerWayOn();
  });

  // Links. Whether a sandbox lets a window open is known only when one is opened.
  addEventListener("click", (event) => {
    const link = event.composedPath().find(({ localName }) => localName === "a");
    if (isSizedByElement || link?.target !== "_blank" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.protocol === "mailto:") {
      if (origin === "null") offerInstead(link, new URLSearchParams(link.search).get("body") ?? link.pathname);
      return;
    }
    event.preventDefault();
    const opened = open(link.href, "_blank");
    if (opened) opened.opener = null;
    else offerInstead(link, link.href);
  });

  const offered = new WeakMap();

  /** Shows below a link what it leads to: the statement's text, and the address to copy; a second press hides that. */
  async function offerInstead(link, words) {
    if (offered.get(link)?.isConnected) return offered.get(link).remove();
    const panel = make("div", { className: "instead", tabIndex: -1 }, ...makeCopy(words));
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", link.textContent);
    offered.set(link, panel);
    const root = link.getRootNode();
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    const item = link.closest("li");
    if (item) item.append(panel);
    else (link.closest("p") ?? link).after(panel);
    if (link.href === page && !link.closest("[role=alert]")) panel.prepend(...(await fetchText()));
    panel.focus();
  }

  function makeCopy(words) {
    const field = make("textarea", { readOnly: true, rows: 2, value: words, dir: "auto" });
    const answer = make("output", {});
    const button = make("button", { type: "button", className: "secondary", textContent: copy });
    button.addEventListener("click", async () => {
      field.select();
      const isCopied = await navigator.clipboard.writeText(words).then(
        () => true,
        () => document.execCommand("copy"), // the clipboard's newer way is closed to frames of another origin
      );
      answer.textContent = isCopied ? copied : selected;
    });
    return [make("label", {}, blocked, field), make("p", {}, button, " ", answer)];
  }

  /** Returns the statement's text as the server's page has it, or nothing where that cannot be had. */
  function fetchText() {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest(); // it parses a page without running what stands in it
      request.open("GET", text);
      request.responseType = "document";
      request.onloadend = () => {
        const letter = request.status === 200 && request.response?.querySelector(".letter");
        if (!letter) return resolve([]);
        const article = document.importNode(letter, true);
        for (const link of article.querySelectorAll("a[href]")) Object.assign(link, { target: "_blank", rel: "noopener" });
        resolve([article]);
      };
      request.send();
    });
  }
})();
