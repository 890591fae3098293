// Numbers and what they are, in words.
"use strict";

// short is a number with three figures, and its thousands told apart.
function short(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value !== 0 && (Math.abs(value) < 0.001 || Math.abs(value) >= 1e9)) return value.toExponential(2);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

const gigabytes = (bytes) => short(bytes / 1e9) + " GB";

// The tiles: what each shows of an answer, and what it is. A tile with a metric takes words and interval from it.
const tiles = {
  memory: [
    { name: "fits", show: (r) => (r.fits ? "yes" : "no"),
      note: (r) => (r.fits ? "weights, workspace and a sequence" : "short by " + gigabytes(r.short_by_bytes) + " a GPU") },
    { name: "KV cache", value: (r) => r.kv_cache_tokens, unit: "tokens", note: () => "of one data-parallel rank, as engines log it" },
    { name: "sequences at once", value: (r) => r.max_concurrent_sequences, unit: "",
      note: (r) => "of " + short(r.context) + " tokens each" },
    { name: "weights on a GPU", show: (r) => gigabytes(r.weight_bytes_per_gpu), note: (r) => "of " + gigabytes(r.device_bytes) },
  ],
  step: [
    { name: "time of the step", value: (r) => r.step_ms, unit: "ms", better: -1, note: (r) => "one token for each of " + short(r.batch) + " sequences" },
    { name: "tokens a second", value: (r) => r.tokens_per_second, unit: "", better: 1, note: () => "of one replica" },
    { name: "tokens a second and GPU", value: (r) => r.tokens_per_second_per_gpu, unit: "", better: 1, note: () => "" },
  ],
  replay: ["median_ttft_ms", "p99_ttft_ms", "median_tpot_ms", "p99_tpot_ms", "output_throughput", "request_throughput",
    "concurrent_sequences.mean", "kv_cache_usage.mean", "price.usd_per_million_output_tokens", "preemptions"]
    .map((metric) => ({ metric })),
};

// metricOf is a number of a result by its dotted key.
const metricOf = (result, key) => key.split(".").reduce((part, name) => part?.[name], result);

// shown is what a tile shows of a result: name, value, unit, note and interval.
function shown(tile, result, metrics) {
  if (!tile.metric) {
    const value = tile.value?.(result);
    return { name: tile.name, value, text: tile.show ? tile.show(result) : short(value), unit: tile.unit ?? "",
      note: tile.note(result), better: tile.better ?? 0 };
  }
  const known = metrics[tile.metric], value = metricOf(result, tile.metric);
  const [low, high] = result.interval?.metrics?.[tile.metric] ?? [];
  const share = known.unit === "share"; // people read them in percent
  const text = (number) => short(share && Number.isFinite(number) ? 100 * number : number);
  return { name: known.title, value, text: text(value), unit: share ? "%" : known.unit === known.title ? "" : known.unit,
    note: known.meaning, interval: low === undefined ? "" : text(low) + " to " + text(high),
    better: { higher: 1, lower: -1 }[known.better] ?? 0 };
}
