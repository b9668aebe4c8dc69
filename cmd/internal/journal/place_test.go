package journal

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skein/cmd/internal/task"
)

// home makes a place for journals of its own.
func home(t *testing.T) string {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	dir, err := Home()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// keep makes a journal that was last written so long ago, with so many bytes
// of inputs.
func keep(t *testing.T, dir string, ago time.Duration, bytes int64) {
	t.Helper()
	l := open(t, dir)
	all(t, l.Remaining(specs("a")))
	l.Close(1)
	if err := os.Truncate(filepath.Join(dir, inputsName), bytes); err != nil {
		t.Fatal(err)
	}
	when := time.Now().Add(-ago)
	if err := os.Chtimes(filepath.Join(dir, journalName), when, when); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T) (got []string) {
	t.Helper()
	dirs, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range slices.Backward(dirs) {
		got = append(got, filepath.Base(d))
	}
	return got
}

func TestOldJournalsAreDeletedAndLargeOnes(t *testing.T) {
	dir := home(t)
	const day = 24 * time.Hour
	keep(t, filepath.Join(dir, "1-old"), 15*day, 10)
	keep(t, filepath.Join(dir, "2-beyond-200MB"), day, 50<<20)
	keep(t, filepath.Join(dir, "3-small"), day, 10)
	keep(t, filepath.Join(dir, "4-large"), day, 180<<20)
	keep(t, filepath.Join(dir, "5-running"), 20*day, 10)
	running := open(t, filepath.Join(dir, "5-running"))
	defer running.Close(1)
	long := time.Now().Add(-20 * day)
	if err := os.Chtimes(filepath.Join(dir, "5-running", journalName), long, long); err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "kept")
	keep(t, elsewhere, 15*day, 10)
	if err := Link(elsewhere, "6-elsewhere"); err != nil {
		t.Fatal(err)
	}
	equal(t, names(t), "1-old", "2-beyond-200MB", "3-small", "4-large", "5-running", "6-elsewhere")
	if err := Prune(filepath.Join(dir, "3-small")); err != nil {
		t.Fatal(err)
	}
	equal(t, names(t), "3-small", "4-large", "5-running")
	if _, err := Read(elsewhere); err != nil {
		t.Errorf("what lies elsewhere was touched: %v", err)
	}
}

func TestARunIsFoundByWhatItIsCalled(t *testing.T) {
	dir := home(t)
	for _, id := range []string{"20260101-000000-aaa1111", "20260102-000000-bbb2222", "20260102-000001-ccc1111"} {
		keep(t, filepath.Join(dir, id), 0, 0)
	}
	for _, row := range []struct{ name, want, problem string }{
		{"20260101-000000-aaa1111", "20260101-000000-aaa1111", ""},
		{"20260101", "20260101-000000-aaa1111", ""},
		{"bbb2222", "20260102-000000-bbb2222", ""},
		{filepath.Join(dir, "20260102-000001-ccc1111"), "20260102-000001-ccc1111", ""},
		{"1111", "", "2 runs"},
		{"2026", "", "3 runs"},
		{"nothing", "", "no such run"},
		{"", "", "no such run"},
	} {
		got, err := Find(row.name)
		if row.problem != "" {
			if err == nil || !strings.Contains(err.Error(), row.problem) {
				t.Errorf("%q: got %q, %v", row.name, got, err)
			}
			continue
		}
		if err != nil || filepath.Base(got) != row.want {
			t.Errorf("%q: got %q, %v, want %q", row.name, got, err, row.want)
		}
	}
}

func TestIDsAreInTheOrderOfTheRuns(t *testing.T) {
	first := NewID()
	start := time.Now()
	for time.Since(start) < 2*time.Millisecond {
	}
	if then := NewID(); then <= first {
		t.Errorf("%s came after %s", then, first)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte(`{"seq":1,"key":"B_izuqL-O76VT6Xgk8363Q","input":"1","crc":"96b19741"}`))
	f.Add(appendMark(nil, "ended", 3))
	f.Fuzz(func(t *testing.T, line []byte) {
		parseEntry(line)
		if sealed := seal(slices.Clone(line), 0); len(line) > 1 && line[0] == '{' {
			body, ok := unseal(sealed[:len(sealed)-1])
			if !ok || string(body) != string(line) {
				t.Errorf("%q came back as %q", line, body)
			}
			parseEntry(sealed[:len(sealed)-1])
			parseStep(body)
		}
	})
}

func FuzzSpecs(f *testing.F) {
	f.Add("a", "b\n", "\xff", []byte("x"))
	f.Fuzz(func(t *testing.T, input, v1, v2 string, block []byte) {
		ids := newIdentity(Words{"x"}, "/d")
		spec := task.Spec{Seq: 7, Input: input, Values: []string{v1, v2}, Block: block}
		line := appendSpec(nil, &spec, ids.key(&spec))
		e, ok := parseEntry(line[:len(line)-1])
		if !ok || e.spec.Input != input || !slices.Equal(e.spec.Values, spec.Values) || string(e.spec.Block) != string(block) || e.key != ids.key(&e.spec) {
			t.Errorf("%q came back as %+v (%t)", line, e, ok)
		}
	})
}
