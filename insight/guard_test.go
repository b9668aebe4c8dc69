package insight_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"example.com/skein/insight"
)

func TestWhoIsAnswered(t *testing.T) {
	h := looked(t, &insight.Handler{Hosts: []string{"debug.example.org", "Dotted.Example.org.", "192.0.2.7", "ported.example.org:6060", "[2001:DB8:0::7]:80"}})
	for _, row := range []struct {
		name   string
		header map[string]string
		want   int
	}{
		{"localhost", map[string]string{"Host": "localhost"}, 200},
		{"localhost with a port", map[string]string{"Host": "localhost:6060"}, 200},
		{"127.0.0.1", map[string]string{"Host": "127.0.0.1:80"}, 200},
		{"another loopback address", map[string]string{"Host": "127.1.2.3"}, 200},
		{"::1", map[string]string{"Host": "[::1]:6060"}, 200},
		{"::1 without a port", map[string]string{"Host": "[::1]"}, 200},
		{"a listed name", map[string]string{"Host": "debug.example.org:443"}, 200},
		{"a listed name in capitals", map[string]string{"Host": "DEBUG.example.org"}, 200},
		{"a listed name with a dot at the end", map[string]string{"Host": "debug.example.org."}, 200},
		{"a name listed with capitals and a dot", map[string]string{"Host": "dotted.example.org"}, 200},
		{"a listed address", map[string]string{"Host": "192.0.2.7:6060"}, 200},
		{"a name listed with a port", map[string]string{"Host": "ported.example.org:8080"}, 200},
		{"an address listed in another spelling", map[string]string{"Host": "[2001:db8::7]"}, 200},
		{"no host", map[string]string{"Host": ""}, 403},
		{"only a port", map[string]string{"Host": ":6060"}, 403},
		{"a stranger's name", map[string]string{"Host": "rebind.example.net:6060"}, 403},
		{"a name that starts like a listed one", map[string]string{"Host": "debug.example.org.example.net"}, 403},
		{"a name that ends like a listed one", map[string]string{"Host": "x.debug.example.org"}, 403},
		{"a name that starts like an address", map[string]string{"Host": "127.0.0.1.example.net"}, 403},
		{"localhost as a part", map[string]string{"Host": "localhost.example.net"}, 403},
		{"another address", map[string]string{"Host": "192.0.2.8"}, 403},
		{"all addresses", map[string]string{"Host": "0.0.0.0:6060"}, 403},

		{"typed in", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		{"the page itself", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"another site", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a link on another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200},
		{"a frame on another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403},
		{"an image on another site", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, 403},
		{"a script on another port", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, 403},
		{"a frame on another port", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, 403},
		{"a link on another port", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200},
		{"a value that is not known", map[string]string{"Sec-Fetch-Site": "far-away"}, 403},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, target := range []string{"/", "/page.js", "/?format=json", "/stacks?group=1"} {
				w := ask(h, http.MethodGet, target, row.header)
				if refused := w.Code == http.StatusForbidden; refused != (row.want == http.StatusForbidden) {
					t.Errorf("%s: got status %d, want %d", target, w.Code, row.want)
				} else if refused {
					wantContains(t, w.Body.String(), "\nhint: ")
				}
			}
		})
	}
	t.Run("the refusal of a host names the field to put it in", func(t *testing.T) {
		w := ask(h, http.MethodGet, "/", map[string]string{"Host": "rebind.example.net"})
		wantContains(t, w.Body.String(), "insight.Handler.Hosts")
	})
}

func TestNothingCanBeChanged(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "get"} {
		t.Run("method "+method+" is refused", func(t *testing.T) {
			w := ask(new(insight.Handler), method, "/", nil)
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
				t.Errorf("got status %d, Allow %q", w.Code, w.Header().Get("Allow"))
			}
		})
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := looked(t, new(insight.Handler))
	want := map[string]string{
		"Cross-Origin-Resource-Policy": "same-origin",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "no-referrer",
		"Cache-Control":                "no-store",
	}
	for _, row := range []struct{ method, target, host string }{
		{"GET", "/", "localhost"},
		{"HEAD", "/", "localhost"},
		{"GET", "/?format=json", "localhost"},
		{"GET", "/?format=text", "localhost"},
		{"GET", "/?format=xml", "localhost"},
		{"GET", "/page.js", "localhost"},
		{"GET", "/nowhere", "localhost"},
		{"GET", "/stacks?group=0", "localhost"},
		{"POST", "/", "localhost"},
		{"GET", "/", "example.net"},
	} {
		t.Run(fmt.Sprintf("%s %s for %s", row.method, row.target, row.host), func(t *testing.T) {
			w := ask(h, row.method, row.target, map[string]string{"Host": row.host, "Origin": "http://example.net"})
			for name, value := range want {
				if got := w.Header().Get(name); got != value {
					t.Errorf("%s is %q, want %q", name, got, value)
				}
			}
			policy := w.Header().Get("Content-Security-Policy")
			for _, part := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
				wantContains(t, policy, part)
			}
			if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
				t.Errorf("the policy has a hole: %s", policy)
			}
			if w.Header().Get("Content-Type") == "" {
				t.Error("no Content-Type")
			}
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s lets other origins in", name)
				}
			}
		})
	}
}
