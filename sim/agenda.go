package sim

import "math"

// agenda finds the replica with the smallest key, ties by number: the order of events among replicas is total. It is a
// tournament: each place holds the better of the two below it, and the replicas stand in order at the bottom.
type agenda struct {
	keys   []int64 // by replica, then those of places that no replica has
	places []int32 // replicas; places[1] is the winner's, i's are fought out between 2i and 2i+1
	winner int32
	best   int64 // the winner's key
}

func newAgenda(replicas int, key int64) *agenda {
	size := 1
	for size < replicas {
		size *= 2
	}
	a := &agenda{keys: make([]int64, size), places: make([]int32, 2*size)}
	for i := range size {
		a.keys[i] = math.MaxInt64
		if i < replicas {
			a.keys[i] = key
		}
		a.places[size+i] = int32(i)
	}
	for at := size - 1; at > 0; at-- {
		a.places[at] = a.better(at)
	}
	a.crown()
	return a
}

// top is the replica with the smallest key.
func (a *agenda) top() (replica int, key int64) {
	return int(a.winner), a.best
}

func (a *agenda) crown() {
	a.winner = a.places[1]
	a.best = a.keys[a.winner]
}

// set changes a replica's key.
func (a *agenda) set(replica int, key int64) {
	a.keys[replica] = key
	if len(a.keys) == 1 {
		a.best = key
		return
	}
	a.settle(replica)
	a.crown()
}

// settle plays a replica's matches again.
func (a *agenda) settle(replica int) {
	for at := (len(a.keys) + replica) / 2; at > 0; at /= 2 {
		winner := a.better(at)
		if winner == a.places[at] && winner != int32(replica) {
			return // the same as before, with the same key: nothing changes above
		}
		a.places[at] = winner
	}
}

// better is the replica that wins a place. The one on the left has the smaller number.
func (a *agenda) better(at int) int32 {
	left, right := a.places[2*at], a.places[2*at+1]
	if a.keys[right] < a.keys[left] {
		return right
	}
	return left
}
