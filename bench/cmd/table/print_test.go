package main

import (
	"bytes"
	"testing"
)

func TestTheTableInText(t *testing.T) {
	f := figure{about: "spawn", workload: "w", unit: "ns", impl: "ours", than: "theirs", bound: 0.4, digits: 2}
	var b bytes.Buffer
	summary([]figure{f}, sampled()).text(&b)
	want := `what    unit      to  median    min..max    bound
spawn  ratio  theirs    0.50  0.50..0.50  <= 0.40  MISSED

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
