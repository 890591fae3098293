package fleet

import (
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/replica"
)

// links carry transfers, each from one link of the prefill side to one of the decode side. Those that go on
// at once share them as evenly as can be: the rates are max–min fair. Rates are whole bytes a microsecond,
// and what is left of a transfer is counted in millionths of a byte, so that it ends at a whole picosecond.
type links struct {
	capacity []int64 // bytes a microsecond, of all links, those of the prefill side first; 0: no bound
	apart    bool    // no transfer is slowed down by another
	flows    []flow
	since    units.Picoseconds // of the flows' rates
	room     []int64           // reused: of links
	crowd    []int64           // reused: flows on links whose rate is not known
	over     []*replica.Remote // reused: of flows that have ended
}

// flow is a transfer under way.
type flow struct {
	*replica.Remote
	from, to int   // links
	left     int64 // millionths of a byte
	rate     int64 // bytes a microsecond: as many millionths a picosecond
}

// parts of a byte in which what is left is counted, and picoseconds in a microsecond.
const millionths = 1_000_000

// whole is a link's capacity in bytes a microsecond; 0 has no bound.
func whole(rate units.BytesPerSecond) int64 {
	if rate == 0 {
		return 0
	}
	return max(1, int64(float64(rate)/millionths))
}

// alone is a flow's rate where it has its links for itself; 0 where neither has a bound.
func (l *links) alone(from, to int) int64 {
	a, b := l.capacity[from], l.capacity[to]
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// begin lets bytes flow, which is over at once where no link has a bound. It reports whether it is.
func (l *links) begin(m *replica.Remote, from, to int, bytes int64, now units.Picoseconds) (over bool) {
	alone := l.alone(from, to)
	if alone == 0 || bytes == 0 {
		return true
	}
	l.pass(now)
	l.flows = append(l.flows, flow{m, from, to, bytes * millionths, alone})
	l.share()
	return false
}

// pass lets time pass until now.
func (l *links) pass(now units.Picoseconds) {
	for i := range l.flows {
		f := &l.flows[i]
		f.left = max(0, f.left-f.rate*int64(now-l.since))
	}
	l.since = now
}

// ended takes out the flows that are over now, by the requests' numbers. The list is valid until the next
// call.
func (l *links) ended(now units.Picoseconds) []*replica.Remote {
	l.pass(now)
	list := l.over[:0]
	for i := range l.flows {
		if f := &l.flows[i]; f.left == 0 {
			list = append(list, f.Remote)
		}
	}
	if l.over = list; len(list) > 0 {
		l.flows = slices.DeleteFunc(l.flows, func(f flow) bool { return f.left == 0 })
		l.share()
		slices.SortFunc(list, func(a, b *replica.Remote) int { return int(a.Index) - int(b.Index) })
	}
	return list
}

// next is when the first flow is over at the present rates; Forever where there is none.
func (l *links) next() units.Picoseconds {
	at := units.Forever
	for i := range l.flows {
		f := &l.flows[i]
		at = min(at, l.since+units.Picoseconds((f.left+f.rate-1)/f.rate))
	}
	return at
}

// share finds the rates: the link that has least for each of its flows gives them that, and so on with the
// others; of equal links the one with the smaller number is first.
func (l *links) share() {
	if l.apart || len(l.flows) <= 1 {
		for i := range l.flows {
			l.flows[i].rate = l.alone(l.flows[i].from, l.flows[i].to)
		}
		return
	}
	l.room = append(l.room[:0], l.capacity...)
	l.crowd = append(l.crowd[:0], make([]int64, len(l.capacity))...)
	for i := range l.flows {
		l.flows[i].rate = 0
		l.crowd[l.flows[i].from]++
		l.crowd[l.flows[i].to]++
	}
	for {
		tight, rate := -1, int64(math.MaxInt64)
		for i, n := range l.crowd {
			if n > 0 && l.capacity[i] > 0 && l.room[i]/n < rate {
				tight, rate = i, l.room[i]/n
			}
		}
		if tight < 0 {
			return
		}
		for i := range l.flows {
			f := &l.flows[i]
			if f.rate > 0 || f.from != tight && f.to != tight {
				continue
			}
			f.rate = max(1, rate)
			for _, link := range [...]int{f.from, f.to} {
				l.room[link] = max(0, l.room[link]-f.rate)
				l.crowd[link]--
			}
		}
	}
}
