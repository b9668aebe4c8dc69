package report

import (
	"bytes"
	"encoding/binary"

	"example.com/skein/cmd/internal/spool"
)

// mostPacked is how large a piece may be that is packed. It fits into a
// quarter of a block of the spool.
const mostPacked = 8 << 10

// pack writes a small piece into a text that others can be added to. If there
// is no room for it, it stays as it is.
func pack(p piece) part {
	size := p.stdout.Len() + p.stderr.Len() + int64(len(p.prefix)+len(p.head)+len(p.foot))
	first := p.stdout
	if first == nil {
		first = p.stderr
	}
	if first != nil && size <= mostPacked {
		t := first.Another()
		if b, err := encode(p); err == nil && t.Add(b) == nil {
			p.stdout.Free()
			p.stderr.Free()
			return part{packed: t}
		}
		t.Free()
	}
	p.stdout.Keep()
	p.stderr.Keep()
	return part{piece: p}
}

// merge adds a part that follows, and reports whether it did.
func (p *part) merge(after part) bool {
	if p.packed == nil || after.packed == nil || after.packed.Len() > 2*mostPacked {
		return false
	}
	var b bytes.Buffer
	if _, err := after.packed.WriteTo(&b); err != nil || p.packed.Add(b.Bytes()) != nil {
		return false
	}
	after.packed.Free()
	return true
}

// encode gives the length of what follows, the bytes of the task that it
// stands for, the slot, and then each field after its length.
func encode(p piece) ([]byte, error) {
	var body, field bytes.Buffer
	body.Write(binary.AppendUvarint(nil, uint64(p.raw)))
	body.Write(binary.AppendUvarint(nil, uint64(p.slot)))
	for _, s := range []string{p.prefix, p.head, p.foot} {
		body.Write(binary.AppendUvarint(nil, uint64(len(s))))
		body.WriteString(s)
	}
	for _, t := range []*spool.Text{p.stdout, p.stderr} {
		field.Reset()
		if _, err := t.WriteTo(&field); err != nil {
			return nil, err
		}
		body.Write(binary.AppendUvarint(nil, uint64(field.Len())))
		body.Write(field.Bytes())
	}
	return append(binary.AppendUvarint(nil, uint64(body.Len())), body.Bytes()...), nil
}

// unpacker gives packed pieces again. It is an [io.Writer].
type unpacker struct {
	rest []byte
	give func(p piece, stdout, stderr []byte)
}

func (u *unpacker) Write(p []byte) (int, error) {
	u.rest = append(u.rest, p...)
	at := 0
	for {
		n, k := binary.Uvarint(u.rest[at:])
		if k <= 0 || len(u.rest)-at-k < int(n) {
			break
		}
		u.decode(u.rest[at+k : at+k+int(n)])
		at += k + int(n)
	}
	u.rest = append(u.rest[:0], u.rest[at:]...)
	return len(p), nil
}

func (u *unpacker) decode(b []byte) {
	raw, k := binary.Uvarint(b)
	b = b[k:]
	slot, k := binary.Uvarint(b)
	b = b[k:]
	var fields [5][]byte
	for i := range fields {
		n, k := binary.Uvarint(b)
		fields[i] = b[k : k+int(n)]
		b = b[k+int(n):]
	}
	p := piece{raw: int64(raw), slot: int(slot), prefix: string(fields[0]), head: string(fields[1]), foot: string(fields[2])}
	u.give(p, fields[3], fields[4])
}
