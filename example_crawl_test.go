package skein_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"

	"example.com/skein"
)

// site is what there is to crawl: links by page. Cats and dogs link to each
// other, and to a page that is gone.
var site = map[string][]string{
	"/":        {"/cats", "/dogs"},
	"/cats":    {"/", "/dogs", "/cats/1"},
	"/dogs":    {"/", "/cats", "/dogs/1"},
	"/cats/1":  {"/cats"},
	"/unknown": {},
}

func serveSite(w http.ResponseWriter, r *http.Request) {
	links, ok := site[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	for _, link := range links {
		fmt.Fprintf(w, "<a href=%q>%s</a>\n", link, link)
	}
}

// crawler visits each page of a server once.
type crawler struct {
	server *httptest.Server
	group  *skein.Group

	mu   sync.Mutex // guards seen
	seen map[string]bool
}

// first says whether nobody has asked for the page before.
func (c *crawler) first(page string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[page] {
		return false
	}
	c.seen[page] = true
	return true
}

// visit gives the page to the group. Workers call it too, for what they find:
// beyond the limit a task is queued, so none waits for its own group.
func (c *crawler) visit(page string) {
	if !c.first(page) {
		return
	}
	c.group.GoNamed(page, func(ctx context.Context) error {
		links, err := c.links(ctx, page)
		for _, link := range links {
			c.visit(link)
		}
		return err
	})
}

var href = regexp.MustCompile(`href="([^"]+)"`)

func (c *crawler) links(ctx context.Context, page string) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.server.URL+page, nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.server.Client().Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", page, answer.Status)
	}
	text, err := io.ReadAll(answer.Body)
	var links []string
	for _, match := range href.FindAllSubmatch(text, -1) {
		links = append(links, string(match[1]))
	}
	return links, err
}

// Crawl a site: at most two requests at a time, each page once. The end is
// reached when the last worker has found nothing new; nobody has to know how
// many pages there are. KeepGoing collects the links that are dead.
func Example_crawl() {
	server := httptest.NewServer(http.HandlerFunc(serveSite))
	defer server.Close()
	c := &crawler{server: server, seen: map[string]bool{}}
	err := skein.Run(context.Background(), func(g *skein.Group) error {
		c.group = g
		c.visit("/")
		return nil
	}, skein.Limit(2), skein.KeepGoing())

	fmt.Println(slices.Sorted(maps.Keys(c.seen)))
	fmt.Println(err)
	// Output:
	// [/ /cats /cats/1 /dogs /dogs/1]
	// /dogs/1: 404 Not Found
}
