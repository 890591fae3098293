package scenarios

import (
	"slices"

	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/workloads"
)

// answerHits counts the tokens of earlier answers that prompts of the same session find in caches.
type answerHits struct {
	found int64
	last  *said   // in the context that ends with the answer to the request read last
	of    []*said // in the prompts of requests under way, from the number first on; nil in others
	first int
}

// said is an answer in a context, which has those before it too.
type said struct {
	before   *said
	from, to int // tokens of the context
	sum      int // tokens of it and of those before it
}

// watchAnswers counts them in a workload in which requests follow answers; it is nil in others.
func (b *Built) watchAnswers(hooks *Hooks) *answerHits {
	if !workloads.HasTurns(b.source) {
		return nil
	}
	w := &answerHits{}
	b.source = workloads.Watch(b.source, w.note)
	hooks.finished(w.finish)
	return w
}

// note takes note of a request's answers before it, and of its own.
func (w *answerHits) note(i int, r *workloads.Request) {
	if !r.Follows {
		w.last = nil
	}
	if w.last != nil {
		w.keep(i, w.last)
	}
	if !r.Beyond { // nobody knows what is in its answer
		return
	}
	s := &said{before: w.last, from: r.Input, to: r.Input + r.Output, sum: r.Output}
	if w.last != nil {
		s.sum += w.last.sum
	}
	w.last = s
}

// keep has what was said in the prompt of a request, whose number is above those before.
func (w *answerHits) keep(i int, s *said) {
	if len(w.of) == 0 {
		w.first = i
	}
	if len(w.of) == cap(w.of) {
		w.tidy()
	}
	for len(w.of) < i-w.first {
		w.of = append(w.of, nil)
	}
	w.of = append(w.of, s)
}

// tidy leaves out the requests before the first that is under way.
func (w *answerHits) tidy() {
	n := 0
	for n < len(w.of) && w.of[n] == nil {
		n++
	}
	if n > len(w.of)/2 {
		w.of = slices.Delete(w.of, 0, n)
		w.first += n
	}
}

// take is what was said in the prompt of a request, which is kept no longer.
func (w *answerHits) take(i int) *said {
	if k := i - w.first; k >= 0 && k < len(w.of) {
		s := w.of[k]
		w.of[k] = nil
		return s
	}
	return nil
}

// finish counts what a request has found of them.
func (w *answerHits) finish(f *sim.Finished) {
	s := w.take(f.Index)
	for s != nil && s.from >= f.Cached {
		s = s.before
	}
	if s != nil {
		w.found += int64(s.sum - max(0, s.to-f.Cached))
	}
}

// tokens is how many were found.
func (w *answerHits) tokens() int64 {
	if w == nil {
		return 0
	}
	return w.found
}
