package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
)

// A message is lines of JSON. The first is ours, and each of the others is what a
// codec has made of arguments or a result, or empty. So nobody on the way looks
// into those: a value within another one is read several times by who takes the
// two apart.

var newline = []byte{'\n'}

// toLines writes n values after ours.
func toLines(ours any, n int, value func(int) []byte) ([]byte, error) {
	first, err := json.Marshal(ours)
	if err != nil {
		return nil, err
	}
	size := len(first) + n
	for i := range n {
		size += len(value(i))
	}
	all := append(make([]byte, 0, size), first...)
	for i := range n {
		all = append(append(all, '\n'), value(i)...)
	}
	return all, nil
}

var errLines = errors.New("it has more or fewer lines than it says")

// values takes n values apart, each of which is a part of data, and gives those
// that are not empty.
func values(data []byte, n int, value func(i int, line []byte)) error {
	if bytes.Count(data, newline) != n {
		return errLines
	}
	_, rest, _ := bytes.Cut(data, newline)
	for i := range n {
		line, after, _ := bytes.Cut(rest, newline)
		if rest = after; len(line) > 0 { // and not to be appended to
			value(i, line[:len(line):len(line)])
		}
	}
	return nil
}

// ours is the line before the values.
func ours(data []byte) []byte {
	line, _, _ := bytes.Cut(data, newline)
	return line
}
