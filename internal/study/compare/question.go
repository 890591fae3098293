package compare

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

// Question is what to compare.
type Question struct {
	Models     []string // of the catalogue, or .toml files; each may change fields: NAME+attention.kv_heads=64
	Devices    []string
	Workload   string // a trace, or INPUTxOUTPUT: requests of exactly so many tokens that arrive at random
	Requests   int    // simulated in each run
	RateScale  float64
	Objectives []capacity.Objective
	Batch      int    // sequences at once where the time per output token is compared
	Weights    string // number format; empty: as published
	KV         string
	// Interval: the largest load is found where systems are slower and faster than predicted, too.
	Interval bool
	Plan     explain.Rule // by which each model is divided over the same GPUs
	GPUs     int          // that each model gets; 0: the fewest that hold the largest
	// Degrees of parallelism for all, which leave nothing to choose; 0: not given.
	TP, PP, DP, EP int
}

// candidate is one model on one device.
type candidate struct {
	request *Question
	label   string // of the model, with what was changed
	deployments.Deployment
}

// candidates are the models on the devices, device by device.
func (r *Question) candidates() []candidate {
	var list []candidate
	for _, device := range r.Devices {
		for _, model := range r.Models {
			list = append(list, candidate{r, (&scenarios.Model{Name: model}).Title(),
				deployments.Deployment{Model: model, Device: device, Weights: r.Weights, KV: r.KV}})
		}
	}
	return list
}

// under is the candidate's scenario with the workload at a rate. Fields of the deployment that are zero
// follow from the fewest GPUs that hold the model.
func (c *candidate) under(d deployments.Deployment, rateScale float64) (*scenarios.Scenario, error) {
	s, err := d.Scenario()
	if err != nil {
		return nil, err
	}
	s.Name = c.label
	for _, setting := range c.request.workload(rateScale) {
		if err := s.Set(setting.Key, setting.Value, "--workload "+c.request.Workload); err != nil {
			return nil, err
		}
	}
	return s, s.Validate()
}

// workload is what the workload's name sets.
func (r *Question) workload(rateScale float64) []scenarios.Setting {
	list := []scenarios.Setting{{Key: "workload.rate_scale", Value: rateScale}, {Key: "workload.requests", Value: r.Requests}}
	input, output, ok := r.lengths()
	if !ok {
		return append(list, scenarios.Setting{Key: "workload.trace", Value: r.Workload})
	}
	return append(list,
		scenarios.Setting{Key: "workload.synthetic.requests", Value: r.Requests},
		scenarios.Setting{Key: "workload.synthetic.arrival.process", Value: "poisson"},
		scenarios.Setting{Key: "workload.synthetic.arrival.rate", Value: 1},
		scenarios.Setting{Key: "workload.synthetic.input.distribution", Value: "fixed"},
		scenarios.Setting{Key: "workload.synthetic.input.value", Value: input},
		scenarios.Setting{Key: "workload.synthetic.output.distribution", Value: "fixed"},
		scenarios.Setting{Key: "workload.synthetic.output.value", Value: output})
}

// lengths reads a workload of the form 1024x256.
func (r *Question) lengths() (input, output int, ok bool) {
	left, right, found := strings.Cut(r.Workload, "x")
	input, err1 := strconv.Atoi(left)
	output, err2 := strconv.Atoi(right)
	return input, output, found && err1 == nil && err2 == nil && input > 0 && output > 0
}

// lengthsLike is what is meant as INPUTxOUTPUT, right or wrong: numbers, signs and the x.
var lengthsLike = regexp.MustCompile(`^[-+.,\d ]*[xX×*][-+.,\d xX×*]*$`)

// CheckWorkload finds out whether the workload's name can be one.
func (r *Question) CheckWorkload() error {
	_, _, ok := r.lengths()
	if ok || r.Workload != "" && !lengthsLike.MatchString(r.Workload) {
		return nil
	}
	return &fault.Error{File: fmt.Sprintf("--workload %q", r.Workload), Wrong: "is neither a trace nor INPUTxOUTPUT",
		Right: "use two whole numbers of tokens, at least 1x1, as in 1024x256, or a trace's name or path"}
}

// on is the deployment with one replica of a plan.
func (c *candidate) on(p Placement) deployments.Deployment {
	d := c.Deployment
	d.GPUs, d.TP, d.PP, d.DP, d.EP = p.GPUs/p.Replicas, p.TP, p.PP, p.DP, p.EP
	return d
}

// chosen is the plan by which a rule divides the model over so many GPUs for the batch at a context; degrees
// that the request gives go before any rule.
func (c *candidate) chosen(rule explain.Rule, gpus, context int) (*explain.Explanation, error) {
	d, r := c.Deployment, c.request
	d.GPUs, d.TP, d.PP, d.DP, d.EP = gpus, r.TP, r.PP, r.DP, r.EP
	s, err := d.Scenario()
	if err != nil {
		return nil, err
	}
	e, err := explain.Choose(s, explain.Step{Batch: r.Batch, Context: context}, rule)
	if err != nil || e.WeightsFit() {
		return e, err
	}
	return nil, e.Scenario.NoFit(e.Parts)
}

// gpus is how many each model gets where the request says so; else 0.
func (r *Question) gpus() int {
	if r.GPUs == 0 && r.divides() {
		return max(1, r.TP) * max(1, r.PP) * max(1, r.DP)
	}
	return r.GPUs
}

// divides tells whether the request says how to divide the models.
func (r *Question) divides() bool { return r.TP > 0 || r.PP > 0 || r.DP > 0 || r.EP > 0 }
