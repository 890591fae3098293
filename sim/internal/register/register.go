package register

import "slices"

// Register is entries by the numbers of requests. Since these come and go about in the order of their
// numbers, entries stand in pages of neighbours, of which only those are there that have any: finding one
// takes two looks, and no hash.
type Register[T any] struct {
	pages []*page[T]
	first int // number of the first page
	spare []*page[T]
	n     int
}

// pageBits is how many bits of a number tell the place in a page.
const pageBits = 6

// page is the entries of neighbours.
type page[T any] struct {
	taken   uint64 // by place
	entries [1 << pageBits]T
}

// Len is the number of entries.
func (r *Register[T]) Len() int { return r.n }

// At is the entry of a number, nil where there is none. It stays where it is until it is dropped.
func (r *Register[T]) At(number int) *T {
	if k := number>>pageBits - r.first; uint(k) < uint(len(r.pages)) {
		place := number & (1<<pageBits - 1)
		if p := r.pages[k]; p != nil && p.taken>>place&1 != 0 {
			return &p.entries[place]
		}
	}
	return nil
}

// Put is the entry of a number, which it makes where there is none.
func (r *Register[T]) Put(number int) *T {
	p, place := r.page(number>>pageBits), number&(1<<pageBits-1)
	if p.taken>>place&1 == 0 {
		p.taken |= 1 << place
		r.n++
	}
	return &p.entries[place]
}

// page makes sure that there is a page with a number.
func (r *Register[T]) page(number int) *page[T] {
	if len(r.pages) == 0 {
		r.first = number
	}
	if before := r.first - number; before > 0 {
		r.pages, r.first = slices.Insert(r.pages, 0, make([]*page[T], before)...), number
	}
	for number >= r.first+len(r.pages) {
		r.pages = append(r.pages, nil)
	}
	p := &r.pages[number-r.first]
	if *p == nil {
		if n := len(r.spare); n > 0 {
			*p, r.spare = r.spare[n-1], r.spare[:n-1]
		} else {
			*p = &page[T]{}
		}
	}
	return *p
}

// Drop forgets the entry of a number, if there is one.
func (r *Register[T]) Drop(number int) {
	entry := r.At(number)
	if entry == nil {
		return
	}
	var nothing T
	*entry = nothing
	r.n--
	k := number>>pageBits - r.first
	p := r.pages[k]
	if p.taken &^= 1 << (number & (1<<pageBits - 1)); p.taken == 0 {
		r.pages[k], r.spare = nil, append(r.spare, p)
		for len(r.pages) > 0 && r.pages[0] == nil {
			r.pages, r.first = r.pages[1:], r.first+1
		}
	}
}
