package main

import (
	"testing"

	"example.com/skein/cluster"
)

func TestWhatANewerSkeinHasWrittenIsTold(t *testing.T) {
	s := standing{}
	s.count(&cluster.Snapshot{
		Counts: cluster.Counts{cluster.Succeeded: 3},
		Unread: []cluster.VersionError{{Version: 4, Type: "a", Messages: 3}, {Version: 2, Type: "b", Messages: 1}},
	})
	if got, want := s.tasks(), "3 succeeded, 4 messages of version 4, which needs a newer skein"; got != want {
		t.Errorf("%s; want %s", got, want)
	}
}
