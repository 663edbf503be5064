// Answers whose outcome is not known yet. The browser stores them, so that they survive a reload
// and all tabs show them. An answer gets one key, once; the server sends a key at most once.

import { ask } from "./server.js";

const PREFIX = "answer:";

export class Outbox {
  #change; // called when an answer changes
  #sent; // called with a participant, and the message or null

  constructor(change, sent) {
    this.#change = change;
    this.#sent = sent;
    addEventListener("storage", () => change()); // another tab's
  }

  /** Give the answers to a participant, or to all, oldest first. */
  list(participant = null) {
    return Object.keys(localStorage)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => JSON.parse(localStorage.getItem(name)))
      .filter((answer) => participant === null || answer.participant === participant)
      .sort((one, other) => one.time - other.time);
  }

  /** Keep an answer, then send it. */
  add(participant, text) {
    const answer = { key: crypto.randomUUID(), participant, text, time: Date.now() };
    this.#keep(answer, "sending");
    this.send(answer);
  }

  /** Send an answer whose key the server has not sent. */
  async send(answer) {
    const { key, participant, text } = answer;
    const outcome = await this.#ask(answer, "sending", "/api/send", { key, participant, text });
    if (outcome.state === "uncertain") await this.settle(answer);
  }

  /** Find out what became of an answer. */
  async settle(answer) {
    await this.#ask(answer, "looking", "/api/settle", { key: answer.key });
  }

  /** Find out what became of all answers that are open. */
  resume() {
    const open = ["sending", "looking", "uncertain"];
    for (const answer of this.list()) if (open.includes(answer.state)) this.settle(answer);
  }

  /** Forget an answer; say whether it was still there. */
  remove(answer) {
    const isHere = this.#has(answer);
    localStorage.removeItem(PREFIX + answer.key);
    this.#change();
    return isHere;
  }

  #has({ key }) {
    return localStorage.getItem(PREFIX + key) !== null;
  }

  /** Forget answers whose messages are shown now. */
  show(messages) {
    for (const answer of this.list()) {
      if (answer.batch && messages.some(({ batch }) => batch === answer.batch)) this.remove(answer);
    }
  }

  // A lock lets one tab at a time ask for an answer; it ends with its tab.
  #ask(answer, state, path, question) {
    return navigator.locks.request(PREFIX + answer.key, async () => {
      if (!this.#has(answer)) return {}; // settled meanwhile, or given up by a person
      this.#keep(answer, state);
      const outcome = await this.#outcome(path, question);
      if (!this.#has(answer)) return {};
      this.#keep({ ...answer, batch: outcome.batch, problem: outcome.problem }, outcome.state);
      if (outcome.message) this.remove(answer);
      if (outcome.state === "sent") this.#sent(answer.participant, outcome.message);
      return outcome;
    });
  }

  async #outcome(path, question) {
    try {
      return await (await ask(path, question)).json();
    } catch (error) {
      const isUnsent = path === "/api/send" && error.isRefusal;
      return { state: isUnsent ? "unsent" : "uncertain", problem: error.message };
    }
  }

  #keep(answer, state) {
    localStorage.setItem(PREFIX + answer.key, JSON.stringify({ ...answer, state }));
    this.#change();
  }
}
