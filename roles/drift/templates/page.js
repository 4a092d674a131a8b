// SPDX-FileCopyrightText: 2026 The minerops.whatsminer authors
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const byId = (id) => document.getElementById(id);

// Sorting: each head of a column becomes a button.

function sortValue(cell, kind) {
  const text = "value" in cell.dataset ? cell.dataset.value : cell.textContent.trim();
  if (text === "") return null;
  return kind === "text" ? text : Number(text);
}

function sortBy(head, direction) {
  const table = head.closest("table");
  const body = table.tBodies[0];
  const { cellIndex, dataset } = head;
  const compare = dataset.kind === "text" ? collator.compare : (one, other) => one - other;
  const sign = direction === "descending" ? -1 : 1;
  const rows = Array.from(body.rows, (row) => [sortValue(row.cells[cellIndex], dataset.kind), row]);
  rows.sort(([one], [other]) => {
    // What isn't known stands last, whichever way.
    if (one === null || other === null) return (one === null) - (other === null);
    return sign * compare(one, other);
  });
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", direction);
  // Not append: white space would pile up before the rows, and ten thousand of them be looked for through it, each.
  body.replaceChildren(...rows.map(([, row]) => row));
}

function next(head) {
  const first = head.dataset.first === "down" ? "descending" : "ascending";
  const second = first === "ascending" ? "descending" : "ascending";
  return head.getAttribute("aria-sort") === first ? second : first;
}

for (const head of document.querySelectorAll("thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.addEventListener("click", () => {
    sortBy(head, next(head));
    if (head.closest("table").id === "miners") byId("order").value = String(head.cellIndex);
  });
  head.replaceChildren(button);
}

// Filters.

const rows = Array.from(byId("miners").tBodies[0].rows);
let texts = null;

function fits(row, index, words, state, group) {
  const { state: verdict, groups } = row.dataset;
  if (["ill", "errors", "hashing", "tuning"].includes(state)) {
    if (!(state in row.dataset)) return false;
  } else if (state === "attention") {
    if (!("errors" in row.dataset || "ill" in row.dataset) && !["no_answer", "failed", "drifted"].includes(verdict)) return false;
  } else if (state && state !== verdict) return false;
  if (group && !groups.split(" ").includes(group)) return false;
  return words.every((word) => texts[index].includes(word));
}

function filter() {
  texts ??= rows.map((row) => row.textContent.toLowerCase());
  const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const state = byId("state").value;
  const group = byId("group")?.value;
  let shown = 0;
  rows.forEach((row, index) => {
    row.hidden = !fits(row, index, words, state, group);
    shown += !row.hidden;
  });
  byId("shown").textContent = shown === rows.length ? "" : `${shown} of ${rows.length}`;
  byId("none").hidden = shown > 0 || rows.length === 0;
  for (const tile of tiles) tile.querySelector("button").setAttribute("aria-pressed", tile.dataset.filter === state);
}

// A tile that counts some of the miners becomes a button that shows those, and all again.

const tiles = Array.from(document.querySelectorAll(".tiles [data-filter]"));

for (const tile of tiles) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = tile.firstElementChild.textContent;
  button.addEventListener("click", () => {
    const pressed = button.getAttribute("aria-pressed") === "true";
    byId("state").value = pressed ? "" : tile.dataset.filter;
    filter();
    if (!pressed) byId("controls").scrollIntoView();
  });
  tile.firstElementChild.replaceChildren(button);
}

for (const head of byId("miners").tHead.rows[0].cells) {
  byId("order").add(new Option(`Sort by ${head.textContent}`, head.cellIndex));
}
byId("order").addEventListener("change", (event) => {
  const head = byId("miners").tHead.rows[0].cells[event.target.value];
  sortBy(head, head.dataset.first === "down" ? "descending" : "ascending");
});
byId("controls").addEventListener("input", filter);
byId("controls").addEventListener("submit", (event) => event.preventDefault());
byId("controls").hidden = false;
// A reload keeps what was typed.
filter();

// How old this is: pages lie about.

function tellAge() {
  const minutes = Math.floor((Date.now() - Date.parse(document.querySelector("time").dateTime)) / 60000);
  if (!(minutes >= 0)) return;
  const [size, unit] = minutes < 120 ? [1, "minute"] : minutes < 2880 ? [60, "hour"] : [1440, "day"];
  const amount = Math.floor(minutes / size);
  byId("age").textContent = minutes < 1 ? ", just now" : `, ${amount} ${unit}${amount === 1 ? "" : "s"} ago`;
  byId("age").classList.toggle("old", minutes >= 60);
}
tellAge();
setInterval(tellAge, 60000);
