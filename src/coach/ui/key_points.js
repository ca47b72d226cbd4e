// The sheet on which key points are edited. Runs once, in the sheet's block. A modal dialog keeps the keys to itself.
(() => {
const sheet = () => element.querySelector("dialog");
const fields = () => [...sheet().querySelectorAll("ol textarea")];

watch("value", () => {
  if (!sheet() || sheet().open) return;
  sheet().showModal();
  fields()[0]?.focus();
});

function add(after) {
  const row = sheet().querySelector("template").content.firstElementChild.cloneNode(true);
  if (after) after.after(row);
  else sheet().querySelector("ol").append(row);
  row.querySelector("textarea").focus();
}

function drop(row) {
  const next = row.nextElementSibling || row.previousElementSibling;
  row.remove();
  (next?.querySelector("textarea") || sheet().querySelector("[data-sheet=add]")).focus();
}

function save() {
  const texts = fields().map((field) => field.value.trim()).filter(Boolean);
  const told = sheet().querySelector("[role=status]");
  if (!texts.length) {
    told.textContent = told.dataset.told;
    return;
  }
  trigger("submit", { question: sheet().dataset.question, texts });
  sheet().close();
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sheet]");
  if (!button) return;
  const act = button.dataset.sheet;
  if (act === "add") add();
  else if (act === "drop") drop(button.closest("li"));
  else if (act === "save") save();
  else if (act === "close") sheet().close();
  else if (act === "reset") {
    trigger("apply", { question: sheet().dataset.question });
    sheet().close();
  }
});

element.addEventListener("keydown", (event) => {
  event.stopPropagation(); // the keys of the interview wait behind the sheet
  if (event.key !== "Enter" || event.isComposing || !event.target.matches("textarea")) return;
  event.preventDefault();
  if (event.ctrlKey || event.metaKey) save();
  else add(event.target.closest("li"));
});

// Closed by whatever way: its place is given back, so that the same question can be opened again.
element.addEventListener("close", () => trigger("clear", {}), true);
})();
