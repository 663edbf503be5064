// The answer box, and above it the answers whose outcome is not known yet.

const WORDS = {
  sending: "Sending…",
  looking: "Perhaps sent. Looking for it…",
  uncertain: "Perhaps sent.",
  unsent: "Not sent.",
  sent: "Sent. The list will show it soon.",
};
const template = document.getElementById("pending").content.firstElementChild;

export class AnswerBox {
  #form = document.getElementById("answer");
  #text = document.getElementById("text");
  #list = document.getElementById("outbox");
  #log = document.getElementById("log");
  #drafts = new Map(); // by participant: a text for one must not go to another
  #participant = null;
  #outbox;

  constructor(outbox) {
    this.#outbox = outbox;
    this.#form.addEventListener("submit", (event) => this.#submit(event));
    this.#text.addEventListener("input", () => this.#fit());
    this.#text.addEventListener("keydown", (event) => {
      const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey);
      if (isSend && !event.isComposing) this.#form.requestSubmit();
    });
  }

  /** Write to another participant. */
  turnTo(participant) {
    this.#drafts.set(this.#participant, this.#text.value);
    this.#participant = participant;
    this.#form.hidden = false;
    this.#write(this.#drafts.get(participant) ?? "");
    this.show();
  }

  /** Show the answers that are not known to be sent. */
  show() {
    const answers = this.#participant === null ? [] : this.#outbox.list(this.#participant);
    this.#list.replaceChildren(...answers.map((answer) => this.#draw(answer)));
    this.#list.hidden = answers.length === 0;
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (!text) return; // also the second half of a double click
    this.#outbox.add(this.#participant, text);
    this.#write("");
    this.#text.focus();
    this.#log.scrollTop = 0; // where the answer will be
  }

  #write(text) {
    this.#text.value = text;
    this.#fit();
  }

  #fit() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight + 2}px`;
  }

  #draw(answer) {
    const element = template.cloneNode(true);
    const part = (name) => element.querySelector(name);
    const { state, problem } = answer;
    element.classList.add(state);
    part(".text").textContent = answer.text;
    part(".word").textContent = WORDS[state];
    part(".problem").textContent = state === "uncertain" || state === "unsent" ? problem ?? "" : "";
    const on = (name, isShown, act) => {
      part(name).hidden = !isShown;
      part(name).addEventListener("click", act);
    };
    on(".again", state === "unsent", () => this.#sendAgain(answer));
    on(".look", state === "uncertain", () => this.#outbox.settle(answer));
    on(".edit", state === "unsent" || state === "uncertain", () => this.#edit(answer));
    on(".close", state === "sent", () => this.#outbox.remove(answer));
    return element;
  }

  /** Send what was certainly not sent, as a new answer: its key may be refused for good. */
  #sendAgain(answer) {
    const { participant, text } = answer;
    if (this.#outbox.remove(answer)) this.#outbox.add(participant, text);
  }

  /** Give the text back to a person, who decides. */
  #edit(answer) {
    if (!this.#outbox.remove(answer)) return;
    this.#write([this.#text.value, answer.text].filter(Boolean).join("\n"));
    this.#text.focus();
  }
}
