// What is known of a conversation: data only, no element of the page.

const DIGITS = 18; // after the point, in sums of money

export class Conversation {
  messages = []; // newest first, as they come
  segments = 0;
  costs = new Map(); // by currency, in units of 10^-18
  cursor = null; // where to go on
  total = null; // at most as many messages there will be
  state = "loading"; // or "waiting" to try again, "stopped" by a problem, "complete"
  missing = false; // the service does not know the participant
  stop = new AbortController(); // ends what is being asked for it

  constructor(participant) {
    this.participant = participant;
  }

  /** Whether more messages may come without a click. */
  get isComing() {
    return this.state === "loading" || this.state === "waiting";
  }

  add(messages) {
    for (const message of messages) {
      this.messages.push(message);
      this.segments += message.segments;
      this.#addCost(message);
    }
  }

  // Whole numbers: floating point would show 0.30000000000000004.
  #addCost({ price, currency }) {
    if (price === null) return;
    const [whole, fraction = ""] = price.split(".");
    const amount = BigInt(whole + fraction.slice(0, DIGITS).padEnd(DIGITS, "0"));
    this.costs.set(currency, (this.costs.get(currency) ?? 0n) + amount);
  }
}

const count = new Intl.NumberFormat();
const point = count.formatToParts(0.5).find((part) => part.type === "decimal").value;

/** Write a sum of money with two digits after the point. */
export function money(amount) {
  if (amount < 0n) return `-${money(-amount)}`;
  const cents = (amount + 5n * 10n ** BigInt(DIGITS - 3)) / 10n ** BigInt(DIGITS - 2);
  return `${count.format(cents / 100n)}${point}${String(cents % 100n).padStart(2, "0")}`;
}
