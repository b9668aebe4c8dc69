package main

import (
	"strconv"
	"strings"

	"example.com/skein/cmd/internal/usage"
)

// size is a number of bytes like 512k, 1M or 2G.
type size int

// largestSize is what a process can hold in memory without anybody's surprise.
const largestSize = 1 << 30

func (n *size) Type() string   { return "SIZE" }
func (n *size) String() string { return strconv.Itoa(int(*n)) }

func (n *size) Set(s string) error {
	const hint = "write bytes, 512k, 1M or 1G, which is the most"
	number, unit := s, 1
	if i := strings.IndexAny(s, "kKmMgG"); i >= 0 && i == len(s)-1 {
		number = s[:i]
		unit = map[byte]int{'k': 1 << 10, 'm': 1 << 20, 'g': 1 << 30}[s[i]|0x20]
	}
	v, err := strconv.ParseUint(number, 10, 31)
	switch {
	case err != nil || v == 0:
		return usage.Errorf(hint, "not a size")
	case v > uint64(largestSize/unit):
		return usage.Errorf(hint, "too large")
	}
	*n = size(int(v) * unit)
	return nil
}

// recordEnd is what ends a record, written with escapes as in Go.
type recordEnd string

func (e *recordEnd) Type() string   { return "STR" }
func (e *recordEnd) String() string { return string(*e) }

func (e *recordEnd) Set(s string) error {
	const hint = `write what ends a record: \n, \x00, '\n\n' or a text; a backslash is \\`
	text, err := strconv.Unquote(`"` + strings.NewReplacer(`\"`, `\"`, `\\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`)
	if err != nil {
		return usage.Errorf(hint, "not a text with escapes")
	}
	if text == "" {
		return usage.Errorf(hint, "nothing ends no record")
	}
	*e = recordEnd(text)
	return nil
}
