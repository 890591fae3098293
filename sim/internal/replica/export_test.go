package replica

// Spoils are mistakes that an engine could make, each with what the audits say of it.
var Spoils = []struct {
	What  string
	Spoil func(*Replica)
	Says  string
}{
	{"a block leaks", func(p *Replica) { p.lead.pool.Take(1) }, "blocks are held"},
	{"a block is given twice", func(p *Replica) { p.lead.pool.Give(1) }, "blocks are held"},
	{"a sum of contexts", func(p *Replica) { p.lead.decoders.Context++ }, "decodes see"},
	{"a sequence is forgotten", func(p *Replica) { p.lead.decoders.N++ }, "sequences run"},
	{"a running one too many", func(p *Replica) { p.lead.roster.running++ }, "sequences run"},
	{"time runs back", func(p *Replica) { p.auditor.at += 1e15 }, "time runs back"},
	{"a token too many", func(p *Replica) { p.Account.Output++ }, "tokens were computed"},
	{"a request comes twice", func(p *Replica) { p.Account.Journal.law.inside++ }, "more requests came than went"},
	{"a residence is wrong", func(p *Replica) { p.Account.Journal.law.residence++ }, "Little's law"},
	{"a reservation is kept", func(p *Replica) { p.lead.reserved++ }, "left over"},
}

// Entries is how much a look at the replica's first cache sees.
func (p *Replica) Entries() int { return p.lead.pool.Entries() }

// Looks is how often its audits have looked.
func (p *Replica) Looks() int { return int(p.auditor.round) / (1 + len(p.ranks)) }
