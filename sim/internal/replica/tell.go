package replica

import "github.com/roofserve/roofserve/sim/contract"

// Tell tells of the flight that has landed just now, rank by rank.
func (p *Replica) Tell(number int, to func(*contract.Landing)) {
	f, a := &p.flight, &p.Account
	waiting, _ := p.Crowd()
	for i, r := range p.ranks {
		t := &contract.Landing{Replica: number, Rank: i, Role: p.config.Role, Start: f.Start, End: f.Over,
			Steps: f.Steps, Decoding: int(r.plan.decoding), Prompts: len(r.plan.chunks), Running: p.step.running,
			Held: p.step.held, Blocks: len(p.ranks) * r.Blocks(), Waiting: waiting}
		for _, c := range r.plan.chunks {
			if c.rows {
				t.Prompts--
				t.Decoding++
				continue
			}
			t.PromptTokens += c.n
			// as it was before the piece: nobody takes its place before the next plan
			s := &r.roster.all[c.seq]
			if before := s.computed - int32(c.n); s.Preemptions == 0 && before == s.Cached {
				t.Begun = append(t.Begun, contract.Begun{Request: int(s.Index), Since: s.Arrival})
			}
		}
		if i == 0 {
			t.Preempted, p.told = a.Preemptions-p.told, a.Preemptions
		}
		to(t)
	}
}
