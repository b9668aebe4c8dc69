// The page asks for a State once a second while it is seen, and shows it. All
// text that comes from the program goes through textContent: see el and plain.
"use strict";

const $ = (id) => document.getElementById(id);

const outcomes = {
  succeeded: { mark: "", words: "succeeded" },
  failed: { mark: "✗", words: "failed" },
  panicked: { mark: "!", words: "panicked" },
  goexit: { mark: "↯", words: "called Goexit" },
  cancelled: { mark: "⊘", words: "cancelled" },
  "timed-out": { mark: "◷", words: "timed out" },
  skipped: { mark: "–", words: "skipped" },
};
const hatched = ["cancelled", "timed-out"];
const running = { running: { mark: "", words: "running" }, stuck: { mark: "▲", words: "stuck" } };
const fields = { "timed-out": "timedOut" }; // of Stats, where it is not the outcome's name
const guesses = {
  blocked: "blocked",
  unclear: "perhaps stuck",
  idle: "waits, as it may",
  parent: "waits for its own",
};

const view = {
  state: null, // the last State
  ended: [], // of the last five minutes
  seconds: new Map(), // by their time
  stuck: new Set(), // keys of those that are listed as stuck
  unfolded: new Map(), // by group: what the reader wants
  picked: null, // the key of a bar
  paused: false,
  filter: "",
  lost: null, // since when there is no answer
};

// --- text and elements

// el makes an element. Properties are attributes, but for on..., which are
// listeners. Children are elements or text, never markup.
function el(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// plain makes characters visible that have no shape of their own, or turn the
// direction of what stands around them, and ends piles of accents, which would
// stand in the lines above.
function plain(text) {
  return String(text).replace(/(\p{M}{4})\p{M}+/gu, "$1…")
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

// name is a text of the program's, which others cannot run into.
const name = (text) => el("bdi", {}, plain(text));

const base = (path) => path.slice(path.lastIndexOf("/") + 1);
const shortFunc = (func) => base(func || "") || "a function";
const titleOf = (worker) => worker.name || shortFunc(worker.func);
const groupTitle = (group) => group.name || `${groupWord()} ${group.id}`;
const placeOf = (x) => (x.file ? `${base(x.file)}:${x.line}` : "");
const keyOf = (groupID, number) => `${groupID}/${number}`;

// workerWord and groupWord are what a worker and a group are to the program.
const workerWord = () => plain((view.state && view.state.program.worker) || "worker");
const groupWord = () => plain((view.state && view.state.program.group) || "group");
const many = (n, one, more) => `${n.toLocaleString("en")} ${n === 1 ? one : more || one + "s"}`;

// atText shortens "example.com/a/b.f b.go:12" to "b.f b.go:12".
const atText = (at) => at.replace(/^\S*\//, "");

// --- time

const units = [["d", 86400e9], ["h", 3600e9], ["m", 60e9], ["s", 1e9]];

// span writes nanoseconds with two units at most, or three digits.
function span(ns) {
  if (ns >= 60e9) {
    const i = units.findIndex(([, size]) => ns >= size);
    const [big, small] = [units[i], units[i + 1]];
    const rest = Math.floor((ns % big[1]) / small[1]);
    return `${Math.floor(ns / big[1])} ${big[0]}` + (rest ? ` ${rest} ${small[0]}` : "");
  }
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
    if (ns >= size) return `${Number((ns / size).toPrecision(ns / size >= 100 ? 3 : 2))} ${unit}`;
  }
  return `${Math.round(ns)} ns`;
}

const ageOf = (worker) => (worker.age ? (worker.atLeast ? "≥ " : "") + (worker.age >= 60e9 ? span(worker.age) : worker.age >= 1e9 ? `${Math.floor(worker.age / 1e9)} s` : span(worker.age)) : "");
const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");

// --- asking

let timer = 0;
let asking = false;
let failures = 0;

async function ask() {
  clearTimeout(timer);
  if (asking || view.paused || document.hidden) return;
  asking = true;
  try {
    const newest = Math.max(0, ...view.seconds.keys());
    const answer = await fetch(`?format=json&after=${view.state ? view.state.next : 0}&since=${newest}`, { signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
    const state = await answer.json();
    failures = 0;
    view.lost = null;
    take(state);
  } catch (error) {
    failures++;
    view.lost ||= { since: Date.now(), why: "" };
    view.lost.why = error.message;
  }
  asking = false;
  showStatus();
  timer = setTimeout(ask, failures ? Math.min(15000, 1000 * 2 ** (failures - 1)) : 1000);
}

// take takes over a new State.
function take(state) {
  if (view.state && (view.state.program.pid !== state.program.pid || state.next < view.state.next)) {
    view.ended = []; // it is another process
    view.seconds.clear();
    view.unfolded.clear();
  }
  const now = Date.parse(state.time);
  view.state = state;
  view.ended.push(...state.ended.map(bygone));
  view.ended = view.ended.filter((bar) => now - bar.end < 300e3).slice(-3000);
  for (const second of state.seconds) view.seconds.set(second.time, second);
  for (const time of view.seconds.keys()) if (time < now / 1000 - 301) view.seconds.delete(time);
  view.stuck = new Set(state.stuck.filter(isStuck).map((s) => keyOf(s.groupID, s.number)));
  draw();
}

// detail is what a click on a worker shows, and detailOfAll that on a group.
const detail = () => plain(view.state.program.details || "stack");
const detailOfAll = () => (view.state.program.details ? `The ${detail()} of all` : "Stacks of the group");

const isStuck = (suspect) => suspect.guess === "blocked" || suspect.guess === "unclear";

// bygone is the bar of a worker that has ended.
function bygone(e) {
  const end = Date.parse(e.end);
  return { key: keyOf(e.groupID, e.number) + "@" + e.end, groupID: e.groupID, group: e.group, worker: e, start: end - (e.age || 0) / 1e6, end, as: e.outcome };
}

function showStatus() {
  const state = view.paused ? "paused" : view.lost ? "disconnected" : view.state ? "live" : "connecting";
  document.body.dataset.state = state;
  if ($("status").textContent !== state) $("status").textContent = state;
  $("trouble").hidden = state !== "disconnected";
  const text = view.lost ? `Disconnected since ${clock(view.lost.since)}: ${plain(view.lost.why)}` : "";
  if ($("trouble").textContent !== text) $("trouble").textContent = text;
}

// --- drawing

function draw() {
  if (!view.state) return;
  drawFacts();
  drawStuck();
  drawPlots();
  drawTimeline();
  drawTree();
}

// sync makes the children of a node those of the items, and uses again what is
// there, so that focus and selection stay.
function sync(parent, items, key, make, update) {
  const old = new Map(Array.from(parent.children, (child) => [child.key, child]));
  let at = parent.firstElementChild;
  for (const item of items) {
    const k = key(item);
    let child = old.get(k);
    old.delete(k);
    if (!child) {
      child = make(item);
      child.key = k;
    }
    if (child === at) at = at.nextElementSibling;
    else parent.insertBefore(child, at);
    update(child, item);
  }
  for (const child of old.values()) child.remove();
}

// put replaces what is in a node if it has changed.
function put(node, ...children) {
  const fresh = el("div", {}, ...children);
  if (node.textContent !== fresh.textContent || node.childElementCount !== fresh.childElementCount) node.replaceChildren(...fresh.childNodes);
}

const matches = (...texts) => !view.filter || texts.some((text) => text && text.toLowerCase().includes(view.filter));
const workerMatches = (w, group) => matches(w.name, w.func, placeOf(w), w.state, w.at, group);

function drawFacts() {
  const { program, goroutines, groups, rest } = view.state;
  const sum = { groups: 0, running: 0, queued: 0 };
  const add = (list, left) => {
    for (const g of list || []) {
      sum.groups++;
      sum.running += g.running;
      sum.queued += g.queued;
      add(g.groups, g.rest);
    }
    if (left) for (const k of Object.keys(sum)) sum[k] += left[k];
  };
  add(groups, rest);
  const facts = { [workerWord() + "s"]: sum.running, queued: sum.queued, [groupWord() + "s"]: sum.groups };
  if (goroutines) facts.goroutines = goroutines; // of a source nobody knows
  put($("program"), plain(program.name));
  $("program").title = `process ${program.pid}` + (program.go ? `, ${program.go}` : "");
  sync($("facts"), Object.entries(facts), ([what]) => what, ([what]) => el("div", {}, el("dt", {}, what), el("dd", {})),
    (node, [, n]) => put(node.lastChild, n.toLocaleString("en")));
  document.title = (view.stuck.size ? `(${view.stuck.size} stuck) ` : "") + `${plain(program.name)} · skein`;
}

function drawStuck() {
  const { stuck, suspects, stuckAfter } = view.state;
  const shown = stuck.filter((s) => workerMatches(s, s.group));
  const bad = shown.filter(isStuck);
  const idle = shown.filter((s) => !isStuck(s));
  const all = view.stuck.size;
  $("stuck").hidden = !stuckAfter;
  $("stuck").classList.toggle("some", all > 0);
  put($("stuck-title").querySelector(".count"), all ? (moreThanListed() ? "≥ " : "") + all : "");
  sync($("suspects"), bad, suspectKey, makeSuspect, updateSuspect);
  sync($("idle").querySelector("ol"), idle, suspectKey, makeSuspect, updateSuspect);
  $("idle").hidden = !idle.length;
  put($("idle").querySelector("summary"), `${many(idle.length, "more worker has", "more workers have")} run that long, and ${idle.length === 1 ? "waits" : "wait"} for the network, for time or for workers of ${idle.length === 1 ? "its" : "their"} own`);
  const hidden = suspects - stuck.length;
  put($("none-stuck"), hidden ? `${many(hidden, `more ${workerWord()} has`, `more ${workerWord()}s have`)} run that long.`
    : bad.length ? "" : all ? "None of them contains the text of the filter." : `No ${workerWord()} has run for ${span(stuckAfter)} and looks stuck.`);
  $("none-stuck").hidden = !$("none-stuck").textContent;
}

// moreThanListed says whether a group with stuck workers has more workers than
// it lists: the snapshot has the hundred eldest.
function moreThanListed() {
  const groups = new Set(view.state.stuck.filter(isStuck).map((s) => s.groupID));
  const more = (g) => (groups.has(g.id) && g.running > (g.workers || []).length) || (g.groups || []).some(more);
  return view.state.groups.some(more);
}

const suspectKey = (s) => keyOf(s.groupID, s.number);

function makeSuspect(s) {
  return el("li", {},
    el("div", { class: "age" }, el("span", {}), el("span", { class: "guess" })),
    el("div", { class: "who" }),
    el("div", { class: "where mono" }));
}

function updateSuspect(node, s) {
  const [age, who, where] = node.children;
  put(age.firstChild, ageOf(s));
  put(age.lastChild, guesses[s.guess]);
  put(who, opener(s, s.groupID), s.name ? [" ", el("span", { class: "soft mono" }, name(shortFunc(s.func)))] : "",
    s.group ? [el("span", { class: "soft" }, " in "), name(s.group)] : "");
  put(where, s.state ? el("span", { class: "state" }, s.state) : "it could not be told where it is",
    s.at ? [" at ", name(atText(s.at))] : "", s.file ? [" · started at ", name(placeOf(s))] : "");
  where.title = s.file ? plain(`${s.file}:${s.line}`) : "";
}

// opener is the button that shows a worker's stack.
function opener(worker, groupID) {
  return el("button", { class: "open", type: "button", title: `Show its ${detail()}`, onclick: () => showStack(groupID, worker.number) }, name(titleOf(worker)));
}

// --- plots

const plots = {};
const dark = matchMedia("(prefers-color-scheme: dark)");
const css = (property) => getComputedStyle(document.documentElement).getPropertyValue(property).trim();

function drawPlots() {
  const data = series();
  plots.rate ||= makePlot($("rate"), rateOptions());
  plots.latency ||= makePlot($("latency"), latencyOptions());
  plots.rate.setData([data.time, data.ended, data.bad]);
  plots.latency.setData([data.time, data.p50, data.p90, data.p99]);
  const last = data.time.length - 1;
  const most = Math.max(0, ...data.ended.filter((n) => n !== null));
  put($("rate-text"), last < 0 || data.ended[last] === null ? "" : `${many(data.ended[last], workerWord())} ended in the last second, at most ${most.toLocaleString("en")}`);
  const i = data.p50.findLastIndex((p) => p !== null);
  put($("latency-text"), i < 0 ? `no ${workerWord()} has ended yet` : `half took up to about ${span(data.p50[i])}, 99 % up to ${span(data.p99[i])}`);
}

// series are the seconds that are over: one minute, and up to five as they come
// to be known, with gaps where nobody has looked.
function series() {
  const end = Math.floor(Date.parse(view.state.time) / 1000) - 1;
  const data = { time: [], ended: [], bad: [], p50: [], p90: [], p99: [] };
  for (let time = Math.max(end - 299, Math.min(end - 59, ...view.seconds.keys())); time <= end; time++) {
    const s = view.seconds.get(time);
    const all = s && s.outcomes ? Object.values(s.outcomes).reduce((a, b) => a + b, 0) : 0;
    data.time.push(time);
    data.ended.push(s ? s.ended : null);
    data.bad.push(s ? all - ((s.outcomes && s.outcomes.succeeded) || 0) : null);
    for (const p of ["p50", "p90", "p99"]) data[p].push(s && s[p] ? s[p] : null);
  }
  return data;
}

function makePlot(node, options) {
  const size = () => ({ width: Math.max(200, node.clientWidth), height: 180 });
  const plot = new uPlot({ ...options, ...size() }, [[]], node);
  plot.watcher = new ResizeObserver(() => plot.setSize(size()));
  plot.watcher.observe(node);
  return plot;
}

const axis = () => ({ stroke: css("--soft"), grid: { stroke: css("--grid"), width: 1 }, ticks: { stroke: css("--grid"), width: 1 }, font: "11px system-ui, sans-serif" });
const timeAxis = () => ({ ...axis(), values: (_, times) => times.map((t) => (t % 60 ? clock(t * 1000) : clock(t * 1000).slice(0, 5))), space: 70 });
const timeSeries = { label: "Time", value: (_, t) => (t ? clock(t * 1000) : "–") };

function rateOptions() {
  const count = (_, n) => (n === null || n === undefined ? "–" : n.toLocaleString("en"));
  return {
    cursor: { y: false },
    axes: [timeAxis(), { ...axis(), size: 56, values: (_, ns) => ns.map((n) => (n % 1 ? "" : n.toLocaleString("en", { notation: "compact" }))) }],
    scales: { y: { range: (_, min, max) => [0, Math.max(4, (max || 0) * 1.15)] } },
    series: [
      timeSeries,
      { label: "ended", stroke: css("--succeeded"), fill: css("--succeeded") + "22", width: 1.5, points: { show: false }, value: count },
      { label: "not well", stroke: css("--failed"), width: 2, dash: [4, 3], points: { show: false }, value: count },
    ],
  };
}

// tens are the powers of ten, of all that a logarithmic axis has.
const tens = (_, splits) => splits.map((n) => (Math.abs(Math.log10(n) % 1) < 1e-6 ? n : null));

function latencyOptions() {
  const value = (_, ns) => (ns ? span(ns) : "–");
  const line = (label, color, dash) => ({ label, stroke: css(color), width: 1.7, dash, spanGaps: true, points: { size: 4, fill: css(color), show: (_, series, from, to) => to - from < 130 }, value });
  return {
    cursor: { y: false },
    axes: [timeAxis(), { ...axis(), size: 66, filter: tens, grid: { ...axis().grid, filter: tens }, ticks: { ...axis().ticks, filter: tens }, values: (_, ns) => ns.map((n) => (n ? span(n) : "")) }],
    scales: { y: { distr: 3, range: (_, min, max) => (min ? [10 ** Math.floor(Math.log10(min)), 10 ** Math.ceil(Math.log10(max * 1.01))] : [1e6, 1e9]) } },
    series: [timeSeries, line("50 %", "--succeeded"), line("90 %", "--goexit", [6, 3]), line("99 %", "--failed", [2, 3])],
  };
}

// --- timeline

const lane = 15; // px
const mostLanes = 60;
const mostOfGroup = 10;

function drawTimeline() {
  const now = Date.parse(view.state.time);
  const width = Math.max(200, $("lanes").clientWidth);
  const length = Number($("window").value) * 1000;
  const x = (ms) => Math.max(0, (width * (ms - now + length)) / length);
  const bars = [...view.ended, ...runningBars(now)].filter((bar) => bar.end >= now - length && workerMatches(bar.worker, bar.group));
  const focused = document.activeElement && document.activeElement.key;
  const picture = svg("svg", { role: "group", "aria-label": `What ran in the last ${length / 1000} seconds`, onkeydown: stepBar }, patterns());
  let y = 0, left = mostLanes, over = 0;
  const bands = [];
  for (const [group, members] of groupBars(bars)) {
    const { lanes, rest } = pack(members, x, width, Math.min(left, mostOfGroup));
    left -= lanes.length;
    over += rest;
    if (!lanes.length) continue;
    bands.push(svg("text", { x: 0, y: y + 12, class: "group" }, plain(group).slice(0, Math.floor(width / 8))));
    y += 17;
    for (const row of lanes) {
      for (const bar of row) bands.push(...barNodes(bar, y, x, width));
      y += lane;
    }
    y += 5;
  }
  picture.append(...ticks(now, length, width, x, y), ...bands);
  const height = y + (over ? 34 : 18);
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("height", height);
  if (over) picture.append(svg("text", { x: 0, y: y + 29, class: "more" }, `and ${many(over, `more ${workerWord()}`)}, for which there is no room`));
  $("lanes").replaceChildren(picture);
  refocus(picture, focused);
}

function runningBars(now) {
  const bars = [];
  const visit = (groups) => {
    for (const g of groups || []) {
      for (const w of g.workers || []) {
        const key = keyOf(g.id, w.number);
        bars.push({ key, groupID: g.id, group: g.name, worker: w, start: now - (w.age || 0) / 1e6, end: now, as: view.stuck.has(key) ? "stuck" : "running" });
      }
      visit(g.groups);
    }
  };
  visit(view.state.groups);
  return bars;
}

// groupBars puts groups of one name together: a group of each attempt of a
// supervised worker, or of each request, is one to the reader.
function groupBars(bars) {
  const all = new Map();
  for (const bar of bars) {
    const title = bar.group || `${groupWord()} ${bar.groupID}`;
    if (!all.has(title)) all.set(title, []);
    all.get(title).push(bar);
  }
  return [...all].sort((a, b) => Math.min(...a[1].map((bar) => bar.groupID)) - Math.min(...b[1].map((bar) => bar.groupID)));
}

// pack puts bars into as few lanes as they need, the longest-running first.
function pack(bars, x, width, most) {
  const lanes = [];
  let rest = 0;
  bars.sort((a, b) => a.start - b.start || a.worker.number - b.worker.number);
  for (const bar of bars) {
    const from = x(bar.start);
    const row = lanes.find((row) => row.free <= from) || (lanes.length < most && lanes[lanes.push([]) - 1]);
    if (!row) {
      rest++;
      continue;
    }
    row.free = Math.max(x(bar.end), from + 3) + (mark(bar) ? 13 : 1);
    row.push(bar);
  }
  return { lanes, rest };
}

const mark = (bar) => (outcomes[bar.as] || running[bar.as]).mark;

function barNodes(bar, y, x, width) {
  const from = x(bar.start);
  const to = Math.max(from + 3, Math.min(width, x(bar.end)));
  const words = describe(bar);
  const open = () => (bar.as in running ? showStack(bar.groupID, bar.worker.number) : pick(bar));
  const rect = svg("rect", {
    class: `bar ${bar.as}` + (view.picked === bar.key ? " picked" : ""), x: from, y: y + 1, width: to - from, height: lane - 3, rx: 2,
    "data-outcome": bar.as, role: "button", tabindex: -1, "aria-label": words, onclick: open, onmouseenter: () => pick(bar), onfocus: () => pick(bar),
  }, svg("title", {}, words));
  rect.key = bar.key;
  rect.open = open;
  const nodes = [rect];
  if (hatched.includes(bar.as)) nodes.push(svg("rect", { x: from, y: y + 1, width: to - from, height: lane - 3, rx: 2, fill: "url(#hatch)", "pointer-events": "none" }));
  const inside = to + 12 > width;
  if (mark(bar)) nodes.push(svg("text", { class: `mark ${bar.as}`, x: inside ? to - 3 : to + 2, y: y + 11, "text-anchor": inside ? "end" : "start" }, mark(bar)));
  if (bar.as in running) {
    const room = Math.floor((to - from - 22) / 6.5);
    const title = (bar.worker.atLeast ? "‹ " : "") + plain(titleOf(bar.worker)); // it began before that
    if (room >= 4) nodes.push(svg("text", { class: "label", x: from + 4, y: y + 10.5 }, title.length > room ? title.slice(0, room - 1) + "…" : title));
  }
  return nodes;
}

function describe(bar) {
  const w = bar.worker;
  const how = bar.as in running ? `${running[bar.as].words}, ${ageOf(w) || "for an unknown time"}`
    : `${outcomes[bar.as].words} after ${w.atLeast ? "at least " : ""}${span(w.age || 0)}, at ${clock(bar.end)}`;
  return plain(`${titleOf(w)}${w.name ? ` (${shortFunc(w.func)})` : ""}, ${workerWord()} ${w.number} of ${bar.group || `${groupWord()} ${bar.groupID}`}: ${how}${w.err ? `: ${w.err}` : ""}${w.file ? ` · started at ${placeOf(w)}` : ""}`);
}

function pick(bar) {
  view.picked = bar.key;
  for (const node of document.querySelectorAll(".bar.picked")) node.classList.remove("picked");
  put($("picked"), describe(bar));
}

// refocus gives the bars one place in the tab order, and the focus back to the
// one that had it.
function refocus(picture, focused) {
  const bars = [...picture.querySelectorAll(".bar")];
  const chosen = bars.find((bar) => bar.key === (focused || view.picked)) || bars.at(-1);
  if (chosen) chosen.setAttribute("tabindex", 0);
  if (focused && chosen && chosen.key === focused) chosen.focus({ preventScroll: true });
}

function stepBar(event) {
  const bars = [...event.currentTarget.querySelectorAll(".bar")];
  const at = bars.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: bars.length - 1 }[event.key];
  if (event.key === "Enter" || event.key === " ") bars[at]?.open();
  else if (to === undefined || !bars[to]) return;
  else {
    bars[at]?.setAttribute("tabindex", -1);
    bars[to].setAttribute("tabindex", 0);
    bars[to].focus();
  }
  event.preventDefault();
}

function patterns() {
  return svg("defs", {}, svg("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { width: 2, height: 5, fill: css("--card"), opacity: 0.65 })));
}

function ticks(now, length, width, x, height) {
  const nodes = [];
  const step = length / (width < 500 ? 3 : 6);
  const past = Date.now() - now > 60e3; // it is told of a time that is over
  for (let back = 0; back <= length; back += step) {
    const at = Math.min(width - 0.5, Math.max(0.5, x(now - back)));
    nodes.push(svg("line", { class: "grid", x1: at, x2: at, y1: 0, y2: height }));
    if (back < length) nodes.push(svg("text", { x: back ? at : width, y: height + 13, "text-anchor": back ? "middle" : "end" }, back ? `${Math.round(back / 100) / 10} s ${past ? "before" : "ago"}` : past ? clock(now) : "now"));
  }
  return nodes;
}

function makeLegend() {
  for (const [as, { mark, words }] of Object.entries({ ...running, ...outcomes })) {
    if (as === "skipped") continue; // it never ran
    $("legend").append(el("li", {},
      svg("svg", { width: 18, height: 11, "aria-hidden": "true" }, svg("rect", { class: `bar ${as}`, x: 1, y: 1, width: 16, height: 9, rx: 2 }),
        hatched.includes(as) ? svg("path", { d: "M4 10l5-9M9 10l5-9", stroke: css("--card"), "stroke-width": 1.6 }) : ""),
      `${words} ${mark}`));
  }
}

// --- groups

function drawTree() {
  const { groups, rest } = view.state;
  drawGroups($("tree"), groups, 0);
  put($("no-groups"), rest ? restText(rest) : !groups.length ? `No ${groupWord()} is in use.` : groups.some(groupMatches) ? "" : "None of them contains the text of the filter.");
}

const restText = (rest) => `and ${many(rest.groups, `more ${groupWord()}`)}: ${many(rest.running, workerWord())} running, ${rest.queued.toLocaleString("en")} queued`;

// groupMatches also says yes if something below it matches.
function groupMatches(g) {
  return matches(groupTitle(g), placeOf(g), g.cause) || (g.workers || []).some((w) => workerMatches(w)) || (g.groups || []).some(groupMatches);
}

function drawGroups(list, groups, depth) {
  sync(list, (groups || []).filter(groupMatches), (g) => g.id, makeGroup, (node, g) => updateGroup(node, g, depth));
}

function makeGroup(g) {
  const details = el("details", { class: "group" },
    el("summary", { onclick: () => view.unfolded.set(g.id, !details.open) }, name(groupTitle(g)), el("span", { class: "soft mono" }), gauge(),
      el("span", { class: "number" }), el("span", { class: "outcomes" }), el("span", { class: "cause" })),
    el("div", { class: "workers" }), el("div", { class: "below" }, el("span", {}), el("button", { type: "button", onclick: () => showStack(g.id) }, view.state.program.details ? detailOfAll() : "Stacks")),
    el("ul", { class: "tree" }), el("p", { class: "below" }));
  details.addEventListener("toggle", () => { if (details.open) fillGroup(details); });
  return el("li", {}, details);
}

function updateGroup(node, g, depth) {
  const details = node.firstChild;
  const [title, made, bar, counts, ended, cause] = details.firstChild.children;
  details.group = g;
  details.depth = depth;
  put(title, plain(groupTitle(g)));
  put(made, placeOf(g) ? name(placeOf(g)) : "");
  setGauge(bar, g);
  put(counts, countText(g));
  put(ended, Object.entries(outcomes).map(([as, { mark }]) => {
    const n = g[fields[as] || as];
    return n ? el("span", { class: as }, `${n.toLocaleString("en")} ${as} ${mark}`) : "";
  }));
  put(cause, g.cause ? ["cancelled: ", name(g.cause)] : "");
  cause.hidden = !g.cause;
  const open = view.filter ? true : view.unfolded.get(g.id) ?? (depth < 2 && view.state.groups.length <= 20);
  if (details.open !== open) details.open = open;
  if (open) fillGroup(details);
}

function countText(g) {
  return [
    g.limit ? `${g.running.toLocaleString("en")} of ${g.limit.toLocaleString("en")} running` : `${g.running.toLocaleString("en")} running`,
    g.queued ? `${g.queued.toLocaleString("en")} queued` : "",
    g.blocked ? `${g.blocked.toLocaleString("en")} blocked in Go` : "",
    g.waiting ? `${g.waiting.toLocaleString("en")} waiting for them` : "",
  ].filter(Boolean).join(", ");
}

// fillGroup draws what is below the line of a group that is unfolded.
function fillGroup(details) {
  const [, workers, below, tree, rest] = details.children;
  const g = details.group;
  const own = matches(groupTitle(g));
  const list = (g.workers || []).filter((w) => own || workerMatches(w));
  sync(workers, list, (w) => w.number, makeWorker, (node, w) => updateWorker(node, w, g));
  const unlisted = g.running - (g.workers || []).length;
  put(below.firstChild, unlisted > 0 ? `and ${unlisted.toLocaleString("en")} more` : "");
  below.hidden = g.running < 2;
  workers.hidden = !list.length;
  drawGroups(tree, g.groups, details.depth + 1);
  put(rest, g.rest ? restText(g.rest) : "");
  rest.hidden = !g.rest;
}

function makeWorker() {
  return el("div", { class: "worker" }, el("span", { class: "age" }), el("span", {}), el("span", { class: "func soft mono" }), el("span", { class: "made soft mono" }));
}

function updateWorker(node, w, g) {
  const [age, who, func, made] = node.children;
  node.classList.toggle("stuck", view.stuck.has(keyOf(g.id, w.number)));
  put(age, (node.classList.contains("stuck") ? "▲ " : "") + ageOf(w));
  put(who, opener({ ...w, name: w.name || `${workerWord()} ${w.number}` }, g.id));
  put(func, name(shortFunc(w.func)));
  func.title = plain(w.func || "");
  put(made, name(placeOf(w)));
  made.title = w.file ? plain(`${w.file}:${w.line}`) : "";
}

// gauge shows how many workers run and are queued, and the limit as a line.
function gauge() {
  const part = (as) => svg("rect", { class: as, x: 0.5, y: 0.5, width: 0, height: 9, rx: 2 });
  return svg("svg", { class: "fill", width: 101, height: 10, "aria-hidden": "true" }, part("all"), part("queued"), part("running"), svg("line", { class: "limit", y1: 0, y2: 10 }));
}

function setGauge(node, g) {
  const [all, queued, runs, limit] = node.children;
  node.classList.toggle("none", !g.limit && !g.queued); // there is nothing to compare
  const most = Math.max(g.limit, g.running + g.queued, 1);
  all.setAttribute("width", 100);
  runs.setAttribute("width", (100 * g.running) / most);
  queued.setAttribute("width", (100 * (g.running + g.queued)) / most);
  limit.setAttribute("visibility", g.limit ? "visible" : "hidden");
  for (const end of ["x1", "x2"]) limit.setAttribute(end, (100 * g.limit) / most);
}

// --- stacks

let shownStack = null;

// showStack shows the stack of a worker, or those of a group.
async function showStack(groupID, number) {
  shownStack = [groupID, number];
  put($("stack-title"), number === undefined ? detailOfAll() : `${workerWord()} ${number}`);
  $("dump").replaceChildren(el("p", { class: "empty" }, "Looking …"));
  if (!$("stack").open) $("stack").showModal();
  try {
    const answer = await fetch(`stacks?format=json&group=${groupID}` + (number === undefined ? "" : `&worker=${number}`), { signal: AbortSignal.timeout(30000) });
    if (answer.status === 404) throw new Error("It has ended, or is not among the hundred eldest of its " + groupWord() + ".");
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const dump = await answer.json();
    if (number !== undefined) put($("stack-title"), name(titleOf(dump.workers[0])), dump.workers[0].name ? ` (${workerWord()} ${number})` : "");
    $("dump").replaceChildren(...dump.workers.flatMap((w) => stackNodes(w, number === undefined)), el("p", { class: "soft" }, `Seen at ${clock(Date.parse(dump.time))}`));
  } catch (error) {
    $("dump").replaceChildren(el("p", {}, plain(error.message)));
  }
}

function stackNodes(w, titled) {
  const facts = [
    ageOf(w) ? `for ${ageOf(w)}` : "", w.state ? `in ${w.state}` : "", w.group ? `of ${w.group}` : "", w.func || "", w.file ? `started at ${w.file}:${w.line}` : "", w.goroutine ? `goroutine ${w.goroutine}` : "",
  ].filter(Boolean).map(plain).join(" · ");
  return [
    titled ? el("h3", {}, name(titleOf(w)), ` (${workerWord()} ${w.number})`) : "",
    el("p", { class: "soft mono" }, el("bdi", {}, facts)),
    stackText(w),
  ].filter(Boolean);
}

function stackText(w) {
  if (view.state.program.details) return w.stack ? el("pre", { tabindex: 0, "aria-label": detail() }, w.stack.split("\n").map((line) => line.trimEnd().split("\t").map(plain).join("\t") + "\n")) : el("p", {}, `There is no ${detail()}.`);
  if (w.stack) return el("pre", { tabindex: 0, "aria-label": "Stack, the innermost call first" }, stackLines(w.stack));
  return el("p", {}, "Its stack could not be told: of so many goroutines those that run the same function can only be told apart by their names.");
}

// stackLines tells functions from places.
function stackLines(stack) {
  return stack.split("\n").map((line) => el(line.startsWith("\t") ? "i" : "b", {}, (line.startsWith("\t") ? "\t" : "") + plain(line.replace(/^\t/, "")) + "\n"));
}

// --- the reader

function setPaused(paused) {
  view.paused = paused;
  $("pause").setAttribute("aria-pressed", paused);
  $("pause").textContent = paused ? "Go on" : "Pause";
  showStatus();
  ask();
}

$("pause").addEventListener("click", () => setPaused(!view.paused));
$("filter").addEventListener("input", () => {
  view.filter = $("filter").value.trim().toLowerCase();
  draw();
});
$("window").addEventListener("change", draw);
$("close").addEventListener("click", () => $("stack").close());
$("again").addEventListener("click", () => showStack(...shownStack));
$("copy").addEventListener("click", () => navigator.clipboard.writeText($("dump").innerText));
$("copy").hidden = !navigator.clipboard;
$("stack").addEventListener("click", (event) => { if (event.target === $("stack")) $("stack").close(); });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("stack").open || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  if (event.key === "/") $("filter").focus();
  else if (event.key === "p") setPaused(!view.paused);
  else return;
  event.preventDefault();
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
addEventListener("resize", () => { if (view.state) drawTimeline(); });
dark.addEventListener("change", () => {
  for (const which of Object.keys(plots)) {
    plots[which].watcher.disconnect();
    plots[which].destroy();
    delete plots[which];
  }
  $("legend").replaceChildren();
  makeLegend();
  draw();
});

makeLegend();
ask();
