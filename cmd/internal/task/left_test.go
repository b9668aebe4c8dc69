package task_test

import (
	"testing"

	"example.com/skein/cmd/internal/task"
)

func TestLeft(t *testing.T) {
	var l task.Left
	l.Add(1, -1, "a worker may say anything")
	l.Add(1, 0, "nothing")
	if _, any := l.Event(); any {
		t.Error("less than one process was left behind")
	}
	l.Add(2, 2, "sleep", "cat", "not one of two")
	l.Add(1, 7)
	if ev, any := l.Event(); !any || ev.Left != 9 || ev.Cause != "task 1; task 2: sleep, cat; and others" {
		t.Errorf("%+v", ev)
	}
}
