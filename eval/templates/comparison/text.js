// Elements made of data: whatever comes from it is put in as text nodes and attributes, never as HTML.

const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u; // controls, and what turns text around

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
