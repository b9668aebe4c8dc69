// Package insight is an http.Handler that shows what the groups and workers of
// the program are doing: a page with the live tree, stuck workers first, stacks
// on a click, rate and latency plots, and a timeline of who ran when and how it
// ended. Mount a [Handler] in the usual case:
//
//	mux.Handle("/debug/skein/", &insight.Handler{})
//
// Do not mount it where strangers come: it tells names, errors, file names and
// stacks. Like net/http/pprof it asks nobody who he is, so mount it behind your
// auth, or on a listener of its own that only the machine itself can reach.
//
// What it does of itself: it changes nothing in the program, answers only GET
// and HEAD, and only to the names localhost and those in [Handler.Hosts], so
// that no foreign page can reach it by a DNS name of its own (rebinding). It
// refuses requests that a browser makes for another site, and gives other
// origins no data. Names of groups and workers may be hostile: they are text
// everywhere, and cut at 200 bytes.
//
// # Addresses
//
// Below the address that it is mounted at, which ends in a slash; links are
// relative, so that any prefix will do, with [net/http.StripPrefix] or without:
//
//	.                        the page, the JSON of a State, or text
//	.?after=N&since=S        JSON: of the ended workers those after number N, of the seconds those from S
//	.?format=text&stacks     text: with the places where the workers are
//	stacks?group=G           the stacks of a group's listed workers, JSON or text
//	stacks?group=G&worker=N  the stack of one
//
// The parameter format is html, json or text. Without it the Accept header
// decides: who accepts HTML gets the page, who accepts JSON gets that, all
// others, curl among them, get text, which tells what runs.
//
// # Cost
//
// Nothing while nobody looks. While somebody does, and for fifteen seconds
// after the last request, a [skein.History] is kept, for which each worker in
// the process reads the clock twice, and calls the Error method of the error it
// ends with; this stops by itself. Stacks stop a
// program of up to 2,000 goroutines for about 8 µs each, see [skein.Stacks].
// They are taken when somebody asks for them, and every ten seconds while a
// worker is stuck: at most once a second for all viewers together, and so that
// they take no more than a tenth of the time.
package insight
