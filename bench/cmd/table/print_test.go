package main

import (
	"bytes"
	"testing"
)

func TestTheTableInText(t *testing.T) {
	f := figure{about: "spawn", workload: "w", unit: "ns/task", impl: "ours", than: "theirs", bound: 0.4, digits: 2}
	s := make(samples)
	s.add("w", "ours", metrics{"ns/task": 1, "cpu-ns/task": 3})
	s.add("w", "theirs", metrics{"ns/task": 2, "cpu-ns/task": 4})
	var b bytes.Buffer
	summary([]figure{f}, s).text(&b)
	want := `what    unit      to  median    min..max    bound           cpu
spawn  ratio  theirs    0.50  0.50..0.50  <= 0.40  MISSED  0.75

`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestTheTableInMarkdown(t *testing.T) {
	w := workload{name: "w", subjects: []subject{{impl: "theirs"}, {impl: "ours"}, {impl: "absent"}}}
	var b bytes.Buffer
	medians([]workload{w}, sampled(), "ns").markdown(&b)
	want := `| ns | theirs | ours |
| --- | ---: | ---: |
| w | 60.0 | 20.0 |

`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestAWorkloadThatWasNotMeasuredHasNoRow(t *testing.T) {
	w := workload{name: "other", subjects: []subject{{impl: "ours"}}}
	if g := medians([]workload{w}, sampled(), "ns"); g != nil {
		t.Errorf("got %v", g)
	}
}
