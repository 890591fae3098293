// What the page shows is a state: for each column, what it started from and what was changed. A link holds it
// in its fragment, which no server is sent, packed, or for one column in words: #preset=NAME&batch=5. Links come
// from anywhere: what they hold is checked key by key.
"use strict";

// Longest texts of a state, in characters: a scenario's or a config.json's, a field's, and a whole link.
const longestText = 65536, longestField = 2000, longestLink = 100000;

const fieldNames = ["model", "weights", "kv", "device", "gpus", "nodes", "tp", "pp", "dp", "ep", "policy", "load", "scale",
  "rate", "users", "input", "output", "requests", "batch", "context"];

const isText = (value, longest) => typeof value === "string" && value.length <= longest;

// checkedColumn is a column of a state as the page may use it; null where it is none.
function checkedColumn(value) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  const column = { preset: "", text: "", config: "", fields: {} };
  for (const [key, part] of Object.entries(value)) {
    if (key === "preset" && isText(part, 100)) column.preset = part;
    else if ((key === "text" || key === "config") && isText(part, longestText)) column[key] = part;
    else if (key === "fields" && part !== null && typeof part === "object") {
      for (const [name, text] of Object.entries(part)) {
        if (!fieldNames.includes(name) || !isText(text, longestField)) return null;
        column.fields[name] = text;
      }
    } else return null;
  }
  return column;
}

// checkedState is a state of one or two columns; null where it is none.
function checkedState(value) {
  if (value === null || typeof value !== "object" || !Array.isArray(value.columns)) return null;
  if (value.columns.length < 1 || value.columns.length > 2) return null;
  const columns = value.columns.map(checkedColumn);
  return columns.includes(null) ? null : { columns };
}

// through gives bytes to a stream and reads at most so many from it; null where there are more.
async function through(stream, bytes, most) {
  const writer = stream.writable.getWriter();
  writer.write(bytes).then(() => writer.close()).catch(() => {});
  const reader = stream.readable.getReader(), parts = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) break;
    if ((size += value.length) > most) {
      reader.cancel().catch(() => {});
      return null;
    }
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// writeLink is a state as a fragment.
async function writeLink(state) {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const packed = await through(new CompressionStream("deflate-raw"), bytes, Infinity);
  let text = "";
  for (const byte of packed) text += String.fromCharCode(byte);
  return "#1." + btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// readWords is the state of a fragment in words; null where it holds none that can be used.
function readWords(fragment) {
  const { preset, ...fields } = Object.fromEntries(new URLSearchParams(fragment.slice(1)));
  return preset === undefined ? null : checkedState({ columns: [{ preset, fields }] });
}

// readLink is the state of a fragment; null where it holds none that can be used.
async function readLink(fragment) {
  if (fragment.length > longestLink) return null;
  if (fragment.startsWith("#preset=")) return readWords(fragment);
  if (!/^#1\.[A-Za-z0-9_-]+$/.test(fragment)) return null;
  try {
    const packed = atob(fragment.slice(3).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = await through(new DecompressionStream("deflate-raw"), Uint8Array.from(packed, (c) => c.charCodeAt(0)),
      8 * longestText);
    return bytes && checkedState(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    return null;
  }
}
