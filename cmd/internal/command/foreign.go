package command

import (
	"fmt"
	"strings"
)

// foreign are what GNU parallel has between braces, and we do not: by what
// stands behind a number, if any, what to write instead.
var foreign = map[string]string{
	"..": dotsHint, "...": dotsHint, "/..": dotsHint, "/...": dotsHint,
	"+/": oursHint, "+.": oursHint, "+..": oursHint, "+...": oursHint, "##": "{#} is the number of the task; how many there will be is not known before",
}

const (
	dotsHint   = `{.} takes off one extension; a shell line takes off two: 'x={}; COMMAND "${x%.*.*}"'`
	oursHint   = "the placeholders are {} {.} {/} {//} {/.} {#} {%}, with a number or a name too: skein help run"
	perlHint   = `a shell line changes an input: 'mv {} "$(printf %s {} | tr A-Z a-z)"'`
	behindHint = "{1} is the first, {2} the second; none is counted from the end"
)

// warnForeign warns of the first placeholder of GNU parallel that is text here.
// It may be meant so. What a shell itself makes something of, as of {1..5} and
// {a,b}, is none.
func (g *grammar) warnForeign(text string, warn func(message, hint string)) {
	for i := range len(text) {
		if text[i] != '{' || i > 0 && (text[i-1] == '$' || text[i-1] == '@') {
			continue
		}
		if h, _, err := g.at(text, i); err != nil || h.kind != literal {
			continue
		}
		if n, hint := foreignAt(text[i:]); hint != "" {
			warn(fmt.Sprintf("%s is text here, no placeholder", visible(cutName(text[i:i+n]))), hint)
			return
		}
	}
}

// foreignAt gives the length of the one that text begins with, and what to
// write instead. The hint is empty if there is none.
func foreignAt(text string) (n int, hint string) {
	body := strings.TrimLeft(text[1:], "-0123456789")
	number := text[1 : len(text)-len(body)]
	if strings.HasPrefix(body, "=") {
		if end := strings.Index(body[1:], "=}"); end >= 0 {
			return 1 + len(number) + 1 + end + len("=}"), perlHint
		}
		return 0, ""
	}
	end := strings.IndexByte(body, '}')
	if end < 0 {
		return 0, ""
	}
	n, op := 1+len(number)+end+1, body[:end]
	if _, ours := kinds[op]; ours && len(number) > 1 && strings.LastIndexByte(number, '-') == 0 {
		return n, behindHint
	}
	if strings.Contains(number, "-") {
		return 0, ""
	}
	return n, foreign[op]
}
