// Puts what happens into a conversation, in the order in which it comes.

import { ask, records, ServerAway } from "./server.js";

export class News {
  #turn = Promise.resolve(); // ends when all that came was put in
  #added; // called when a conversation has a new message
  #changed; // called with the number of a message that changed
  #failed; // called with a text

  constructor(added, changed, failed) {
    this.#added = added;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** Take a record of the feed. */
  take(conversation, { message, update }) {
    if (message) this.put(conversation, message);
    else this.#inTurn(conversation, () => this.#update(conversation, update));
  }

  /** Take a message. */
  put(conversation, message) {
    this.#inTurn(conversation, () => this.#put(conversation, message));
  }

  /** Read what came while nobody listened. */
  catchUp(conversation) {
    this.#inTurn(conversation, () => this.#catchUp(conversation));
  }

  #inTurn(conversation, work) {
    this.#turn = this.#turn.then(work).catch((error) => {
      if (conversation.stop.signal.aborted || error instanceof ServerAway) return; // it is back later
      console.error(error);
      this.#failed(error.message);
    });
  }

  #put(conversation, message) {
    if (conversation.has(message.id)) {
      this.#change(conversation, message);
    } else {
      conversation.append(message);
      this.#added(conversation, message);
    }
  }

  #change(conversation, news) {
    const number = conversation.update(news);
    if (number !== null) this.#changed(conversation, number);
  }

  async #update(conversation, update) {
    if (conversation.has(update.id)) this.#change(conversation, update);
    else await this.#catchUp(conversation); // sent by somebody else
  }

  async #catchUp(conversation) {
    if (conversation.isComing && conversation.count === 0) return; // all of it is on its way
    const missed = await this.#readNewest(conversation);
    for (const message of missed.reverse()) this.#put(conversation, message);
  }

  /** Read pages, newest message first, up to one that has a message that is known. */
  async #readNewest(conversation) {
    const enough = new AbortController();
    const signal = AbortSignal.any([conversation.stop.signal, enough.signal]);
    const read = [];
    try {
      const { participant } = conversation;
      const { body } = await ask("/api/messages", { participant, cursor: null }, signal);
      for await (const { messages, error } of records(body)) {
        if (error) throw new Error(error);
        read.push(...(messages ?? []));
        if (messages?.some(({ id }) => conversation.has(id))) break;
      }
    } finally {
      enough.abort();
    }
    return read;
  }
}
