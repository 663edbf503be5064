// What the page says about a conversation and a search in it: plain functions of the two.

const number = new Intl.NumberFormat();
const messages = (count) => `${number.format(count)} ${count === 1 ? "message" : "messages"}`;

/** Whether what the page says may still change by itself. */
function isBusy(conversation, search) {
  return conversation.isComing || (search !== null && !search.isDone);
}

/** The line under the name. */
export function status(conversation, search) {
  const here = conversation.count;
  if (search) return found(conversation, search);
  if (conversation.state === "complete") return messages(here);
  const of = conversation.expected > here ? ` of ${number.format(conversation.expected)}` : "";
  return `${conversation.isComing ? "Loading… " : ""}${number.format(here)}${of}`;
}

function found(conversation, search) {
  const matches = number.format(search.found.length);
  if (isBusy(conversation, search)) return `Searching… ${matches} found so far`;
  if (conversation.state !== "complete") return `${matches} found so far`;
  const verb = search.found.length === 1 ? "matches" : "match";
  return `${matches} of ${number.format(search.searched)} ${verb}`;
}

/** What a screen reader says: once for each change, and no number that is still changing. */
export function spoken(conversation, search) {
  if (!isBusy(conversation, search)) return status(conversation, search);
  return search ? "Searching…" : "Loading…";
}

/** What the page says if it shows no message: a headline and a line, or null. */
export function notice(conversation, search) {
  if (search) return search.found.length ? null : nothingFound(conversation, search);
  if (conversation.count || conversation.state !== "complete") return null;
  if (!conversation.missing) return ["No messages", "The list is empty."];
  return [
    "No messages",
    "Nothing was sent to or received from this participant. " +
      "A wrong base URL looks the same: check IP1_V2_URL.",
  ];
}

function nothingFound(conversation, search) {
  const here = messages(conversation.count);
  if (isBusy(conversation, search)) {
    const more = conversation.isComing ? " More are on their way." : "";
    return ["Searching…", `Nothing found yet in ${messages(search.searched)}.${more}`];
  }
  if (conversation.state === "complete") {
    return ["Nothing found", `None of ${here} contains “${search.words}”.`];
  }
  const advice = "Load the others to search them, too.";
  return ["Nothing found so far", `Only ${here} could be loaded. ${advice}`];
}
