// Package permit has the names of what a server keeps for a cluster, and says
// what each kind of client must be allowed to do with it, in subjects of NATS.
package permit

// What the server keeps.
const (
	Tasks = "SKEIN_TASKS" // a stream
	Done  = "SKEIN_DONE"  // a stream
	Runs  = "SKEIN_RUNS"  // a key-value store

	RunsStream  = "KV_" + Runs // the stream behind it,
	RunsSubject = "$KV." + Runs + "."
)

// Control is where hints to look at the entry of a run go, of any run.
const Control = "skein.*.*.control"

// Changed is where the server's own program hears that its keys have changed.
// Only an owner may say so.
const Changed = "skein.keys.changed"

// API is how subjects of JetStream begin.
const API = "$JS.API."

// Consumer is the name of a type's, or of its suspects'. The kind comes first,
// so that no name of a type makes it that of another type's consumer.
func Consumer(typ string, suspects bool) string {
	if suspects {
		return "suspect-" + typ
	}
	return "task-" + typ
}

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
// gives two answers to that, of which one is wrong.
func Worker(types []string) Grant {
	g := Grant{
		Publish:   []string{API + "DIRECT.GET." + RunsStream + "." + RunsSubject + "*"},
		Subscribe: []string{inboxes, Control},
	}
	for _, c := range consumers(types) {
		g.Publish = append(g.Publish,
			Next(c),
			"$JS.ACK."+Tasks+"."+c+".>")
	}
	if len(types) == 0 {
		types = []string{"*"}
	}
	for _, t := range types {
		g.Publish = append(g.Publish,
			"skein.*.*.task."+t+".>",
			"skein.*.*.suspect."+t+".>",
			"skein.*.*.done."+t+".>",
			API+"DIRECT.GET."+Done+".skein.*.*.done."+t+".>")
	}
	return g
}

func consumers(types []string) (all []string) {
	if len(types) == 0 {
		return []string{"*"}
	}
	for _, t := range types {
		all = append(all, Consumer(t, false), Consumer(t, true))
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
