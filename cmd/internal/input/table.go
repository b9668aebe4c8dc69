package input

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// longestRecord is the most bytes that a record of a table may have: a quote
// that nobody closes must not read all of a file into memory.
const longestRecord = 16 << 20

// ErrNoHeader says that a table has not even a header.
var ErrNoHeader = errors.New("the line with the names of the columns is missing")

// ErrCarriageReturn says that a name of a column has a carriage return: most
// likely these end the lines.
var ErrCarriageReturn = errors.New("the name of a column has a carriage return")

// Table reads a table of which each record has the columns that its first line
// names.
type Table struct {
	Names []string // not empty

	csv   *csv.Reader
	bytes *bounded
	n     int      // records read, without the header
	first []string // a record that stood in the place of a header
}

// NewTable reads the header of a table as RFC 4180 has it, but for its
// separator. Quotes stand around a whole field or in none; outside of them a
// carriage return before a newline is dropped. So is an empty line, unless
// there is one column: then it is an empty record.
func NewTable(r io.Reader, comma rune) (*Table, error) {
	t := &Table{bytes: &bounded{r: r, left: longestRecord}}
	b := bufio.NewReaderSize(t.bytes, bufferSize)
	if mark, _ := b.Peek(3); bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		b.Discard(3) // as spreadsheets write it
	}
	lines := &tableLines{b: b}
	t.csv = csv.NewReader(lines)
	t.csv.Comma = comma
	t.csv.ReuseRecord = false
	names, err := t.csv.Read()
	switch {
	case errors.Is(err, io.EOF):
		return nil, ErrNoHeader
	case err != nil:
		return nil, fmt.Errorf("header: %w", inLine(err))
	}
	for _, name := range names {
		if strings.Contains(name, "\r") {
			return nil, ErrCarriageReturn
		}
	}
	t.Names, lines.empty = names, len(names) == 1
	return t, nil
}

// GoOn reads the rest of a table that had these columns: with its header once
// more, or without.
func GoOn(r io.Reader, comma rune, names []string) (*Table, error) {
	t, err := NewTable(r, comma)
	if errors.Is(err, ErrNoHeader) {
		return &Table{Names: names, csv: csv.NewReader(strings.NewReader("")), bytes: &bounded{}}, nil
	}
	if err == nil && !slices.Equal(t.Names, names) {
		if len(t.Names) != len(names) {
			return nil, fmt.Errorf("line 1: %d fields, not %d as in the header", len(t.Names), len(names))
		}
		t.first, t.Names = t.Names, names
	}
	return t, err
}

// Records gives each record as a spec. An error comes last, with the number of
// the record, from 1 for the first behind the header, and that of its line. A
// record with another number of fields is one.
func (t *Table) Records() iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		if values := t.first; values != nil {
			if t.n++; !yield(task.Spec{Seq: t.n, Input: strings.Join(values, " "), Values: values}, nil) {
				return
			}
		}
		for {
			t.bytes.left = longestRecord
			values, err := t.csv.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			t.n++
			var e *csv.ParseError
			if errors.Is(err, csv.ErrFieldCount) && errors.As(err, &e) {
				err = fmt.Errorf("line %d: %d fields, not %d as in the header", e.StartLine, len(values), len(t.Names))
			}
			if err != nil {
				yield(task.Spec{}, fmt.Errorf("record %d: %w", t.n, inLine(err)))
				return
			}
			if !yield(task.Spec{Seq: t.n, Input: strings.Join(values, " "), Values: values}, nil) {
				return
			}
		}
	}
}

// inLine puts the line before an error of the csv reader.
func inLine(err error) error {
	var e *csv.ParseError
	switch {
	case errors.As(err, &e) && e.StartLine != e.Line:
		return fmt.Errorf("lines %d to %d: %w", e.StartLine, e.Line, e.Err)
	case errors.As(err, &e):
		return fmt.Errorf("line %d, byte %d: %w", e.Line, e.Column, e.Err)
	}
	return err
}

// bounded reads no more than is left, and then fails.
type bounded struct {
	r    io.Reader
	left int
}

var errLongRecord = fmt.Errorf("longer than %d MiB; perhaps a quote is not closed", longestRecord>>20)

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLongRecord
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}
