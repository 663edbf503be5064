// Writes the totals of a conversation, and how much of it is loaded.

import { money } from "./conversation.js";

const at = (id) => document.getElementById(id);
const count = new Intl.NumberFormat();

export function showTotals({ count: messages, segments, costs }) {
  at("messages").textContent = count.format(messages);
  at("segments").textContent = count.format(segments);
  const sums = [...costs].sort().map(([currency, amount]) => {
    const sum = document.createElement("span");
    sum.textContent = `${money(amount)} ${currency}`;
    return sum;
  });
  at("costs").replaceChildren(...(sums.length ? sums : ["–"]));
}

export function showProgress({ loaded, total, isComing }) {
  const progress = at("progress");
  progress.hidden = !isComing;
  if (isComing && total) {
    progress.max = total;
    progress.value = loaded;
  } else {
    progress.removeAttribute("value");
  }
}

export function showSummary(sums) {
  const all = sums.delivered + sums.sending + sums.failed + sums.received;
  for (const kind of ["delivered", "sending", "failed", "received"]) {
    const part = at("summary").querySelector(`i.${kind}`);
    part.style.flexGrow = sums[kind] / (all || 1);
    part.hidden = sums[kind] === 0;
    at("summary").querySelector(`li.${kind} b`).textContent = count.format(sums[kind]);
  }
  at("summary").hidden = all === 0;
}
