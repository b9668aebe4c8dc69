package main

import (
	"slices"
	"strings"
	"testing"

	"example.com/skein/cmd/internal/away"
	"example.com/skein/cmd/internal/task"
)

func TestWhatAWorkerCannotMeanIsNotTakenOver(t *testing.T) {
	e := away.End{
		Outcome: "well \x1b[31m", Cause: "\x1b[2J", Host: "h\x07", Word: 256,
		Left: -1, LeftNames: slices.Repeat([]string{"x\n"}, 100),
	}
	disarm(&away.Reply{End: &e})
	if e.Outcome != task.Failed || e.Word != 0 || e.Left != 0 || len(e.LeftNames) > task.MostLeft || strings.ContainsAny(e.Cause+e.Host+e.LeftNames[0], "\x1b\x07\n") {
		t.Errorf("%+v", e)
	}
	e = away.End{Outcome: task.Killed, Cause: "there is none", Word: 127, Left: 2, LeftNames: []string{"sleep"}}
	disarm(&away.Reply{End: &e})
	if e.Outcome != task.Killed || e.Cause != "there is none" || e.Word != 127 || e.Left != 2 || len(e.LeftNames) != 1 {
		t.Errorf("%+v", e)
	}
}
