package command

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// quoted puts s into single quotes, in which a POSIX shell takes every byte
// but NUL for itself.
func quoted(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Quote gives a word that a POSIX shell reads as the argument s, in quotes
// only if it needs them.
func Quote(s string) string {
	if s == "" || strings.ContainsFunc(s, isSpecial) {
		return quoted(s)
	}
	return s
}

// isSpecial says whether a shell may see more in a character than itself.
// It errs on the side of quotes.
func isSpecial(r rune) bool {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return false
	}
	return !strings.ContainsRune("_-./:,+@%=", r)
}

// Join gives a line that makes a POSIX shell execute argv: the program, not
// a builtin of the same name that would do something else.
func Join(argv []string) string {
	var b strings.Builder
	if shadowed(argv) {
		b.WriteString("env ")
	}
	for i, a := range argv {
		switch {
		case i == 0 && (reserved[a] || strings.Contains(a, "=")):
			a = quoted(a)
		default:
			a = Quote(a)
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(a)
	}
	return b.String()
}

// shadowed says that a shell would not run the program argv[0] but something
// of its own that may differ.
func shadowed(argv []string) bool {
	switch argv[0] {
	case "true", "false", "test", "[":
		return false
	case "echo":
		return len(argv) > 1 && strings.HasPrefix(argv[1], "-") ||
			strings.Contains(strings.Join(argv[1:], ""), `\`)
	}
	return builtins[argv[0]]
}

// visible makes control characters and invalid UTF-8 harmless to look at: a
// name or tag stands on one line of somebody's terminal.
func visible(s string) string {
	clean := true
	for i := 0; i < len(s) && clean; i++ {
		clean = s[i] >= ' ' && s[i] < 0x7f
	}
	if clean || utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == utf8.RuneError && n == 1 || r < 0x80 && unicode.IsControl(r):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}
