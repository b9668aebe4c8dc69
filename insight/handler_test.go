package insight_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.com/skein/insight"
)

func TestTheSameAddress(t *testing.T) {
	h := looked(t, new(insight.Handler))
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, row := range []struct{ name, query, accept, want string }{
		{"gives a browser the page", "", browser, "text/html"},
		{"gives JSON to those who accept it", "", "application/json", "application/json"},
		{"gives text to curl", "", "*/*", "text/plain"},
		{"gives text to those who say nothing", "", "", "text/plain"},
		{"gives JSON if asked by a parameter", "?format=json", browser, "application/json"},
		{"gives text if asked by a parameter", "?format=text&stacks", browser, "text/plain"},
		{"gives the page if asked by a parameter", "?format=html", "application/json", "text/html"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := ask(h, http.MethodGet, "/debug/skein/"+row.query, map[string]string{"Accept": row.accept})
			if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || got != row.want+"; charset=utf-8" {
				t.Errorf("got status %d, %s, want %s", w.Code, got, row.want)
			}
			if w.Header().Get("Vary") != "Accept" {
				t.Error("no Vary: Accept")
			}
		})
	}
	for _, query := range []string{"?format=xml", "?format=", "?format=json&after=x", "?format=json&after=-1", "?format=json&since=x"} {
		t.Run("does not guess what "+query+" means", func(t *testing.T) {
			w := get(h, "/debug/skein/"+query)
			if w.Code != http.StatusBadRequest {
				t.Errorf("got status %d", w.Code)
			}
			wantContains(t, w.Body.String(), "\nhint: it is ")
		})
	}
}

func TestTheHandlerCanBeMountedAnywhere(t *testing.T) {
	mux := http.NewServeMux()
	h := looked(t, new(insight.Handler))
	mux.Handle("/debug/skein/", h)
	mux.Handle("GET /admin/x/", http.StripPrefix("/admin/x/", h))
	mux.Handle("/admin/y/", http.StripPrefix("/admin/y", h))
	server := httptest.NewServer(mux)
	defer server.Close()
	root := httptest.NewServer(h)
	defer root.Close()
	for _, base := range []string{root.URL + "/", server.URL + "/debug/skein/", server.URL + "/debug/skein", server.URL + "/admin/x/", server.URL + "/admin/y/"} {
		t.Run("the page and all that it loads are at "+strings.TrimPrefix(strings.TrimPrefix(base, server.URL), root.URL), func(t *testing.T) {
			page, at := fetch(t, base+"?format=html")
			for _, link := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
				to, err := at.Parse(strings.ReplaceAll(link[1], "&amp;", "&"))
				if err != nil {
					t.Fatal(err)
				}
				if body, _ := fetch(t, to.String()); body == "" {
					t.Errorf("%s is empty", to)
				}
			}
		})
	}
}

func TestWhatIsNotThere(t *testing.T) {
	h := looked(t, new(insight.Handler))
	for _, target := range []string{"/debug/skein", "/nowhere", "/page.html/x", "/..%2fhandler.go", "/handler.go", "/assets", "/uplot-LICENSE"} {
		if w := get(h, target); w.Code != http.StatusNotFound {
			t.Errorf("%s: got status %d", target, w.Code)
		}
	}
}

func TestHeadHasTheHeadersOfGet(t *testing.T) {
	server := httptest.NewServer(looked(t, new(insight.Handler)))
	defer server.Close()
	for _, target := range []string{"/?format=html", "/page.css", "/?format=json"} {
		answer, err := http.Head(server.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || len(body) > 0 || answer.StatusCode != http.StatusOK || answer.ContentLength <= 0 {
			t.Errorf("%s: got status %d, length %d, %d bytes, %v", target, answer.StatusCode, answer.ContentLength, len(body), err)
		}
	}
}

func fetch(t *testing.T, address string) (string, *url.URL) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, answer.Status, err)
	}
	return string(body), answer.Request.URL
}

func TestThePageHasNoMarkupForCode(t *testing.T) {
	h := looked(t, new(insight.Handler))
	page := get(h, "/?format=html").Body.String()
	if found := regexp.MustCompile(`(?i)<script>|<style| style=| on[a-z]+=|javascript:|https?:`).FindString(page); found != "" {
		t.Errorf("the page has %q", found)
	}
	script := get(h, "/page.js").Body.String()
	if found := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|parseFromString|srcdoc|localStorage|document\.cookie`).FindString(script); found != "" {
		t.Errorf("the script has %q", found)
	}
}
