package cluster

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	sampleBatch = wireBatch{
		Type: "thumb", Codec: "json", Version: 2, Submitter: 3, First: 64, Last: 127, Again: true, After: time.Second,
		Tasks: []wireTask{
			{N: 64, Attempt: 1, Args: []byte(`{"a":"b"}`)},
			{N: 65, Attempt: 2, Attempts: 5, Timeout: time.Minute, Deliveries: 1, Args: []byte("1")},
		},
	}
	sampleRecords = wireRecords{
		Worker: "w-7", Gone: []int{1, 20},
		Records: []wireRecord{
			{Submitter: 1, N: 2, Attempt: 1, Outcome: Succeeded, Started: microsOf(time.Now()), Ended: microsOf(time.Now()), Version: 1, Value: []byte("{}")},
			{Submitter: 1, N: 3, Attempt: 4, Outcome: Failed, Deliveries: 1, Ended: 5, Cause: "so it is", CauseType: "*errors.errorString", Object: "o:1", Codec: "x"},
		},
	}
)

// TestWhatIsWrittenIsRead also has all of it read quickly: what is not costs five
// times as much, and nobody would see it.
func TestWhatIsWrittenIsRead(t *testing.T) {
	data, err := sampleBatch.encode()
	if err != nil {
		t.Fatal(err)
	}
	var b wireBatch
	if err := b.decode(data); err != nil || !reflect.DeepEqual(b, sampleBatch) {
		t.Errorf("%s\nis read as %+v %v", data, b, err)
	}
	if !isQuick(ours(data), new(wireBatch), (*quick).batch) {
		t.Errorf("%s\nis not read quickly", data)
	}
	for _, want := range []wireRecords{sampleRecords, {Worker: "w", Records: []wireRecord{}}} {
		if data, err = want.encode(); err != nil {
			t.Fatal(err)
		}
		var w wireRecords
		if err := w.decode(data); err != nil || !reflect.DeepEqual(w, want) {
			t.Errorf("%s\nis read as %+v %v", data, w, err)
		}
		if !isQuick(ours(data), new(wireRecords), (*quick).records) {
			t.Errorf("%s\nis not read quickly", data)
		}
	}
}

// TestOtherJSONIsReadToo is what others may write: docs/protocol.md promises them
// JSON, not ours.
func TestOtherJSONIsReadToo(t *testing.T) {
	var w wireRecords
	err := w.decode([]byte(`{ "later": [{}], "records": [{"n": 2, "submitter": 1, "outcome": "failed", "cause": "\u003cé\n"}] }` + "\n7"))
	want := wireRecords{Records: []wireRecord{{Submitter: 1, N: 2, Outcome: Failed, Cause: "<é\n", Value: []byte("7")}}}
	if err != nil || !reflect.DeepEqual(w, want) {
		t.Errorf("%+v %v", w, err)
	}
}

func TestLinesThatAreNotThereAreGarbage(t *testing.T) {
	const first = `{"type":"a","codec":"json","version":1,"submitter":1,"first":1,"last":2,"tasks":[{"n":1,"attempt":1},{"n":2,"attempt":1}]}`
	for rest, ok := range map[string]bool{"": false, "\n1": false, "\n1\n2": true, "\n\n": true, "\n1\n2\n": false, "\n1\n2\n3": false} {
		if err := new(wireBatch).decode([]byte(first + rest)); (err == nil) != ok {
			t.Errorf("%q: %v", rest, err)
		}
	}
}

func isQuick[T any](line []byte, v *T, quickly func(*quick, *T)) bool {
	q := quick{rest: line}
	quickly(&q, v)
	return !q.bad && len(q.rest) == 0
}

// FuzzQuick has package json say the same of all that is read quickly.
func FuzzQuick(f *testing.F) {
	for _, v := range []any{sampleBatch, sampleRecords} {
		b, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		for old, other := range map[string]string{
			"1": "01", "2": "-2", "3": "999999999999999999", "4": "9999999999999999999", "5": "5.0", "6": "0",
			"e": "é", "a": "\\u0061", "},{": "}{", "s": "\n", "o": "<", ":": ": ", "[": "[[", "json": "",
		} {
			f.Add([]byte(strings.ReplaceAll(string(b), old, other)))
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		sameAsJSON(t, line, (*quick).batch)
		sameAsJSON(t, line, (*quick).records)
	})
}

func sameAsJSON[T any](t *testing.T, line []byte, quickly func(*quick, *T)) {
	var got, want T
	if !isQuick(line, &got, quickly) {
		return
	}
	if err := json.Unmarshal(line, &want); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s\nis %+v, and for package json %+v %v", line, got, want, err)
	}
}
