package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/roofserve/roofserve/internal/playground"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
)

// compared are scenarios of different models, devices, engines and loads.
var compared = []string{"deepseek-v3-h100", "llama-3.1-70b-h100", "qwen2.5-72b-a100-tp4", "llama-3.1-8b-h100", "kimi-1.5-a100",
	"yi-lightning-a100", "qwen2-57b-a14b-a100", "llama-3.1-405b-h100", "gpt-4-h100", "mixtral-8x7b-h100"}

// TestPage is all that is tried in one browser, which takes seconds to start.
func TestPage(t *testing.T) {
	b := open(t)
	b.visit("")
	t.Run("is fast", b.isFast)
	t.Run("is small", b.isSmall)
	t.Run("gives the bytes of the command line", b.givesTheBytesOfTheCommandLine)
	t.Run("can be used by everyone", b.canBeUsedByEveryone)
	t.Run("can be used by keys alone", b.canBeUsedByKeysAlone)
	t.Run("compares", b.compares)
	t.Run("keeps its state in the link", b.keepsItsStateInTheLink)
	t.Run("survives links of strangers", b.survivesLinksOfStrangers)
}

// isFast reports the page's own timings. What they may be depends on the machine, so that nothing fails here.
func (b *browser) isFast(t *testing.T) {
	b.visit("")
	first := value[map[string]float64](b, "page.timings")
	b.do(set("input[name=batch]", "5"))
	b.settle()
	t.Logf("first result after %.0f ms (2,000 asked), memory and step %.0f ms (100), a replay of 2,000 requests %.0f ms (300)",
		first["first result"], value[map[string]float64](b, "page.timings")["memory and step"], value[map[string]float64](b, "page.timings")["replay"])
}

// isSmall weighs what a server would send.
func (b *browser) isSmall(t *testing.T) {
	sum := 0
	files, err := filepath.Glob(filepath.Join(b.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		packed, err := pack(content)
		if err != nil {
			t.Fatal(err)
		}
		sum += len(packed)
	}
	if len(files) < 5 || sum > 6_000_000 {
		t.Errorf("%d files of %d bytes, compressed", len(files), sum)
	}
	t.Logf("%d bytes, compressed", sum)
}

func (b *browser) givesTheBytesOfTheCommandLine(t *testing.T) {
	for _, name := range compared {
		s, err := scenarios.Load(name)
		if err != nil {
			t.Error(err)
			continue
		}
		baselines, err := s.Baselines(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Simulate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.Judge(baselines)
		var written, want bytes.Buffer
		if err := report.WriteJSON(&written, report.Run(r)); err != nil {
			t.Fatal(err)
		}
		if err := json.Compact(&want, written.Bytes()); err != nil {
			t.Fatal(err)
		}
		text, err := scenarios.Text(name)
		if err != nil {
			t.Fatal(err)
		}
		question, err := json.Marshal(playground.Question{Ask: "replay", Name: name, Scenario: string(text)})
		if err != nil {
			t.Fatal(err)
		}
		got := value[string](b, "engineText("+string(question)+")")
		var a playground.Answer
		if err := json.Unmarshal([]byte(got), &a); err != nil {
			t.Fatal(err)
		}
		if a.Error != "" || string(a.Result) != want.String() {
			t.Errorf("%s: %s; %d bytes in the browser, %d outside, or others", name, a.Error, len(a.Result), want.Len())
		}
	}
}

// wants is what an element lacks that every element of its kind needs, for those who see no pictures, use no
// mouse, or see little contrast.
const wants = `(() => {
  const faults = [];
  const name = (e) => e.tagName + (e.name ? " " + e.name : "") + " " + (e.textContent ?? "").trim().slice(0, 30);
  for (const e of document.querySelectorAll("input,select,textarea")) {
    if (!e.labels.length && !e.getAttribute("aria-label")) faults.push("no label: " + name(e));
  }
  for (const e of document.querySelectorAll("button")) if (!e.textContent.trim()) faults.push("no text: " + name(e));
  for (const e of document.querySelectorAll("svg")) {
    if (e.getAttribute("role") !== "img" || !e.getAttribute("aria-label")) faults.push("no words for a picture");
  }
  for (const e of document.querySelectorAll("[tabindex]")) if (e.tabIndex > 0) faults.push("out of order: " + name(e));
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  if (new Set(ids).size !== ids.length) faults.push("an id twice");
  if (!document.documentElement.lang || document.querySelectorAll("h1").length !== 1) faults.push("language or title");
  let level = 0;
  for (const e of document.querySelectorAll("h1,h2,h3")) {
    if (Number(e.tagName[1]) > level + 1) faults.push("a heading skips a level: " + name(e));
    level = Number(e.tagName[1]);
  }
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (color) => {
    const [r, g, b] = color.match(/[\d.]+/g).map(Number);
    return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  };
  const ground = light(getComputedStyle(document.body).backgroundColor);
  for (const e of document.querySelectorAll("h1,h2,h3,p,label,dt,dd,small,legend,button,select,input,li,.hint")) {
    const own = light(getComputedStyle(e).color), ratio = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
    if (ratio < 4.5) faults.push("contrast " + ratio.toFixed(2) + ": " + name(e));
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("wider than the window: " + document.documentElement.scrollWidth);
  return faults;
})()`

func (b *browser) canBeUsedByEveryone(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390} {
			b.view(width, scheme)
			for _, fault := range value[[]string](b, wants) {
				t.Errorf("%s, %d pixels wide: %s", scheme, width, fault)
			}
		}
	}
	b.view(1280, "light")
}

// canBeUsedByKeysAlone goes through the page with the tabulator, moves a slider and compares.
func (b *browser) canBeUsedByKeysAlone(t *testing.T) {
	b.visit("")
	const focused = `(document.activeElement.name || document.activeElement.id) ?? ""`
	reach := func(name string) {
		t.Helper()
		var met []string
		for range 60 {
			b.do(chromedp.KeyEvent(kb.Tab))
			met = append(met, value[string](b, focused))
			if met[len(met)-1] == name {
				return
			}
		}
		t.Fatalf("%s cannot be reached; met were %q", name, met)
	}
	for _, name := range []string{"compare", "share", "preset", "file", "line", "model", "device", "gpus", "smallest", "load", "scale", "batch"} {
		reach(name)
	}
	before := value[float64](b, `page.columns[0].answers.step.result.batch`)
	for range 4 {
		b.do(chromedp.KeyEvent(kb.ArrowRight))
	}
	b.settle()
	if after := value[float64](b, `page.columns[0].answers.step.result.batch`); after != 2*before {
		t.Errorf("four steps of the slider make %v sequences of %v", after, before)
	}
	reach("export")
	b.do(chromedp.Focus(chromedp.CSS("#compare")), chromedp.KeyEvent(kb.Enter))
	b.settle()
	if n := value[int](b, `page.columns.length`); n != 2 {
		t.Errorf("Enter on Compare two shows %d columns", n)
	}
}

func (b *browser) compares(t *testing.T) {
	b.visit("")
	b.do(click("#compare"), set(".column:nth-child(2) input[name=batch]", "3"))
	b.settle()
	texts := value[[]string](b, `[...document.querySelectorAll(".column:nth-child(2) .change")].map((e) => e.textContent)`)
	if len(texts) == 0 || !strings.Contains(strings.Join(texts, "\n"), "% against A, better") {
		t.Errorf("nothing is compared: %q", texts)
	}
}

func (b *browser) keepsItsStateInTheLink(t *testing.T) {
	b.visit("")
	b.do(set("input[name=batch]", "3"), set("select[name=device]", "a100-sxm-80gb"))
	b.settle()
	link := value[string](b, "page.remember().then(() => location.hash)")
	b.visit(link)
	got := value[[]string](b, `[page.columns[0].field("batch").value, page.columns[0].field("device").value, page.columns[0].answers.step.result.device]`)
	if strings.Join(got, " ") != "3 a100-sxm-80gb a100-sxm-80gb" {
		t.Errorf("the link %.40s… leads to %q", link, got)
	}
	b.visit("#preset=qwen2.5-72b-a100-tp4&gpus=2&tp=2&weights=int4")
	got = value[[]string](b, `[page.columns[0].preset, page.columns[0].answers.memory.result.model, String(page.columns[0].answers.memory.result.plan.tp)]`)
	if strings.Join(got, " ") != "qwen2.5-72b-a100-tp4 qwen2.5-72b 2" {
		t.Errorf("a link in words leads to %q", got)
	}
}

// strangers are links that nobody made with the page.
var strangers = map[string]string{
	"not packed":      "#1." + base64.RawURLEncoding.EncodeToString([]byte(`{"columns":[]}`)),
	"another version": "#2.AAAA",
	"markup":          `#<img src=x onerror=alert(1)>`,
	"too long":        "#1." + strings.Repeat("A", 200_000),
	"no base64":       "#1.%%%",
	"no preset":       "#batch=3",
	"a foreign word":  "#preset=llama-3.1-70b-h100&onclick=alert(1)",
}

// states are such links' contents, which are packed as the page packs its own.
var states = map[string]string{
	"no columns":     `{"columns":[]}`,
	"three columns":  `{"columns":[{},{},{}]}`,
	"a foreign key":  `{"columns":[{"__proto__x":{"a":1}}]}`,
	"a foreign name": `{"columns":[{"fields":{"onclick":"alert(1)"}}]}`,
	"a number":       `{"columns":[{"preset":7}]}`,
	"an array":       `[1,2,3]`,
	"nothing":        `null`,
}

func (b *browser) survivesLinksOfStrangers(t *testing.T) {
	links := map[string]string{}
	for name, link := range strangers {
		links[name] = link
	}
	for name, state := range states {
		links[name] = value[string](b, "writeLink("+state+")")
	}
	bomb := value[string](b, `writeLink({ columns: [{ text: "x".repeat(50_000_000) }] })`)
	links["five hundred times as large when it is read"] = bomb
	for name, link := range links {
		b.arrive(link)
		if text := value[string](b, `document.getElementById("status").textContent`); !strings.Contains(text, "holds nothing that can be read") {
			t.Errorf("%s: %q", name, text)
		}
	}
	b.visit("#preset=llama-3.1-8b-h100&load=poisson&requests=9000000000")
	if text := value[string](b, `document.querySelector(".fault").textContent`); !strings.Contains(text, "9,000,000,000 requests") {
		t.Errorf("hours of work: %q", text)
	}
	b.visit(value[string](b, `writeLink({ columns: [{ preset: "llama-3.1-70b-h100", fields: { model: "<img src=x onerror=alert(1)>", requests: "50" } }] })`))
	text := value[string](b, `document.querySelector(".fault").textContent`)
	if !strings.Contains(text, "unknown model") || value[int](b, `document.querySelectorAll("img").length`) != 0 {
		t.Errorf("markup in a field: %q", text)
	}
}
