// Shows the button for the device's own share menu; it stays hidden without this script or without such a menu.
const button = document.querySelector("button[data-url]");
if (navigator.share) {
  const { title, text, url } = button.dataset;
  button.hidden = false;
  // Ignore it when the visitor closes the share menu.
  button.addEventListener("click", () => navigator.share({ title, text, url }).catch(() => {}));
}
