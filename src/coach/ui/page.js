// Gradio words its own parts (the field for files, messages) in the browser's language; here it is the page's.
{
  const language = localStorage.getItem("coach-speaks") || document.currentScript.dataset.language;
  const spoken = language === "zh" ? "zh-CN" : language;
  Object.defineProperty(navigator, "language", { get: () => spoken });
  Object.defineProperty(navigator, "languages", { get: () => [spoken] });
}

// Gradio's form for the sign-in says nothing when there were too many tries.
{
  const ask = window.fetch;
  window.fetch = async (...given) => {
    const answer = await ask(...given);
    if (answer.status === 429 && answer.url.endsWith("/login")) alert((await answer.clone().json()).detail);
    return answer;
  };
}

// The page calls this once per block of own HTML. `element` is the block, `trigger` sends an event to Python, `watch` tells
// of a redraw. Nothing here builds HTML: texts come as attributes and leave as data.
window.coachBlock = (element, trigger, watch) => {
// One passage is unfolded at a time; a redraw folds it, so it is unfolded again after each.
let unfolded = "";

function keepUnfolded() {
  for (const passage of element.querySelectorAll(".passage")) passage.classList.toggle("open", passage.id === unfolded);
}

function unfold(name, wanted) {
  unfolded = name;
  keepUnfolded();
  const passage = name && document.getElementById(name);
  if (!passage) return;
  for (const mark of passage.querySelectorAll("mark")) {
    mark.classList.toggle("other", wanted !== undefined && mark.dataset.mark !== wanted);
  }
  show(passage, passage.querySelector("mark:not(.other)"));
}

function show(passage, mark) {
  const panel = passage.closest(".evidence");
  if (getComputedStyle(panel).position !== "sticky") {
    passage.scrollIntoView({ block: "start", behavior: "smooth" });
    return;
  }
  // Beside the answer only the panel moves. A passage longer than the panel shows its marked sentence.
  const from = (part) => part.getBoundingClientRect().top - panel.getBoundingClientRect().top + panel.scrollTop;
  const low = mark && from(mark) + mark.offsetHeight > from(passage) + panel.clientHeight;
  panel.scrollTo({ top: low ? from(mark) - panel.clientHeight / 3 : from(passage), behavior: "smooth" });
}

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
  const act = hit("[data-event]:not(form)");
  if (act) {
    trigger(act.dataset.event, { ...act.dataset });
    return;
  }
  const tab = hit("[data-tab]");
  if (tab) {
    document.querySelector(`[role="tab"][data-tab-id="${tab.dataset.tab}"]`)?.click();
    return;
  }
  const edit = hit("[data-edit]");
  if (edit) {
    const exchange = edit.closest(".exchange");
    const field = exchange.classList.toggle("editing") && exchange.querySelector(".edit textarea");
    if (field) field.focus();
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
    event.preventDefault();
    const name = link.getAttribute("href").slice(1);
    unfold(name === unfolded && link.classList.contains("head") ? "" : name, link.dataset.mark);
  }
});

// A form sends its fields with its own data; Enter in a field of more lines sends it too.
element.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-event]");
  if (!form) return;
  event.preventDefault();
  trigger(form.dataset.event, { ...form.dataset, ...Object.fromEntries(new FormData(form)) });
});

element.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("form textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
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

watch("value", keepUnfolded);

// A field that was asked for gets the keys, and the window remembers which conversation it shows.
watch("value", () => {
  const talks = element.querySelector(".talks");
  if (!talks) return;
  sessionStorage.setItem("coach-conversation", talks.dataset.current);
  requestAnimationFrame(() => talks.querySelector("[data-focus]")?.select());
});

// What is typed is told after a pause, so that the model can begin to read it. While letters are composed it waits.
if (element.classList.contains("talk-bar-box")) {
  let pause;
  const typed = (event) => {
    if (event.isComposing || !event.target.matches(".ask-box textarea")) return;
    clearTimeout(pause);
    const text = event.target.value.trim();
    if (text.length > 3) pause = setTimeout(() => trigger("input", { text }), 400);
  };
  document.addEventListener("input", typed);
  document.addEventListener("compositionend", typed);
}

// A screen reader must know which language it reads.
const speak = () => {
  const brand = element.querySelector(".brand");
  if (!brand) return;
  document.documentElement.lang = brand.lang;
  localStorage.setItem("coach-speaks", brand.lang);
};
speak();
watch("value", speak);
};
