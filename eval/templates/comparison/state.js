// What is shown: kept in the address after #, so that every view has a permanent link, and read from there.

const DEFAULTS = {
  q: "", // searched for
  bucket: "", // "kind:label"
  issue: "", // a kind of issue, of the chosen system or of any
  system: "", // the system looked at, and the one it is held against
  against: "",
  sort: "spread",
  marks: "nearest", // what differences are marked against: "nearest" reference, "ref:A", "sys:name" or "none"
  missing: "", // "on" if what a hypothesis lacks is shown
  page: "1",
  item: "", // the id of the item opened last
};

/** The view that an address's hash names: {"#sort=spread&bucket=length:short"} and the defaults for the rest. */
function readState(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const state = {};
  for (const name of Object.keys(DEFAULTS)) state[name] = words.get(name) ?? DEFAULTS[name];
  return { ...state, show: words.getAll("show") }; // the systems shown in an open item; all if none is named
}

/** The hash of a view: only what is not as by default. */
function writeState(state) {
  const words = new URLSearchParams();
  for (const name of Object.keys(DEFAULTS)) if (state[name] !== DEFAULTS[name]) words.set(name, state[name]);
  for (const name of state.show) words.append("show", name);
  return "#" + words.toString();
}

/** Whether a hash names a view of the browser, and not a section of the page. */
function isState(hash) {
  return hash.includes("=");
}

/** Positions of the items that a view shows, in its order; `texts(position)` is all that is searched of one. */
function select(data, state, texts) {
  const focus = data.systems.indexOf(state.system);
  const other = data.systems.indexOf(state.against);
  const bucket = data.buckets.indexOf(state.bucket);
  const wanted = state.q.trim().toLowerCase();
  const found = [...data.items.keys()].filter((position) => {
    const item = data.items[position];
    return (
      (bucket < 0 || item.buckets.includes(bucket)) &&
      (!state.issue || hasIssue(item, state.issue, focus)) &&
      (!wanted || texts(position).includes(wanted))
    );
  });
  const key = ORDERS[state.sort]?.(Math.max(focus, 0), other);
  if (!key) return found;
  const keys = new Map(found.map((position) => [position, key(data.items[position])]));
  return found.sort((a, b) => compare(keys.get(a), keys.get(b)) || a - b);
}

function hasIssue(item, issue, focus) {
  return focus < 0 ? item.issues.some((kinds) => kinds.includes(issue)) : item.issues[focus].includes(issue);
}

/** Orders by name: from the system looked at and the one it is held against to an item's key, smallest first. */
const ORDERS = {
  id: () => (item) => item.id,
  spread: () => (item) => Math.min(...item.scores) - Math.max(...item.scores),
  hardest: () => (item) => mean(item.scores),
  worst: (focus) => (item) => item.scores[focus],
  behind: (focus, other) => (item) => item.scores[focus] - (other < 0 ? mean(item.scores) : item.scores[other]),
  ahead: (focus, other) => (item) => -ORDERS.behind(focus, other)(item),
};

const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const collator = new Intl.Collator("en", { numeric: true });
const compare = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
