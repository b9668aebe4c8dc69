//go:build linux && !skein_portable

package local

import (
	"encoding/binary"
	"sync"

	"golang.org/x/sys/unix"
)

// lot is where slots park whose processes take their time: one thread waits
// for all of them in epoll. It is made by the first that parks.
type lot struct {
	once  sync.Once
	epoll int
	bell  int // an eventfd, rung once, by close
	done  sync.WaitGroup

	mu     sync.Mutex
	places []chan struct{} // capacity 1: one ring is enough for any number of events
}

// place is a slot's place in the lot. It costs a channel, which is kept until
// the run ends.
type place struct {
	lot  *lot
	id   int32 // index in places, plus one; 0: none yet
	wake chan struct{}
}

// watch arms the descriptors of p and gives a channel that gets a value when
// one of them is ready. A value may be left from an earlier watch.
func (w *place) watch(y *system, p []unix.PollFd) <-chan struct{} {
	y.lot.once.Do(y.lot.open)
	if w.id == 0 {
		w.lot = y.lot
		w.id, w.wake = y.lot.enter()
	}
	for i := range p {
		if p[i].Fd >= 0 {
			w.arm(int(p[i].Fd))
		}
	}
	return w.wake
}

// arm makes epoll report fd once. A descriptor that was closed since has left
// epoll by itself.
func (w *place) arm(fd int) {
	ev := &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLONESHOT, Fd: w.id}
	if unix.EpollCtl(w.lot.epoll, unix.EPOLL_CTL_MOD, fd, ev) != nil {
		if unix.EpollCtl(w.lot.epoll, unix.EPOLL_CTL_ADD, fd, ev) != nil {
			w.ring() // no memory for it: look again at once
		}
	}
}

func (w *place) ring() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (l *lot) enter() (int32, chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wake := make(chan struct{}, 1)
	l.places = append(l.places, wake)
	return int32(len(l.places)), wake
}

// open cannot fail but for want of descriptors; Most leaves room for these.
func (l *lot) open() {
	l.epoll, _ = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	l.bell, _ = unix.Eventfd(0, unix.EFD_CLOEXEC)
	unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.bell, &unix.EpollEvent{Events: unix.EPOLLIN})
	l.done.Go(l.attend)
}

// attend rings for every slot that has something ready, until the bell.
func (l *lot) attend() {
	events := make([]unix.EpollEvent, 64)
	for {
		n, _ := unix.EpollWait(l.epoll, events, -1)
		for _, ev := range events[:max(n, 0)] {
			if ev.Fd == 0 {
				return
			}
			l.wake(ev.Fd)
		}
	}
}

func (l *lot) wake(id int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.places[id-1] <- struct{}{}:
	default: // it has one
	}
}

// close ends the thread.
func (l *lot) close() {
	l.once.Do(func() { l.epoll = -1 })
	if l.epoll < 0 {
		return
	}
	unix.Write(l.bell, binary.NativeEndian.AppendUint64(nil, 1))
	l.done.Wait()
	unix.Close(l.bell)
	unix.Close(l.epoll)
}
