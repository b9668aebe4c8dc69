package local

import (
	"testing"
	"testing/synctest"
)

func TestOutputsWaitForWhoReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUnread()
		u.add(10 * mostUnread) // alone there is always room
		added := make(chan int64, 3)
		for _, n := range []int64{mostUnread, 1, 2} {
			go func() { u.add(n); added <- n }()
			synctest.Wait()
		}
		if n := len(added); n != 0 {
			t.Fatalf("%d of 3 were added", n)
		}
		u.took(10 * mostUnread)
		for range 3 {
			synctest.Wait()
			if u.bytes > mostUnread {
				t.Errorf("%d bytes are unread", u.bytes)
			}
			u.took(<-added)
		}
	})
}
