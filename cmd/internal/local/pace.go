package local

import (
	"sync"
	"time"
)

// pace keeps the starts of processes apart: the tokens of a rate come evenly,
// and none is saved while nobody wants one.
type pace struct {
	every time.Duration // 0: no pace

	mu   sync.Mutex
	next time.Time // when the next token comes
}

// token reserves one, and returns when it comes.
func (p *pace) token() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Now()
	if p.next.After(at) {
		at = p.next
	}
	p.next = at.Add(p.every)
	return at
}

// await waits for a token, and reports false if the run was halted before.
func (p *pace) await(halted <-chan struct{}) bool {
	if p.every == 0 {
		return true
	}
	d := time.Until(p.token())
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-halted:
		return false
	}
}
