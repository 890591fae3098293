package sim

// counts tells whether a job may have a part in the next step.
func (r *oracleRank) counts(j *job) bool { return !j.ended || r.overruns(j) }

// overruns tells whether an engine that plans ahead computes a job that has ended once more.
func (r *oracleRank) overruns(j *job) bool {
	return r.pool.c.PlansAhead() && (r.pool.c.Policy == "sglang" || j.Output < j.maxOutput || r.verifies())
}

// process lets the engine see, after it has made a plan, who had ended before.
func (r *oracleRank) process() {
	for _, j := range r.running {
		if j.unfiled && !j.ended {
			r.cache.file(j)
		}
	}
	var still []*job
	for _, j := range r.running {
		if !j.ended {
			still = append(still, j)
			continue
		}
		r.left(j, j.Output, true)
		r.letGo(j)
		if j.chunk > 0 {
			r.ghosts = append(r.ghosts, j)
		} else {
			r.drop(j)
		}
	}
	r.running = still
}
