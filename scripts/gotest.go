//go:build ignore

// Gotest is go test with a count. It prints what go test prints, and appends
// how many tests passed, failed and were skipped to the file named by TALLY:
//
//	go run scripts/gotest.go [go test flags] packages
//	go run scripts/gotest.go -sum FILE
//
// The sum counts runs: a test that ran on one, two and eight processors counts
// three times, a subtest beside its parent. A package that did not build or
// whose binary crashed outside of a test counts as one failure. A skipped test
// is a failure too, for a tick beside it would be a lie.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// event is what `go test -json` writes; see `go doc test2json`.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
}

type counts struct{ passed, failed, skipped int }

func main() {
	if len(os.Args) == 3 && os.Args[1] == "-sum" {
		os.Exit(sum(os.Args[2]))
	}
	os.Exit(test(os.Args[1:]))
}

func test(args []string) int {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		return 1
	}
	var n counts
	readErr := follow(out, &n)
	err = cmd.Wait()
	if err != nil && n.failed == 0 {
		n.failed = 1 // go test itself could not go on
	}
	if err := errors.Join(readErr, record(n)); err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		return 1
	}
	if err != nil || n.failed > 0 || n.skipped > 0 {
		return 1
	}
	return 0
}

func follow(out io.Reader, n *counts) error {
	v := view{n: n, held: map[string]*pkg{}}
	in := bufio.NewReader(out)
	for {
		line, err := in.ReadBytes('\n')
		var e event
		switch {
		case len(line) == 0:
		case json.Unmarshal(line, &e) != nil:
			os.Stdout.Write(line)
		default:
			v.take(e)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// view holds back what tests wrote until it is known how they ended.
type view struct {
	n    *counts
	held map[string]*pkg
}

type pkg struct {
	tests  map[string]*strings.Builder
	own    strings.Builder // what the package wrote outside of tests
	failed int
}

func (v view) take(e event) {
	if e.Action == "build-output" {
		fmt.Print(e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := v.held[e.Package]
	if p == nil {
		p = &pkg{tests: map[string]*strings.Builder{}}
		v.held[e.Package] = p
	}
	if e.Test == "" {
		v.packageEvent(p, e)
	} else {
		v.testEvent(p, e)
	}
}

func (v view) testEvent(p *pkg, e event) {
	switch e.Action {
	case "output":
		b := p.tests[e.Test]
		if b == nil {
			b = new(strings.Builder)
			p.tests[e.Test] = b
		}
		b.WriteString(e.Output)
	case "pass":
		v.n.passed++
		delete(p.tests, e.Test)
	case "fail":
		v.n.failed++
		p.failed++
		p.tell(e.Test)
	case "skip":
		v.n.skipped++
		p.tell(e.Test)
	}
}

func (p *pkg) tell(test string) {
	if b := p.tests[test]; b != nil {
		fmt.Print(b.String())
		delete(p.tests, test)
	}
}

func (v view) packageEvent(p *pkg, e event) {
	switch e.Action {
	case "output":
		if e.Output != "PASS\n" {
			p.own.WriteString(e.Output)
		}
	case "pass", "skip": // skip: a package without tests
		fmt.Print(p.own.String())
	case "fail":
		if p.failed == 0 {
			v.n.failed++
		}
		for test := range p.tests { // those that ran when the binary died
			p.tell(test)
		}
		fmt.Print(p.own.String())
	default:
		return
	}
	if e.Action != "output" {
		delete(v.held, e.Package)
	}
}

func record(n counts) error {
	name := os.Getenv("TALLY")
	if name == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, n.passed, n.failed, n.skipped)
	return errors.Join(err, f.Close())
}

func sum(name string) int {
	data, err := os.ReadFile(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
		return 1
	}
	var total counts
	for line := range strings.Lines(string(data)) {
		var n counts
		if _, err := fmt.Sscan(line, &n.passed, &n.failed, &n.skipped); err != nil {
			fmt.Fprintf(os.Stderr, "gotest: %s: %q: %v\n", name, line, err)
			return 1
		}
		total.passed += n.passed
		total.failed += n.failed
		total.skipped += n.skipped
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", total.passed, total.failed, total.skipped)
	if total.failed > 0 || total.skipped > 0 || total.passed == 0 {
		return 1
	}
	return 0
}
