package input_test

import (
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/skein/cmd/internal/input"
)

func blocks(t *testing.T, r io.Reader, size int, end string) (got []string, err error) {
	t.Helper()
	for s, e := range input.Blocks(r, size, []byte(end)) {
		if e != nil {
			err = e
			continue
		}
		got = append(got, string(s.Block))
		if s.Seq != len(got) || len(s.Block) == 0 {
			t.Errorf("block %d has number %d and %d bytes", len(got), s.Seq, len(s.Block))
		}
	}
	return got, err
}

func TestBlocks(t *testing.T) {
	rows := []struct {
		says string
		text string
		size int
		end  string
		want []string
	}{
		{"nothing is no block", "", 4, "\n", nil},
		{"as many records as fit", "a\nb\nc\nd\n", 4, "\n", []string{"a\nb\n", "c\nd\n"}},
		{"whole ones", "aa\nbb\ncc\n", 4, "\n", []string{"aa\n", "bb\n", "cc\n"}},
		{"a record larger than a block goes whole", "a\nbbbbbbbbbbbb\nc\n", 4, "\n", []string{"a\n", "bbbbbbbbbbbb\n", "c\n"}},
		{"the last one needs no end", "a\nb", 100, "\n", []string{"a\nb"}},
		{"none has an end", "abcdefgh", 3, "\n", []string{"abcdefgh"}},
		{"an end of several bytes, over the edge of a block", "abc--d--", 4, "--", []string{"abc--", "d--"}},
		{"its bytes apart are no end", "a-b-c-d--e", 2, "--", []string{"a-b-c-d--", "e"}},
		{"empty records are records", "\n\n\n", 2, "\n", []string{"\n\n", "\n"}},
		{"an end that can begin within another", "xaaay", 4, "aa", []string{"xaa", "ay"}},
		{"and at the edge of a block", "xabababay", 4, "aba", []string{"xaba", "baba", "y"}},
		{"a block of one byte", "a\n\n", 1, "\n", []string{"a\n", "\n"}},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			for _, from := range []io.Reader{strings.NewReader(r.text), iotest.OneByteReader(strings.NewReader(r.text))} {
				if got, err := blocks(t, from, r.size, r.end); err != nil || !slices.Equal(got, r.want) {
					t.Errorf("got %q, %v", got, err)
				}
			}
		})
	}
}

func TestBlocksError(t *testing.T) {
	broken := errors.New("no")
	got, err := blocks(t, io.MultiReader(strings.NewReader("a\nb\nccc"), iotest.ErrReader(broken)), 4, "\n")
	if !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "block 2: ") || !slices.Equal(got, []string{"a\nb\n"}) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := blocks(t, io.MultiReader(strings.NewReader("aaaaaaaaaa"), iotest.ErrReader(broken)), 4, "\n"); !errors.Is(err, broken) {
		t.Errorf("in a long record: %v", err)
	}
	for range input.Blocks(strings.NewReader("a\nb\n"), 1, []byte("\n")) {
		break
	}
}

// TestBlocksAreTheirOwn changes one block, which must not change another, nor
// may blocks hold on to what was read before.
func TestBlocksAreTheirOwn(t *testing.T) {
	var last []byte
	for s := range input.Blocks(&endless{n: 50_000_000}, 1<<20, []byte("\n")) {
		for i := range s.Block {
			if s.Block[i] == '#' {
				t.Fatal("somebody else's block")
			}
			s.Block[i] = '#'
		}
		if last = s.Block; s.Seq == 40 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			if m.HeapAlloc > 30<<20 {
				t.Errorf("%d bytes live", m.HeapAlloc)
			}
		}
	}
	runtime.KeepAlive(last)
}

// FuzzBlocks puts the blocks together again.
func FuzzBlocks(f *testing.F) {
	f.Add("a\nb\nccccccc\n", uint8(3), "\n")
	f.Add("a--b---c", uint8(2), "--")
	f.Add("aXaaXaaaX", uint8(1), "aX")
	f.Fuzz(func(t *testing.T, text string, n uint8, end string) {
		if end == "" {
			return
		}
		size := int(n) + 1
		got, err := blocks(t, iotest.HalfReader(strings.NewReader(text)), size, end)
		if err != nil || strings.Join(got, "") != text {
			t.Fatalf("got %q, %v", got, err)
		}
		for i, b := range got {
			if i < len(got)-1 && !strings.HasSuffix(b, end) {
				t.Errorf("block %d of %q does not end with %q", i+1, got, end)
			}
			if len(b) > size && strings.Contains(b[:len(b)-1], end) && strings.Index(b, end)+len(end) <= size {
				t.Errorf("%q has a whole record and is longer than %d", b, size)
			}
		}
	})
}
