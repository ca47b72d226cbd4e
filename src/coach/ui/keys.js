// Runs once for the page: keys, the drawer, the dialog that lists the keys. Builds no HTML.
() => {
  if (window.coachKeys) return;
  window.coachKeys = true;
  const find = (selector) => Array.from(document.querySelectorAll(selector)).find((part) => part.checkVisibility());
  const press = (selector) => {
    const part = find(selector);
    if (part) part.click();
    return Boolean(part);
  };
  const last = (selector) => {
    const parts = Array.from(document.querySelectorAll(selector)).filter((part) => part.checkVisibility());
    parts.at(-1)?.click();
  };
  const drawer = (open) => {
    document.querySelector(".chat")?.classList.toggle("drawer", open);
    for (const button of document.querySelectorAll("[data-drawer]")) button.setAttribute("aria-expanded", String(open));
    if (open) find(".talks-side button")?.focus();
  };
  const keys = () => document.getElementById("keys");

  const withAlt = {
    KeyN: () => press(".new-talk") || press("[data-event=clear]"),
    KeyR: () => last("[data-again][data-ask]"),
    KeyE: () => last(".action[data-edit]"),
    KeyC: () => last("[data-copy]"),
    KeyS: () => press(".stop-button"),
    KeyL: () => {
      if (!find(".find-talk input, .find-talk textarea")) drawer(true);
      find(".find-talk input, .find-talk textarea")?.focus();
    },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");
    if (event.key === "Escape") {
      drawer(false);
      for (const menu of document.querySelectorAll(".more[open]")) menu.removeAttribute("open");
      for (const exchange of document.querySelectorAll(".editing")) exchange.classList.remove("editing");
    }
    if (event.isComposing || event.ctrlKey || event.metaKey) return;
    const tab = event.altKey && /^Digit([1-9])$/.exec(event.code);
    if (tab) {
      event.preventDefault();
      document.querySelectorAll('.tabs-box [role="tab"]')[tab[1] - 1]?.click();
    } else if (event.altKey && withAlt[event.code]) {
      event.preventDefault();
      withAlt[event.code]();
    } else if (!typing && !event.altKey && event.key === "?") {
      keys().showModal();
    } else if (!typing && !event.altKey && event.key === "/") {
      event.preventDefault();
      find(".ask-box textarea, .answer-box textarea")?.focus();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer]")) return drawer(!find(".chat.drawer"));
    if (event.target.closest("[data-keys]")) return keys().showModal();
    if (event.target.closest("[data-close]") || event.target === keys()) return keys().close();
    const inside = event.target.closest(".talks-side");
    if (!inside || event.target.closest(".talk-open, .new-talk")) drawer(false);
    for (const menu of document.querySelectorAll(".more[open]")) {
      if (!menu.contains(event.target) || event.target.closest(".menu")) menu.removeAttribute("open");
    }
  });
}
