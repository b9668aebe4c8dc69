package local

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	p := &pace{every: time.Hour}
	first := p.token()
	for i := range 5 {
		if got := p.token().Sub(first); got != time.Duration(i+1)*time.Hour {
			t.Errorf("token %d comes after %v", i+1, got)
		}
	}
	halted := make(chan struct{})
	close(halted)
	if p.await(halted) {
		t.Error("a token an hour early")
	}
	if free := (&pace{}); !free.await(nil) {
		t.Error("without a pace nobody waits")
	}
}
