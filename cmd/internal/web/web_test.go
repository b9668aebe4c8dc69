package web_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"example.com/skein/cmd/internal/usage"
	"example.com/skein/cmd/internal/web"
)

// The page itself is tested in a browser, by insight/browsertest.
func TestServe(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "example.org:80", "192.0.2.1:0", "8080", "127.0.0.1"} {
		t.Run("refuses "+address, func(t *testing.T) {
			var said strings.Builder
			var wrong *usage.Error
			if err := web.Serve(address, nil, &said); !errors.As(err, &wrong) || wrong.Hint == "" || said.Len() > 0 {
				t.Errorf("%v, and said %q", err, said.String())
			}
		})
	}
	t.Run("a port that is taken is told, and no address", func(t *testing.T) {
		taken, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()
		var said strings.Builder
		if err := web.Serve(taken.Addr().String(), nil, &said); err == nil || said.Len() > 0 {
			t.Errorf("%v, and said %q", err, said.String())
		}
	})
}
