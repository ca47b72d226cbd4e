
// The interview tab's clock, keys, draft, reading aloud and dictation. Runs once, in the bar of the tab, which carries
// where the interview stands in its attributes. Nothing here leaves the machine: only voices and recognisers that are
// installed on it are used, and where there is none, the button is not shown.
(() => {
const BEAT = 30_000, SLEPT = 180_000, SOON = 300;
const ACTIONS = { KeyH: "hint", KeyU: "unknown", KeyS: "skip", KeyR: "repeat" };
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
const room = () => element.closest(".interview-tab") || document.querySelector(".interview-tab");
const part = (selector) => room() && room().querySelector(selector);
const bar = () => element.querySelector(".iv-bar");
const answerBox = () => part(".answer-box textarea");
const inFront = () => Boolean(room() && room().offsetParent);
const foldings = new Map();
let stand = "", focused = "", base = 0, since = Date.now(), beat = Date.now(), lastLook = Date.now(), saving = 0;

const announcer = document.createElement("div");
announcer.className = "sr-only";
announcer.setAttribute("aria-live", "polite");
document.body.append(announcer);

function sync() {
  const now = bar();
  if (!now) return;
  const { phase, session = "", turns = "", seconds = "0" } = now.dataset;
  sessionStorage.setItem("coach-interview", session);
  [base, since] = [Number(seconds), Date.now()];
  const before = stand;
  stand = `${phase} ${session} ${turns}`;
  showAloud();
  if (stand === before) return;
  if (phase === "talk") {
    const says = now.querySelector(".says").textContent;
    announcer.textContent = says;
    speak(says, now.dataset.language);
    offerDictation(now.dataset.language);
    setTimeout(toNewest, 120);
  } else {
    hush();
    if (phase === "done" && before.startsWith("talk")) setTimeout(toReport, 200);
  }
}

// What was unfolded or folded stays so when the talk is drawn again, and the keys stay where they were.
function reopen() {
  for (const [name, open] of foldings) document.getElementById(name)?.toggleAttribute("open", open);
  if (document.activeElement !== document.body || !focused) return;
  const again = document.getElementById(focused) || document.getElementById(focused.replace("-improve", "-better"));
  again?.focus({ preventScroll: true });
}
new MutationObserver(reopen).observe(room(), { childList: true, subtree: true });
document.addEventListener("focusin", (event) => (focused = event.target.id));
document.addEventListener("pointerdown", () => (focused = ""), true);

function toNewest() {
  if (!inFront()) return;
  const mine = [...room().querySelectorAll(".turn.me")].pop();
  const target = mine || part(".turns");
  target?.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  if (matchMedia("(hover: hover)").matches) answerBox()?.focus({ preventScroll: true });
}

function toReport() {
  if (!inFront()) return;
  window.scrollTo({ top: 0 });
  part(".iv-report-page h1")?.focus({ preventScroll: true });
}

// The clock runs here; the server counts too, and is told now and then that time passes.
function look() {
  const now = bar(), time = Date.now(), gap = time - lastLook;
  lastLook = time;
  if (!now || now.dataset.phase !== "talk" || now.dataset.running !== "1") {
    beat = time;
    return;
  }
  if (gap > SLEPT) {
    beat = time;
    trigger("tick", { woke: true });
    return;
  }
  const seconds = Math.floor(base + (time - since) / 1000), limit = Number(now.dataset.limit);
  const shown = now.querySelector(".timer b");
  shown.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  now.querySelector(".timer").classList.toggle("late", limit > 0 && seconds > limit - 60);
  const over = limit > 0 && seconds >= limit;
  if (time - beat > (over ? 3000 : BEAT)) {
    beat = time;
    save();
    setTimeout(() => trigger("tick", {}), over ? 200 : 0);
  }
}
setInterval(look, 1000);

// The draft is kept while it is typed.
function save() {
  clearTimeout(saving);
  saving = 0;
  if (bar()?.dataset.phase === "talk" && answerBox()) trigger("input", { text: answerBox().value });
}

document.addEventListener("input", (event) => {
  if (!event.target.matches(".answer-box textarea")) return;
  clearTimeout(saving);
  saving = setTimeout(save, SOON);
});
document.addEventListener("focusout", (event) => {
  if (saving && event.target.matches?.(".answer-box textarea")) save();
});
document.addEventListener("visibilitychange", () => saving && save());

function press(selector) {
  const button = part(selector);
  if (button) button.click();
  return Boolean(button);
}

document.addEventListener("keydown", (event) => {
  if (!inFront() || bar()?.dataset.phase !== "talk") return;
  if (event.key === "Escape") {
    const pop = part("details.pop[open]");
    if (!pop) return;
    pop.open = false;
    pop.querySelector("summary").focus();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    press(".iv-actions .send");
  } else if (event.altKey && !event.ctrlKey && !event.metaKey) {
    const known = ACTIONS[event.code];
    if (known) press(`.iv-actions [data-action=${known}]`);
    else if (event.code === "KeyP") press(".iv-bar [data-action=pause], .iv-bar [data-action=resume]");
    else if (event.code === "KeyA") answerBox()?.focus();
    else if (event.code === "Slash") press(".keys summary");
    else return;
    event.preventDefault();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.(".interview-tab [aria-disabled=true]")) return void event.stopPropagation();
  if (!event.target.closest?.("details.pop")) part("details.pop[open]")?.removeAttribute("open");
  const button = event.target.closest?.(".interview-tab [data-do], .interview-tab .send");
  if (!button) return;
  if (button.matches(".send")) clearTimeout(saving);
  else if (button.dataset.do === "fold") button.closest("details").open = false;
  else if (button.dataset.do === "aloud") toggleAloud();
  else if (button.dataset.do === "dictate") dictate(button);
  else if (button.dataset.do === "show") {
    const target = document.getElementById(button.dataset.target);
    target.open = true;
    target.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    target.querySelector("summary").focus({ preventScroll: true });
  }
}, true);

document.addEventListener("toggle", (event) => {
  const details = event.target;
  if (!details.id || !details.closest?.(".interview-tab")) return;
  foldings.set(details.id, details.open);
}, true);

// Reading aloud: off until it is asked for, and only with a voice of this machine.
const synth = window.speechSynthesis;
let aloud = localStorage.getItem("coach-aloud") === "1";

function voice(language) {
  const local = synth ? synth.getVoices().filter((each) => each.localService) : [];
  return local.find((each) => each.lang.toLowerCase().startsWith(language || "zh")) || null;
}

function showAloud() {
  const button = element.querySelector("[data-do=aloud]");
  if (!button) return;
  button.hidden = !voice(bar().dataset.language);
  button.setAttribute("aria-pressed", String(aloud));
}

function hush() {
  if (synth) synth.cancel();
}

function speak(text, language) {
  const chosen = aloud && text && voice(language);
  if (!chosen) return;
  hush();
  const words = new SpeechSynthesisUtterance(text);
  words.voice = chosen;
  words.lang = chosen.lang;
  synth.speak(words);
}

function toggleAloud() {
  aloud = !aloud;
  localStorage.setItem("coach-aloud", aloud ? "1" : "0");
  showAloud();
  hush();
  speak(bar().querySelector(".says").textContent, bar().dataset.language);
}
if (synth && synth.addEventListener) synth.addEventListener("voiceschanged", showAloud);

// Dictation: only where the browser promises to recognise speech on this machine.
const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
let recogniser = null;

async function offerDictation(language) {
  const lang = language === "en" ? "en-US" : "zh-CN";
  let can = false;
  try {
    can = (await Recognition?.available?.({ langs: [lang], processLocally: true })) === "available";
  } catch {
    can = false;
  }
  room()?.classList.toggle("can-dictate", can);
}

function dictate(button) {
  if (recogniser) {
    recogniser.stop();
    return;
  }
  recogniser = new Recognition();
  recogniser.lang = bar().dataset.language === "en" ? "en-US" : "zh-CN";
  recogniser.processLocally = true;
  recogniser.continuous = true;
  recogniser.onresult = (event) => {
    for (let at = event.resultIndex; at < event.results.length; at++) {
      if (event.results[at].isFinal) type(event.results[at][0].transcript);
    }
  };
  recogniser.onend = () => {
    recogniser = null;
    pressed(button, false);
  };
  recogniser.onerror = recogniser.onend;
  recogniser.start();
  pressed(button, true);
}

function pressed(button, on) {
  const shown = part("[data-do=dictate]") || button;
  shown.setAttribute("aria-pressed", String(on));
  shown.textContent = on ? shown.dataset.on : shown.dataset.off;
}

function type(words) {
  const box = answerBox();
  box.value += words;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

watch("value", sync);
sync();
})();
