// The engine answers one question after the other, in a worker. Of what is asked for one place of the page
// while it is busy only the latest is put to it.
"use strict";

// startEngine starts the worker, and resolves with the answer to the first question, which asks for the catalogue.
async function startEngine() {
  const packed = Uint8Array.from(atob(engineModule), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const module = await new Response(stream).arrayBuffer();
  const worker = new Worker(URL.createObjectURL(new Blob([engineWorker], { type: "text/javascript" })));
  const waiting = new Map(); // by place, in the order in which they came
  let resolveCurrent = null, next = 0;

  const proceed = () => {
    if (resolveCurrent || waiting.size === 0) return;
    const [place, asked] = waiting.entries().next().value;
    waiting.delete(place);
    resolveCurrent = asked.resolve;
    worker.postMessage({ id: next++, question: JSON.stringify(asked.question) });
  };
  worker.onmessage = ({ data }) => {
    const resolve = resolveCurrent;
    resolveCurrent = null;
    resolve(data.answer);
    proceed();
  };
  const first = new Promise((resolve, reject) => {
    resolveCurrent = resolve;
    worker.onerror = (event) => reject(new Error(event.message));
  });
  worker.postMessage({ id: next++, module }, [module]);
  const catalogue = JSON.parse(await first);

  // text resolves with the answer's text, or with null where another question took the place of this one.
  const text = (question, place = Symbol("alone")) => new Promise((resolve) => {
    waiting.get(place)?.resolve(null);
    waiting.delete(place);
    waiting.set(place, { question, resolve });
    proceed();
  });
  const ask = async (place, question) => JSON.parse(await text(question, place));
  return { catalogue, ask, text };
}
