package agenda

import "math"

// Agenda finds the replica with the smallest key, ties by number: the order of events among replicas is
// total. It is a tournament: each place holds the better of the two below it, and the replicas stand in order
// at the bottom.
type Agenda struct {
	places []place // places[1] is the winner's, i's is fought out between 2i and 2i+1
	size   int     // of the lowest row, the second half of places
}

// place is a replica and its key.
type place struct {
	key     int64
	replica int32
}

// New gives each of so many replicas the same key.
func New(replicas int, key int64) Agenda {
	size := 1
	for size < replicas {
		size *= 2
	}
	a := Agenda{places: make([]place, 2*size), size: size}
	for i := range size {
		a.places[size+i] = place{key: math.MaxInt64, replica: int32(i)}
		if i < replicas {
			a.places[size+i].key = key
		}
	}
	for at := size - 1; at > 0; at-- {
		a.places[at] = a.better(at)
	}
	return a
}

// Top is the replica with the smallest key.
func (a *Agenda) Top() (replica int, key int64) {
	top := &a.places[1]
	return int(top.replica), top.key
}

// Shared tells whether another replica has the smallest key too.
func (a *Agenda) Shared() bool {
	top := a.places[1]
	for at := a.size + int(top.replica); at > 1; at /= 2 {
		if a.places[at^1].key == top.key {
			return true
		}
	}
	return false
}

// Within appends the replicas whose key is at most so large, in order.
func (a *Agenda) Within(list []int, most int64) []int { return a.within(list, 1, most) }

// within is Within for those below a place.
func (a *Agenda) within(list []int, at int, most int64) []int {
	switch p := &a.places[at]; {
	case p.key > most:
		return list
	case at >= a.size:
		return append(list, int(p.replica))
	}
	return a.within(a.within(list, 2*at, most), 2*at+1, most)
}

// Key is a replica's.
func (a *Agenda) Key(replica int) int64 { return a.places[a.size+replica].key }

// Set changes a replica's key, and plays its matches again, up to where another wins as before.
func (a *Agenda) Set(replica int, key int64) {
	at := a.size + replica
	for winner := (place{key, int32(replica)}); a.places[at] != winner; at /= 2 {
		a.places[at] = winner
		if at == 1 {
			return
		}
		// Of equal ones the left wins, whose place is even.
		if rival := &a.places[at^1]; rival.key < winner.key || rival.key == winner.key && at%2 == 1 {
			winner = *rival
		}
	}
}

// better is who wins a place. The replica on the left has the smaller number.
func (a *Agenda) better(at int) place {
	left, right := &a.places[2*at], &a.places[2*at+1]
	if right.key < left.key {
		return *right
	}
	return *left
}
