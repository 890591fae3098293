package fleet

import (
	"context"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/agenda"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/router"
)

// Fleet is the replicas of a run and the requests that come to them.
type Fleet struct {
	config   *contract.Config
	arrivals arrivals
	Pools    []*replica.Pool
	replicas []*replica.Replica // of all pools, one after the other
	landings agenda.Agenda      // of replicas by the end of their flight
	alarms   alarms
	router   router.Router
	asking   router.Request    // reused: what the router is asked about
	watcher  router.Watcher    // the router, where it asks for loads; nil where it does not
	tracker  router.Tracker    // the router, where it follows requests; nil where it does not
	prefixes *prefixes         // in caches, where the router looks for them; nil where it does not
	live     router.Subscriber // the router, where it reads what replicas have to do for each request
	bulletin *bulletin         // for the router, where it subscribes to one; nil where it does not
	idle     []int             // reused: replicas that are to plan
	listens  bool              // to answers: the router asks for loads, or answers let requests arrive
	follows  bool              // landings: it listens or checks
	stride   int               // most landings of a replica without a look at the others
	together bool              // a landing may let something happen elsewhere at once
	exchange *exchange         // nil unless prompts are computed apart
	gateway  *gateway          // nil where every request is let in and waited for
}

// pollEvery is how many instants pass between looks at the context.
const pollEvery = 1024

// Run lets time pass from event to event.
func (f *Fleet) Run(ctx context.Context) error {
	for poll := uint(0); ; poll++ {
		if poll%pollEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		i, key := f.landings.Top()
		landing, other := units.Picoseconds(key), min(f.arrivals.due, f.alarms.due)
		switch {
		// else the answers of a landing may let requests arrive at once
		case landing < other && !f.together:
			err = f.proceed(i, landing, other)
		case landing < other && !f.landings.Shared():
			err = f.land(i, landing)
		case other < landing && other < f.alarms.due:
			if err = f.arrive(other); err == nil && len(f.idle) > 0 {
				err = f.happen(other) // what else happens at this instant comes before it makes a replica plan
			}
		case landing == units.Forever && other == units.Forever:
			return f.left()
		default:
			err = f.happen(min(landing, other))
		}
		if err != nil {
			return err
		}
	}
}

// longestStride keeps the looks at the context frequent.
const longestStride = 64

// proceed lets a replica's next step follow the one that ends now, and further ones those that end before an
// instant until which nothing else happens. Replicas that record into the same journal take turns.
func (f *Fleet) proceed(i int, now, until units.Picoseconds) error {
	p := f.replicas[i]
	for range f.stride {
		if p.Land(now); f.follows {
			if err := f.follow(i, p, now); err != nil {
				return err
			}
		}
		if err := p.Depart(now); err != nil {
			return err
		}
		if now = p.End(); now >= until {
			break
		}
	}
	f.landings.Set(i, int64(now))
	return nil
}

// land lets a replica's steps end, which is all that happens now unless it lets something else happen at
// once.
func (f *Fleet) land(i int, now units.Picoseconds) error {
	p := f.replicas[i]
	p.Land(now)
	if err := f.follow(i, p, now); err != nil {
		return err
	}
	if min(f.arrivals.due, f.alarms.due) > now && len(f.idle) == 0 {
		return f.depart(i, p, now)
	}
	f.landings.Set(i, int64(units.Forever))
	f.wake(i, p)
	return f.happen(now)
}

// happen lets everything happen that happens now: steps end first, then alarms ring, then requests arrive,
// then steps begin.
func (f *Fleet) happen(now units.Picoseconds) error {
	for {
		var err error
		if i, landing := f.landings.Top(); units.Picoseconds(landing) == now {
			p := f.replicas[i]
			p.Land(now)
			err = f.follow(i, p, now)
			f.landings.Set(i, int64(units.Forever))
			f.wake(i, p)
		} else if f.alarms.due == now {
			f.alarms.ring(now)
		} else if f.arrivals.due == now { // which may cut a flight short at this very instant
			err = f.arrive(now)
		} else {
			break
		}
		if err != nil {
			return err
		}
	}
	if f.exchange != nil && len(f.idle) > 1 { // else those that plan at one instant know nothing of each other
		slices.Sort(f.idle)
	}
	for _, i := range f.idle {
		p := f.replicas[i]
		p.Due = false
		if err := f.depart(i, p, now); err != nil {
			return err
		}
	}
	f.idle = f.idle[:0]
	return nil
}

// depart lets a replica plan its next step.
func (f *Fleet) depart(i int, p *replica.Replica, now units.Picoseconds) error {
	if f.gateway != nil {
		p.Dismiss(now)
	}
	err := p.Depart(now)
	if f.gateway != nil {
		p.Hurry()
	}
	if f.exchange != nil && err == nil {
		f.exchange.departed(i, p, now)
	}
	f.landings.Set(i, int64(p.End()))
	return err
}

// follow draws the consequences of a landing, where there are any to draw.
func (f *Fleet) follow(i int, p *replica.Replica, now units.Picoseconds) error {
	if f.config.Watching.Landed != nil {
		p.Tell(i, f.config.Watching.Landed)
	}
	if f.listens {
		f.release(i, p)
	}
	if f.exchange != nil {
		f.exchange.landed(i, p, now)
	}
	if f.config.Check {
		return p.AuditStep(now)
	}
	return nil
}

// load adds to the number of a replica's outstanding requests.
func (f *Fleet) load(i, by int) {
	if f.watcher != nil {
		f.watcher.Load(i, by)
	}
}

// release takes answered requests off a replica's load.
func (f *Fleet) release(i int, p *replica.Replica) {
	if p.Account.Reports {
		f.track(i, p)
	}
	if answers := p.Account.TakeAnswers(); len(answers) > 0 {
		f.load(i, -len(answers))
		if tracker := f.trackerOf(i); tracker != nil || f.gateway != nil {
			f.ended(tracker, answers)
		}
		f.arrivals.answered(answers)
	}
}

// ended tells those who follow requests of their answers.
func (f *Fleet) ended(tracker router.Tracker, answers []replica.Answer) {
	for _, a := range answers {
		if tracker != nil {
			tracker.Ended(int(a.Index))
		}
		if f.gateway != nil {
			f.gateway.ended(a.Index)
		}
	}
}

// wake lets a replica plan when all that happens now has happened.
func (f *Fleet) wake(i int, p *replica.Replica) {
	if !p.Due {
		p.Due = true
		f.idle = append(f.idle, i)
	}
}

// choose is the replica that the next request goes to. A router of a program's own may name one that is not.
func (f *Fleet) choose(now units.Picoseconds) (int, error) {
	q, session := f.arrivals.head()
	f.asking = router.Request{Index: int(q.Index), Session: session, Input: int(q.Input)}
	if f.prefixes != nil {
		f.prefixes.find(q, now, &f.asking)
	}
	if f.live != nil {
		f.publish(f.live, now)
	}
	i := f.router.Choose(&f.asking)
	if i < 0 || i >= len(f.replicas) {
		return 0, fmt.Errorf("router %q sends request %d to replica %d, and there are replicas 0 to %d", f.config.Router,
			q.Index, i, len(f.replicas)-1)
	}
	f.sent(int(q.Index), i, now)
	if f.prefixes != nil {
		f.prefixes.judge(i, &f.replicas[i].Account)
	}
	if q.Content != replica.NoContent && !f.replicas[i].Caches() {
		f.arrivals.known.Drop(q.Content)
		q.Content = replica.NoContent
	}
	return i, nil
}

// sent tells where a router has sent a request.
func (f *Fleet) sent(request, replica int, now units.Picoseconds) {
	if f.config.Watching.Sent != nil {
		f.config.Watching.Sent(request, replica, now)
	}
}

//go:noinline // so that what it calls is
func (f *Fleet) arrive(now units.Picoseconds) error {
	if f.bulletin != nil {
		f.bulletin.expect(now)
	}
	if f.gateway != nil && !f.gateway.admits(now) {
		err := f.arrivals.pass()
		f.progress()
		return err
	}
	if f.exchange != nil {
		return f.exchange.arrive(now)
	}
	i := 0
	if len(f.replicas) > 1 {
		var err error
		if i, err = f.choose(now); err != nil {
			return err
		}
	}
	p := f.replicas[i]
	f.load(i, 1)
	q, _ := f.arrivals.head()
	taken := false
	if f.gateway == nil {
		taken = p.Arrive(q, now)
	} else {
		taken = f.gateway.passOn(q, i, -1, now)
	}
	err := f.arrivals.pass()
	f.progress()
	if taken {
		f.touch(i, p)
	} else {
		f.release(i, p) // of nothing where nobody listens
	}
	return err
}

// touch lets a replica take note of what has come to it.
func (f *Fleet) touch(i int, p *replica.Replica) {
	if p.Flying {
		f.landings.Set(i, int64(p.End()))
	} else {
		f.wake(i, p)
	}
}

// progressEvery is how many requests pass between reports of progress.
const progressEvery = 1024

func (f *Fleet) progress() {
	if f.config.OnProgress == nil {
		return
	}
	if n := f.arrivals.taken(); n%progressEvery == 0 {
		f.config.OnProgress(n)
	}
}
