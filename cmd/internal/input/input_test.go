package input_test

import (
	"errors"
	"io"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"example.com/skein/cmd/internal/input"
	"example.com/skein/cmd/internal/task"
)

// inputs ranges over specs, whose numbers must be right.
func inputs(t *testing.T, specs iter.Seq2[task.Spec, error]) (list []string, err error) {
	t.Helper()
	for s, e := range specs {
		if e != nil {
			if err != nil {
				t.Errorf("a second error: %v", e)
			}
			err = e
			continue
		}
		if err != nil {
			t.Errorf("an input behind an error: %q", s.Input)
		}
		list = append(list, s.Input)
		if s.Seq != len(list) {
			t.Errorf("input %d has number %d", len(list), s.Seq)
		}
	}
	return list, err
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	rows := []struct {
		says string
		text string
		sep  byte
		want []string
	}{
		{"nothing is no input", "", '\n', nil},
		{"a newline alone is an empty input", "\n", '\n', []string{""}},
		{"the last line needs no newline", "a\nb", '\n', []string{"a", "b"}},
		{"a newline at the end begins no input", "a\nb\n", '\n', []string{"a", "b"}},
		{"empty lines are inputs", "a\n\n\nb", '\n', []string{"a", "", "", "b"}},
		{"blanks stay", " a\t \n", '\n', []string{" a\t "}},
		{"a carriage return before a newline is dropped", "a\r\nb\r\r\n\r\nc\rd\r", '\n', []string{"a", "b\r", "", "c\rd"}},
		{"with NUL nothing is dropped", "a\r\x00b\n\x00\x00\r", 0, []string{"a\r", "b\n", "", "\r"}},
		{"a NUL in a line stays, for somebody else to refuse", "a\x00b\n", '\n', []string{"a\x00b"}},
		{"any bytes", "\xff\xfe\n\x80", '\n', []string{"\xff\xfe", "\x80"}},
		{"a line longer than the buffer", long + "\n" + long + "y", '\n', []string{long, long + "y"}},
	}
	for _, r := range rows {
		t.Run(r.says, func(t *testing.T) {
			for _, from := range []io.Reader{strings.NewReader(r.text), iotest.OneByteReader(strings.NewReader(r.text))} {
				got, err := inputs(t, input.Lines(from, r.sep))
				if err != nil || !slices.Equal(got, r.want) {
					t.Errorf("got %q, %v, want %q", got, err, r.want)
				}
			}
		})
	}
}

func TestLongestInput(t *testing.T) {
	const most = task.LongestInput
	for _, n := range []int{most - 1, most, most + 1, most + 2, 3*most + 17} {
		for _, end := range []string{"\n", "\r\n"} {
			got, err := inputs(t, input.Lines(strings.NewReader(strings.Repeat("x", n)+end+"y"), '\n'))
			if err != nil || len(got) != 2 || len(got[0]) != min(n, most+1) || got[1] != "y" {
				t.Errorf("%d bytes and %q: %d inputs, the first of %d bytes, %v", n, end, len(got), len(got[0]), err)
			}
		}
	}
}

func TestArgs(t *testing.T) {
	want := []string{"a", "", "a\nb", "\x00"}
	if got, err := inputs(t, input.Args(want)); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTasks(t *testing.T) {
	text := "a\n\n  \t\r\n# no\n  #no\nb # yes\r\n#!no\nc"
	if got, err := inputs(t, input.Tasks(strings.NewReader(text), '\n')); err != nil || !slices.Equal(got, []string{"a", "b # yes", "c"}) {
		t.Errorf("lines: got %q, %v", got, err)
	}
	text = "# a comment\necho x\x00\n\x00\x00y"
	if got, err := inputs(t, input.Tasks(strings.NewReader(text), 0)); err != nil || !slices.Equal(got, []string{"# a comment\necho x", "y"}) {
		t.Errorf("NUL: got %q, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("the disk is on fire")
	from := io.MultiReader(strings.NewReader("a\nb\nhalf"), iotest.ErrReader(broken))
	got, err := inputs(t, input.Lines(from, '\n'))
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "record 3") {
		t.Errorf("got error %v, want the reader's, in record 3", err)
	}
	if want := []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: half a record is no input", got, want)
	}
	long := io.MultiReader(strings.NewReader("a\n"+strings.Repeat("x", 100_000)), iotest.ErrReader(broken))
	if got, err := inputs(t, input.Lines(long, '\n')); !errors.Is(err, broken) || len(got) != 1 {
		t.Errorf("in a long record: %d inputs, %v", len(got), err)
	}
}

// TestAsTheyCome reads a line while the next is not yet there.
func TestAsTheyCome(t *testing.T) {
	r, w := io.Pipe()
	next, stop := iter.Pull2(input.Lines(r, '\n'))
	defer stop()
	for _, line := range []string{"a", "b"} {
		go io.WriteString(w, line+"\n")
		if s, err, ok := next(); !ok || err != nil || s.Input != line {
			t.Fatalf("got %q, %v, %v", s.Input, err, ok)
		}
	}
	w.Close()
	if _, _, ok := next(); ok {
		t.Error("more than was written")
	}
}

func TestLeavingTheLoop(t *testing.T) {
	n := 0
	for range input.Lines(strings.NewReader("a\nb\nc\n"), '\n') {
		if n++; n == 2 {
			break
		}
	}
	for range input.Tasks(strings.NewReader("a\nb\nc\n"), '\n') {
		break
	}
	for range input.Args([]string{"a", "b"}) {
		break
	}
	if n != 2 {
		t.Errorf("%d inputs", n)
	}
}

// endless gives lines of twenty bytes until n bytes are given.
type endless struct{ n, given int }

func (e *endless) Read(p []byte) (int, error) {
	if e.given == e.n {
		return 0, io.EOF
	}
	const line = "some input or other\n"
	text := strings.Repeat(line, len(p)/len(line)+2)[e.given%len(line):]
	k := copy(p[:min(len(p), e.n-e.given)], text)
	e.given += k
	return k, nil
}

func TestMemoryIsConstant(t *testing.T) {
	live := func(n int) (most uint64) {
		var m runtime.MemStats
		count := 0
		for range input.Lines(&endless{n: n}, '\n') {
			if count++; count%200_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		return most
	}
	small, large := live(5_000_000), live(50_000_000)
	if large > small+small/5 {
		t.Errorf("%d bytes live over 2,500,000 inputs, %d over 250,000", large, small)
	}
}

func TestTotal(t *testing.T) {
	total, stop := input.Total(input.Lines(&endless{n: 20 * 25_000}, '\n'))
	defer stop()
	if got := []int{total(), total(), total(), total()}; !slices.Equal(got, []int{0, 0, 25_000, 25_000}) {
		t.Errorf("got %v", got)
	}
	broken, stopBroken := input.Total(input.Lines(iotest.ErrReader(errors.New("no")), '\n'))
	defer stopBroken()
	if got := broken(); got != 0 {
		t.Errorf("got %d of a broken reader", got)
	}
}

// FuzzLines compares with a split of the whole.
func FuzzLines(f *testing.F) {
	for _, s := range []string{"", "a", "a\n", "\n\n", "a\r\nb", "a\x00b\x00"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, null bool) {
		sep := "\n"
		if null {
			sep = "\x00"
		}
		var want []string
		if text != "" {
			want = strings.Split(strings.TrimSuffix(text, sep), sep)
		}
		for i := range want {
			if !null {
				want[i] = strings.TrimSuffix(want[i], "\r")
			}
		}
		got, err := inputs(t, input.Lines(strings.NewReader(text), sep[0]))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
}

func BenchmarkLines(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for range input.Lines(&endless{n: 20 * 1000}, '\n') {
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/input")
}
