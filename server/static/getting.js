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
