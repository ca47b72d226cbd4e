// Runs once per block of own HTML. `element` is the block, `trigger` sends an event to Python.
// Nothing here builds HTML: texts come as attributes and leave as data.
element.addEventListener("click", (event) => {
  const hit = (selector) => event.target.closest(selector);
  const ask = hit("[data-ask]");
  if (ask) {
    trigger("submit", { question: ask.dataset.ask, again: "again" in ask.dataset });
    return;
  }
  const article = hit("[data-open]");
  if (article) {
    trigger("select", { article: article.dataset.open });
    return;
  }
  const act = hit("[data-event]");
  if (act) {
    trigger(act.dataset.event, { ...act.dataset });
    return;
  }
  const copy = hit("[data-copy]");
  if (copy) {
    const label = copy.textContent;
    navigator.clipboard.writeText(copy.dataset.copy).then(() => {
      copy.textContent = copy.dataset.done;
      setTimeout(() => (copy.textContent = label), 1500);
    });
    return;
  }
  const link = hit('a[href^="#"]');
  if (link) {
    // The passage becomes the page's target, which unfolds it; the reader's place in the answer stays.
    event.preventDefault();
    const name = link.getAttribute("href");
    const open = location.hash === name && link.classList.contains("head");
    const [left, top] = [window.scrollX, window.scrollY];
    location.replace(location.pathname + location.search + (open ? "#-" : name));
    window.scrollTo({ left, top, behavior: "instant" });
    const passage = document.getElementById(name.slice(1));
    const wanted = link.dataset.mark;
    for (const mark of passage?.querySelectorAll("mark") ?? []) {
      mark.classList.toggle("other", wanted !== undefined && mark.dataset.mark !== wanted);
    }
    passage?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
});

// A new question comes to the top of the window, a chosen article into view; after that only the reader scrolls.
let newest = "";
watch("value", () => {
  const shown = element.querySelector(element.classList.contains("live") ? ".exchange" : ".preview");
  const name = shown ? shown.id : "";
  if (name && name !== newest) {
    const block = name.startsWith("article-") && window.innerWidth > 960 ? "nearest" : "start";
    requestAnimationFrame(() => shown.scrollIntoView({ block, behavior: "smooth" }));
  }
  newest = name;
});
