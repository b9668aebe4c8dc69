// Package input reads what tasks are made of: [Lines] from a stream, [Args]
// and [Combine] from the command line, [Table] and [Objects] records with
// named values, [Blocks] pieces of a stream, [Tasks] whole commands. Each gives
// one spec at a time and keeps none, so a million inputs need no more memory
// than one.
package input

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"example.com/skein/cmd/internal/task"
)

// bufferSize is how far a stream is read ahead of what is asked for.
const bufferSize = 64 << 10

// Args gives each argument as an input.
func Args(args []string) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		for i, a := range args {
			if !yield(task.Spec{Seq: i + 1, Input: a}, nil) {
				return
			}
		}
	}
}

// Lines gives each record of r as an input. Every record ends with sep, the
// last one need not. An empty record is an input, too. If sep is a newline a
// carriage return before it is dropped, as a file from Windows has it.
//
// A record longer than [task.LongestInput] comes cut off right behind it.
//
// An error of r comes last, with the number of the record in which it
// happened; what was read of that record is not given. The sequence can be
// ranged over once.
func Lines(r io.Reader, sep byte) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		b := bufio.NewReaderSize(r, bufferSize)
		for n := 1; ; n++ {
			record, err := next(b, sep)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(task.Spec{}, fmt.Errorf("record %d: %w", n, err))
				return
			}
			if !yield(task.Spec{Seq: n, Input: record}, nil) {
				return
			}
		}
	}
}

// Tasks gives each record of r, read as [Lines] does, that is a command:
// blank ones are passed over, and comments, which are lines whose first
// character other than blanks is #. Where sep is not a newline a record may
// have several lines, so none is a comment.
func Tasks(r io.Reader, sep byte) iter.Seq2[task.Spec, error] {
	return func(yield func(task.Spec, error) bool) {
		n := 0
		for s, err := range Lines(r, sep) {
			start := strings.TrimLeft(s.Input, " \t\n\r")
			if err == nil && (start == "" || sep == '\n' && start[0] == '#') {
				continue
			}
			n++
			s.Seq = n
			if !yield(s, err) {
				return
			}
		}
	}
}

// next reads one record without its end. The error is io.EOF only if there is
// no further record.
func next(b *bufio.Reader, sep byte) (string, error) {
	piece, err := b.ReadSlice(sep)
	if errors.Is(err, bufio.ErrBufferFull) {
		return long(b, sep, piece)
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(piece) == 0) {
		return "", err
	}
	return string(trim(piece, sep)), nil
}

// long reads the rest of a record that does not fit the buffer.
func long(b *bufio.Reader, sep byte, piece []byte) (string, error) {
	var record []byte
	for {
		record = append(record, piece[:min(len(piece), task.LongestInput+2-len(record))]...)
		var err error
		piece, err = b.ReadSlice(sep)
		if err == nil || errors.Is(err, io.EOF) {
			record = append(record, piece[:min(len(piece), task.LongestInput+2-len(record))]...)
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return "", err
		}
	}
	record = trim(record, sep)
	return string(record[:min(len(record), task.LongestInput+1)]), nil
}

// trim takes the end of a record off.
func trim(record []byte, sep byte) []byte {
	n := len(record)
	if n > 0 && record[n-1] == sep {
		n--
	}
	if sep == '\n' && n > 0 && record[n-1] == '\r' {
		n--
	}
	return record[:n]
}
