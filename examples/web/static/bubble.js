// Draws a message. Its text reaches the page as text only: nothing here writes HTML.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "long", year: "numeric",
});
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const template = document.getElementById("message").content.firstElementChild;

/** Draw one message of a conversation; what a search looks for is marked. */
export function draw(conversation, number, pattern) {
  const message = conversation.at(number);
  const element = template.cloneNode(true);
  const part = (name) => element.querySelector(name);
  element.dataset.id = message.id;
  element.classList.add(message.outgoing ? "outgoing" : "incoming");
  if (!pattern) part(".day").textContent = newDay(conversation, number);
  part(".way").textContent = message.outgoing ? "Sent:" : "Received:";
  part(".text").append(...(pattern ? marked(message.text, pattern) : [message.text]));
  part(".sender").textContent = message.outgoing ? message.sender ?? "" : "";
  part(".parts").textContent = message.segments > 1 ? `${message.segments} SMS` : "";
  if (message.state) element.classList.add(message.state);
  part(".state").textContent = message.state ?? "";
  part(".state").title = message.status;
  if (message.state === "failed") part(".reason").textContent = `Not delivered: ${message.status}`;
  if (message.time) drawTime(part("time"), new Date(message.time));
  return element;
}

/** Give the day of a message if the one before it was of another day. */
function newDay(conversation, number) {
  const { time } = conversation.at(number);
  if (!time) return "";
  const text = day.format(new Date(time));
  let older = number + 1;
  while (older < conversation.loaded && !conversation.at(older).time) older += 1;
  const other = conversation.at(older)?.time;
  return other && day.format(new Date(other)) === text ? "" : text;
}

function drawTime(element, when) {
  element.dateTime = when.toISOString();
  element.textContent = clock.format(when);
  element.dataset.date = `${date.format(when)}, `;
  element.title = moment.format(when);
}

function marked(text, pattern) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(new RegExp(pattern, "giu"))) {
    const mark = document.createElement("mark");
    mark.textContent = match[0];
    parts.push(text.slice(end, match.index), mark);
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}
