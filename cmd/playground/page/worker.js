// A worker of the page: it runs the engine, and answers one question after the other.
"use strict";
const started = new Promise((resolve) => { globalThis.ready = resolve; });

// start compiles the module while it is unpacked, unless another worker has compiled it, and runs it.
async function start({ packed, module }) {
  if (packed) {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    module = await WebAssembly.compileStreaming(new Response(stream, { headers: { "Content-Type": "application/wasm" } }));
  }
  const go = new Go();
  go.run(await WebAssembly.instantiate(module, go.importObject));
  await started;
  postMessage(packed ? { answer: roofserve('{"ask":"catalogue"}'), module } : {});
}

onmessage = ({ data }) => {
  if (data.question) postMessage({ answer: roofserve(data.question) });
  else start(data).catch((error) => setTimeout(() => { throw error; })); // where the page hears of it
};
