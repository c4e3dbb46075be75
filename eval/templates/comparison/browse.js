// The browser of items: a list in pages, each item opening to its source, references and every system's text.

const PAGE_SIZE = 50;

class Browser {
  constructor(data, root) {
    this.data = data;
    this.list = root.querySelector("[data-list]");
    this.count = root.querySelector("[data-count]");
    this.pagers = root.querySelectorAll("[data-pager]");
    this.form = root.querySelector("form");
    this.haystacks = new Map();
    this.open = new Set();
    this.rank = new Map(data.systems.map((name, number) => [name, number]));
    this.state = readState(isState(location.hash) ? location.hash : "");
    this.form.addEventListener("input", (event) => this.changed(event.target.name));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("reset", (event) => {
      event.preventDefault();
      this.open.clear();
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
    this.open.clear();
    this.state = readState(location.hash);
    this.fill();
    this.render();
    this.arrive();
  }

  /** Bring the item that the address names into view, or else the list. */
  arrive() {
    const item = this.state.item ? this.list.querySelector("[aria-expanded=true]") : null;
    (item?.closest("li") ?? this.form).scrollIntoView();
    (item ?? this.count).focus({ preventScroll: true });
  }

  /** A control was used: the list begins anew, or stays where it is if only the way that texts are shown is another. */
  changed(name) {
    const chosen = new FormData(this.form);
    const stays = ["marks", "missing", "show"].includes(name);
    const state = { ...this.state, ...(stays ? {} : { page: "1", item: "" }) };
    for (const control of Object.keys(DEFAULTS)) {
      if (this.form.elements[control]) state[control] = chosen.get(control) ?? "";
    }
    const shown = chosen.getAll("show");
    state.show = shown.length === this.data.systems.length ? [] : shown;
    if (!stays) this.open.clear();
    this.go(state);
  }

  /** Set the controls to the state. */
  fill() {
    for (const control of this.form.elements) {
      if (control.name === "show") {
        control.checked = !this.state.show.length || this.state.show.includes(control.value);
      } else if (control.name === "missing") {
        control.checked = this.state.missing === "on";
      } else if (control.name in this.state && control.value !== this.state[control.name]) {
        control.value = this.state[control.name];
      }
    }
  }

  turn(step) {
    const page = Math.min(Math.max(this.page + step, 1), this.pages);
    if (page === this.page) return;
    this.open.clear();
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
    this.list.classList.toggle("missing", this.state.missing === "on");
    if (place >= 0) this.open.add(opened);
    for (const number of shown) if (this.open.has(number)) this.expand(this.opener(number));
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
    button.addEventListener("click", () => this.toggle(number));
    const range = `${Math.min(...item.scores).toFixed(0)}–${Math.max(...item.scores).toFixed(0)}`;
    return make(
      "li",
      { className: "item" },
      make("h3", {}, button),
      make("div", { className: "glance" }, strip(item.scores, looked), make("span", {}, range)),
      make("div", { className: "body", id: `item-${number}` }, ...looked.map((system) => this.text(item, system))),
    );
  }

  opener(number) {
    return this.list.querySelector(`[data-number="${number}"]`);
  }

  /** Open or close an item. */
  toggle(number) {
    const open = !this.open.has(number);
    if (open) {
      this.open.add(number);
      this.expand(this.opener(number));
    } else {
      this.open.delete(number);
      this.opener(number).closest("li").replaceWith(this.item(number));
      this.opener(number).focus();
    }
    this.state = { ...this.state, item: open ? this.data.items[number].id : "" };
    history.replaceState(null, "", writeState(this.state));
    this.highlight();
  }

  /** Show all of an item: the references and every system, the best first. */
  expand(button) {
    button.setAttribute("aria-expanded", "true");
    const body = button.closest("li").querySelector(".body");
    body.replaceChildren(...this.everything(this.data.items[button.dataset.number]));
  }

  everything(item) {
    const { data, state } = this;
    const systems = [...data.systems.keys()].filter(
      (number) => !state.show.length || state.show.includes(data.systems[number]),
    );
    systems.sort((a, b) => item.scores[b] - item.scores[a] || a - b);
    const references = item.references.map((text, number) => {
      const { name, lang } = data.references[number];
      return this.row(make("span", { className: "name" }, `reference ${name}`), [], plain(text), "reference", lang);
    });
    const about = [item.title, item.document === item.id ? "" : item.document].filter(Boolean).join(" · ");
    const permanent = make("a", { href: writeState({ ...readState(""), item: item.id }) }, "permanent link");
    const head = make("p", { className: "note", lang: "en" }, ...plain(about ? `${about} · ` : ""), permanent);
    return [head, ...references, ...systems.map((number) => this.text(item, number))];
  }

  /** A system's text of an item, with its score, its issues and its differences. */
  text(item, system) {
    const { data, state } = this;
    const name = make("span", { className: "name" }, ...plain(data.systems[system]));
    const notes = [make("span", { className: "score" }, item.scores[system].toFixed(1))];
    for (const kind of item.issues[system]) notes.push(make("span", { className: "issue" }, kind));
    const hypothesis = item.hypotheses[system];
    const [runs, base] = this.differences(item, system);
    const content = runs ? marked(runs) : plain(hypothesis);
    if (base) {
      const title = `differences from ${base} are marked`;
      notes.push(make("span", { className: "base", title }, runs ? `vs ${base}` : "too long to mark"));
    }
    if (!hypothesis.trim()) content.push(make("span", { className: "nothing", lang: "en" }, "nothing"));
    const chosen = [state.system, state.against].indexOf(data.systems[system]);
    return this.row(name, notes, content, ["system", "system chosen", "system second"][chosen + 1]);
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
      const reference = data.references[number].name;
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
