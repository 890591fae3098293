package document

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/report/figure"
)

func sample(t *testing.T) *Document {
	t.Helper()
	p := figure.NewPlot("panel", "x (s)", "y")
	line, err := figure.Line(plotter.XYs{{X: 0, Y: 0}, {X: 1, Y: 2}}, figure.Blue)
	if err != nil {
		t.Fatal(err)
	}
	p.Add(line)
	f := &figure.Figure{Name: "plot", Width: 300, Height: 200, Panels: [][]*plot.Plot{{p}}}
	d := &Document{Title: "A <b>title</b>", Lead: "lead", Tiles: []Tile{{"name", "value", "note"}}, Foot: "foot"}
	table := &Table{Columns: []string{"model", "ms | s"}}
	table.Rows = append(table.Rows, []Cell{{Text: "a", Note: "device"}, {Text: "12", Best: true}})
	table.Row(Cell{Text: "b"}, "13")
	d.Add("Part", Block{Text: "text"}, Block{List: []string{"one", "two"}}, Block{Table: table}, Block{Figures: []*figure.Figure{f}})
	return d
}

// TestHTMLNeedsNoNetwork: nothing in the page is fetched from elsewhere or run.
func TestHTMLNeedsNoNetwork(t *testing.T) {
	var b bytes.Buffer
	if err := sample(t).WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if found := regexp.MustCompile(`(?i)<script|<link|<img|src=|@import|url\(|https?:|javascript:`).FindString(page); found != "" {
		t.Errorf("the page has %s", found)
	}
	for _, want := range []string{"A &lt;b&gt;title&lt;/b&gt;", `<td class="best">12</td>`, "<small>device</small>", "<svg viewBox", "prefers-color-scheme:dark", "width=device-width", "<li>two</li>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := sample(t).WriteMarkdown(&b, figure.PNG); err != nil {
		t.Fatal(err)
	}
	want := `# A <b>title</b>

lead

- name: **value** (note)

## Part

text

- one
- two

| model | ms \| s |
|---|---:|
| a, device | **12** |
| b | 13 |

![panel](plot.png)

---

foot
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}
