package cluster

import (
	"bytes"
	"encoding/json"
)

// read reads a value as we write it, quickly, or else as JSON.
func read[T any](line []byte, v *T, quickly func(*quick, *T)) error {
	q := quick{rest: line}
	quickly(&q, v)
	if !q.bad && len(q.rest) == 0 {
		return nil
	}
	*v = *new(T)
	return json.Unmarshal(line, v)
}

// quick reads JSON as package json writes our messages: the members in order, no
// spaces, text without escapes. It gives up on all else, which that package reads
// then. So it decides nothing of what is JSON and what is garbage; a fuzz test
// compares the two. It takes a fifth of the time, which was much of that of a task.
type quick struct {
	rest []byte
	bad  bool // it has given up
}

func (q *quick) batch(b *wireBatch) {
	text(q, `{"type":`, &b.Type)
	text(q, `,"codec":`, &b.Codec)
	number(q, `,"version":`, &b.Version)
	number(q, `,"submitter":`, &b.Submitter)
	number(q, `,"first":`, &b.First)
	number(q, `,"last":`, &b.Last)
	b.Again = q.has(`,"again":true`)
	optional(q, `,"after":`, &b.After)
	q.must(`,"tasks":[`)
	b.Tasks = make([]wireTask, 0, q.room())
	for q.more(len(b.Tasks)) {
		var t wireTask
		number(q, `{"n":`, &t.N)
		number(q, `,"attempt":`, &t.Attempt)
		optional(q, `,"attempts":`, &t.Attempts)
		optional(q, `,"timeout":`, &t.Timeout)
		optional(q, `,"deliveries":`, &t.Deliveries)
		q.must(`}`)
		b.Tasks = append(b.Tasks, t)
	}
	q.must(`}`)
}

func (q *quick) records(w *wireRecords) {
	text(q, `{"worker":`, &w.Worker)
	q.must(`,"records":[`)
	w.Records = make([]wireRecord, 0, q.room())
	for q.more(len(w.Records)) {
		var r wireRecord
		q.record(&r)
		w.Records = append(w.Records, r)
	}
	if q.has(`,"gone":[`) {
		w.Gone = []int{}
		for q.more(len(w.Gone)) {
			var n int
			number(q, "", &n)
			w.Gone = append(w.Gone, n)
		}
	}
	q.must(`}`)
}

func (q *quick) record(r *wireRecord) {
	number(q, `{"submitter":`, &r.Submitter)
	number(q, `,"n":`, &r.N)
	number(q, `,"attempt":`, &r.Attempt)
	if q.has(`,"outcome":"succeeded"`) {
		r.Outcome = Succeeded // which takes no memory
	} else {
		text(q, `,"outcome":`, &r.Outcome)
	}
	optional(q, `,"deliveries":`, &r.Deliveries)
	optional(q, `,"started":`, &r.Started)
	optional(q, `,"ended":`, &r.Ended)
	optionalText(q, `,"cause":`, &r.Cause)
	optionalText(q, `,"cause_type":`, &r.CauseType)
	optionalText(q, `,"object":`, &r.Object)
	optionalText(q, `,"codec":`, &r.Codec)
	optional(q, `,"version":`, &r.Version)
	q.must(`}`)
}

// has goes past what comes next, if it is that.
func (q *quick) has(what string) bool {
	if len(q.rest) < len(what) || string(q.rest[:len(what)]) != what {
		return false
	}
	q.rest = q.rest[len(what):]
	return true
}

func (q *quick) must(what string) { q.bad = q.bad || !q.has(what) }

// more reports whether an array has another element after the first n.
func (q *quick) more(n int) bool {
	if q.bad || q.has("]") {
		return false
	}
	if n > 0 {
		q.must(",")
	}
	return !q.bad
}

// room is how many objects there may be. What somebody invents takes no memory.
func (q *quick) room() int { return min(bytes.Count(q.rest, []byte("{")), mostTasks) }

func number[N ~int | ~int64](q *quick, member string, v *N) {
	q.must(member)
	n, digits := int64(0), 0
	for digits < len(q.rest) && q.rest[digits] >= '0' && q.rest[digits] <= '9' {
		n = 10*n + int64(q.rest[digits]-'0')
		digits++
	}
	const most = 18 // no number of so many is too large
	if digits == 0 || digits > most || digits > 1 && q.rest[0] == '0' || int64(N(n)) != n {
		q.bad = true
		return
	}
	q.rest = q.rest[digits:]
	*v = N(n)
}

func text[S ~string](q *quick, member string, v *S) {
	q.must(member)
	q.must(`"`)
	for i, c := range q.rest {
		if c == '"' {
			*v = S(q.rest[:i])
			q.rest = q.rest[i+1:]
			return
		}
		if c < ' ' || c > '~' || c == '\\' {
			break
		}
	}
	q.bad = true
}

func optional[N ~int | ~int64](q *quick, member string, v *N) {
	if bytes.HasPrefix(q.rest, []byte(member)) {
		number(q, member, v)
	}
}

func optionalText[S ~string](q *quick, member string, v *S) {
	if bytes.HasPrefix(q.rest, []byte(member)) {
		text(q, member, v)
	}
}
