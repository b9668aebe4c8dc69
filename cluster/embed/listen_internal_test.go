package embed

import (
	"net"
	"os"
	"testing"
)

func TestWhatKeysTellOfTheServer(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ at, advertise, local, told string }{
		{"127.0.0.1:4222", "", "127.0.0.1:4222", "127.0.0.1:4222"},
		{"[::1]:4222", "", "[::1]:4222", "[::1]:4222"},
		{"[::]:4222", "", "127.0.0.1:4222", net.JoinHostPort(name, "4222")},
		{"0.0.0.0:1", "", "127.0.0.1:1", net.JoinHostPort(name, "1")},
		{"0.0.0.0:1", "build.example.org", "127.0.0.1:1", "build.example.org:1"},
		{"[::]:1", "build.example.org:443", "127.0.0.1:1", "build.example.org:443"},
		{"127.0.0.1:1", "10.0.0.7", "127.0.0.1:1", "10.0.0.7:1"},
		{"127.0.0.1:1", "::1", "127.0.0.1:1", "[::1]:1"},
	} {
		c := config{told: row.advertise}
		if got, err := c.addresses(row.at); err != nil || got != (address{row.local, row.told}) {
			t.Errorf("%s, advertised as %q: %v, %v", row.at, row.advertise, got, err)
		}
	}
}
