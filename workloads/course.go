package workloads

import "github.com/roofserve/roofserve/hw/units"

// course is when the requests of a source came, but for those that follow answers.
type course struct {
	begin, last units.Picoseconds // its first and its latest arrival
	taken       int64             // requests
}

// note takes a request.
func (c *course) note(r *Request) {
	if r.Follows {
		return
	}
	if c.taken == 0 {
		c.begin = r.Arrival
	}
	c.last = r.Arrival
	c.taken++
}

// gap is the mean between two arrivals; 0 where there are not two.
func (c *course) gap() units.Picoseconds {
	if c.taken < 2 {
		return 0
	}
	return (c.last - c.begin) / units.Picoseconds(c.taken-1)
}
