// What belongs to the whole page: light and dark, tables that sort, shortcuts.

const KEYS = {
  "/": ["search", (browser) => browser.form.elements.q.select()],
  j: ["next item", (browser) => walk(browser, 1)],
  k: ["previous item", (browser) => walk(browser, -1)],
  o: ["open or close the item", (browser) => current(browser)?.click()],
  n: ["next page", (browser) => browser.turn(1)],
  p: ["previous page", (browser) => browser.turn(-1)],
  m: ["mark against the next reference or system in the list", (browser) => nextOption(browser.form.elements.marks)],
  s: ["look at the next system", (browser) => nextOption(browser.form.elements.system)],
  x: ["show or hide what is missing", (browser) => browser.form.elements.missing.click()],
  c: ["clear all filters", (browser) => browser.form.reset()],
  t: ["light or dark", () => turnTheme()],
  "?": ["these shortcuts", () => document.querySelector("#shortcuts").showModal()],
};

function openers(browser) {
  return [...browser.list.querySelectorAll(".opener")];
}

/** The item that has the focus, or the first one in view. */
function current(browser) {
  const all = openers(browser);
  const focused = document.activeElement.closest?.(".item")?.querySelector(".opener");
  return focused ?? all.find((one) => one.getBoundingClientRect().top >= 0) ?? all[0];
}

function walk(browser, step) {
  const all = openers(browser);
  const here = document.activeElement.closest?.(".item")?.querySelector(".opener");
  const next = here ? all[all.indexOf(here) + step] : current(browser);
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function nextOption(select) {
  select.selectedIndex = (select.selectedIndex + 1) % select.options.length;
  select.dispatchEvent(new Event("input", { bubbles: true }));
}

function turnTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

function shortcuts(browser) {
  const dialog = document.querySelector("#shortcuts");
  const allowed = dialog.querySelector("input");
  for (const [key, [what]] of Object.entries(KEYS)) {
    dialog.querySelector("dl").append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, what));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) {
      if (event.key !== "Escape") return;
      event.preventDefault(); // a browser would empty the field
      event.target.blur();
      return;
    }
    if (!KEYS[event.key] || !allowed.checked) return;
    event.preventDefault();
    KEYS[event.key][1](browser);
  });
}

/** Sort a table by the column whose heading's button was pressed; a second press turns the order round. */
function sortTable(button) {
  const heading = button.closest("th");
  const body = heading.closest("table").tBodies[0];
  const column = heading.cellIndex;
  const first = heading.dataset.first ?? "descending"; // better values first
  const turned = first === "descending" ? "ascending" : "descending";
  const order = heading.getAttribute("aria-sort") === first ? turned : first;
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", order);
  const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === "" || y === "") return (x === "") - (y === ""); // unknown last, whatever the order
    return sign * (isNaN(x) || isNaN(y) ? collator.compare(x, y) : x - y);
  });
  body.append(...rows);
  body.closest("table").classList.toggle("by-rank", heading.matches("[data-rank]") && order === "ascending");
}

const data = JSON.parse(document.querySelector("#comparison").textContent);
const browser = new Browser(data, document.querySelector("#items"));
shortcuts(browser);
for (const button of document.querySelectorAll("th button")) button.addEventListener("click", () => sortTable(button));
document.querySelector("#theme").addEventListener("click", turnTheme);
document.querySelector("#help").addEventListener("click", KEYS["?"][1]);
