// Turns the sections of a page into tabs; without this script they are shown one below the other.
for (const box of document.querySelectorAll("[data-tabs]")) {
  const panels = [...box.children];
  const list = document.createElement("div");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", box.dataset.tabs);
  const tabs = panels.map((panel) => {
    const tab = document.createElement("button");
    Object.assign(tab, { type: "button", id: `${panel.id}-tab`, textContent: panel.querySelector("h3").textContent });
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel.id);
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    panel.querySelector("h3").hidden = true; // the tab has the same text
    list.append(tab);
    return tab;
  });

  const choose = (chosen) => {
    for (const [i, tab] of tabs.entries()) {
      tab.setAttribute("aria-selected", i === chosen);
      tab.tabIndex = i === chosen ? 0 : -1;
      panels[i].hidden = i !== chosen;
    }
  };

  list.addEventListener("click", ({ target }) => tabs.includes(target) && choose(tabs.indexOf(target)));
  list.addEventListener("keydown", (event) => {
    const forward = document.dir === "rtl" ? -1 : 1;
    const now = tabs.indexOf(document.activeElement);
    const next = { ArrowRight: now + forward, ArrowLeft: now - forward, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const chosen = (next + tabs.length) % tabs.length;
    choose(chosen);
    tabs[chosen].focus();
  });
  // A fragment such as "#wordpress" selects its tab.
  choose(Math.max(0, panels.findIndex((panel) => `#${panel.id}` === location.hash)));
  box.prepend(list);
}
