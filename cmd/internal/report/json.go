package report

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"

	"example.com/skein/cmd/internal/spool"
	"example.com/skein/cmd/internal/task"
)

// Outcomes says that outcomes are written as JSON, a line each, instead of
// what the tasks wrote; and which of their streams are in it.
type Outcomes struct{ Stdout, Stderr bool }

// jsonPiece is the line of a task. What the task wrote is freed, or moved
// into the line.
func (t *teller) jsonPiece(ev task.Event) (piece, error) {
	defer ev.Stdout.Free()
	defer ev.Stderr.Free()
	p := piece{raw: ev.Stdout.Len() + ev.Stderr.Len()}
	if ev.Kind != task.Finished {
		return p, nil
	}
	line, err := json.Marshal(recordOf(ev))
	if err != nil {
		return p, err
	}
	w := &lineWriter{}
	w.Write(line[:len(line)-1])
	if t.o.JSON.Stdout {
		w.field("stdout", ev.Stdout)
	}
	if t.o.JSON.Stderr {
		w.field("stderr", ev.Stderr)
	}
	io.WriteString(w, "}\n")
	if w.text == nil {
		p.head = w.buf.String()
		return p, w.err
	}
	p.stdout = w.text
	return p, w.err
}

// lineWriter writes a line, which goes to the spool if an output is in it.
type lineWriter struct {
	buf  bytes.Buffer
	text *spool.Text
	err  error // the first
}

func (w *lineWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.text == nil {
		return w.buf.Write(p)
	}
	n, err := w.text.Append(p)
	w.err = err
	return n, err
}

// field adds a text under a name, or, as JSON has only valid UTF-8, what it
// is in base64 under the name with _base64.
func (w *lineWriter) field(name string, t *spool.Text) {
	if w.text == nil && t != nil {
		w.text = t.Another()
		_, w.err = w.text.Append(w.buf.Bytes())
	}
	var v validator
	if _, err := t.WriteTo(&v); err != nil && w.err == nil {
		w.err = err
	}
	if v.valid() {
		fmt.Fprintf(w, ",%q:\"", name)
		w.copy(t, &escaper{w})
	} else {
		fmt.Fprintf(w, ",%q:\"", name+"_base64")
		e := base64.NewEncoder(base64.StdEncoding, w)
		w.copy(t, e)
		e.Close() // its error is that of w
	}
	io.WriteString(w, "\"")
}

func (w *lineWriter) copy(t *spool.Text, to io.Writer) {
	if _, err := t.WriteTo(to); err != nil && w.err == nil {
		w.err = err
	}
}

// validator looks whether what is written to it is valid UTF-8.
type validator struct {
	rest []byte // the beginning of a character
	bad  bool
}

func (v *validator) Write(p []byte) (int, error) {
	b := append(v.rest, p...)
	for len(b) > 0 && utf8.FullRune(b) {
		r, n := utf8.DecodeRune(b)
		if v.bad = v.bad || r == utf8.RuneError && n == 1; v.bad {
			return len(p), nil
		}
		b = b[n:]
	}
	v.rest = bytes.Clone(b)
	return len(p), nil
}

func (v *validator) valid() bool { return !v.bad && len(v.rest) == 0 }

// escaper writes the inside of a JSON string.
type escaper struct{ to io.Writer }

func (e *escaper) Write(p []byte) (int, error) {
	out := make([]byte, 0, len(p)+len(p)/8)
	for _, c := range p {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\t':
			out = append(out, '\\', 't')
		case c < ' ':
			out = fmt.Appendf(out, "\\u%04x", c)
		default:
			out = append(out, c)
		}
	}
	if _, err := e.to.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}
