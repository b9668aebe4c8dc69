package journal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"example.com/skein/cmd/internal/task"
)

// Key is what a task is known by, but for how many of the same stand before
// it: a hash of its template, its values and the directory.
type Key [16]byte

// keySize is the length of a key as text.
const keySize = 22

// identity makes keys. It belongs to one goroutine.
type identity struct {
	base identityBase
	buf  []byte
}

// identityBase is the hash of a command and its directory.
type identityBase [sha256.Size]byte

func newIdentity(template Words, dir Text) identity {
	b := appendPart(nil, string(dir))
	for _, w := range template {
		b = appendPart(b, w)
	}
	return identity{base: sha256.Sum256(b)}
}

// appendPart appends a text with its length, so that no two lists of texts
// are the same bytes.
func appendPart(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// key gives the key of a task. Its number is no part of it.
func (i *identity) key(s *task.Spec) (k Key) {
	b := append(i.buf[:0], i.base[:]...)
	b = binary.AppendUvarint(b, uint64(len(s.Values)))
	if s.Values == nil {
		b = appendPart(b, s.Input)
	}
	for _, v := range s.Values {
		b = appendPart(b, v)
	}
	b = append(b, s.Block...)
	i.buf = b
	sum := sha256.Sum256(b)
	copy(k[:], sum[:])
	return k
}

func (k Key) append(b []byte) []byte { return base64.RawURLEncoding.AppendEncode(b, k[:]) }

func parseKey(s []byte) (k Key, ok bool) {
	if len(s) != keySize {
		return k, false
	}
	n, err := base64.RawURLEncoding.Decode(k[:], s)
	return k, err == nil && n == len(k)
}
