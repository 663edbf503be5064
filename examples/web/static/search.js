// Searches the data of a conversation, not the page: most of its messages have no element.

const SLICE = 8; // milliseconds between two pauses, in which the browser draws and listens
const STEP = 200; // messages between two looks at the clock

export class Search {
  found = []; // numbers of messages, newest first
  #next; // the number to search next
  #isRunning = false;
  #isStopped = false;

  constructor(words, conversation) {
    this.words = words;
    this.conversation = conversation; // more messages may be added to it
    this.#next = conversation.newest;
    this.pattern = new RegExp(words.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&"), "iu");
  }

  get isDone() {
    return this.#next === this.conversation.loaded;
  }

  /** How many messages were searched. */
  get searched() {
    return this.#next - this.conversation.newest;
  }

  /** Search the message that was just appended. */
  append() {
    const { newest } = this.conversation;
    const isFound = this.#matches(newest);
    if (isFound) this.found.unshift(newest);
    return isFound;
  }

  #matches(number) {
    return this.pattern.test(this.conversation.at(number).text);
  }

  stop() {
    this.#isStopped = true;
  }

  /** Search what has come since, and report after each slice. */
  async catchUp(report) {
    if (this.#isRunning) return; // that run sees the new messages, too
    this.#isRunning = true;
    while (!this.#isStopped && !this.isDone) {
      this.#searchSlice();
      report();
      await pause();
    }
    this.#isRunning = false;
  }

  #searchSlice() {
    const end = performance.now() + SLICE;
    while (!this.isDone && performance.now() < end) {
      const stop = Math.min(this.#next + STEP, this.conversation.loaded);
      for (; this.#next < stop; this.#next += 1) {
        if (this.#matches(this.#next)) this.found.push(this.#next);
      }
    }
  }
}

/** Let the browser draw, and answer a person who types or scrolls. */
export function pause(milliseconds = 0) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
