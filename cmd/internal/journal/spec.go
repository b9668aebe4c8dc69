package journal

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"example.com/skein/cmd/internal/task"
)

// entry is a line of the inputs: a task, or that a source was opened, came to
// its end, or gave no more.
type entry struct {
	spec    task.Spec
	key     Key
	dropped bool // only the key is left of it
	opened  bool
	ended   bool
	stopped string // why it gave no more
	before  int    // how many tasks stand before what is none
}

// appendSpec appends the line of a task.
func appendSpec(b []byte, s *task.Spec, k Key) []byte {
	from := len(b)
	b = appendKey(b, s.Seq, k)
	b = appendText(b, "input", s.Input)
	if s.Values != nil {
		b = appendValues(b, s.Values)
	}
	if s.Block != nil {
		b = append(b, `,"block_base64":"`...)
		b = base64.StdEncoding.AppendEncode(b, s.Block)
		b = append(b, '"')
	}
	return seal(b, from)
}

// appendKey appends the start of a task's line.
func appendKey(b []byte, seq int, k Key) []byte {
	b = append(b, `{"seq":`...)
	b = strconv.AppendInt(b, int64(seq), 10)
	b = append(b, `,"key":"`...)
	return append(k.append(b), '"')
}

func appendValues(b []byte, values []string) []byte {
	valid := true
	for _, v := range values {
		valid = valid && utf8.ValidString(v)
	}
	if valid {
		b = append(b, `,"values":[`...)
	} else {
		b = append(b, `,"values_base64":[`...)
	}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		if valid {
			b = appendString(b, v)
			continue
		}
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, []byte(v))
		b = append(b, '"')
	}
	return append(b, ']')
}

// appendMark appends a line about the source: "opened" or "ended", with how
// many tasks stand before it.
func appendMark(b []byte, what string, n int) []byte {
	from := len(b)
	b = append(b, `{"`...)
	b = append(b, what...)
	b = append(b, `":`...)
	b = strconv.AppendInt(b, int64(n), 10)
	return seal(b, from)
}

// appendStop appends that the source gave no more than n tasks, and why.
func appendStop(b []byte, n int, why error) []byte {
	from := len(b)
	b = append(b, `{"stopped":`...)
	b = strconv.AppendInt(b, int64(n), 10)
	b = appendText(b, "cause", why.Error())
	return seal(b, from)
}

// parseEntry reads a line without its newline.
func parseEntry(line []byte) (e entry, ok bool) {
	body, ok := unseal(line)
	if !ok {
		return e, false
	}
	if parsePlain(body, &e) {
		return e, true
	}
	return parseAny(body)
}

// parsePlain reads what most lines are: a task with one input in which
// nothing is escaped.
func parsePlain(body []byte, e *entry) bool {
	rest, ok := bytes.CutPrefix(body, []byte(`{"seq":`))
	digits, rest, ok2 := bytes.Cut(rest, []byte(`,"key":"`))
	if !ok || !ok2 || len(rest) < keySize {
		return false
	}
	seq, ok := parseSeq(digits)
	key, ok2 := parseKey(rest[:keySize])
	text, ok3 := bytes.CutPrefix(rest[keySize:], []byte(`","input":"`))
	if !ok || !ok2 || !ok3 {
		return false
	}
	end := bytes.IndexAny(text, `"\`)
	if end < 0 || end != len(text)-1 || text[end] != '"' {
		return false
	}
	e.spec, e.key = task.Spec{Seq: seq, Input: string(text[:end])}, key
	return true
}

// mostSeq is more tasks than any run has: a larger number is garbage.
const mostSeq = 1 << 30

func parseSeq(digits []byte) (int, bool) {
	n := 0
	for _, c := range digits {
		if c < '0' || c > '9' || n > mostSeq {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, n > 0 && n <= mostSeq
}

func parseAny(body []byte) (e entry, ok bool) {
	var r struct {
		Seq          int      `json:"seq"`
		Key          string   `json:"key"`
		Input        *string  `json:"input"`
		InputBase64  []byte   `json:"input_base64"`
		Values       []string `json:"values"`
		ValuesBase64 [][]byte `json:"values_base64"`
		BlockBase64  []byte   `json:"block_base64"`
		Opened       *int     `json:"opened"`
		Ended        *int     `json:"ended"`
		Stopped      *int     `json:"stopped"`
		Cause        string   `json:"cause"`
		CauseBase64  []byte   `json:"cause_base64"`
	}
	if json.Unmarshal(object(body), &r) != nil {
		return e, false
	}
	if r.Opened != nil || r.Ended != nil {
		return entry{opened: r.Opened != nil, ended: r.Ended != nil, before: *cmp.Or(r.Opened, r.Ended)}, true
	}
	if r.Stopped != nil {
		return entry{before: *r.Stopped, stopped: cmp.Or(r.Cause, string(r.CauseBase64), "it is not known why")}, true
	}
	e.key, ok = parseKey([]byte(r.Key))
	e.spec = task.Spec{Seq: r.Seq, Values: r.Values, Block: r.BlockBase64}
	switch {
	case r.Input != nil:
		e.spec.Input = *r.Input
	case r.InputBase64 != nil:
		e.spec.Input = string(r.InputBase64)
	default:
		e.dropped = true
	}
	for _, v := range r.ValuesBase64 {
		e.spec.Values = append(e.spec.Values, string(v))
	}
	return e, ok && r.Seq > 0 && r.Seq <= mostSeq
}
