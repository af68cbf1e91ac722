// Measures the form at a few widths, and writes its heights into the snippets: so much room is kept while it loads.
const WIDTHS = [0, 320, 350, 420, 500, 640]; // that of the first is the least of all
const LEAST_PX = 280;
const preview = document.querySelector("undersigned-form");
const heights = new Map();

function writeHeights() {
  const known = WIDTHS.filter((width) => heights.get(width) !== heights.get(WIDTHS[WIDTHS.indexOf(width) - 1]));
  const pairs = known.map((width) => `${width}:${heights.get(width)}`).join(" ");
  const least = Math.min(...heights.values());
  for (const snippet of document.querySelectorAll(".snippet textarea")) {
    snippet.value = snippet.value
      .replace(/( height=")\d+:[\d: ]*/, `$1${pairs}`)
      .replace(/(<svg [^>]* height=")\d+/, `$1${least}`);
  }
}

function measure(width) {
  const form = preview.cloneNode(true);
  const box = document.createElement("div");
  box.inert = true;
  Object.assign(box.style, { position: "fixed", top: 0, left: 0, zIndex: -1, opacity: 0, width: `${width || LEAST_PX}px` });
  const size = new ResizeObserver(() => {
    if (form.offsetHeight) heights.set(width, form.offsetHeight);
    if (heights.size === WIDTHS.length) writeHeights();
  });
  // A statement that nobody can sign yet, or any more, has no form to measure.
  form.addEventListener("undersigned:ready", (event) => {
    event.stopPropagation();
    if (event.detail.state === "open") size.observe(form);
    else box.remove();
  });
  box.attachShadow({ mode: "closed" }).append(form); // none of the page's elements, for its readers and its styles
  document.body.append(box);
}

// Six forms are loaded for it: not before somebody has come to the snippets. Other pages have things to copy, and no form.
const reached = new IntersectionObserver((entries) => {
  if (!entries.some((entry) => entry.isIntersecting)) return;
  reached.disconnect();
  for (const width of WIDTHS) measure(width);
});
if (preview) for (const snippet of document.querySelectorAll(".snippet")) reached.observe(snippet);

// Lets the buttons beside the snippets copy them; without this script there are no such buttons.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const snippet = document.getElementById(button.dataset.copies);
  const answer = button.nextElementSibling;
  button.hidden = false;
  button.addEventListener("click", async () => {
    snippet.select();
    try {
      await navigator.clipboard.writeText(snippet.value);
      answer.textContent = answer.dataset.copied;
    } catch {
      answer.textContent = answer.dataset.selected; // the browser keeps its clipboard to itself
    }
  });
}
