package protocol

import (
	"maps"
	"math/bits"
	"slices"
)

// numbers is a set of numbers from 0. A run may have ten million tasks, so they
// are bits; a record may have any number that somebody has invented, so they are
// pages of bits, and each number costs one page at most.
type numbers struct {
	pages map[int]*page
	n     int

	last   *page // the page that was looked at last: most come in order
	lastAt int
}

type page [64]uint64

const perPage = 64 * 64

func (s *numbers) page(i int) *page {
	if at := i / perPage; s.last == nil || at != s.lastAt {
		s.last, s.lastAt = s.pages[at], at
	}
	return s.last
}

func (s *numbers) has(i int) bool {
	p := s.page(i)
	return p != nil && p[i%perPage/64]&(1<<(i%64)) != 0
}

// add adds one that is not in the set.
func (s *numbers) add(i int) {
	p := s.page(i)
	if p == nil {
		p = new(page)
		if s.pages == nil {
			s.pages = map[int]*page{}
		}
		s.pages[i/perPage] = p
		s.last = p
	}
	p[i%perPage/64] |= 1 << (i % 64)
	s.n++
}

// all gives those that are in the set, in order.
func (s *numbers) all(yield func(int) bool) {
	for _, at := range slices.Sorted(maps.Keys(s.pages)) {
		for w, word := range s.pages[at] {
			for ; word != 0; word &= word - 1 {
				if !yield(at*perPage + w*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}
