// The browser of items: a list in pages, each item opening to its source, references and every system's text.
// Whatever comes from the data is put in as text nodes and attributes, never as HTML.

const PAGE_SIZE = 50;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u; // control characters, and those that turn text around

/** A new element; properties that an element does not have become attributes. */
function make(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in node) node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** A text as nodes; characters that cannot be seen are shown by their code and kept from acting on their surroundings. */
function plain(text) {
  return text.split(new RegExp(`(${INVISIBLE.source})`, "u")).map((part) => {
    if (!INVISIBLE.test(part)) return part;
    const code = "U+" + part.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
    return make("span", { className: "unseen", "data-code": code, title: code }, part);
  });
}

/** A text with its differences from another one marked. */
function marked(runs) {
  return runs.map(([kind, text]) => {
    if (kind === "same") return make("span", {}, ...plain(text));
    if (kind === "new") return make("ins", {}, ...plain(text));
    return make("del", { title: `missing: ${text}` }, make("span", {}, ...plain(text)));
  });
}

class Browser {
  constructor(data, root) {
    this.data = data;
    this.list = root.querySelector("[data-list]");
    this.count = root.querySelector("[data-count]");
    this.pagers = root.querySelectorAll("[data-pager]");
    this.form = root.querySelector("form");
    this.haystacks = new Map();
    this.rank = new Map(data.systems.map((name, number) => [name, number]));
    this.state = readState(isState(location.hash) ? location.hash : "");
    this.form.addEventListener("input", () => this.changed());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("reset", (event) => {
      event.preventDefault();
      this.go(readState(""));
    });
    for (const button of root.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => this.turn(Number(button.dataset.step)));
    }
    window.addEventListener("hashchange", () => isState(location.hash) && this.follow());
    this.fill();
    this.render();
    if (isState(location.hash)) this.arrive();
  }

  /** All that can be searched of an item, made when first asked for. */
  texts(number) {
    let text = this.haystacks.get(number);
    if (text === undefined) {
      const item = this.data.items[number];
      text = [item.id, item.title, item.source, ...item.references, ...item.hypotheses].join("\n").toLowerCase();
      this.haystacks.set(number, text);
    }
    return text;
  }

  /** Another view: shown, and put in the address without a step in the history. */
  go(state) {
    this.state = state;
    history.replaceState(null, "", writeState(state));
    this.fill();
    this.render();
  }

  /** A link within the page was followed. */
  follow() {
    this.state = readState(location.hash);
    this.fill();
    this.render();
    this.arrive();
  }

  /** Bring the item that the address names into view, or else the list. */
  arrive() {
    const item = this.list.querySelector("[aria-expanded=true]");
    (item?.closest("li") ?? this.form).scrollIntoView();
    (item ?? this.count).focus({ preventScroll: true });
  }

  changed() {
    const chosen = new FormData(this.form);
    const state = { ...this.state, page: "1", item: "" };
    for (const name of Object.keys(DEFAULTS)) if (chosen.has(name)) state[name] = chosen.get(name);
    const shown = chosen.getAll("show");
    state.show = shown.length === this.data.systems.length ? [] : shown;
    this.go(state);
  }

  /** Set the controls to the state. */
  fill() {
    for (const control of this.form.elements) {
      if (control.name === "show") {
        control.checked = !this.state.show.length || this.state.show.includes(control.value);
      } else if (control.name in this.state && control.value !== this.state[control.name]) {
        control.value = this.state[control.name];
      }
    }
  }

  turn(step) {
    const page = Math.min(Math.max(this.page + step, 1), this.pages);
    if (page === this.page) return;
    this.go({ ...this.state, page: String(page), item: "" });
    this.form.scrollIntoView();
    this.list.querySelector("button")?.focus({ preventScroll: true });
  }

  render() {
    const found = select(this.data, this.state, (number) => this.texts(number));
    this.pages = Math.max(Math.ceil(found.length / PAGE_SIZE), 1);
    const opened = this.data.items.findIndex((item) => item.id === this.state.item);
    const place = this.state.item ? found.indexOf(opened) : -1;
    const page = place >= 0 ? Math.floor(place / PAGE_SIZE) + 1 : Number(this.state.page) || 1;
    this.page = Math.min(Math.max(page, 1), this.pages);
    const first = (this.page - 1) * PAGE_SIZE;
    const shown = found.slice(first, first + PAGE_SIZE);
    const total = this.data.items.length.toLocaleString("en");
    this.count.textContent = found.length
      ? `${(first + 1).toLocaleString("en")}–${(first + shown.length).toLocaleString("en")} of ` +
        `${found.length.toLocaleString("en")}` + (found.length < this.data.items.length ? ` found in ${total}` : "")
      : `None of ${total} is like that`;
    this.list.replaceChildren(...shown.map((number) => this.item(number)));
    for (const pager of this.pagers) {
      pager.hidden = this.pages === 1;
      for (const button of pager.querySelectorAll("button")) {
        const target = this.page + Number(button.dataset.step);
        button.disabled = target < 1 || target > this.pages;
      }
    }
    if (place >= 0) this.toggle(this.list.children[place - first].querySelector("button"), true);
    this.highlight();
  }

  /** One item of the list, closed: its source, all scores at a glance, and the texts of the systems looked at. */
  item(number) {
    const { data, state } = this;
    const item = data.items[number];
    const looked = [this.rank.get(state.system), this.rank.get(state.against)].filter((one) => one !== undefined);
    const button = make(
      "button",
      { type: "button", className: "opener", "aria-expanded": "false", "aria-controls": `item-${number}` },
      make("span", { className: "id" }, ...plain(item.id)),
      make("span", { lang: "en", className: "source" }, ...plain(item.source || item.title)),
    );
    button.dataset.number = number;
    button.addEventListener("click", () => this.toggle(button));
    const range = `${Math.min(...item.scores).toFixed(0)}–${Math.max(...item.scores).toFixed(0)}`;
    return make(
      "li",
      { className: "item" },
      make("h3", {}, button),
      make("div", { className: "glance" }, strip(item.scores, looked), make("span", {}, range)),
      make("div", { className: "body", id: `item-${number}` }, ...looked.map((system) => this.text(item, system))),
    );
  }

  /** Open or close an item; an open one has references and all systems, the best first. */
  toggle(button, open = button.getAttribute("aria-expanded") !== "true") {
    const item = this.data.items[button.dataset.number];
    const node = button.closest("li");
    if (open) {
      button.setAttribute("aria-expanded", "true");
      node.querySelector(".body").replaceChildren(...this.everything(item));
    } else {
      const closed = this.item(Number(button.dataset.number));
      node.replaceWith(closed);
      closed.querySelector("button").focus();
    }
    this.state = { ...this.state, item: open ? item.id : "" };
    history.replaceState(null, "", writeState(this.state));
    this.highlight();
  }

  everything(item) {
    const { data, state } = this;
    const systems = [...data.systems.keys()].filter(
      (number) => !state.show.length || state.show.includes(data.systems[number]),
    );
    systems.sort((a, b) => item.scores[b] - item.scores[a] || a - b);
    const references = item.references.map((text, number) => {
      const { name, lang } = data.references[number] ?? { name: number + 1, lang: data.lang };
      return this.row(make("span", { className: "name" }, `reference ${name}`), [], plain(text), "reference", lang);
    });
    return [...references, ...systems.map((number) => this.text(item, number))];
  }

  /** A system's text of an item, with its score, its issues and its differences. */
  text(item, system) {
    const { data, state } = this;
    const name = make("span", { className: "name" }, make("bdi", {}, data.systems[system]));
    const notes = [make("span", { className: "score" }, item.scores[system].toFixed(1))];
    for (const kind of item.issues[system]) notes.push(make("span", { className: "issue" }, kind));
    const hypothesis = item.hypotheses[system];
    const [runs, base] = this.differences(item, system);
    const content = runs ? marked(runs) : plain(hypothesis);
    if (base) notes.push(make("span", { className: "base" }, runs ? `marked from ${base}` : "too long to be marked"));
    if (!hypothesis.trim()) content.push(make("span", { className: "nothing", lang: "en" }, "nothing"));
    return this.row(name, notes, content, state.system === data.systems[system] ? "system chosen" : "system");
  }

  row(name, notes, content, kind, lang = this.data.lang) {
    return make(
      "div",
      { className: `row ${kind}` },
      make("div", { className: "who" }, name, ...notes),
      make("p", { lang, className: "text" }, ...content),
    );
  }

  /** A hypothesis's differences from what the view asks for, and its name; [null, ""] where nothing is to be marked. */
  differences(item, system) {
    const { data, state } = this;
    const hypothesis = item.hypotheses[system];
    const [kind, ...rest] = state.marks.split(":");
    const name = rest.join(":");
    if (kind === "sys") {
      const other = this.rank.get(name);
      return other === undefined || other === system ? [null, ""] : [diff(item.hypotheses[other], hypothesis), name];
    }
    const found = [];
    item.references.forEach((text, number) => {
      const reference = data.references[number]?.name ?? String(number + 1);
      if (kind === "nearest" || reference === name) found.push([diff(text, hypothesis), reference]);
    });
    found.sort(([a], [b]) => distance(a) - distance(b));
    return found[0] ?? [null, ""];
  }

  /** Mark what was searched for, without touching the document. */
  highlight() {
    if (!CSS.highlights) return;
    const wanted = this.state.q.trim().toLowerCase();
    const ranges = wanted ? [...this.list.querySelectorAll(".source, .text, .id")].flatMap((one) => hits(one, wanted)) : [];
    CSS.highlights.set("hit", new Highlight(...ranges));
  }
}

/** Ranges of a string within an element, across its text nodes. */
function hits(element, wanted) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest("del")) nodes.push(walker.currentNode);
  const text = nodes.map((node) => node.data).join("").toLowerCase();
  const at = (offset, end) => {
    for (const node of nodes) {
      if (offset < node.length || (end && offset === node.length)) return [node, offset];
      offset -= node.length;
    }
    return null;
  };
  const ranges = [];
  for (let found = text.indexOf(wanted); found >= 0; found = text.indexOf(wanted, found + wanted.length)) {
    const [from, to] = [at(found, false), at(found + wanted.length, true)];
    if (!from || !to) break;
    const range = new Range();
    range.setStart(...from);
    range.setEnd(...to);
    ranges.push(range);
  }
  return ranges;
}

/** All systems' scores of a segment as ticks on a line from 0 to 100; the systems looked at stand out. */
function strip(scores, focus) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  svg.classList.add("strip");
  const tick = (numbers, name) => {
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("d", numbers.map((number) => `M${scores[number].toFixed(1)} 0v10`).join(""));
    path.setAttribute("class", name);
    svg.append(path);
  };
  tick([...scores.keys()], "tick");
  if (focus.length) tick(focus.slice(0, 1), "tick first");
  if (focus.length > 1) tick(focus.slice(1), "tick second");
  return svg;
}
