
// The page's worker: it runs the engine, and answers one question after the other.
"use strict";
const started = new Promise((resolve) => { globalThis.ready = resolve; });

onmessage = async ({ data }) => {
  if (data.module) {
    const go = new Go();
    const { instance } = await WebAssembly.instantiate(data.module, go.importObject);
    go.run(instance);
    await started;
    postMessage({ id: data.id, answer: roofserve('{"ask":"catalogue"}') });
    return;
  }
  postMessage({ id: data.id, answer: roofserve(data.question) });
};
