// Asks this app's server. A stream is JSON objects, one on a line.

/** The server is away for a moment: asking again may help. */
export class ServerAway extends Error {}

/** Ask, and give the answer when its head is there. */
export async function ask(path, question, signal) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(question),
    signal,
  }).catch(translate);
  if (response.ok) return response;
  const { detail } = await response.json().catch(() => ({}));
  const words = typeof detail === "string" ? detail : `The server answered ${response.status}.`;
  const error = response.status === 503 ? new ServerAway(words) : new Error(words);
  error.isRefusal = response.status >= 400 && response.status < 500; // nothing was done
  throw error;
}

/** Read a stream up to the record that ends it. */
export async function* records(body) {
  let rest = "";
  for await (const text of readable(body.pipeThrough(new TextDecoderStream()))) {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const record of lines.map((line) => JSON.parse(line))) {
      if (record.restarting) throw new ServerAway("The server is restarting.");
      yield record;
      if (record.end || record.error) return;
    }
  }
  throw new ServerAway("The connection to the server was lost.");
}

async function* readable(stream) { // Safari cannot loop over a stream
  const reader = stream.getReader();
  const read = () => reader.read().catch(translate);
  for (let part = await read(); !part.done; part = await read()) yield part.value;
}

/** Browsers raise a TypeError, in words of their own, when the network fails. */
function translate(error) {
  throw error instanceof TypeError ? new ServerAway("The server can't be reached.") : error;
}
