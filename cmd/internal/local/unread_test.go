package local

import (
	"testing"
	"testing/synctest"
)

// adding gives what is closed once n bytes were added.
func (u *unread) adding(n int64) <-chan struct{} {
	added := make(chan struct{})
	go func() {
		defer close(added)
		u.add(n)
	}()
	synctest.Wait()
	return added
}

func TestOutputsWaitForWhoReads(t *testing.T) {
	bubble := func(name string, f func(t *testing.T, u *unread)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(t, newUnread()) }) })
	}
	bubble("one goes alone, whatever its size", func(t *testing.T, u *unread) {
		u.add(10 * mostUnread)
		next := u.adding(1)
		if closed(next) {
			t.Error("another one has come besides")
		}
		u.took(10 * mostUnread)
		<-next
	})
	bubble("they go together as long as there is room", func(t *testing.T, u *unread) {
		u.add(mostUnread - 2)
		u.add(2)
		next := u.adding(1)
		if closed(next) {
			t.Error("there was no room")
		}
		u.took(2)
		<-next
	})
	bubble("a large one is not overtaken by small ones", func(t *testing.T, u *unread) {
		u.add(1)
		large := u.adding(mostUnread)
		small := u.adding(1)
		if closed(large) || closed(small) {
			t.Error("there was no room, or it was not its turn")
		}
		u.took(1)
		<-large
		synctest.Wait()
		if closed(small) {
			t.Error("there was no room")
		}
		u.took(mostUnread)
		<-small
	})
	bubble("nobody waits once the run is stopped", func(t *testing.T, u *unread) {
		u.add(mostUnread)
		first, second := u.adding(mostUnread), u.adding(1)
		u.end()
		<-first
		<-second
		u.add(mostUnread)
	})
}
