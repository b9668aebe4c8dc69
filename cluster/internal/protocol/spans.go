package protocol

import (
	"maps"
	"slices"
)

// Spans are numbers as spans of them, in order: [1 5] [7 7].
type Spans [][2]int

// Counted gives the tasks that have an outcome.
func (f *Fold) Counted() BySeries[Spans] {
	all := make(BySeries[Spans], len(f.ended))
	for s, b := range f.ended {
		all[s] = b.spans()
	}
	return all
}

// Resume begins a fold with the tasks of an earlier one.
func (f *Fold) Resume(counted BySeries[Spans]) {
	f.ended, f.bits = make(map[Series]*bits, len(counted)), nil
	for s, spans := range counted {
		b := new(bits)
		for _, span := range spans {
			for i := span[0]; i <= span[1]; i++ {
				b.add(i)
			}
		}
		f.ended[s] = b
	}
}

func (b *bits) spans() (all Spans) {
	for _, p := range slices.Sorted(maps.Keys(b.pages)) {
		for i := p * pageBits; i < (p+1)*pageBits; i++ {
			switch last := len(all) - 1; {
			case !b.has(i):
			case last >= 0 && all[last][1] == i-1:
				all[last][1] = i
			default:
				all = append(all, [2]int{i, i})
			}
		}
	}
	return all
}
