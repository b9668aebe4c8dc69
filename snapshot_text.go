package skein

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// WriteTo writes the snapshot as a person reads it in a terminal: a line for
// each group and each listed worker, child groups below their parents. It
// returns the number of bytes written, and the first error of w.
func (s Snapshot) WriteTo(w io.Writer) (int64, error) {
	p := &printer{w: w}
	p.printf("%s: groups %d, goroutines %d\n", s.Time.Format(time.TimeOnly), len(s.Groups)+s.Rest.Groups, s.Goroutines)
	for i := range s.Groups {
		p.group(&s.Groups[i], "")
	}
	p.rest(s.Rest, "")
	return p.n, p.err
}

// String returns what [Snapshot.WriteTo] writes.
func (s Snapshot) String() string {
	var b strings.Builder
	_, _ = s.WriteTo(&b)
	return b.String()
}

// printer writes until an error.
type printer struct {
	w   io.Writer
	n   int64
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		n, err := fmt.Fprintf(p.w, format, args...)
		p.n, p.err = p.n+int64(n), err
	}
}

func (p *printer) group(s *GroupState, indent string) {
	p.printf("%s%s", indent, s.title())
	if s.File != "" {
		p.printf(" made at %s:%d", filepath.Base(s.File), s.Line)
	}
	p.printf(": ")
	p.counts(s)
	p.workers(s, indent+"  ")
}

func (s *GroupState) title() string {
	if s.Name != "" {
		return fmt.Sprintf("group %q", s.Name)
	}
	return fmt.Sprintf("group %d", s.ID)
}

// counts ends the line of a group.
func (p *printer) counts(s *GroupState) {
	submitted := s.Running + s.Queued + s.Succeeded + s.unsuccessful()
	p.printf("%d of %d workers running", s.Running, submitted)
	if s.Limit > 0 {
		p.printf(" (limit %d)", s.Limit)
	}
	for _, n := range []struct {
		n    int
		what string
	}{{s.Queued, "queued"}, {s.Blocked, "blocked in Go"}, {s.Waiting, "waiting for them"}} {
		if n.n > 0 {
			p.printf(", %d %s", n.n, n.what)
		}
	}
	p.ended(s.Stats)
	if s.Cause != "" {
		p.printf("; cancelled: %q", s.Cause)
	}
	p.printf("\n")
}

func (p *printer) ended(s Stats) {
	sep := "; ended: "
	for _, n := range []struct {
		n       int
		outcome Outcome
	}{{s.Succeeded, Succeeded}, {s.Failed, Failed}, {s.Panicked, Panicked}, {s.Goexited, Goexited}, {s.Cancelled, Cancelled}, {s.TimedOut, TimedOut}, {s.Skipped, Skipped}} {
		if n.n > 0 {
			p.printf("%s%d %s", sep, n.n, n.outcome)
			sep = ", "
		}
	}
}

// workers writes what is below the line of a group.
func (p *printer) workers(s *GroupState, indent string) {
	for _, w := range s.Workers {
		w.Group = "" // it stands above
		p.printf("%s%s\n", indent, w)
	}
	if n := s.Unlisted(); n > 0 {
		p.printf("%sand %d more\n", indent, n)
	}
	for i := range s.Groups {
		p.group(&s.Groups[i], indent)
	}
	p.rest(s.Rest, indent)
}

func (p *printer) rest(r Rest, indent string) {
	if r.Groups > 0 {
		p.printf("%sand %d more groups: %d workers running, %d queued\n", indent, r.Groups, r.Running, r.Queued)
	}
}
