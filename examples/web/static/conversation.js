// What is known of a conversation: data only, no element of the page.
//
// A message has a number that never changes: from 0 on for those that the stream brings, newest
// first, and -1, -2, ... for those that came since.

const DIGITS = 18; // after the point, in sums of money

export class Conversation {
  #older = []; // newest first, as the stream brings them
  #newer = []; // oldest first, as they came since
  #numbers = new Map(); // by id
  segments = 0;
  costs = new Map(); // by currency, in units of 10^-18
  cursor = null; // where to go on
  total = null; // at most as many messages the stream will have brought
  state = "loading"; // or "waiting" to try again, "stopped" by a problem, "complete"
  missing = false; // the service does not know the participant
  stop = new AbortController(); // ends what is being asked for it

  constructor(participant) {
    this.participant = participant;
    this.number = participant.replace(/^\+/u, ""); // as the service writes it
  }

  /** Whether more messages may come without a click. */
  get isComing() {
    return this.state === "loading" || this.state === "waiting";
  }

  get count() {
    return this.#older.length + this.#newer.length;
  }

  /** How many messages the stream has brought; the oldest has the number before this one. */
  get loaded() {
    return this.#older.length;
  }

  /** The number of the newest message. */
  get newest() {
    return -this.#newer.length;
  }

  /** How many messages there will be in the end, as far as is known. */
  get expected() {
    return this.isComing && this.total ? this.#newer.length + this.total : this.count;
  }

  at(number) {
    return number < 0 ? this.#newer[-number - 1] : this.#older[number];
  }

  has(id) {
    return this.#numbers.has(id);
  }

  /** Add what the stream brings; what came meanwhile is here already. */
  add(messages) {
    for (const message of messages) {
      if (this.has(message.id)) {
        this.update(message);
      } else {
        this.#numbers.set(message.id, this.#older.length);
        this.#older.push(message);
        this.#sum(message, 1);
      }
    }
  }

  /** Add a new message, below all others. */
  append(message) {
    this.#newer.push(message);
    this.#numbers.set(message.id, this.newest);
    this.#sum(message, 1);
  }

  /** Take news of a message that is here; give its number, or null where they are old. */
  update(news) {
    const number = this.#numbers.get(news.id);
    const known = this.at(number);
    const isOld = news.since < known.since || (news.since === known.since && known.state !== "sending");
    if (isOld) return null;
    this.#sum(known, -1);
    Object.assign(known, news);
    this.#sum(known, 1);
    return number;
  }

  #sum(message, sign) {
    this.segments += sign * message.segments;
    this.#addCost(message, BigInt(sign));
  }

  // Whole numbers: floating point would show 0.30000000000000004.
  #addCost({ price, currency }, sign) {
    if (price === null) return;
    const [whole, fraction = ""] = price.split(".");
    const amount = sign * BigInt(whole + fraction.slice(0, DIGITS).padEnd(DIGITS, "0"));
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
