// Listens to the server: it sends the messages and delivery reports of all conversations.
//
// A browser opens at most six connections to a server. So only one tab has the feed: the one that
// holds a lock. It gives the records to the other tabs; when it closes, another tab takes over.

import { pause } from "./search.js";
import { ask, records } from "./server.js";

const FIRST_WAIT = 1000; // milliseconds until it asks again, doubled after each failure
const LONGEST_WAIT = 30_000;
const SILENCE = 60_000; // milliseconds; the server says something every 20 seconds
const HELLO = 1000; // milliseconds that a new tab waits for a first word

export class Live {
  #channel = new BroadcastChannel("live");
  #threads = new Map(); // the latest of each conversation, by participant
  #problem = "Connecting…"; // why nothing comes now, or null
  #isLeading = false;
  #hear; // called with each record

  constructor(hear) {
    this.ready = new Promise((done) => {
      this.#hear = (record) => {
        hear(record);
        done();
      };
      setTimeout(done, HELLO);
    });
    this.#channel.addEventListener("message", ({ data }) => this.#receive(data));
    this.#channel.postMessage({ ask: true });
    navigator.locks.request("live", () => this.#lead());
  }

  #receive(record) {
    if (!record.ask) this.#hear(record);
    else if (this.#isLeading) this.#channel.postMessage(this.#state());
  }

  #state() {
    return { threads: [...this.#threads.values()], problem: this.#problem };
  }

  #spread(record) {
    this.#channel.postMessage(record);
    this.#hear(record);
  }

  async #lead() {
    this.#isLeading = true;
    let wait = FIRST_WAIT;
    for (;;) {
      try {
        await this.#listen(() => (wait = FIRST_WAIT));
      } catch (error) {
        this.#problem = error.message;
        this.#spread({ problem: this.#problem });
      }
      await pause(wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
    }
  }

  async #listen(onHello) {
    const stop = new AbortController();
    const giveUp = () => stop.abort(new Error("The server says nothing."));
    let timer = setTimeout(giveUp, SILENCE);
    try {
      const { body } = await ask("/api/live", {}, stop.signal);
      for await (const record of records(body)) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, SILENCE);
        if (record.threads) onHello();
        this.#take(record);
      }
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
  }

  #take(record) {
    if (record.threads) {
      this.#problem = null;
      this.#threads = new Map(record.threads.map((each) => [each.participant, each]));
      this.#spread({ ...this.#state(), isBack: true });
    } else if (record.message) {
      const { participant, message } = record;
      this.#threads.delete(participant);
      this.#threads.set(participant, { participant, ...message });
      this.#spread(record);
    } else if (record.update) {
      this.#spread(record);
    }
  }
}
