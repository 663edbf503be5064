// The list of conversations in which something happened, the latest first.

const MOST = 50;
const template = document.getElementById("thread").content.firstElementChild;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export class Threads {
  #list = document.getElementById("threads");
  #latest = new Map(); // by participant, the latest at the end
  #unread = new Set(); // participants
  #shown = null; // the participant on the page

  get unread() {
    return this.#unread.size;
  }

  /** Take all threads that the server remembers. */
  reset(threads) {
    for (const thread of threads) this.#put(thread);
    this.#draw();
  }

  /** Take a new message; it is unread unless its conversation is on the page. */
  take(participant, message) {
    this.#put({ participant, ...message });
    if (!message.outgoing && participant !== this.#shown) this.#unread.add(participant);
    this.#draw();
  }

  /** Mark the conversation that is on the page. */
  turnTo(participant) {
    this.#shown = participant;
    this.#unread.delete(participant);
    this.#draw();
  }

  #put(thread) {
    const known = this.#latest.get(thread.participant);
    if (known?.id === thread.id) return; // its state changed, or it came again
    this.#latest.delete(thread.participant);
    this.#latest.set(thread.participant, thread);
    if (this.#latest.size > MOST) this.#latest.delete(this.#latest.keys().next().value);
  }

  #draw() {
    const items = [...this.#latest.values()].reverse().map((thread) => this.#item(thread));
    this.#list.replaceChildren(...items);
    this.#list.parentElement.hidden = items.length === 0;
  }

  #item({ participant, text, time, outgoing }) {
    const element = template.cloneNode(true);
    const part = (name) => element.querySelector(name);
    const link = part("a");
    link.href = `#${encodeURIComponent(participant)}`;
    if (participant === this.#shown) link.setAttribute("aria-current", "true");
    part(".who").textContent = participant;
    part(".snippet").textContent = `${outgoing ? "You: " : ""}${text}`;
    part("time").textContent = time ? clock.format(new Date(time)) : "";
    part(".new").hidden = !this.#unread.has(participant);
    return element;
  }
}
