package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// output writes, now or when its turn comes, what a task wrote.
func (t *teller) output(ev task.Event) {
	done := ev.Kind == task.Finished
	if done {
		t.read += ev.StdoutBytes + ev.StderrBytes
	}
	p := t.piece(ev)
	seq := ev.Spec.Seq
	if ev.Untried() {
		seq = 0 // what a run before has lost of it is still not out
	}
	if t.order == nil {
		now := part{piece: p}
		if done {
			now.ends = seq
		}
		t.write(now)
		return
	}
	place := ev.Spec.Place
	if place == 0 {
		place = ev.Spec.Seq
	}
	for _, p := range t.order.add(place, seq, p, done) {
		t.write(p)
	}
}

// retried lets go of what an attempt wrote that is not the last. With --line
// it has come out already.
func (t *teller) retried(ev task.Event) {
	if t.o.Verbose {
		t.say("%s %s; another attempt follows", name(ev), ended(ev))
	}
	if t.o.Lines {
		t.read += ev.StdoutBytes + ev.StderrBytes
	}
	ev.Stdout.Free()
	ev.Stderr.Free()
}

// piece is what stands for the output of an event.
func (t *teller) piece(ev task.Event) piece {
	raw := ev.Stdout.Len() + ev.Stderr.Len()
	switch {
	case t.o.Bare:
		ev.Stdout.Free()
		ev.Stderr.Free()
		return piece{raw: raw}
	case t.o.JSON != nil:
		p, err := t.jsonPiece(ev)
		if err != nil {
			t.unwritable(err)
		}
		return p
	}
	p := piece{stdout: ev.Stdout, stderr: ev.Stderr, prefix: t.prefix(ev), slot: ev.Slot, raw: raw}
	if t.o.Groups && raw > 0 && !t.o.Lines {
		p.head, p.foot = "::group::"+visible(name(ev))+"\n", "::endgroup::\n"
	}
	return p
}

// prefix is what stands before each line of an event's output.
func (t *teller) prefix(ev task.Event) string {
	if !t.o.Tag {
		return ""
	}
	return ev.Command.Tag + "\t"
}

// write writes a part, gives its texts back, and tells whose output is out.
func (t *teller) write(p part) {
	if p.packed != nil {
		t.unpack(p.packed)
	} else {
		t.writeAll(p.piece, p.stdout, p.stderr, p.stdout.Len(), p.stderr.Len())
		p.stdout.Free()
		p.stderr.Free()
	}
	if t.broken || t.o.Written == nil {
		return
	}
	if p.ends > 0 {
		t.o.Written(p.ends, p.ends)
	}
	for _, s := range p.whole {
		t.o.Written(s.first, s.last)
	}
}

// unpack writes the pieces in a text and gives it back.
func (t *teller) unpack(packed *spool.Text) {
	defer packed.Free()
	u := &unpacker{give: func(p piece, stdout, stderr []byte) {
		t.writeAll(p, bytes.NewReader(stdout), bytes.NewReader(stderr), int64(len(stdout)), int64(len(stderr)))
	}}
	if _, err := packed.WriteTo(u); err != nil && !t.broken {
		t.unwritable(err)
	}
}

// writeAll writes what one piece has, and counts it when all is out.
func (t *teller) writeAll(p piece, stdout, stderr io.WriterTo, outLen, errLen int64) {
	plain := liner{whole: p.foot != "" || t.o.Tag || t.o.Lines}
	tagged := func(to *output) liner {
		l := plain
		if l.prefix = p.prefix; l.prefix != "" && to.colours {
			l.prefix = coloured(p.prefix, p.slot)
		}
		return l
	}
	t.writeText(t.screen.stdout, strings.NewReader(p.head), int64(len(p.head)), liner{})
	t.writeText(t.screen.stdout, stdout, outLen, tagged(t.screen.stdout))
	t.writeText(t.screen.stderr, stderr, errLen, tagged(t.screen.stderr))
	t.writeText(t.screen.stdout, strings.NewReader(p.foot), int64(len(p.foot)), liner{})
	if !t.broken {
		t.written += p.raw
	}
}

// coloured is a tag in the colour of its slot.
func coloured(prefix string, slot int) string {
	return fmt.Sprintf("\x1b[3%dm%s\x1b[0m\t", 1+slot%6, strings.TrimSuffix(prefix, "\t"))
}

func (t *teller) writeText(to *output, text io.WriterTo, size int64, l liner) {
	if t.broken || size == 0 {
		return
	}
	if err := t.screen.write(to, text, l); err != nil {
		t.unwritable(err)
	}
}

// unwritable ends the run, as what the tasks write goes nowhere.
func (t *teller) unwritable(err error) {
	if errors.Is(err, syscall.EPIPE) {
		t.exit.closed = true
		err = ErrClosed
	} else {
		t.trouble(&task.Fault{Err: err})
	}
	t.broken, t.stopped = true, err
	t.o.Stop(err)
}

// balance compares what was read from the tasks with what came out. If less
// did, for a reason that nobody has told, it is told now.
func (t *teller) balance() {
	if missing := t.read - t.written; missing > 0 && !t.broken && !t.exit.fault {
		t.trouble(&task.Fault{Err: fmt.Errorf("%d of %d bytes that the tasks wrote are missing from the output", missing, t.read)})
	}
}
