package input_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/skein/cmd/internal/input"
)

// groups gives the inputs of each command, with - between them.
func groups(t *testing.T, m input.Many, text string) (got []string, err error) {
	t.Helper()
	m.Size = func(s string) int { return len(s) }
	n := 0
	for s, e := range m.Group(input.Lines(strings.NewReader(text), '\n')) {
		if err = e; e != nil {
			continue
		}
		if n++; s.Seq != n {
			t.Errorf("command %d has number %d", n, s.Seq)
		}
		got = append(got, strings.Join(s.Values, "-"))
	}
	return got, err
}

func TestGroup(t *testing.T) {
	rows := []struct {
		says       string
		most, room int
		text       string
		want       []string
	}{
		{"at most so many", 2, 100, "a\nb\nc\n", []string{"a-b", "c"}},
		{"as many as there is room for", 0, 4, "aa\nbb\nc\ndddd\ne", []string{"aa-bb", "c", "dddd", "e"}},
		{"one that is too large is alone", 0, 4, "a\nbbbbbbbbb\nc\nd", []string{"a", "bbbbbbbbb", "c-d"}},
		{"without room each is alone", 0, -5, "a\nb", []string{"a", "b"}},
		{"nothing is no command", 3, 9, "", nil},
		{"empty inputs are inputs", 3, 9, "\n\n", []string{"-"}},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			got, err := groups(t, input.Many{Most: r.most, Room: r.room}, r.text)
			if err != nil || !slices.Equal(got, r.want) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func TestGroupError(t *testing.T) {
	broken := errors.New("no")
	m := input.Many{Most: 9, Room: 99, Size: func(string) int { return 1 }}
	n := 0
	for s, err := range m.Group(input.Lines(io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(broken)), '\n')) {
		switch n++; {
		case n == 1 && (err != nil || len(s.Values) != 2), n == 2 && !errors.Is(err, broken), n > 2:
			t.Errorf("%d: %v, %v", n, s, err)
		}
	}
	if n != 2 {
		t.Errorf("%d times", n)
	}
	for range m.Group(input.Args([]string{"a", "b"})) {
		break
	}
}

func TestManyInputsInShort(t *testing.T) {
	args := slices.Repeat([]string{strings.Repeat("x", 100)}, 1000)
	m := input.Many{Room: 1 << 20, Size: func(s string) int { return len(s) }}
	for s := range m.Group(input.Args(args)) {
		if len(s.Input) > 2000 || !strings.HasSuffix(s.Input, " ...") || len(s.Values) != 1000 {
			t.Errorf("%d values in %d bytes", len(s.Values), len(s.Input))
		}
	}
}
