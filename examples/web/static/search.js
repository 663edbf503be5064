// Searches the data of a conversation, not the page: most of its messages have no element.

const SLICE = 8; // milliseconds between two pauses, in which the browser draws and listens
const STEP = 200; // messages between two looks at the clock

export class Search {
  found = []; // indices of messages, newest first
  searched = 0; // how many messages
  #isRunning = false;
  #isStopped = false;

  constructor(words, messages) {
    this.words = words;
    this.messages = messages; // more may be added at its end
    this.pattern = new RegExp(words.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&"), "iu");
  }

  get isDone() {
    return this.searched === this.messages.length;
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
      const stop = Math.min(this.searched + STEP, this.messages.length);
      for (; this.searched < stop; this.searched += 1) {
        if (this.pattern.test(this.messages[this.searched].text)) this.found.push(this.searched);
      }
    }
  }
}

/** Let the browser draw, and answer who types or scrolls. */
export function pause(milliseconds = 0) {
  return new Promise((done) => setTimeout(done, milliseconds));
}
