package playground

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

// Question is what the page asks.
type Question struct {
	Ask      string            `json:"ask"`      // one of the keys of asks
	Name     string            `json:"name"`     // of the scenario, in results and messages
	Scenario string            `json:"scenario"` // TOML; for draft a command line; for preset nothing
	Edits    []Edit            `json:"edits"`    // of the scenario, in this order
	Files    map[string][]byte `json:"files"`    // that the scenario may name, by their names; base64 in JSON
	Batch    int               `json:"batch"`    // of step: sequences; 0 as explain has it
	Context  int               `json:"context"`  // tokens of each; of memory 0 stands for the longest
	Prefill  int               `json:"prefill"`  // new tokens of each prompt; 0: a decode step
	Interval bool              `json:"interval"` // of replay: with intervals, which take more replays
	Figures  bool              `json:"figures"`  // with drawings
	Width    int               `json:"width"`    // that the page has for a drawing, in pixels; 0: as wide as it likes
}

// Answer is what a question is answered with. Either Error is set, or what was asked for is.
type Answer struct {
	Result  json.RawMessage `json:"result,omitempty"` // the command line's JSON
	Text    string          `json:"text,omitempty"`   // TOML, or a command line
	Notes   []string        `json:"notes,omitempty"`
	Figures []Figure        `json:"figures,omitempty"`
	Error   string          `json:"error,omitempty"` // one line: what is wrong, and what would be right
}

// Figure is a drawing whose colours are the page's variables.
type Figure struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	SVG   string `json:"svg"`
}

// asks are the questions by their names.
var asks = map[string]func(context.Context, *Question) (*Answer, error){
	"catalogue": catalogue,
	"preset":    preset,
	"draft":     draft,
	"memory":    memory,
	"step":      step,
	"replay":    replay,
	"command":   command,
	"export":    export,
}

// Reply answers a question in JSON with an answer in JSON. What is wrong with the question is told in the
// answer; one that cannot be read is answered likewise.
func Reply(ctx context.Context, question []byte) []byte {
	a, err := reply(ctx, question)
	if err != nil {
		a = &Answer{Error: err.Error()}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(a); err != nil {
		panic(err) // an answer is texts
	}
	return b.Bytes()
}

func reply(ctx context.Context, question []byte) (*Answer, error) {
	var q Question
	decoder := json.NewDecoder(bytes.NewReader(question))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&q); err != nil {
		return nil, &fault.Error{File: "question", Wrong: "cannot be read: " + err.Error(), Right: "ask in JSON"}
	}
	answer, ok := asks[q.Ask]
	if !ok {
		return nil, &fault.Error{File: "question", Key: "ask", Wrong: "unknown: " + q.Ask,
			Right: names.Suggest(q.Ask, slices.Sorted(maps.Keys(asks)))}
	}
	scenarios.ReadFrom(files(q.Files))
	return answer(ctx, &q)
}

func memory(_ context.Context, q *Question) (*Answer, error) {
	s, err := q.scenario()
	if err != nil {
		return nil, err
	}
	r, parts, err := s.Resolve()
	if err != nil {
		return nil, err
	}
	tokens := q.Context
	if tokens == 0 {
		tokens = parts.Limits.MaxModelLen
	}
	m, err := report.NewMemoryPlan(r, parts, tokens)
	if err != nil {
		return nil, err
	}
	a, err := answerWith(report.Memory(m))
	if err != nil || !q.Figures {
		return a, err
	}
	return a, a.draw(q, func() ([]*figure.Figure, error) { return alone(report.ConcurrencyFigure(m)) })
}

func step(_ context.Context, q *Question) (*Answer, error) {
	s, err := q.scenario()
	if err != nil {
		return nil, err
	}
	described, err := explain.Step{Batch: q.Batch, Context: q.Context, Prefill: q.Prefill}.Complete()
	if err != nil {
		return nil, err
	}
	e, err := explain.Choose(s, described, explain.AsGiven)
	if err != nil {
		return nil, err
	}
	a, err := answerWith(report.Explanation(e))
	if err != nil || !q.Figures {
		return a, err
	}
	for _, drawn := range []func([]*explain.Explanation) (*figure.Figure, error){
		report.WaterfallFigure, report.RooflineFigure,
	} {
		err := a.draw(q, func() ([]*figure.Figure, error) { return alone(drawn([]*explain.Explanation{e})) })
		if err != nil {
			return nil, err
		}
	}
	return a, nil
}

// mostRequests is what the page replays at once: a link of a stranger must not keep a processor for hours.
const mostRequests = 1_000_000

func replay(ctx context.Context, q *Question) (*Answer, error) {
	s, err := q.scenario()
	if err != nil {
		return nil, err
	}
	baselines, err := s.Baselines(ctx)
	if err != nil {
		return nil, err
	}
	b, err := s.Build()
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if n := b.Requests(); n > mostRequests {
		return nil, &fault.Error{File: q.Name, Wrong: fmt.Sprintf("has %s requests", units.Thousands(fmt.Sprint(n))),
			Right: "replay the first million at most here; the command line knows no limit"}
	}
	r, err := b.Run(ctx, scenarios.Hooks{})
	if err != nil {
		return nil, err
	}
	if q.Interval {
		if err := b.Bound(ctx, r, func() {}); err != nil {
			return nil, err
		}
	}
	r.Judge(baselines)
	a, err := answerWith(report.Run(r))
	if err != nil || !q.Figures {
		return a, err
	}
	return a, a.draw(q, func() ([]*figure.Figure, error) {
		panels, err := report.RunPanels(r)
		var list []*figure.Figure
		for _, name := range report.RunFigures() {
			list = append(list, panels[name]...)
		}
		return list, err
	})
}

// answerWith is an answer with a JSON object as the command line writes it.
func answerWith(object any) (*Answer, error) {
	var b bytes.Buffer
	err := report.WriteJSON(&b, object)
	return &Answer{Result: b.Bytes()}, err
}

// alone is a list of one figure.
func alone(f *figure.Figure, err error) ([]*figure.Figure, error) { return []*figure.Figure{f}, err }

// draw adds figures, as wide as the question asks for.
func (a *Answer) draw(q *Question, make func() ([]*figure.Figure, error)) error {
	list, err := make()
	if err != nil {
		return err
	}
	for _, f := range list {
		svg, err := f.Narrowed(vg.Length(q.Width)).Inline()
		if err != nil {
			return err
		}
		a.Figures = append(a.Figures, Figure{Name: f.Name, Title: f.Label(), SVG: svg})
	}
	return nil
}
