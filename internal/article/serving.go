package article

import (
	"errors"

	"github.com/roofserve/roofserve/internal/study/deployments"
)

// Lengths of the requests with which one sequence's time per output token is measured.
const (
	singleInput  = 512
	singleOutput = 128
)

// servingQuantities are what the memory model and the simulator give for a system.
func servingQuantities() []Quantity {
	return []Quantity{
		{"fits", "system format", "1 where weights and workspace leave room for a cache, else 0", func(l *Lab, a *arguments) (float64, error) {
			d, err := l.asked(a)
			if err != nil {
				return 0, err
			}
			fits, err := deployments.Fits(d)
			return oneIf(fits), err
		}},
		{"sequences", "system format context", "sequences of a context that the cache holds at once", func(l *Lab, a *arguments) (float64, error) {
			d, err := l.asked(a)
			if err != nil {
				return 0, err
			}
			c, err := l.Concurrency(d, a.count(2))
			return float64(c.Memory), err
		}},
		{"tpot", "system format", "median seconds for each output token of a single sequence (512 + 128 tokens), simulated", func(l *Lab, a *arguments) (float64, error) {
			p, err := l.point(a, deployments.ClosedLoop{Users: 1, Input: singleInput, Output: singleOutput})
			if err != nil {
				return 0, err
			}
			return p.TPOT * 1e-3, nil
		}},
		{"ttft", "system format tokens", "seconds to the first token of a single prompt of so many tokens, simulated", func(l *Lab, a *arguments) (float64, error) {
			p, err := l.point(a, deployments.ClosedLoop{Users: 1, Input: a.count(2), Output: 2})
			if err != nil {
				return 0, err
			}
			return p.TTFT * 1e-3, nil
		}},
		{"output_rate", "system format users input output", "generated tokens a second of a closed loop of users, simulated", func(l *Lab, a *arguments) (float64, error) {
			p, err := l.point(a, deployments.ClosedLoop{Users: a.count(2), Input: a.count(3), Output: a.count(4)})
			if err != nil {
				return 0, err
			}
			return p.Output, nil
		}},
		{"best_rate", "system format input output", "most generated tokens a second, whatever the batch, simulated", func(l *Lab, a *arguments) (float64, error) {
			r, err := l.reach(a, deployments.OutputRate, unreachable, a.count(2), a.count(3))
			if err != nil {
				return 0, err
			}
			return r.Best.Output, nil
		}},
		{"best_total_rate", "system format input output", "most tokens a second, prompts counted too, simulated", func(l *Lab, a *arguments) (float64, error) {
			r, err := l.reach(a, deployments.TotalRate, unreachable, a.count(2), a.count(3))
			if err != nil {
				return 0, err
			}
			return r.Best.Total, nil
		}},
	}
}

// batchQuantities are of the smallest batch that gives at least a rate; of the best where none does.
func batchQuantities() []Quantity {
	return []Quantity{
		{"total_rate_near", "system format rate input output", "tokens a second, prompts counted too, of the smallest batch that gives at least a rate; of the best where none does", func(l *Lab, a *arguments) (float64, error) {
			r, err := l.reach(a, deployments.TotalRate, a.number(2), a.count(3), a.count(4))
			if err != nil {
				return 0, err
			}
			return r.Best.Total, nil
		}},
		{"rate_near", "system format rate input output", "the same for generated tokens alone", func(l *Lab, a *arguments) (float64, error) {
			r, err := l.reach(a, deployments.OutputRate, a.number(2), a.count(3), a.count(4))
			if err != nil {
				return 0, err
			}
			return r.Best.Output, nil
		}},
		{"users_for", "system format rate input output", "that batch, for generated tokens", func(l *Lab, a *arguments) (float64, error) {
			r, err := l.reach(a, deployments.OutputRate, a.number(2), a.count(3), a.count(4))
			return float64(r.BestAt), err
		}},
		{"users_for_total", "system format rate input output", "that batch, prompts counted too", func(l *Lab, a *arguments) (float64, error) {
			r, err := l.reach(a, deployments.TotalRate, a.number(2), a.count(3), a.count(4))
			return float64(r.BestAt), err
		}},
	}
}

// unreachable is more tokens a second than any deployment gives.
const unreachable = 1e12

// asked is a system, the first argument, in a format, the second.
func (l *Lab) asked(a *arguments) (deployments.Deployment, error) {
	return l.Deployment(a.text(0), a.text(1))
}

func (l *Lab) point(a *arguments, load deployments.ClosedLoop) (*deployments.Point, error) {
	d, err := l.asked(a)
	if err := errors.Join(err, a.err); err != nil {
		return nil, err
	}
	return l.Run(d, load)
}

func (l *Lab) reach(
	a *arguments, rate deployments.Throughput, want float64, input, output int,
) (deployments.Attained, error) {
	d, err := l.asked(a)
	if err := errors.Join(err, a.err); err != nil {
		return deployments.Attained{}, err
	}
	return l.Reach(d, rate, want, input, output)
}
