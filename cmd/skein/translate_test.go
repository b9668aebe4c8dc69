package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	translations = "../../docs/translate.md"
	printed      = "testdata/translate.txt"
)

var update = flag.Bool("translate", false, "write "+printed+" anew, with the parallel and xargs of this machine")

// translation is a row of docs/translate.md.
type translation struct{ there, here, note string }

// differs says that the row promises another result.
func (r translation) differs() bool { return strings.HasPrefix(r.note, "differs: ") }

// equal compares two results as far as the row promises.
func (r translation) equal(a, b string) bool {
	if r.note == "any order" {
		return slices.Equal(sorted(a), sorted(b))
	}
	return a == b
}

func sorted(s string) []string { return slices.Sorted(strings.SplitSeq(s, "\n")) }

// TestTranslations runs the lines of docs/translate.md that are ours, and
// compares them with what the other tools printed. A row that differs has both
// results in the file, and they do differ.
func TestTranslations(t *testing.T) {
	rows := readTranslations(t)
	if len(rows) < 35 {
		t.Fatalf("%d rows: the table was not understood", len(rows))
	}
	if *update {
		writePrinted(t, rows)
	}
	results := readPrinted(t)
	for _, row := range rows {
		t.Run(row.here, func(t *testing.T) {
			t.Parallel()
			there, known := results[row.there]
			if !known {
				t.Fatalf("%s lacks %q", printed, row.there)
			}
			row.try(t, there, results)
		})
	}
}

func (r translation) try(t *testing.T, there string, results map[string]string) {
	got := runLine(t, r.here)
	want := there
	if r.differs() {
		want = results[r.here]
		if want == there {
			t.Errorf("the row says %q, but nothing does", r.note)
		}
	}
	if !r.equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// readTranslations reads the rows; \| is how a cell writes |.
func readTranslations(t *testing.T) (rows []translation) {
	text, err := os.ReadFile(translations)
	if err != nil {
		t.Fatal(err)
	}
	const bar = "\x00"
	for line := range strings.Lines(strings.ReplaceAll(string(text), `\|`, bar)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		if len(cells) != 3 {
			t.Fatalf("not three cells: %s", line)
		}
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(strings.Trim(cell, "| "), bar, "|")
		}
		row := translation{strings.Trim(cells[0], "`"), strings.Trim(cells[1], "`"), cells[2]}
		if row.note != "same" && row.note != "any order" && !strings.HasPrefix(row.note, "same; ") && !row.differs() {
			t.Errorf("%s: what differs? %q", row.here, row.note)
		}
		rows = append(rows, row)
	}
	return rows
}

// readPrinted reads results, each below its line, which begins with "$ ".
func readPrinted(t *testing.T) map[string]string {
	text, err := os.ReadFile(printed)
	if err != nil {
		t.Fatal(err)
	}
	results := map[string]string{}
	for part := range strings.SplitSeq("\n"+strings.TrimSuffix(string(text), "\n"), "\n$ ") {
		line, result, _ := strings.Cut(part, "\n")
		results[line] = result
	}
	return results
}

// writePrinted notes what the others print, and of the rows that differ ours.
func writePrinted(t *testing.T, rows []translation) {
	var text strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&text, "$ %s\n%s\n", row.there, runLine(t, row.there))
		if row.differs() {
			fmt.Fprintf(&text, "$ %s\n%s\n", row.here, runLine(t, row.here))
		}
	}
	if err := os.WriteFile(printed, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}

var translateFiles = map[string]string{
	"a.log": "one\n", "b.log": "two\ntwo\n", "my notes.txt": "notes\n",
	"list.txt":     "x\ny\nz\n",
	"commands.txt": "echo first\necho second | tr a-z A-Z\n",
	"people.csv":   "name,age\nAda,36\nAlan,41\n",
	"cities.tsv":   "Bern\tCH\nOslo\tNO\n",
	"photos/x.jpg": "x", "photos/y.jpg": "y",
}

// runLine gives what a line of bash prints, its exit status unless that is 0,
// and which files it wrote or removed.
func runLine(t *testing.T, line string) string {
	dir, home := t.TempDir(), t.TempDir()
	for name, content := range translateFiles {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(content), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("bash", "-c", `doit() { echo "did $1"; }; export -f doit; `+line)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "SHELL=/bin/bash", "HOME="+home, "TMPDIR="+home, "XDG_STATE_HOME="+home)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	t.Logf("%s\n%s", line, &stderr)
	if status := cmd.ProcessState.ExitCode(); status != 0 {
		fmt.Fprintf(&stdout, "exit status %d\n", status)
	}
	return strings.TrimSuffix(stdout.String()+changedFiles(t, dir), "\n")
}

// changedFiles lists the files of dir that are not as they were, with what is
// in them if it is one line of text.
func changedFiles(t *testing.T, dir string) string {
	var changes strings.Builder
	seen := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		seen[name] = true
		content, err := os.ReadFile(path)
		if was, is := translateFiles[name]; is && was == string(content) {
			return err
		}
		fmt.Fprintf(&changes, "wrote %s%s\n", name, shown(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range translateFiles {
		if !seen[name] {
			fmt.Fprintf(&changes, "removed %s\n", name)
		}
	}
	return strings.Join(sorted(strings.TrimSuffix(changes.String(), "\n")), "\n")
}

// shown is content, unless it is binary or has times and the like in it.
func shown(content []byte) string {
	if !utf8.Valid(content) || bytes.ContainsAny(content, "{:") {
		return ""
	}
	return fmt.Sprintf(": %q", content)
}
