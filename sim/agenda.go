package sim

// agenda is a heap of replicas by a key, ties by number: the order of events among them is total.
type agenda struct {
	keys  []int64 // by replica
	heap  []int32
	place []int32 // of each replica in the heap
}

func newAgenda(replicas int, key int64) *agenda {
	a := &agenda{keys: make([]int64, replicas), heap: make([]int32, replicas), place: make([]int32, replicas)}
	for i := range replicas {
		a.keys[i], a.heap[i], a.place[i] = key, int32(i), int32(i)
	}
	return a
}

// top is the replica with the smallest key.
func (a *agenda) top() (replica int, key int64) {
	i := a.heap[0]
	return int(i), a.keys[i]
}

// set changes a replica's key.
func (a *agenda) set(replica int, key int64) {
	a.keys[replica] = key
	if len(a.heap) > 1 {
		a.settle(replica)
	}
}

// settle moves a replica to where its key belongs in the heap.
func (a *agenda) settle(replica int) {
	at := int(a.place[replica])
	for at > 0 && a.before(a.heap[at], a.heap[(at-1)/2]) {
		a.swap(at, (at-1)/2)
		at = (at - 1) / 2
	}
	for {
		child := 2*at + 1
		if child >= len(a.heap) {
			return
		}
		if child+1 < len(a.heap) && a.before(a.heap[child+1], a.heap[child]) {
			child++
		}
		if !a.before(a.heap[child], a.heap[at]) {
			return
		}
		a.swap(at, child)
		at = child
	}
}

func (a *agenda) before(i, j int32) bool {
	return a.keys[i] < a.keys[j] || a.keys[i] == a.keys[j] && i < j
}

func (a *agenda) swap(i, j int) {
	a.heap[i], a.heap[j] = a.heap[j], a.heap[i]
	a.place[a.heap[i]], a.place[a.heap[j]] = int32(i), int32(j)
}
