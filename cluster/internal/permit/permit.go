// Package permit has the names of what a server keeps for a cluster, and says
// what each kind of client must be allowed to do with it, in subjects of NATS.
package permit

import (
	"fmt"
	"time"
)

// What the server keeps.
const (
	Tasks = "SKEIN_TASKS" // a stream
	Done  = "SKEIN_DONE"  // a stream
	Runs  = "SKEIN_RUNS"  // a key-value store

	RunsStream  = "KV_" + Runs // the stream behind it,
	RunsSubject = "$KV." + Runs + "."

	Workers        = "SKEIN_WORKERS" // a key-value store
	WorkersSubject = "$KV." + Workers + "."
)

// Control is where hints to look at the entry of a run go, of any run.
const Control = "skein.*.*.control"

// Changed is where the server's own program hears that its keys have changed.
// Only an owner may say so.
const Changed = "skein.keys.changed"

// About is where a server that is a part of skein's own program says what it
// promises: an [AboutServer].
const About = "skein.server.about"

// AboutServer is what such a server says of itself.
type AboutServer struct {
	Server       string        `json:"server"` // its id, which who is connected knows too
	SyncAlways   bool          `json:"sync_always"`
	SyncInterval time.Duration `json:"sync_interval"`    // nanoseconds, unless always
	Halted       string        `json:"halted,omitempty"` // why it can write nothing now
}

// LeastVersion is the oldest nats-server that knows all that we need.
const LeastVersion = "2.14"

// KnowsAll reports whether a server of that version does. What is no version may.
func KnowsAll(version string) bool {
	var major, minor int
	n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor)
	return n != 2 || major > 2 || major == 2 && minor >= 14
}

// API is how subjects of JetStream begin.
const API = "$JS.API."

// Kinds are the first words of the subjects of tasks, after that of the run, of
// which each type has a consumer.
var Kinds = []string{Plain, Later, Suspect}

// The kinds.
const (
	Plain   = "task"
	Later   = "later"   // attempts that are not to begin yet
	Suspect = "suspect" // tasks that may kill their worker
	Limited = "limited" // of runs with a limit, which have consumers of their own
)

// Consumer is the name of that of a type's tasks of a kind. The kind comes first,
// so that no name of a type makes it that of another type's consumer.
func Consumer(kind, typ string) string { return kind + "-" + typ }

// LimitedConsumer is the name of that of a type's tasks of a run with a limit.
func LimitedConsumer(run, typ string) string { return Limited + "+" + run + "+" + typ }

// Grant is what a client may do: on which subjects it may publish, which the
// server answers, and to which it may subscribe.
type Grant struct{ Publish, Subscribe []string }

// inboxes are where answers arrive. A worker has an account of its own, so they
// are its only.
const inboxes = "_INBOX.>"

// Next is where a consumer is asked for messages.
func Next(consumer string) string { return next + consumer }

const next = API + "CONSUMER.MSG.NEXT." + Tasks + "."

// Worker is what a worker needs for tasks of these types; of all, if there is
// none. It makes no consumer: who may do that may have the server deliver what
// it likes where it likes. Nor does it ask for one: across accounts the server
// gives two answers to that, of which one is wrong. Under the name of its key it
// says what it does.
//
// The name of a consumer is one word: those of runs with a limit cannot be told
// apart by type, so only who has all types may take from them.
func Worker(name string, types []string) Grant {
	g := Grant{
		Publish: []string{
			API + "DIRECT.GET." + RunsStream + "." + RunsSubject + "*",
			WorkersSubject + name + ".*",
		},
		Subscribe: []string{inboxes, Control},
	}
	for _, c := range consumers(types) {
		g.Publish = append(g.Publish,
			Next(c),
			"$JS.ACK."+Tasks+"."+c+".>")
	}
	kinds := Kinds
	if len(types) == 0 {
		types = []string{"*"}
		kinds = append([]string{Limited}, kinds...)
	}
	for _, t := range types {
		for _, kind := range kinds {
			g.Publish = append(g.Publish, "skein.*.*."+kind+"."+t+".>")
		}
		g.Publish = append(g.Publish,
			"skein.*.*.done."+t+".>",
			"skein.*.*.piece."+t+".>",
			API+"DIRECT.GET."+Done+".skein.*.*.done."+t+".>")
	}
	return g
}

func consumers(types []string) (all []string) {
	if len(types) == 0 {
		return []string{"*"}
	}
	for _, t := range types {
		for _, kind := range Kinds {
			all = append(all, Consumer(kind, t))
		}
	}
	return all
}

// Owner is what is needed for everything else: to make streams and consumers,
// submit, cancel and wait, and to work too.
func Owner() Grant {
	return Grant{
		Publish:   []string{API + ">", "$JS.ACK.>", "$JS.FC.>", "$KV.>", "$O.>", "skein.>"},
		Subscribe: []string{inboxes, "$KV.>", "$O.>", "skein.>"},
	}
}
