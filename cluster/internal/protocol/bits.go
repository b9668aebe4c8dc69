package protocol

// bits is a set of task numbers. A run may have ten million tasks; and a worker
// that is not to be trusted may write any number into a record, which must not
// make everybody who waits take memory for all below it. So the set has pages,
// which are small: each record may need another one.
type bits struct {
	pages map[int]*page
	n     int
}

const pageBits = 1 << 10

type page [pageBits / 64]uint64

func (b *bits) has(i int) bool {
	p := b.pages[i/pageBits]
	return p != nil && p[i%pageBits/64]&(1<<(i%64)) != 0
}

func (b *bits) add(i int) {
	p := b.pages[i/pageBits]
	if p == nil {
		p = new(page)
		if b.pages == nil {
			b.pages = map[int]*page{}
		}
		b.pages[i/pageBits] = p
	}
	p[i%pageBits/64] |= 1 << (i % 64)
	b.n++
}
