// What the page of a cluster has beside that of package insight, whose page.js
// comes first: el, put, sync and the others are its. Here too all text from
// outside goes through textContent.
"use strict";

const here = (location.pathname.match(/\/run\/([^/]+)\/$/) || [])[1]; // the run whose page this is
const cluster = {
  state: null,
  from: { runs: 0, workers: 0, dead: 0 },
  busy: new Set(), // what is being changed
  confirm: null, // the run that is perhaps to be cancelled
};
const marks = { ...outcomes, crashed: { mark: "†" }, lost: { mark: "?" }, retried: { mark: "↻" } };
const stateWords = {
  open: "takes tasks", closed: "goes on", queue: "queue", ending: "is being cancelled", cancelled: "cancelled", finished: "finished",
  works: "works", drains: "drains", silent: "silent", died: "gone without a word", left: "left",
};
const number = (n) => n.toLocaleString("en");
const runAddress = (run) => `${here ? "../" : "run/"}${encodeURIComponent(run)}/`;
const runLink = (run) => el("a", { href: runAddress(run) }, name(run));
const changes = () => Boolean(cluster.state.token); // else the address is only to look at
const ago = (seconds) => span(Math.max(1, Math.round(seconds)) * 1e9);

// --- asking

let clusterTimer = 0;
let asksCluster = false;

async function askCluster() {
  clearTimeout(clusterTimer);
  if (asksCluster || view.paused || document.hidden) {
    clusterTimer = setTimeout(askCluster, 1000);
    return;
  }
  asksCluster = true;
  try {
    const query = new URLSearchParams({ ...cluster.from, filter: view.filter });
    const answer = await fetch(`cluster?${query}`, { signal: AbortSignal.timeout(10000) });
    if (answer.ok) {
      cluster.state = await answer.json();
      for (const which of Object.keys(cluster.from)) cluster.from[which] = cluster.state[which].from;
      drawCluster();
    }
  } catch {
    // page.js says so: it asks the same server
  }
  asksCluster = false;
  clusterTimer = setTimeout(askCluster, 1000);
}

// change has the server do something, and says what came of it.
async function change(what, order) {
  const key = JSON.stringify([what, order]);
  if (cluster.busy.has(key)) return;
  cluster.busy.add(key);
  drawCluster();
  try {
    const answer = await fetch(what, { method: "POST", headers: { "Content-Type": "application/json", "Skein-Token": cluster.state.token }, body: JSON.stringify(order), signal: AbortSignal.timeout(30000) });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const done = await answer.json();
    if (what === "cancel") say("The run ", name(order.run), " is being cancelled.");
    else say(`${many(done.tasks.length, "task")} of `, name(order.run), ` ${done.tasks.length === 1 ? "was" : "were"} submitted again`, done.run ? [", to ", runLink(done.run)] : "", ".", done.errors ? ` Not so: ${plain(done.errors.join("; "))}` : "");
  } catch (error) {
    say(plain(error.message));
  }
  cluster.busy.delete(key);
  askCluster();
}

function say(...text) {
  put($("said"), ...text);
  $("said").hidden = false;
}

// --- drawing

function drawCluster() {
  const s = cluster.state;
  if (!s) return;
  $("cut").hidden = !s.trouble;
  put($("cut"), s.trouble ? `The cluster does not answer${s.asked ? ` since ${clock(Date.parse(s.asked))}` : ""}: ${plain(s.trouble)}` : "");
  const known = Boolean(s.asked);
  drawList("runs", s.runs, "runs", (r) => r.name, makeRow, drawRun, !known ? "Asking the cluster …" : here ? "There is no such run or queue any more." : view.filter ? "None of them has a name that contains the text of the filter." : "There are no runs and no queues.");
  drawList("crew", s.workers, "workers", (w) => w.name, makeRow, drawWorker, !known ? "" : here ? "No worker has a task of it." : "No worker has joined.");
  drawList("dead", s.dead, "dead", (d) => `${d.run}/${d.task}`, makeRow, drawDead, known ? "No task is dead." : "");
  $("dead").classList.toggle("some", s.dead.all > 0);
  const listed = s.dead.list.filter((d) => d.run === s.dead.list[0].run);
  $("retry-all").hidden = listed.length < 2 || !changes();
  put($("retry-all"), listed.length ? `Retry these ${listed.length}${here ? "" : ` of ${plain(listed[0].run)}`}` : "");
  $("retry-all").disabled = cluster.busy.size > 0;
  drawCourse();
}

// drawList draws a part of a list, and how to get to the others.
function drawList(id, list, which, key, make, update, none) {
  const [rows, empty, turn] = [".rows", ".empty", ".turn"].map((part) => $(id).querySelector(part));
  sync(rows, list.list, key, make, update);
  put(empty, list.list.length ? "" : none);
  empty.hidden = !empty.textContent;
  turn.hidden = list.all <= list.list.length;
  if (turn.hidden) return;
  if (!turn.children.length) {
    const step = (by) => () => {
      cluster.from[which] = Math.max(0, cluster.state[which].from + by * 50);
      askCluster();
    };
    turn.append(el("button", { type: "button", onclick: step(-1) }, "Back"), el("span", {}), el("button", { type: "button", onclick: step(1) }, "On"));
  }
  const end = list.from + list.list.length;
  put(turn.children[1], `${number(list.from + 1)} to ${number(end)} of ${number(list.all)}`);
  turn.children[0].disabled = list.from === 0;
  turn.children[2].disabled = end >= list.all;
}

const makeRow = () => el("li", {}, el("div", { class: "line" }), el("div", { class: "line more" }), el("div", { class: "why" }));

// fix puts nodes into a row the first time, and gives them.
function fix(node, make) {
  node.parts ||= make();
  return node.parts;
}

function drawRun(node, r) {
  const [line, more, why] = node.children;
  const parts = fix(node, () => {
    const parts = { title: el("span", { class: "title" }, here ? name(r.name) : runLink(r.name)), state: el("span", {}), share: share(), progress: el("span", { class: "number" }),
      cancel: el("button", { type: "button", onclick: () => sure(r.name) }, "Cancel"), counts: el("span", { class: "outcomes" }), facts: el("span", {}) };
    line.append(parts.title, parts.state, parts.share, parts.progress, el("span", { class: "push" }, parts.cancel));
    more.append(parts.counts, parts.facts);
    return parts;
  });
  parts.state.className = `standing is-${r.state}`;
  put(parts.state, stateWords[r.state] + (r.state === "finished" ? ` at ${clock(Date.parse(r.finished))}` : ""));
  drawShare(parts.share, r);
  put(parts.progress, r.submitted ? `${number(r.ended)} of ${many(r.submitted, "task")}` : `${many(r.ended, "task")} ended`);
  put(parts.counts, Object.keys(marks).map((as) => (r.counts && r.counts[as] ? el("span", { class: as }, `${number(r.counts[as])} ${as} ${marks[as].mark}`) : "")));
  put(parts.facts, [
    r.running ? `${number(r.running)} running` : "",
    r.waiting ? (r.submitted ? `${number(r.waiting)} waiting` : `${many(r.waiting, "message")} of tasks that have not ended`) : "",
    r.rate ? `${r.rate >= 10 ? number(Math.round(r.rate)) : r.rate.toFixed(1)} a second` : "",
    r.dead ? `${number(r.dead)} dead` : "",
    r.retried ? `${many(r.retried, "attempt")} tried again` : "",
    r.late ? `${number(r.late)} ran twice` : "",
    r.limit ? `at most ${number(r.limit)} at a time` : "",
    r.read || r.state === "finished" ? "" : "being read …",
  ].filter(Boolean).join(" · "));
  put(why, r.error ? plain(r.error) : r.cause ? [r.cause.startsWith("cancelled") ? "" : "cancelled: ", name(r.cause)] : "");
  why.hidden = !why.textContent;
  parts.cancel.hidden = !changes() || !["open", "closed"].includes(r.state);
  parts.cancel.disabled = cluster.busy.size > 0;
}

const shareOrder = ["succeeded", "failed", "crashed", "lost", "panicked", "goexit", "timed-out", "cancelled", "running"];

// share is a bar with a part for each outcome.
const share = () => svg("svg", { class: "share", width: 161, height: 11, viewBox: "0 0 161 11", preserveAspectRatio: "none", "aria-hidden": "true" },
  svg("rect", { class: "all", x: 0.5, y: 0.5, width: 160, height: 10 }), shareOrder.map((as) => svg("rect", { class: as, y: 0.5, height: 10, width: 0 })));

function drawShare(node, r) {
  const all = Math.max(1, r.submitted || r.ended + r.running);
  let x = 0.5;
  shareOrder.forEach((as, i) => {
    const n = as === "running" ? r.running : (r.counts && r.counts[as]) || 0;
    const width = Math.min(160.5 - x, n ? Math.max(1.5, (160 * n) / all) : 0); // one of a million is seen too
    node.children[i + 1].setAttribute("x", x);
    node.children[i + 1].setAttribute("width", Math.max(0, width));
    x += Math.max(0, width);
  });
}

function drawWorker(node, w) {
  const [line, more, does] = node.children;
  const parts = fix(node, () => {
    does.className = "does";
    const parts = { title: el("span", { class: "title" }, name(w.name)), state: el("span", {}), busy: el("span", { class: "number" }) };
    line.append(parts.title, parts.state, parts.busy);
    return parts;
  });
  parts.state.className = `standing is-${w.state}`;
  const gone = w.state === "died" || w.state === "left";
  put(parts.state, stateWords[w.state] + (gone ? ` at ${clock(Date.parse(w.left))}` : w.state === "silent" ? ` for ${ago(w.silence)}` : ""));
  put(parts.busy, gone ? "" : `${number(w.running)} of ${number(w.slots)} places in use`);
  put(more, name(`${w.host}, process ${w.pid}`), el("span", {}, w.types && w.types.length ? ["runs ", name(w.types.join(", "))] : ""));
  const unlisted = w.running - w.tasks.length;
  sync(does, [...w.tasks, ...(w.tasks.length && unlisted > 0 ? [{ task: "more", unlisted }] : [])], (t) => `${t.run}/${t.task}`, () => el("span", {}), (at, t) => {
    if (t.unlisted) put(at, `and ${number(t.unlisted)} more`);
    else put(at, name(t.task), here ? "" : [" of ", runLink(t.run)], t.attempt > 1 ? `, attempt ${t.attempt}` : "", gone ? "; it had this" : `, ${span(t.age < 1e9 ? t.age : Math.floor(t.age / 1e9) * 1e9)}`);
  });
  does.hidden = !does.children.length;
}

function drawDead(node, d) {
  const [line, more, why] = node.children;
  const last = d.tries[d.tries.length - 1];
  const order = { run: d.run, tasks: [d.task] };
  const parts = fix(node, () => {
    const parts = { outcome: el("span", {}), retry: el("button", { type: "button", onclick: () => change("retry", order) }, "Retry") };
    line.append(el("button", { class: "open", type: "button", title: "Show its attempts and arguments", onclick: () => inspect(d) }, name(d.task)), parts.outcome,
      here ? "" : el("span", {}, "of ", runLink(d.run)), el("span", { class: "push" }, parts.retry));
    return parts;
  });
  parts.outcome.className = `outcome ${last.outcome}`;
  put(parts.outcome, plain(last.outcome) + " " + (marks[last.outcome] || { mark: "" }).mark);
  put(more, el("span", {}, `${many(d.tries.length, "attempt")}, the last on `, name(last.worker), `, ended ${clock(Date.parse(last.ended))}${last.took ? ` after ${span(last.took)}` : ""}${last.deliveries ? `, ${many(last.deliveries, "worker")} vanished with it` : ""}`));
  put(why, last.cause ? name(last.cause) : "");
  why.hidden = !last.cause;
  parts.retry.hidden = !changes();
  parts.retry.title = d.closed ? "Its run takes no more tasks: it goes to a new run" : `To ${d.run}`;
  parts.retry.disabled = cluster.busy.size > 0;
}

// inspect shows all that is known of a dead task.
async function inspect(d) {
  put($("stack-title"), name(d.task), " of ", name(d.run));
  $("dump").replaceChildren(el("p", { class: "empty" }, "Looking …"));
  $("again").hidden = true;
  if (!$("stack").open) $("stack").showModal();
  try {
    const answer = await fetch(`dead?${new URLSearchParams({ run: d.run, task: d.task })}`, { signal: AbortSignal.timeout(30000) });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    const all = await answer.json();
    $("dump").replaceChildren(
      el("ol", { class: "tries" }, all.tries.map((a) => el("li", {}, el("div", { class: "line" }, el("span", {}, `attempt ${a.attempt}`), el("span", { class: `outcome ${a.outcome}` }, plain(a.outcome)),
        el("span", { class: "soft" }, "on ", name(a.worker), `, ended ${clock(Date.parse(a.ended))}${a.took ? ` after ${span(a.took)}` : ""}`)), a.cause ? lines(a.cause, "Why it ended") : ""))),
      el("h3", {}, "Arguments"), all.args ? lines(all.args, "Arguments") : el("p", {}, plain(all.note || "none")),
      all.bytes > all.args.length ? el("p", { class: "soft" }, `the beginning of ${many(all.bytes, "byte")}`) : "");
  } catch (error) {
    $("dump").replaceChildren(el("p", {}, plain(error.message)));
  }
}

const lines = (text, label) => el("pre", { tabindex: 0, "aria-label": label }, text.split("\n").map((line) => line.split("\t").map(plain).join("\t") + "\n"));

function sure(run) {
  cluster.confirm = run;
  put($("sure-title"), "Cancel ", name(run), "?");
  $("sure").showModal();
}

// --- the course of one run

function drawCourse() {
  const course = cluster.state.course;
  const run = cluster.state.runs.list[0];
  const over = Boolean(run && run.finished);
  $("whole").hidden = !course || !course.ended || course.ended.length < 2;
  $("now").hidden = Boolean(here) && over;
  if ($("whole").hidden) return;
  const begin = Date.parse(course.begin) / 1000;
  const time = course.ended.map((_, i) => begin + i * course.width);
  const rate = (counts) => counts.map((n) => n / course.width);
  plots.course ||= makePlot($("course"), courseOptions());
  plots.took ||= makePlot($("took"), tookOptions());
  plots.course.setData([time, rate(course.ended), rate(course.bad)]);
  plots.took.setData([time, course.took.map((ns) => ns || null)]);
  put($("course-text"), `tasks that ended a second, over ${ago(course.width * course.ended.length)}`);
  put($("took-text"), `on average, of those that ended within ${ago(course.width)}`);
}

const perSecond = (_, n) => (n === null || n === undefined ? "–" : number(Number(n.toPrecision(3))));

function courseOptions() {
  const options = rateOptions();
  options.axes[1].values = (_, ns) => ns.map((n) => n.toLocaleString("en", { notation: "compact" }));
  options.scales.y.range = (_, min, max) => [0, Math.max(0.5, (max || 0) * 1.15)];
  for (const line of options.series.slice(1)) line.value = perSecond;
  return options;
}

function tookOptions() {
  const options = latencyOptions();
  options.series = [options.series[0], { ...options.series[1], label: "average" }];
  return options;
}

// --- the reader

$("up").hidden = !here;
if (here) {
  $("runs-title").textContent = "Run";
  $("groups-title").textContent = "Running, by worker";
}
$("filter").addEventListener("input", () => { cluster.from.runs = 0; askCluster(); });
$("do-cancel").addEventListener("click", () => { $("sure").close(); change("cancel", { run: cluster.confirm }); });
$("keep").addEventListener("click", () => $("sure").close());
$("stack").addEventListener("close", () => { $("again").hidden = false; });
$("retry-all").addEventListener("click", () => {
  const [first] = cluster.state.dead.list;
  if (first) change("retry", { run: first.run, tasks: cluster.state.dead.list.filter((d) => d.run === first.run).map((d) => d.task) });
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) askCluster(); });

askCluster();
