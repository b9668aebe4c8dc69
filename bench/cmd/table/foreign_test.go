package main

import "testing"

func TestWhatOthersUseIsNeitherIdleNorOurs(t *testing.T) {
	then := count("cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 7\n", "42 (a ) b) R 1 2 3 4 5 6 7 8 9 10 10 10 0 0 99\n")
	if want := (ticks{total: 1000, idle: 800, own: 20}); then != want {
		t.Fatalf("got %+v, want %+v", then, want)
	}
	now := ticks{total: 2000, idle: 1100, own: 520} // 300 idle, 500 ours, 200 theirs
	if got, want := then.foreign(now), "others used 20 % of the processors meanwhile"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWithoutAClockNothingIsClaimed(t *testing.T) {
	if got := count("", "").foreign(ticks{}); got != "" {
		t.Errorf("got %q", got)
	}
}
