// Shows one conversation, newest message first, while it loads and while it goes on: combines the
// data (conversation, search, outbox), the server, and the elements of the page.

import { AnswerBox } from "./answer.js";
import { draw } from "./bubble.js";
import { Conversation } from "./conversation.js";
import { showProgress, showSummary, showTotals } from "./facts.js";
import { VirtualList } from "./list.js";
import { Live } from "./live.js";
import { News } from "./news.js";
import { Outbox } from "./outbox.js";
import { pause, Search } from "./search.js";
import { ask, records, ServerAway } from "./server.js";
import { Threads } from "./threads.js";
import { notice, spoken, status } from "./words.js";

const FIRST_WAIT = 1000; // milliseconds until the page tries again, doubled after each failure
const LONGEST_WAIT = 30_000;

const SUMMARY_WAIT = 1000; // milliseconds after news, for those that come together

const at = (id) => document.getElementById(id);
const list = new VirtualList(at("log"), at("list"));
const outbox = new Outbox(() => box.show(), showSent);
const box = new AnswerBox(outbox);
const threads = new Threads();
const news = new News(showAdded, showChanged, showLive);

let shown = null; // the conversation on the page
let search = null; // what is searched for in it
let summaryTimer = null;

// Opening and loading.

function open(participant) {
  shown?.stop.abort();
  shown = new Conversation(participant);
  at("name").textContent = participant;
  at("log").setAttribute("aria-label", `Messages with ${participant}`);
  at("search").value = "";
  for (const id of ["head", "facts"]) at(id).hidden = false;
  for (const id of ["summary", "problem"]) at(id).hidden = true;
  if (decode(location.hash.slice(1)) !== participant) location.hash = encodeURIComponent(participant);
  threads.turnTo(participant);
  box.turnTo(participant);
  searchFor("");
  showTitle();
  load(shown);
}

function showTitle() {
  const name = shown?.participant ?? "Inbox";
  document.title = threads.unread ? `(${threads.unread}) ${name}` : name;
}

/** Load what is missing, and try again for as long as the server is away. */
async function load(conversation) {
  conversation.stop.abort();
  conversation.stop = new AbortController();
  const { signal } = conversation.stop;
  let wait = FIRST_WAIT;
  while (!signal.aborted) {
    if (at("summary").hidden) summarise(conversation, signal);
    const before = conversation.loaded;
    await loadOnce(conversation, signal);
    if (signal.aborted || conversation.state !== "waiting") return;
    if (conversation.loaded > before) wait = FIRST_WAIT;
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
  const { participant, cursor, loaded: before } = conversation;
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
    outbox.show(record.messages);
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

// What happens while the page is open.

function hear(record) {
  const { participant, message } = record;
  if (record.threads) threads.reset(record.threads);
  if (message) threads.take(participant, message);
  if ("problem" in record) showLive(record.problem);
  if (shown && record.isBack) {
    outbox.resume();
    news.catchUp(shown);
  }
  if (participant && participant === shown?.number) news.take(shown, record);
  showTitle();
}

/** Show a message that this page sent. */
function showSent(participant, message) {
  if (participant !== shown?.participant) return;
  if (message) news.put(shown, message);
  else news.catchUp(shown);
}

function showAdded(conversation, message) {
  outbox.show([message]);
  if (conversation !== shown) return;
  const isRow = search ? search.append() : true;
  if (isRow) list.prepend(1);
  showNews(conversation);
}

function showChanged(conversation, number) {
  if (conversation !== shown) return;
  list.redraw(search ? search.found.indexOf(number) : number - conversation.newest);
  showNews(conversation);
}

function showNews(conversation) {
  conversation.missing = false;
  show();
  clearTimeout(summaryTimer);
  summaryTimer = setTimeout(() => summarise(conversation, conversation.stop.signal), SUMMARY_WAIT);
}

// Searching.

function searchFor(text) {
  search?.stop();
  const words = text.trim();
  search = words ? new Search(words, shown) : null;
  const conversation = shown;
  const now = search;
  at("log").classList.toggle("searching", now !== null);
  list.reset((row) => {
    const number = now ? now.found[row] : conversation.newest + row;
    return draw(conversation, number, now?.pattern);
  });
  search?.catchUp(show);
  show();
}

// Showing.

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
  const rows = search ? search.found.length : shown.count;
  list.grow(rows, search ? rows : shown.expected);
  showTotals(shown);
  showProgress(shown);
  showNotice(notice(shown, search));
  setText(at("status"), status(shown, search));
  setText(at("spoken"), spoken(shown, search));
}

/** Set a text only if it differs: a screen reader would say the same text again. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Say why nothing new comes, or that it does. */
function showLive(problem) {
  at("live").classList.toggle("away", problem !== null);
  setText(at("live"), problem === null ? "Live" : `Not live. ${problem}`);
}

function showNotice(text) {
  at("notice").hidden = text === null;
  if (text) [at("headline").textContent, at("detail").textContent] = text;
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
  const isTyping = ["INPUT", "TEXTAREA"].includes(event.target.tagName) || event.ctrlKey || event.metaKey;
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
await new Live(hear).ready; // before a conversation loads, so that nothing is missed
outbox.resume();
follow();
