package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"example.com/skein/cmd/internal/task"
)

// say writes a message to standard error.
func (t *teller) say(format string, args ...any) { t.screen.say(format, args...) }

// summary says what became of the tasks, if there is anything to be said or
// somebody is looking.
func (t *teller) summary(exit int) {
	if t.o.Verbose {
		t.say("All workers finished")
	}
	if t.o.Quiet {
		return
	}
	if t.tally.done > 0 && exit == 0 && !t.screen.stderr.terminal {
		return
	}
	for _, b := range t.tally.show {
		if t.exit.why != "" && strings.HasSuffix(b.how, t.exit.why) {
			continue // it has been told
		}
		t.say("skein: %s: %s", b.name, b.how)
		for line := range strings.Lines(b.lastWords) {
			t.say("  | %s", visible(line))
		}
		if b.again != "" {
			t.say("  again: %s", t.again(b.again))
		}
	}
	if n := t.tally.unshown; n > 0 {
		t.say("skein: and %d more", n)
	}
	if t.tally.done == 0 {
		t.say("skein: 0 tasks")
		return
	}
	took := time.Since(t.tally.begun)
	t.say("skein: %s, in %s", t.tally.counts(), took.Round(precision(took)))
	if t.tally.spent.n > 0 {
		t.say("skein: %s", t.tally.spent.line())
	}
}

// longestAgain is where a command is too long to be pasted.
const longestAgain = 2000

// again is the line that makes a shell repeat a command where it ran, or all
// that failed if this one cannot be pasted.
func (t *teller) again(line string) string {
	if len(line) > longestAgain || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' }) || !utf8.ValidString(line) {
		if t.o.Repeat != "" {
			return t.o.Repeat
		}
		return "it cannot be shown on a line; it stands in --events"
	}
	if t.o.Again != nil {
		return t.o.Again(line)
	}
	return line
}

func precision(d time.Duration) time.Duration {
	if d < 10*time.Second {
		return time.Millisecond
	}
	return 100 * time.Millisecond
}

// name is what a task is called, on one line.
func name(ev task.Event) string {
	n := ev.Command.Name
	if n == "" {
		n = ev.Spec.Input
	}
	if n == "" {
		n = fmt.Sprint("task ", ev.Spec.Seq)
	}
	if strings.ContainsFunc(n, unicode.IsControl) {
		return strconv.Quote(n)
	}
	return n
}

// ended says how a task ended that did not succeed: the outcome, and then
// what is not already said by it.
func ended(ev task.Event) string {
	if how := ev.How(); how != "" {
		return string(ev.Outcome) + ": " + how
	}
	return string(ev.Outcome)
}

// visible is a line without its end and without what would move the cursor:
// of a progress bar that was drawn over and over, the last state.
func visible(line string) string {
	line = strings.TrimRight(line, "\r\n")
	line = line[strings.LastIndexByte(line, '\r')+1:]
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\t' {
			return -1
		}
		return r
	}, line)
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", many)
}
