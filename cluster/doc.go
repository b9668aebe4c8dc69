// Package cluster is a group whose workers are on other machines: typed tasks
// over NATS JetStream, each of which is accounted exactly once, whatever dies.
//
// [Define] gives a kind of task its name and its Go types. A program that runs
// such tasks gives [Type.Handle] the function and calls [Client.Work]; one that
// has tasks opens a run ([Client.Run]), submits ([Type.Submit], [Type.SubmitAll])
// and waits ([Run.Wait], [Run.Outcomes], [Type.Results]). A client is made by
// package embed, which runs the server within the program, or by [Open], which
// goes to one that is there: NATS 2.14 or newer, with JetStream.
//
// # What is promised
//
// When Submit returns the task is safe. Wait and Outcomes tell each task's
// outcome once, and the same to whoever asks, again after any process has died
// and come back. A handler runs at least once: twice, if the worker that had the
// task was killed, cut off, or stood still for longer than its lease.
// docs/states.md has the argument and its assumptions, docs/protocol.md what goes
// over the wire.
//
// The words are those of package skein: a run is a group, and outcome, attempt
// and cause mean what they mean there.
package cluster
