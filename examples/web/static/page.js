// Shows one conversation, newest message first, while it is still on its way: brings together the
// data (conversation, search), the server, and the elements of the page.

import { draw } from "./bubble.js";
import { Conversation, money } from "./conversation.js";
import { VirtualList } from "./list.js";
import { pause, Search } from "./search.js";
import { ask, records, ServerAway } from "./server.js";
import { notice, spoken, status } from "./words.js";

const FIRST_WAIT = 1000; // milliseconds until the page tries again, doubled each time in vain
const LONGEST_WAIT = 30_000;

const at = (id) => document.getElementById(id);
const count = new Intl.NumberFormat();
const list = new VirtualList(at("log"), at("list"));

let shown = null; // the conversation on the page
let search = null; // what is searched for in it

// Opening and loading.

function open(participant) {
  shown?.stop.abort();
  shown = new Conversation(participant);
  at("name").textContent = document.title = participant;
  at("log").setAttribute("aria-label", `Messages with ${participant}`);
  at("search").value = "";
  for (const id of ["head", "facts"]) at(id).hidden = false;
  for (const id of ["summary", "problem"]) at(id).hidden = true;
  if (decode(location.hash.slice(1)) !== participant) location.hash = encodeURIComponent(participant);
  searchFor("");
  load(shown);
}

/** Load what is missing, and try again for as long as the server is away. */
async function load(conversation) {
  conversation.stop.abort();
  conversation.stop = new AbortController();
  const { signal } = conversation.stop;
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    if (at("summary").hidden) summarise(conversation, signal);
    const before = conversation.messages.length;
    await loadOnce(conversation, signal);
    if (signal.aborted || conversation.state !== "waiting") return;
    if (conversation.messages.length > before) wait = FIRST_WAIT;
    await pause(wait);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }
}

async function loadOnce(conversation, signal) {
  try {
    if (conversation.state !== "waiting") change(conversation, "loading");
    await stream(conversation, signal);
    change(conversation, "complete");
  } catch (error) {
    if (signal.aborted) return;
    console.error(error);
    change(conversation, error instanceof ServerAway ? "waiting" : "stopped", error.message);
  }
}

async function stream(conversation, signal) {
  const { participant, cursor, messages } = conversation;
  const before = messages.length;
  const { body } = await ask("/api/messages", { participant, cursor }, signal);
  signal.throwIfAborted();
  change(conversation, "loading");
  for await (const record of records(body)) {
    signal.throwIfAborted(); // else what was read before would come again after the same cursor
    conversation.cursor = record.cursor ?? conversation.cursor;
    if (record.error) throw new Error(record.error);
    if (record.end) {
      conversation.missing = record.missing;
      return;
    }
    conversation.total = record.total && before + record.total;
    conversation.add(record.messages);
    search?.catchUp(show);
    show();
    await pause();
  }
}

async function summarise({ participant }, signal) {
  try {
    const answer = await ask("/api/summary", { participant }, signal);
    const sums = await answer.json();
    if (!signal.aborted) showSummary(sums);
  } catch {
    // The stream says what is wrong.
  }
}

// Searching.

function searchFor(text) {
  search?.stop();
  const words = text.trim();
  search = words ? new Search(words, shown.messages) : null;
  const { messages } = shown;
  const now = search;
  at("log").classList.toggle("searching", now !== null);
  list.reset((row) => draw(messages, now ? now.found[row] : row, now?.pattern));
  search?.catchUp(show);
  show();
}

// What stands on the page.

/** Take note of how the loading goes, with a line about what went wrong. */
function change(conversation, state, problem = null) {
  conversation.state = state;
  at("problem").hidden = problem === null;
  const trouble = state === "waiting" ? `${problem} Trying again…` : problem ?? "";
  setText(at("problem").querySelector("p"), trouble);
  at("resume").textContent = state === "waiting" ? "Try now" : "Go on";
  show();
}

function show() {
  const rows = search ? search.found.length : shown.messages.length;
  list.grow(rows, search ? rows : shown.total ?? rows);
  showTotals(shown);
  showProgress(shown);
  showNotice(notice(shown, search));
  setText(at("status"), status(shown, search));
  setText(at("spoken"), spoken(shown, search));
}

/** Set a text that is another one: a screen reader says it again when it is set again. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showTotals({ messages, segments, costs }) {
  at("messages").textContent = count.format(messages.length);
  at("segments").textContent = count.format(segments);
  const sums = [...costs].sort().map(([currency, amount]) => {
    const sum = document.createElement("span");
    sum.textContent = `${money(amount)} ${currency}`;
    return sum;
  });
  at("costs").replaceChildren(...(sums.length ? sums : ["–"]));
}

function showProgress({ messages, total, isComing }) {
  const progress = at("progress");
  progress.hidden = !isComing;
  if (isComing && total) {
    progress.max = total;
    progress.value = messages.length;
  } else {
    progress.removeAttribute("value");
  }
}

function showNotice(text) {
  at("notice").hidden = text === null;
  if (text) [at("headline").textContent, at("detail").textContent] = text;
}

function showSummary(sums) {
  const all = sums.delivered + sums.sending + sums.failed + sums.received;
  for (const kind of ["delivered", "sending", "failed", "received"]) {
    at("summary").querySelector(`i.${kind}`).style.flexGrow = sums[kind] / (all || 1);
    at("summary").querySelector(`li.${kind} b`).textContent = count.format(sums[kind]);
  }
  at("summary").hidden = all === 0;
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
at("resume").addEventListener("click", () => {
  load(shown);
  at("log").focus(); // the button goes away
});
at("search").addEventListener("input", () => searchFor(at("search").value));
addEventListener("keydown", (event) => {
  const isTyping = event.target.tagName === "INPUT" || event.ctrlKey || event.metaKey;
  if (event.key === "/" && shown && !isTyping) {
    event.preventDefault();
    at("search").focus();
  } else if (event.key === "Escape" && event.target === at("search")) {
    at("search").value = "";
    searchFor("");
    at("log").focus();
  }
});
addEventListener("hashchange", follow);
addEventListener("pagehide", () => shown?.stop.abort());
addEventListener("pageshow", (event) => {
  const isHalf = shown !== null && shown.state !== "complete";
  if (event.persisted && isHalf) load(shown); // the browser kept the page, but not its connection
});
follow();
