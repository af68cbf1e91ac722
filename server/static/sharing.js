// Offers the device's own way to share; without this script, or on a device that has none, there is no such button.
const button = document.querySelector("button[data-url]");
if (navigator.share) {
  const { title, text, url } = button.dataset;
  button.hidden = false;
  // Whoever closes the device's list of apps again is told nothing.
  button.addEventListener("click", () => navigator.share({ title, text, url }).catch(() => {}));
}
