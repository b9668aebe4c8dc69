package embed

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// A stream that could not be written takes no message any more, whatever room
// there is, until the server is started again, and those who publish hear nothing.

const (
	often = time.Second            // how soon the server may be started again once more
	look  = 200 * time.Millisecond // how soon it is looked again whether there is room
)

// errSilent is of a server that has not said why.
var errSilent = errors.New("it acknowledges nothing")

// mend is for when a server has said that it could not write: as soon as there is
// room it is started again.
func (l *local) mend(s *server.Server, why error) {
	l.reviving.Lock()
	defer l.reviving.Unlock()
	if l.now() != s {
		return // it was started again, or did not even start
	}
	l.halt(why)
	if time.Since(l.again) > settled {
		l.need = 0
	}
	l.need = min(max(enough, 2*l.need), plenty)
	for time.Since(l.again) < often || !l.room(l.need) {
		select {
		case <-l.over:
			return
		case <-time.After(look):
		}
	}
	l.restart()
}

// revive is for when the server has said nothing, and acknowledges nothing. If
// the disk was not why, it costs a few hundredths of a second. A disk that is only
// slow is not helped by it, so it is done less often if it does not help.
func (l *local) revive() {
	if !l.reviving.TryLock() {
		return // somebody is at it
	}
	defer l.reviving.Unlock()
	pause, since := often<<l.silent, time.Since(l.again)
	if since < pause || !l.room(enough) || l.now() == nil {
		return
	}
	if l.silent = min(l.silent+1, 6); since > 2*pause+settled {
		l.silent = 0
	}
	l.halt(errSilent)
	l.restart()
}

// restart starts it again. Who calls it holds reviving.
func (l *local) restart() {
	s := l.take()
	if s == nil {
		return // closed
	}
	end(s)
	for told := ""; ; {
		err := l.start()
		if err == nil {
			break
		}
		if err.Error() != told {
			told = err.Error()
			l.halt(err)
		}
		select {
		case <-l.over:
			return
		case <-time.After(reconnect):
		}
	}
	l.again = time.Now()
	l.halt(nil)
}

// halt notes and tells why the server takes nothing; nil: it does.
func (l *local) halt(why error) {
	if why != nil {
		why = fmt.Errorf("embed: the server of %s can write nothing: %w", l.dir, why)
	}
	l.mu.Lock()
	l.halted = why
	closed := l.closed
	l.mu.Unlock()
	if !closed {
		l.tell(why)
	}
}

// why is why the server takes nothing; "": it does.
func (l *local) why() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.halted == nil {
		return ""
	}
	return l.halted.Error()
}

// How many bytes there must be for the server to go on: more each time that it was
// too few, for else it would be started again and again on a disk that is as good
// as full.
const (
	enough  = 1 << 20
	plenty  = 16 << 20
	settled = 10 * time.Second // how long it has run when it was not too few
)

// room reports whether there is some, in the only way that is the same on each
// system.
func (l *local) room(need int) bool {
	f, err := os.CreateTemp(l.dir, "room-")
	if err != nil {
		return false
	}
	defer os.Remove(f.Name())
	for block := make([]byte, enough); need > 0 && err == nil; need -= enough {
		_, err = f.Write(block)
	}
	return errors.Join(err, f.Sync(), f.Close()) == nil
}
