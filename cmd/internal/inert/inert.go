// Package inert makes what others wrote harmless on a terminal: [Text] for
// people, [JSON] for a line of JSON.
package inert

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// sequences are what terminals take for commands: colours, moves of the
// cursor, titles.
var sequences = regexp.MustCompile("\u009b[0-?]*[ -/]*[@-~]|\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])")

// Text is a text on one line with nothing in it that would move the cursor,
// or that has a width nobody knows.
func Text(s string) string {
	if plain(s) {
		return s
	}
	s = sequences.ReplaceAllString(s, "")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != zeroWidthJoiner:
			return -1
		case unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// zeroWidthJoiner holds the parts of one picture together.
const zeroWidthJoiner = '\u200d'

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// JSON is a value that encoding/json has written, and means the same, with
// escapes for the control characters that may stand in it as they are: a terminal
// takes U+009B for the beginning of a command, and U+202E turns the line round.
func JSON(line []byte) []byte {
	out := make([]byte, 0, len(line))
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		switch {
		case r < utf8.RuneSelf && r != 0x7f || r == utf8.RuneError:
			out = append(out, line[:n]...)
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			for _, unit := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, unit)
			}
		default:
			out = append(out, line[:n]...)
		}
		line = line[n:]
	}
	return out
}
