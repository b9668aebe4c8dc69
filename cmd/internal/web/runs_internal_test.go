package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skein/cmd/internal/attach"
	"example.com/skein/cmd/internal/task"
)

// listening is the board of a run that goes on.
func listening(t *testing.T, id string) *attach.Board {
	t.Helper()
	b := &attach.Board{}
	s, err := attach.Listen(attach.Run{ID: id}, b, attach.Hands{Limit: func() int { return 1 }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return b
}

// end lets tasks end in a run, one a second from then on.
func end(b *attach.Board, then int64, seqs ...int) {
	for i, seq := range seqs {
		for range b.Watch(slices.Values([]task.Event{{
			Kind: task.Finished, Time: time.Unix(then+int64(i), 0), Spec: task.Spec{Seq: seq}, Outcome: task.Succeeded,
		}})) {
		}
	}
}

// news is what has ended since n had, and the next n.
func news(s *runs, n uint64) (tasks string, next uint64) {
	s.asked = time.Time{}
	all, next := s.After(n)
	var parts []string
	for _, e := range all {
		parts = append(parts, fmt.Sprint(e.GroupID, "/", e.Number))
	}
	return strings.Join(parts, " "), next
}

func TestWhatHasEndedIsToldOnce(t *testing.T) {
	t.Run("also where a run tells later what ended earlier", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		s := &runs{}
		one, two := listening(t, "r1"), listening(t, "r2")
		end(one, 10, 1, 2)
		told, n := news(s, 0)
		if told != "1/1 1/2" || n != 2 {
			t.Errorf("first %q, then %d", told, n)
		}
		end(two, 5, 1)
		end(one, 12, 3)
		if told, n = news(s, n); told != "2/1 1/3" || n != 4 {
			t.Errorf("then %q, %d", told, n)
		}
		if told, n = news(s, n); told != "" || n != 4 {
			t.Errorf("at last %q, %d", told, n)
		}
	})
	t.Run("also where more end than a run lists", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
		s := &runs{}
		b := listening(t, "r1")
		end(b, 1, 1, 2, 3)
		_, n := news(s, 0)
		many := make([]int, 1500)
		for i := range many {
			many[i] = 10 + i
		}
		end(b, 100, many...)
		told, n := news(s, n)
		if list := strings.Fields(told); len(list) != 1000 || list[0] != "1/510" || list[999] != "1/1509" || n != 1503 {
			t.Errorf("%d from %s, then %d", len(list), list[0], n)
		}
	})
}
