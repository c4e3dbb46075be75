"use strict";
/* One script for the index and the pages: theme, keys, pairs that light up together, search. */
var LIST, CHUNK, LANGUAGE; // list.js, which the index alone has, has filled them
(() => {
  const root = document.documentElement;
  const stored = name => { try { return localStorage.getItem(name); } catch { return null; } };
  const store = (name, value) => { try { localStorage.setItem(name, value); } catch { /* a disk page may have none */ } };
  if (stored("theme")) root.dataset.theme = stored("theme");
  const flip = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    store("theme", root.dataset.theme);
  };
  document.getElementById("theme").addEventListener("click", flip);
  const go = selector => { const link = document.querySelector(selector); if (link) location.href = link.href; };
  const keys = {
    t: flip, u: () => go("#up"), j: () => go("[rel=next]"), k: () => go("[rel=prev]"),
    ArrowRight: () => go("[rel=next]"), ArrowLeft: () => go("[rel=prev]"),
    "/": () => document.getElementById("words")?.focus(),
  };
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  for (const kind of ["mouseover", "click", "focusin"]) {
    document.querySelector(".pairs")?.addEventListener(kind, event => {
      const pair = event.target.closest("[data-pair]")?.dataset.pair;
      for (const one of document.querySelectorAll("[data-pair]")) one.classList.toggle("on", one.dataset.pair === pair);
    });
  }
})();

/* The index. A row is [file, id, title, Chinese title, categories, year, issues]. */
let loaded = () => {};
addEventListener("DOMContentLoaded", () => {
  if (!LIST) return;
  const by = id => document.getElementById(id);
  const plain = text => text.normalize("NFKC").toLowerCase();
  const heads = LIST.map(row => plain([row[1], row[2], row[3], row[4].join(" ")].join("\n")));
  const texts = [];
  const page = 50;
  let shown = page, waiting = 0, asked = false;

  loaded = (number, rows) => {
    rows.forEach((row, i) => { texts[number * CHUNK + i] = [row, plain(row.join("\n"))]; });
    if (--waiting === 0) show();
  };
  const load = () => {
    if (asked) return;
    asked = true;
    for (let number = 0; number * CHUNK < LIST.length; number++) {
      const script = document.createElement("script");
      script.src = `text-${String(number).padStart(3, "0")}.js`;
      waiting++;
      document.head.append(script);
    }
  };
  const fill = (id, values) => {
    for (const value of values) by(id).append(new Option(value, value));
    by(id).hidden = values.length < 2;
  };
  fill("category", [...new Set(LIST.flatMap(row => row[4]))].sort());
  fill("year", [...new Set(LIST.map(row => row[5]).filter(Boolean))].sort().reverse());

  const orders = {
    title: (a, b) => LIST[a][2].localeCompare(LIST[b][2]),
    year: (a, b) => LIST[b][5].localeCompare(LIST[a][5]),
    issues: (a, b) => LIST[b][6] - LIST[a][6],
  };
  const find = () => {
    const words = plain(by("words").value).split(/\s+/).filter(Boolean);
    if (words.length) load();
    const [category, year, issues] = ["category", "year", "issues"].map(id => by(id).value);
    const fits = i => {
      const row = LIST[i];
      return (!category || row[4].includes(category)) && (!year || row[5] === year)
        && (!issues || (issues === "1") === row[6] > 0)
        && words.every(word => heads[i].includes(word) || texts[i]?.[1].includes(word));
    };
    const found = [];
    for (let i = 0; i < LIST.length; i++) if (fits(i)) found.push(i);
    if (orders[by("order").value]) found.sort(orders[by("order").value]);
    return [found, words];
  };
  const element = (name, text, className, lang) => {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    if (lang) made.lang = lang;
    return made;
  };
  const around = (i, words) => { // the place in the text where the first word stands that no title has
    const word = words.find(one => !heads[i].includes(one));
    const text = word && texts[i]?.[0].find(side => plain(side).includes(word));
    if (!text) return "";
    const at = plain(text).indexOf(word);
    return (at > 60 ? "…" : "") + text.slice(Math.max(0, at - 60), at + 100) + "…";
  };
  const show = () => {
    const [found, words] = find();
    by("count").textContent = `${found.length.toLocaleString("en")} of ${LIST.length.toLocaleString("en")}`
      + (words.length && waiting ? ", texts are being loaded" : "");
    by("results").replaceChildren(...found.slice(0, shown).map(i => {
      const [file, id, title, chinese, categories, year, issues] = LIST[i];
      const link = element("a", "");
      link.href = "abs/" + encodeURIComponent(file);
      link.append(element("span", title || id), element("span", chinese, "", LANGUAGE));
      link.append(element("span", issues ? `${issues} issue${issues > 1 ? "s" : ""}` : "", "count"));
      const text = around(i, words);
      if (text) link.append(element("span", text, "found"));
      link.append(element("small", [id, year, categories.join(" ")].filter(Boolean).join(" · ")));
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
    by("more").firstElementChild.hidden = found.length <= shown;
  };
  let timer = 0;
  by("search").addEventListener("submit", event => event.preventDefault());
  by("search").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => { shown = page; show(); }, 60); });
  by("more").firstElementChild.addEventListener("click", () => { shown += 4 * page; show(); });
  show();
});
