package clusterweb

import (
	"net/http"
	"sync"

	"example.com/skein/insight"
)

// pages are those of single runs that were looked at last: each has its plots.
type pages struct {
	mu   sync.Mutex
	list []onePage // the one that was asked for last is the last
}

type onePage struct {
	run string
	http.Handler
}

const mostPages = 20

func (p *pages) of(run string, b *board) http.Handler {
	p.mu.Lock()
	defer p.mu.Unlock()
	page := onePage{run, nil}
	for i := range p.list {
		if p.list[i].run == run {
			page = p.list[i]
			p.list = append(p.list[:i:i], p.list[i+1:]...)
			break
		}
	}
	if page.Handler == nil {
		page.Handler = &insight.Handler{Source: one{b, run}, Stuck: -1}
	}
	p.list = append(p.list, page)
	p.list = p.list[max(0, len(p.list)-mostPages):]
	return page.Handler
}
