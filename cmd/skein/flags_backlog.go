package main

import (
	"strconv"
	"strings"

	"example.com/skein/cmd/internal/usage"
)

// capacity is a number of bytes: 500M, 2G.
type capacity int64

func (c *capacity) Type() string   { return "SIZE" }
func (c *capacity) String() string { return strconv.FormatInt(int64(*c), 10) }

func (c *capacity) Set(s string) error {
	const hint = "write 500M or 2G; a number alone is bytes"
	number, shift := s, 0
	for i, unit := range "KMGT" {
		if n, ok := strings.CutSuffix(strings.ToUpper(s), string(unit)); ok {
			number, shift = n, 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	switch {
	case err != nil || s[0] == '+':
		return usage.Errorf(hint, "not a size")
	case n <= 0:
		return usage.Errorf(hint, "no room at all")
	case n > 1<<62>>shift:
		return usage.Errorf(hint, "too large")
	}
	*c = capacity(n << shift)
	return nil
}
