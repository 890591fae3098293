// The page: columns of controls and results.
"use strict";

const power = (text) => 2 ** Number(text);
const whole = (text) => String(Math.round(power(text)));

// element makes an element with a class and a text.
function element(tag, name, text) {
  const e = document.createElement(tag);
  if (name) e.className = name;
  if (text !== undefined) e.textContent = text;
  return e;
}

// drawing makes an element of an SVG text. The page's policy allows no style attributes: they become properties.
function drawing(figure) {
  const text = figure.svg.replaceAll(/\sstyle="/g, ' data-style="');
  const svg = document.importNode(new DOMParser().parseFromString(text, "text/html").querySelector("svg"), true);
  for (const e of svg.querySelectorAll("[data-style]")) {
    e.style.cssText = e.dataset.style;
    e.removeAttribute("data-style");
  }
  const place = element("figure", svg.viewBox.baseVal.width > 500 ? "wide" : "");
  if (place.className) place.tabIndex = 0; // a phone scrolls it
  place.append(svg);
  return place;
}

function save(name, text, type) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// edits are the keys of a scenario that fields change. A load of its own takes the place of the scenario's.
function editsOf(fields) {
  const edits = [], set = (key, value) => edits.push({ key, value });
  const keys = { model: "model.name", device: "hardware.device", gpus: "hardware.gpus", nodes: "hardware.nodes", tp: "parallel.tp",
    pp: "parallel.pp", dp: "parallel.dp", ep: "parallel.ep", weights: "precision.weights", kv: "precision.kv", policy: "engine.policy" };
  for (const [name, key] of Object.entries(keys)) {
    if (fields[name]) set(key, /^\d+$/.test(fields[name]) ? fields[name] : JSON.stringify(fields[name]));
  }
  if (fields.model) set("model.config", "");
  if (fields.load) {
    const lengths = (mean) => `{ distribution = "normal", mean = ${Number(mean)}, std = ${Number(mean) / 2}, min = 1 }`;
    const arrival = fields.load === "closed" ? `{ process = "closed", concurrency = ${whole(fields.users ?? "5")} }`
      : `{ process = "poisson", rate = ${power(fields.rate ?? "2")} }`;
    set("workload", `{ synthetic = { requests = ${Number(fields.requests || 2000)}, seed = 1, arrival = ${arrival}, ` +
      `input = ${lengths(fields.input || 1024)}, output = ${lengths(fields.output || 256)} } }`);
  } else {
    if (fields.scale && fields.scale !== "0") set("workload.rate_scale", String(power(fields.scale)));
    if (fields.requests) set("workload.requests", fields.requests);
  }
  return edits;
}

class Column {
  constructor(page, state) {
    this.page = page;
    this.files = {};
    this.answers = {};
    this.root = document.getElementById("column").content.firstElementChild.cloneNode(true);
    this.form = this.root.querySelector("form");
    this.fill();
    this.listen();
    this.restore(state);
  }

  field(name) { return this.form.elements[name]; }
  find(selector) { return this.root.querySelector(selector); }

  // fill gives the lists what the engine knows.
  fill() {
    const { scenarios, devices, formats, policies } = this.page.catalogue;
    const options = (name, list) => {
      for (const [value, text] of list) this.field(name).append(new Option(text, value));
    };
    options("preset", scenarios.map((s) => [s.name, s.name + ": " + s.title]));
    options("device", [["", "the scenario's"], ...devices.map((d) => [d.name, d.title])]);
    for (const name of ["weights", "kv"]) options(name, [["", "the scenario's"], ...formats.map((f) => [f, f])]);
    options("policy", [["", "the scenario's"], ...policies.map((p) => [p, p])]);
  }

  listen() {
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", (event) => {
      if (event.target.name === "line" || event.target.name === "file") return;
      if (event.target.name === "preset") this.choose(event.target.value);
      else this.changed();
    });
    this.field("line").addEventListener("change", () => this.draft(this.field("line").value));
    this.field("file").addEventListener("change", () => this.open(this.field("file").files[0]));
    this.root.addEventListener("dragover", (event) => event.preventDefault());
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      this.open(event.dataTransfer.files[0]);
    });
    const press = (name, act) => this.root.querySelector(`button[name=${name}]`).addEventListener("click", act);
    press("smallest", () => this.shrink());
    press("export", () => this.export());
    press("json", () => this.answers.replay && save("result.json", JSON.stringify(this.answers.replay.result, null, 2) + "\n", "application/json"));
    press("command", () => this.command());
  }

  // restore shows a state.
  restore(state) {
    this.preset = state.preset;
    this.text = state.text;
    this.files = state.config ? { "config.json": state.config } : {};
    this.field("preset").value = state.preset;
    for (const name of fieldNames) {
      if (state.fields[name] !== undefined) this.field(name).value = state.fields[name];
    }
  }

  // state is what restore takes. A trace stays where it is: it is too large for a link.
  state() {
    const fields = {};
    for (const name of fieldNames) {
      const field = this.field(name);
      if (field.value !== field.defaultValue && field.value !== "") fields[name] = field.value;
    }
    return { preset: this.preset, text: this.text, config: this.files["config.json"] ?? "", fields };
  }

  async choose(preset) {
    this.preset = preset;
    this.text = "";
    this.files = {};
    this.find("[data-file]").textContent = "";
    for (const name of fieldNames) this.field(name).value = this.field(name).defaultValue ?? "";
    await this.changed();
  }

  // open takes a file: a scenario replaces the text, a config.json the model, anything else is a trace.
  async open(file) {
    if (!file) return;
    if (file.size > 64 * 2 ** 20) return this.fault(`${file.name}: has over 64 MB; the command line reads files of any size`);
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (file.name.endsWith(".toml")) {
      this.text = new TextDecoder().decode(bytes);
      this.preset = "";
    } else {
      await this.base();
      const config = file.name.endsWith(".json") && new TextDecoder().decode(bytes.subarray(0, 4096)).includes('"architectures"');
      const name = config ? "config.json" : file.name;
      this.files[name] = config ? new TextDecoder().decode(bytes) : bytes;
      this.own = config ? [{ key: "model", value: '{ config = "config.json" }' }]
        : [{ key: "workload", value: `{ trace = ${JSON.stringify(name)} }` }];
      if (config) this.field("model").value = "";
      const answer = await this.page.ask(this, "text", { ...this.question("text"), edits: this.own });
      if (answer) this.text = answer.text;
    }
    this.find("[data-file]").textContent = file.name;
    await this.changed();
  }

  async draft(line) {
    const answer = await this.page.ask(this, "draft", { ask: "draft", scenario: line });
    if (!answer) return;
    if (answer.error) return this.fault(answer.error);
    this.text = answer.text;
    this.preset = "";
    await this.changed();
  }

  // base makes sure that there is a text to change.
  async base() {
    if (this.text) return;
    const answer = await this.page.ask(this, "preset", { ask: "preset", name: this.preset });
    if (answer) this.text = answer.text;
  }

  question(ask) {
    const fields = this.state().fields, files = {};
    for (const [name, content] of Object.entries(this.files)) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      let text = "";
      for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
      files[name] = btoa(text);
    }
    return { ask, name: this.preset || "scenario", scenario: this.text, edits: editsOf(fields), files,
      batch: Number(whole(this.field("batch").value)), context: Number(whole(this.field("context").value)) };
  }

  // changed asks everything anew: what is quick first, the replay when hands rest.
  async changed() {
    this.outputs();
    this.page.remember();
    const turn = this.turn = (this.turn ?? 0) + 1;
    this.busy = true;
    this.page.busy();
    await this.base();
    const begun = performance.now();
    const fit = this.page.ask(this, "memory", { ...this.question("memory"), context: 0 });
    const step = this.page.ask(this, "step", this.question("step"));
    this.show("memory", await fit);
    this.show("step", await step);
    this.page.measure("memory and step", performance.now() - begun);
    clearTimeout(this.later);
    this.later = setTimeout(() => turn === this.turn && this.replay(turn), 120);
  }

  async replay(turn) {
    this.find("[data-replay]").textContent = "being simulated…";
    const begun = performance.now();
    const answer = await this.page.ask(this, "replay", this.question("replay"));
    this.page.measure("replay", performance.now() - begun);
    if (!answer || turn !== this.turn) return;
    this.show("replay", answer);
    this.find("[data-replay]").textContent = answer.error ? "" : `of ${short(answer.result.num_prompts)} requests`;
    if (answer.error) {
      this.find("[data-figures]").replaceChildren();
      return this.rest(turn);
    }
    await this.draw(turn);
    const bounded = await this.page.ask(this, "interval", { ...this.question("replay"), interval: true });
    if (bounded && turn === this.turn) this.show("replay", bounded);
    this.rest(turn);
  }

  // rest says that everything is answered, unless something was changed meanwhile.
  rest(turn) {
    if (turn !== this.turn) return;
    this.busy = false;
    this.page.busy();
  }

  // draw asks for the figures when the numbers are there.
  async draw(turn) {
    const place = element("div", "figures");
    for (const ask of ["step", "memory", "replay"]) {
      const answer = await this.page.ask(this, "figures of " + ask,
        { ...this.question(ask), figures: true, width: this.find("[data-figures]").clientWidth, ...(ask === "memory" && { context: 0 }) });
      if (!answer || turn !== this.turn) return;
      place.append(...(answer.figures ?? []).map(drawing));
    }
    this.find("[data-figures]").replaceChildren(...place.children);
  }

  // show shows an answer's numbers, and beside the first column's how the second one's differ.
  show(part, answer) {
    if (!answer) return;
    this.answers[part] = answer;
    this.fault(["memory", "step", "replay"].map((p) => this.answers[p]?.error).find(Boolean) ?? "");
    if (answer.error) return this.find(`[data-tiles=${part}]`).replaceChildren();
    if (part === "memory") this.placeholders(answer.result);
    this.page.tiles(part);
    this.notes();
  }

  tiles(part, beside) {
    const answer = this.answers[part];
    if (!answer?.result) return;
    const list = tiles[part].map((tile) => {
      const s = shown(tile, answer.result, this.page.catalogue.metrics), other = beside && shown(tile, beside, this.page.catalogue.metrics);
      const box = element("div"), value = element("dd", "", s.text), note = element("dd", "note", s.note);
      box.append(element("dt", "", s.name), value);
      if (s.unit) value.append(" ", element("small", "", s.unit));
      if (s.interval) box.append(element("dd", "note", "5–95%: " + s.interval));
      if (other?.value && s.value !== undefined) {
        const change = s.value / other.value - 1;
        const verdict = s.better * change > 0 ? ", better" : s.better * change < 0 ? ", worse" : "";
        box.append(element("dd", "change", change === 0 ? "as A" : (change > 0 ? "+" : "") + short(100 * change) + "% against A" + verdict));
      }
      if (!other && s.value !== undefined && this.page.columns.length > 1) { // a line as the second column has one
        box.append(element("dd", "change", "\u00a0"));
        box.lastChild.ariaHidden = "true";
      }
      if (s.note) box.append(note);
      return box;
    });
    this.find(`[data-tiles=${part}]`).replaceChildren(...list);
  }

  notes() {
    const texts = new Set();
    for (const part of ["memory", "step", "replay"]) {
      const result = this.answers[part]?.result;
      if (result?.evidence?.text) texts.add(result.evidence.text);
      for (const warning of result?.warnings ?? []) texts.add(warning);
    }
    this.find("[data-notes]").replaceChildren(...[...texts].map((text) => element("li", "", text)));
  }

  // placeholders are what fields that are left open stand for.
  placeholders(result) {
    for (const name of ["gpus", "nodes", "tp", "pp", "dp", "ep"]) this.field(name).placeholder = result.plan[name];
    this.field("model").placeholder = result.model;
    const device = this.page.catalogue.devices.find((d) => d.name === result.device);
    this.field("device").options[0].textContent = device ? "the scenario's: " + device.title : "the scenario's";
  }

  shrink() {
    const plan = this.answers.memory?.result?.smallest_plan;
    if (!plan) return this.fault("no plan of this GPU holds the model");
    for (const name of ["gpus", "nodes", "tp", "pp", "dp", "ep"]) this.field(name).value = plan[name];
    this.changed();
  }

  outputs() {
    const load = this.field("load").value;
    for (const label of this.root.querySelectorAll("[data-load]")) {
      label.hidden = !label.dataset.load.split(" ").includes(load) && !(label.dataset.load === "" && load === "");
    }
    for (const input of this.root.querySelectorAll("input[type=range]")) {
      const text = ["batch", "context", "users"].includes(input.name) ? short(Math.round(power(input.value))) : short(power(input.value));
      input.parentElement.querySelector("b").textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
  }

  fault(text) {
    const place = this.find(".fault");
    place.textContent = text;
    place.hidden = text === "";
  }

  async export() {
    const answer = await this.page.ask(this, "export", this.question("export"));
    if (answer?.error) this.fault(answer.error);
    else if (answer) save((this.preset || "scenario") + ".toml", answer.text, "application/toml");
  }

  async command() {
    const answer = await this.page.ask(this, "command", this.question("command"));
    if (!answer) return;
    const place = this.find("[data-text]");
    place.hidden = false;
    place.textContent = answer.error ?? [answer.text, ...(answer.notes ?? []).map((n) => "# " + n)].join("\n");
  }
}

class Page {
  constructor(engine) {
    this.engine = engine;
    this.catalogue = engine.catalogue.result;
    this.columns = [];
    this.timings = {};
    document.getElementById("version").textContent = "roofserve " + this.catalogue.version;
    document.getElementById("models").append(...this.catalogue.models.map((m) => new Option(m.name, m.name)));
    document.getElementById("compare").addEventListener("click", () => this.compare());
    document.getElementById("share").addEventListener("click", () => this.share());
    addEventListener("hashchange", () => this.follow());
  }

  ask(column, place, question) { return this.engine.ask(this.columns.indexOf(column) + place, question); }
  status(text) { document.getElementById("status").textContent = text; }

  // measure keeps how long the last answer of a kind took, for whoever asks the page.
  measure(kind, milliseconds) { this.timings[kind] = milliseconds; }

  // busy tells assistive programs, and whoever waits, whether answers are still to come.
  busy() {
    const busy = this.columns.some((c) => c.busy);
    document.body.dataset.busy = String(busy);
    document.getElementById("columns").setAttribute("aria-busy", String(busy));
  }

  show(state) {
    this.columns = [];
    for (const part of state.columns) this.columns.push(new Column(this, part));
    document.getElementById("columns").replaceChildren(...this.columns.map((c) => c.root));
    this.columns.forEach((c, i) => {
      c.find("h2").textContent = this.columns.length > 1 ? "AB"[i] : "Simulation";
      c.root.setAttribute("aria-label", c.find("h2").textContent);
    });
    document.getElementById("compare").setAttribute("aria-pressed", String(this.columns.length > 1));
    document.body.classList.toggle("two", this.columns.length > 1);
    return Promise.all(this.columns.map((c) => c.changed()));
  }

  state() { return { columns: this.columns.map((c) => c.state()) }; }

  compare() {
    const [first, second] = this.state().columns;
    this.show({ columns: second ? [first] : [first, structuredClone(first)] });
  }

  tiles(part) {
    const first = this.columns[0].answers[part]?.result;
    this.columns.forEach((c, i) => c.tiles(part, i > 0 ? first : undefined));
  }

  async remember() {
    const link = await writeLink(this.state());
    if (link.length <= longestLink) history.replaceState(null, "", link);
  }

  async share() {
    await this.remember();
    try {
      await navigator.clipboard.writeText(location.href);
      this.status("the link is in the clipboard" + (this.columns.some((c) => Object.keys(c.files).some((n) => n !== "config.json"))
        ? "; a trace stays here" : ""));
    } catch {
      this.status("the link is in the address bar");
    }
  }

  async follow() {
    const state = await readLink(location.hash);
    if (!state) return this.status("this link holds nothing that can be read");
    await this.show(state);
  }
}

const initial = { columns: [{ preset: "llama-3.1-70b-h100", text: "", config: "", fields: { requests: "2000" } }] };

async function start() {
  try {
    const engine = await startEngine();
    const page = globalThis.page = new Page(engine);
    globalThis.engineText = (question) => engine.text(question); // for whoever compares answers to the last digit
    const linked = location.hash ? await readLink(location.hash) : null;
    page.status(location.hash && !linked ? "this link holds nothing that can be read; here is an example" : "");
    await page.show(linked ?? initial);
    page.measure("first result", performance.now());
  } catch (error) {
    document.getElementById("status").textContent = "the simulator could not be started: " + error.message;
  }
}

start();
