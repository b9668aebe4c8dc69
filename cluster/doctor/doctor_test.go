package doctor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster"
	"example.com/skein/cluster/doctor"
	"example.com/skein/cluster/embed"
	"example.com/skein/cluster/internal/servers"
)

// late is when a test gives up on what must come.
const late = 30 * time.Second

func dial(t *testing.T, url string, opts ...cluster.OpenOption) *nats.Conn {
	t.Helper()
	nc, err := cluster.Dial(url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func examine(t *testing.T, nc *nats.Conn, o doctor.Options) []doctor.Finding {
	t.Helper()
	all, err := doctor.Examine(t.Context(), nc, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Found == "" || f.Means == "" {
			t.Errorf("%+v says nothing", f)
		}
	}
	return all
}

// expect looks for a finding, of which a part is known.
func expect(t *testing.T, all []doctor.Finding, what string, level doctor.Level, found string) {
	t.Helper()
	for _, f := range all {
		if f.What == what {
			if f.Level != level || !strings.Contains(f.Found, found) {
				t.Errorf("%s is %s (%s), want %s (%s)", what, f.Level, f.Found, level, found)
			}
			return
		}
	}
	t.Errorf("nothing is said of %s in %+v", what, all)
}

// embedded starts a server of ours, and gives the owner's key.
func embedded(t *testing.T, opts ...embed.Option) (*cluster.Client, cluster.Key) {
	t.Helper()
	dir := t.TempDir()
	c, err := embed.Open(t.Context(), dir, append([]embed.Option{embed.Listen("127.0.0.1:0")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	keys, err := embed.OpenKeys(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.Owner()
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func TestAServerOfOursIsWell(t *testing.T) {
	c, key := embedded(t)
	all := examine(t, dial(t, "", cluster.WithKey(key)), doctor.Options{})
	if doctor.Sick(all) {
		t.Errorf("%+v", all)
	}
	expect(t, all, "version", doctor.Fine, "nats-server 2.")
	expect(t, all, "sync", doctor.Fine, "before each acknowledgement")
	expect(t, all, "SKEIN_TASKS", doctor.Fine, "0 messages")
	expect(t, all, "SKEIN_DONE replicas", doctor.Fine, "1")
	expect(t, all, "SKEIN_TASKS room", doctor.Fine, "of 1 GiB, 0%")
	expect(t, all, "clock", doctor.Fine, "ours, give or take")
	expect(t, all, "workers", doctor.Fine, "none")
	expect(t, all, "servers", doctor.Fine, "one")
	expect(t, all, "free disk", doctor.Unknown, "")

	run, err := c.Run(t.Context(), "r")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cluster.Define[int, int]("echo").Submit(t.Context(), run, 1); err != nil {
		t.Fatal(err)
	}
	all = examine(t, dial(t, "", cluster.WithKey(key)), doctor.Options{})
	expect(t, all, "lease", doctor.Fine, "10s")
	expect(t, all, "queue task-echo", doctor.Look, "1 messages wait")
	expect(t, all, "workers", doctor.Look, "none")
	expect(t, all, "queues", doctor.Fine, "3, 1 messages wait, 0 are with workers")
	if doctor.Sick(all) {
		t.Error("that nobody works breaks no promise")
	}
}

func TestAServerThatDoesNotWaitForItsDiskBreaksThePromise(t *testing.T) {
	_, key := embedded(t, embed.Fast())
	all := examine(t, dial(t, "", cluster.WithKey(key)), doctor.Options{})
	expect(t, all, "sync", doctor.Broken, "every 2m0s")
	if !doctor.Sick(all) {
		t.Error("it is well")
	}
}

func TestAServerOfSomebodyElse(t *testing.T) {
	t.Run("without JetStream nothing can be stored", func(t *testing.T) {
		s := servers.One(t, func(o *server.Options) { o.JetStream = false })
		all := examine(t, dial(t, s.ClientURL()), doctor.Options{})
		expect(t, all, "jetstream", doctor.Broken, "not there")
	})
	t.Run("with nothing on it stays so", func(t *testing.T) {
		s := servers.One(t)
		all := examine(t, dial(t, s.ClientURL()), doctor.Options{})
		expect(t, all, "streams", doctor.Look, "not there yet")
		expect(t, all, "sync", doctor.Unknown, "not known")
		if _, err := cluster.Open(t.Context(), s.ClientURL(), cluster.Existing()); !errors.Is(err, cluster.ErrNothing) {
			t.Errorf("something was made: %v", err)
		}
	})
	t.Run("tells of its disk by its monitoring", func(t *testing.T) {
		for always, level := range map[bool]doctor.Level{true: doctor.Fine, false: doctor.Broken} {
			s := servers.One(t, func(o *server.Options) {
				o.HTTPHost, o.HTTPPort, o.SyncAlways = "127.0.0.1", -1, always
			})
			all := examine(t, dial(t, s.ClientURL()), doctor.Options{Monitor: []string{"http://" + s.MonitorAddr().String()}})
			expect(t, all, "sync", level, "")
		}
	})
	t.Run("that has small messages repeats large results for ever", func(t *testing.T) {
		s := servers.One(t, func(o *server.Options) { o.MaxPayload = 100_000 })
		expect(t, examine(t, dial(t, s.ClientURL()), doctor.Options{}), "max_payload", doctor.Broken, "97.66 KiB")
	})
	t.Run("of which the streams were changed", func(t *testing.T) {
		s := servers.One(t)
		c, err := cluster.Open(t.Context(), s.ClientURL())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		nc := dial(t, s.ClientURL())
		js, err := jetstream.New(nc)
		if err != nil {
			t.Fatal(err)
		}
		done, err := js.Stream(t.Context(), "SKEIN_DONE")
		if err != nil {
			t.Fatal(err)
		}
		config := done.CachedInfo().Config
		config.MaxAge, config.Discard, config.MaxBytes = time.Hour, jetstream.DiscardOld, -1
		if _, err := js.UpdateStream(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		all := examine(t, nc, doctor.Options{})
		expect(t, all, "SKEIN_DONE", doctor.Broken, "older than 1h0m0s are dropped; when it is full old messages are dropped")
		expect(t, all, "SKEIN_DONE room", doctor.Look, "no limit")
	})
	t.Run("that has ended does not answer", func(t *testing.T) {
		s := servers.One(t)
		nc := dial(t, s.ClientURL())
		s.Shutdown()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if all, err := doctor.Examine(ctx, nc, doctor.Options{}); err == nil {
			t.Errorf("%+v", all)
		}
	})
}

func TestThreeServers(t *testing.T) {
	three := servers.Cluster(t, 3)
	var monitors []string
	for _, s := range three {
		monitors = append(monitors, "http://"+s.MonitorAddr().String())
	}
	var c *cluster.Client
	for limit := time.Now().Add(late); c == nil; { // until one leads
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		var err error
		c, err = cluster.Open(ctx, three[0].ClientURL(), cluster.Replicas(3))
		if cancel(); err != nil && time.Now().After(limit) {
			t.Fatal(err)
		}
	}
	defer c.Close()
	nc := dial(t, three[0].ClientURL())

	var all []doctor.Finding
	until(t, "all are well", func() bool {
		all = examine(t, nc, doctor.Options{Monitor: monitors})
		return level(all, "SKEIN_TASKS replicas") == doctor.Fine && level(all, "SKEIN_DONE replicas") == doctor.Fine
	})
	expect(t, all, "SKEIN_TASKS replicas", doctor.Fine, "3, all well")
	expect(t, all, "servers", doctor.Fine, "3 of cluster c have the streams: n0, n1, n2")
	expect(t, all, "sync", doctor.Look, "every 2m0s")
	expect(t, examine(t, nc, doctor.Options{Monitor: monitors[:2]}), "sync", doctor.Unknown, "of n2")

	three[2].Shutdown()
	three[2].WaitForShutdown()
	until(t, "one is missed", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), late)
		defer cancel()
		all, _ = doctor.Examine(ctx, nc, doctor.Options{}) // there may be no leader for a moment
		return level(all, "SKEIN_TASKS replicas") == doctor.Look && level(all, "SKEIN_DONE replicas") == doctor.Look
	})
	expect(t, all, "SKEIN_TASKS replicas", doctor.Look, "2 of 3 well: n2 is ")
	if doctor.Sick(all) {
		t.Errorf("two of three are enough: %+v", all)
	}
}

func level(all []doctor.Finding, what string) doctor.Level {
	for _, f := range all {
		if f.What == what {
			return f.Level
		}
	}
	return ""
}

// until asks again and again: servers tell nobody that they have noticed.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for limit := time.Now().Add(late); !done(); {
		if time.Now().After(limit) {
			t.Fatalf("waited %v until %s", late, what)
		}
	}
}
