// Differences between two texts: by character, but a Latin word and a number are one piece each.

const PIECE = /[\p{Script=Latin}\p{M}]+|\p{Nd}+(?:[.,]\p{Nd}+)*|./gsu;
const MOST_CELLS = 4e6; // of the table below: two texts of 2,000 pieces that share neither beginning nor end

/**
 * How to get from one text to another: a list of [kind, text], where kind is "same", "gone" (only in `before`) or
 * "new" (only in `after`). Null if the texts are too long and too different to be compared while someone waits.
 */
function diff(before, after) {
  const a = before.match(PIECE) ?? [];
  const b = after.match(PIECE) ?? [];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const middle = commonPieces(a.slice(start, a.length - end), b.slice(start, b.length - end));
  if (!middle) return null;
  const runs = [];
  const add = (kind, text) => {
    if (!text) return;
    if (runs.length && runs.at(-1)[0] === kind) runs.at(-1)[1] += text;
    else runs.push([kind, text]);
  };
  add("same", a.slice(0, start).join(""));
  for (const [kind, text] of middle) add(kind, text);
  add("same", a.slice(a.length - end).join(""));
  return runs;
}

/** The same for lists of pieces, by a longest common subsequence; what is gone comes before what is new. */
function commonPieces(a, b) {
  const width = b.length + 1;
  if (a.length * width > MOST_CELLS) return null;
  const longest = new Uint16Array((a.length + 1) * width); // of a[i:] and b[j:]
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const cell = i * width + j;
      longest[cell] =
        a[i] === b[j] ? longest[cell + width + 1] + 1 : Math.max(longest[cell + width], longest[cell + 1]);
    }
  }
  const steps = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const cell = i * width + j;
    if (i < a.length && j < b.length && a[i] === b[j]) steps.push(["same", a[i++]]) && j++;
    else if (i < a.length && (j === b.length || longest[cell + width] >= longest[cell + 1])) steps.push(["gone", a[i++]]);
    else steps.push(["new", b[j++]]);
  }
  return steps;
}

/** How many characters two texts do not share, or Infinity where they were not compared. */
function distance(runs) {
  return runs ? runs.reduce((sum, [kind, text]) => sum + (kind === "same" ? 0 : text.length), 0) : Infinity;
}
