package clustertest

import (
	"strings"
	"testing"

	"example.com/skein/cluster/internal/servers"
)

// Servers starts n real servers in the test's process that make up one cluster
// and listen on loopback, without keys, and returns their addresses, with commas
// between them, for cluster.Open, once one of them leads. They end with the test.
// If they do not start the test fails.
func Servers(t testing.TB, n int) (addresses string) {
	t.Helper()
	var urls []string
	for _, s := range servers.Cluster(t, n) {
		urls = append(urls, s.ClientURL())
	}
	return strings.Join(urls, ",")
}
