// The engine answers one question after the other, in a worker; replays, which take longest, have a worker of their
// own, so that sliders need not wait for them. Of what is asked for one place of the page while a worker is busy only
// the latest is put to it.
"use strict";

// bytesOf are the bytes of a text in base64.
function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

// Engine is a worker and what it is still to be asked.
class Engine {
  // start is what the worker gets first: the packed module, which it answers with the compiled one and with the
  // catalogue, or the compiled one.
  constructor(start, transferred) {
    this.worker = new Worker(URL.createObjectURL(new Blob([engineWorker], { type: "text/javascript" })));
    this.waiting = new Map(); // by place, in the order in which they came
    this.started = new Promise((resolve, reject) => {
      this.answered = resolve;
      this.worker.onerror = (event) => reject(new Error(event.message));
    });
    this.worker.onmessage = ({ data }) => {
      const resolve = this.answered;
      this.answered = null;
      resolve(data);
      this.proceed();
    };
    this.worker.postMessage(start, transferred);
  }

  proceed() {
    if (this.answered || this.waiting.size === 0) return;
    const [place, asked] = this.waiting.entries().next().value;
    this.waiting.delete(place);
    this.answered = (data) => asked.resolve(data.answer);
    this.worker.postMessage({ question: JSON.stringify(asked.question) });
  }

  // text resolves with the answer's text, or with null where another question took the place of this one.
  text(question, place = Symbol("alone")) {
    return new Promise((resolve) => {
      this.waiting.get(place)?.resolve(null);
      this.waiting.delete(place);
      this.waiting.set(place, { question, resolve });
      this.proceed();
    });
  }
}

// startEngine starts the workers, and resolves when the first has answered with the catalogue.
async function startEngine() {
  const packed = bytesOf(engineModule);
  const quick = new Engine({ packed }, [packed.buffer]);
  const { answer, module } = await quick.started;
  let slow = null; // until something is replayed
  const text = (question, place) => {
    if (question.ask !== "replay") return quick.text(question, place);
    slow ??= new Engine({ module });
    return slow.text(question, place);
  };
  const ask = async (place, question) => JSON.parse(await text(question, place));
  return { catalogue: JSON.parse(answer), ask, text };
}
