package arch

import "fmt"

// New is a model that a program describes by itself, checked and with what follows from it. Sizes are numbers
// of values, MaxContext is in tokens; a layer usually has two Norms.
func New(m Model) (*Model, error) {
	if err := first(
		dimension("hidden", m.Hidden), dimension("vocab", m.Vocab), between("max_context", m.MaxContext, 1, maxContext),
	); err != nil {
		return nil, err
	}
	if len(m.Stack) == 0 {
		return nil, fmt.Errorf("%s: its stack has no layers", m.Name)
	}
	for i := range m.Stack {
		b := &m.Stack[i]
		if b.Repeat < 1 || b.Mixer == nil && b.FFN == nil {
			return nil, fmt.Errorf("%s: block %d of its stack has no layers, or nothing is in them", m.Name, i)
		}
		for _, part := range []Part{b.Mixer, b.FFN} {
			if part == nil {
				continue
			}
			if err := part.Validate(m.Hidden); err != nil {
				return nil, fmt.Errorf("%s: block %d of its stack: %w", m.Name, i, err)
			}
		}
	}
	return &m, m.collectReaches()
}
