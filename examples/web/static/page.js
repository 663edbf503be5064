// Shows one conversation, newest message first, while it is still on its way.
// Texts of messages reach the page as text only: nothing here writes HTML.

const CHUNK = 50; // messages; the browser skips the layout of chunks out of sight
const SLICE = 10; // chunks searched between two pauses
const ROW = 76; // pixels; about the height of a message before it was laid out
const DIGITS = 18n; // after the point, in sums of money

const at = (id) => document.getElementById(id);
const count = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "long", year: "numeric",
});
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

let shown = null; // the conversation on the page
let pattern = null; // what is searched for

// Opening and loading.

function open(participant) {
  shown?.stop.abort();
  shown = {
    participant, cursor: null, stop: null, loading: false, before: 0, total: null,
    messages: 0, segments: 0, costs: new Map(), chunks: [], matches: 0, first: null,
  };
  at("log").replaceChildren();
  at("name").textContent = document.title = participant;
  at("search").value = "";
  pattern = null;
  for (const id of ["head", "facts"]) at(id).hidden = false;
  for (const id of ["summary", "problem", "notice"]) at(id).hidden = true;
  at("log").classList.remove("searching");
  const hash = encodeURIComponent(participant);
  if (decode(location.hash.slice(1)) !== participant) location.hash = hash;
  showTotals(shown);
  load(shown);
  summarise(shown);
}

async function ask(path, conversation) {
  const { participant, cursor, stop } = conversation;
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ participant, cursor }),
    signal: stop.signal,
  });
  if (response.ok) return response;
  const { detail } = await response.json().catch(() => ({}));
  throw new Error(typeof detail === "string" ? detail : `The server answered ${response.status}.`);
}

async function load(conversation) {
  conversation.loading = true;
  conversation.before = conversation.messages;
  conversation.stop = new AbortController();
  at("problem").hidden = true;
  showStatus(conversation);
  let problem = "The connection to the server was lost.";
  try {
    const response = await ask("/api/messages", conversation);
    for await (const record of records(response.body)) {
      if (conversation !== shown) return;
      problem = take(conversation, record, problem);
      await pause();
    }
  } catch (error) {
    if (conversation !== shown) return;
    console.error(error);
    if (!(error instanceof TypeError)) problem = error.message; // a TypeError is a lost connection
  }
  conversation.loading = false;
  showStatus(conversation);
  if (problem) showProblem(problem);
}

/** Let the browser draw, and answer who types or scrolls. */
function pause() {
  return new Promise((done) => setTimeout(done));
}

async function* records(body) {
  let rest = "";
  for await (const text of readable(body.pipeThrough(new TextDecoderStream()))) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    yield* lines.map((line) => JSON.parse(line));
  }
}

async function* readable(stream) { // Safari cannot loop over a stream
  const reader = stream.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

/** Take a record; give the problem that holds if nothing follows it. */
function take(conversation, record, problem) {
  if (record.cursor) conversation.cursor = record.cursor;
  if (record.error) return record.error;
  if (record.messages) {
    conversation.total = record.total && conversation.before + record.total;
    add(conversation, record.messages);
    return problem;
  }
  if (conversation.messages === 0) showEmpty(record.missing);
  return null;
}

async function summarise(conversation) {
  try {
    const sums = await (await ask("/api/summary", conversation)).json();
    if (conversation === shown) showSummary(sums);
  } catch {
    // The stream tells what is wrong.
  }
}

// Messages.

function add(conversation, messages) {
  for (let start = 0; start < messages.length; start += CHUNK) {
    addChunk(conversation, messages.slice(start, start + CHUNK).reverse());
  }
  for (const message of messages) {
    conversation.messages += 1;
    conversation.segments += message.segments;
    addCost(conversation.costs, message);
  }
  showTotals(conversation);
  showStatus(conversation);
}

function addChunk(conversation, messages) {
  const list = document.createElement("ol");
  const items = [];
  let last = null;
  for (const message of messages) {
    const when = message.time && new Date(message.time);
    const today = when ? day.format(when) : last;
    if (today !== last) list.append(separator(today));
    last = today;
    items.push(draw(message, when));
    list.append(items.at(-1).element);
  }
  // The day of the chunk below began further up.
  const { first } = conversation;
  if (first?.className === "day" && first.textContent === last) first.remove();
  conversation.first = list.firstChild;
  const chunk = { list, items };
  conversation.chunks.push(chunk);
  if (pattern) conversation.matches += filter(chunk);
  else resize(chunk, items.length);
  at("log").append(list); // the log stacks upwards: what comes later is older
}

function separator(text) {
  const item = document.createElement("li");
  item.className = "day";
  item.textContent = text;
  return item;
}

function draw(message, when) {
  const element = at("message").content.firstElementChild.cloneNode(true);
  const part = (name) => element.querySelector(name);
  element.dataset.id = message.id;
  element.classList.add(message.outgoing ? "outgoing" : "incoming");
  part(".way").textContent = message.outgoing ? "Sent:" : "Received:";
  part(".text").textContent = message.text;
  part(".sender").textContent = message.outgoing ? message.sender ?? "" : "";
  part(".parts").textContent = message.segments > 1 ? `${message.segments} SMS` : "";
  if (message.state) element.classList.add(message.state);
  part(".state").textContent = message.state ?? "";
  part(".state").title = message.status;
  if (message.state === "failed") part(".reason").textContent = `Not delivered: ${message.status}`;
  drawTime(part("time"), when);
  return { element, text: part(".text"), body: message.text };
}

function drawTime(element, when) {
  if (!when) return;
  element.dateTime = when.toISOString();
  element.textContent = clock.format(when);
  element.dataset.date = `${date.format(when)}, `;
  element.title = moment.format(when);
}

/** Let the browser guess the height of a chunk from how many of its messages are visible. */
function resize({ list }, visible) {
  list.hidden = visible === 0;
  list.style.containIntrinsicBlockSize = `${pattern ? "" : "auto "}${visible * ROW}px`;
}

// Money is added up in whole numbers: floating point would show 0.30000000000000004.

function addCost(costs, { price, currency }) {
  if (price === null) return;
  const [whole, fraction = ""] = price.split(".");
  const amount = BigInt(whole + fraction.slice(0, Number(DIGITS)).padEnd(Number(DIGITS), "0"));
  costs.set(currency, (costs.get(currency) ?? 0n) + amount);
}

function money(amount) {
  if (amount < 0n) return `-${money(-amount)}`;
  const cents = (amount + 5n * 10n ** (DIGITS - 3n)) / 10n ** (DIGITS - 2n);
  return `${count.format(cents / 100n)}${point}${String(cents % 100n).padStart(2, "0")}`;
}

const point = count.formatToParts(0.5).find((part) => part.type === "decimal").value;

// What stands around the messages.

function showTotals({ messages, segments, costs }) {
  at("messages").textContent = count.format(messages);
  at("segments").textContent = count.format(segments);
  const sums = [...costs].sort().map(([currency, amount]) => {
    const sum = document.createElement("span");
    sum.textContent = `${money(amount)} ${currency}`;
    return sum;
  });
  at("costs").replaceChildren(...(sums.length ? sums : ["–"]));
}

function showStatus({ messages, total, loading, matches, participant }) {
  const progress = at("progress");
  progress.hidden = !loading;
  if (loading && total) {
    progress.max = total;
    progress.value = messages;
  } else {
    progress.removeAttribute("value");
  }
  const of = total && total > messages ? ` of ${count.format(total)}` : "";
  const read = count.format(messages);
  let text = loading ? `Loading … ${read}${of}` : `${read} messages`;
  if (pattern) text = `${count.format(matches)} of ${read} match`;
  at("status").textContent = text;
  at("log").setAttribute("aria-label", `Messages with ${participant}`);
}

function showSummary(sums) {
  const all = sums.delivered + sums.sending + sums.failed + sums.received;
  for (const kind of ["delivered", "sending", "failed", "received"]) {
    at("summary").querySelector(`i.${kind}`).style.flexGrow = sums[kind] / (all || 1);
    at("summary").querySelector(`li.${kind} b`).textContent = count.format(sums[kind]);
  }
  at("summary").hidden = all === 0;
}

function showEmpty(missing) {
  at("headline").textContent = "No messages";
  at("detail").textContent = missing
    ? "Nothing was sent to or received from this participant. " +
      "A wrong base URL looks the same: check IP1_V2_URL."
    : "The list is empty.";
  at("notice").hidden = false;
}

function showProblem(text) {
  at("problem").querySelector("p").textContent = text;
  at("problem").hidden = false;
}

// Searching in what is there.

async function search(text) {
  const words = text.trim();
  const wanted = words ? new RegExp(words.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&"), "giu") : null;
  const conversation = shown;
  pattern = wanted;
  conversation.matches = 0;
  at("log").classList.toggle("searching", pattern !== null);
  at("log").scrollTop = 0; // the newest
  for (const [index, chunk] of [...conversation.chunks].entries()) {
    if (index % SLICE === SLICE - 1) await pause();
    if (pattern !== wanted || conversation !== shown) return; // something else was typed
    conversation.matches += filter(chunk);
  }
  showStatus(conversation);
}

function filter(chunk) {
  let visible = 0;
  for (const item of chunk.items) {
    const found = pattern ? [...item.body.matchAll(pattern)] : null;
    item.element.hidden = found?.length === 0;
    visible += !item.element.hidden;
    if (found?.length) highlight(item, found);
    else if (item.marked) item.text.textContent = item.body;
    item.marked = Boolean(found?.length);
  }
  resize(chunk, visible);
  return visible;
}

function highlight({ text, body }, found) {
  const parts = [];
  let end = 0;
  for (const match of found) {
    const mark = document.createElement("mark");
    mark.textContent = match[0];
    parts.push(body.slice(end, match.index), mark);
    end = match.index + match[0].length;
  }
  text.replaceChildren(...parts, body.slice(end));
}

// Events.

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand
  }
}

function follow() {
  const participant = decode(location.hash.slice(1));
  at("participant").value = participant;
  if (participant && participant !== shown?.participant) open(participant);
}

at("open").addEventListener("submit", (event) => {
  event.preventDefault();
  const participant = at("participant").value.trim();
  if (!participant) return;
  open(participant);
  at("log").focus();
});
at("resume").addEventListener("click", () => load(shown));
at("search").addEventListener("input", () => search(at("search").value));
addEventListener("keydown", (event) => {
  if (event.key === "/" && shown && event.target.tagName !== "INPUT") {
    event.preventDefault();
    at("search").focus();
  } else if (event.key === "Escape" && event.target === at("search")) {
    at("search").value = "";
    search("");
    at("log").focus();
  }
});
addEventListener("hashchange", follow);
addEventListener("pagehide", () => {
  shown?.stop.abort(new Error("Stopped while the page was away."));
});
follow();
