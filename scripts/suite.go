//go:build ignore

// Suite runs tests that others wrote over our code, and judges how they end:
//
//	suite [flags] -- go-test-arguments
//
// It fails when a test fails and when none passes. A test that cannot pass over
// ours has a row in the table of docs/conformance.md:
//
//	| `package` | `Test` | `what it prints` | why |
//
// It is left out and then run by itself: if it is gone, if it passes, or if it
// fails with other words than its row has, the row is no longer true, and the
// suite fails.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	dir     = flag.String("C", ".", "run go test in `directory`")
	overlay = flag.String("overlay", "", "lay `file` over Go's own: a test that fails is run without it too, and a test may skip itself")
	page    = flag.String("page", "", "`file` with the table of what cannot pass")
	cannot  = flag.String("cannot", "", "the rows of `package` apply")
	skips   = flag.String("skips", "", "`test` that says by skipping itself that all is well")
	tally   = flag.String("tally", "", "append what was counted to `file`")
)

func main() {
	flag.Parse()
	if err := judge(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func judge(args []string) error {
	start := time.Now()
	rows, err := readRows()
	if err != nil {
		return err
	}
	r, err := goTest(slices.Concat(withOverlay(), leaveOut(rows), args))
	if err != nil {
		return err
	}
	excused := r.excuse(args)
	if err := r.verdict(); err != nil {
		return err
	}
	for _, row := range rows {
		if err := row.holds(args); err != nil {
			return err
		}
	}
	fmt.Printf("ok\t%d passed, %d skipped, %d cannot pass, in %v\n",
		r.passed, r.skipped, len(rows), time.Since(start).Round(time.Second/10))
	return record(r.passed, r.skipped, len(rows), excused)
}

func withOverlay() []string {
	if *overlay == "" {
		return nil
	}
	return []string{"-overlay=" + *overlay}
}

// result is what a run of go test came to. Each run of a test counts, on one
// processor or on two, and so does each subtest.
type result struct {
	passed  int
	skipped int
	failed  []testName
	broken  []string // packages that failed and none of whose tests did
	died    bool     // a binary did, and what it had yet to run is not known
	output  map[testName]*strings.Builder
	wrong   []string // tests that skipped themselves and should not have, or the other way round
	ran     map[string]bool
}

type testName struct{ pkg, test string }

// top is the test that a subtest belongs to.
func (n testName) top() testName {
	n.test, _, _ = strings.Cut(n.test, "/")
	return n
}

// event is what `go test -json` writes; see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
}

// goTest runs go test. Its error means that it did not get that far.
func goTest(args []string) (*result, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Dir = *dir
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &result{output: map[testName]*strings.Builder{}, ran: map[string]bool{}}
	readErr := r.read(out)
	err = cmd.Wait()
	if readErr != nil {
		return nil, readErr
	}
	if err != nil && len(r.failed)+len(r.broken) == 0 {
		return nil, fmt.Errorf("go test: %w", err)
	}
	return r, nil
}

func (r *result) read(out io.Reader) error {
	in := bufio.NewReader(out)
	for {
		line, err := in.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil {
			r.take(e)
		} else {
			os.Stdout.Write(line)
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func (r *result) take(e event) {
	name := testName{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Print(e.Output)
	case "output":
		if r.output[name] == nil {
			r.output[name] = new(strings.Builder)
		}
		r.output[name].WriteString(e.Output)
	case "pass", "skip", "fail":
		if e.Test == "" {
			r.packageEnd(e)
		} else {
			r.testEnd(name, e.Action)
		}
	case "run":
		r.ran[e.Test] = true
	}
}

func (r *result) testEnd(name testName, action string) {
	meant := name.test == *skips
	switch action {
	case "fail":
		r.failed = append(r.failed, name)
		return // its output is wanted
	case "skip":
		r.skipped++
		if !meant && *overlay == "" {
			r.wrong = append(r.wrong, name.test+" skipped itself: "+r.said(name))
		}
	case "pass":
		r.passed++
		if meant {
			r.wrong = append(r.wrong, name.test+" did not skip itself")
		}
	}
	delete(r.output, name)
}

// packageEnd makes failed tests of those that were running when the binary
// died: the others have had their end, and their output is gone or noted.
func (r *result) packageEnd(e event) {
	if e.Action == "fail" {
		for name := range r.output {
			if name.pkg == e.Package && name.test != "" && !slices.Contains(r.failed, name) {
				r.failed = append(r.failed, name)
				r.died = true
			}
		}
		if !slices.ContainsFunc(r.failed, func(name testName) bool { return name.pkg == e.Package }) {
			r.broken = append(r.broken, e.Package)
			fmt.Print(r.said(testName{e.Package, ""}))
		}
	}
	delete(r.output, testName{e.Package, ""})
}

func (r *result) said(name testName) string {
	if b := r.output[name]; b != nil {
		return b.String()
	}
	return ""
}

// excuse runs each test that has failed over the overlay without it. What fails
// even so fails because of the machine. It returns how many do.
func (r *result) excuse(args []string) int {
	var tests []testName
	for _, name := range r.failed {
		if top := name.top(); !slices.Contains(tests, top) {
			tests = append(tests, top)
		}
	}
	if *overlay == "" || r.died || len(tests) > 10 { // so many that one glance at them says more
		return 0
	}
	excused := 0
	for _, name := range tests {
		own, err := goTest(append(flagsOf(args), "-run="+exactly(name.test), name.pkg))
		if err != nil || !slices.Contains(own.failed, name) {
			continue
		}
		fmt.Printf("%s of %s fails here over Go's own sync too\n", name.test, name.pkg)
		excused++
		r.failed = slices.DeleteFunc(r.failed, func(f testName) bool { return f.top() == name })
	}
	return excused
}

func (r *result) verdict() error {
	slices.SortFunc(r.failed, func(a, b testName) int { return strings.Compare(a.test, b.test) })
	for _, name := range r.failed {
		fmt.Printf("FAIL\t%s of %s\n%s", name.test, name.pkg, r.said(name))
	}
	switch {
	case len(r.failed) > 0:
		return fmt.Errorf("%d tests failed", len(r.failed))
	case len(r.broken) > 0:
		return fmt.Errorf("no test failed, and yet: %s", strings.Join(r.broken, ", "))
	case len(r.wrong) > 0:
		return errors.New(strings.Join(r.wrong, "\n"))
	case *skips != "" && !r.ran[*skips]:
		return fmt.Errorf("there is no %s any more", *skips)
	case r.passed == 0:
		return errors.New("no test passed: is there none?")
	}
	return nil
}

// row says of a test that it cannot pass, and what it prints then.
type row struct{ pkg, test, prints string }

var rowPattern = regexp.MustCompile("^\\| `([^`]+)` \\| `([^`]+)` \\| `([^`]+)` \\| .+ \\|$")

// readRows gives the rows that -cannot chooses.
func readRows() ([]row, error) {
	if *cannot == "" {
		return nil, nil
	}
	text, err := os.ReadFile(*page)
	if err != nil {
		return nil, err
	}
	var rows []row
	for line := range strings.Lines(string(text)) {
		if m := rowPattern.FindStringSubmatch(strings.TrimSpace(line)); m != nil && m[1] == *cannot {
			rows = append(rows, row{m[1], m[2], m[3]})
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s has no row for %s", *page, *cannot)
	}
	return rows, nil
}

func leaveOut(rows []row) []string {
	if len(rows) == 0 {
		return nil
	}
	var names []string
	for _, row := range rows {
		names = append(names, row.test)
	}
	return []string{"-skip=" + exactly(names...)}
}

// holds wants the test to fail in the words of its row, when it is run by
// itself. One that depends on the moment may pass now and then, and two
// goroutines of it that crash at the same time can stop the runtime.
func (row row) holds(args []string) (err error) {
	for range 5 {
		if err = row.fails(args); err == nil {
			return nil
		}
	}
	return err
}

func (row row) fails(args []string) error {
	alone := []string{"-count=1", "-timeout=20s", "-run=" + exactly(row.test), row.pkg}
	r, err := goTest(slices.Concat(withOverlay(), flagsOf(args), alone))
	if err != nil {
		return err
	}
	switch name := (testName{row.pkg, row.test}); {
	case !r.ran[row.test]:
		return fmt.Errorf("%s says that %s of %s cannot pass, and there is no such test", *page, row.test, row.pkg)
	case !slices.Contains(r.failed, name):
		return fmt.Errorf("%s says that %s of %s cannot pass, and it does not fail: take the row away", *page, row.test, row.pkg)
	case !strings.Contains(r.said(name), row.prints):
		return fmt.Errorf("%s of %s fails for another reason than %s says:\n%s", row.test, row.pkg, *page, r.said(name))
	}
	return nil
}

// flagsOf leaves out the packages, so that one can be tested by itself.
func flagsOf(args []string) []string {
	return slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return !strings.HasPrefix(arg, "-") })
}

// exactly is the pattern that -run and -skip need to mean just these tests.
func exactly(tests ...string) string {
	return "^(" + strings.Join(tests, "|") + ")$"
}

func record(counts ...int) error {
	if *tally == "" {
		return nil
	}
	f, err := os.OpenFile(*tally, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	line := strings.Trim(fmt.Sprint(counts), "[]")
	_, err = fmt.Fprintln(f, line)
	return errors.Join(err, f.Close())
}
