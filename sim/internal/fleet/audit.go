package fleet

import (
	"fmt"

	"github.com/roofserve/roofserve/sim/metrics"
)

// Audit verifies that a finished run has left nothing behind.
func (f *Fleet) Audit() error {
	var emitted, answered int64
	for _, p := range f.replicas {
		answered += p.Account.Output + p.Account.Wasted
		if err := p.AuditEnd(); err != nil {
			return err
		}
	}
	for _, pool := range f.Pools {
		for _, j := range pool.Journals {
			emitted += j.Series.Count(metrics.OutputTokens)
		}
	}
	if f.exchange != nil {
		if err := f.exchange.audit(); err != nil {
			return err
		}
	}
	if f.gateway != nil {
		if err := f.gateway.audit(); err != nil {
			return err
		}
	}
	if emitted != answered {
		return fmt.Errorf("conservation: %d tokens were computed, %d were answered or wasted", emitted, answered)
	}
	for _, pool := range f.Pools {
		for _, j := range pool.Journals {
			if err := j.Audit(); err != nil {
				return fmt.Errorf("conservation: %w", err)
			}
		}
	}
	return nil
}
